//! BTF that an older kernel takes: what it does not know is rewritten into something of the same size that it does.

use alloc::vec::Vec;

use skep_uapi::Feature;

use crate::{Btf, Edit, Int, Kind, Type, TypeId, edit::info};

/// The same types with the same ids for a kernel that has only some features; none if it takes them as they are.
///
/// | without | rewritten |
/// |---|---|
/// | `BtfFunc` | FUNC_PROTO becomes ENUM, FUNC becomes TYPEDEF |
/// | `BtfGlobalFunc` | every FUNC becomes static |
/// | `BtfDatasec` | VAR becomes INT, DATASEC becomes STRUCT with a member for each variable, `.` and `?` in its name become `_` |
/// | `BtfQmarkDatasec` | `?` at the beginning of a DATASEC's name becomes `_` |
/// | `BtfFloat` | FLOAT becomes an empty STRUCT without a name |
/// | `BtfDeclTag` | DECL_TAG becomes INT |
/// | `BtfTypeTag` | TYPE_TAG becomes CONST |
/// | `BtfEnum64` | ENUM64 becomes UNION; enums lose their sign |
/// | `BtfLayout` | the layout section is left out, unless there are types of kinds that only it describes |
pub fn downgrade(btf: &Btf, has: impl Fn(Feature) -> bool) -> Option<Vec<u8>> {
    let lacks = Lacks {
        func: !has(Feature::BtfFunc),
        global_func: !has(Feature::BtfGlobalFunc),
        datasec: !has(Feature::BtfDatasec),
        // Asked only if it matters: the answer costs a system call.
        qmark: btf.ids().any(|id| is_qmark(btf, id)) && !has(Feature::BtfQmarkDatasec),
        float: !has(Feature::BtfFloat),
        decl_tag: !has(Feature::BtfDeclTag),
        type_tag: !has(Feature::BtfTypeTag),
        enum64: !has(Feature::BtfEnum64),
        placeholder: None,
    };
    let is_unknown = |(_, kind): (TypeId, Kind)| kind.row().is_none();
    let drop_layout = btf.header.extended && !has(Feature::BtfLayout) && !btf.kinds().any(is_unknown);
    let first = btf.ids().find(|&id| lacks.concern(btf, id));
    if first.is_none() && !drop_layout {
        return None;
    }
    let (mut edit, mut lacks) = (Edit::of(btf), lacks);
    if drop_layout {
        edit.drop_layout();
    }
    for id in first.into_iter().flat_map(|first| (first.0..).take((btf.end_id() - first.0) as usize)) {
        lacks.rewrite(&mut edit, btf, TypeId(id));
    }
    Some(edit.finish())
}

/// Whether a type is a DATASEC whose name begins with a question mark.
fn is_qmark(btf: &Btf, id: TypeId) -> bool {
    btf.kind(id) == Some(Kind::DATASEC) && btf.name(id).starts_with('?')
}

/// What the kernel does not have.
struct Lacks {
    func: bool,
    global_func: bool,
    datasec: bool,
    qmark: bool,
    float: bool,
    decl_tag: bool,
    type_tag: bool,
    enum64: bool,
    /// The type of the members of unions that were ENUM64, once there is one.
    placeholder: Option<TypeId>,
}

impl Lacks {
    /// Whether a type has to be rewritten.
    fn concern(&self, btf: &Btf, id: TypeId) -> bool {
        match btf.kind(id) {
            Some(Kind::FUNC_PROTO) => self.func,
            Some(Kind::FUNC) if self.func => true,
            Some(Kind::FUNC) => self.global_func && matches!(btf.get(id), Some(Type::Func(f)) if f.linkage != 0),
            Some(Kind::VAR) => self.datasec,
            Some(Kind::DATASEC) => self.datasec || self.qmark && is_qmark(btf, id),
            Some(Kind::FLOAT) => self.float,
            Some(Kind::DECL_TAG) => self.decl_tag,
            Some(Kind::TYPE_TAG) => self.type_tag,
            Some(Kind::ENUM) => self.enum64 && matches!(btf.get(id), Some(Type::Enum(e)) if e.signed),
            Some(Kind::ENUM64) => self.enum64,
            _ => false,
        }
    }

    fn rewrite(&mut self, edit: &mut Edit, btf: &Btf, id: TypeId) {
        let Some(ty) = btf.get(id).filter(|_| self.concern(btf, id)) else { return };
        match ty {
            Type::Datasec(sec) => {
                let name =
                    if self.datasec { sec.name.replace(['.', '?'], "_") } else { sec.name.replacen('?', "_", 1) };
                // The type exists, since it was just decoded.
                let _ = edit.rename(id, &name);
                if self.datasec {
                    structure(edit, btf, id, sec.len);
                }
            }
            Type::Enum(ty) if ty.is_64 => self.union(edit, id, ty.len),
            Type::FuncProto(_) => {
                self.rewrite_head(edit, id, ty);
                name_values(edit, id);
            }
            _ => self.rewrite_head(edit, id, ty),
        }
    }

    /// ENUM64 as a UNION with a member of one byte for each value.
    fn union(&mut self, edit: &mut Edit, id: TypeId, len: u32) {
        let int = Int { name: "enum64_placeholder", size: 1, bits: 8, offset: 0, encoding: 0 };
        let placeholder = *self.placeholder.get_or_insert_with(|| edit.add().int(int));
        let Ok([_, info_word, _, values @ ..]) = edit.words_mut(id) else { return };
        *info_word = info(Kind::UNION, len as usize, false);
        for [_, ty, offset] in values.as_chunks_mut().0 {
            (*ty, *offset) = (placeholder.0, 0);
        }
    }

    /// The rewrites that keep the elements as they are.
    fn rewrite_head(&self, edit: &mut Edit, id: TypeId, ty: Type<'_>) {
        let Ok([name, info_word, third, rest @ ..]) = edit.words_mut(id) else { return };
        match ty {
            // The only size that fits wherever the variable was is one byte.
            Type::Var(_) | Type::DeclTag { .. } => {
                (*info_word, *third) = (info(Kind::INT, 0, false), 1);
                rest.iter_mut().take(1).for_each(|bits| *bits = 8);
            }
            Type::FuncProto(proto) => (*info_word, *third) = (info(Kind::ENUM, proto.len as usize, false), 4),
            Type::Func(_) if self.func => *info_word = info(Kind::TYPEDEF, 0, false),
            Type::Func(_) => *info_word = info(Kind::FUNC, 0, false),
            // `float` cannot name a struct in C.
            Type::Float { .. } => (*name, *info_word) = (0, info(Kind::STRUCT, 0, false)),
            Type::TypeTag { .. } => (*name, *info_word) = (0, info(Kind::CONST, 0, false)),
            Type::Enum(ty) => *info_word = info(Kind::ENUM, ty.len as usize, false),
            _ => {}
        }
    }
}

/// Gives the values of what was a FUNC_PROTO names where the parameters had none.
fn name_values(edit: &mut Edit, id: TypeId) {
    let unnamed =
        |edit: &mut Edit| edit.words_mut(id).is_ok_and(|words| words.iter().skip(3).step_by(2).any(|&name| name == 0));
    if !unnamed(edit) {
        return;
    }
    let name = edit.string("_").0;
    let Ok([_, _, _, values @ ..]) = edit.words_mut(id) else { return };
    values.iter_mut().step_by(2).filter(|value| **value == 0).for_each(|value| *value = name);
}

/// A DATASEC's variables as the members of a STRUCT.
fn structure(edit: &mut Edit, btf: &Btf, id: TypeId, len: u32) {
    let Ok([_, info_word, _, vars @ ..]) = edit.words_mut(id) else { return };
    *info_word = info(Kind::STRUCT, len as usize, false);
    for var in vars.as_chunks_mut().0 {
        let [ty, offset, _size] = *var;
        *var = [btf.name_off(TypeId(ty)).0, ty, offset.wrapping_mul(8)];
    }
}
