//! Both byte orders: a big-endian object against a big-endian kernel gives what the little-endian ones give.
#![allow(clippy::unwrap_used, clippy::panic, clippy::unreachable, reason = "tests may unwrap")]

mod support;

use std::sync::Arc;

use skep_reloc::{
    Config, Contents, Kernel, Linked, Offline, Outcome, Relocated, Selection, Target, Why,
    check::{Verdict, check},
    object::{
        btf::{Btf, Edit, Endian},
        isa::CoreKind,
    },
    relocate,
};
use support::*;

/// The types of a release, in a byte order.
fn types(name: &str, endian: Endian) -> Arc<Btf> {
    let btf = release(name);
    match endian {
        Endian::Little => btf,
        Endian::Big => Arc::new(Btf::parse(Edit::of(&btf).encode(Endian::Big)).unwrap()),
    }
}

fn relocated(linked: &Linked, release: &str, endian: Endian) -> Relocated {
    let kernel =
        Offline::new(types(release, endian)).with_version(6 << 16 | 12 << 8 | 3).with_config("CONFIG_HZ=250\n");
    assert_eq!(kernel.endian(), endian);
    relocate(linked, &Target::new(kernel), &Config::new().select(Selection::All)).unwrap()
}

/// What became of each CO-RE record, in order; of shifts only that there is one, as they differ by nature.
fn outcomes(relocated: &Relocated) -> Vec<(CoreKind, Option<u64>)> {
    let codes = relocated.programs.iter().filter_map(|program| program.code.as_ref().ok());
    let outcome = |note: &skep_reloc::Note| match &note.why {
        Why::Core(record, _) if matches!(record.kind, CoreKind::FIELD_LSHIFT_U64 | CoreKind::TYPE_ID_LOCAL) => None,
        Why::Core(record, Outcome::Number { to, .. }) => Some((record.kind, Some(*to))),
        Why::Core(record, _) => Some((record.kind, None)),
        _ => None,
    };
    codes.flat_map(|code| code.notes.iter().filter_map(outcome)).collect()
}

#[test]
fn the_same_answers_in_both_orders() {
    let mut answered = 0;
    for release in ["5.10", "6.12", "7.3"] {
        for name in ["core_kinds", "core_flavours", "core_enum64", "core_bitfields"] {
            let [little, big] = [("el", Endian::Little), ("eb", Endian::Big)]
                .map(|(folder, endian)| outcomes(&relocated(&fixture(&format!("{folder}/{name}")), release, endian)));
            assert_eq!(little, big, "{name} on {release}");
            answered += little.len();
        }
    }
    assert!(answered > 50, "{answered} records were answered");
}

#[test]
fn instructions_are_written_in_the_object_s_order() {
    let big = relocated(&fixture("eb/core_kinds"), "6.12", Endian::Big);
    assert_eq!(big.endian, Endian::Big);
    let code = code(&big, "kinds");
    let slot = code.slots[code.notes[0].insn.at()];
    let bytes = slot.to_bytes(big.endian);
    assert_eq!(i32::from_be_bytes(*bytes.last_chunk().unwrap()), slot.imm);
    assert_eq!(bytes[1] >> 4, slot.dst().0, "registers change places too");
}

#[test]
fn options_are_written_in_the_object_s_order() {
    let linked = fixture("eb/externs");
    let kernel = Offline::new(types("6.12", Endian::Big)).with_version(6 << 16).with_config("CONFIG_HZ=250\n");
    let relocated = relocate(&linked, &Target::new(kernel), &Config::new().select(Selection::All)).unwrap();
    let map = relocated.map(".kconfig").unwrap();
    let Contents::Value { data, .. } = &relocated.maps[map.at()].contents else { unreachable!() };
    assert!(data.windows(8).any(|bytes| bytes == 250u64.to_be_bytes()), "{data:?}");
}

#[test]
fn a_check_follows_big_endian_constants() {
    let little = check(&fixture("el/portable"), &Target::new(Offline::new(types("6.12", Endian::Little))));
    let big = check(&fixture("eb/portable"), &Target::new(Offline::new(types("6.12", Endian::Big))));
    let states = |report: &skep_reloc::check::Report| -> Vec<_> {
        report.programs.iter().flat_map(|p| p.findings.iter().map(|f| (f.code, f.state))).collect()
    };
    assert_eq!(states(&little), states(&big));
    let crossed = check(&fixture("eb/portable"), &Target::new(Offline::new(types("6.12", Endian::Little))));
    assert_eq!(crossed.verdict(), Verdict::Missing, "of another order than the kernel");
}
