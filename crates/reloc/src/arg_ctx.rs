//! Pass: contexts that only a tag says are contexts, for kernels that do not know the tag `arg:ctx`.
//!
//! Older kernels take an argument of a global function for the program's context if its type is a pointer to the struct of
//! a certain name, another for each type of program. For each such type the function gets a second declaration in BTF.

use alloc::vec::Vec;

use hashbrown::{HashMap, HashSet};

use crate::{
    Linked, Target,
    object::{
        Program,
        btf::{Btf, Edit, Error, Kind, Param, Type, TypeId},
        isa::FuncIdx,
        uapi::{Feature, ProgType},
    },
    program::definition,
    reach::Reach,
};

/// The tag.
const TAG: &str = "arg:ctx";
/// The most arguments of a function that are looked at; kernels take fewer.
const MAX_ARGS: i32 = 16;
/// The linkage of functions that the verifier checks by themselves.
const GLOBAL: u32 = 1;
/// The context of probes is a typedef that kernels compare by its name.
const REGISTERS: &str = "bpf_user_pt_regs_t";

/// The names of contexts. Programs of other types have none that a struct stands for.
const CONTEXTS: &[(ProgType, &str)] = &[
    (ProgType::CGROUP_DEVICE, "bpf_cgroup_dev_ctx"),
    (ProgType::CGROUP_SKB, "__sk_buff"),
    (ProgType::CGROUP_SOCK, "bpf_sock"),
    (ProgType::CGROUP_SOCK_ADDR, "bpf_sock_addr"),
    (ProgType::CGROUP_SOCKOPT, "bpf_sockopt"),
    (ProgType::CGROUP_SYSCTL, "bpf_sysctl"),
    (ProgType::FLOW_DISSECTOR, "__sk_buff"),
    (ProgType::KPROBE, REGISTERS),
    (ProgType::LWT_IN, "__sk_buff"),
    (ProgType::LWT_OUT, "__sk_buff"),
    (ProgType::LWT_SEG6LOCAL, "__sk_buff"),
    (ProgType::LWT_XMIT, "__sk_buff"),
    (ProgType::NETFILTER, "bpf_nf_ctx"),
    (ProgType::PERF_EVENT, "bpf_perf_event_data"),
    (ProgType::RAW_TRACEPOINT, "bpf_raw_tracepoint_args"),
    (ProgType::RAW_TRACEPOINT_WRITABLE, "bpf_raw_tracepoint_args"),
    (ProgType::SCHED_ACT, "__sk_buff"),
    (ProgType::SCHED_CLS, "__sk_buff"),
    (ProgType::SK_LOOKUP, "bpf_sk_lookup"),
    (ProgType::SK_MSG, "sk_msg_md"),
    (ProgType::SK_REUSEPORT, "sk_reuseport_md"),
    (ProgType::SK_SKB, "__sk_buff"),
    (ProgType::SOCK_OPS, "bpf_sock_ops"),
    (ProgType::SOCKET_FILTER, "__sk_buff"),
    (ProgType::XDP, "xdp_md"),
];

/// The name of the context of a program; none if no struct stands for it.
pub(crate) fn context(prog_type: ProgType) -> Option<&'static str> {
    CONTEXTS.iter().find(|(ty, _)| *ty == prog_type).map(|(_, name)| *name)
}

/// The second declarations: by the first, and the type of the program.
pub(crate) type Redeclared = HashMap<(TypeId, ProgType), TypeId>;

/// The arguments of functions that are contexts by their tag, for each type of program that has such functions.
#[derive(Debug, Default)]
pub(crate) struct Contexts(Vec<(TypeId, ProgType, Vec<u32>)>);

impl Contexts {
    /// Looks for tags that a kernel does not know.
    pub(crate) fn of(linked: &Linked, target: &Target, entries: &[&Program], reaches: &[Reach]) -> Self {
        let Some(btf) = linked.btf() else { return Self::default() };
        let tags = tags(btf);
        if tags.is_empty() || target.has(Feature::ArgCtxTag) {
            return Self::default();
        }
        let type_of = |func: &FuncIdx| linked.funcs().get(func.at()).map(|f| f.type_id);
        let mut seen = HashSet::new();
        let mut found = Vec::new();
        for (entry, reach) in entries.iter().zip(reaches) {
            let Ok(prog_type) = definition(entry).map(|def| def.prog_type) else { continue };
            let Some(name) = context(prog_type) else { continue };
            for func in reach.order.iter().filter_map(type_of).filter(|func| tags.contains_key(func)) {
                if !seen.insert((func, prog_type)) {
                    continue;
                }
                let wrong = |position: &u32| needs_change(btf, func, *position, prog_type, name);
                let positions: Vec<u32> =
                    tags.get(&func).map(Vec::as_slice).unwrap_or_default().iter().copied().filter(wrong).collect();
                if !positions.is_empty() {
                    found.push((func, prog_type, positions));
                }
            }
        }
        Self(found)
    }

    /// Whether nothing is to be declared anew.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds the second declarations to the types of the object.
    ///
    /// # Errors
    /// When a declaration does not hold together.
    pub(crate) fn redeclare(&self, btf: &Btf) -> Result<(Vec<u8>, Redeclared), Error> {
        let mut edit = Edit::of(btf);
        let (mut pointers, mut redeclared) = (HashMap::new(), Redeclared::new());
        for (func, prog_type, positions) in &self.0 {
            let (Some(Type::Func(declared)), Some(name)) = (btf.get(*func), context(*prog_type)) else { continue };
            let Some(Type::FuncProto(proto)) = btf.get(declared.proto) else { continue };
            let pointer = *pointers.entry(name).or_insert_with(|| {
                let context = edit.add().structure(name, 0, &[]);
                edit.add().ptr(context)
            });
            let mut params: Vec<Param<'_>> = proto.params().collect();
            for position in positions {
                params.get_mut(*position as usize).into_iter().for_each(|param| param.ty = pointer);
            }
            let again = edit.add().func_proto(proto.ret, &params);
            let again = edit.add().func(declared.name, again, declared.linkage);
            for position in positions {
                edit.add().decl_tag(TAG, again, *position as i32, false);
            }
            redeclared.insert((*func, *prog_type), again);
        }
        Ok((edit.finish(), redeclared))
    }
}

/// The tagged arguments of global functions.
fn tags(btf: &Btf) -> HashMap<TypeId, Vec<u32>> {
    let mut tags = HashMap::<_, Vec<u32>>::new();
    for id in btf.ids().filter(|id| btf.kind(*id) == Some(Kind::DECL_TAG)) {
        let Some(Type::DeclTag { name: TAG, target, component, .. }) = btf.get(id) else { continue };
        let Some(Type::Func(func)) = btf.get(target).filter(|_| (0..MAX_ARGS).contains(&component)) else { continue };
        if func.linkage == GLOBAL {
            tags.entry(target).or_default().push(component as u32);
        }
    }
    tags
}

/// Whether an argument has to become a pointer to the context's struct.
fn needs_change(btf: &Btf, func: TypeId, position: u32, prog_type: ProgType, context: &str) -> bool {
    let Some(Type::Func(func)) = btf.get(func) else { return false };
    let Some(Type::FuncProto(proto)) = btf.get(func.proto) else { return false };
    let Some(param) = proto.params().nth(position as usize) else { return false };
    let Ok((_, Type::Ptr(target))) = btf.resolve(param.ty) else { return false };
    let of_probes = matches!(prog_type, ProgType::KPROBE | ProgType::PERF_EVENT);
    if of_probes && is_typedef(btf, target, REGISTERS) {
        return false;
    }
    match btf.resolve(target) {
        Ok((_, Type::Void)) => true,
        Ok((_, Type::Struct(found))) if found.name == context => false,
        Ok((_, Type::Struct(found))) => {
            of_probes && matches!(found.name, "pt_regs" | "user_pt_regs" | "user_regs_struct")
        }
        Ok((_, Type::Int(int))) => {
            int.size == 8 && matches!(prog_type, ProgType::RAW_TRACEPOINT | ProgType::RAW_TRACEPOINT_WRITABLE)
        }
        _ => false,
    }
}

/// Whether a type is a typedef of a name, but for `const` and the like.
fn is_typedef(btf: &Btf, mut id: TypeId, name: &str) -> bool {
    const MAX_QUALIFIERS: u32 = 8;
    for _ in 0..MAX_QUALIFIERS {
        match btf.get(id) {
            Some(Type::Const(next) | Type::Volatile(next) | Type::Restrict(next)) => id = next,
            Some(Type::Typedef { name: found, .. }) => return found == name,
            _ => return false,
        }
    }
    false
}
