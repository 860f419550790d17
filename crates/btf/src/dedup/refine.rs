//! The coarsest partition that every reference respects: Valmari's form of Hopcroft's algorithm.

use alloc::{vec, vec::Vec};

use super::{graph::Graph, labels, partition::Partition};

/// Splitting by hashing is the quicker the more labels one round makes; these come first.
const ROUNDS: u32 = 6;

/// The class of each node: equal types have one class.
pub(crate) fn classes(graph: &Graph, mut labels: Vec<u32>, forwards: &[u32]) -> Vec<u32> {
    let count = |labels: &[u32]| labels.iter().max().map_or(0, |&max| max + 1);
    let mut before = count(&labels);
    for _ in 0..ROUNDS {
        labels = labels::split(graph, &labels, forwards);
        let after = count(&labels);
        if after == before {
            return labels;
        }
        before = after;
    }
    split_all(graph, Partition::new(labels, before), forwards)
}

/// References from nodes that could still be split.
struct Refs {
    tails: Vec<u32>,
    /// The references to each node, from `starts[node]` on.
    to: Vec<u32>,
    starts: Vec<u32>,
    positions: Vec<u32>,
    count: u32,
}

#[allow(clippy::indexing_slicing, reason = "nodes are below the number of nodes, and references were checked to be")]
impl Refs {
    fn of(graph: &Graph, blocks: &Partition, forwards: &[u32]) -> Self {
        let (mut tails, mut heads, mut positions) = (Vec::new(), Vec::new(), Vec::new());
        for block in (0..blocks.len()).map(|block| blocks.range(block)).filter(|range| range.len() > 1) {
            for node in block.map(|place| blocks.element(place)) {
                for (position, &to) in graph.refs(node).iter().enumerate() {
                    tails.push(node);
                    heads.push(forwards[to as usize]);
                    positions.push(position as u32);
                }
            }
        }
        let mut starts = vec![0; graph.len() as usize + 1];
        heads.iter().for_each(|&head| starts[head as usize + 1] += 1);
        (1..starts.len()).for_each(|i| starts[i] += starts[i - 1]);
        let (mut next, mut to) = (starts.clone(), vec![0; heads.len()]);
        for (reference, &head) in heads.iter().enumerate() {
            to[next[head as usize] as usize] = reference as u32;
            next[head as usize] += 1;
        }
        let count = positions.iter().max().map_or(0, |&max| max + 1);
        Self { tails, to, starts, positions, count }
    }

    fn to(&self, node: u32) -> &[u32] {
        &self.to[self.starts[node as usize] as usize..self.starts[node as usize + 1] as usize]
    }
}

/// Blocks of nodes and bundles of references split each other until nothing changes.
#[allow(clippy::indexing_slicing, reason = "a bundle holds references that exist")]
fn split_all(graph: &Graph, mut blocks: Partition, forwards: &[u32]) -> Vec<u32> {
    let mut refs = Refs::of(graph, &blocks, forwards);
    // References at the same position belong together; every position up to the last occurs.
    let mut bundles = Partition::new(core::mem::take(&mut refs.positions), refs.count);
    // The first block needs no look: what does not refer to another one refers to it.
    let (mut block, mut bundle) = (1, 0);
    loop {
        while block < blocks.len() {
            for place in blocks.range(block) {
                refs.to(blocks.element(place)).iter().for_each(|&reference| bundles.mark(reference));
            }
            bundles.split();
            block += 1;
        }
        if bundle >= bundles.len() {
            return blocks.into_parts();
        }
        for place in bundles.range(bundle) {
            blocks.mark(refs.tails[bundles.element(place) as usize]);
        }
        blocks.split();
        bundle += 1;
    }
}
