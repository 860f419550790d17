//! Equal types, one class.
//!
//! The hash of a type after a round is that of its words and of what the types it refers to hashed to in the round before:
//! after `n` rounds it tells types apart that differ within `n` steps, and never equal ones. Some rounds suffice for the
//! types of kernels. Whether they did is seen when types with one hash are compared: if each refers to the same classes as
//! the others, no further step could part them. Types that need very many steps, like long chains, go another way, which
//! takes more memory and never more than logarithmically many times as long.

use alloc::{vec, vec::Vec};

use hashbrown::HashTable;

use super::{
    forward::Forwards,
    graph::Graph,
    labels,
    nodes::{Node, Nodes},
    refine,
    strings::Same,
};
use crate::shape::Role;

/// So many rounds come before each comparison. The types of kernels need six or seven.
const ROUNDS: [u32; 3] = if cfg!(fuzzing) { [2, 1, 1] } else { [7, 5, 8] };

/// The first type of the class that each type is in. The second list can be used for anything.
pub(crate) fn classes(nodes: &Nodes<'_>, same: &Same, forwards: &Forwards) -> [Vec<u32>; 2] {
    let (mut new, mut old) = (vec![0; nodes.end as usize], vec![0; nodes.end as usize]);
    let mut round = 0;
    for rounds in ROUNDS {
        for _ in 0..rounds {
            core::mem::swap(&mut old, &mut new);
            hash(nodes, same, round, &old, &mut new);
            forwards.apply(&mut new);
            round += 1;
        }
        group(&mut old, &new, forwards);
        forwards.apply(&mut old);
        if are_classes(nodes, same, forwards, &old) {
            return [old, new];
        }
    }
    let graph = Graph::of(nodes, same);
    let mut stands: Vec<u32> = (0..nodes.end).collect();
    forwards.apply(&mut stands);
    let labels = refine::classes(&graph, labels::labels(&graph), &stands);
    firsts(&labels, &mut old, forwards);
    forwards.apply(&mut old);
    [old, new]
}

/// A round: new hashes from old ones.
fn hash(nodes: &Nodes<'_>, same: &Same, round: u32, old: &[u32], new: &mut [u32]) {
    new.iter_mut().take(1).for_each(|void| *void = 0);
    nodes.each(|id, node| {
        // Two hashes take turns, so that neither waits for the other.
        let mut hash = (mix(0x9e37_79b9_7f4a_7c15, round), if node.is_place() { id.into() } else { 0 });
        node.each(|role, word| {
            let part = match role {
                Role::Name => same.of(word),
                Role::Number => word,
                Role::Ref => old.get(word as usize).copied().unwrap_or_default(),
            };
            hash = (hash.1, mix(hash.0, part));
        });
        if let Some(new) = new.get_mut(id as usize) {
            *new = ((hash.0 ^ hash.1.rotate_left(32)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as u32;
        }
    });
}

#[inline(always)]
const fn mix(hash: u64, word: u32) -> u64 {
    (hash.rotate_left(23) ^ word as u64).wrapping_mul(0x517c_c1b7_2722_0a95)
}

/// Puts in the place of each hash the first node that has it, and the other hash, too. Declarations that others stand for
/// are none of these.
#[allow(clippy::indexing_slicing, reason = "both are as long as there are nodes, and the table holds nodes")]
fn group(hashes: &mut [u32], others: &[u32], forwards: &Forwards) {
    let mut firsts: HashTable<u32> = HashTable::new();
    let mut declarations = forwards.declarations().peekable();
    for node in 0..hashes.len() as u32 {
        if declarations.next_if_eq(&node).is_some() {
            continue;
        }
        let key = |node: u32| u64::from(hashes[node as usize]) << 32 | u64::from(others[node as usize]);
        let of = |&node: &u32| key(node).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let first = *firsts.entry(of(&node), |&first| key(first) == key(node), of).or_insert(node).get();
        // Those of the first ones are still compared with.
        if first != node {
            hashes[node as usize] = first;
        }
    }
    firsts.iter().for_each(|&first| hashes[first as usize] = first);
}

/// Whether all types in a class have the same words, and refer to the same classes.
fn are_classes(nodes: &Nodes<'_>, same: &Same, forwards: &Forwards, classes: &[u32]) -> bool {
    let class = |node: u32| classes.get(node as usize);
    let mut all = true;
    nodes.each(|id, node| {
        let first = class(id).copied().unwrap_or_default();
        if all && first != id {
            all = nodes.node(first).is_some_and(|first| equal(&node, &first, same, class)) || forwards.has(id);
        }
    });
    all
}

fn equal<'a>(a: &Node<'_>, b: &Node<'_>, same: &Same, class: impl Fn(u32) -> Option<&'a u32>) -> bool {
    !a.is_place()
        && a.all(b, |role, a, b| match role {
            Role::Name => same.of(a) == same.of(b),
            Role::Number => a == b,
            Role::Ref => a == b || class(a) == class(b),
        })
}

/// The first node with each label, declarations that others stand for apart.
fn firsts(labels: &[u32], classes: &mut [u32], forwards: &Forwards) {
    let mut first = vec![u32::MAX; labels.iter().max().map_or(0, |&max| max as usize + 1)];
    for ((node, &label), class) in (0..).zip(labels).zip(classes) {
        let Some(first) = first.get_mut(label as usize).filter(|_| !forwards.has(node)) else { continue };
        *first = node.min(*first);
        *class = *first;
    }
}
