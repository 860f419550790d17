//! The contents of variables.

use alloc::{borrow::ToOwned, string::String, vec, vec::Vec};

use crate::text::{
    assembler::Assembler,
    error::{Fault, Kind},
    expr::{self, Value},
    image,
    lex::{Cursor, Tok},
    lookup::Lookup,
    symbols::SymId,
    types::{Composite, Id, Ty},
};

/// The most bytes of a variable that is given contents.
const MAX_BYTES: usize = 64 << 20;
/// The deepest braces.
const MAX_DEPTH: u32 = 32;

/// The contents of a variable.
#[derive(Debug, Default)]
pub(in crate::text) struct Contents {
    pub bytes: Vec<u8>,
    pub pointers: Vec<Pointer>,
}

/// An address in them.
#[derive(Clone, Copy, Debug)]
pub(in crate::text) struct Pointer {
    pub offset: u32,
    pub size: u32,
    pub symbol: SymId,
    pub addend: i64,
}

/// What is filled next.
#[derive(Clone, Copy)]
struct Place {
    ty: Id,
    /// In bits.
    at: u64,
    /// The width of a bitfield, or 0.
    bits: u8,
}

impl Assembler<'_> {
    /// Reads the contents of a variable.
    pub fn initializer(&mut self, cursor: &mut Cursor<'_>, ty: Id) -> Result<Contents, Fault> {
        let mut contents = Contents::default();
        self.fill(cursor, Place { ty, at: 0, bits: 0 }, &mut contents, MAX_DEPTH)?;
        Ok(contents)
    }

    fn fill(&mut self, cursor: &mut Cursor<'_>, place: Place, to: &mut Contents, depth: u32) -> Result<(), Fault> {
        cursor.skip();
        let at = cursor.at;
        let depth = depth.checked_sub(1).ok_or(Fault::new(at, Kind::Limit("braces that go deeper than 32")))?;
        let Some((_, ty)) = self.types.resolve(place.ty) else {
            return Err(Fault::new(at, Kind::incomplete_void()));
        };
        match ty {
            Ty::Array { elem, len, .. } => {
                let (elem, len) = (*elem, *len);
                if let Tok::Text(_) = cursor.peek()? {
                    return self.fill_text(cursor, place, elem, len, to);
                }
                if cursor.eat("{") {
                    if let Tok::Text(_) = cursor.peek()?
                        && self.is_char(elem)
                    {
                        self.fill_text(cursor, place, elem, len, to)?;
                        let _ = cursor.eat(",");
                        return cursor.expect("}");
                    }
                    return self.fill_array(cursor, place, elem, len, to, depth);
                }
                Err(cursor.unexpected("`{`"))
            }
            Ty::Composite(composite) => {
                let composite = composite.clone();
                if !cursor.eat("{") {
                    return Err(cursor.unexpected("`{`"));
                }
                self.fill_members(cursor, place, &composite, to, depth)
            }
            Ty::Fwd { .. } => Err(Fault::new(at, self.types.incomplete(place.ty))),
            Ty::Float { size, .. } => {
                let size = *size;
                let value = float(cursor)?;
                let bits = if size == 4 { u64::from((value as f32).to_bits()) } else { value.to_bits() };
                self.put(place, size.min(8), bits as i64, to).map_err(|kind| Fault::new(at, kind))
            }
            _ => {
                let size = self.types.size(place.ty).map_err(|kind| Fault::new(at, kind))?;
                let braced = cursor.eat("{");
                let value = self.scalar(cursor)?;
                if braced {
                    let _ = cursor.eat(",");
                    cursor.expect("}")?;
                }
                match value {
                    Value { number, symbol: None, minus: None } => {
                        self.put(place, size.min(8), number, to).map_err(|kind| Fault::new(at, kind))
                    }
                    Value { number, symbol: Some(symbol), minus: None } if size == 8 && place.bits == 0 => {
                        self.put(place, 8, number, to).map_err(|kind| Fault::new(at, kind))?;
                        let offset = (place.at / 8) as u32;
                        to.pointers.push(Pointer { offset, size: 8, symbol, addend: number });
                        Ok(())
                    }
                    _ => Err(Fault::new(
                        at,
                        Kind::Initializer("an address needs 8 bytes: a pointer, or an integer of 64 bits"),
                    )),
                }
            }
        }
    }

    fn is_char(&self, elem: Id) -> bool {
        matches!(self.types.resolve(elem), Some((_, Ty::Int { size: 1, .. })))
    }

    /// A number or an address, with casts before it that change nothing.
    fn scalar(&mut self, cursor: &mut Cursor<'_>) -> Result<Value, Fault> {
        loop {
            let mut ahead = *cursor;
            if ahead.eat("(")
                && let Tok::Name(name) = ahead.peek()?
                && self.begins_type(name)
            {
                self.type_name(&mut ahead)?;
                ahead.expect(")")?;
                *cursor = ahead;
                continue;
            }
            if !cursor.eat("&") {
                break;
            }
        }
        expr::expression(cursor, &mut Lookup::of_reference(self))
    }

    fn fill_text(
        &mut self,
        cursor: &mut Cursor<'_>,
        place: Place,
        elem: Id,
        len: u32,
        to: &mut Contents,
    ) -> Result<(), Fault> {
        let at = cursor.at;
        if !self.is_char(elem) {
            return Err(Fault::new(at, Kind::Initializer("a text fills an array of characters")));
        }
        let mut bytes = cursor.string()?;
        while matches!(cursor.peek(), Ok(Tok::Text(_))) {
            bytes.extend(cursor.string()?);
        }
        if len == 0 {
            bytes.push(0);
        } else if bytes.len() > len as usize {
            return Err(Fault::new(at, Kind::Initializer("the text is longer than the array")));
        }
        let start = (place.at / 8) as usize;
        let room = room(to, start, bytes.len()).map_err(|kind| Fault::new(at, kind))?;
        room.copy_from_slice(&bytes);
        Ok(())
    }

    fn fill_array(
        &mut self,
        cursor: &mut Cursor<'_>,
        place: Place,
        elem: Id,
        len: u32,
        to: &mut Contents,
        depth: u32,
    ) -> Result<(), Fault> {
        let mut index = 0u32;
        let size = u64::from(self.types.size(elem).map_err(|kind| Fault::new(cursor.at, kind))?);
        while !cursor.eat("}") {
            cursor.skip();
            let at = cursor.at;
            let mut last = index;
            if cursor.eat("[") {
                index = self.bounded(cursor, u32::MAX.into())?;
                last = index;
                if cursor.eat("...") {
                    last = self.bounded(cursor, u32::MAX.into())?;
                }
                cursor.expect("]")?;
                let _ = cursor.eat("=");
            }
            if len != 0 && last >= len {
                return Err(Fault::new(at, Kind::Initializer("more elements than the array has")));
            }
            let start = *cursor;
            for i in index..=last.max(index) {
                *cursor = start;
                self.fill(cursor, Place { ty: elem, at: place.at + u64::from(i) * size * 8, bits: 0 }, to, depth)?;
            }
            index = last.max(index).saturating_add(1);
            if !cursor.eat(",") && !cursor.is("}") {
                return Err(cursor.unexpected("`,` or `}`"));
            }
        }
        Ok(())
    }

    fn fill_members(
        &mut self,
        cursor: &mut Cursor<'_>,
        place: Place,
        of: &Composite,
        to: &mut Contents,
        depth: u32,
    ) -> Result<(), Fault> {
        let mut next = 0usize;
        while !cursor.eat("}") {
            cursor.skip();
            let at = cursor.at;
            let fault = |kind| Fault::new(at, kind);
            let designated = matches!(cursor.peek(), Ok(Tok::Name(name)) if name.starts_with('.') && name.len() > 1)
                || cursor.is(".");
            let member = if designated {
                let access = self.designator(cursor, of)?;
                let _ = cursor.eat("=");
                next = access.1 + 1;
                access.0
            } else {
                let Some(member) = of.members.get(next) else {
                    return Err(fault(Kind::Initializer("more values than the struct has members")));
                };
                next += 1;
                Place { ty: member.ty, at: member.bit_offset.into(), bits: member.bit_size }
            };
            let member = Place { at: place.at + member.at, ..member };
            self.fill(cursor, member, to, depth)?;
            if of.union {
                next = of.members.len();
            }
            if !cursor.eat(",") && !cursor.is("}") {
                return Err(cursor.unexpected("`,` or `}`"));
            }
        }
        Ok(())
    }

    /// `.a.b[2]`: what it leads to, and the position of its first member.
    fn designator(&mut self, cursor: &mut Cursor<'_>, of: &Composite) -> Result<(Place, usize), Fault> {
        cursor.skip();
        let at = cursor.at;
        let mut ahead = *cursor;
        let first = match ahead.next()? {
            Tok::Sign(".") => ahead.name("a member")?.to_owned(),
            Tok::Name(names) => names.split('.').find(|name| !name.is_empty()).unwrap_or_default().to_owned(),
            _ => String::new(),
        };
        let mut way = Vec::new();
        if self.types.find(of, &first, &mut way, 16).is_none() {
            let near = skep_btf::nearest(&first, of.members.iter().map(|m| &*m.name)).map(Into::into);
            let name = if of.name.is_empty() { "the struct".to_owned() } else { alloc::format!("struct {}", of.name) };
            return Err(Fault::new(at, Kind::Member { of: name, name: first, near }));
        }
        let root = self.types.add(Ty::Composite(of.clone())).map_err(|kind| Fault::new(at, kind))?;
        let access = self.path(cursor, root);
        self.types.drop_last();
        let access = access?;
        let place = Place { ty: access.ty, at: access.bit_offset, bits: access.bit_size };
        Ok((place, way.first().copied().unwrap_or(0) as usize))
    }

    fn put(&self, place: Place, size: u32, value: i64, to: &mut Contents) -> Result<(), Kind> {
        let start = (place.at / 8) as usize;
        if place.bits == 0 {
            if self.fits(value, size).is_err() {
                return Err(Kind::Range { value, bits: size * 8 });
            }
            let bytes = image::number(self.image.endian, size, value as u64);
            room(to, start, size as usize)?.copy_from_slice(&bytes[..size as usize]);
            return Ok(());
        }
        let bits = u32::from(place.bits);
        if bits < 64 && !(-(1i64 << (bits - 1))..1i64 << bits).contains(&value) {
            return Err(Kind::Range { value, bits });
        }
        for bit in 0..u64::from(bits) {
            let at = place.at + bit;
            let set = value >> bit.min(63) & 1 != 0;
            let (byte, mask) = match self.image.endian {
                skep_btf::Endian::Little => ((at / 8) as usize, 1u8 << (at % 8)),
                skep_btf::Endian::Big => {
                    let at = place.at + u64::from(bits) - 1 - bit;
                    ((at / 8) as usize, 0x80u8 >> (at % 8))
                }
            };
            let room = room(to, byte, 1)?;
            room[0] = if set { room[0] | mask } else { room[0] & !mask };
        }
        Ok(())
    }
}

/// The bytes of a place, made if they are not there.
fn room(to: &mut Contents, start: usize, len: usize) -> Result<&mut [u8], Kind> {
    let end =
        start.checked_add(len).filter(|end| *end <= MAX_BYTES).ok_or(Kind::Limit("a variable of more than 64 MiB"))?;
    if to.bytes.len() < end {
        to.bytes.extend(vec![0; end - to.bytes.len()]);
    }
    to.bytes.get_mut(start..end).ok_or(Kind::Limit("a variable of more than 64 MiB"))
}

/// A floating-point number.
fn float(cursor: &mut Cursor<'_>) -> Result<f64, Fault> {
    cursor.skip();
    let at = cursor.at;
    let rest = cursor.rest();
    let len = rest.bytes().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'+')).count();
    let text = rest[..len].trim_end_matches(['f', 'F', 'l', 'L']);
    let value = text.parse().map_err(|_| Fault::new(at, Kind::Number(text.to_owned())))?;
    cursor.at += len;
    Ok(value)
}
