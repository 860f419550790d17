//! skep.

use std::{error::Error, ops::ControlFlow, path::Path, time::Instant};

use skep::{RingBuffers, Skep, TestRun};

use super::Alive;

/// Opens, loads and attaches every program.
pub fn startup(path: &Path) -> Result<Alive, Box<dyn Error>> {
    Ok(Box::new(Skep::open(path)?.load()?.attach()?))
}

/// Opens and relocates for the running kernel, program by program as loading does.
pub fn reloc(path: &Path) -> Result<Alive, Box<dyn Error>> {
    let skep = Skep::open(path)?;
    let target = skep::target::running()?;
    let (relocated, programs) = skep::reloc::relocate_each(skep.linked(), &target, &skep::reloc::Config::new())?;
    for program in programs {
        program.code.as_ref().map_err(ToString::to_string)?;
        std::hint::black_box(&program);
    }
    drop(skep);
    Ok(Box::new(relocated))
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
