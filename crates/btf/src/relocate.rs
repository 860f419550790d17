//! Which types of a kernel those of a distilled base are.

use alloc::{boxed::Box, vec, vec::Vec};

use hashbrown::HashMap;

use crate::{Btf, Error, ErrorKind, Kind, Type, TypeId};

/// The most modifiers and arrays between a member and what it contains.
const DEPTH: u32 = 64;

/// The most types of one name that are looked at; kernels have a handful.
const MANY: usize = 256;

/// The types of a kernel by those of a distilled base.
pub(crate) struct Relocated {
    map: Vec<TypeId>,
}

/// What a type is found by.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Int {
        encoding: u8,
    },
    Float,
    Enum,
    /// Whether it is a union, and whether it is only declared.
    Composite {
        is_union: bool,
        declared: bool,
    },
}

impl Relocated {
    pub(crate) fn of(btf: &Btf, distilled: &Btf, base: &Btf) -> Result<Self, Error> {
        let base = &base.with_all_starts();
        let mut by_name: HashMap<&str, Vec<TypeId>> = HashMap::new();
        for id in distilled.ids() {
            if sort(distilled, id).is_none() || distilled.name(id).is_empty() {
                let kind = distilled.kind(id).unwrap_or(Kind(0));
                return Err(Error::of(ErrorKind::WrongKind(kind), id));
            }
            by_name.entry(distilled.name(id)).or_default();
        }
        for id in (1..base.end_id()).map(TypeId) {
            let name = base.name(id);
            if !name.is_empty()
                && let Some(found) = by_name.get_mut(name)
                && sort(base, id).is_some()
                && found.len() < MANY
            {
                found.push(id);
            }
        }
        let embedded = embedded(btf, distilled);
        let mut map = vec![TypeId(0)];
        for id in distilled.ids() {
            let candidates = by_name.get(distilled.name(id)).map_or(&[][..], Vec::as_slice);
            let is_embedded = embedded.get(id.0 as usize) == Some(&true);
            map.push(choose(distilled, id, base, candidates, is_embedded)?);
        }
        Ok(Self { map })
    }

    /// The type that stands for one of the distilled base.
    pub(crate) fn id(&self, id: TypeId) -> TypeId {
        self.map.get(id.0 as usize).copied().unwrap_or_default()
    }
}

fn sort(btf: &Btf, id: TypeId) -> Option<Sort> {
    Some(match btf.get(id)? {
        Type::Int(int) => Sort::Int { encoding: int.encoding },
        Type::Float { .. } => Sort::Float,
        Type::Enum(_) => Sort::Enum,
        Type::Struct(_) => Sort::Composite { is_union: false, declared: false },
        Type::Union(_) => Sort::Composite { is_union: true, declared: false },
        Type::Fwd { is_union, .. } => Sort::Composite { is_union, declared: true },
        _ => return None,
    })
}

/// The type of a kernel that one of a distilled base is.
fn choose(distilled: &Btf, id: TypeId, base: &Btf, found: &[TypeId], embedded: bool) -> Result<TypeId, Error> {
    let lacks = |why| {
        let kind = ErrorKind::BaseLacks { name: Box::from(distilled.spelled(id)), why };
        Error::of(kind, id)
    };
    let (wanted, size) = (sort(distilled, id), distilled.size(id).ok());
    let same_sort = |&candidate: &TypeId| match (wanted, sort(base, candidate)) {
        // What is declared may be defined there; whether the size matters is looked at below.
        (Some(Sort::Composite { is_union, .. }), Some(Sort::Composite { is_union: other, .. })) => is_union == other,
        (wanted, other) => wanted == other,
    };
    let mut found: Vec<TypeId> = found.iter().copied().filter(same_sort).collect();
    if found.is_empty() {
        return Err(lacks("there is no such type"));
    }
    let is_definition = |&candidate: &TypeId| base.kind(candidate) != Some(Kind::FWD);
    match wanted {
        Some(Sort::Composite { declared, .. }) => {
            // A definition says more than a declaration.
            if found.iter().any(is_definition) {
                found.retain(is_definition);
            }
            if !declared && (embedded || found.len() > 1) {
                found.retain(|&candidate| base.size(candidate).ok() == size);
            }
        }
        _ => found.retain(|&candidate| base.size(candidate).ok() == size),
    }
    match &found[..] {
        [one] => Ok(*one),
        [] => Err(lacks("it has another size")),
        _ => Err(lacks("there are several, and nothing tells which is meant")),
    }
}

/// The structs and unions of the distilled base that own types contain, not only point to.
fn embedded(btf: &Btf, distilled: &Btf) -> Vec<bool> {
    let mut embedded = vec![false; distilled.end_id() as usize];
    for id in btf.ids() {
        let (Some(Type::Struct(ty)) | Some(Type::Union(ty))) = btf.get(id) else { continue };
        for member in ty.members() {
            let mut at = member.ty;
            for _ in 0..DEPTH {
                match btf.get(at) {
                    Some(Type::Array(array)) => at = array.elem,
                    Some(ty) => match ty.modified() {
                        Some(next) => at = next,
                        None => break,
                    },
                    None => break,
                }
            }
            if let Some(place) = embedded.get_mut(at.0 as usize) {
                *place = true;
            }
        }
    }
    embedded
}
