//! Types as words and references.

use alloc::{vec, vec::Vec};

use super::{nodes::Nodes, strings::Same};
use crate::{Kind, shape::Role};

/// All types from void on, those of the bases first: node `i` is type `i`.
pub(crate) struct Graph {
    /// The types' words, with one offset for equal names, and 0 for references.
    words: Vec<u32>,
    starts: Vec<u32>,
    /// What each type refers to, in order.
    refs: Vec<u32>,
    ref_starts: Vec<u32>,
}

impl Graph {
    pub(crate) fn of(nodes: &Nodes<'_>, same: &Same) -> Self {
        let mut graph = Self { words: Vec::new(), starts: vec![0, 0], refs: Vec::new(), ref_starts: vec![0, 0] };
        nodes.each(|_, node| {
            node.each(|role, word| match role {
                Role::Name => graph.words.push(same.of(word)),
                Role::Number => graph.words.push(word),
                Role::Ref => {
                    graph.words.push(0);
                    graph.refs.push(word);
                }
            });
            graph.starts.push(graph.words.len() as u32);
            graph.ref_starts.push(graph.refs.len() as u32);
        });
        graph
    }

    /// The number of nodes.
    pub(crate) fn len(&self) -> u32 {
        self.starts.len() as u32 - 1
    }

    /// A type's words without its references.
    pub(crate) fn words(&self, node: u32) -> &[u32] {
        slice(&self.words, &self.starts, node)
    }

    /// What a type refers to.
    pub(crate) fn refs(&self, node: u32) -> &[u32] {
        slice(&self.refs, &self.ref_starts, node)
    }

    pub(crate) fn kind(&self, node: u32) -> Kind {
        crate::shape::kind_of(self.words(node))
    }
}

fn slice<'a>(all: &'a [u32], starts: &[u32], i: u32) -> &'a [u32] {
    let at = |i: usize| starts.get(i).copied().unwrap_or_default() as usize;
    all.get(at(i as usize)..at(i as usize + 1)).unwrap_or_default()
}
