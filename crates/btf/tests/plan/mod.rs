//! Types made up by chance, the same every time, and what they are without any encoding.
#![allow(dead_code, clippy::unwrap_used, clippy::panic, reason = "each test file uses a part; tests may unwrap")]

use skep_btf::{Array, Btf, Int, Member, Param, SecVar, Type, TypeId, Value, Writer};

/// Numbers by chance.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn word(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    pub fn below(&mut self, limit: u32) -> u32 {
        ((self.word() >> 32) % u64::from(limit.max(1))) as u32
    }

    pub fn flip(&mut self) -> bool {
        self.below(2) == 1
    }

    pub fn one_of<T: Copy>(&mut self, all: &[T]) -> Option<T> {
        all.get(self.below(all.len() as u32) as usize).copied()
    }

    fn name(&mut self) -> String {
        const NAMES: [&str; 8] = ["task", "sk", "k", "inner_task", "x", "flags", "größe", "a.b"];
        NAMES[self.below(8) as usize].into()
    }

    fn name_or_none(&mut self) -> String {
        if self.below(3) == 0 { String::new() } else { self.name() }
    }
}

/// A type, spelled out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Plan {
    Int {
        name: String,
        size: u32,
        bits: u8,
        offset: u8,
        encoding: u8,
    },
    Ptr(u32),
    Array {
        elem: u32,
        index: u32,
        len: u32,
    },
    /// Members: name, type, offset and width in bits.
    Composite {
        is_union: bool,
        name: String,
        size: u32,
        members: Vec<(String, u32, u32, u8)>,
    },
    Enum {
        is_64: bool,
        name: String,
        size: u32,
        signed: bool,
        values: Vec<(String, u64)>,
    },
    Fwd {
        name: String,
        is_union: bool,
    },
    Typedef {
        name: String,
        target: u32,
    },
    Volatile(u32),
    Const(u32),
    Restrict(u32),
    Func {
        name: String,
        proto: u32,
        linkage: u32,
    },
    Proto {
        ret: u32,
        params: Vec<(String, u32)>,
    },
    Var {
        name: String,
        ty: u32,
        linkage: u32,
    },
    Datasec {
        name: String,
        size: u32,
        vars: Vec<(u32, u32, u32)>,
    },
    Float {
        name: String,
        size: u32,
    },
    DeclTag {
        name: String,
        target: u32,
        component: i32,
        attribute: bool,
    },
    TypeTag {
        name: String,
        target: u32,
        attribute: bool,
    },
}

impl Plan {
    /// A type of one of the kinds that refers to types up to `last`, whether that makes sense or not.
    pub fn wild(random: &mut Random, last: u32) -> Self {
        let any = |random: &mut Random| random.below(last + 1);
        let list = |random: &mut Random| {
            let most = if random.below(20) == 0 { 80 } else { 6 };
            0..random.below(most)
        };
        match random.below(19) {
            0 => {
                let size = 1 << random.below(5);
                Self::Int {
                    name: random.name(),
                    size,
                    bits: (size * 8) as u8,
                    offset: 0,
                    encoding: random.below(8) as u8,
                }
            }
            1 => Self::Ptr(any(random)),
            2 => Self::Array { elem: any(random), index: any(random), len: random.word() as u32 },
            kind @ (3 | 4) => {
                let has_bitfields = random.flip();
                let members = list(random).map(|_| {
                    let (offset, width) = if has_bitfields {
                        (random.below(1 << 24), random.below(256) as u8)
                    } else {
                        (random.word() as u32, 0)
                    };
                    (random.name_or_none(), any(random), offset, width)
                });
                let members = members.collect();
                Self::Composite {
                    is_union: kind == 4,
                    name: random.name_or_none(),
                    size: random.word() as u32,
                    members,
                }
            }
            kind @ (5 | 6) => {
                let (is_64, signed) = (kind == 6, random.flip());
                // Without values it would be a declaration.
                let values = (0..1 + list(random).end).map(|_| {
                    let word = random.word();
                    let value = match (is_64, signed) {
                        (true, _) => word,
                        (_, true) => i64::from(word as i32) as u64,
                        _ => word & 0xffff_ffff,
                    };
                    (random.name(), value)
                });
                let values = values.collect();
                Self::Enum { is_64, name: random.name_or_none(), size: 1 << random.below(4), signed, values }
            }
            7 => Self::Fwd { name: format!("fwd_{}", random.name()), is_union: random.flip() },
            8 => Self::Typedef { name: random.name(), target: any(random) },
            9 => Self::Volatile(any(random)),
            10 => Self::Const(any(random)),
            11 => Self::Restrict(any(random)),
            12 => Self::Func { name: random.name(), proto: any(random), linkage: random.below(3) },
            13 => {
                let params = list(random).map(|_| (random.name_or_none(), any(random))).collect();
                Self::Proto { ret: any(random), params }
            }
            14 => Self::Var { name: random.name(), ty: any(random), linkage: random.below(3) },
            15 => {
                let vars = list(random).map(|_| (any(random), random.word() as u32, random.word() as u32)).collect();
                Self::Datasec { name: format!(".{}", random.name()), size: random.word() as u32, vars }
            }
            16 => Self::Float { name: random.name(), size: [2, 4, 8, 12, 16][random.below(5) as usize] },
            17 => Self::DeclTag {
                name: random.name(),
                target: any(random),
                component: random.below(5) as i32 - 1,
                attribute: random.flip(),
            },
            _ => Self::TypeTag { name: random.name(), target: any(random), attribute: random.flip() },
        }
    }

    /// Writes it.
    pub fn write(&self, ty: Writer<'_>) -> TypeId {
        match self {
            Self::Int { name, size, bits, offset, encoding } => {
                ty.int(Int { name, size: *size, bits: *bits, offset: *offset, encoding: *encoding })
            }
            Self::Ptr(to) => ty.ptr(TypeId(*to)),
            Self::Array { elem, index, len } => {
                ty.array(Array { elem: TypeId(*elem), index: TypeId(*index), len: *len })
            }
            Self::Composite { is_union, name, size, members } => {
                let member = |(name, ty, bit_offset, bit_size): &'_ (String, u32, u32, u8)| {
                    (name.clone(), TypeId(*ty), *bit_offset, *bit_size)
                };
                let owned: Vec<_> = members.iter().map(member).collect();
                let members: Vec<Member<'_>> = owned
                    .iter()
                    .map(|&(ref name, ty, bit_offset, bit_size)| Member { name, ty, bit_offset, bit_size })
                    .collect();
                if *is_union { ty.union(name, *size, &members) } else { ty.structure(name, *size, &members) }
            }
            Self::Enum { is_64, name, size, signed, values } => {
                let values: Vec<Value<'_>> = values.iter().map(|(name, value)| Value { name, value: *value }).collect();
                if *is_64 {
                    ty.enumeration64(name, *size, *signed, &values)
                } else {
                    ty.enumeration(name, *size, *signed, &values)
                }
            }
            Self::Fwd { name, is_union } => ty.fwd(name, *is_union),
            Self::Typedef { name, target } => ty.typedef(name, TypeId(*target)),
            Self::Volatile(of) => ty.volatile(TypeId(*of)),
            Self::Const(of) => ty.constant(TypeId(*of)),
            Self::Restrict(of) => ty.restrict(TypeId(*of)),
            Self::Func { name, proto, linkage } => ty.func(name, TypeId(*proto), *linkage),
            Self::Proto { ret, params } => {
                let params: Vec<Param<'_>> = params.iter().map(|(name, ty)| Param { name, ty: TypeId(*ty) }).collect();
                ty.func_proto(TypeId(*ret), &params)
            }
            Self::Var { name, ty: of, linkage } => ty.var(name, TypeId(*of), *linkage),
            Self::Datasec { name, size, vars } => {
                let vars: Vec<SecVar> =
                    vars.iter().map(|&(ty, offset, size)| SecVar { ty: TypeId(ty), offset, size }).collect();
                ty.datasec(name, *size, &vars)
            }
            Self::Float { name, size } => ty.float(name, *size),
            Self::DeclTag { name, target, component, attribute } => {
                ty.decl_tag(name, TypeId(*target), *component, *attribute)
            }
            Self::TypeTag { name, target, attribute } => ty.type_tag(name, TypeId(*target), *attribute),
        }
    }

    /// What a type is.
    pub fn read(btf: &Btf, id: TypeId) -> Self {
        let own = String::from;
        match btf.get(id).unwrap() {
            Type::Int(ty) => {
                Self::Int { name: own(ty.name), size: ty.size, bits: ty.bits, offset: ty.offset, encoding: ty.encoding }
            }
            Type::Ptr(to) => Self::Ptr(to.0),
            Type::Array(ty) => Self::Array { elem: ty.elem.0, index: ty.index.0, len: ty.len },
            composite @ (Type::Struct(ty) | Type::Union(ty)) => Self::Composite {
                is_union: matches!(composite, Type::Union(_)),
                name: own(ty.name),
                size: ty.size,
                members: ty.members().map(|m| (own(m.name), m.ty.0, m.bit_offset, m.bit_size)).collect(),
            },
            Type::Enum(ty) => Self::Enum {
                is_64: ty.is_64,
                name: own(ty.name),
                size: ty.size,
                signed: ty.signed,
                values: ty.values().map(|value| (own(value.name), value.value)).collect(),
            },
            Type::Fwd { name, is_union } => Self::Fwd { name: own(name), is_union },
            Type::Typedef { name, target } => Self::Typedef { name: own(name), target: target.0 },
            Type::Volatile(of) => Self::Volatile(of.0),
            Type::Const(of) => Self::Const(of.0),
            Type::Restrict(of) => Self::Restrict(of.0),
            Type::Func(ty) => Self::Func { name: own(ty.name), proto: ty.proto.0, linkage: ty.linkage },
            Type::FuncProto(ty) => {
                Self::Proto { ret: ty.ret.0, params: ty.params().map(|p| (own(p.name), p.ty.0)).collect() }
            }
            Type::Var(ty) => Self::Var { name: own(ty.name), ty: ty.ty.0, linkage: ty.linkage },
            Type::Datasec(ty) => Self::Datasec {
                name: own(ty.name),
                size: ty.size,
                vars: ty.vars().map(|var| (var.ty.0, var.offset, var.size)).collect(),
            },
            Type::Float { name, size } => Self::Float { name: own(name), size },
            Type::DeclTag { name, target, component, attribute } => {
                Self::DeclTag { name: own(name), target: target.0, component, attribute }
            }
            Type::TypeTag { name, target, attribute } => Self::TypeTag { name: own(name), target: target.0, attribute },
            other => panic!("{other:?}"),
        }
    }
}

/// Types that make sense, handed to a function that gives each its id or refuses it. Few are refused, but some.
pub fn sound(random: &mut Random, count: u32, mut add: impl FnMut(&Plan) -> Option<u32>) {
    let names: Vec<String> = (0..6).map(|i| format!("name_{i}")).collect();
    let name = |random: &mut Random| names[random.below(6) as usize].clone();
    let int = |size: u32, encoding: u8| Plan::Int {
        name: ["char", "short", "int", "long"][size.trailing_zeros() as usize].into(),
        size,
        bits: (size * 8) as u8,
        offset: 0,
        encoding,
    };
    // What has a size, with it; what can be pointed at, too; prototypes; functions; variables; structs with their members.
    let mut sized: Vec<(u32, u32)> =
        [(1, 1), (2, 0), (4, 1), (8, 0)].iter().filter_map(|&(n, sign)| Some((add(&int(n, sign))?, n))).collect();
    let (Some(&(char, _)), Some(&(word, _))) = (sized.first(), sized.get(2)) else { return };
    let mut any: Vec<u32> = sized.iter().map(|&(id, _)| id).collect();
    let (mut protos, mut funcs, mut vars) = (Vec::new(), Vec::new(), Vec::<(u32, u32)>::new());
    let mut structs: Vec<(u32, u32)> = Vec::new();
    for i in 0..count {
        let (target, &(item, size)) =
            (any[random.below(any.len() as u32) as usize], &sized[random.below(sized.len() as u32) as usize]);
        let unique = format!("own_{i}");
        let kind = random.below(17);
        let plan = match kind {
            0 | 1 => Plan::Ptr(if random.below(9) == 0 { 0 } else { target }),
            2 => Plan::Array { elem: item, index: word, len: random.below(9) },
            3 => {
                let (mut at, mut members) = (0, Vec::new());
                for n in 0..random.below(6) {
                    let &(ty, size) = &sized[random.below(sized.len() as u32) as usize];
                    members.push((format!("m{n}"), ty, at * 8, 0));
                    at += size.next_multiple_of(8);
                }
                Plan::Composite { is_union: false, name: unique, size: at + random.below(2) * 8, members }
            }
            4 => {
                let mut members: Vec<(String, u32, u32, u8)> = Vec::new();
                let mut at = 0;
                for n in 0..1 + random.below(6) {
                    let width = 1 + random.below(32);
                    at = if at % 32 + width > 32 { at.next_multiple_of(32) } else { at };
                    members.push((format!("b{n}"), word, at, width as u8));
                    at += width;
                }
                Plan::Composite { is_union: false, name: unique, size: at.div_ceil(32) * 4, members }
            }
            5 => {
                let picked: Vec<(u32, u32)> = (0..1 + random.below(4)).filter_map(|_| random.one_of(&sized)).collect();
                let size = picked.iter().map(|&(_, size)| size).max().unwrap_or(0);
                let members = picked.iter().enumerate().map(|(n, &(ty, _))| (format!("u{n}"), ty, 0, 0)).collect();
                Plan::Composite { is_union: true, name: String::new(), size, members }
            }
            6 | 7 => {
                let is_64 = kind == 7;
                let values =
                    (0..1 + random.below(5)).map(|n| (format!("V{i}_{n}"), u64::from(n) << if is_64 { 33 } else { 3 }));
                let values = values.collect();
                Plan::Enum { is_64, name: unique, size: if is_64 { 8 } else { 4 }, signed: random.flip(), values }
            }
            8 => Plan::Fwd { name: unique, is_union: random.flip() },
            9 => Plan::Typedef { name: unique, target: item },
            10 => match random.below(3) {
                0 => Plan::Volatile(item),
                1 => Plan::Const(item),
                _ => Plan::Restrict(item),
            },
            11 => {
                let params = (0..random.below(5)).map(|n| (format!("p{n}"), item)).collect();
                Plan::Proto { ret: if random.flip() { item } else { 0 }, params }
            }
            12 => match random.one_of(&protos) {
                Some(proto) => Plan::Func { name: unique, proto, linkage: random.below(2) },
                None => continue,
            },
            13 => Plan::Var { name: unique, ty: item, linkage: random.below(2) },
            14 => {
                let mut at = 0;
                let picked = vars.split_off(vars.len().saturating_sub(1 + random.below(3) as usize));
                let place = |(id, size): (u32, u32)| {
                    let from = at;
                    at += size.next_multiple_of(8).max(8);
                    (id, from, size)
                };
                let vars: Vec<(u32, u32, u32)> = picked.into_iter().filter(|var| var.1 > 0).map(place).collect();
                if vars.is_empty() {
                    continue;
                }
                Plan::Datasec { name: format!(".{}", name(random)), size: at, vars }
            }
            15 => Plan::Float { name: "double".into(), size: 8 },
            _ => match random.below(3) {
                0 => Plan::TypeTag { name: "user".into(), target: char, attribute: false },
                1 => match random.one_of(&funcs) {
                    Some(target) => Plan::DeclTag { name: "tag".into(), target, component: -1, attribute: false },
                    None => continue,
                },
                _ => match random.one_of(&structs) {
                    Some((target, members)) => {
                        let component = random.below(members + 1) as i32 - 1;
                        Plan::DeclTag { name: "tag".into(), target, component, attribute: false }
                    }
                    None => continue,
                },
            },
        };
        let Some(id) = add(&plan) else { continue };
        // What it may stand in from now on. Bytes that are not a member's type's are no longer of interest.
        match &plan {
            Plan::Ptr(_) => sized.push((id, 8)),
            Plan::Array { len, .. } => sized.push((id, size * len)),
            Plan::Composite { size, members, .. } => {
                sized.push((id, *size));
                structs.push((id, members.len() as u32));
            }
            Plan::Enum { size, .. } => sized.push((id, *size)),
            Plan::Typedef { .. } | Plan::Volatile(_) | Plan::Const(_) | Plan::Restrict(_) => sized.push((id, size)),
            Plan::Proto { .. } => protos.push(id),
            Plan::Func { .. } => funcs.push(id),
            Plan::Var { .. } => vars.push((id, size)),
            _ => {}
        }
        let is_target =
            !matches!(plan, Plan::Func { .. } | Plan::Var { .. } | Plan::Datasec { .. } | Plan::DeclTag { .. });
        if is_target && !matches!(plan, Plan::TypeTag { .. }) {
            any.push(id);
        }
        // Sizes are kept far from the largest.
        sized.retain(|&(_, size)| size < 1 << 16);
    }
}
