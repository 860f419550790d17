//! `%core(…)`: numbers that depend on the running kernel's types.

use alloc::{borrow::ToOwned, format, string::String};

use skep_btf::{Endian, core::CoreKind, nearest};

use super::{
    assembler::{Assembler, CoreAt},
    error::{Fault, Kind},
    lex::{Cursor, Tok},
    types::{Access, Id, Ty},
};

/// The kinds by the names of their arguments in records' dumps.
pub(super) const KINDS: [(&str, CoreKind); 13] = [
    ("byte_off", CoreKind::FIELD_BYTE_OFFSET),
    ("byte_sz", CoreKind::FIELD_BYTE_SIZE),
    ("field_exists", CoreKind::FIELD_EXISTS),
    ("signed", CoreKind::FIELD_SIGNED),
    ("lshift_u64", CoreKind::FIELD_LSHIFT_U64),
    ("rshift_u64", CoreKind::FIELD_RSHIFT_U64),
    ("local_type_id", CoreKind::TYPE_ID_LOCAL),
    ("target_type_id", CoreKind::TYPE_ID_TARGET),
    ("type_exists", CoreKind::TYPE_EXISTS),
    ("type_size", CoreKind::TYPE_SIZE),
    ("enumval_exists", CoreKind::ENUMVAL_EXISTS),
    ("enumval_value", CoreKind::ENUMVAL_VALUE),
    ("type_matches", CoreKind::TYPE_MATCHES),
];

impl Assembler<'_> {
    /// The kind of a name.
    pub fn core_kind(&self, name: &str) -> Result<CoreKind, Kind> {
        let known = KINDS.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind);
        let known = known.or_else(|| CoreKind::ROWS.iter().find(|row| row.name == name).map(|row| row.value));
        known.ok_or_else(|| {
            let near = nearest(name, KINDS.iter().map(|(name, _)| *name));
            let hint = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
            Kind::Core(format!("there is no kind of CO-RE record `{name}`{hint}").into())
        })
    }

    /// Reads `(KIND, TYPE, …)`: the record, and the number that the file's own types give.
    pub fn core_operand(&mut self, cursor: &mut Cursor<'_>) -> Result<(CoreAt, i64), Fault> {
        cursor.expect("(")?;
        cursor.skip();
        let at = cursor.at;
        let name = cursor.name("a kind of CO-RE record")?;
        let kind = self.core_kind(name).map_err(|kind| Fault::new(at, kind))?;
        cursor.expect(",")?;
        cursor.skip();
        let place = cursor.at;
        let ty = self.type_name(cursor)?;
        let (access, value) = if kind.is_type() {
            ("0".to_owned(), self.type_number(kind, ty).map_err(|kind| Fault::new(place, kind))?)
        } else {
            cursor.expect(",")?;
            if kind.is_enum_value() { self.enumerator(cursor, kind, ty)? } else { self.field(cursor, kind, ty)? }
        };
        cursor.expect(")")?;
        let id = matches!(kind, CoreKind::TYPE_ID_LOCAL | CoreKind::TYPE_ID_TARGET);
        Ok((CoreAt { section: 0, offset: 0, kind, ty, access, id }, value))
    }

    fn type_number(&self, kind: CoreKind, ty: Id) -> Result<i64, Kind> {
        Ok(match kind {
            CoreKind::TYPE_SIZE => self.types.size(ty)?.into(),
            CoreKind::TYPE_ID_LOCAL | CoreKind::TYPE_ID_TARGET => ty.into(),
            _ => 1,
        })
    }

    fn enumerator(&mut self, cursor: &mut Cursor<'_>, kind: CoreKind, ty: Id) -> Result<(String, i64), Fault> {
        cursor.skip();
        let at = cursor.at;
        let fault = |kind| Fault::new(at, kind);
        let Some((id, Ty::Enum(values))) = self.types.resolve(ty) else {
            return Err(fault(Kind::Core(format!("`{}` is no enum", self.types.spelled(ty)).into())));
        };
        let position = match cursor.next()? {
            Tok::Name(name) => {
                let position = values.values.iter().position(|(known, _)| known == name);
                position.ok_or_else(|| {
                    let near = nearest(name, values.values.iter().map(|(name, _)| &**name)).map(Into::into);
                    fault(Kind::Member { of: self.types.spelled(id), name: name.to_owned(), near })
                })?
            }
            Tok::Text(text) => {
                let position = text.parse::<usize>().ok().filter(|at| *at < values.values.len());
                position.ok_or_else(|| fault(Kind::Core("the enum has no value at this position".into())))?
            }
            _ => {
                cursor.at = at;
                return Err(cursor.unexpected("an enumerator"));
            }
        };
        let value = values.values.get(position).map_or(0, |(_, value)| *value);
        let value = if kind == CoreKind::ENUMVAL_VALUE { value } else { 1 };
        Ok((format!("{position}"), value))
    }

    fn field(&mut self, cursor: &mut Cursor<'_>, kind: CoreKind, ty: Id) -> Result<(String, i64), Fault> {
        cursor.skip();
        let at = cursor.at;
        let access = match cursor.peek()? {
            Tok::Text(text) => {
                let _ = cursor.next();
                self.access_of(ty, text).map_err(|kind| Fault::new(at, kind))?
            }
            _ => self.path(cursor, ty)?,
        };
        let value = self.field_number(kind, &access).map_err(|kind| Fault::new(at, kind))?;
        Ok((access.text, value))
    }

    /// What an access string (`0:1:2`) leads to.
    fn access_of(&self, root: Id, text: &str) -> Result<Access, Kind> {
        let bad = || Kind::Core(format!("`{text}` leads to no field of `{}`", self.types.spelled(root)).into());
        let mut numbers = text.split(':').map(|number| number.parse::<u32>().map_err(|_| bad()));
        let first = numbers.next().ok_or_else(bad)??;
        let mut access = Access { text: text.to_owned(), bit_offset: 0, bit_size: 0, ty: root };
        if first > 0 {
            access.bit_offset = u64::from(first) * u64::from(self.types.size(root)?) * 8;
        }
        for number in numbers {
            let number = number?;
            let (id, ty) = self.types.resolve(access.ty).ok_or_else(bad)?;
            access.bit_size = 0;
            match ty {
                Ty::Composite(composite) => {
                    let member = composite.members.get(number as usize).ok_or_else(bad)?;
                    access.bit_offset += u64::from(member.bit_offset);
                    access.bit_size = member.bit_size;
                    access.ty = member.ty;
                }
                Ty::Array { elem, .. } => {
                    access.bit_offset += u64::from(number) * u64::from(self.types.size(*elem)?) * 8;
                    access.ty = *elem;
                }
                Ty::Fwd { .. } => return Err(self.types.incomplete(id)),
                _ => return Err(bad()),
            }
        }
        Ok(access)
    }

    /// What the file's own types say of a field.
    fn field_number(&self, kind: CoreKind, access: &Access) -> Result<i64, Kind> {
        if kind == CoreKind::FIELD_EXISTS {
            return Ok(1);
        }
        let (_, ty) = self.types.resolve(access.ty).ok_or_else(Kind::incomplete_void)?;
        if kind == CoreKind::FIELD_SIGNED {
            return Ok(match ty {
                Ty::Int { encoding, .. } => (encoding & 1).into(),
                Ty::Enum(values) => values.signed.into(),
                _ => 0,
            });
        }
        let mut size = u64::from(self.types.size(access.ty)?);
        let (mut at, mut bits) = (access.bit_offset / 8, size * 8);
        if access.bit_size != 0 {
            bits = access.bit_size.into();
            // The smallest aligned load that covers it.
            loop {
                at = access.bit_offset / 8 / size.max(1) * size.max(1);
                if access.bit_offset + bits <= (at + size) * 8 {
                    break;
                }
                if size >= 8 {
                    return Err(Kind::Core("no load of 8 bytes covers the bitfield".into()));
                }
                size *= 2;
            }
        }
        let value = match kind {
            CoreKind::FIELD_BYTE_OFFSET => at,
            CoreKind::FIELD_BYTE_SIZE => size,
            CoreKind::FIELD_RSHIFT_U64 => 64u64.wrapping_sub(bits),
            _ => match self.image.endian {
                Endian::Little => 64u64.wrapping_sub(access.bit_offset - at * 8 + bits),
                Endian::Big => 8u64.wrapping_sub(size).wrapping_mul(8) + (access.bit_offset - at * 8),
            },
        };
        Ok(value as i64)
    }
}
