//! Maps that instructions hold open.

use std::fs::File;
use std::sync::Arc;

use crate::case::{Case, Outcome};
use crate::ensure;
use crate::host::{self, PinFolder};
use crate::load::{FRAME, fixture};
use skep::object::isa::{Insn, MapFd, MapHandle, Opcode, Raw, Reg, edit::Stream, opcode::pseudo};
use skep::sys::bpf::{ElemFlags, TestRun};
use skep::{Map, Skep};

pub const CASES: &[Case] = &[
    Case { name: "outlives_every_other_handle", needs: &[], run: outlives_every_other_handle },
    Case { name: "closed_with_its_last_instruction", needs: &[], run: closed_with_its_last_instruction },
    Case { name: "read_when_encoded", needs: &[], run: read_when_encoded },
];

/// An object whose instructions hold the map that is pinned somewhere.
fn holding(map: &str, pin: &std::path::Path) -> Outcome<Skep> {
    let path = host::file("fixtures/o/el/data.bpf.o");
    let mut object = skep::object::elf::read("data.bpf.o", &std::fs::read(path)?).map_err(skep::Errors::from)?;
    let idx = object.maps.iter().position(|declared| &*declared.name == map).ok_or("no such map")?;
    let count = object.hold_map(skep::object::isa::MapIdx(idx as u32), &Map::open_pinned(pin)?.handle()?);
    ensure!(count > 0, "nothing refers to {map}");
    Ok(Skep::new(skep::linker::link([object]).map_err(skep::Errors::from)?))
}

/// Opens and closes files, so that every number a descriptor had is given out again.
fn churn() -> Outcome {
    for _ in 0..4 {
        let files: Vec<File> = (0..200).map(|_| File::open("/dev/null")).collect::<Result<_, _>>()?;
        drop(files.into_iter().rev().collect::<Vec<_>>());
    }
    Ok(())
}

fn outlives_every_other_handle() -> Outcome {
    let pins = PinFolder::new()?;
    let pin = pins.path().join("data");
    let first = fixture("data")?.load()?;
    first.map(".data")?.pin(&pin)?;
    let id = first.map(".data")?.info()?.id;
    let object = holding(".data", &pin)?;
    drop(first);
    churn()?;
    skep::unpin(&pin)?;
    // From here on only instructions hold it.
    let others = fixture("ring")?.load()?;
    churn()?;
    let loaded = object.load()?;
    drop((object, others));
    ensure!(loaded.map(".data")?.info()?.id == id, "another map was loaded");
    let before: i32 = loaded.var("counter")?.read()?;
    loaded.program("sum")?.test_run(&mut TestRun { data: FRAME, ..TestRun::default() })?;
    let after: i32 = loaded.var("counter")?.read()?;
    ensure!(after != before, "the program counts in another map");
    Ok(())
}

fn closed_with_its_last_instruction() -> Outcome {
    let pins = PinFolder::new()?;
    let pin = pins.path().join("data");
    fixture("data")?.load()?.map(".data")?.pin(&pin)?;
    let map = Map::open_pinned(&pin)?;
    let handle = map.handle()?;
    let load = Insn::new(Opcode::LD_IMM64, Reg(1), Reg(0), 0, 0).with_map(handle.clone());
    let fd = handle.fd();
    drop((handle, map));
    let copies = vec![load.clone(); 3];
    drop(load);
    let open = || std::fs::read_link(format!("/proc/self/fd/{fd}")).is_ok_and(|to| to.ends_with("anon_inode:bpf-map"));
    ensure!(open(), "the map was closed although instructions hold it");
    drop(copies);
    ensure!(!open(), "the map stays open although no instruction holds it");
    Ok(())
}

/// A map whose descriptor changes while instructions hold it, as a map that is opened late would.
#[derive(Debug)]
struct Late(std::sync::Mutex<Option<Map>>);

impl MapFd for Late {
    fn fd(&self) -> i32 {
        use std::os::fd::{AsFd, AsRawFd};
        self.0.lock().ok().and_then(|map| map.as_ref().map(|map| map.as_fd().as_raw_fd())).unwrap_or(-1)
    }
}

fn read_when_encoded() -> Outcome {
    let loaded = fixture("maps")?.load()?;
    let map = loaded.map("hash")?;
    let late = Arc::new(Late(std::sync::Mutex::new(None)));
    let load = Insn::new(Opcode::LD_IMM64, Reg(1), Reg(0), 0, 0).with_map(MapHandle::new(late.clone()));
    let stream: Stream = [load, Insn::new(Opcode::EXIT, Reg(0), Reg(0), 0, 0)].into_iter().collect();
    let pins = PinFolder::new()?;
    map.pin(pins.path().join("hash"))?;
    churn()?;
    if let Ok(mut late) = late.0.lock() {
        *late = Some(Map::open_pinned(pins.path().join("hash"))?);
    }
    let slots: Vec<Raw> = stream.encode_for_kernel().map_err(|errors| format!("{errors:?}"))?;
    ensure!(slots[0].src() == pseudo::MAP_FD && slots[0].imm == late.fd(), "{slots:?}");
    map.update(&[0; 16], &[1; 32], ElemFlags::default())?;
    Ok(())
}
