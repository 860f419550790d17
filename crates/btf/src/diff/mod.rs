//! What changed between two kernels, or any two BTFs: types by their names, not by their ids.
//!
//! ```
//! use skep_btf::{Btf, Edit, Endian, Int, Member, diff::{Change, diff}};
//!
//! let kernel = |offset| {
//!     let mut edit = Edit::new(Endian::Little);
//!     let int = edit.add().int(Int { name: "int", size: 4, bits: 32, offset: 0, encoding: 1 });
//!     edit.add().structure("task", 16, &[Member { name: "pid", ty: int, bit_offset: offset, bit_size: 0 }]);
//!     Btf::parse(edit.finish())
//! };
//! let differences = diff(&kernel(32)?, &kernel(64)?);
//! assert_eq!(differences.len(), 1);
//! assert_eq!(differences[0].to_string(), "struct task");
//! assert!(matches!(&differences[0].changes[..], [Change::Member { name, .. }] if &**name == "pid"));
//! # Ok::<(), skep_btf::Error>(())
//! ```

mod change;
mod members;

use alloc::{boxed::Box, vec::Vec};

use hashbrown::HashMap;

use crate::{Btf, Kind, Type, TypeId};
pub use change::{Change, Difference, Part};

/// The most types of one name that are compared with each other.
const MANY: usize = 16;

/// The types of a name in both.
#[derive(Default)]
struct Both {
    old: Vec<TypeId>,
    new: Vec<TypeId>,
}

/// What changed, type by type: structs, unions, enums, typedefs, functions, variables, integers and floats with a name, in
/// the order of kinds and names. Where a struct contains or points to another that changed, only the other one is told.
///
/// Several types with one name are paired as they are equal, then in their order.
pub fn diff(old: &Btf, new: &Btf) -> Vec<Difference> {
    diff_of(old, new, |_, _| true)
}

/// As [`diff`], but only of the types whose kind and name are wanted.
pub fn diff_of(old: &Btf, new: &Btf, wanted: impl Fn(Kind, &str) -> bool) -> Vec<Difference> {
    let (old, new) = (&old.with_all_starts(), &new.with_all_starts());
    let mut names: HashMap<(Kind, &str), Both> = HashMap::new();
    for (btf, is_new) in [(old, false), (new, true)] {
        for id in (1..btf.end_id()).map(TypeId) {
            let (Some(kind), name) = (sort(btf, id), btf.name(id)) else { continue };
            if !name.is_empty() && wanted(kind, name) {
                let both = names.entry((kind, name)).or_default();
                let ids = if is_new { &mut both.new } else { &mut both.old };
                ids.push(id);
            }
        }
    }
    let mut names: Vec<_> = names.into_iter().collect();
    names.sort_unstable_by_key(|&(key, _)| key);
    let mut out = Vec::new();
    for ((kind, name), both) in names {
        pair(old, new, kind, name, both, &mut out);
    }
    out
}

/// The kind under which a type is compared; both forms of an enum are one. None for what has no name of its own.
fn sort(btf: &Btf, id: TypeId) -> Option<Kind> {
    match btf.kind(id)? {
        Kind::ENUM64 => Some(Kind::ENUM),
        kind @ (Kind::STRUCT
        | Kind::UNION
        | Kind::ENUM
        | Kind::TYPEDEF
        | Kind::FUNC
        | Kind::VAR
        | Kind::INT
        | Kind::FLOAT) => Some(kind),
        _ => None,
    }
}

/// Compares the types of one name.
fn pair(old: &Btf, new: &Btf, kind: Kind, name: &str, both: Both, out: &mut Vec<Difference>) {
    let Both { old: mut olds, new: mut news } = both;
    let difference = |old, new, changes| Difference { kind, name: Box::from(name), old, new, changes };
    if olds.len() > 1 || news.len() > 1 {
        let mut tried = 0;
        olds.retain(|&id| {
            tried += 1;
            let same = |other: &TypeId| tried <= MANY && changes(old, id, new, *other).is_empty();
            match news.iter().take(MANY).position(same) {
                Some(at) => {
                    news.remove(at);
                    false
                }
                None => true,
            }
        });
    }
    let mut news = news.into_iter();
    for id in olds {
        let other = news.next();
        let changes = other.map_or(Vec::new(), |other| changes(old, id, new, other));
        if other.is_none() || !changes.is_empty() {
            out.push(difference(Some(id), other, changes));
        }
    }
    out.extend(news.map(|id| difference(None, Some(id), Vec::new())));
}

/// What changed in a type.
fn changes(old: &Btf, a: TypeId, new: &Btf, b: TypeId) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut size = |old: u32, new: u32| {
        if old != new {
            changes.push(Change::Size { old: old.into(), new: new.into() });
        }
    };
    match (old.get(a), new.get(b)) {
        (Some(Type::Struct(from) | Type::Union(from)), Some(Type::Struct(to) | Type::Union(to))) => {
            size(from.size, to.size);
            members::compare(old, from, new, to, &mut changes);
        }
        (Some(Type::Enum(from)), Some(Type::Enum(to))) => {
            size(from.size, to.size);
            members::values(from, to, &mut changes);
        }
        (Some(Type::Float { size: from, .. }), Some(Type::Float { size: to, .. })) => size(from, to),
        (Some(Type::Int(from)), Some(Type::Int(to))) => {
            size(from.size, to.size);
            if from.is_signed() != to.is_signed() {
                let text = |signed| Box::from(if signed { "signed" } else { "unsigned" });
                changes.push(Change::Type { old: text(from.is_signed()), new: text(to.is_signed()) });
            }
        }
        (Some(from), Some(to)) => {
            let (from, to) = (text(old, a, &from), text(new, b, &to));
            if from != to {
                changes.push(Change::Type { old: from, new: to });
            }
        }
        _ => {}
    }
    changes
}

/// What a typedef, function or variable stands for.
fn text(btf: &Btf, id: TypeId, ty: &Type<'_>) -> Box<str> {
    match *ty {
        Type::Typedef { target, .. } => members::spelled(btf, target),
        Type::Func(func) => {
            let Some(Type::FuncProto(proto)) = btf.get(func.proto) else { return Box::default() };
            members::prototype(btf, func.name, proto)
        }
        Type::Var(var) => members::spelled(btf, var.ty),
        _ => btf.spelled(id).into_boxed_str(),
    }
}
