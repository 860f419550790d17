//! What is left: the first type of each class.

use alloc::vec::Vec;

use super::{Deduped, forward::Forwards, kept::Kept, nodes::Nodes, strings::Same};
use crate::{Btf, Edit, Error, ErrorKind, StrOff, TypeId, shape::Role};

const NONE: u32 = u32::MAX;

pub(crate) fn write(
    btf: &Btf,
    nodes: &Nodes<'_>,
    same: &Same,
    classes: [Vec<u32>; 2],
    forwards: &Forwards,
    keep: &[StrOff],
) -> Result<Deduped, Error> {
    let map = ids(nodes, classes, forwards);
    let own = nodes.own;
    let new = |id: u32| id.checked_sub(own).map_or(id, |id| map.get(id as usize).map_or(0, |id: &TypeId| id.0));
    let mut kept = Kept::of(btf);
    let (mut count, mut len) = (own, 0);
    let stays = |id: u32, count: &mut u32| {
        let stays = new(id) == *count && !forwards.has(id);
        *count += u32::from(stays);
        stays
    };
    nodes.each_own(|id, node| {
        if stays(id, &mut count) {
            len += node.len();
            node.each(|role, word| {
                if role == Role::Name {
                    kept.keep(same.of(word))
                }
            });
        }
    });
    keep.iter().for_each(|off| kept.keep(same.of(off.0)));
    let (offsets, text) = kept.done();
    let (mut words, mut starts) = (Vec::with_capacity(len), Vec::with_capacity((count - own) as usize));
    count = own;
    nodes.each_own(|id, node| {
        if stays(id, &mut count) {
            starts.push(words.len() as u32);
            node.each(|role, word| {
                words.push(match role {
                    Role::Name => offsets.of(same.of(word)),
                    Role::Number => word,
                    Role::Ref => new(word),
                });
            });
        }
    });
    let missing = |off| Error { type_id: None, offset: None, kind: ErrorKind::StringOffset(off) };
    let moved =
        |off: &StrOff| btf.string_bytes(*off).map(|_| (*off, StrOff(offsets.of(same.of(off.0))))).ok_or(missing(off.0));
    let mut strings = keep.iter().map(moved).collect::<Result<Vec<_>, _>>()?;
    strings.sort_unstable();
    Ok(Deduped { edit: Edit::of_words(btf, words, starts, text), first_id: own, map, strings })
}

/// The new ids of the own types. Those that stay are the ones that get the ids in order.
fn ids(nodes: &Nodes<'_>, [mut classes, mut of_class]: [Vec<u32>; 2], forwards: &Forwards) -> Vec<TypeId> {
    let weak = forwards.weak(nodes);
    let mut next = nodes.own;
    let mut declarations = forwards.declarations().peekable();
    of_class.fill(NONE);
    // What stays, in order; the base's types all do.
    for (node, &class) in (0..).zip(&classes) {
        let declares = declarations.next_if_eq(&node).is_some();
        match of_class.get_mut(class as usize) {
            _ if declares && node >= nodes.own || weak.get(node as usize) == Some(&true) => {}
            Some(id) if *id == NONE => {
                *id = node.min(next);
                next += u32::from(node >= nodes.own);
            }
            _ => {}
        }
    }
    let new = |class: u32| TypeId(of_class.get(class as usize).copied().filter(|&id| id != NONE).unwrap_or_default());
    classes.drain(..nodes.own as usize);
    classes.into_iter().map(new).collect()
}
