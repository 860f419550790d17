//! Objects from any bytes against kernels: what links is relocated, or every program says why not.

#![no_main]

#[path = "../support/kernels.rs"]
mod kernels;

use kernels::Case;
use libfuzzer_sys::fuzz_target;
use skep_reloc::{Config, Contents, Offline, Selection, Slot, Target, relocate};

fuzz_target!(|data: &[u8]| {
    let Some(Case { linked, which, release, with, config }) = kernels::case(data) else { return };
    let own = linked.btf().filter(|_| with & 1 == 1).cloned();
    let kernel = own.unwrap_or_else(|| kernels::kernel(which, linked.endian()));
    let target = Target::new(Offline::new(kernel).with_version(kernels::release(release)).with_config(config.clone()));
    let wishes = Config::new().select(Selection::All).kconfig(config).max_entries("m", which.into());
    let relocated = match relocate(&linked, &target, &wishes) {
        Ok(relocated) => relocated,
        Err(errors) => return assert!(errors.iter().all(|e| !e.code().is_empty() && !e.to_string().is_empty())),
    };
    assert_eq!(relocated.programs.len(), linked.programs().len());
    for program in &relocated.programs {
        match &program.code {
            Ok(code) => {
                let slots = code.slots.len();
                assert!(code.fds.iter().all(|(at, _)| at.at() < slots));
                assert!(code.notes.iter().all(|note| note.insn.at() < slots && !note.why.to_string().is_empty()));
                assert!(code.func_info.iter().all(|info| info.insn.at() < slots.max(1)));
                let is_jumps = |slot: &Slot| matches!(slot, Slot::Jumps(i) if *i as usize >= code.jumps.len());
                assert!(!code.fds.iter().any(|(_, slot)| is_jumps(slot)));
                assert!(code.line_info.iter().all(|info| info.insn.at() < slots));
                assert!(
                    !code.fds.iter().any(|(_, slot)| matches!(slot, Slot::Map(m) if m.at() >= relocated.maps.len()))
                );
            }
            Err(errors) => {
                assert!(errors.iter().all(|e| !e.code().is_empty() && !e.to_string().is_empty()));
                assert!(errors.iter().count() > 0);
            }
        }
    }
    for map in &relocated.maps {
        match &map.contents {
            Contents::Table(table) => {
                assert!(table.size == map.def.value_size && table.data.len() <= table.size as usize);
                assert!(table.programs.iter().all(|(at, _)| at + 8 <= table.size));
            }
            Contents::Arena(arena) => {
                assert!(arena.pieces.iter().all(|(offset, bytes)| *offset as usize + bytes.len() <= 1 << 32));
            }
            _ => {}
        }
        assert!(map.fault.as_ref().is_none_or(|fault| !fault.code().is_empty()));
    }
    let btf = relocated.btf.map(skep_btf::Btf::parse);
    assert!(btf.is_none_or(|btf| btf.is_ok()), "the types of a relocated object can be read");
});
