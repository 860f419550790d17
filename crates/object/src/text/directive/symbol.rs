//! Symbols.

use alloc::{borrow::ToOwned, string::String};

use crate::text::{
    assembler::Assembler,
    error::{Fault, Kind},
    expr,
    late::{Late, LateWhat},
    lex::{Cursor, Tok},
    lookup::Lookup,
    place::Part,
    symbols::{Binding, SymId, Where},
};

pub(in crate::text) const STT_OBJECT: u8 = 1;
pub(in crate::text) const STT_FUNC: u8 = 2;
pub(in crate::text) const STV_HIDDEN: u8 = 2;

fn symbol(asm: &mut Assembler<'_>, part: &Part<'_>, cursor: &mut Cursor<'_>) -> Result<SymId, Fault> {
    cursor.skip();
    let at = cursor.at;
    let quoted = matches!(cursor.peek(), Ok(Tok::Text(_)));
    let name: String = if quoted {
        String::from_utf8_lossy(&cursor.string()?).into_owned()
    } else {
        cursor.name("the name of a symbol")?.to_owned()
    };
    let loc = part.loc(at);
    Ok(asm.symbols.intern(0, &name, loc))
}

/// `.globl a, b`.
pub(super) fn bind(asm: &mut Assembler<'_>, part: &Part<'_>, cursor: &mut Cursor<'_>, name: &str) -> Result<(), Fault> {
    loop {
        let id = symbol(asm, part, cursor)?;
        if let Some(symbol) = asm.symbols.get_mut(id) {
            match name {
                "globl" | "global" => {
                    if symbol.binding != Binding::Weak {
                        symbol.binding = Binding::Global;
                    }
                    symbol.used = true;
                    symbol.declared = true;
                }
                "weak" => {
                    symbol.binding = Binding::Weak;
                    symbol.used = true;
                    symbol.declared = true;
                }
                "local" => symbol.binding = Binding::Local,
                "internal" => symbol.visibility = 1,
                "hidden" => symbol.visibility = STV_HIDDEN,
                _ => symbol.visibility = 3,
            }
        }
        if !cursor.eat(",") {
            return Ok(());
        }
    }
}

/// `.type f, @function`.
pub(super) fn kind(asm: &mut Assembler<'_>, part: &Part<'_>, cursor: &mut Cursor<'_>, _: &str) -> Result<(), Fault> {
    let id = symbol(asm, part, cursor)?;
    let _ = cursor.eat(",");
    let _ = cursor.eat("%");
    let _ = cursor.eat("#");
    cursor.skip();
    let at = cursor.at;
    let kind = match cursor.name("`@function`, `@object` or `@notype`")?.trim_start_matches('@') {
        "function" | "STT_FUNC" => STT_FUNC,
        "object" | "STT_OBJECT" => STT_OBJECT,
        "notype" | "STT_NOTYPE" => 0,
        "tls_object" | "STT_TLS" => 6,
        "common" | "STT_COMMON" => 5,
        "gnu_unique_object" => STT_OBJECT,
        _ => {
            cursor.at = at;
            return Err(cursor.unexpected("`@function`, `@object` or `@notype`"));
        }
    };
    if let Some(symbol) = asm.symbols.get_mut(id) {
        symbol.kind = kind;
    }
    Ok(())
}

/// `.size f, .-f`.
pub(super) fn size(asm: &mut Assembler<'_>, part: &Part<'_>, cursor: &mut Cursor<'_>, _: &str) -> Result<(), Fault> {
    let id = symbol(asm, part, cursor)?;
    cursor.expect(",")?;
    cursor.skip();
    let at = cursor.at;
    let value = expr::expression(cursor, &mut Lookup::of_reference(asm))?;
    if value.is_number() {
        if let Some(symbol) = asm.symbols.get_mut(id) {
            symbol.size = Some(value.number as u64);
        }
        return Ok(());
    }
    let text = cursor.text.get(at..cursor.at).unwrap_or_default().to_owned();
    let loc = part.loc(at);
    asm.late.push(Late { text, scope: asm.scope, dialect: asm.dialect, loc, what: LateWhat::Size(id) });
    Ok(())
}

/// `.comm name, size, align`.
pub(super) fn common(
    asm: &mut Assembler<'_>,
    part: &Part<'_>,
    cursor: &mut Cursor<'_>,
    name: &str,
) -> Result<(), Fault> {
    let id = symbol(asm, part, cursor)?;
    cursor.expect(",")?;
    cursor.skip();
    let at = cursor.at;
    let size = asm.number_in(cursor)?;
    let align = if cursor.eat(",") { asm.number_in(cursor)? } else { 1 };
    let bad = || Fault::new(at, Kind::Expression("a size is not less than 0, an alignment a power of two"));
    let size = u64::try_from(size).map_err(|_| bad())?;
    let align =
        u64::try_from(align).ok().filter(|align| align.is_power_of_two() && *align < 1 << 31).ok_or_else(bad)?;
    let section = asm.image.section(".bss");
    let fault = |kind| Fault::new(at, kind);
    asm.image.align(section, align, 0, None).map_err(fault)?;
    let offset = asm.image.here(section);
    asm.image.zeroes(section, size).map_err(fault)?;
    let Some(symbol) = asm.symbols.get_mut(id) else { return Ok(()) };
    if symbol.is_defined() {
        let loc = symbol.loc;
        return Err(Fault::new(at, Kind::Redefined { name: asm.symbols.name(id).into(), line: asm.line(loc) }));
    }
    symbol.place = Where::Section { section, offset };
    symbol.size = Some(size);
    symbol.kind = STT_OBJECT;
    if name == "comm" && symbol.binding == Binding::Unsaid {
        symbol.binding = Binding::Global;
    }
    Ok(())
}

/// `.equ NAME, EXPRESSION`.
pub(super) fn equate(
    asm: &mut Assembler<'_>,
    part: &Part<'_>,
    cursor: &mut Cursor<'_>,
    name: &str,
) -> Result<(), Fault> {
    let of = cursor.name("a name")?;
    cursor.expect(",")?;
    asm.set(part, of, cursor, name == "equiv")
}

/// `.rename NAME, "NAME"`.
pub(super) fn rename(asm: &mut Assembler<'_>, part: &Part<'_>, cursor: &mut Cursor<'_>, _: &str) -> Result<(), Fault> {
    let id = symbol(asm, part, cursor)?;
    cursor.expect(",")?;
    cursor.skip();
    let at = cursor.at;
    let name = String::from_utf8_lossy(&cursor.string()?).into_owned();
    if name.is_empty() || name.contains('\0') {
        let expected = "the name of a symbol in quotes".into();
        return Err(Fault::new(at, Kind::Unexpected { found: String::new(), expected }));
    }
    asm.symbols.rename(id, name);
    Ok(())
}
