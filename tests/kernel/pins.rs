//! What is pinned stays, and is found again.

use crate::case::{Case, Need, Outcome};
use crate::ensure;
use crate::host::PinFolder;
use crate::load::fixture;
use crate::stir::stir;
use skep::sys::bpf::ElemFlags;
use skep::{Link, Loaded, Map};
use skep_uapi::Release;

pub const CASES: &[Case] = &[
    Case { name: "map_by_name", needs: &[], run: map_by_name },
    Case { name: "map_that_differs", needs: &[], run: map_that_differs },
    Case { name: "undone_when_loading_fails", needs: &[], run: undone_when_loading_fails },
    Case { name: "map_by_hand", needs: &[], run: map_by_hand },
    Case { name: "link", needs: &[Need::Since(Release::new(5, 7), "bpf_link")], run: link },
];

fn map_by_name() -> Outcome {
    let pins = PinFolder::new()?;
    let load = || -> Outcome<Loaded> { Ok(fixture("maps")?.config(|config| config.pin_root(pins.path())).load()?) };
    let first = load()?;
    let (key, value) = (0_u32.to_ne_bytes(), 77_u32.to_ne_bytes());
    first.map("pinned")?.update(&key, &value, ElemFlags::default())?;
    drop(first);
    let second = load()?;
    let found = second.map("pinned")?.lookup(&key)?;
    ensure!(found == Some(value.to_vec()), "the map is another one: {found:?}");
    ensure!(Map::open_pinned(pins.path().join("pinned")).is_ok(), "the map is not where it was pinned");
    Ok(())
}

fn map_that_differs() -> Outcome {
    let pins = PinFolder::new()?;
    let loaded = fixture("ring")?.load()?;
    loaded.map("second")?.pin(pins.path().join("pinned"))?;
    let Err(errors) = fixture("maps")?.config(|config| config.pin_root(pins.path())).load() else {
        return Err("a ring buffer was taken for an array".into());
    };
    let codes: Vec<_> = errors.iter().map(|error| error.code()).collect();
    ensure!(codes.contains(&"pin-mismatch"), "{codes:?}");
    Ok(())
}

fn undone_when_loading_fails() -> Outcome {
    let pins = PinFolder::new()?;
    let skep = fixture("maps")?.config(|config| config.pin_root(pins.path())).max_entries("queue", u32::MAX);
    ensure!(skep.load().is_err(), "a queue of {} elements was created", u32::MAX);
    ensure!(!pins.path().join("pinned").exists(), "a pin was left behind");
    Ok(())
}

fn map_by_hand() -> Outcome {
    let pins = PinFolder::new()?;
    let path = pins.path().join("by-hand");
    let loaded = fixture("map_in_map")?.load()?;
    let map = loaded.map("first")?;
    map.pin(&path)?;
    let opened = Map::open_pinned(&path)?;
    ensure!(opened.info()?.id == map.info()?.id, "another map was opened");
    skep::unpin(&path)?;
    ensure!(Map::open_pinned(&path).is_err(), "the pin is still there");
    Ok(())
}

fn link() -> Outcome {
    let pins = PinFolder::new()?;
    let path = pins.path().join("link");
    let loaded = fixture("hooks")?.only(["on_raw_tracepoint"]).load()?;
    let link = loaded.program("on_raw_tracepoint")?.attach()?;
    link.pin(&path)?;
    drop(link);
    let before: [u64; 31] = loaded.var("runs")?.read()?;
    stir();
    let after: [u64; 31] = loaded.var("runs")?.read()?;
    ensure!(after[1] > before[1], "the pinned link did not keep the program attached");
    ensure!(Link::open_pinned(&path).is_ok(), "the pinned link cannot be opened");
    skep::unpin(&path)?;
    Ok(())
}
