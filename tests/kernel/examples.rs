//! The examples, through the library.

use crate::case::{Case, During, Outcome};
use crate::stir::{process, stir};
use crate::{ensure, host};
use skep::{AttachOptions, Loaded, RingBuffers, Skep, object::text};
use std::io::Read;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

pub const CASES: &[Case] = &[
    Case { name: "exec", needs: &[], run: exec },
    Case { name: "exec_of_nobody", needs: &[], run: exec_of_nobody },
    Case { name: "xdp_count", needs: &[], run: xdp_count },
    Case { name: "runqlat", needs: &[], run: runqlat },
    Case { name: "tasks", needs: &[], run: tasks },
    Case { name: "started", needs: &[], run: started },
];

fn example(name: &str) -> Outcome<Skep> {
    Ok(Skep::open(host::file(&format!("examples/{name}.bpf.o")))?)
}

/// The example in assembly alone: a ring buffer, a map, CO-RE and a subprogram.
fn started() -> Outcome {
    let source = std::fs::read_to_string(host::file("examples/started.s"))?;
    let assembled =
        text::assemble("started.s", &source, &text::Options::default()).map_err(|errors| errors.to_string())?;
    let attached = Skep::read("started.s", &assembled.elf)?.load()?.attach()?;
    let mut rings = RingBuffers::new()?;
    rings.add(attached.map("events")?)?;
    let (mut ours, start) = (0, Instant::now());
    while ours == 0 && start.elapsed() < Duration::from_secs(10) {
        process();
        rings.poll(Some(Duration::from_millis(200)), |_, record| {
            let word = |at: usize| record.get(at..at + 4)?.try_into().ok().map(u32::from_ne_bytes);
            ours += u32::from(word(4) == Some(std::process::id()) && word(12).is_some_and(|nth| nth > 0));
            ControlFlow::Continue(())
        })?;
    }
    ensure!(ours > 0, "no start of our processes was seen");
    Ok(())
}

fn exec() -> Outcome {
    let attached = example("exec")?.load()?.attach()?;
    let mut rings = RingBuffers::new()?;
    rings.add(attached.map("events")?)?;
    let (mut kinds, start) = ([0; 2], Instant::now());
    while kinds.contains(&0) && start.elapsed() < Duration::from_secs(10) {
        process();
        rings.poll(Some(Duration::from_millis(200)), |_, record| {
            let word =
                |at: usize| record.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map(u32::from_ne_bytes);
            let ours = word(8) == Some(std::process::id());
            if let (Some(kind), true) = (word(0).and_then(|kind| kinds.get_mut(kind as usize)), ours) {
                *kind += 1;
            }
            ControlFlow::Continue(())
        })?;
    }
    ensure!(!kinds.contains(&0), "starts and ends of our processes seen: {kinds:?}");
    Ok(())
}

fn exec_of_nobody() -> Outcome {
    let attached = example("exec")?.set("only_uid", &0xffff_fffe_u32)?.load()?.attach()?;
    let mut rings = RingBuffers::new()?;
    rings.add(attached.map("events")?)?;
    process();
    let count = rings.consume(|_, _| ControlFlow::Continue(()));
    ensure!(count == 0, "{count} processes of a user that has none");
    Ok(())
}

fn xdp_count() -> Outcome {
    let loaded = example("xdp_count")?.load()?;
    let _link = loaded.program("count")?.attach_with(&AttachOptions::new().interface("lo"))?;
    stir();
    const UDP: u32 = 4;
    let map = loaded.map("received")?.typed::<u32, [u64; 2]>()?;
    let values = map.get_per_cpu(&UDP)?.unwrap_or_default();
    let packets: u64 = values.iter().map(|value| value[0]).sum();
    ensure!(packets > 0, "no packet was counted: {values:?}");
    Ok(())
}

fn runqlat() -> Outcome {
    let attached = example("runqlat")?.load()?.attach()?;
    stir();
    let slots = sum(&attached)?;
    ensure!(slots > 0, "nothing was counted");
    Ok(())
}

fn sum(loaded: &Loaded) -> Outcome<u64> {
    let values = loaded.map("latency")?.typed::<u32, [u64; 32]>()?.get_per_cpu(&0)?.unwrap_or_default();
    Ok(values.iter().flatten().sum())
}

fn tasks() -> Outcome {
    let loaded = example("tasks")?.load()?;
    let link = loaded.program("list_tasks")?.attach()?;
    let mut text = String::new();
    link.iterate()?.read_to_string(&mut text).during("iteration")?;
    let own = format!(" {} ", std::process::id());
    ensure!(text.contains("comm") && text.lines().any(|line| line.contains(&own)), "we are not in the list:\n{text}");
    Ok(())
}
