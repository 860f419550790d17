//! Records by other ways than a plain poll: perf buffers, and a runtime that waits.

use crate::case::{Case, Outcome};
use crate::ensure;
use crate::load::fixture;
use crate::stir::process;
use skep::RingBuffers;
use skep::ring::{AsyncRingBuffers, PerfBuffers, PerfRecord};
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

pub const CASES: &[Case] = &[
    Case { name: "perf", needs: &[], run: perf },
    Case { name: "perf_losses", needs: &[], run: perf_losses },
    Case { name: "perf_of_another_map", needs: &[], run: perf_of_another_map },
    Case { name: "waited_for", needs: &[], run: waited_for },
    Case { name: "without_runtime", needs: &[], run: without_runtime },
];

const PATIENCE: Duration = Duration::from_secs(10);

fn perf() -> Outcome {
    let attached = fixture("perf_buffer")?.load()?.attach()?;
    let mut buffers = PerfBuffers::new(attached.map("records")?, 8)?;
    let (mut samples, mut sound, start) = (0, true, Instant::now());
    while samples < 3 && start.elapsed() < PATIENCE {
        process();
        buffers.poll(Some(Duration::from_millis(100)), |record| {
            if let PerfRecord::Sample { data, .. } = record {
                samples += 1;
                sound &= data.first_chunk::<24>().is_some_and(|b| b[0] == 1 && b[8] == 2 && b[16] == 3);
            }
            ControlFlow::Continue(())
        })?;
    }
    ensure!(samples >= 3 && sound, "{samples} samples, sound: {sound}");
    ensure!(attached.var("written")?.read::<u64>()? >= 3, "the program wrote less");
    Ok(())
}

/// What does not fit is counted, and the count comes with the next record that does.
fn perf_losses() -> Outcome {
    let loaded = fixture("effects")?.only(["flood"]).load()?;
    let mut buffers = PerfBuffers::new(loaded.map("flooded")?, 1)?;
    let _link = loaded.program("flood")?.attach()?;
    let (mut samples, mut lost, start) = (0_u64, 0, Instant::now());
    while lost == 0 && start.elapsed() < PATIENCE {
        process();
        buffers.poll(Some(Duration::ZERO), |record| {
            match record {
                PerfRecord::Sample { .. } => samples += 1,
                PerfRecord::Lost { count, .. } => lost += count,
            }
            ControlFlow::Continue(())
        })?;
    }
    ensure!(samples > 0 && lost > 0, "{samples} samples, {lost} lost");
    Ok(())
}

fn perf_of_another_map() -> Outcome {
    let loaded = fixture("ring")?.load()?;
    let Err(error) = PerfBuffers::new(loaded.map("first")?, 8) else {
        return Err("a ring buffer was taken for a perf event array".into());
    };
    ensure!(["map-operation", "wrong-size"].contains(&error.code()), "{}: {error}", error.code());
    Ok(())
}

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}

fn waited_for() -> Outcome {
    let loaded = fixture("ring")?.only(["produce", "produce_second"]).load()?;
    let mut rings = RingBuffers::new()?;
    rings.add(loaded.map("first")?)?;
    rings.add(loaded.map("second")?)?;
    runtime()?.block_on(async {
        let mut rings = AsyncRingBuffers::new(rings)?;
        // Nothing is attached yet: it waits.
        let early = rings.next_batch(|_, _| ControlFlow::Continue(()));
        ensure!(tokio::time::timeout(Duration::from_millis(50), early).await.is_err(), "records out of nowhere");
        let _links = [loaded.program("produce")?.attach()?, loaded.program("produce_second")?.attach()?];
        let mut seen = [0_usize; 2];
        for _ in 0..20 {
            process();
            let batch = rings.next_batch(|ring, _| {
                seen[ring] += 1;
                ControlFlow::Continue(())
            });
            let count = tokio::time::timeout(PATIENCE, batch).await.map_err(|_| "no records")??;
            ensure!(count > 0, "a batch of none");
        }
        ensure!(!seen.contains(&0), "records seen: {seen:?}");
        Ok(())
    })
}

fn without_runtime() -> Outcome {
    let Err(error) = AsyncRingBuffers::new(RingBuffers::new()?) else {
        return Err("it waits without a runtime".into());
    };
    ensure!(error.code() == "kernel-refused", "{error}");
    Ok(())
}
