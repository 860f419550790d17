//! aya.

use std::{error::Error, path::Path, time::Instant};

use aya::{
    Ebpf,
    maps::RingBuf,
    programs::{Program, RawTracePointRunOptions, TestRun, raw_trace_point::RawTracePoint},
};

use super::Alive;

/// Opens, loads and attaches every program, by its section's name, which aya leaves to its user.
pub fn startup(path: &Path) -> Result<Alive, Box<dyn Error>> {
    let mut object = Ebpf::load_file(path)?;
    for (name, program) in object.programs_mut() {
        match program {
            Program::TracePoint(program) => {
                program.load()?;
                let (_, event) = TRACEPOINTS.iter().find(|(begin, _)| name.starts_with(begin)).ok_or("tracepoint")?;
                program.attach("sched", event)?;
            }
            _ => return Err("aya: a program of another type".into()),
        }
    }
    Ok(Box::new(object))
}

/// Where the programs of the measured objects attach, by how their names begin: aya does not keep it.
const TRACEPOINTS: [(&str, &str); 4] = [
    ("handle_exec", "sched_process_exec"),
    ("handle_exit", "sched_process_exit"),
    ("exec_", "sched_process_exec"),
    ("exit_", "sched_process_exit"),
];

/// Fills the ring buffer `events` by running `produce`, and consumes it, `rounds` times.
pub fn ring(path: &Path, rounds: usize) -> Result<(u64, f64), Box<dyn Error>> {
    let mut object = Ebpf::load_file(path)?;
    let mut events = RingBuf::try_from(object.take_map("events").ok_or("aya: no `events`")?)?;
    let program: &mut RawTracePoint = object.program_mut("produce").ok_or("aya: no `produce`")?.try_into()?;
    program.load()?;
    let (mut count, mut seconds) = (0, 0.0);
    for _ in 0..rounds {
        program.test_run(RawTracePointRunOptions::default())?;
        let began = Instant::now();
        while let Some(record) = events.next() {
            count += u64::from(std::hint::black_box(&record)[0] != 0);
        }
        seconds += began.elapsed().as_secs_f64();
    }
    Ok((count, seconds))
}
