//! Whether two types of different objects are the same, field by field.
//!
//! Names of typedefs and parameters, `const` and the like do not count. What stands behind a pointer counts by kind and
//! name only: it may be declared in one object and defined in the other.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};

use core::fmt;

use hashbrown::HashSet;
use skep_object::btf::{Btf, Composite, FuncProto, Type, TypeId};

/// A place in which two types differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Where, from the outside in: `.member`, `parameter 2`, `[]`. Empty for the whole.
    pub at: String,
    /// What it is in the first.
    pub first: String,
    /// What it is in the second.
    pub second: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.at.is_empty() {
            write!(f, "`{}`: ", self.at.trim_start_matches('.'))?;
        }
        write!(f, "{} here, {} there", self.first, self.second)
    }
}

/// So many differences are looked for.
const ENOUGH: usize = 8;
/// The deepest nesting that is followed.
const MAX_DEPTH: u32 = 32;

/// The differences between a type and another one.
pub(crate) fn types(a: &Btf, a_id: TypeId, b: &Btf, b_id: TypeId) -> Vec<Difference> {
    let mut compare = Compare { a, b, seen: HashSet::new(), found: Vec::new() };
    compare.types(a_id, b_id, "", 0, false);
    compare.found
}

struct Compare<'a> {
    a: &'a Btf,
    b: &'a Btf,
    seen: HashSet<(TypeId, TypeId, bool)>,
    found: Vec<Difference>,
}

impl Compare<'_> {
    fn differ(&mut self, at: &str, first: String, second: String) {
        if self.found.len() < ENOUGH {
            self.found.push(Difference { at: at.to_string(), first, second });
        }
    }

    /// The two as C spells them, with their sizes if they are spelled alike.
    fn differ_as_spelled(&mut self, at: &str, a: TypeId, b: TypeId) {
        let (mut first, mut second) = (self.a.spelled(a), self.b.spelled(b));
        if first == second {
            let sized = |btf: &Btf, id| btf.size(id).map_or_else(|_| "no size".into(), |size| format!("{size} bytes"));
            first += &format!(" ({})", sized(self.a, a));
            second += &format!(" ({})", sized(self.b, b));
        }
        self.differ(at, first, second);
    }

    fn types(&mut self, a_id: TypeId, b_id: TypeId, at: &str, depth: u32, behind: bool) {
        if depth > MAX_DEPTH || self.found.len() >= ENOUGH || !self.seen.insert((a_id, b_id, behind)) {
            return;
        }
        let (Ok((a_at, a)), Ok((b_at, b))) = (self.a.resolve(a_id), self.b.resolve(b_id)) else { return };
        match (a, b) {
            (Type::Void, Type::Void) => {}
            (Type::Int(x), Type::Int(y)) if x.size == y.size && x.bits == y.bits => {}
            (Type::Float { size: x, .. }, Type::Float { size: y, .. }) if x == y => {}
            (Type::Enum(x), Type::Enum(y))
                if x.size == y.size && (behind || x.name == y.name || x.name.is_empty() || y.name.is_empty()) => {}
            // A forward declaration of an enum has no size.
            (Type::Ptr(x), Type::Ptr(y)) => self.types(x, y, &format!("{at}*"), depth + 1, true),
            (Type::Array(x), Type::Array(y)) => {
                if x.len != y.len && x.len != 0 && y.len != 0 {
                    return self.differ(at, format!("{} elements", x.len), format!("{} elements", y.len));
                }
                self.types(x.elem, y.elem, &format!("{at}[]"), depth + 1, behind);
            }
            (Type::Struct(x) | Type::Union(x), Type::Struct(y) | Type::Union(y))
                if matches!(a, Type::Struct(_)) == matches!(b, Type::Struct(_)) =>
            {
                self.composites((a_at, x), (b_at, y), at, depth, behind);
            }
            (Type::Struct(x), Type::Fwd { name, is_union: false })
            | (Type::Fwd { name, is_union: false }, Type::Struct(x))
            | (Type::Union(x), Type::Fwd { name, is_union: true })
            | (Type::Fwd { name, is_union: true }, Type::Union(x))
                if behind && x.name == name => {}
            (Type::Fwd { name: x, is_union: u }, Type::Fwd { name: y, is_union: v }) if x == y && u == v => {}
            (Type::Func(x), Type::Func(y)) => self.types(x.proto, y.proto, at, depth + 1, behind),
            (Type::Var(x), Type::Var(y)) => self.types(x.ty, y.ty, at, depth + 1, behind),
            (Type::FuncProto(x), Type::FuncProto(y)) => self.prototypes(x, y, at, depth),
            // `void *` takes any pointer's place; to the verifier both are numbers.
            _ => self.differ_as_spelled(at, a_at, b_at),
        }
    }

    fn composites(
        &mut self,
        (a_id, a): (TypeId, Composite<'_>),
        (b_id, b): (TypeId, Composite<'_>),
        at: &str,
        depth: u32,
        behind: bool,
    ) {
        if a.name != b.name {
            return self.differ_as_spelled(at, a_id, b_id);
        }
        if behind && !a.name.is_empty() {
            return;
        }
        for x in a.members() {
            let place = format!("{at}.{}", if x.name.is_empty() { "(anonymous)" } else { x.name });
            let mut same = b.members().filter(|y| y.name == x.name);
            let found = if x.name.is_empty() { same.find(|y| y.bit_offset == x.bit_offset) } else { same.next() };
            let Some(y) = found else {
                self.differ(&place, self.a.declared(x.ty, x.name), "no such member".into());
                continue;
            };
            if (x.bit_offset, x.bit_size) != (y.bit_offset, y.bit_size) {
                let said = |btf: &Btf, ty, offset: u32, bits: u8| match bits {
                    0 => format!("{} at byte {}", btf.spelled(ty), offset / 8),
                    _ => format!("{} of {bits} bits at bit {offset}", btf.spelled(ty)),
                };
                let first = said(self.a, x.ty, x.bit_offset, x.bit_size);
                self.differ(&place, first, said(self.b, y.ty, y.bit_offset, y.bit_size));
                continue;
            }
            self.types(x.ty, y.ty, &place, depth + 1, behind);
        }
        for y in b.members().filter(|y| !y.name.is_empty()) {
            if !a.members().any(|x| x.name == y.name) {
                let second = self.b.declared(y.ty, y.name);
                self.differ(&format!("{at}.{}", y.name), "no such member".into(), second);
            }
        }
        if a.size != b.size && self.found.is_empty() {
            self.differ(at, format!("{} bytes", a.size), format!("{} bytes", b.size));
        }
    }

    fn prototypes(&mut self, a: FuncProto<'_>, b: FuncProto<'_>, at: &str, depth: u32) {
        let place = |what: String| if at.is_empty() { what } else { format!("{at}: {what}") };
        self.types(a.ret, b.ret, &place("returns".into()), depth + 1, false);
        if a.len != b.len {
            let count = |n: u32| format!("{n} parameter{}", if n == 1 { "" } else { "s" });
            return self.differ(at, count(a.len), count(b.len));
        }
        for (i, (x, y)) in (1..).zip(a.params().zip(b.params())) {
            let name = if y.name.is_empty() { format!("parameter {i}") } else { format!("parameter {i} `{}`", y.name) };
            self.types(x.ty, y.ty, &place(name), depth + 1, false);
        }
    }
}
