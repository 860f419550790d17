//! Prints every program that is started and every process that ends, until Ctrl-C.
//!
//! ```sh
//! cargo build --release -p skep-example-agent && sudo target/release/agent
//! ```

#![forbid(unsafe_code)]

mod event;

use std::{error::Error, ops::ControlFlow, process::ExitCode};

use skep::{RingBuffers, Skep, Stats, ring::AsyncRingBuffers};
use zerocopy::FromBytes;

use event::Event;

/// The compiled programs, so that the agent is one file.
static OBJECT: &[u8] = include_bytes!("../../exec.bpf.o");

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("agent: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    // Only with this do the programs' own costs show in the summary.
    let _stats = Stats::enable()?;
    let attached = Skep::read("exec.bpf.o", OBJECT)?.load()?.attach()?;
    let mut rings = RingBuffers::new()?;
    rings.add(attached.map("events")?)?;
    let mut rings = AsyncRingBuffers::new(rings)?;

    let mut interrupt = std::pin::pin!(tokio::signal::ctrl_c());
    let mut count = 0u64;
    loop {
        tokio::select! {
            batch = rings.next_batch(print) => count += batch? as u64,
            _ = &mut interrupt => break,
        }
    }

    println!("{count} events, {} lost", attached.var("lost")?.read::<u64>()?);
    for program in attached.programs() {
        let info = program.info()?;
        let mean = info.run_time_ns.checked_div(info.run_count).unwrap_or(0);
        println!("{}: {} runs of {mean} ns each", program.name(), info.run_count);
    }
    Ok(())
}

/// Prints one record. It is read where the kernel wrote it.
fn print(_ring: usize, record: &[u8]) -> ControlFlow<()> {
    match Event::ref_from_prefix(record) {
        Ok((event, _)) => println!("{event}"),
        Err(_) => eprintln!("agent: a record of {} bytes is no event", record.len()),
    }
    ControlFlow::Continue(())
}
