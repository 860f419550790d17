//! Types made up by chance are taken: built, rewritten for this kernel, deduplicated, sorted, put together, cut down, and
//! put over a base and taken off again.

use crate::case::{Case, During, Outcome};
use crate::ensure;
use crate::host;
use crate::plan::{Random, sound};
use skep::btf::{
    Btf, Builder, Edit, Endian, TypeId, by_name, check::check, dedup, distill, downgrade, reachable, relocate, select,
};
use skep::sys::bpf::{BtfLoad, Log, btf_load};
use skep_uapi::Feature;
use std::fs;
use std::sync::Arc;

pub const CASES: &[Case] = &[
    Case { name: "what_is_built_is_taken", needs: &[], run: built },
    Case { name: "what_stood_over_a_base_is_taken", needs: &[], run: over_a_base },
    Case { name: "modules_are_written_as_they_were", needs: &[], run: modules },
];

fn has(feature: Feature) -> bool {
    host::release() >= feature.row().since
}

/// Whether this kernel takes types, rewritten for it.
fn taken(what: &str, seed: u64, btf: &Btf) -> Outcome {
    let bytes = downgrade(btf, has).unwrap_or_else(|| btf.bytes().as_ref().to_vec());
    let mut log = Log::new(1, 1 << 16);
    match btf_load(&BtfLoad { btf: &bytes, token: None }, Some(&mut log)) {
        Ok(_) => Ok(()),
        // The log of many types is longer than there is room, which says nothing about them.
        Err(_) if btf_load(&BtfLoad { btf: &bytes, token: None }, None).is_ok() => Ok(()),
        Err(error) => {
            let text = log.text();
            let last = text.lines().last().unwrap_or_default();
            let found = check(&Btf::parse(bytes).during("rewritten")?);
            Err(format!("{what}, seed {seed}: {error}: {last}; the check: {:?}", found.first()).into())
        }
    }
}

/// Types that the builder takes. Some that are refused only together are none.
fn types(seed: u64, mut builder: Builder) -> Option<Vec<u8>> {
    sound(&mut Random::new(seed + 1), 60, |plan| builder.add(|ty| plan.write(ty)).ok().map(|id| id.0));
    builder.finish().ok()
}

fn seeds() -> u64 {
    if host::is_ours() { 60 } else { 300 }
}

fn built() -> Outcome {
    let (mut before, mut done): (Option<Btf>, _) = (None, 0);
    for seed in 0..seeds() {
        let Some(bytes) = types(seed, Builder::new(Endian::NATIVE)) else { continue };
        let btf = Btf::parse(bytes).during("built")?;
        done += 1;
        taken("built", seed, &btf)?;
        let rewritten = |bytes| Btf::parse(bytes).during("rewritten");
        taken("deduplicated", seed, &rewritten(dedup(&btf).during("dedup")?.bytes())?)?;
        taken("sorted", seed, &rewritten(select(&btf, &by_name(&btf), &[]).during("sort")?.bytes())?)?;
        let root = TypeId(1 + seed as u32 % btf.len());
        let some = select(&btf, &reachable(&btf, [root]).during("reachable")?, &[]).during("select")?;
        taken("cut down", seed, &rewritten(some.bytes())?)?;
        if let Some(before) = before.replace(btf.clone()) {
            let mut both = Edit::of(&before);
            both.append(&btf).during("append")?;
            let merged = rewritten(both.finish())?;
            taken("merged", seed, &merged)?;
            taken("merged and deduplicated", seed, &rewritten(dedup(&merged).during("dedup")?.bytes())?)?;
        }
    }
    ensure!(done > seeds() / 2, "only {done} were built");
    Ok(())
}

/// The kernel reads split types from modules only. What stands over a base is put together with it.
fn over_a_base() -> Outcome {
    let mut done = 0;
    for seed in 0..seeds() {
        let Some(base) = types(seed, Builder::new(Endian::NATIVE)) else { continue };
        let base = Arc::new(Btf::parse(base).during("base")?);
        let Some(split) = types(seed + 1000, Builder::split(base.clone())) else { continue };
        let split = Btf::parse_split(split, base.clone()).during("split")?;
        done += 1;
        let deduped = dedup(&split).during("dedup")?.bytes();
        let distilled = distill(&split).during("distill")?;
        let small = Arc::new(Btf::parse(distilled.base).during("distilled base")?);
        let over = Btf::parse_split(distilled.split, small.clone()).during("over a distilled base")?;
        let back = relocate(&over, &base).during("relocated")?;
        let deduped = Btf::parse_split(deduped, base.clone()).during("deduplicated")?;
        for (what, below, above) in [
            ("split", &base, &split),
            ("deduplicated", &base, &deduped),
            ("relocated", &base, &back),
            ("distilled", &small, &over),
        ] {
            taken(what, seed, &joined(below, above)?)?;
        }
    }
    ensure!(done > seeds() / 3, "only {done} were built");
    Ok(())
}

/// A base and what stands over it in one piece: ids stay.
fn joined(base: &Btf, split: &Btf) -> Outcome<Btf> {
    let mut edit = Edit::of(base);
    edit.append(split).during("append")?;
    Ok(Btf::parse(edit.finish()).during("joined")?)
}

/// What the kernel shows of its modules' types, opened and written again, is the same bytes.
fn modules() -> Outcome {
    let read = |name: &str| fs::read(format!("/sys/kernel/btf/{name}"));
    let vmlinux = Arc::new(Btf::parse(read("vmlinux")?).during("vmlinux")?);
    ensure!(Edit::of(&vmlinux).finish() == vmlinux.bytes().as_ref(), "vmlinux");
    for entry in fs::read_dir("/sys/kernel/btf")? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name == "vmlinux" {
            continue;
        }
        let bytes = read(&name)?;
        let btf = Btf::parse_split(bytes.clone(), vmlinux.clone()).during(&name)?;
        ensure!(Edit::of(&btf).finish() == bytes, "{name}");
        let deduped = dedup(&btf).during(&name)?;
        let again = Btf::parse_split(deduped.bytes(), vmlinux.clone()).during(&name)?;
        ensure!(again.len() <= btf.len(), "{name}");
    }
    Ok(())
}
