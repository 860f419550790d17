//! Forward declarations and their definitions.

use alloc::vec::Vec;

use hashbrown::HashMap;

use super::graph::Graph;
use crate::Kind;

/// What a declaration declares.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Tag {
    Struct,
    Union,
    Enum,
}

/// What a named type declares or defines; whether it is only a declaration. An enum without values is one.
fn tag(graph: &Graph, node: u32) -> Option<(Tag, bool)> {
    let (len, flag) = graph.info(node);
    let tag = match graph.kind(node) {
        Kind::STRUCT => (Tag::Struct, false),
        Kind::UNION => (Tag::Union, false),
        Kind::FWD => (if flag { Tag::Union } else { Tag::Struct }, true),
        Kind::ENUM | Kind::ENUM64 => (Tag::Enum, len == 0),
        _ => return None,
    };
    Some(tag).filter(|_| graph.name(node) != 0)
}

/// For each node the one that stands for it: the definition for a declaration, if all definitions look the same, else
/// itself.
pub(crate) fn resolve(graph: &Graph, labels: &[u32]) -> Vec<u32> {
    let mut definitions: HashMap<(Tag, u32), Option<u32>> = HashMap::new();
    for node in 1..graph.len() {
        if let Some((tag, false)) = tag(graph, node) {
            let label = |node: u32| labels.get(node as usize);
            let first = definitions.entry((tag, graph.name(node))).or_insert(Some(node));
            *first = first.filter(|&first| label(first) == label(node));
        }
    }
    let stands = |node| match tag(graph, node) {
        Some((tag, true)) => definitions.get(&(tag, graph.name(node))).copied().flatten().unwrap_or(node),
        _ => node,
    };
    (0..graph.len()).map(stands).collect()
}

/// The base's types that say less than they could: declarations of what is defined, and what leads to one without a named
/// struct or union between.
pub(crate) fn weak(graph: &Graph, forwards: &[u32]) -> Vec<bool> {
    let mut weak: Vec<bool> = (0..graph.own).map(|node| forwards.get(node as usize) != Some(&node)).collect();
    if !weak.contains(&true) {
        return weak;
    }
    let passes = |node: u32| !matches!(graph.kind(node), Kind::STRUCT | Kind::UNION) || graph.name(node) == 0;
    let mut users: Vec<(u32, u32)> = Vec::new();
    for node in (1..graph.own).filter(|&node| passes(node)) {
        users.extend(graph.refs(node).iter().map(|&to| (to, node)));
    }
    users.sort_unstable();
    let mut work: Vec<u32> = (0..graph.own).filter(|&node| weak.get(node as usize) == Some(&true)).collect();
    while let Some(node) = work.pop() {
        let from = users.partition_point(|&(to, _)| to < node);
        for &(_, user) in users.iter().skip(from).take_while(|&&(to, _)| to == node) {
            match weak.get_mut(user as usize) {
                Some(mark) if !*mark => *mark = true,
                _ => continue,
            }
            work.push(user);
        }
    }
    weak
}
