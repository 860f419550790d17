use crate::insns::{Insns, nothing};
use crate::{Outcome, privileged, since, skip};
use skep_sys::bpf::*;
use skep_sys::perf::{Event, Rate, Scope, open};
use skep_sys::perf_ring::{PerfRing, Record};
use skep_sys::{Errno, cpu, pmu, tracefs};
use skep_uapi::{AttachType, MapType, ProgType};
use std::ops::ControlFlow;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};

pub fn a_software_clock_runs_a_program() -> Outcome {
    privileged()?;
    let clock = Event::Software { config: 0, rate: Rate::Frequency(1000) };
    let event = open(&clock, Scope::Process(0)).unwrap();
    let program = nothing(0).load(ProgType::PERF_EVENT);
    event.set_bpf(program.as_fd()).unwrap();
    assert_eq!(event.count().unwrap(), 0);
    event.enable().unwrap();
    let mut sum = 0u64;
    while event.count().unwrap() < 20_000_000 {
        sum = std::hint::black_box(sum + 1);
    }
    event.disable().unwrap();
    let stopped = event.count().unwrap();
    assert!(stopped >= 20_000_000);
    event.set_period(2000).unwrap();
    assert_eq!(event.count().unwrap(), stopped);
    assert!(event.set_period(0).is_err());
    Ok(())
}

pub fn a_link_to_a_perf_event_carries_a_cookie() -> Outcome {
    privileged()?;
    since(5, 15)?;
    let clock = Event::Software { config: 0, rate: Rate::Period(1_000_000) };
    let event = open(&clock, Scope::Process(0)).unwrap();
    let program = nothing(0).load(ProgType::PERF_EVENT);
    let link = link_create(&LinkCreate {
        program: program.as_fd(),
        target: LinkTarget::Fd(event.as_fd()),
        attach_type: AttachType::PERF_EVENT,
        flags: 0,
        options: LinkOptions::PerfEvent { cookie: 7 },
    })
    .unwrap();
    let info = link_info(link.as_fd()).unwrap();
    assert_eq!(info.link_type, skep_uapi::LinkType::PERF_EVENT);
    assert_eq!(info.prog_id, prog_info(program.as_fd()).unwrap().id);
    assert!(ids(Kind::Link).any(|id| id.unwrap() == info.id));
    Ok(())
}

pub fn tracepoints_have_ids() -> Outcome {
    privileged()?;
    assert_eq!(tracefs::tracepoint_id("../../etc", "passwd").unwrap_err().errno, Errno::EINVAL);
    let id = match tracefs::tracepoint_id("sched", "sched_switch") {
        Ok(id) => id,
        Err(error) => {
            return skip(format!("no tracepoints on this kernel: {error}"));
        }
    };
    assert!(id > 0);
    assert_eq!(tracefs::tracepoint_id("sched", "sched_swytch").unwrap_err().errno, Errno::ENOENT);
    let mut found = false;
    tracefs::tracepoints(|category, name| found |= (category, name) == ("sched", "sched_switch")).unwrap();
    assert!(found);
    let event = open(&Event::Tracepoint { id }, Scope::Cpu(cpu::online().unwrap()[0])).unwrap();
    event.set_bpf(nothing(0).load(ProgType::TRACEPOINT).as_fd()).unwrap();
    event.enable().unwrap();
    Ok(())
}

pub fn kprobes_are_opened_where_there_are_any() -> Outcome {
    privileged()?;
    match pmu::kprobe() {
        Ok(pmu) => {
            let event = Event::Kprobe { pmu, symbol: Some(c"do_nanosleep"), offset: 0, is_return: false };
            let event = open(&event, Scope::Cpu(0)).unwrap();
            event.set_bpf(nothing(0).load(ProgType::KPROBE).as_fd()).unwrap();
            let wrong = Event::Kprobe { pmu, symbol: Some(c"no_such_function"), offset: 0, is_return: true };
            assert!(open(&wrong, Scope::Cpu(0)).is_err());
            let probe = skep_sys::kprobe_events::TracefsProbe::kprobe("do_nanosleep", 0, true).unwrap();
            drop(open(&Event::Tracepoint { id: probe.id() }, Scope::Cpu(0)).unwrap());
        }
        Err(error) => {
            assert_eq!(error.errno, Errno::ENOENT);
            assert!(skep_sys::kprobe_events::TracefsProbe::kprobe("do_nanosleep", 0, false).is_err());
            return skip(format!("no kprobe events on this kernel: {error}"));
        }
    }
    Ok(())
}

/// `bpf_perf_event_output(ctx, map, BPF_F_CURRENT_CPU, {value}, len)`
fn perf_output(map: impl AsFd, value: i32, len: i32) -> OwnedFd {
    Insns::default()
        .store(-16, value)
        .store(-8, value)
        .map(2, map)
        .op(0xb4, 3, 0, 0, -1)
        .stack(4, -16)
        .mov(5, len)
        .call(25)
        .op(0x95, 0, 0, 0, 0)
        .load(ProgType::SCHED_CLS)
}

pub fn perf_rings_carry_samples_and_losses() -> Outcome {
    privileged()?;
    let attr = MapCreate {
        map_type: MapType::PERF_EVENT_ARRAY,
        key_size: 4,
        value_size: 4,
        max_entries: cpu::possible_count().unwrap() as u32,
        ..Default::default()
    };
    let map = map_create(&attr).unwrap();
    let mut rings = Vec::new();
    for cpu in cpu::online().unwrap() {
        let ring = PerfRing::new(cpu, 1, 1).unwrap();
        let slot = ring.as_fd().as_raw_fd().to_ne_bytes();
        map.by_ref().update(&ring.cpu().to_ne_bytes(), &slot, ElemFlags::ANY).unwrap();
        rings.push(ring);
    }
    let program = perf_output(&map, 9, 12);
    let data = [0; 64];
    let (mut samples, mut lost) = (0, 0);
    // Enough to go around several times, read now and then, and once too late.
    for (round, repeat) in [7u32, 100, 100, 100, 100, 1000, 10].into_iter().enumerate() {
        let mut run = TestRun { data: &data, repeat, ..Default::default() };
        prog_test_run(program.as_fd(), &mut run).unwrap();
        for ring in &mut rings {
            ring.consume(|record| {
                match record {
                    Record::Sample(bytes) => {
                        assert_eq!(bytes[..12], [9, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0]);
                        samples += 1;
                    }
                    Record::Lost(count) => lost += count,
                    _ => {}
                }
                ControlFlow::Continue(())
            });
        }
        if round == 4 {
            assert_eq!((samples, lost), (407, 0));
        }
    }
    assert_eq!(samples + lost, 1417);
    assert!(lost > 0);
    Ok(())
}

/// Something to probe; one for each test, because all threads of this process run into a probe.
#[inline(never)]
extern "C" fn probed(number: u64) -> u64 {
    std::hint::black_box(number) + 1
}

#[inline(never)]
extern "C" fn probed_too(number: u64) -> u64 {
    std::hint::black_box(number) + 2
}

/// Where a function is in the file of this program.
fn offset_of(function: extern "C" fn(u64) -> u64) -> u64 {
    let address = function as *const () as usize as u64;
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    let hex = |text: &str| u64::from_str_radix(text, 16).unwrap();
    let found = maps.lines().find_map(|line| {
        let mut words = line.split_whitespace();
        let (start, end) = words.next()?.split_once('-')?;
        let offset = hex(words.nth(1)?);
        (hex(start)..hex(end)).contains(&address).then(|| address - hex(start) + offset)
    });
    found.unwrap()
}

/// Adds one to the first value of an array.
fn count_in(map: &Map) -> Insns {
    Insns::default()
        .store(-8, 0)
        .map(1, map)
        .stack(2, -8)
        .call(1)
        .op(0x15, 0, 0, 2, 0)
        .mov(1, 1)
        .op(0xdb, 0, 1, 0, 0)
        .exit(0)
}

fn counter() -> Map {
    let attr = MapCreate { map_type: MapType::ARRAY, key_size: 4, value_size: 8, max_entries: 1, ..Default::default() };
    map_create(&attr).unwrap()
}

fn counted(map: &Map) -> u64 {
    let mut value = [0; 8];
    assert!(map.by_ref().lookup(&[0; 4], &mut value, ElemFlags::ANY).unwrap());
    u64::from_ne_bytes(value)
}

pub fn uprobes_run_at_entry_and_return() -> Outcome {
    privileged()?;
    let pmu = match pmu::uprobe() {
        Ok(pmu) => pmu,
        Err(error) => return skip(format!("no uprobe events on this kernel: {error}")),
    };
    for is_return in [false, true] {
        let map = counter();
        let program = count_in(&map).load(ProgType::KPROBE);
        let offset = offset_of(probed);
        let event = Event::Uprobe { pmu, path: c"/proc/self/exe", offset, ref_ctr_offset: 0, is_return };
        let event = open(&event, Scope::Process(0)).unwrap();
        event.set_bpf(program.as_fd()).unwrap();
        event.enable().unwrap();
        (0..3).for_each(|number| assert_eq!(probed(number), number + 1));
        assert_eq!(counted(&map), 3);
    }
    Ok(())
}

pub fn a_uprobe_multi_link_counts_calls() -> Outcome {
    privileged()?;
    since(6, 6)?;
    let map = counter();
    let program = count_in(&map).load_for(ProgType::KPROBE, AttachType::TRACE_UPROBE_MULTI);
    let create = |offsets: &[u64], cookies: &[u64]| {
        let path = c"/proc/self/exe";
        let pid = std::process::id();
        let multi = UprobeMulti { path, offsets, ref_ctr_offsets: &[], cookies, pid, is_return: false };
        link_create(&LinkCreate {
            program: program.as_fd(),
            target: LinkTarget::None,
            attach_type: AttachType::TRACE_UPROBE_MULTI,
            flags: 0,
            options: LinkOptions::UprobeMulti(multi),
        })
    };
    assert_eq!(create(&[offset_of(probed_too)], &[1, 2]).unwrap_err().errno, Errno::EINVAL);
    let link = match create(&[offset_of(probed_too)], &[7]) {
        Ok(link) => link,
        Err(error) if error.errno == Errno::EOPNOTSUPP => return skip("the kernel was built without uprobe_multi"),
        Err(error) => panic!("{error}"),
    };
    (0..3).for_each(|number| assert_eq!(probed_too(number), number + 2));
    assert_eq!(counted(&map), 3);
    drop(link);
    probed_too(1);
    assert_eq!(counted(&map), 3);
    Ok(())
}
