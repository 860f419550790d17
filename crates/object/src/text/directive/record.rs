//! What stands in `.BTF.ext`, the licence, and relocations as they are.

use alloc::{borrow::ToOwned, string::String};

use skep_btf::nearest;

use crate::text::{
    assembler::{Assembler, CoreAt, GivenLine},
    core_operand::KINDS,
    error::{Fault, Kind},
    expr,
    image::{RELOCATIONS, Reloc},
    lex::{Cursor, Tok},
    lookup::Lookup,
    place::Part,
};

/// `.btf_func N`.
pub(super) fn func(asm: &mut Assembler<'_>, _: &Part<'_>, cursor: &mut Cursor<'_>, _: &str) -> Result<(), Fault> {
    let ty = given_type(asm, cursor)?;
    let section = asm.here();
    let offset = asm.image.here(section) as u32;
    asm.given_funcs.push((section, offset, ty));
    Ok(())
}

fn given_type(asm: &mut Assembler<'_>, cursor: &mut Cursor<'_>) -> Result<u32, Fault> {
    cursor.skip();
    let at = cursor.at;
    let id = asm.number_in(cursor)?;
    match u32::try_from(id) {
        Ok(id) if id <= asm.types.fixed => Ok(id),
        _ => Err(Fault::new(at, Kind::Btf(alloc::format!("the `.btf` block has no type {id}").into()))),
    }
}

/// `.btf_line "file", line, column, "text"`.
pub(super) fn line(asm: &mut Assembler<'_>, _: &Part<'_>, cursor: &mut Cursor<'_>, _: &str) -> Result<(), Fault> {
    let text = |bytes: alloc::vec::Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    let file = text(cursor.string()?);
    cursor.expect(",")?;
    let at = cursor.at;
    let line = asm.number_in(cursor)?;
    cursor.expect(",")?;
    let column = asm.number_in(cursor)?;
    let of = if cursor.eat(",") { text(cursor.string()?) } else { String::new() };
    if !(0..1 << 22).contains(&line) || !(0..1 << 10).contains(&column) {
        return Err(Fault::new(at, Kind::Expression("a line has 22 bits, a column 10")));
    }
    asm.next_line = Some(asm.given.len() as u32);
    asm.given.push(GivenLine { file, text: of, line: line as u32, column: column as u32 });
    Ok(())
}

/// `.btf_core KIND, N, "access"`.
pub(super) fn core(asm: &mut Assembler<'_>, _: &Part<'_>, cursor: &mut Cursor<'_>, _: &str) -> Result<(), Fault> {
    cursor.skip();
    let at = cursor.at;
    let kind = match cursor.peek()? {
        Tok::Number(number) => {
            let _ = cursor.next();
            skep_btf::core::CoreKind(number as u32)
        }
        _ => {
            let name = cursor.name("a kind of CO-RE record")?;
            asm.core_kind(name).map_err(|kind| Fault::new(at, kind))?
        }
    };
    cursor.expect(",")?;
    let ty = given_type(asm, cursor)?;
    cursor.expect(",")?;
    let access = String::from_utf8_lossy(&cursor.string()?).into_owned();
    asm.next_core = Some(CoreAt { section: 0, offset: 0, kind, ty, access, id: false });
    Ok(())
}

/// `.lines on`.
pub(super) fn lines(asm: &mut Assembler<'_>, _: &Part<'_>, cursor: &mut Cursor<'_>, _: &str) -> Result<(), Fault> {
    asm.lines_on = Some(if cursor.eat("on") {
        true
    } else if cursor.eat("off") {
        false
    } else {
        return Err(cursor.unexpected("`on` or `off`"));
    });
    Ok(())
}

/// `.license "GPL"`.
pub(super) fn license(asm: &mut Assembler<'_>, _: &Part<'_>, cursor: &mut Cursor<'_>, _: &str) -> Result<(), Fault> {
    let at = cursor.at;
    let mut text = cursor.string()?;
    text.push(0);
    let section = asm.image.section("license");
    if asm.image.here(section) > 0 {
        return Err(Fault::new(at, Kind::Section("the licence was said already".to_owned())));
    }
    asm.image.append(section, &text).map_err(|kind| Fault::new(at, kind))
}

/// `.version 0x060100`.
pub(super) fn version(asm: &mut Assembler<'_>, _: &Part<'_>, cursor: &mut Cursor<'_>, _: &str) -> Result<(), Fault> {
    // GNU as gives the directive a text, which goes into a note.
    if matches!(cursor.peek(), Ok(Tok::Text(_))) {
        return cursor.string().map(drop);
    }
    cursor.skip();
    let at = cursor.at;
    let value = asm.number_in(cursor)?;
    asm.fits(value, 4).map_err(|kind| Fault::new(at, kind))?;
    let section = asm.image.section("version");
    asm.image.align(section, 4, 0, None).map_err(|kind| Fault::new(at, kind))?;
    let bytes = asm.image.endian.bytes32(value as u32);
    asm.image.append(section, &bytes).map_err(|kind| Fault::new(at, kind))
}

/// `.reloc OFFSET, TYPE, SYMBOL`.
pub(super) fn reloc(asm: &mut Assembler<'_>, _: &Part<'_>, cursor: &mut Cursor<'_>, _: &str) -> Result<(), Fault> {
    cursor.skip();
    let at = cursor.at;
    let place = expr::expression(cursor, &mut Lookup::of_reference(asm))?;
    let mut section = asm.here();
    let offset = match place.symbol.and_then(|id| asm.symbols.get(id)).map(|symbol| symbol.place) {
        Some(crate::text::symbols::Where::Section { section: of, offset }) => {
            section = of;
            (offset as i64).wrapping_add(place.number)
        }
        _ => place.number().map_err(|kind| Fault::new(at, kind))?,
    };
    let offset = u64::try_from(offset).map_err(|_| Fault::new(at, Kind::Range { value: offset, bits: 64 }))?;
    cursor.expect(",")?;
    cursor.skip();
    let at = cursor.at;
    let kind = match cursor.peek()? {
        Tok::Number(number) => {
            let _ = cursor.next();
            number as u32
        }
        _ => {
            let name = cursor.name("a type of relocation")?;
            let Some((_, kind)) = RELOCATIONS.iter().find(|(known, _)| *known == name) else {
                let near = nearest(name, RELOCATIONS.iter().map(|(name, _)| *name)).map(ToOwned::to_owned);
                return Err(Fault::new(at, Kind::Symbol { name: name.to_owned(), near }));
            };
            *kind
        }
    };
    cursor.expect(",")?;
    cursor.skip();
    let at = cursor.at;
    let target = expr::expression(cursor, &mut Lookup::of_reference(asm))?;
    let Some(symbol) = target.symbol.filter(|_| target.number == 0 && target.minus.is_none()) else {
        return Err(Fault::new(at, Kind::Expression("a symbol is needed here")));
    };
    if let Some(symbol) = asm.symbols.get_mut(symbol) {
        symbol.used = true;
    }
    if let Some(section) = asm.image.at_mut(section) {
        section.relocs.push(Reloc { offset, symbol, kind, exact: true });
    }
    let _ = KINDS;
    Ok(())
}
