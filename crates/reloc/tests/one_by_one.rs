//! Programs assembled when they are asked for.
#![allow(clippy::unwrap_used, clippy::panic, clippy::unreachable, reason = "tests may unwrap")]

mod support;

use skep_reloc::{Config, Program, Target, relocate, relocate_each};
use support::*;

fn text(program: &Program) -> String {
    format!("{program:?}")
}

#[test]
fn programs_are_the_same_one_by_one_as_all_together() {
    for name in ["el/subprograms", "el/externs", "el/data", "el/core_kinds"] {
        let (linked, target, config) = (fixture(name), Target::new(kernel()), Config::new());
        let all = relocate(&linked, &target, &config).unwrap();
        let (rest, programs) = relocate_each(&linked, &target, &config).unwrap();
        assert!(rest.programs.is_empty() && programs.len() == all.programs.len() && !all.programs.is_empty(), "{name}");
        assert!(programs.map(|p| text(&p)).eq(all.programs.iter().map(text)), "{name}");
        assert_eq!((rest.fd_array, rest.modules.len()), (all.fd_array, all.modules.len()), "{name}");
    }
}

#[test]
fn a_program_that_is_not_asked_for_costs_nothing_and_harms_none() {
    let (linked, target, config) = (fixture("el/subprograms"), Target::new(kernel()), Config::new());
    let (_, mut programs) = relocate_each(&linked, &target, &config).unwrap();
    let (first, second) = (programs.next().unwrap(), programs.nth(1).unwrap());
    assert_ne!(first.name, second.name);
    assert_eq!(programs.len() + 3, linked.programs().iter().filter(|p| p.autoload).count());
}
