//! One type from its words.

use crate::{
    Array, Btf, Composite, Datasec, Enum, Func, FuncProto, Int, Kind, Type, TypeId, Var, elems::Elems, header::HEAD,
};

/// Decodes the type at the beginning of `bytes`.
pub(crate) fn decode<'a>(btf: &'a Btf, bytes: &'a [u8]) -> Option<Type<'a>> {
    let (head, body) = bytes.split_at_checked(HEAD)?;
    let [name, info, third] = Elems { btf, bytes: head }.words(0)?;
    let elems = Elems { btf, bytes: body };
    let first = || elems.words(0).map(|[word]| word);
    let (kflag, len, size, target) = (info >> 31 != 0, info & 0xff_ffff, third, TypeId(third));
    let name = btf.text_at(name);
    Some(match Kind((info >> 24) as u8 & 0x7f) {
        Kind::INT => {
            let word = first()?;
            let (bits, offset, encoding) = (word as u8, (word >> 16) as u8, (word >> 24) as u8 & 0xf);
            Type::Int(Int { name, size, bits, offset, encoding })
        }
        Kind::PTR => Type::Ptr(target),
        Kind::ARRAY => {
            let [elem, index, len] = elems.words(0)?;
            Type::Array(Array { elem: TypeId(elem), index: TypeId(index), len })
        }
        Kind::STRUCT => Type::Struct(Composite { name, size, len, kflag, elems }),
        Kind::UNION => Type::Union(Composite { name, size, len, kflag, elems }),
        Kind::ENUM => Type::Enum(Enum { name, size, len, signed: kflag, is_64: false, elems }),
        Kind::ENUM64 => Type::Enum(Enum { name, size, len, signed: kflag, is_64: true, elems }),
        Kind::FWD => Type::Fwd { name, is_union: kflag },
        Kind::TYPEDEF => Type::Typedef { name, target },
        Kind::VOLATILE => Type::Volatile(target),
        Kind::CONST => Type::Const(target),
        Kind::RESTRICT => Type::Restrict(target),
        Kind::FUNC => Type::Func(Func { name, proto: target, linkage: len }),
        Kind::FUNC_PROTO => Type::FuncProto(FuncProto { ret: target, len, elems }),
        Kind::VAR => Type::Var(Var { name, ty: target, linkage: first()? }),
        Kind::DATASEC => Type::Datasec(Datasec { name, size, len, elems }),
        Kind::FLOAT => Type::Float { name, size },
        Kind::DECL_TAG => Type::DeclTag { name, target, component: first()? as i32, attribute: kflag },
        Kind::TYPE_TAG => Type::TypeTag { name, target, attribute: kflag },
        kind => Type::Unknown(kind),
    })
}
