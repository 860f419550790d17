//! Which types use which.

use alloc::{vec, vec::Vec};

use crate::{
    Btf, Kind, TypeId,
    shape::{Part, Shape, kind_of},
};

/// For each type, those that refer to it: made once, in one pass, and asked many times.
#[derive(Clone, Debug)]
pub struct Users {
    /// The users of type `i` are `users[starts[i]..starts[i + 1]]`.
    starts: Vec<u32>,
    users: Vec<User>,
}

/// A type that refers to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct User {
    /// The type.
    pub id: TypeId,
    /// The member, parameter or variable of it that does; none for what the type itself refers to (the target of a pointer,
    /// what a function returns).
    pub element: Option<u32>,
}

impl Users {
    /// Looks through a BTF and its bases. Types of unknown kinds are passed over.
    pub fn of(btf: &Btf) -> Self {
        let end = btf.end_id() as usize;
        let mut counts = vec![0u32; end + 1];
        let mut levels: Vec<&Btf> = core::iter::successors(Some(btf), |btf| btf.base().map(|base| &**base)).collect();
        levels.reverse();
        for level in &levels {
            each(level, |to, _| {
                if let Some(count) = counts.get_mut(to.0 as usize + 1) {
                    *count += 1;
                }
            });
        }
        (1..counts.len()).for_each(|i| counts[i] += counts[i - 1]);
        let none = User { id: TypeId(0), element: None };
        let mut next = counts.clone();
        let mut users = vec![none; counts.last().copied().unwrap_or_default() as usize];
        for level in &levels {
            each(level, |to, user| {
                let Some(at) = next.get_mut(to.0 as usize).filter(|_| (to.0 as usize) < end) else { return };
                if let Some(place) = users.get_mut(*at as usize) {
                    *place = user;
                }
                *at += 1;
            });
        }
        Self { starts: counts, users }
    }

    /// The types that refer to one, in the order of their ids.
    pub fn direct(&self, id: TypeId) -> &[User] {
        let at = |i: usize| self.starts.get(i).copied().unwrap_or_default() as usize;
        self.users.get(at(id.0 as usize)..at(id.0 as usize + 1)).unwrap_or_default()
    }

    /// The types with names that use one, through pointers, arrays, modifiers, prototypes and anonymous types: each with the
    /// element by which it does. In the order of their ids.
    pub fn named(&self, btf: &Btf, id: TypeId) -> Vec<User> {
        let (mut found, mut work) = (Vec::new(), vec![id]);
        let mut seen = hashbrown::HashSet::new();
        while let Some(id) = work.pop() {
            for &user in self.direct(id) {
                let is_anonymous = btf.name_off(user.id).0 == 0;
                if is_anonymous || btf.kind(user.id) == Some(Kind::TYPE_TAG) {
                    if seen.insert(user.id) {
                        work.push(user.id);
                    }
                } else {
                    found.push(user);
                }
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// Calls `visit` for each reference of a level's own types.
fn each(btf: &Btf, mut visit: impl FnMut(TypeId, User)) {
    let mut words = Vec::new();
    for ((_, from, to), id) in btf.extents().zip(btf.ids()) {
        btf.words_into(from..to, &mut words);
        let kind = kind_of(&words);
        let Some(shape) = Shape::of(kind) else { continue };
        // The third word and what follows the head once belong to the type itself.
        let own = u32::from(kind.row().is_some_and(|row| row.refers)) + if kind == Kind::ARRAY { 2 } else { 0 };
        let mut at = 0u32;
        let _ = shape.visit(&mut words, |part, word| {
            if matches!(part, Part::Ref) {
                visit(TypeId(*word), User { id, element: u32::checked_sub(at, own) });
                at += 1;
            }
            Ok::<(), core::convert::Infallible>(())
        });
    }
}
