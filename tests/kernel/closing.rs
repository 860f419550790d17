//! What is dropped is closed, what is pinned is not, and a failure leaves nothing.

use crate::case::{Case, During, Outcome};
use crate::ensure;
use crate::host::PinFolder;
use crate::load::fixture;
use crate::stir::stir;
use skep::sys::bpf::{self, Kind};
use skep::{Link, Loaded, unpin};
use skep_uapi::MapFlags;
use std::collections::BTreeSet;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

pub const CASES: &[Case] = &[
    Case { name: "dropped", needs: &[], run: dropped },
    Case { name: "a_link_keeps_its_program", needs: &[], run: link_keeps },
    Case { name: "pinned", needs: &[], run: pinned },
    Case { name: "nothing_left_of_a_refused_object", needs: &[], run: nothing_left },
];

/// Numbers of a program, its maps and its link.
struct Ids {
    program: u32,
    maps: Vec<u32>,
}

fn ids(loaded: &Loaded) -> Outcome<Ids> {
    let program = loaded.programs().first().ok_or("no program")?.info()?.id;
    let maps = loaded.maps().map(|map| Ok(map.info()?.id)).collect::<Outcome<_>>()?;
    Ok(Ids { program, maps })
}

/// Asked without opening it: an array of programs that is opened and closed is cleared, which keeps it for a while.
fn exists(kind: Kind, id: u32) -> bool {
    bpf::ids(kind).filter_map(Result::ok).any(|other| other == id)
}

/// The kernel takes things down after a grace period.
fn vanishes(kind: Kind, id: u32) -> bool {
    let start = Instant::now();
    while exists(kind, id) {
        if start.elapsed() > Duration::from_secs(5) {
            return false;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    true
}

fn dropped() -> Outcome {
    let attached = fixture("hooks")?.only(["on_raw_tracepoint"]).load()?.attach()?;
    let Ids { program, maps } = ids(&attached)?;
    let link = attached.link("on_raw_tracepoint").ok_or("no link")?.info()?.id;
    ensure!(exists(Kind::Link, link) && exists(Kind::Program, program) && !maps.is_empty(), "it is not there");
    ensure!(maps.iter().all(|&id| exists(Kind::Map, id)), "maps {maps:?} are not there");
    let loaded = attached.detach();
    ensure!(vanishes(Kind::Link, link), "the link stays after its program was detached");
    ensure!(exists(Kind::Program, program), "the program went with its link");
    drop(loaded);
    ensure!(vanishes(Kind::Program, program), "the program stays");
    ensure!(maps.iter().all(|&id| vanishes(Kind::Map, id)), "maps {maps:?} stay");
    Ok(())
}

fn link_keeps() -> Outcome {
    let loaded = fixture("hooks")?.only(["on_raw_tracepoint"]).load()?;
    let Ids { program, .. } = ids(&loaded)?;
    let (loaded, links) = loaded.attach()?.into_parts();
    drop(loaded);
    ensure!(exists(Kind::Program, program), "a program was closed while it is attached");
    drop(links);
    ensure!(vanishes(Kind::Program, program), "the program stays");
    Ok(())
}

/// Program, map and link in a folder, everything closed, and found again at work.
fn pinned() -> Outcome {
    let pins = PinFolder::new()?;
    let at = |name: &str| pins.path().join(name);
    let attached = fixture("hooks")?.only(["on_raw_tracepoint"]).load()?.attach()?;
    let Ids { program, .. } = ids(&attached)?;
    attached.program("on_raw_tracepoint")?.pin(at("program"))?;
    attached.link("on_raw_tracepoint").ok_or("no link")?.pin(at("link"))?;
    let map = attached.maps().next().ok_or("no map")?;
    map.pin(at("map"))?;
    drop(attached);
    let opened = bpf::obj_get(&at("program"), MapFlags(0)).during("program")?;
    let found = bpf::prog_info(opened.as_fd()).during("program")?.id;
    ensure!(found == program, "the pin is of program {found}, not {program}");
    ensure!(Link::open_pinned(at("link"))?.info()?.prog_id == program, "the link is of another program");
    let map = skep::Map::open_pinned(at("map"))?;
    let value = || -> Outcome<_> { Ok(map.lookup(&[0; 4])?) };
    let before = value()?;
    stir();
    ensure!(value()? != before, "the pinned program does not run");
    drop((opened, map));
    for name in ["program", "link", "map"] {
        unpin(at(name))?;
    }
    ensure!(vanishes(Kind::Program, program), "the program stays after its pins");
    Ok(())
}

/// Maps are there before a program is refused; they and the pins go with the failure.
fn nothing_left() -> Outcome {
    let pins = PinFolder::new()?;
    let all = |kind| bpf::ids(kind).filter_map(Result::ok).collect::<BTreeSet<u32>>();
    let kinds = [Kind::Map, Kind::Program, Kind::Link];
    let before = kinds.map(all);
    let skep = fixture("bad/rejected")?.config(|config| config.pin_root(pins.path()));
    ensure!(skep.load().is_err(), "it was accepted");
    let skep = fixture("maps")?.config(|config| config.pin_root(pins.path())).max_entries("queue", u32::MAX);
    ensure!(skep.load().is_err(), "a queue of {} elements was created", u32::MAX);
    for (kind, before) in kinds.into_iter().zip(before) {
        let left = all(kind).difference(&before).copied().find(|&id| !vanishes(kind, id));
        let name = left
            .filter(|_| kind == Kind::Map)
            .and_then(|id| Some(bpf::map_info(bpf::fd_by_id(kind, id).ok()?.as_fd()).ok()?.name));
        ensure!(left.is_none(), "{kind:?} {left:?} was left: {name:?}");
    }
    let left = std::fs::read_dir(pins.path())?.count();
    ensure!(left == 0, "{left} pins were left");
    Ok(())
}
