//! Records that nobody wrote: what could be asked about each type.

use skep::btf::{Btf, Type, TypeId, core::CoreKind};

/// Of how many members, and of how many values of an enum, something is asked.
const MEMBERS: u32 = 48;

/// A record: the root type, the question, the way.
type Question = (TypeId, CoreKind, String);

/// Questions about all types with a name.
pub fn all(btf: &Btf) -> Vec<Question> {
    let mut out = Vec::new();
    for id in btf.ids().filter(|&id| !btf.name(id).is_empty()) {
        let kinds: &[CoreKind] = match btf.get(id) {
            Some(Type::Struct(ty) | Type::Union(ty)) => {
                members(btf, id, ty.members().count() as u32, &mut out);
                &[CoreKind::TYPE_EXISTS, CoreKind::TYPE_SIZE, CoreKind::TYPE_MATCHES, CoreKind::TYPE_ID_TARGET]
            }
            Some(Type::Enum(ty)) => {
                for i in 0..(ty.values().count() as u32).min(MEMBERS) {
                    out.push((id, CoreKind::ENUMVAL_EXISTS, i.to_string()));
                    out.push((id, CoreKind::ENUMVAL_VALUE, i.to_string()));
                }
                &[CoreKind::TYPE_EXISTS, CoreKind::TYPE_SIZE, CoreKind::TYPE_MATCHES, CoreKind::FIELD_SIGNED]
            }
            Some(Type::Typedef { .. } | Type::Int(_)) => {
                &[CoreKind::TYPE_EXISTS, CoreKind::TYPE_SIZE, CoreKind::TYPE_MATCHES, CoreKind::FIELD_BYTE_SIZE]
            }
            Some(Type::Fwd { .. } | Type::Float { .. }) => &[CoreKind::TYPE_EXISTS, CoreKind::TYPE_MATCHES],
            _ => &[],
        };
        out.extend(kinds.iter().map(|&kind| (id, kind, "0".into())));
    }
    out
}

/// Each member, and one of its own members or elements.
fn members(btf: &Btf, id: TypeId, count: u32, out: &mut Vec<Question>) {
    const KINDS: [CoreKind; 6] = [
        CoreKind::FIELD_BYTE_OFFSET,
        CoreKind::FIELD_EXISTS,
        CoreKind::FIELD_BYTE_SIZE,
        CoreKind::FIELD_SIGNED,
        CoreKind::FIELD_LSHIFT_U64,
        CoreKind::FIELD_RSHIFT_U64,
    ];
    for i in 0..count.min(MEMBERS) {
        out.extend(KINDS.map(|kind| (id, kind, format!("0:{i}"))));
        let (Some(Type::Struct(ty)) | Some(Type::Union(ty))) = btf.get(id) else { continue };
        let inner = ty.member(i).and_then(|member| btf.resolve(member.ty).ok());
        let last = match inner {
            Some((_, Type::Struct(ty) | Type::Union(ty))) => (ty.members().count() as u32).saturating_sub(1),
            // One element more than there are is only there at the end of a struct.
            Some((_, Type::Array(array))) => array.len,
            _ => continue,
        };
        out.extend([0, last].map(|at| (id, KINDS[at as usize % 2], format!("0:{i}:{at}"))));
        out.push((id, CoreKind::FIELD_BYTE_SIZE, format!("0:{i}:{last}")));
        // Another element of the root, as with a pointer to an array of it.
        out.push((id, CoreKind::FIELD_BYTE_OFFSET, format!("2:{i}:0")));
    }
}
