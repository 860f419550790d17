//! The types that stay.

use alloc::{vec, vec::Vec};

use hashbrown::{HashMap, HashTable};

use super::{hash::named, words};
use crate::{
    Btf, Edit, Error, Kind, StrOff, TypeId,
    shape::{Part, Shape, kind_of},
};

/// Writes the first type of each number, and says the id of each position. None if a type with the number of another one
/// is a different one.
pub(super) fn write(edit: &mut Edit, all: &[u32], starts: &[u32], numbers: &[u64]) -> Option<Vec<u32>> {
    let count = starts.len();
    let mut ids = vec![0; count];
    // The first position of each id. A declaration is no first if there is a definition.
    let mut firsts: Vec<u32> = vec![0];
    let mut moved = false;
    let mut table: HashTable<u32> = HashTable::with_capacity(count);
    for node in 1..count as u32 {
        let number = *numbers.get(node as usize)?;
        let of = |id: &u32| firsts.get(*id as usize).and_then(|&first| numbers.get(first as usize)).copied();
        let next = firsts.len() as u32;
        let id =
            *table.entry(number, |id| of(id) == Some(number), |id| of(id).unwrap_or_default()).or_insert(next).get();
        if id == next {
            firsts.push(node);
        }
        *ids.get_mut(node as usize)? = id;
        let first = firsts.get_mut(id as usize)?;
        let is_declared = |node| kind_of(words(all, starts, node)) == Kind::FWD;
        if is_declared(*first) && !is_declared(node) {
            (*first, moved) = (node, true);
        }
    }
    if moved {
        in_order(&mut firsts, &mut ids)?;
    }
    let mut out = Vec::new();
    for node in 1..count as u32 {
        let own = words(all, starts, node);
        let id = *ids.get(node as usize)?;
        if *firsts.get(id as usize)? == node {
            continue;
        }
        let first = words(all, starts, *firsts.get(id as usize)?);
        let is_declared = || kind_of(own) == Kind::FWD && name(own) == name(first);
        if !is_declared() && !equal(own, first, &ids) {
            return None;
        }
    }
    for &first in firsts.iter().skip(1) {
        out.clear();
        out.extend_from_slice(words(all, starts, first));
        Shape::of(kind_of(&out))?
            .visit(&mut out, |part, word| {
                if matches!(part, Part::Ref) {
                    *word = ids.get(*word as usize).copied().ok_or(())?;
                }
                Ok::<(), ()>(())
            })
            .ok()?;
        edit.push(&out);
    }
    Some(ids)
}

/// Numbers types in the order in which they first stand: a definition where it does, not where it was declared.
fn in_order(firsts: &mut Vec<u32>, ids: &mut [u32]) -> Option<()> {
    let mut sorted: Vec<(u32, u32)> = firsts.iter().copied().zip(0..).collect();
    sorted.sort_unstable();
    let mut now = vec![0; firsts.len()];
    for (id, &(_, old)) in (0..).zip(&sorted) {
        *now.get_mut(old as usize)? = id;
    }
    for id in ids {
        *id = *now.get(*id as usize)?;
    }
    *firsts = sorted.into_iter().map(|(node, _)| node).collect();
    Some(())
}

/// What a declaration and its definition share.
fn name(words: &[u32]) -> Option<(bool, u32)> {
    named(words).map(|(union, name, _)| (union, name))
}

/// Whether two types say the same.
fn equal(a: &[u32], b: &[u32], ids: &[u32]) -> bool {
    let Some(shape) = Shape::of(kind_of(a)).filter(|_| a.len() == b.len() && kind_of(a) == kind_of(b)) else {
        return false;
    };
    let (mut rest, mut same) = (b.iter(), true);
    shape.each(a, |part, x| {
        let Some(&y) = rest.next() else { return };
        let id = |word: u32| ids.get(word as usize);
        same &= x == y || matches!(part, Some(Part::Ref)) && id(x) == id(y);
    });
    same
}

/// The same by looking at each reference; the strings stay where they are.
pub(super) fn deduplicated(
    mut strings: Edit,
    words: Vec<u32>,
    mut starts: Vec<u32>,
) -> Result<(Edit, Vec<u32>), Error> {
    starts.remove(0);
    let texts = strings.finish();
    let empty = Btf::parse(texts)?;
    let all = Edit::of_words(&empty, words, starts, empty.text().to_vec());
    let deduped = crate::dedup(&Btf::parse(all.finish())?)?;
    let found = Btf::parse(deduped.bytes())?;
    let mut ids = vec![0];
    ids.extend(deduped.map().iter().map(|id| id.0));
    let mut known: HashMap<u32, u32> = HashMap::new();
    let mut types = deduped.edit;
    types.remap(
        |id| id,
        |name| {
            let own = *known
                .entry(name.0)
                .or_insert_with(|| strings.string_bytes(found.string_bytes(name).unwrap_or_default()).0);
            StrOff(own)
        },
    )?;
    for i in 1..types.next_id().0 {
        strings.push(types.words(TypeId(i)));
    }
    Ok((strings, ids))
}
