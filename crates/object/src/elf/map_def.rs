//! The attributes of a map, read from the struct that declares it.

use alloc::boxed::Box;

use skep_btf::{Array, Btf, Composite, Enum, Int, Member, Type, TypeId};
use skep_uapi::{MapFlags, MapType};

use crate::{Kind, MapDef, Pinning, nearest};

/// The attributes there are.
const NAMES: [&str; 11] = [
    "type",
    "max_entries",
    "map_flags",
    "numa_node",
    "key_size",
    "key",
    "value_size",
    "value",
    "values",
    "pinning",
    "map_extra",
];

const UINT: &str = "write it `__uint(name, number)`";
const TYPE: &str = "write it `__type(name, type)`, with a type whose size is known";
const ULONG: &str = "write it `__ulong(name, number)` or `__uint(name, number)`";

/// The most structs around a declaration.
const MAX_WRAPPERS: u32 = 8;

/// What a declaration says, and where in it `values` begins (offset in bytes), if it has them.
pub(crate) struct Parsed {
    pub def: MapDef,
    pub values: Option<u32>,
}

/// The attributes that the declaration of a map gives: its variable in BTF, defined or `extern`.
///
/// # Errors
/// What is wrong with the declaration.
pub fn declared(btf: &Btf, variable: TypeId) -> Result<MapDef, Kind> {
    let var = match btf.get(variable) {
        Some(Type::Var(var)) => var.ty,
        _ => return Err(Kind::MapDeclaration("a map is declared by a variable, and this is none")),
    };
    match btf.resolve(var) {
        Ok((id, Type::Struct(declaration))) => Ok(parse(btf, peel(btf, id, declaration).1, false)?.def),
        _ => Err(Kind::MapDeclaration("a map is declared by a struct, and this variable is none")),
    }
}

/// The struct with the attributes of a map: in Rust it stands in others (`UnsafeCell`), each of which has it as its only
/// member with a size. As C knows no such thing, linkers put it in their place.
pub fn declaration(btf: &Btf, ty: TypeId) -> Option<TypeId> {
    match btf.resolve(ty) {
        Ok((id, Type::Struct(outer))) => Some(peel(btf, id, outer).0),
        _ => None,
    }
}

/// The attributes that the struct of a map has: a struct without a size (`PhantomData`) is none.
pub fn attributes<'a>(btf: &'a Btf, declaration: Composite<'a>) -> impl Iterator<Item = Member<'a>> {
    let is_attribute = |m: &Member<'_>| NAMES.contains(&m.name) && !is_struct(btf, m.ty);
    declaration.members().filter(move |m| is_attribute(m) || btf.size(m.ty).is_ok_and(|size| size > 0))
}

/// As [`declaration`].
pub(crate) fn peel<'a>(btf: &'a Btf, mut id: TypeId, mut declaration: Composite<'a>) -> (TypeId, Composite<'a>) {
    for _ in 0..MAX_WRAPPERS {
        let mut members = attributes(btf, declaration);
        let inner = match (members.next(), members.next()) {
            (Some(only), None) if !NAMES.contains(&only.name) || is_struct(btf, only.ty) => btf.resolve(only.ty),
            _ => break,
        };
        match inner {
            Ok((inner, Type::Struct(found))) => (id, declaration) = (inner, found),
            _ => break,
        }
    }
    (id, declaration)
}

/// Whether a member is a struct itself, not a pointer as attributes are: `UnsafeCell` calls it `value`.
fn is_struct(btf: &Btf, ty: TypeId) -> bool {
    matches!(btf.resolve(ty), Ok((_, Type::Struct(_))))
}

/// Reads the attributes in order. `inner` is the declaration of a map in a map.
pub(crate) fn parse(btf: &Btf, declaration: Composite<'_>, inner: bool) -> Result<Parsed, Kind> {
    let mut parsed = Parsed { def: MapDef::default(), values: None };
    let def = &mut parsed.def;
    let mut members = attributes(btf, declaration).peekable();
    while let Some(member) = members.next() {
        let uint = |name| uint(btf, &member, name);
        match member.name {
            "type" => def.map_type = MapType(uint("type")?),
            "max_entries" => def.max_entries = uint("max_entries")?,
            "map_flags" => def.flags = MapFlags(uint("map_flags")?),
            "numa_node" => def.numa_node = uint("numa_node")?,
            "key_size" => agree("key sizes", &mut def.key_size, uint("key_size")?)?,
            "value_size" => agree("value sizes", &mut def.value_size, uint("value_size")?)?,
            "key" => {
                let (id, size) = sized(btf, &member, "key")?;
                agree("key sizes", &mut def.key_size, size)?;
                def.key_type = id;
            }
            "value" => {
                let (id, size) = sized(btf, &member, "value")?;
                agree("value sizes", &mut def.value_size, size)?;
                def.value_type = id;
            }
            "values" => {
                if inner {
                    return Err(Kind::MapDeclaration("a map in a map cannot itself have `values`: there is one level"));
                }
                if members.peek().is_some() {
                    return Err(Kind::MapDeclaration("`values` must be the last attribute"));
                }
                def.inner = values(btf, &member, def.map_type)?;
                agree("value sizes", &mut def.value_size, 4)?;
                parsed.values = Some(member.bit_offset / 8);
            }
            "pinning" if inner => return Err(Kind::MapDeclaration("a map in a map cannot be pinned")),
            "pinning" => {
                def.pinning = match uint("pinning")? {
                    0 => Pinning::None,
                    1 => Pinning::ByName,
                    _ => {
                        let expected = "use LIBBPF_PIN_BY_NAME (1) or LIBBPF_PIN_NONE (0)";
                        return Err(Kind::MapEncoding { name: "pinning", expected });
                    }
                };
            }
            "map_extra" => def.map_extra = ulong(btf, &member, "map_extra")?,
            name => return Err(Kind::MapAttribute { name: name.into(), near: nearest(name, NAMES) }),
        }
    }
    if parsed.def.map_type == MapType::UNSPEC { Err(Kind::MapNoType) } else { Ok(parsed) }
}

fn agree(what: &'static str, known: &mut u32, value: u32) -> Result<(), Kind> {
    if *known != 0 && *known != value {
        return Err(Kind::MapConflict { what, first: (*known).into(), second: value.into() });
    }
    *known = value;
    Ok(())
}

/// `__uint`: a pointer to an array of that many elements.
fn uint(btf: &Btf, member: &Member<'_>, name: &'static str) -> Result<u32, Kind> {
    match pointee(btf, member.ty).map(|id| btf.resolve(id)) {
        Some(Ok((_, Type::Array(Array { len, .. })))) => Ok(len),
        _ => Err(Kind::MapEncoding { name, expected: UINT }),
    }
}

/// `__ulong`: an enum with one value.
fn ulong(btf: &Btf, member: &Member<'_>, name: &'static str) -> Result<u64, Kind> {
    match btf.resolve(member.ty) {
        Ok((_, Type::Ptr(_))) => uint(btf, member, name).map(u64::from),
        Ok((_, Type::Enum(values @ Enum { len: 1, .. }))) => Ok(values.value(0).map_or(0, |v| v.value)),
        _ => Err(Kind::MapEncoding { name, expected: ULONG }),
    }
}

/// `__type`: a pointer to the type.
fn sized(btf: &Btf, member: &Member<'_>, name: &'static str) -> Result<(TypeId, u32), Kind> {
    let id = pointee(btf, member.ty);
    let size = id.and_then(|id| Some((id, u32::try_from(btf.size(id).ok()?).ok()?)));
    size.ok_or(Kind::MapEncoding { name, expected: TYPE })
}

/// `__array(values, …)`: an array of pointers to a map's declaration, or to functions. In C it is flexible; in Rust it has
/// as many elements as the program fills in.
fn values(btf: &Btf, member: &Member<'_>, map_type: MapType) -> Result<Option<Box<MapDef>>, Kind> {
    let of_maps = matches!(map_type, MapType::ARRAY_OF_MAPS | MapType::HASH_OF_MAPS);
    if !of_maps && map_type != MapType::PROG_ARRAY {
        return Err(Kind::MapValues(map_type));
    }
    let expected = if of_maps {
        "write it `__array(values, struct { … })` with the attributes of the inner maps"
    } else {
        "write it `__array(values, void (void))`"
    };
    let element = match btf.resolve(member.ty) {
        Ok((_, Type::Array(Array { elem, .. }))) => pointee(btf, elem).map(|id| btf.resolve(id)),
        _ => None,
    };
    match element {
        Some(Ok((id, Type::Struct(declaration)))) if of_maps => {
            Ok(Some(Box::new(parse(btf, peel(btf, id, declaration).1, true)?.def)))
        }
        // In Rust it is a pointer to anything, so that it can be null.
        Some(Ok((_, Type::FuncProto(_) | Type::Void | Type::Int(Int { size: 0, .. })))) if !of_maps => Ok(None),
        _ => Err(Kind::MapEncoding { name: "values", expected }),
    }
}

fn pointee(btf: &Btf, id: TypeId) -> Option<TypeId> {
    match btf.resolve(id) {
        Ok((_, Type::Ptr(target))) => Some(target),
        _ => None,
    }
}
