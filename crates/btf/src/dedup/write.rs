//! What is left: the first type of each class.

use alloc::{vec, vec::Vec};

use super::{Deduped, forward, graph::Graph, strings::Table};
use crate::{Btf, Edit, Error, StrOff, TypeId};

const NONE: u32 = u32::MAX;

pub(crate) fn write(
    btf: &Btf,
    graph: &Graph,
    strings: &mut Table,
    classes: &[u32],
    forwards: &[u32],
    keep: &[StrOff],
) -> Result<Deduped, Error> {
    let ids = ids(graph, classes, forwards);
    let mut offsets = Offsets {
        first_str: btf.first_str,
        new: Vec::new(),
        text: if btf.base().is_some() { vec![] } else { vec![0] },
    };
    let (mut words, mut starts) = (Vec::new(), Vec::new());
    let mut next = graph.own;
    for node in graph.own..graph.len() {
        // A declaration has the id of its definition, which may be the next one to stay.
        if ids.get(node as usize) != Some(&next) || forwards.get(node as usize).is_some_and(|&stands| stands != node) {
            continue;
        }
        next += 1;
        starts.push(words.len() as u32);
        let ty = |to: u32| ids.get(to as usize).copied().unwrap_or_default();
        graph.emit(node, &mut words, |name| offsets.of(strings, name), ty);
    }
    let mut kept = Vec::with_capacity(keep.len());
    for &old in keep {
        let number = strings.number(old.0)?;
        kept.push((old, StrOff(offsets.of(strings, number))));
    }
    kept.sort_unstable();
    let edit = Edit::of_words(btf, words, starts, offsets.text);
    let map = ids.get(graph.own as usize..).unwrap_or_default().iter().copied().map(TypeId).collect();
    Ok(Deduped { edit, first_id: graph.own, map, strings: kept })
}

/// The new id of each node. The nodes that stay are those that get the ids in order.
fn ids(graph: &Graph, classes: &[u32], forwards: &[u32]) -> Vec<u32> {
    let weak = forward::weak(graph, forwards);
    let mut of_class = vec![NONE; classes.iter().max().map_or(0, |&max| max as usize + 1)];
    let mut next = graph.own;
    let mut ids: Vec<u32> = Vec::with_capacity(classes.len());
    let stands = |node: u32| forwards.get(node as usize).copied().unwrap_or(node);
    // What stays, in order; the base's types all do.
    for node in 0..graph.len() {
        let class = classes.get(node as usize).and_then(|&class| of_class.get_mut(class as usize));
        match class {
            _ if node >= graph.own && stands(node) != node => {}
            Some(id) if *id == NONE && weak.get(node as usize) != Some(&true) => {
                *id = node.min(next);
                next += u32::from(node >= graph.own);
            }
            _ => {}
        }
    }
    for node in 0..graph.len() {
        let class = classes.get(stands(node) as usize).and_then(|&class| of_class.get(class as usize));
        ids.push(if node < graph.own { node } else { class.copied().unwrap_or_default() });
    }
    ids
}

/// Where strings are in the new section, put there when they are first needed.
struct Offsets {
    first_str: u32,
    /// By number; 0 for those not needed yet.
    new: Vec<u32>,
    text: Vec<u8>,
}

impl Offsets {
    /// The new offset of a string by its number. A name that ends another string shares it, as it did.
    fn of(&mut self, strings: &mut Table, number: u32) -> u32 {
        let off = strings.first(number);
        if number == 0 || off < self.first_str {
            return off;
        }
        let start = strings.range(off).0;
        let Ok(whole) = strings.number(start) else { return 0 };
        if strings.first(whole) < self.first_str {
            return strings.first(whole) + (off - start);
        }
        if self.new.len() <= whole as usize {
            self.new.resize(whole as usize + 1, 0);
        }
        let Some(new) = self.new.get_mut(whole as usize) else { return 0 };
        if *new == 0 {
            *new = self.first_str + self.text.len() as u32;
            self.text.extend_from_slice(strings.text(start));
            self.text.push(0);
        }
        *new + (off - start)
    }
}
