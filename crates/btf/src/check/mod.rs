//! Whether kernels take BTF.
//!
//! The rules are those of `BPF_BTF_LOAD`, with the releases in which they changed. Where a kernel stops at the first thing
//! that it refuses, [`check`] goes on and names them all.
//!
//! 1. `container`: the header and the sections.
//! 2. `meta`: each type by itself.
//! 3. `resolve`: what types refer to; circles, sizes, members.
//! 4. `tags`: the order of type tags.
//! 5. `special`: structs with locks, lists, trees and counts in them.
//!
//! Not checked is what depends on the running kernel: pointers to its objects in structs that programs own.

mod container;
mod finding;
mod member;
mod meta;
mod names;
mod resolve;
mod special;
mod step;
mod tags;

use alloc::vec::Vec;

pub use finding::{Finding, Refused, What};
pub(crate) use names::Strings;

use crate::{Btf, TypeId};

/// The most findings that are kept: one for each type of a kernel, and more.
const MOST: usize = 1 << 18;

/// What some kernels or all of them refuse, type by type. Empty if every kernel takes it.
///
/// Types of the base are taken to be good.
#[doc(alias = "BPF_BTF_LOAD")]
pub fn check(btf: &Btf) -> Vec<Finding> {
    let btf = &btf.with_all_starts();
    let mut report = Report { findings: Vec::new() };
    container::check(btf, &mut report);
    meta::check(btf, &mut report);
    resolve::check(btf, &mut report);
    tags::check(btf, &mut report);
    special::check(btf, &mut report);
    report.findings
}

/// What every kernel refuses in one type by itself.
pub(crate) fn check_words(strings: &dyn Strings, id: TypeId, words: &[u32]) -> Option<Finding> {
    let mut report = Report { findings: Vec::new() };
    meta::check_one(strings, id, words, &mut report);
    report.findings.into_iter().find(|finding| finding.what.refused().until.is_none())
}

/// What was found so far.
struct Report {
    findings: Vec<Finding>,
}

impl Report {
    fn add(&mut self, id: impl Into<Option<TypeId>>, element: impl Into<Option<u32>>, what: What) {
        if self.findings.len() < MOST {
            self.findings.push(Finding { id: id.into(), element: element.into(), what });
        }
    }
}
