//! What names in expressions are.

use alloc::{borrow::ToOwned, string::String, vec::Vec};

use super::{
    assembler::Assembler,
    error::{Fault, Kind},
    expr::{Scope, Value},
    lex::{Cursor, Tok},
    place::Loc,
    symbols::{NUMBERS, SECTIONS, SymId, Where},
    types::{Id, Step},
};

/// How names are looked up.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// A number is needed: a label that is not there yet counts as 0, and the statement is read again at the end.
    Operand,
    /// A symbol is needed.
    Reference,
}

/// The names of a file, for one expression.
pub(super) struct Lookup<'a, 'o> {
    pub assembler: &'a mut Assembler<'o>,
    mode: Mode,
    /// Whether a label was asked for that comes later.
    pub late: bool,
}

impl<'a, 'o> Lookup<'a, 'o> {
    /// In an instruction.
    pub fn of_operand(assembler: &'a mut Assembler<'o>) -> Self {
        Self { assembler, mode: Mode::Operand, late: false }
    }

    /// Where a symbol is meant, even if it is not defined.
    pub fn of_reference(assembler: &'a mut Assembler<'o>) -> Self {
        Self { assembler, mode: Mode::Reference, late: false }
    }
}

impl Scope for Lookup<'_, '_> {
    fn value(&mut self, name: &str) -> Result<Value, Kind> {
        let assembler = &mut *self.assembler;
        if let Some(number) = assembler.constant(name) {
            return Ok(Value::of(number));
        }
        if name == "." {
            return Ok(Value { number: 0, symbol: Some(assembler.dot()), minus: None });
        }
        let symbol = assembler.symbol_of(name);
        let defined = assembler.symbols.get(symbol).map(|symbol| symbol.place).unwrap_or_default();
        match defined {
            Where::Undefined if self.mode == Mode::Operand && assembler.again.is_none() => {
                self.late = true;
                Ok(Value::of(0))
            }
            _ => Ok(Value { number: 0, symbol: Some(symbol), minus: None }),
        }
    }

    fn call(&mut self, name: &str, cursor: &mut Cursor<'_>) -> Option<Result<Value, Fault>> {
        let size = |assembler: &mut Assembler<'_>, cursor: &mut Cursor<'_>| {
            cursor.expect("(")?;
            let at = cursor.at;
            let ty = assembler.type_or_variable(cursor)?;
            cursor.expect(")")?;
            assembler.types.shape(ty).map_err(|kind| Fault::new(at, kind))
        };
        let assembler = &mut *self.assembler;
        Some(match name {
            "sizeof" => size(assembler, cursor).map(|shape| Value::of(shape.size.into())),
            "_Alignof" | "alignof" => size(assembler, cursor).map(|shape| Value::of(shape.align.into())),
            "offsetof" => assembler.offset_of(cursor).map(Value::of),
            "defined" => assembler.is_known(cursor).map(|known| Value::of(known.into())),
            _ => return None,
        })
    }

    fn distance(&self, from: SymId, to: SymId) -> Option<i64> {
        self.assembler.distance(from, to)
    }
}

impl Assembler<'_> {
    /// The symbol of a name, of a number of a label with its direction, or of a section.
    pub fn symbol_of(&mut self, name: &str) -> SymId {
        let loc = Loc::NONE;
        if name.starts_with(|c: char| c.is_ascii_digit())
            && let Some(numbered) = self.symbols.nearest_number(name)
        {
            return self.symbols.intern(NUMBERS, &numbered, loc);
        }
        if let Some(found) = self.symbols.find(self.scope, name) {
            return found;
        }
        if let Some(section) = self.image.find(name) {
            return self.section_symbol(section, name);
        }
        // In a body a name that is not there yet may become a label of the body, or be the file's.
        self.symbols.intern(self.scope, name, loc)
    }

    /// The symbol of the beginning of a section.
    fn section_symbol(&mut self, section: u32, name: &str) -> SymId {
        let id = self.symbols.intern(SECTIONS, name, Loc::NONE);
        if let Some(symbol) = self.symbols.get_mut(id) {
            symbol.place = Where::Section { section, offset: 0 };
            symbol.private = true;
        }
        id
    }

    /// A symbol of the place where the statement stands.
    fn dot(&mut self) -> SymId {
        let section = self.here();
        let (section, offset) = self.dot.unwrap_or((section, self.image.here(section)));
        self.symbols.nameless(Where::Section { section, offset })
    }

    pub fn distance(&self, from: SymId, to: SymId) -> Option<i64> {
        match (self.symbols.get(from)?.place, self.symbols.get(to)?.place) {
            (Where::Section { section: a, offset: from }, Where::Section { section: b, offset: to }) if a == b => {
                Some((to as i64).wrapping_sub(from as i64))
            }
            _ => None,
        }
    }

    /// `offsetof(TYPE, PATH)`.
    fn offset_of(&mut self, cursor: &mut Cursor<'_>) -> Result<i64, Fault> {
        cursor.expect("(")?;
        let ty = self.type_name(cursor)?;
        cursor.expect(",")?;
        cursor.skip();
        let at = cursor.at;
        let access = self.path(cursor, ty)?;
        cursor.expect(")")?;
        if access.bit_size != 0 {
            return Err(Fault::new(at, Kind::Expression("a bitfield has no offset in bytes")));
        }
        Ok((access.bit_offset / 8) as i64)
    }

    /// Follows `field.field[2]`.
    pub fn path(&mut self, cursor: &mut Cursor<'_>, root: Id) -> Result<super::types::Access, Fault> {
        let mut steps = Vec::new();
        cursor.skip();
        let at = cursor.at;
        loop {
            if cursor.eat("[") {
                let place = cursor.at;
                let index = self.number_in(cursor)?;
                let index =
                    u32::try_from(index).map_err(|_| Fault::new(place, Kind::Range { value: index, bits: 32 }))?;
                cursor.expect("]")?;
                steps.push(Step::Index(index));
            } else {
                let _ = cursor.eat(".");
                let Ok(Tok::Name(names)) = cursor.peek() else { break };
                let _ = cursor.next();
                // A name has dots in it.
                steps.extend(names.split('.').filter(|name| !name.is_empty()).map(Step::Name));
            }
            if !cursor.is("[")
                && !cursor.is(".")
                && !matches!(cursor.peek(), Ok(Tok::Name(name)) if name.starts_with('.'))
            {
                break;
            }
        }
        if steps.is_empty() {
            return Err(cursor.unexpected("a field"));
        }
        self.types.access(root, &steps).map_err(|kind| Fault::new(at, kind))
    }

    /// `defined(NAME)`.
    fn is_known(&mut self, cursor: &mut Cursor<'_>) -> Result<bool, Fault> {
        cursor.expect("(")?;
        let name: String = cursor.name("a name")?.to_owned();
        cursor.expect(")")?;
        Ok(self.is_defined_name(&name))
    }

    /// Whether a name is that of a constant, a symbol or a macro.
    pub fn is_defined_name(&self, name: &str) -> bool {
        let symbol = self.symbols.find(self.scope, name).and_then(|id| self.symbols.get(id));
        self.constant(name).is_some() || self.macros.contains_key(name) || symbol.is_some_and(|s| s.is_defined())
    }

    /// Reads an expression that is a number.
    pub fn number_in(&mut self, cursor: &mut Cursor<'_>) -> Result<i64, Fault> {
        cursor.skip();
        let at = cursor.at;
        let value = super::expr::expression(cursor, &mut Lookup::of_reference(self))?;
        value.number().map_err(|kind| {
            let unknown = value.symbol.filter(|id| self.symbols.get(*id).is_some_and(|s| !s.is_defined()));
            let kind = unknown.map_or(kind, |id| self.unknown_symbol(id));
            Fault::new(at, kind)
        })
    }
}
