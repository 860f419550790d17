//! Objects of rustc, linked by skep: what the kernel refuses without the linker's help, and what they do.

use crate::case::{Case, During, Need, Outcome};
use crate::load::FRAME;
use crate::{ensure, host};
use skep::btf::{Btf, Edit, Kind, Type, mend::Flaw, mend::mend};
use skep::linker::link;
use skep::object::{Object, elf, isa::Opcode, text};
use skep::reloc::Relocated;
use skep::sys::bpf::{BtfLoad, TestRun, btf_load};
use skep::{Config, Linked, Loaded, Skep};
use skep_uapi::Release;
use std::fs;

const THROW: Need = Need::Since(Release::new(6, 7), "exceptions");
const ENUM64: Need = Need::Since(Release::new(6, 0), "enums of 64 bits");
const CURRENT: Need = Need::Since(Release::new(6, 10), "the running task in socket filters");
const JIT: Need = Need::Option("CONFIG_BPF_JIT");

pub const CASES: &[Case] = &[
    Case { name: "types_that_are_not_mended", needs: &[ENUM64], run: types },
    Case { name: "sections_without_sizes", needs: &[], run: sections },
    Case { name: "panics_that_are_global", needs: &[THROW, JIT], run: linkage },
    Case { name: "functions_that_end_in_a_call", needs: &[THROW, JIT], run: ends },
    Case { name: "types", needs: &[], run: mended },
    Case { name: "maps", needs: &[], run: maps },
    Case { name: "with_c_and_assembly", needs: &[CURRENT], run: parts },
    Case { name: "functions_of_the_kernel", needs: &[THROW, JIT], run: kernel },
    Case { name: "example", needs: &[THROW, JIT], run: example },
];

fn object(path: &str) -> Outcome<Object> {
    let path = host::file(path);
    elf::read(&path.to_string_lossy(), &fs::read(&path)?).map_err(|errors| errors.to_string().into())
}

fn linked(objects: Vec<Object>) -> Outcome<Linked> {
    link(objects).map_err(|errors| errors.to_string().into())
}

fn fixture(name: &str) -> Outcome<Object> {
    object(&format!("fixtures/o/rust/{name}.o"))
}

fn relocated(name: &str) -> Outcome<Relocated> {
    Ok(Skep::new(linked(vec![fixture(name)?])?).relocate()?)
}

fn takes(bytes: &[u8]) -> bool {
    btf_load(&BtfLoad { btf: bytes, token: None }, None).is_ok()
}

/// The types as rustc writes them, sizes of sections aside.
fn raw() -> Outcome<Btf> {
    let btf = fixture("types")?.btf.ok_or("the fixture has no types")?;
    Ok(Btf::parse(btf.bytes().as_ref().to_vec()).during("types")?)
}

/// Each flaw by itself is enough for the kernel to refuse the types.
fn types() -> Outcome {
    let raw = raw()?;
    ensure!(!takes(raw.bytes().as_ref()), "what rustc writes is taken as it is");
    ensure!(takes(&mend(&raw, &Flaw::ALL).ok_or("nothing to mend")?), "what is mended is refused");
    for flaw in Flaw::ALL {
        let others: Vec<Flaw> = Flaw::ALL.into_iter().filter(|other| *other != flaw).collect();
        let mended = mend(&raw, &others).ok_or("nothing to mend")?;
        ensure!(!takes(&mended), "{flaw:?} need not be mended");
    }
    Ok(())
}

/// Sections of variables come without sizes.
fn sections() -> Outcome {
    let linked = linked(vec![fixture("types")?])?;
    let btf = linked.object().btf.clone().ok_or("no types")?;
    for id in btf.ids() {
        let Some(Type::Datasec(datasec)) = btf.get(id) else { continue };
        let vars: Vec<_> = datasec.vars().collect();
        let mut edit = Edit::of(&btf);
        edit.set_datasec(id, 0, &vars).during(datasec.name)?;
        ensure!(!takes(&edit.finish()), "{} needs no size", datasec.name);
    }
    Ok(())
}

/// Panics are functions of the object alone, but rustc's types call them global.
fn linkage() -> Outcome {
    let mut relocated = relocated("kernel")?;
    skep::load(&relocated, &Config::new())?;
    let btf = Btf::parse(relocated.btf.take().ok_or("no types")?).during("types")?;
    let mut edit = Edit::of(&btf);
    for name in ["panic_bounds_check", "panic_fmt"] {
        let id = btf.find_kind(name, Kind::FUNC).ok_or(name)?;
        edit.set_linkage(id, 1).during(name)?;
    }
    relocated.btf = Some(edit.finish().into());
    ensure!(skep::load(&relocated, &Config::new()).is_err(), "the verifier takes panics for themselves");
    Ok(())
}

/// Whatever a panic calls does not return, so that rustc writes nothing behind the call.
fn ends() -> Outcome {
    const CALL: Opcode = Opcode(0x85);
    const EXIT: Opcode = Opcode(0x95);
    const MOV: Opcode = Opcode(0xb7);
    let mut relocated = relocated("kernel")?;
    skep::load(&relocated, &Config::new())?;
    let code = relocated.programs.iter_mut().find_map(|program| program.code.as_mut().ok()).ok_or("no program")?;
    let mut mended = 0;
    for at in 1..code.slots.len() {
        let is_end = code.func_info.iter().any(|f| f.insn.0 as usize == at + 1) || at + 1 == code.slots.len();
        if is_end && code.slots[at].code == EXIT && code.slots[at - 1].code == CALL {
            // An instruction without effect, so that all others stay where they are.
            code.slots[at].code = MOV;
            mended += 1;
        }
    }
    ensure!(mended > 0, "no function ends in a call");
    ensure!(skep::load(&relocated, &Config::new()).is_err(), "the verifier takes functions that end in a call");
    Ok(())
}

fn returns(loaded: &Loaded, program: &str, run: &mut TestRun<'_>) -> Outcome<u32> {
    Ok(loaded.program(program)?.test_run(run)?.retval)
}

/// The map's types are the kernel's to show.
fn mended() -> Outcome {
    let loaded = Skep::new(linked(vec![fixture("types")?])?).load()?;
    returns(&loaded, "look", &mut TestRun { data: FRAME, ..TestRun::default() })?;
    ensure!(loaded.var("counted")?.read::<u64>()? == 1, "a private variable by its own name");
    let info = loaded.map("state")?.info()?;
    ensure!(info.btf_value.0 != 0, "the map has no types: {info:?}");
    Ok(())
}

/// Declared within structs or by themselves, with maps and programs in them.
fn maps() -> Outcome {
    for through_file in [false, true] {
        let mut one = linked(vec![fixture("maps")?])?;
        if through_file {
            let bytes = one.write().map_err(|errors| errors.to_string())?;
            one = linked(vec![elf::read("maps.bpf.o", &bytes).map_err(|errors| errors.to_string())?])?;
        }
        let loaded = Skep::new(one).load()?;
        loaded.map("wrapped")?.typed::<[u32; 2], u64>()?.set(&[1, 2], &5)?;
        let returned = returns(&loaded, "first", &mut TestRun { data: FRAME, ..TestRun::default() })?;
        ensure!(returned == 77, "the other program did not go on: {returned}");
        let single = loaded.map("single")?.typed::<u32, u32>()?.get(&0)?;
        ensure!(single == Some(1), "the map in the map: {single:?}");
        let plain = loaded.map("plain")?.typed::<u32, u64>()?.get(&1)?;
        ensure!(plain == Some(5), "{plain:?}");
    }
    Ok(())
}

/// Functions, a map and a variable of an object of C; a function of one of assembly, which looks at the kernel's types.
fn parts() -> Outcome {
    let source = fs::read_to_string(host::file("fixtures/rust/reads.s"))?;
    let assembled =
        text::assemble("reads.s", &source, &text::Options::default()).map_err(|errors| errors.to_string())?;
    let reads = elf::read("reads.s", &assembled.elf).map_err(|errors| errors.to_string())?;
    let library = object("fixtures/o/el/link/library.bpf.o")?;
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
        let all = [fixture("parts")?, reads.clone(), library.clone()];
        let loaded = Skep::new(linked(order.iter().map(|&i| all[i].clone()).collect())?).load()?;
        let returned = returns(&loaded, "count", &mut TestRun { data: FRAME, ..TestRun::default() })?;
        ensure!(returned == 6, "the program's own variable of a name that both have: {returned}");
        let answers: [u32; 4] = loaded.var("answers")?.read()?;
        ensure!(answers == [59, 100, 62, 1], "{answers:?}");
    }
    Ok(())
}

/// A panic ends the program, wherever it is.
fn kernel() -> Outcome {
    let loaded = Skep::new(linked(vec![fixture("kernel")?])?).load()?;
    for (index, expected) in [(0u32, 10), (3, 40), (4, 99), (u32::MAX, 99)] {
        let mut run = TestRun { context: &mut index.to_ne_bytes(), ..TestRun::default() };
        let returned = returns(&loaded, "index", &mut run)?;
        ensure!(returned == expected, "{index}: {returned}");
    }
    // What nobody reads after a panic, rustc does not write before it.
    ensure!(loaded.var("tasks")?.read::<u64>()? >= 2, "the running task was not found");
    ensure!(loaded.var("hz")?.read::<u32>()? > 0, "the kernel's configuration");
    Ok(())
}

/// An IPv4 packet of 60 bytes of a class of service.
fn packet(class: u8) -> [u8; 60] {
    let mut frame = [0; 60];
    frame[12] = 8;
    frame[14] = 0x45;
    frame[15] = class << 5;
    frame[23] = 17;
    frame[26..30].copy_from_slice(&[10, 0, 0, 1]);
    frame
}

fn example() -> Outcome {
    let loaded = Skep::open(host::file("examples/rust/packets.bpf.o"))?.load()?;
    for class in [0, 3, 3, 7] {
        let frame = packet(class);
        let verdict = returns(&loaded, "count", &mut TestRun { data: &frame, ..TestRun::default() })?;
        ensure!(verdict == 2, "class {class}: {verdict}");
    }
    let counts = [loaded.var("packets")?.read::<u64>()?, loaded.var("panics")?.read()?];
    ensure!(counts == [4, 1], "{counts:?}");
    ensure!(loaded.var("shortest")?.read::<u32>()? == 60, "the shortest packet");
    let small = loaded.map("small")?.typed::<u32, u64>()?;
    ensure!((small.get(&0)?, small.get(&3)?) == (Some(1), Some(2)), "by urgency");
    let sender = loaded.map("senders")?.typed::<[u8; 4], [u64; 4]>()?.get(&[10, 0, 0, 1])?.unwrap_or_default();
    ensure!(sender[..2] == [4, 240], "by sender: {sender:?}");
    Ok(())
}
