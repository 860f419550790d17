//! What compilers of other languages than C write into BTF and no kernel takes, made what kernels take.
//!
//! LLVM makes BTF of debug information, and debug information of Rust says things that C cannot: names with `<` and `&`,
//! members in another order than in memory, enums that carry data, characters of 32 bits. Kernels then refuse all types of
//! the object. Here each such type is replaced by one of the same size that C could have declared. Ids stay.

mod composite;
mod names;

use alloc::{borrow::Cow, vec::Vec};

use hashbrown::HashSet;

use crate::{Btf, Edit, Enum, Func, FuncProto, Int, Kind, Member, Param, Type, TypeId, Value, Var};
use names::{Names, is_identifier};

/// The linkage of what is only declared.
const EXTERN: u32 = 2;

/// What is the matter with a type, and what is done about it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Flaw {
    /// The name of a struct, union, enum or typedef, of a member or of a value is no identifier: `Option<u32>` becomes
    /// `Option_u32`.
    TypeName,
    /// The same of a function or a parameter: `{closure#0}` becomes `closure_0`.
    FuncName,
    /// Members do not follow one another as in memory: they are sorted.
    MemberOrder,
    /// The discriminant of an enum that carries data is a member without a name, not at the beginning of its union: it
    /// becomes `tag`, in a struct around it. The structs of the variants lose their names, which others may have too.
    Discriminant,
    /// A character of 32 bits has no type: it becomes `char32_t`.
    NoType,
    /// A parameter of a function has no name: it becomes `arg1`, `arg2`, ….
    ParamName,
    /// The types `()` and `!` are integers without bits, which no array can be of: they become the empty struct `unit`, and
    /// `void` where a function returns them. Pointers to them, and to `c_void`, become `void *`.
    Unit,
    /// An enum of 16 bytes: it becomes an integer.
    WideEnum,
}

impl Flaw {
    /// All of them, in the order in which they are looked for.
    pub const ALL: [Self; 8] = [
        Self::TypeName,
        Self::FuncName,
        Self::MemberOrder,
        Self::Discriminant,
        Self::NoType,
        Self::ParamName,
        Self::Unit,
        Self::WideEnum,
    ];
}

/// The same types with the same ids, without some flaws; none if there are none of these.
///
/// ```
/// use skep_btf::{Btf, Edit, Endian, mend::{Flaw, mend}, check};
/// let mut edit = Edit::new(Endian::Little);
/// edit.add().structure("Option<core::num::NonZero<u32>>", 0, &[]);
/// let btf = Btf::parse(edit.finish())?;
/// assert!(!check::check(&btf).is_empty());
///
/// let mended = Btf::parse(mend(&btf, &Flaw::ALL).ok_or("nothing to mend")?)?;
/// assert!(check::check(&mended).is_empty());
/// assert!(mended.find_kind("Option_NonZero_u32", skep_btf::Kind::STRUCT).is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn mend(btf: &Btf, flaws: &[Flaw]) -> Option<Vec<u8>> {
    if !btf.ids().any(|id| is_flawed(btf, id)) {
        return None;
    }
    let mut mend = Mend {
        btf,
        edit: Edit::of(btf),
        flaws,
        types: Names::new(),
        funcs: Names::new(),
        variants: HashSet::new(),
        character: None,
    };
    mend.reserve();
    mend.find_variants();
    let protos = mend.protos();
    for id in btf.ids() {
        mend.one(id, &protos);
    }
    Some(mend.edit.finish())
}

/// Whether there is something about a type that only other languages than C say. That decides whether BTF is looked at
/// closely, so it is quick, and may be wrong where nothing has to be done in the end.
fn is_flawed(btf: &Btf, id: TypeId) -> bool {
    let bad = |name: &str| !name.is_empty() && !is_identifier(name);
    match btf.get(id) {
        Some(Type::Struct(c) | Type::Union(c)) => {
            let mut last = 0;
            let mut is_flawed = |m: Member<'_>| {
                let is_before = m.bit_offset < core::mem::replace(&mut last, m.bit_offset);
                is_before || m.ty == TypeId::VOID || bad(m.name) || m.name.is_empty() && is_number(btf, m.ty)
            };
            bad(c.name) || c.members().any(&mut is_flawed)
        }
        Some(Type::Enum(e)) => e.size > 8 || bad(e.name) || e.values().any(|v| bad(v.name)),
        Some(Type::Fwd { name, .. } | Type::Typedef { name, .. }) => bad(name),
        Some(Type::Func(f)) => {
            // What the kernel provides comes with names of its own.
            let is_own = f.linkage != EXTERN;
            let unnamed = |p: Param<'_>| is_own && p.name.is_empty() && p.ty != TypeId::VOID || bad(p.name);
            bad(f.name) || matches!(btf.get(f.proto), Some(Type::FuncProto(p)) if p.params().any(unnamed))
        }
        Some(Type::Int(int)) => int.size == 0,
        Some(Type::Array(array)) => array.elem == TypeId::VOID,
        Some(Type::Var(var)) => is_untyped(&var),
        _ => false,
    }
}

/// Whether a variable has no type. Those of the kernel need none.
fn is_untyped(var: &Var<'_>) -> bool {
    var.ty == TypeId::VOID && var.linkage != EXTERN
}

/// Whether a type is a number, of which C has no members without a name.
fn is_number(btf: &Btf, id: TypeId) -> bool {
    matches!(btf.kind(id), Some(Kind::INT))
}

struct Mend<'a> {
    btf: &'a Btf,
    edit: Edit,
    flaws: &'a [Flaw],
    types: Names,
    funcs: Names,
    /// The structs of variants of enums that carry data.
    variants: HashSet<TypeId>,
    /// The type of characters, once it is needed.
    character: Option<TypeId>,
}

impl<'a> Mend<'a> {
    fn has(&self, flaw: Flaw) -> bool {
        self.flaws.contains(&flaw)
    }

    /// Names that are good already are not given to others.
    fn reserve(&mut self) {
        for id in self.btf.ids() {
            let Some(name) = self.btf.get(id).map(|ty| ty.name()).filter(|name| is_identifier(name)) else { continue };
            match self.btf.kind(id) {
                Some(Kind::FUNC | Kind::VAR) => self.funcs.reserve(name),
                _ => self.types.reserve(name),
            }
        }
    }

    /// The prototypes of functions: their parameters need names.
    fn protos(&self) -> HashSet<TypeId> {
        let proto = |id| match self.btf.get(id) {
            Some(Type::Func(func)) => Some(func.proto),
            _ => None,
        };
        self.btf.ids().filter_map(proto).collect()
    }

    fn one(&mut self, id: TypeId, protos: &HashSet<TypeId>) {
        let btf = self.btf;
        match btf.get(id) {
            Some(Type::Struct(composite) | Type::Union(composite)) => self.composite(id, composite),
            Some(Type::Enum(values)) => self.enumeration(id, values),
            Some(Type::Fwd { name, is_union }) => {
                let name = self.type_name(name);
                let _ = self.edit.replace(id).map(|place| place.fwd(&name, is_union));
            }
            Some(Type::Typedef { name, target }) => {
                let name = self.type_name(name);
                let _ = self.edit.replace(id).map(|place| place.typedef(&name, target));
            }
            Some(Type::Func(Func { name, proto, linkage })) => {
                let name = self.func_name(name);
                let _ = self.edit.replace(id).map(|place| place.func(&name, proto, linkage));
            }
            Some(Type::FuncProto(proto)) => self.proto(id, proto, protos.contains(&id)),
            Some(Type::Int(Int { size: 0, .. })) if self.has(Flaw::Unit) => {
                let _ = self.edit.replace(id).map(|place| place.structure("unit", 0, &[]));
            }
            Some(Type::Ptr(target)) if self.has(Flaw::Unit) && self.is_void(target) => {
                let _ = self.edit.retarget(id, TypeId::VOID);
            }
            Some(Type::Array(mut array)) if array.elem == TypeId::VOID && self.has(Flaw::NoType) => {
                array.elem = self.character();
                let _ = self.edit.replace(id).map(|place| place.array(array));
            }
            Some(Type::Var(var)) if is_untyped(&var) && self.has(Flaw::NoType) => {
                let ty = self.character();
                let _ = self.edit.retarget(id, ty);
            }
            _ => {}
        }
    }

    fn type_name<'n>(&mut self, name: &'n str) -> Cow<'n, str> {
        if self.has(Flaw::TypeName) { self.types.name(name) } else { name.into() }
    }

    fn func_name<'n>(&mut self, name: &'n str) -> Cow<'n, str> {
        if self.has(Flaw::FuncName) { self.funcs.name(name) } else { name.into() }
    }

    /// Whether pointers to a type are pointers to nothing in particular.
    fn is_void(&self, id: TypeId) -> bool {
        match self.btf.get(id) {
            Some(Type::Int(int)) => int.size == 0,
            Some(Type::Enum(e)) => e.name == "c_void",
            _ => false,
        }
    }

    /// The type of characters of 32 bits.
    fn character(&mut self) -> TypeId {
        if let Some(known) = self.character {
            return known;
        }
        let is_u32 = |id: &TypeId| matches!(self.btf.get(*id), Some(Type::Int(i)) if i.name == "u32" && i.size == 4);
        let number = self
            .btf
            .ids()
            .find(is_u32)
            .unwrap_or_else(|| self.edit.add().int(Int { name: "u32", size: 4, bits: 32, offset: 0, encoding: 0 }));
        let id = self.edit.add().typedef("char32_t", number);
        self.character = Some(id);
        id
    }

    fn enumeration(&mut self, id: TypeId, e: Enum<'_>) {
        let name = self.type_name(e.name);
        if e.size > 8 {
            if self.has(Flaw::WideEnum) {
                let bits = u8::try_from(e.size.saturating_mul(8)).unwrap_or(128);
                let int = Int { name: &name, size: e.size, bits, offset: 0, encoding: e.signed.into() };
                let _ = self.edit.replace(id).map(|place| place.int(int));
            }
            return;
        }
        let is_good = |v: &Value<'_>| is_identifier(v.name);
        if name == e.name && (e.values().all(|v| is_good(&v)) || !self.has(Flaw::TypeName)) {
            return;
        }
        let names: Vec<Cow<'_, str>> = e.values().map(|v| names::element(v.name, self.has(Flaw::TypeName))).collect();
        let values: Vec<_> = names.iter().zip(e.values()).map(|(name, v)| Value { name, value: v.value }).collect();
        let _ = self.edit.replace(id).map(|place| match e.is_64 {
            true => place.enumeration64(&name, e.size, e.signed, &values),
            false => place.enumeration(&name, e.size, e.signed, &values),
        });
    }

    fn proto(&mut self, id: TypeId, proto: FuncProto<'_>, of_func: bool) {
        if self.has(Flaw::Unit) && matches!(self.btf.get(proto.ret), Some(Type::Int(Int { size: 0, .. }))) {
            let _ = self.edit.retarget(id, TypeId::VOID);
        }
        for (i, param) in (0..).zip(proto.params()) {
            let name = match param.name {
                // Without name and type it stands for all that may follow.
                "" if !of_func || !self.has(Flaw::ParamName) || param.ty == TypeId::VOID => continue,
                "" => alloc::format!("arg{}", i + 1).into(),
                name => names::element(name, self.has(Flaw::FuncName)),
            };
            let ty = match param.ty {
                TypeId::VOID if self.has(Flaw::NoType) => self.character(),
                ty => ty,
            };
            if name != param.name || ty != param.ty {
                let _ = self.edit.set_param(id, i, Param { name: &name, ty });
            }
        }
    }
}
