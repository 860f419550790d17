//! No pair of objects makes the linker panic; what it makes can be written, read and linked again.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use std::path::Path;

use skep_linker::{Options, Undefined, link_with, object::elf};

fn bytes(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/o/el").join(format!("{name}.bpf.o"));
    std::fs::read(path).unwrap()
}

/// Numbers that look random and are the same each time.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % below.max(1)
    }
}

fn changed(original: &[u8], numbers: &mut Numbers) -> Vec<u8> {
    let mut bytes = original.to_vec();
    for _ in 0..numbers.next(6) {
        let at = numbers.next(bytes.len());
        bytes[at] = match numbers.next(3) {
            0 => numbers.next(256) as u8,
            1 => bytes[at] ^ (1 << numbers.next(8)),
            _ => [0, 1, 0x7f, 0x80, 0xff][numbers.next(5)],
        };
    }
    bytes
}

#[test]
fn changed_objects_link_or_are_refused() {
    let names =
        ["link/main", "link/library", "link/strings", "link/weak", "link/user", "jump_table", "arena", "struct_ops"];
    let originals = names.map(bytes);
    let mut numbers = Numbers(7);
    let (mut linked, mut refused) = (0, 0);
    for round in 0..300u32 {
        let pick = |numbers: &mut Numbers| {
            let original = &originals[numbers.next(originals.len())];
            elf::read("changed.bpf.o", &changed(original, numbers)).ok()
        };
        let objects: Vec<_> = [pick(&mut numbers), pick(&mut numbers)].into_iter().flatten().collect();
        let options = Options {
            output: Some("out.bpf.o".into()),
            undefined: if round & 1 == 0 { Undefined::Keep } else { Undefined::Refuse },
            gc_sections: round & 2 != 0,
            internalize: round & 4 != 0,
            merge_constants: round & 8 == 0,
            ..Options::default()
        };
        let Ok(output) = link_with(objects, &options) else {
            refused += 1;
            continue;
        };
        let Ok(written) = elf::write(&output.object) else { continue };
        let again = elf::read("out.bpf.o", &written).unwrap_or_else(|e| panic!("round {round}: not read: {e}"));
        let keep = Options { undefined: Undefined::Keep, output: Some("out.bpf.o".into()), ..Options::default() };
        let again = link_with(vec![again], &keep).unwrap_or_else(|e| panic!("round {round}: not linked: {e}"));
        assert_eq!(again.object.funcs.len(), output.object.funcs.len(), "round {round}");
        linked += 1;
    }
    assert!(linked > 20 && refused > 20, "{linked} linked, {refused} refused");
}
