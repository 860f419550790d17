//! skep beside its peers, in one run: the cost of bringing an object up, and the speed of a ring buffer.
//!
//! Each measurement is a process of its own, so that nothing is warm but the page cache. See README.md.

mod asm;
mod check;
mod counters;
mod dedup;
mod dis;
mod link;
mod peer;
mod questions;
mod records;
mod reloc;
mod ring;
mod startup;
mod table;
mod trace;
mod types;

use std::process::ExitCode;

use counters::Meter;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let done = match args[..] {
        ["startup-once", peer, object] => startup::once(peer, object, Meter::start),
        ["startup-cold", peer, object] => startup::once(peer, object, Meter::start_cold),
        ["ring-once", peer, size] => ring::once(peer, size),
        ["calibrate"] => {
            trace::calibrate();
            Ok(())
        }
        ["reloc-once", peer, object] => reloc::once(peer, object),
        ["reloc", folder] => reloc::compare(folder),
        ["types-once", peer] => types::once(peer),
        ["dedup-once", peer, file] => dedup::once(peer, file),
        ["dedup-agree", ref files @ ..] => dedup::agree(files),
        ["distill-agree", base, ref modules @ ..] => dedup::distilled(base, modules),
        ["core-agree", kernel, ref objects @ ..] => records::agree(kernel, objects),
        ["dedup"] => dedup::compare(),
        ["asm"] => asm::compare(),
        ["link-once", peer, out, ref files @ ..] => link::once(peer, out, files),
        ["link"] => link::compare(),
        ["check"] => check::measure(),
        ["types"] => types::compare(),
        ["dis"] => dis::compare(),
        ["startup"] => startup::compare(),
        ["ring"] => ring::compare(),
        [] => startup::compare()
            .and_then(|()| types::compare())
            .and_then(|()| dedup::compare())
            .and_then(|()| ring::compare())
            .and_then(|()| check::measure())
            .and_then(|()| link::compare()),
        _ => Err("usage: compare [asm|dis|startup|types|dedup|ring|check|link|reloc DIR]".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
