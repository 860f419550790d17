//! skep.

use std::{error::Error, ops::ControlFlow, path::Path, time::Instant};

use skep::{RingBuffers, Skep, TestRun};

use super::Alive;

/// Opens, loads and attaches every program.
pub fn startup(path: &Path) -> Result<Alive, Box<dyn Error>> {
    Ok(Box::new(Skep::open(path)?.load()?.attach()?))
}

/// Fills the ring buffer `events` by running `produce`, and consumes it, `rounds` times.
pub fn ring(path: &Path, rounds: usize) -> Result<(u64, f64), Box<dyn Error>> {
    let loaded = Skep::open(path)?.load()?;
    let program = loaded.program("produce")?;
    let mut rings = RingBuffers::new()?;
    rings.add(loaded.map("events")?)?;
    let (mut count, mut seconds) = (0, 0.0);
    for _ in 0..rounds {
        program.test_run(&mut TestRun::default())?;
        let began = Instant::now();
        rings.consume(|_, record| {
            count += u64::from(std::hint::black_box(record)[0] != 0);
            ControlFlow::Continue(())
        });
        seconds += began.elapsed().as_secs_f64();
    }
    Ok((count, seconds))
}
