//! Two objects from any bytes: they link or are refused; what was linked can be written, read and linked again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use skep_linker::{Options, Undefined, link_with, object::elf};

fuzz_target!(|data: &[u8]| {
    // The first two bytes say where the second object begins, the third what is wished.
    let [low, high, wishes, rest @ ..] = data else { return };
    let at = usize::from(u16::from_le_bytes([*low, *high])).min(rest.len());
    let (first, second) = rest.split_at(at);
    let objects: Vec<_> = [first, second].iter().filter_map(|bytes| elf::read("fuzz.bpf.o", bytes).ok()).collect();
    let options = Options {
        output: Some("out.bpf.o".into()),
        undefined: if wishes & 1 == 0 { Undefined::Keep } else { Undefined::Refuse },
        gc_sections: wishes & 2 != 0,
        internalize: wishes & 4 != 0,
        merge_constants: wishes & 8 == 0,
        ..Options::default()
    };
    let Ok(linked) = link_with(objects, &options) else { return };
    let Ok(bytes) = elf::write(&linked.object) else { return };
    let again =
        elf::read("out.bpf.o", &bytes).unwrap_or_else(|errors| panic!("what was written is not read: {errors}"));
    let keep = Options { undefined: Undefined::Keep, output: Some("out.bpf.o".into()), ..Options::default() };
    let again =
        link_with(vec![again], &keep).unwrap_or_else(|errors| panic!("what was linked does not link: {errors}"));
    assert_eq!(again.object.funcs.len(), linked.object.funcs.len());
    assert_eq!(again.object.programs.len(), linked.object.programs.len());
});
