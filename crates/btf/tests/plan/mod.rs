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
    Int { name: String, size: u32, bits: u8, offset: u8, encoding: u8 },
    Ptr(u32),
    Array { elem: u32, index: u32, len: u32 },
    /// Members: name, type, offset and width in bits.
    Composite { is_union: bool, name: String, size: u32, members: Vec<(String, u32, u32, u8)> },
    Enum { is_64: bool, name: String, size: u32, signed: bool, values: Vec<(String, u64)> },
    Fwd { name: String, is_union: bool },
    Typedef { name: String, target: u32 },
    Volatile(u32),
    Const(u32),
    Restrict(u32),
    Func { name: String, proto: u32, linkage: u32 },
    Proto { ret: u32, params: Vec<(String, u32)> },
    Var { name: String, ty: u32, linkage: u32 },
    Datasec { name: String, size: u32, vars: Vec<(u32, u32, u32)> },
    Float { name: String, size: u32 },
    DeclTag { name: String, target: u32, component: i32, attribute: bool },
    TypeTag { name: String, target: u32, attribute: bool },
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
                Self::Int { name: random.name(), size, bits: (size * 8) as u8, offset: 0, encoding: random.below(8) as u8 }
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
                Self::Composite { is_union: kind == 4, name: random.name_or_none(), size: random.word() as u32, members }
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
            Type::Int(ty) => Self::Int {
                name: own(ty.name),
                size: ty.size,
                bits: ty.bits,
                offset: ty.offset,
                encoding: ty.encoding,
            },
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
