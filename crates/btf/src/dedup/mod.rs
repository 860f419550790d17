//! Equal types made one.
//!
//! Two types are equal if they look the same and what they refer to is equal, through any number of steps and cycles:
//! the coarsest partition that every reference respects.
//!
//! 1. [`nodes`]: all types where they stand, those of the base first, and a check of what they refer to.
//! 2. [`strings`]: equal strings get one offset.
//! 3. [`forward`]: a forward declaration becomes its definition, if all definitions with its name look the same.
//! 4. [`classes`]: a few rounds of hashing, and a comparison that shows that they sufficed. If they do not, types become
//!    a [`graph`], whose nodes get [`labels`] that are split as the states of an automaton are merged ([`refine`]), in
//!    O(m log n) for m references between n types, whatever the types look like.
//! 5. [`write`](mod@write): the first type of each class stays, with the strings that are [`kept`].

mod classes;
mod forward;
mod graph;
mod kept;
mod labels;
mod nodes;
mod partition;
mod refine;
mod strings;
mod write;

use crate::{Btf, Error, Rewritten, StrOff};

/// BTF in which no two types are equal, and where its types came from.
pub type Deduped = Rewritten;

/// Makes equal types one. The order of what stays is kept, so equal input gives equal output; strings that no type names
/// are left out.
///
/// Split BTF is compared with its base, too: what the base has is taken from there. A struct of the base that refers to a
/// forward declaration is equal to one that refers to the definition.
///
/// Variables and sections are places and not types: each stays. Different linkage, bitfields of different width and enums
/// of different size are different.
///
/// # Errors
/// `btf-no-such-type` for a reference to a type that does not exist; `btf-unknown-kind` for a type of an unknown kind,
/// since nobody knows which of its words refer to types; `btf-string-offset` for a name that does not exist.
#[doc(alias = "btf__dedup")]
pub fn dedup(btf: &Btf) -> Result<Deduped, Error> {
    dedup_keeping(btf, &[])
}

/// As [`dedup`], but strings stay to which others than types refer: lines and CO-RE records in `.BTF.ext`.
///
/// # Errors
/// As [`dedup`].
pub fn dedup_keeping(btf: &Btf, keep: &[StrOff]) -> Result<Deduped, Error> {
    let nodes = nodes::Nodes::of(btf);
    let mut table = strings::Strings::of(btf);
    nodes.check(&mut table)?;
    keep.iter().try_for_each(|off| table.meet(off.0))?;
    let same = table.done();
    let forwards = forward::Forwards::of(&nodes, &same);
    let classes = classes::classes(&nodes, &same, &forwards);
    write::write(btf, &nodes, &same, classes, &forwards, keep)
}
