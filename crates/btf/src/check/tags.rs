//! Type tags stand before other modifiers, as kernels from 5.18 to 7.0 want it.

use alloc::{vec, vec::Vec};

use super::{Report, What};
use crate::{Btf, Kind, TypeId};

/// What is known of a modifier: whether type tags stand behind it or behind another modifier that follows it.
#[derive(Clone, Copy, PartialEq)]
enum Seen {
    Not,
    Without,
    Tags,
}

pub(super) fn check(btf: &Btf, report: &mut Report) {
    if !btf.kinds().any(|(_, kind)| kind == Kind::TYPE_TAG) {
        return;
    }
    let first = btf.first_id().0;
    let mut seen = vec![Seen::Not; btf.len() as usize];
    let mut words = Vec::new();
    let mut chain = Vec::new();
    for (start, kind) in btf.kinds() {
        let (mut id, mut kind) = (start, Some(kind));
        chain.clear();
        let mut state = Seen::Without;
        // Up to what is known, which in a circle is where it began, or to what is no modifier.
        while let Some(place) = id.0.checked_sub(first).and_then(|own| seen.get_mut(own as usize)) {
            if *place != Seen::Not || !kind.is_some_and(is_modifier) {
                state = if *place == Seen::Tags { Seen::Tags } else { Seen::Without };
                break;
            }
            *place = Seen::Without;
            chain.push((id, kind == Some(Kind::TYPE_TAG)));
            if btf.words_of(id, &mut words).is_err() {
                break;
            }
            id = TypeId(words.get(2).copied().unwrap_or_default());
            kind = btf.kind(id);
        }
        while let Some((id, is_tag)) = chain.pop() {
            if !is_tag && state == Seen::Tags {
                report.add(id, None, What::TagOrder);
            }
            state = if is_tag || state == Seen::Tags { Seen::Tags } else { Seen::Without };
            if let Some(place) = seen.get_mut((id.0 - first) as usize) {
                *place = state;
            }
        }
    }
}

fn is_modifier(kind: Kind) -> bool {
    matches!(kind, Kind::TYPEDEF | Kind::VOLATILE | Kind::CONST | Kind::RESTRICT | Kind::TYPE_TAG)
}
