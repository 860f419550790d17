//! Structs with locks, lists, trees and counts in them, which programs own (since 6.2).

use hashbrown::{HashMap, HashSet};

use super::{Report, What};
use crate::{Btf, Composite, Kind, Type, TypeId};

/// How deep arrays and structs are looked into.
const DEPTH: u32 = 16;

/// A field that the kernel looks after, by the name of its type.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Sort {
    Lock,
    ResilientLock,
    List,
    ListNode,
    Tree,
    TreeNode,
    Count,
}

impl Sort {
    const ALL: [(&'static str, Self); 7] = [
        ("bpf_spin_lock", Self::Lock),
        ("bpf_res_spin_lock", Self::ResilientLock),
        ("bpf_list_head", Self::List),
        ("bpf_list_node", Self::ListNode),
        ("bpf_rb_root", Self::Tree),
        ("bpf_rb_node", Self::TreeNode),
        ("bpf_refcount", Self::Count),
    ];

    fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|&(_, sort)| sort)
    }

    fn is_lock(self) -> bool {
        matches!(self, Self::Lock | Self::ResilientLock)
    }

    /// What a list or a tree is made of.
    fn node(self) -> Option<Self> {
        match self {
            Self::List => Some(Self::ListNode),
            Self::Tree => Some(Self::TreeNode),
            _ => None,
        }
    }
}

/// The tags `contains:` by the struct and the position of the member.
type Contains<'a> = HashMap<(TypeId, u32), (&'a str, u32)>;

pub(super) fn check(btf: &Btf, report: &mut Report) {
    // A struct is looked at if a type of one of these names is a member of it. A resilient lock alone is not enough.
    let is_reason = |&&(_, sort): &&(&str, Sort)| sort != Sort::ResilientLock;
    let known = Sort::ALL.iter().filter(is_reason).filter_map(|&(name, _)| btf.find_kind(name, Kind::STRUCT));
    let reasons: HashSet<TypeId> = known.collect();
    if reasons.is_empty() {
        return;
    }
    let mut contains = Contains::new();
    for (id, _) in btf.kinds().filter(|&(_, kind)| kind == Kind::DECL_TAG) {
        let Some(Type::DeclTag { name, target, component, .. }) = btf.get(id) else { continue };
        if let (Some(what), Ok(at)) = (name.strip_prefix("contains:"), u32::try_from(component)) {
            contains.entry((target, at)).or_insert((what, 0)).1 += 1;
        }
    }
    for (id, _) in btf.kinds().filter(|&(_, kind)| kind == Kind::STRUCT) {
        if let Some(Type::Struct(ty)) = btf.get(id)
            && ty.members().any(|member| reasons.contains(&member.ty))
        {
            Owned { btf, id, ty, contains: &contains }.check(report);
        }
    }
}

/// A struct with such fields.
struct Owned<'a> {
    btf: &'a Btf,
    id: TypeId,
    ty: Composite<'a>,
    contains: &'a Contains<'a>,
}

impl Owned<'_> {
    fn check(&self, report: &mut Report) {
        let mut all = HashSet::new();
        for (i, member) in (0..).zip(self.ty.members()) {
            if member.bit_offset % 8 != 0 {
                report.add(self.id, i, What::BitsBesideSpecial);
            }
            let Some(sort) = self.sort(member.ty) else {
                self.inner(member.ty, DEPTH, &mut all);
                continue;
            };
            if !all.insert(sort) && (sort.is_lock() || sort == Sort::Count) {
                report.add(self.id, i, What::SpecialTwice);
            }
            if let Some(node) = sort.node().filter(|_| member.bit_offset % 64 == 0)
                && let Some(what) = self.contained(i, node)
            {
                report.add(self.id, i, what);
            }
        }
        let has = |sort| all.contains(&sort);
        if (has(Sort::List) || has(Sort::Tree)) && !has(Sort::Lock) && !has(Sort::ResilientLock) {
            report.add(self.id, None, What::NoLock);
        }
        if has(Sort::ListNode) && has(Sort::TreeNode) && !has(Sort::Count) {
            report.add(self.id, None, What::NoCount);
        }
    }

    /// What sort of field a type makes.
    fn sort(&self, id: TypeId) -> Option<Sort> {
        let Type::Struct(ty) = self.btf.get(id)? else { return None };
        Sort::named(ty.name)
    }

    /// Finds fields in structs and arrays, as newer kernels do.
    fn inner(&self, id: TypeId, depth: u32, all: &mut HashSet<Sort>) {
        if depth == 0 || all.len() == Sort::ALL.len() {
            return;
        }
        match self.btf.get(id) {
            Some(Type::Array(array)) if array.len > 0 => {
                all.extend(self.sort(array.elem));
                self.inner(array.elem, depth - 1, all);
            }
            // One level is enough to be sure of nothing: what is further inside is not held against the struct.
            Some(Type::Struct(ty)) => ty.members().take(64).for_each(|member| {
                all.extend(self.sort(member.ty));
                if depth > DEPTH - 3 {
                    self.inner(member.ty, depth - 1, all);
                }
            }),
            _ => {}
        }
    }

    /// What is wrong with what a list or a tree is said to contain: `contains:TYPE:NODE`.
    fn contained(&self, member: u32, node: Sort) -> Option<What> {
        let Some((text, 1)) = self.contains.get(&(self.id, member)).copied() else { return Some(What::NoContains) };
        let Some((name, field)) = text.split_once(':').filter(|(_, field)| !field.is_empty()) else {
            return Some(What::BadContains);
        };
        let Some(Type::Struct(ty)) = self.btf.find_kind(name, Kind::STRUCT).and_then(|id| self.btf.get(id)) else {
            return Some(What::BadContains);
        };
        let mut nodes = ty.members().filter(|member| member.name == field);
        let is_node = nodes.next().is_some_and(|member| self.sort(member.ty) == Some(node)) && nodes.next().is_none();
        (!is_node).then_some(What::BadContains)
    }
}
