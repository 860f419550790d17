//! What split BTF needs of its base, by itself (`.BTF.base`), so that a module can be loaded into a kernel whose types have
//! other ids than those of the kernel it was built for (6.11).

use alloc::{sync::Arc, vec, vec::Vec};
use core::ops::Range;

use crate::{
    Btf, Edit, Error, ErrorKind, Kind, TypeId,
    relocate::Relocated,
    select::Names,
    shape::{Part, Shape, kind_of},
};

/// Split BTF over a base with no more than it needs.
#[derive(Clone, Debug)]
pub struct Distilled {
    /// `.BTF.base`: integers, floats and declarations as they are; structs, unions and enums with a name and a size only.
    pub base: Vec<u8>,
    /// `.BTF` over it: the types themselves, and behind them what they need of the base that has no name of its own.
    pub split: Vec<u8>,
    /// The first own id before.
    old: u32,
    /// The first own id now.
    new: u32,
    /// Where types of the old base are; void for those that are not needed.
    map: Vec<TypeId>,
}

impl Distilled {
    /// The new id of an old type; void for one of the base that is not needed.
    pub fn id(&self, old: TypeId) -> TypeId {
        match old.0.checked_sub(self.old) {
            Some(own) => TypeId(self.new + own),
            None => self.map.get(old.0 as usize).copied().unwrap_or_default(),
        }
    }
}

/// Makes a base with no more than split BTF needs.
///
/// # Errors
/// `btf-no-base` if it is not split; `btf-wrong-kind` if it refers to a variable, function, section or tag of its base;
/// `btf-no-such-type`, `btf-unknown-kind`, `btf-string-offset`.
#[doc(alias = "btf__distill_base")]
pub fn distill(btf: &Btf) -> Result<Distilled, Error> {
    let none = Error { type_id: None, offset: None, kind: ErrorKind::NoBase };
    if btf.base().is_none() {
        return Err(none);
    }
    let btf = &btf.with_all_starts();
    let first = btf.first_id().0;
    let needed = needed(btf)?;
    let mut map = vec![TypeId(0); first as usize];
    let mut names = LevelNames::of(btf);
    let mut words = Vec::new();
    let mut base = Edit::new(btf.endian());
    let ids = || (0..first).map(TypeId).zip(&needed).filter(|&(_, &needed)| needed).map(|(id, _)| id);
    for id in ids().filter(|&id| is_for_base(btf, id)) {
        words_at(btf, id, &mut words)?;
        let kind = kind_of(&words);
        if let [name, info, ..] = &mut *words {
            *name = names.put(&mut base, *name, id)?;
            if matches!(kind, Kind::STRUCT | Kind::UNION | Kind::ENUM | Kind::ENUM64) {
                let kind = if kind == Kind::ENUM64 { Kind::ENUM } else { kind };
                *info = u32::from(kind.0) << 24;
                words.truncate(3);
            }
        }
        set(&mut map, id, base.push(&words));
    }
    let base = base.finish();
    let over = Btf::parse(base.clone())?;
    let mut split = Edit::split(&over);
    let new = split.next_id().0;
    let moved = ids().filter(|&id| !is_for_base(btf, id));
    for (id, next) in moved.clone().zip(new + btf.len()..) {
        set(&mut map, id, TypeId(next));
    }
    let mut distilled = Distilled { base, split: Vec::new(), old: first, new, map };
    let mut names = LevelNames::of(btf);
    for id in btf.ids().chain(moved) {
        words_at(btf, id, &mut words)?;
        let kind = kind_of(&words);
        let shape = Shape::of(kind).ok_or(Error::of(ErrorKind::UnknownKind(kind.0), id))?;
        shape.visit(&mut words, |part, word| {
            *word = match part {
                Part::Name => names.put(&mut split, *word, id)?,
                Part::Ref => distilled.id(TypeId(*word)).0,
            };
            Ok::<(), Error>(())
        })?;
        split.push(&words);
    }
    distilled.split = split.finish();
    Ok(distilled)
}

/// Puts split BTF over the types of a kernel, that was put over what it needs of another by [`distill`]. What it needs is
/// found by name, kind and size: a struct needs the same size where one of the types contains it, or where there are
/// several with its name.
///
/// # Errors
/// `btf-base-lacks` for a type that the kernel does not have, has with another size, or has several of.
#[doc(alias = "btf__relocate")]
pub fn relocate(btf: &Btf, base: &Arc<Btf>) -> Result<Btf, Error> {
    let none = Error { type_id: None, offset: None, kind: ErrorKind::NoBase };
    let distilled = btf.base().ok_or(none)?;
    let btf = &btf.with_all_starts();
    let relocated = Relocated::of(btf, distilled, base)?;
    let mut edit = Edit::split(base);
    let (old, new) = (btf.first_id().0, edit.next_id().0);
    let mut names = LevelNames::of(btf);
    let mut words = Vec::new();
    for id in btf.ids() {
        btf.words_of(id, &mut words)?;
        let kind = kind_of(&words);
        let shape = Shape::of(kind).ok_or(Error::of(ErrorKind::UnknownKind(kind.0), id))?;
        shape.visit(&mut words, |part, word| {
            *word = match part {
                Part::Name => names.put(&mut edit, *word, id)?,
                Part::Ref => match word.checked_sub(old) {
                    Some(own) if own < btf.len() => new + own,
                    Some(_) => return Err(Error::of(ErrorKind::NoSuchType(TypeId(*word)), id)),
                    None => relocated.id(TypeId(*word)).0,
                },
            };
            Ok(())
        })?;
        edit.push(&words);
    }
    Btf::parse_split(edit.finish(), base.clone())
}

fn set(map: &mut [TypeId], id: TypeId, to: TypeId) {
    if let Some(place) = map.get_mut(id.0 as usize) {
        *place = to;
    }
}

/// The types of the base that split types lead to, without what named structs contain.
fn needed(btf: &Btf) -> Result<Vec<bool>, Error> {
    let first = btf.first_id().0;
    let mut needed = vec![false; first as usize];
    let (mut words, mut work) = (Vec::new(), Vec::new());
    let mut own = btf.ids();
    while let Some(id) = work.pop().or_else(|| own.next()) {
        words_at(btf, id, &mut words)?;
        let kind = kind_of(&words);
        let is_named = words.first() != Some(&0);
        let shape = Shape::of(kind).ok_or(Error::of(ErrorKind::UnknownKind(kind.0), id))?;
        if id.0 < first && is_named && matches!(kind, Kind::STRUCT | Kind::UNION) {
            continue;
        }
        shape.visit(&mut words, |part, word| {
            let to = TypeId(*word);
            if !matches!(part, Part::Ref) || to.0 == 0 {
                return Ok(());
            }
            let Some(place) = needed.get_mut(to.0 as usize) else {
                return if btf.kind(to).is_some() { Ok(()) } else { Err(Error::of(ErrorKind::NoSuchType(to), id)) };
            };
            if core::mem::replace(place, true) {
                return Ok(());
            }
            let kind = btf.kind(to).unwrap_or(Kind(0));
            if matches!(kind, Kind::FUNC | Kind::VAR | Kind::DATASEC | Kind::DECL_TAG) || kind.row().is_none() {
                return Err(Error::of(ErrorKind::WrongKind(kind), to));
            }
            work.push(to);
            Ok(())
        })?;
    }
    Ok(needed)
}

/// Whether a type has a name by which it is found in another kernel.
fn is_for_base(btf: &Btf, id: TypeId) -> bool {
    match btf.kind(id) {
        Some(Kind::INT | Kind::FLOAT | Kind::FWD) => true,
        Some(Kind::STRUCT | Kind::UNION | Kind::ENUM | Kind::ENUM64) => !btf.name(id).is_empty(),
        _ => false,
    }
}

/// The words of a type, its own or a base's.
fn words_at(btf: &Btf, id: TypeId, words: &mut Vec<u32>) -> Result<(), Error> {
    let mut level = btf;
    while id < level.first_id() {
        level = level.base().ok_or(Error::of(ErrorKind::NoSuchType(id), id))?;
    }
    level.words_of(id, words)
}

/// The strings of all levels on their way into one BTF.
struct LevelNames<'a> {
    levels: Vec<(Range<u32>, Names<'a>)>,
}

impl<'a> LevelNames<'a> {
    fn of(btf: &'a Btf) -> Self {
        let levels = core::iter::successors(Some(btf), |btf| btf.base().map(|base| &**base));
        Self { levels: levels.map(|level| (level.first_str..level.end_str(), Names::of(level))).collect() }
    }

    fn put(&mut self, edit: &mut Edit, off: u32, id: TypeId) -> Result<u32, Error> {
        let level = self.levels.iter_mut().find(|(range, _)| range.contains(&off));
        match level {
            Some((_, names)) => names.put(edit, off, id),
            None if off == 0 => Ok(0),
            None => Err(Error::of(ErrorKind::StringOffset(off), id)),
        }
    }
}
