//! Labels: numbers that types with the same words share.

use alloc::vec::Vec;
use core::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::graph::Graph;
use crate::Kind;

/// A label for each node, in the order of first appearance.
pub(crate) fn labels(graph: &Graph) -> Vec<u32> {
    let hasher = DefaultHashBuilder::default();
    let mut firsts: Vec<u32> = Vec::new();
    let mut table = HashTable::new();
    let label = |node| {
        let words = graph.words(node);
        let next = firsts.len() as u32;
        if matches!(graph.kind(node), Kind::VAR | Kind::DATASEC) {
            firsts.push(node);
            return next;
        }
        let of = |label: u32| firsts.get(label as usize).map_or(&[][..], |&node| graph.words(node));
        let entry = table.entry(hasher.hash_one(words), |&l| of(l) == words, |&l| hasher.hash_one(of(l)));
        let label = *entry.or_insert(next).get();
        if label == next {
            firsts.push(node);
        }
        label
    };
    (0..graph.len()).map(label).collect()
}

/// Splits labels by the labels of what the nodes refer to.
pub(crate) fn split(graph: &Graph, labels: &[u32], forwards: &[u32]) -> Vec<u32> {
    let hasher = DefaultHashBuilder::default();
    let label = |node: u32| labels.get(node as usize).copied().unwrap_or_default();
    let targets = |node: u32| {
        graph.refs(node).iter().map(move |&to| label(forwards.get(to as usize).copied().unwrap_or_default()))
    };
    let hash = |node: u32| {
        let mut hash = u64::from(label(node));
        for target in targets(node) {
            hash = (hash.rotate_left(5) ^ u64::from(target)).wrapping_mul(0x517c_c1b7_2722_0a95);
        }
        hasher.hash_one(hash)
    };
    let mut firsts: Vec<u32> = Vec::new();
    let mut table: HashTable<(u32, u64)> = HashTable::with_capacity(labels.len());
    let new = |node| {
        let (hash, next) = (hash(node), firsts.len() as u32);
        let equal = |&(l, h): &(u32, u64)| {
            let other = firsts.get(l as usize).copied().unwrap_or_default();
            h == hash && label(other) == label(node) && targets(other).eq(targets(node))
        };
        let found = table.entry(hash, equal, |&(_, hash)| hash).or_insert((next, hash)).get().0;
        if found == next {
            firsts.push(node);
        }
        found
    };
    (0..graph.len()).map(new).collect()
}
