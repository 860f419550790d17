//! Forward declarations and their definitions.

use alloc::{vec, vec::Vec};

use hashbrown::HashMap;

use super::{
    nodes::{Node, Nodes},
    strings::Same,
};
use crate::{Kind, shape::Role};

/// What a declaration declares.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Tag {
    Struct,
    Union,
    Enum,
}

/// What a type with a name declares or defines, by its name; whether it is only a declaration. An enum without values is
/// one.
fn tag(node: &Node<'_>, same: &Same) -> Option<((Tag, u32), bool)> {
    let (len, flag) = node.info();
    let (tag, declares) = match node.kind() {
        Kind::STRUCT => (Tag::Struct, false),
        Kind::UNION => (Tag::Union, false),
        Kind::FWD => (if flag { Tag::Union } else { Tag::Struct }, true),
        Kind::ENUM | Kind::ENUM64 => (Tag::Enum, len == 0),
        _ => return None,
    };
    let name = same.of(node.name());
    (name != 0).then_some(((tag, name), declares))
}

/// Declarations, ascending, each with the definition that stands for it: those whose definitions all look the same.
pub(crate) struct Forwards(Vec<(u32, u32)>);

impl Forwards {
    pub(crate) fn of(nodes: &Nodes<'_>, same: &Same) -> Self {
        let mut declared = Vec::new();
        // The first definition of each name that is declared, unless others look different.
        let mut definitions: HashMap<(Tag, u32), Option<u32>> = HashMap::new();
        nodes.each(|id, node| {
            if let Some((tag, true)) = tag(&node, same) {
                declared.push((id, tag));
                definitions.insert(tag, None);
            }
        });
        let mut many: Vec<(Tag, u32)> = Vec::new();
        nodes.each(|id, node| {
            let Some((tag, false)) = tag(&node, same) else { return };
            match definitions.get_mut(&tag) {
                Some(first @ None) => *first = Some(id),
                Some(Some(first)) if !nodes.node(*first).is_some_and(|first| look_same(&first, &node, same)) => {
                    many.push(tag)
                }
                _ => {}
            }
        });
        many.into_iter().for_each(|tag| _ = definitions.insert(tag, None));
        let pair = |(id, tag)| Some((id, (*definitions.get(&tag)?)?));
        Self(declared.into_iter().filter_map(pair).collect())
    }

    /// Gives each declaration what its definition has.
    pub(crate) fn apply(&self, of: &mut [u32]) {
        for &(declaration, definition) in &self.0 {
            let Some(&from) = of.get(definition as usize) else { continue };
            if let Some(to) = of.get_mut(declaration as usize) {
                *to = from;
            }
        }
    }

    /// The declarations, in order.
    pub(crate) fn declarations(&self) -> impl Iterator<Item = u32> {
        self.0.iter().map(|&(declaration, _)| declaration)
    }

    /// Whether a definition stands for a node.
    pub(crate) fn has(&self, node: u32) -> bool {
        self.0.binary_search_by_key(&node, |&(declaration, _)| declaration).is_ok()
    }

    /// The base's types that say less than they could: declarations of what is defined, and what leads to one without a
    /// named struct or union between. Nothing if there are none.
    pub(crate) fn weak(&self, nodes: &Nodes<'_>) -> Vec<bool> {
        let mut work: Vec<u32> = self.0.iter().map(|&(id, _)| id).take_while(|&id| id < nodes.own).collect();
        if work.is_empty() {
            return Vec::new();
        }
        let mut weak = vec![false; nodes.own as usize];
        let mut users: Vec<(u32, u32)> = Vec::new();
        nodes.each(|id, node| {
            let passes = !matches!(node.kind(), Kind::STRUCT | Kind::UNION) || node.name() == 0;
            if id < nodes.own && passes {
                node.each(|role, to| users.extend((role == Role::Ref).then_some((to, id))));
            }
        });
        users.sort_unstable();
        let mut mark = |node: u32| weak.get_mut(node as usize).is_some_and(|weak| !core::mem::replace(weak, true));
        work.iter().for_each(|&node| _ = mark(node));
        while let Some(node) = work.pop() {
            let from = users.partition_point(|&(to, _)| to < node);
            let users = users.iter().skip(from).take_while(|&&(to, _)| to == node);
            work.extend(users.map(|&(_, user)| user).filter(|&user| mark(user)));
        }
        weak
    }
}

/// Whether two types have the same words, references apart.
fn look_same(a: &Node<'_>, b: &Node<'_>, same: &Same) -> bool {
    a.all(b, |role, a, b| match role {
        Role::Name => same.of(a) == same.of(b),
        Role::Number => a == b,
        Role::Ref => true,
    })
}
