//! Equal types made one.
//!
//! Two types are equal if they look the same and what they refer to is equal, through any number of steps and cycles:
//! the coarsest partition that every reference respects. It is found as the states of an automaton are merged, in
//! O(m log n) for m references between n types, whatever the types look like.
//!
//! 1. [`strings`]: equal strings get one number.
//! 2. [`graph`]: every type becomes its own words and its references; those of the base come first.
//! 3. [`labels`]: types with the same words get the same label.
//! 4. [`forward`]: a forward declaration becomes its definition, if all definitions with its name have one label.
//! 5. [`refine`]: labels are split until equal types, and only those, share one.
//! 6. [`write`](mod@write): the first type of each class stays.

mod forward;
mod graph;
mod labels;
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
pub fn dedup_keeping(btf: &Btf, strings: &[StrOff]) -> Result<Deduped, Error> {
    let mut table = strings::Table::of(btf);
    let graph = graph::Graph::of(btf, &mut table)?;
    let labels = labels::labels(&graph);
    let forwards = forward::resolve(&graph, &labels);
    let classes = refine::classes(&graph, labels, &forwards);
    write::write(btf, &graph, &mut table, &classes, &forwards, strings)
}
