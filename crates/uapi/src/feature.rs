//! What a kernel may lack and a loader must ask for.

use crate::Release;

/// Something that kernels differ in and that changes what skep sends to them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[non_exhaustive]
#[repr(u8)]
#[allow(missing_docs, reason = "the table below says what each is")]
pub enum Feature {
    ProgName,
    GlobalData,
    Btf,
    BtfFunc,
    BtfGlobalFunc,
    BtfDatasec,
    BtfQmarkDatasec,
    BtfFloat,
    BtfDeclTag,
    BtfTypeTag,
    BtfEnum64,
    BtfLayout,
    ArrayMmap,
    ExpectedAttachType,
    ProbeReadKernel,
    ModuleBtf,
    PerfLink,
    BpfCookie,
    MemcgAccount,
    SyscallWrapper,
    ArgCtxTag,
    Ldimm64FullRangeOff,
    UprobeMulti,
    PercpuData,
    ProgBindMap,
}

/// One row: a feature, its name, the first release that has it, and what is done without it.
#[derive(Clone, Copy, Debug)]
pub struct FeatureRow {
    /// The feature.
    pub feature: Feature,
    /// Its name in reports (`btf_enum64`).
    pub name: &'static str,
    /// What it is.
    pub what: &'static str,
    /// The first release that has it.
    pub since: Release,
    /// What skep does on a kernel that lacks it.
    pub fallback: &'static str,
}

const fn row(
    feature: Feature,
    name: &'static str,
    major: u16,
    minor: u16,
    what: &'static str,
    fallback: &'static str,
) -> FeatureRow {
    FeatureRow { feature, name, what, since: Release::new(major, minor), fallback }
}

#[rustfmt::skip]
/// Every feature, in the order of the enum.
pub const FEATURES: &[FeatureRow] = &[
    row(Feature::ProgName,            "prog_name",             4, 15, "names of programs and maps",                          "the name is left out"),
    row(Feature::GlobalData,          "global_data",           5, 2,  "direct access to the value of an array map",          "objects with global variables are refused"),
    row(Feature::Btf,                 "btf",                   4, 18, "loading of BTF",                                      "BTF is left out"),
    row(Feature::BtfFunc,             "btf_func",              5, 0,  "BTF_KIND_FUNC and BTF_KIND_FUNC_PROTO",               "FUNC becomes TYPEDEF, FUNC_PROTO becomes ENUM; func and line info are left out"),
    row(Feature::BtfGlobalFunc,       "btf_global_func",       5, 6,  "linkage of BTF functions",                            "every function is declared static"),
    row(Feature::BtfDatasec,          "btf_datasec",           5, 2,  "BTF_KIND_VAR and BTF_KIND_DATASEC",                   "VAR becomes INT, DATASEC becomes STRUCT"),
    row(Feature::BtfQmarkDatasec,     "btf_qmark_datasec",     6, 9,  "DATASEC names that begin with a question mark",       "the question mark becomes an underscore"),
    row(Feature::BtfFloat,            "btf_float",             5, 13, "BTF_KIND_FLOAT",                                      "FLOAT becomes an empty STRUCT of the same size"),
    row(Feature::BtfDeclTag,          "btf_decl_tag",          5, 16, "BTF_KIND_DECL_TAG",                                   "DECL_TAG becomes INT"),
    row(Feature::BtfTypeTag,          "btf_type_tag",          5, 17, "BTF_KIND_TYPE_TAG",                                   "TYPE_TAG becomes CONST"),
    row(Feature::BtfEnum64,           "btf_enum64",            6, 0,  "BTF_KIND_ENUM64 and signed enums",                    "ENUM64 becomes UNION, the sign of enums is dropped"),
    row(Feature::BtfLayout,           "btf_layout",            7, 1,  "the layout section of BTF",                           "the section is left out"),
    row(Feature::ArrayMmap,           "array_mmap",            5, 5,  "mapping an array map into memory",                    "global variables are read and written by system call"),
    row(Feature::ExpectedAttachType,  "expected_attach_type",  4, 17, "the attach type as part of loading",                  "the attach type is left out where it is optional"),
    row(Feature::ProbeReadKernel,     "probe_read_kernel",     5, 5,  "the helpers probe_read_kernel and probe_read_user",   "calls are rewritten to probe_read"),
    row(Feature::ModuleBtf,           "module_btf",            5, 11, "BTF of kernel modules",                               "modules are not searched"),
    row(Feature::PerfLink,            "perf_link",             5, 15, "links to perf events",                                "the program is attached by ioctl"),
    row(Feature::BpfCookie,           "bpf_cookie",            5, 15, "a user's number passed to each attachment",           "an attachment with a cookie is refused"),
    row(Feature::MemcgAccount,        "memcg_account",         5, 11, "BPF memory charged to the memory cgroup",             "RLIMIT_MEMLOCK is raised"),
    row(Feature::SyscallWrapper,      "syscall_wrapper",       4, 17, "system calls with an architecture prefix",            "the plain name is used"),
    row(Feature::ArgCtxTag,           "arg_ctx_tag",           6, 8,  "the declaration tag arg:ctx on global functions",     "the argument's type is rewritten to the context's canonical name"),
    row(Feature::Ldimm64FullRangeOff, "ldimm64_full_range_off", 6, 19, "offsets beyond 512 MiB into an arena",               "arena variables are placed at the beginning of the arena"),
    row(Feature::UprobeMulti,         "uprobe_multi",          6, 6,  "links to many places in user programs at once",       "each place gets a link of its own"),
    row(Feature::PercpuData,          "percpu_data",           7, 3,  "global variables for each CPU",                       "programs with such variables are refused"),
    row(Feature::ProgBindMap,         "prog_bind_map",         5, 10, "maps that a program holds without referring to them", "constants about the object go with it"),
];

impl Feature {
    /// The row of this feature.
    pub const fn row(self) -> &'static FeatureRow {
        &FEATURES[self as usize]
    }

    /// The first release that has it.
    pub const fn since(self) -> Release {
        self.row().since
    }
}

const _: () = {
    let mut i = 0;
    while i < FEATURES.len() {
        assert!(FEATURES[i].feature as usize == i, "rows are in the order of the enum");
        i += 1;
    }
};
