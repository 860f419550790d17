//! `.btf` … `.endbtf`: types one by one, as `bpftool btf dump … format raw` writes them.

use alloc::{borrow::ToOwned, format, string::String, vec::Vec};

use skep_isa::text::unescape;

use super::{
    assembler::Assembler,
    error::{Fault, Kind},
    lex::{Cursor, Tok},
    place::Part,
    statement::line_end,
    types::{Composite, Enum, Id, Member, Space, Ty},
};

/// The values of a line, by name.
#[derive(Default)]
struct Keys<'t>(Vec<(&'t str, Tok<'t>, bool)>);

/// How far a line of the block belongs to a type.
enum Line<'t> {
    Type { id: u64, kind: &'t str, name: String, keys: Keys<'t> },
    Part { name: Option<String>, keys: Keys<'t> },
}

impl Assembler<'_> {
    /// Reads a block; the byte behind it.
    pub fn type_block(&mut self, part: &Part<'_>, at: usize, mut next: usize) -> usize {
        if !self.types.is_empty() {
            let loc = part.loc(at);
            self.error(loc, Kind::Btf("the block must come before any declaration".into()));
        }
        let text = part.text;
        let mut last: Option<Ty> = None;
        loop {
            let end = line_end(text.as_bytes(), next);
            let line = text.get(next..end).unwrap_or_default().trim();
            if line == ".endbtf" || next >= text.len() {
                self.push_given(part, at, last.take());
                self.types.fixed = self.types.len();
                if next >= text.len() {
                    let loc = part.loc(at);
                    self.error(loc, Kind::Unterminated("`.btf` (there is no `.endbtf`)"));
                }
                return (end + 1).min(text.len());
            }
            let mut cursor = Cursor::new(text, next, end);
            cursor.skip();
            if cursor.at < cursor.end {
                let start = cursor.at;
                match read(&mut cursor) {
                    Ok(Line::Type { id, kind, name, keys }) => {
                        self.push_given(part, next, last.take());
                        if id != u64::from(self.types.len()) + 1 {
                            let expected = self.types.len() + 1;
                            let loc = part.loc(start);
                            self.error(loc, Kind::Btf(format!("this is type {expected}, not {id}").into()));
                        }
                        match made(kind, name, &keys) {
                            Ok(ty) => last = Some(ty),
                            Err(kind) => {
                                let loc = part.loc(start);
                                self.error(loc, kind);
                                // So that the numbers of those behind it stay right.
                                last = Some(Ty::Raw { name: String::new(), words: Vec::new() });
                            }
                        }
                    }
                    Ok(Line::Part { name, keys }) => {
                        if let Err(kind) = extend(last.as_mut(), name, &keys) {
                            let loc = part.loc(start);
                            self.error(loc, kind);
                        }
                    }
                    Err(Fault { at, kind }) => {
                        let loc = part.loc(at);
                        self.error(loc, kind);
                    }
                }
                if self.errors.len() >= super::assembler::MAX_ERRORS {
                    return text.len();
                }
            }
            next = end + 1;
        }
    }

    fn push_given(&mut self, part: &Part<'_>, at: usize, ty: Option<Ty>) {
        let Some(mut ty) = ty else { return };
        if let Ty::Composite(c) = &mut ty {
            c.align = 8;
            let unaligned = |m: &Member| !m.bit_offset.is_multiple_of(64) && m.bit_size == 0;
            if c.size % 8 != 0 || c.members.iter().all(unaligned) {
                c.align = if c.size % 4 == 0 { 4 } else { 1 };
            }
        }
        let space = match &ty {
            Ty::Int { name, .. } | Ty::Float { name, .. } | Ty::Typedef { name, .. } => {
                Some((Space::Plain, name.clone()))
            }
            Ty::Composite(c) => Some((if c.union { Space::Union } else { Space::Struct }, c.name.clone())),
            Ty::Fwd { name, union } => Some((if *union { Space::Union } else { Space::Struct }, name.clone())),
            Ty::Enum(e) => Some((Space::Enum, e.name.clone())),
            Ty::Func { name, .. } => Some((Space::Func, name.clone())),
            Ty::Var { name, .. } => Some((Space::Var, name.clone())),
            Ty::Datasec { name, .. } => Some((Space::Datasec, name.clone())),
            _ => None,
        };
        if let Ty::Enum(e) = &ty {
            for (name, value) in &e.values {
                self.constants.entry(name.clone()).or_insert(*value);
            }
        }
        let defined = !matches!(ty, Ty::Fwd { .. });
        match self.types.add(ty) {
            Ok(id) => {
                if let Some((space, name)) = space.filter(|(_, name)| !name.is_empty()) {
                    let known = self.types.named(space, &name);
                    let replace =
                        known.is_none_or(|known| defined && matches!(self.types.get(known), Some(Ty::Fwd { .. })));
                    if replace {
                        self.types.name(space, &name, id);
                    }
                }
            }
            Err(kind) => {
                let loc = part.loc(at);
                self.error(loc, kind);
            }
        }
    }
}

fn read<'t>(cursor: &mut Cursor<'t>) -> Result<Line<'t>, Fault> {
    let head = if cursor.eat("[") {
        let at = cursor.at;
        let Tok::Number(id) = cursor.next()? else {
            cursor.at = at;
            return Err(cursor.unexpected("the number of the type"));
        };
        cursor.expect("]")?;
        let kind = cursor.name("the kind of the type")?;
        // A kind without a name has a number.
        if kind == "KIND" {
            let _ = cursor.next();
        }
        Some((id, kind))
    } else {
        None
    };
    let name = name(cursor)?;
    let mut keys = Keys::default();
    loop {
        match cursor.peek()? {
            Tok::Name(key) => {
                let _ = cursor.next();
                cursor.expect("=")?;
                let mut negative = cursor.eat("-");
                // What has no encoding is `(none)`.
                let bracketed = cursor.eat("(");
                keys.0.push((key, cursor.next()?, negative));
                if bracketed {
                    cursor.expect(")")?;
                }
                while matches!(key, "words") && cursor.eat(",") {
                    negative = cursor.eat("-");
                    keys.0.push((key, cursor.next()?, negative));
                }
                let _ = cursor.eat(",");
            }
            // `(VAR 'name')` repeats what is known.
            Tok::Sign("(") => cursor.at = cursor.end,
            Tok::End => break,
            _ => return Err(cursor.unexpected("`name=value`")),
        }
    }
    Ok(match head {
        Some((id, kind)) => Line::Type { id, kind, name: name.unwrap_or_default(), keys },
        None => Line::Part { name, keys },
    })
}

/// A name in single quotes; `(anon)` is none.
fn name(cursor: &mut Cursor<'_>) -> Result<Option<String>, Fault> {
    cursor.skip();
    let at = cursor.at;
    let Some(inner) = cursor.rest().strip_prefix('\'') else { return Ok(None) };
    let mut escaped = false;
    let end = inner.bytes().position(|b| {
        let closes = b == b'\'' && !escaped;
        escaped = b == b'\\' && !escaped;
        closes
    });
    let end = end.ok_or(Fault::new(at, Kind::Unterminated("a name in quotes")))?;
    cursor.at += end + 2;
    let name = &inner[..end];
    if name == "(anon)" {
        return Ok(Some(String::new()));
    }
    let bytes = unescape(name).map_err(|(off, why)| Fault::new(at + off, Kind::Btf(why.into())))?;
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

impl<'t> Keys<'t> {
    fn find(&self, name: &str) -> Option<(Tok<'t>, bool)> {
        self.0.iter().find(|(key, ..)| *key == name).map(|(_, value, negative)| (*value, *negative))
    }

    fn maybe(&self, name: &str) -> Option<i64> {
        match self.find(name)? {
            (Tok::Number(value), false) => Some(value as i64),
            (Tok::Number(value), true) => Some((value as i64).wrapping_neg()),
            _ => None,
        }
    }

    fn number(&self, name: &'static str) -> Result<u32, Kind> {
        let value = self.maybe(name).ok_or_else(|| Kind::Btf(format!("`{name}=` is missing").into()))?;
        u32::try_from(value).map_err(|_| Kind::Range { value, bits: 32 })
    }

    fn id(&self, name: &'static str) -> Result<Id, Kind> {
        self.number(name)
    }

    fn word(&self, name: &str) -> &'t str {
        match self.find(name) {
            Some((Tok::Name(word), _)) => word,
            _ => "",
        }
    }

    fn linkage(&self) -> Result<u32, Kind> {
        Ok(match self.word("linkage") {
            "static" => 0,
            "global" => 1,
            "extern" => 2,
            _ => return self.number("linkage"),
        })
    }

    fn flag(&self) -> bool {
        self.maybe("kind_flag").unwrap_or(0) != 0
    }
}

fn made(kind: &str, name: String, keys: &Keys<'_>) -> Result<Ty, Kind> {
    let small = |name| Ok::<u8, Kind>(keys.number(name)? as u8);
    let composite = |union, name| {
        let size = keys.number("size")?;
        Ok(Ty::Composite(Composite { name, union, size, align: 1, members: Vec::new(), kflag: keys.flag() }))
    };
    let values = |name, is_64| {
        let signed = keys.word("encoding") == "SIGNED";
        Ok(Ty::Enum(Enum { name, size: keys.number("size")?, signed, is_64, values: Vec::new() }))
    };
    Ok(match kind {
        "INT" => Ty::Int {
            name,
            size: keys.number("size")?,
            bits: small("nr_bits")?,
            offset: keys.maybe("bits_offset").unwrap_or(0) as u8,
            encoding: match keys.word("encoding") {
                "SIGNED" => 1,
                "CHAR" => 2,
                "BOOL" => 4,
                _ => keys.maybe("encoding").unwrap_or(0) as u8,
            },
        },
        "PTR" => Ty::Ptr(keys.id("type_id")?),
        "ARRAY" => {
            Ty::Array { elem: keys.id("type_id")?, index: keys.id("index_type_id")?, len: keys.number("nr_elems")? }
        }
        "STRUCT" => return composite(false, name),
        "UNION" => return composite(true, name),
        "ENUM" => return values(name, false),
        "ENUM64" => return values(name, true),
        "FWD" => Ty::Fwd { name, union: keys.word("fwd_kind") == "union" || keys.flag() },
        "TYPEDEF" => Ty::Typedef { name, to: keys.id("type_id")? },
        "VOLATILE" => Ty::Volatile(keys.id("type_id")?),
        "CONST" => Ty::Const(keys.id("type_id")?),
        "RESTRICT" => Ty::Restrict(keys.id("type_id")?),
        "FUNC" => Ty::Func { name, proto: keys.id("type_id")?, linkage: keys.linkage()? },
        "FUNC_PROTO" => Ty::Proto { ret: keys.id("ret_type_id")?, params: Vec::new() },
        "VAR" => Ty::Var { name, ty: keys.id("type_id")?, linkage: keys.linkage()? },
        "DATASEC" => Ty::Datasec { name, size: keys.number("size")?, vars: Vec::new() },
        "FLOAT" => Ty::Float { name, size: keys.number("size")? },
        "DECL_TAG" => Ty::DeclTag {
            text: name,
            target: keys.id("type_id")?,
            component: keys.maybe("component_idx").unwrap_or(-1) as i32,
            attribute: keys.flag(),
        },
        "TYPE_TAG" => Ty::TypeTag { text: name, target: keys.id("type_id")?, attribute: keys.flag() },
        "KIND" => {
            let words = keys.0.iter().filter(|(key, ..)| *key == "words").map(|(_, value, _)| match value {
                Tok::Number(value) => *value as u32,
                _ => 0,
            });
            // The name stands in the first of them, and is given as a name.
            Ty::Raw { name, words: words.skip(1).collect() }
        }
        other => {
            let kinds = skep_btf::Kind::ROWS.iter().map(|row| row.name);
            let near = skep_btf::nearest(&other.to_ascii_lowercase(), kinds).map(str::to_ascii_uppercase);
            let hint = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
            return Err(Kind::Btf(format!("there is no kind of type `{other}`{hint}").into()));
        }
    })
}

/// A line that belongs to the type before it.
fn extend(last: Option<&mut Ty>, name: Option<String>, keys: &Keys<'_>) -> Result<(), Kind> {
    match last {
        Some(Ty::Composite(c)) => {
            let bit_size = keys.maybe("bitfield_size").unwrap_or(0) as u8;
            c.members.push(Member {
                name: name.unwrap_or_default(),
                ty: keys.id("type_id")?,
                bit_offset: keys.number("bits_offset")?,
                bit_size,
            });
        }
        Some(Ty::Enum(e)) => {
            let value = keys.maybe("val").ok_or(Kind::Btf("`val=` is missing".into()))?;
            e.values.push((name.unwrap_or_default(), value));
        }
        Some(Ty::Proto { params, .. }) => params.push((name.unwrap_or_default(), keys.id("type_id")?)),
        Some(Ty::Datasec { vars, .. }) => {
            vars.push((keys.id("type_id")?, keys.number("offset")?, keys.number("size")?));
        }
        _ => {
            return Err(Kind::Btf(
                "a line that begins with `[` and the number of a type is expected".to_owned().into(),
            ));
        }
    }
    Ok(())
}
