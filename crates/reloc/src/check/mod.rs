//! What an object finds on a kernel, told without the kernel: [`check`].
//!
//! It relocates every program and looks at what came of it, and asks for what relocation does not ask for: helpers, types
//! of programs and maps, places to attach to, instructions. What a kernel lacks is a [`Finding`]: with how that is known,
//! with the place in the program, and with whether the program can do without. A program that looks before it uses
//! something, and finds it absent, does not reach the instructions that use it; those are told from the others by going
//! through the relocated program with what is constant.

mod facts;
mod finder;
mod needs;
mod problem;
mod program;
mod reached;
mod report;
mod value;

pub use report::{Basis, Finding, Known, ProgramReport, Report, State, Subject, Verdict};

use crate::{Linked, Target};
use finder::Finder;
use needs::All;

/// Says what an object finds on a kernel.
pub fn check(linked: &Linked, target: &Target) -> Report {
    Checker::new(linked).check(target)
}

/// An object to be checked against many kernels: what it needs is gathered once.
#[derive(Debug)]
pub struct Checker<'a> {
    linked: &'a Linked,
    needs: All,
}

impl<'a> Checker<'a> {
    /// Gathers what an object needs.
    pub fn new(linked: &'a Linked) -> Self {
        Self { linked, needs: All::of(linked) }
    }

    /// Says what the object finds on a kernel. Several threads may ask at once, each about another kernel.
    pub fn check(&self, target: &Target) -> Report {
        Finder::report(self.linked, &self.needs, target)
    }
}
