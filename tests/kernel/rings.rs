//! Ring buffers: order, losses, several at once.

use crate::case::{Case, Outcome};
use crate::ensure;
use crate::load::fixture;
use crate::stir::process;
use skep::RingBuffers;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

pub const CASES: &[Case] = &[
    Case { name: "in_order", needs: &[], run: in_order },
    Case { name: "several", needs: &[], run: several },
    Case { name: "losses_are_counted", needs: &[], run: losses_are_counted },
    Case { name: "many_times_around", needs: &[], run: many_times_around },
    Case { name: "timeout", needs: &[], run: timeout },
    Case { name: "stops_when_told", needs: &[], run: stops_when_told },
];

const WAIT: Option<Duration> = Some(Duration::from_millis(500));

fn in_order() -> Outcome {
    let loaded = fixture("ring")?.set("record_size", &48_u32)?.load()?;
    let mut rings = RingBuffers::new()?;
    rings.add(loaded.map("first")?)?;
    let link = loaded.program("produce")?.attach()?;
    process();
    drop(link);
    let (mut next, mut sound) = (None, true);
    let mut count = 0;
    while rings.poll(Some(Duration::ZERO), |_, record| {
        let number = record.first_chunk().map(|bytes| u64::from_ne_bytes(*bytes));
        sound &= record.len() == 48 && number.is_some() && (next.is_none() || next == number);
        next = number.map(|number| number + 1);
        count += 1;
        ControlFlow::Continue(())
    })? > 0
    {}
    ensure!(count > 10, "only {count} records");
    // Two CPUs may draw the same number at the same time; nothing else can disturb the order.
    ensure!(sound || skep::sys::cpu::possible().is_ok_and(|cpus| cpus.len() > 1), "records out of order");
    Ok(())
}

fn several() -> Outcome {
    let loaded = fixture("ring")?.only(["produce", "produce_second"]).load()?;
    let mut rings = RingBuffers::new()?;
    let (first, second) = (rings.add(loaded.map("first")?)?, rings.add(loaded.map("second")?)?);
    ensure!(first != second && rings.len() == 2, "two ring buffers have one number");
    let _links = [loaded.program("produce")?.attach()?, loaded.program("produce_second")?.attach()?];
    let (mut seen, start) = ([0_usize; 2], Instant::now());
    while seen.contains(&0) && start.elapsed() < Duration::from_secs(10) {
        process();
        rings.poll(WAIT, |ring, record| {
            if record.len() == if ring == first { 32 } else { 8 } {
                seen[usize::from(ring == second)] += 1;
            }
            ControlFlow::Continue(())
        })?;
    }
    ensure!(!seen.contains(&0), "records seen: {seen:?}");
    Ok(())
}

fn losses_are_counted() -> Outcome {
    let loaded = fixture("ring")?.set("record_size", &512_u32)?.set("records", &64_u32)?.load()?;
    let link = loaded.program("produce")?.attach()?;
    let start = Instant::now();
    let lost = || loaded.var("lost_first").and_then(|var| var.read::<u64>());
    while lost()? == 0 && start.elapsed() < Duration::from_secs(10) {
        process();
    }
    drop(link);
    ensure!(lost()? > 0, "nobody read, and nothing was lost");
    let mut rings = RingBuffers::new()?;
    rings.add(loaded.map("first")?)?;
    let pending = rings.pending(0);
    let count = rings.consume(|_, _| ControlFlow::Continue(()));
    // Each record is 512 bytes and a header of 8.
    ensure!(count == pending / 520 && count > 1900, "{count} records in {pending} bytes");
    Ok(())
}

/// Records lie across the end of a small ring buffer again and again.
fn many_times_around() -> Outcome {
    let loaded = fixture("ring")?.set("record_size", &48_u32)?.max_entries("first", 4096).load()?;
    let mut rings = RingBuffers::new()?;
    rings.add(loaded.map("first")?)?;
    let _link = loaded.program("produce")?.attach()?;
    let (mut count, mut sound, start) = (0_usize, true, Instant::now());
    // 73 records of 56 bytes fill it.
    while count < 73 * 10 && start.elapsed() < Duration::from_secs(20) {
        let _ = std::fs::metadata("/");
        rings.consume(|_, record| {
            let rest = record.get(8..).unwrap_or_default();
            sound &= record.len() == 48 && rest.iter().all(|byte| *byte == 0);
            count += 1;
            ControlFlow::Continue(())
        });
    }
    ensure!(count >= 730 && sound, "{count} records, sound: {sound}");
    Ok(())
}

fn timeout() -> Outcome {
    let loaded = fixture("ring")?.load()?;
    let mut rings = RingBuffers::new()?;
    rings.add(loaded.map("second")?)?;
    let start = Instant::now();
    let count = rings.poll(Some(Duration::from_millis(50)), |_, _| ControlFlow::Continue(()))?;
    let waited = start.elapsed();
    ensure!(count == 0, "{count} records of a program that is not attached");
    ensure!(waited >= Duration::from_millis(45), "the wait was {waited:?}");
    Ok(())
}

fn stops_when_told() -> Outcome {
    let loaded = fixture("ring")?.load()?;
    let mut rings = RingBuffers::new()?;
    rings.add(loaded.map("first")?)?;
    let link = loaded.program("produce")?.attach()?;
    process();
    drop(link);
    let mut seen = 0;
    rings.consume(|_, _| {
        seen += 1;
        ControlFlow::Break(())
    });
    ensure!(seen == 1, "{seen} records after being told to stop");
    ensure!(rings.consume(|_, _| ControlFlow::Continue(())) > 0, "the others are gone");
    Ok(())
}
