//! Tests against the running kernel.
//!
//! `cargo test -p kernel-tests` runs them here, `cargo xtask vm` on other kernels. A test is a [`Case`]: a name, what it
//! needs, and a function. What a kernel cannot have (by the release that introduced it) or was built without is reported
//! as ignored, with the reason; a kernel that has it and says "unsupported" fails the test. Without the privilege all
//! are ignored.
//!
//! A new test is one more `Case` in the file of its area; a new area is one more file and a line in [`AREAS`].

#[path = "../../crates/btf/tests/bpftool_values/mod.rs"]
mod bpftool_values;
mod case;
mod host;
#[path = "../../crates/btf/tests/plan/mod.rs"]
mod plan;

mod buffers;
mod capabilities;
mod closing;
mod core_reloc;
mod data;
mod effects;
mod examples;
mod held;
mod hooks;
mod linked;
mod load;
mod made;
mod maps;
mod module_types;
mod namespace;
mod pins;
mod refusals;
mod rings;
mod rust;
mod stir;
mod struct_ops;
mod system;
mod types;
mod values;
mod vars;
mod verdicts;

use case::{Case, trial};
use libtest_mimic::Arguments;
use std::process::ExitCode;

/// All tests, by area.
const AREAS: &[(&str, &[Case])] = &[
    ("system", system::CASES),
    ("load", load::CASES),
    ("vars", vars::CASES),
    ("data", data::CASES),
    ("linked", linked::CASES),
    ("rust", rust::CASES),
    ("maps", maps::CASES),
    ("values", values::CASES),
    ("made", made::CASES),
    ("pins", pins::CASES),
    ("core_reloc", core_reloc::CASES),
    ("held", held::CASES),
    ("module_types", module_types::CASES),
    ("rings", rings::CASES),
    ("buffers", buffers::CASES),
    ("hooks", hooks::CASES),
    ("effects", effects::CASES),
    ("struct_ops", struct_ops::CASES),
    ("closing", closing::CASES),
    ("capabilities", capabilities::CASES),
    ("refusals", refusals::CASES),
    ("verdicts", verdicts::CASES),
    ("types", types::CASES),
    ("examples", examples::CASES),
];

fn main() -> ExitCode {
    let mut args = Arguments::from_args();
    // Programs that one test attaches would see what another does.
    args.test_threads = Some(1);
    let cases = AREAS.iter().flat_map(|(area, cases)| cases.iter().map(move |case| trial(area, case)));
    libtest_mimic::run(&args, cases.collect()).exit_code()
}
