use crate::insns::{Insns, ring_output};
use crate::{Outcome, privileged, since};
use skep_sys::bpf::{Map, MapCreate, TestRun, map_create, prog_test_run};
use skep_sys::epoll::Epoll;
use skep_sys::ring::Ring;
use skep_sys::{Errno, cpu};
use skep_uapi::{MapFlags, MapType, ProgType};
use std::ops::ControlFlow;
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

fn ring_map(flags: MapFlags) -> Map {
    let max_entries = cpu::page_size() as u32;
    map_create(&MapCreate { map_type: MapType::RINGBUF, max_entries, flags, ..Default::default() }).unwrap()
}

fn run(program: &OwnedFd, repeat: u32) -> u32 {
    let mut run = TestRun { data: &[0; 64], repeat, ..Default::default() };
    prog_test_run(program.as_fd(), &mut run).unwrap().retval
}

fn drain(ring: &mut Ring) -> Vec<Vec<u8>> {
    let mut out = Vec::new();
    let count = ring.consume(|record| {
        assert!(record.as_ptr().addr().is_multiple_of(8));
        out.push(record.to_vec());
        ControlFlow::Continue(())
    });
    assert_eq!(count, out.len());
    out
}

pub fn records_arrive_whole_and_in_order() -> Outcome {
    privileged()?;
    let map = ring_map(MapFlags(0));
    let mut ring = Ring::of(map.by_ref()).unwrap();
    assert_eq!((drain(&mut ring).len(), ring.avail_data(), ring.size()), (0, 0, cpu::page_size()));
    // 13 bytes take 24 with header and padding, which does not divide a page: records cross its end.
    let programs: Vec<_> = (1..=7).map(|value| ring_output(&map, value, 13).load(ProgType::SOCKET_FILTER)).collect();
    for _ in 0..200 {
        for program in &programs {
            assert_eq!(run(program, 1), 0);
        }
        assert_eq!(ring.avail_data(), 7 * 24);
        let records = drain(&mut ring);
        for (record, value) in records.iter().zip(1u8..) {
            assert_eq!(record[..], [value, 0, 0, 0, 0, 0, 0, 0, value, 0, 0, 0, 0][..]);
        }
        assert_eq!(records.len(), 7);
    }
    assert_eq!(ring.corrupted(), 0);
    Ok(())
}

pub fn a_full_ring_refuses_until_it_is_read() -> Outcome {
    privileged()?;
    let map = ring_map(MapFlags(0));
    let mut ring = Ring::of(map.by_ref()).unwrap();
    let program = ring_output(&map, 5, 16).load(ProgType::SOCKET_FILTER);
    let fits = cpu::page_size() as u32 / 24;
    assert_eq!(run(&program, fits + 1).cast_signed(), -Errno::EAGAIN.0);
    let records = drain(&mut ring);
    assert_eq!(records.len(), fits as usize);
    assert_eq!(run(&program, 1), 0);
    assert_eq!(drain(&mut ring).len(), 1);
    Ok(())
}

pub fn discarded_records_are_not_seen() -> Outcome {
    privileged()?;
    let map = ring_map(MapFlags(0));
    let mut ring = Ring::of(map.by_ref()).unwrap();
    // r0 = bpf_ringbuf_reserve(map, 8, 0); if (r0) bpf_ringbuf_discard(r0, 0)
    let discard = Insns::default()
        .map(1, &map)
        .mov(2, 8)
        .mov(3, 0)
        .call(131)
        .op(0x15, 0, 0, 3, 0)
        .mov_reg(1, 0)
        .mov(2, 0)
        .call(133)
        .exit(0)
        .load(ProgType::SOCKET_FILTER);
    let output = ring_output(&map, 3, 8).load(ProgType::SOCKET_FILTER);
    for program in [&discard, &output, &discard] {
        run(program, 1);
    }
    assert_eq!(ring.avail_data(), 48);
    assert_eq!(drain(&mut ring), [3u64.to_ne_bytes()]);
    assert_eq!(ring.avail_data(), 0);
    Ok(())
}

pub fn waiting_ends_with_a_record() -> Outcome {
    privileged()?;
    let maps = [ring_map(MapFlags(0)), ring_map(MapFlags(0))];
    let mut rings = maps.each_ref().map(|map| Ring::of(map.by_ref()).unwrap());
    let mut epoll = Epoll::new().unwrap();
    for (ring, data) in rings.iter().zip([10, 11]) {
        epoll.add(ring.as_fd(), data).unwrap();
    }
    assert_eq!(epoll.wait(Some(Duration::ZERO)).unwrap().count(), 0);
    let program = ring_output(&maps[1], 3, 8).load(ProgType::SOCKET_FILTER);
    let writer = std::thread::spawn(move || {
        for _ in 0..50 {
            std::thread::sleep(Duration::from_millis(1));
            run(&program, 1);
        }
    });
    let mut seen = 0;
    while seen < 50 {
        let ready: Vec<u64> = epoll.wait(Some(Duration::from_secs(10))).unwrap().collect();
        assert_eq!(ready, [11], "after {seen}");
        seen += drain(&mut rings[1]).len();
    }
    writer.join().unwrap();
    assert_eq!(seen, 50);
    Ok(())
}

/// A producer in one thread, a reader in the other that is woken by the edge only: a missed wake-up would hang it.
pub fn no_wake_up_is_missed() -> Outcome {
    privileged()?;
    use rustix::event::epoll;
    const ROUNDS: usize = 20_000;
    let map = ring_map(MapFlags(0));
    let mut ring = Ring::of(map.by_ref()).unwrap();
    let edge = epoll::create(epoll::CreateFlags::CLOEXEC).unwrap();
    let flags = epoll::EventFlags::IN | epoll::EventFlags::ET;
    epoll::add(&edge, &ring, epoll::EventData::new_u64(0), flags).unwrap();
    let program = ring_output(&map, 3, 8).load(ProgType::SOCKET_FILTER);
    let writer = std::thread::spawn(move || {
        for i in 0..ROUNDS {
            while run(&program, 1) != 0 {
                std::thread::yield_now();
            }
            if i % 64 == 0 {
                std::thread::yield_now();
            }
        }
    });
    let (mut seen, mut events) = (0, Vec::with_capacity(4));
    let timeout = rustix::event::Timespec { tv_sec: 10, tv_nsec: 0 };
    while seen < ROUNDS {
        events.clear();
        epoll::wait(&edge, rustix::buffer::spare_capacity(&mut events), Some(&timeout)).unwrap();
        assert!(!events.is_empty(), "asleep after {seen} with {} bytes unread", ring.avail_data());
        seen += drain(&mut ring).len();
    }
    writer.join().unwrap();
    assert_eq!(seen, ROUNDS);
    Ok(())
}

pub fn a_ring_has_one_reader() -> Outcome {
    privileged()?;
    let map = ring_map(MapFlags(0));
    let ring = Ring::of(map.by_ref()).unwrap();
    assert_eq!(Ring::of(map.by_ref()).unwrap_err().errno, Errno::EBUSY);
    drop(ring);
    Ring::of(map.by_ref()).unwrap();
    Ok(())
}

pub fn other_maps_are_refused() -> Outcome {
    privileged()?;
    let attr = MapCreate { map_type: MapType::ARRAY, key_size: 4, value_size: 4, max_entries: 1, ..Default::default() };
    let array = map_create(&attr).unwrap();
    assert_eq!(Ring::of(array.by_ref()).unwrap_err().errno, Errno::EINVAL);
    if since(6, 19).is_ok() {
        let overwritten = ring_map(MapFlags::RB_OVERWRITE);
        assert_eq!(Ring::of(overwritten.by_ref()).unwrap_err().errno, Errno::EOPNOTSUPP);
    }
    Ok(())
}
