//! What is said about errors in objects.

use alloc::{borrow::Cow, format, string::String};
use core::fmt;

use crate::{Kind, Missing, Near};

impl Kind {
    /// What to do about it.
    pub(crate) fn advice(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(match self {
            Self::Magic { magic, len } => return magic_help(magic, *len).map(Cow::Borrowed),
            Self::Machine(_) | Self::Class32 => "compile it for BPF: `clang -target bpf -g -O2 -c prog.bpf.c`",
            Self::NotRelocatable(_) => "give the object file the compiler wrote (`-c`), not the output of a linker",
            Self::Truncated { .. } => "the file was cut off: copy or build it again",
            Self::Stripped => "a BPF object needs its symbols: use `llvm-strip -g`, which keeps them, not `strip`",
            Self::NoBtf(_) => "compile with `-g`, and do not strip `.BTF` (`llvm-strip -g` keeps it)",
            Self::Undefined { what, name, near, .. } => return Some(undefined_help(*what, name, near.as_ref()).into()),
            Self::KconfigType(_) => "use bool, char, an integer, `enum libbpf_tristate` or an array of char",
            Self::MapAttribute { near: Some(near), .. } => {
                return Some(Cow::Owned(format!("did you mean `{near}`?")));
            }
            Self::MapAttribute { .. } => {
                "known are type, max_entries, map_flags, numa_node, key_size, key, value_size, value, values, pinning \
                 and map_extra"
            }
            Self::MapEncoding { expected, .. } => expected,
            Self::MapConflict { .. } => "give the type or the size, not both, or make them agree",
            Self::MapNoType => "add `__uint(type, BPF_MAP_TYPE_…);`",
            Self::MapValues(_) => "only array_of_maps, hash_of_maps and prog_array can have `values`",
            Self::FunctionBounds { .. }
            | Self::FunctionOverlap(_)
            | Self::RelocOffset(_)
            | Self::RelocSymbol(_)
            | Self::CallTarget { .. }
            | Self::SymbolTables(_)
            | Self::SymbolSection { .. }
            | Self::NotElf(_)
            | Self::BtfExt(_) => "the file contradicts itself: build it again, and if a tool changed it, look there",
            Self::MapInit { expected, .. } => return Some(Cow::Owned(format!("it must be {expected}"))),
            Self::Btf(_)
            | Self::Section(_)
            | Self::RelocInsn(_)
            | Self::RelocTarget { .. }
            | Self::MapDeclaration(_)
            | Self::StructOps(_)
            | Self::Write(_) => return None,
        }))
    }
}

fn magic_help(magic: &[u8; 8], len: u64) -> Option<&'static str> {
    Some(match magic {
        _ if len == 0 => "the file is empty",
        b"!<arch>\n" => "this is an archive: take an object out of it with `ar x`",
        [b'B', b'C', 0xc0, 0xde, ..] => "this is LLVM bitcode: compile it to an object (`-c` without `-emit-llvm`)",
        [0x9f, 0xeb, ..] | [0xeb, 0x9f, ..] => "this is raw BTF: it describes types and holds no programs",
        [b'/' | b'#', ..] => "this looks like C source: compile it with `clang -target bpf -g -O2 -c`",
        _ => return None,
    })
}

fn undefined_help(what: Missing, name: &str, near: Option<&Near>) -> String {
    let mut help = match near {
        Some(near) => format!("did you mean `{}` ({})? Or ", near.name, near.what),
        None => String::new(),
    };
    help += &match what {
        Missing::Function => format!(
            "define `{name}` here, or `static inline` in a header; if the kernel provides it, declare it \
             `extern … __ksym`"
        ),
        Missing::Map => format!("define `{name}` in this object"),
        Missing::Variable => format!(
            "define `{name}` in this object; if the kernel provides it, declare it `extern … __ksym`, or `__kconfig` for \
             a configuration value"
        ),
    };
    help
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Magic { len: 0, .. } => f.write_str("not an ELF file: it is empty"),
            Self::Magic { magic, len } => {
                f.write_str("not an ELF file: it begins with")?;
                magic.iter().take(*len as usize).try_for_each(|b| write!(f, " {b:02x}"))
            }
            Self::NotElf(why) => write!(f, "not a usable ELF file: {why}"),
            Self::Class32 => f.write_str("a 32-bit ELF file; BPF objects are 64-bit"),
            Self::Machine(machine) => write!(f, "made for {}, not for BPF", machine_name(*machine)),
            Self::NotRelocatable(e_type) => {
                let what = match e_type {
                    2 => "an executable",
                    3 => "a shared library",
                    4 => "a core dump",
                    _ => "not of a kind that is known",
                };
                write!(f, "not an object file: it is {what} (e_type {e_type})")
            }
            Self::Truncated { what, need, have } => {
                write!(f, "the file is truncated: {what} needs {need} bytes, it has {have}")
            }
            Self::Stripped => f.write_str("there is no symbol table: the file has been stripped"),
            Self::SymbolTables(n) => write!(f, "there are {n} symbol tables, there must be one"),
            Self::SymbolSection { symbol, section } => {
                write!(f, "symbol {symbol} is in section {section}, which does not exist")
            }
            Self::Btf(error) => write!(f, "the BTF is not usable: {error}"),
            Self::BtfExt(why) => write!(f, "the records in .BTF.ext are not usable: {why}"),
            Self::NoBtf(what) => write!(f, "there is no BTF, without which {what} cannot be understood"),
            Self::Section(why) => f.write_str(why),
            Self::FunctionBounds { offset, size, section } => {
                write!(f, "the function at byte {offset}, {size} bytes long, does not fit its section of {section}")
            }
            Self::FunctionOverlap(other) => write!(f, "it shares instructions with `{other}`"),
            Self::RelocOffset(offset) => write!(f, "a relocation changes byte {offset}, where no instruction begins"),
            Self::RelocSymbol(symbol) => write!(f, "a relocation refers to symbol {symbol}, which does not exist"),
            Self::RelocInsn(code) => {
                write!(f, "a relocation changes an instruction with opcode {code:?}, which cannot refer to anything")
            }
            Self::RelocTarget { target, why } => write!(f, "it refers to `{target}`: {why}"),
            Self::CallTarget { section, offset } => {
                write!(f, "it leads to byte {offset} of section {section}, where no function has an instruction")
            }
            Self::Undefined { what, name, declared, .. } => {
                let what = match what {
                    Missing::Function => "function",
                    Missing::Map => "map",
                    Missing::Variable if *declared => "variable",
                    Missing::Variable => "map or variable",
                };
                let why = match (what, declared) {
                    ("map", _) => "it is only declared",
                    (_, true) => "it is declared, but neither defined here nor marked as the kernel's",
                    (_, false) => "nothing here defines or declares it",
                };
                write!(f, "undefined {what} `{name}`: {why}")
            }
            Self::KconfigType(name) => write!(f, "`{name}` has a type that no configuration value has"),
            Self::MapDeclaration(why) => f.write_str(why),
            Self::MapAttribute { name, .. } => write!(f, "unknown attribute `{name}`"),
            Self::MapEncoding { name, .. } => write!(f, "the attribute `{name}` is not written as it must be"),
            Self::MapConflict { what, first, second } => write!(f, "contradicting {what}: {first} and {second}"),
            Self::MapNoType => f.write_str("the map has no type"),
            Self::MapValues(map_type) => write!(f, "a map of type {map_type} cannot have `values`"),
            Self::MapInit { target, .. } => write!(f, "a slot is initialised with `{target}`"),
            Self::StructOps(why) => f.write_str(why),
            Self::Write(why) => f.write_str(why),
        }
    }
}

fn machine_name(machine: u16) -> Cow<'static, str> {
    Cow::Borrowed(match machine {
        3 => "x86",
        8 => "MIPS",
        20 => "PowerPC",
        21 => "PowerPC64",
        22 => "S/390",
        40 => "Arm",
        62 => "x86-64",
        183 => "AArch64",
        243 => "RISC-V",
        258 => "LoongArch",
        other => return Cow::Owned(format!("machine {other}")),
    })
}
