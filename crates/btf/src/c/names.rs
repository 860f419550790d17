//! Names as C takes them, different for different types.

use core::{
    fmt::{self, Write},
    hash::BuildHasher,
};

use hashbrown::{DefaultHashBuilder, HashMap, HashTable};

use crate::{Kind, TypeId, view::View};

/// What has no name of its own in C.
#[derive(Default)]
pub(super) struct Names {
    /// The number of a type among those with its name, unless it is the first.
    types: HashMap<TypeId, u32>,
    /// The same of enumerators, by their enum and position.
    values: HashMap<(TypeId, u32), u32>,
}

/// Names that are taken, by the offsets of the first that have them: kernels have nearly as many as types.
struct Taken<'v, 'a> {
    view: &'v View<'a>,
    hasher: DefaultHashBuilder,
    /// With each what the first was.
    firsts: HashTable<(u32, Kind)>,
    /// How many have a name, if more than one has.
    counts: HashMap<u32, u32>,
}

/// The string at an offset, as what it is told from others by.
fn key<'a>(view: &View<'a>, off: u32) -> &'a [u8] {
    let rest = view.rest(off);
    rest.get(..memchr::memchr(0, rest).unwrap_or(rest.len())).unwrap_or_default()
}

impl<'v, 'a> Taken<'v, 'a> {
    fn new(view: &'v View<'a>, room: usize) -> Self {
        let (hasher, counts) = (DefaultHashBuilder::default(), HashMap::new());
        Self { view, hasher, firsts: HashTable::with_capacity(room), counts }
    }

    /// The offset and the kind of the first that has a name, which is what asks if none has.
    fn first(&mut self, off: u32, kind: Kind) -> (u32, Kind) {
        let (view, hasher, name) = (self.view, &self.hasher, key(self.view, off));
        let is_same = |&(other, _): &(u32, Kind)| {
            other == off || view.rest(other).strip_prefix(name).is_some_and(|rest| rest.first() == Some(&0))
        };
        let hash = |&(other, _): &(u32, Kind)| hasher.hash_one(key(view, other));
        *self.firsts.entry(hasher.hash_one(name), is_same, hash).or_insert((off, kind)).get()
    }

    /// How many have a name, with one more of a kind.
    fn next(&mut self, off: u32, kind: Kind) -> u32 {
        let before = self.firsts.len();
        let (first, _) = self.first(off, kind);
        if self.firsts.len() > before { 1 } else { self.more(first) }
    }

    /// The same where the first is known.
    fn more(&mut self, first: u32) -> u32 {
        let count = self.counts.entry(first).or_insert(1);
        *count += 1;
        *count
    }
}

impl Names {
    pub(super) fn of(view: &View<'_>) -> Self {
        let mut names = Self::default();
        let len = view.end_id() as usize;
        // Tags; typedefs and enumerators.
        let (mut tags, mut plain) = (Taken::new(view, len / 10), Taken::new(view, len / 4));
        let mut forwards = false;
        for id in (1..view.end_id()).map(TypeId) {
            let Some(raw) = view.raw(id) else { continue };
            let number = match raw.kind {
                Kind::STRUCT | Kind::UNION | Kind::ENUM | Kind::ENUM64 if raw.name != 0 => {
                    tags.next(raw.name, raw.kind)
                }
                // The compiler has a type of this name, which is not that of the kernel's machine.
                Kind::TYPEDEF if key(view, raw.name) == b"__builtin_va_list" => {
                    plain.next(raw.name, raw.kind);
                    let (first, _) = plain.first(raw.name, raw.kind);
                    plain.more(first)
                }
                Kind::TYPEDEF => plain.next(raw.name, raw.kind),
                Kind::FWD => {
                    forwards = true;
                    1
                }
                _ => 1,
            };
            if number > 1 {
                names.types.insert(id, number);
            }
            for i in 0..if raw.is_enum() { raw.len } else { 0 } {
                let name = if raw.kind == Kind::ENUM64 {
                    raw.words::<3>(i).map(|[name, ..]| name)
                } else {
                    raw.words::<2>(i).map(|[name, _]| name)
                };
                let number = name.map_or(1, |name| plain.next(name, raw.kind));
                if number > 1 {
                    names.values.insert((id, i), number);
                }
            }
        }
        if forwards {
            drop(plain);
            names.forwards(tags);
        }
        names
    }

    /// Declarations go by the name of what they declare; one of a struct is not called as a union is.
    fn forwards(&mut self, mut tags: Taken<'_, '_>) {
        let mut other: HashMap<(u32, Kind), u32> = HashMap::new();
        let view = tags.view;
        for id in (1..view.end_id()).map(TypeId) {
            let Some(raw) = view.raw(id).filter(|raw| raw.kind == Kind::FWD) else { continue };
            let kind = if raw.kflag { Kind::UNION } else { Kind::STRUCT };
            let (first, taken) = tags.first(raw.name, kind);
            if taken != kind {
                let number = *other.entry((first, kind)).or_insert_with(|| tags.more(first));
                self.types.insert(id, number);
            }
        }
    }

    /// Writes the name of a type, made different from those of others.
    pub(super) fn write_type(&self, out: &mut impl Write, view: &View<'_>, id: TypeId, name: u32) -> fmt::Result {
        identifier(out, view, name)?;
        numbered(out, if self.types.is_empty() { None } else { self.types.get(&id) })
    }

    /// Writes the name of a value of an enum.
    pub(super) fn write_value(
        &self,
        out: &mut impl Write,
        view: &View<'_>,
        of: (TypeId, u32),
        name: u32,
    ) -> fmt::Result {
        identifier(out, view, name)?;
        numbered(out, if self.values.is_empty() { None } else { self.values.get(&of) })
    }
}

fn numbered(out: &mut impl Write, number: Option<&u32>) -> fmt::Result {
    number.map_or(Ok(()), |number| write!(out, "___{number}"))
}

/// The bytes that identifiers consist of.
const FITS: [bool; 256] = {
    let (mut fits, mut byte) = ([false; 256], 0);
    while byte < 256 {
        let c = byte as u8;
        fits[byte] = c.is_ascii_alphanumeric() || c == b'_' || c == b'$';
        byte += 1;
    }
    fits
};

/// Writes a name, with `_` for what no identifier can have: types of other languages have `<` and `:`.
pub(super) fn identifier(out: &mut impl Write, view: &View<'_>, off: u32) -> fmt::Result {
    if off == 0 {
        return Ok(());
    }
    let rest = view.rest(off);
    let fits = rest.iter().position(|&byte| !FITS[usize::from(byte)]).unwrap_or(rest.len());
    let is_name = rest.get(fits) == Some(&0) && !rest.first().is_some_and(u8::is_ascii_digit);
    match view.known(off, fits).filter(|_| is_name && fits < 4096) {
        Some(name) => out.write_str(name),
        None => mended(out, view.text(off)),
    }
}

#[cold]
fn mended(out: &mut impl Write, name: &str) -> fmt::Result {
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        out.write_char('_')?;
    }
    let fits = |c: char| c.is_ascii() && FITS[c as usize];
    name.chars().try_for_each(|c| out.write_char(if fits(c) { c } else { '_' }))
}
