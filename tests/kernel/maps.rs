//! Maps from the outside: elements, per-CPU values, inner maps.

use crate::case::{Case, Outcome};
use crate::ensure;
use crate::host::PinFolder;
use crate::load::fixture;
use crate::stir::stir;
use skep::Loaded;
use skep::sys::bpf::ElemFlags;
use skep_uapi::{MapFlags, MapType};
use std::os::fd::{AsFd, AsRawFd};

pub const CASES: &[Case] = &[
    Case { name: "attributes", needs: &[], run: attributes },
    Case { name: "elements", needs: &[], run: elements },
    Case { name: "typed", needs: &[], run: typed },
    Case { name: "per_cpu", needs: &[], run: per_cpu },
    Case { name: "many_at_a_time", needs: &[], run: many_at_a_time },
    Case { name: "queue", needs: &[], run: queue },
    Case { name: "wrong_sizes", needs: &[], run: wrong_sizes },
    Case { name: "inner_maps", needs: &[], run: inner_maps },
    Case { name: "inner_map_replaced", needs: &[], run: inner_map_replaced },
    Case { name: "many_entries", needs: &[], run: many_entries },
    Case { name: "entries_without_batches", needs: &[], run: entries_without_batches },
    Case { name: "typed_per_cpu", needs: &[], run: typed_per_cpu },
];

fn with_maps(test: fn(&Loaded) -> Outcome) -> Outcome {
    let pins = PinFolder::new()?;
    let loaded = fixture("maps")?.config(|config| config.pin_root(pins.path())).load()?;
    test(&loaded)
}

fn attributes() -> Outcome {
    with_maps(|loaded| {
        let expected = [
            ("hash", MapType::HASH, 16, 32, 100, MapFlags::NO_PREALLOC),
            ("array", MapType::ARRAY, 4, 24, 7, MapFlags::MMAPABLE.with(MapFlags::RDONLY_PROG)),
            ("on_node", MapType::HASH, 4, 4, 1, MapFlags::NUMA_NODE),
            ("stacks", MapType::STACK_TRACE, 4, 1016, 16, MapFlags(0)),
            ("routes", MapType::LPM_TRIE, 8, 4, 64, MapFlags::NO_PREALLOC),
            ("queue", MapType::QUEUE, 0, 16, 4, MapFlags(0)),
            ("ring", MapType::RINGBUF, 0, 0, 4096, MapFlags(0)),
        ];
        for (name, map_type, key, value, entries, flags) in expected {
            let info = loaded.map(name)?.info()?;
            let found = (info.map_type, info.key_size, info.value_size, info.max_entries, info.flags);
            ensure!(found == (map_type, key, value, entries, flags), "{name} is {found:?}");
            ensure!(info.name == name, "{name} is called {}", info.name);
        }
        let cpus = loaded.map("perf_events")?.info()?.max_entries;
        ensure!(cpus > 0, "a perf event array has no entries");
        Ok(())
    })
}

fn elements() -> Outcome {
    with_maps(|loaded| {
        let map = loaded.map("lru")?;
        let (key, value) = (3_u32.to_ne_bytes(), 30_u32.to_ne_bytes());
        ensure!(map.lookup(&key)?.is_none(), "there is an element before the first");
        map.update(&key, &value, ElemFlags::default())?;
        ensure!(map.lookup(&key)? == Some(value.to_vec()), "the element is another one");
        ensure!(map.keys().count() == 1, "{} keys", map.keys().count());
        ensure!(map.delete(&key)?, "there was nothing to delete");
        ensure!(!map.delete(&key)?, "the element was deleted twice");
        ensure!(map.entries().count() == 0, "the map is not empty");
        Ok(())
    })
}

/// More than one batch holds, in buckets that hold more than one.
fn many_at_a_time() -> Outcome {
    let skep = fixture("maps")?.max_entries("on_node", 1000);
    let pins = PinFolder::new()?;
    let loaded = skep.config(|config| config.pin_root(pins.path())).load()?;
    let map = loaded.map("on_node")?;
    let numbers = |from: u32, to: u32| (from..to).flat_map(u32::to_ne_bytes).collect::<Vec<_>>();
    let count = map.update_batch(&numbers(0, 1000), &numbers(1000, 2000), ElemFlags::default())?;
    ensure!(count == 1000, "{count} entries were set");
    let entries = map.typed::<u32, u32>()?.iter().collect::<Result<std::collections::BTreeMap<_, _>, _>>()?;
    ensure!(entries.len() == 1000, "{} entries", entries.len());
    ensure!(entries.iter().all(|(key, value)| key + 1000 == *value), "keys with others' values");
    ensure!(map.delete_batch(&numbers(0, 500))? == 500, "not all were removed");
    ensure!(map.entries().count() == 500, "{} are left", map.entries().count());
    ensure!(map.update_batch(&numbers(0, 2), &numbers(0, 1), ElemFlags::default()).is_err(), "a key without a value");
    Ok(())
}

fn typed() -> Outcome {
    with_maps(|loaded| {
        let map = loaded.map("on_node")?.typed::<u32, u32>()?;
        map.set(&1, &100)?;
        ensure!(map.get(&1)? == Some(100), "{:?}", map.get(&1)?);
        ensure!(map.set(&2, &200).is_err(), "a map of one element took two");
        let all = map.iter().collect::<Result<Vec<_>, _>>()?;
        ensure!(all == [(1, 100)], "{all:?}");
        ensure!(loaded.map("on_node")?.typed::<u64, u32>().is_err(), "a key of another size was accepted");
        Ok(())
    })
}

fn per_cpu() -> Outcome {
    with_maps(|loaded| {
        let map = loaded.map("percpu_array")?;
        let key = 2_u32.to_ne_bytes();
        let cpus = map.lookup_per_cpu(&key)?.unwrap_or_default().len();
        ensure!(cpus > 0, "no CPU has a value");
        let values: Vec<[u8; 3]> = (0..cpus).map(|cpu| [cpu as u8, 1, 2]).collect();
        map.update_per_cpu(&key, &values, ElemFlags::default())?;
        let found = map.lookup_per_cpu(&key)?.unwrap_or_default();
        ensure!(found == values, "{found:?}");
        Ok(())
    })
}

fn queue() -> Outcome {
    with_maps(|loaded| {
        let map = loaded.map("queue")?;
        map.update(&[], &[1; 16], ElemFlags::default())?;
        map.update(&[], &[2; 16], ElemFlags::default())?;
        let first = map.lookup_and_delete(&[])?;
        ensure!(first == Some(vec![1; 16]), "{first:?} came first");
        Ok(())
    })
}

fn wrong_sizes() -> Outcome {
    with_maps(|loaded| {
        let map = loaded.map("lru")?;
        let codes = [
            map.lookup(&[0; 3]).err().map(|error| error.code()),
            map.update(&[0; 4], &[0; 5], ElemFlags::default()).err().map(|error| error.code()),
        ];
        ensure!(codes == [Some("wrong-size"); 2], "{codes:?}");
        ensure!(loaded.map("lrru").is_err(), "a map that is not there was found");
        Ok(())
    })
}

/// Another map is put where a program looks, and taken away again.
fn inner_map_replaced() -> Outcome {
    let loaded = fixture("map_in_map")?.load()?;
    let (outer, second) = (loaded.map("by_index")?, loaded.map("second")?);
    let slot = 1_u32.to_ne_bytes();
    outer.update(&slot, &second.as_fd().as_raw_fd().to_ne_bytes(), ElemFlags::default())?;
    let found = outer.lookup(&slot)?;
    ensure!(found == Some(second.info()?.id.to_ne_bytes().to_vec()), "slot 1 holds {found:?}");
    let count = |name| -> Outcome<_> { Ok(loaded.map(name)?.typed::<u32, u64>()?.get(&0)?.unwrap_or_default()) };
    let link = loaded.program("use_inner")?.attach()?;
    stir();
    drop(link);
    ensure!(count("second")? > 0 && count("first")? == 0, "counted: {:?} {:?}", count("first")?, count("second")?);
    ensure!(outer.delete(&slot)? && outer.lookup(&slot)?.is_none(), "the inner map is still there");
    // A map that is unlike the declared one is refused.
    let other = loaded.map("by_key")?.as_fd().as_raw_fd().to_ne_bytes();
    let Err(error) = outer.update(&slot, &other, ElemFlags::default()) else {
        return Err("a map of maps was put into a map of arrays".into());
    };
    ensure!(error.code() == "map-operation", "{error}");
    Ok(())
}

/// More than fit into one batch.
fn many_entries() -> Outcome {
    const COUNT: u64 = 3000;
    let pins = PinFolder::new()?;
    let loaded = fixture("maps")?.config(|config| config.pin_root(pins.path())).max_entries("hash", 4000).load()?;
    let map = loaded.map("hash")?.typed::<[u64; 2], [u64; 4]>()?;
    (0..COUNT).try_for_each(|n| map.set(&[n, 0], &[n, n + 1, n + 2, n + 3]))?;
    let mut all = map.iter().collect::<Result<Vec<_>, _>>()?;
    all.sort_unstable();
    ensure!(all.len() as u64 == COUNT, "{} entries of {COUNT}", all.len());
    let sound = (0..COUNT).zip(&all).all(|(n, (key, value))| *key == [n, 0] && value[0] == n && value[3] == n + 3);
    ensure!(sound, "entries are not those that were set");
    ensure!(map.map().keys().count() as u64 == COUNT, "the keys are fewer");
    Ok(())
}

/// Kinds that have no batches, on some kernels or on all: tries of prefixes and tables of devices.
fn entries_without_batches() -> Outcome {
    with_maps(|loaded| {
        let routes = loaded.map("routes")?.typed::<[u8; 8], u32>()?;
        for n in 0..40_u8 {
            let [a, b, c, d] = 32_u32.to_ne_bytes();
            routes.set(&[a, b, c, d, 10, 0, 0, n], &u32::from(n))?;
        }
        let mut values = routes.iter().map(|entry| Ok(entry?.1)).collect::<Outcome<Vec<_>>>()?;
        values.sort_unstable();
        ensure!(values == (0..40).collect::<Vec<u32>>(), "{values:?}");
        let devices = loaded.map("devices_by_key")?.typed::<u32, u32>()?;
        let lo = skep::sys::socket::interface_index("lo").map_err(|error| error.to_string())?;
        devices.set(&7, &lo)?;
        devices.set(&9, &lo)?;
        let mut all = devices.iter().collect::<Result<Vec<_>, _>>()?;
        all.sort_unstable();
        ensure!(all == [(7, lo), (9, lo)], "{all:?}");
        Ok(())
    })
}

fn typed_per_cpu() -> Outcome {
    with_maps(|loaded| {
        let map = loaded.map("percpu_hash")?.typed::<u16, [u64; 2]>()?;
        ensure!(map.get_per_cpu(&1)?.is_none(), "there is an element before the first");
        let cpus = skep::sys::cpu::possible().map_err(|error| error.to_string())?.len() as u64;
        for key in 1..=3_u16 {
            let values: Vec<_> = (0..cpus).map(|cpu| [cpu, u64::from(key)]).collect();
            map.set_per_cpu(&key, &values)?;
        }
        let mut all = map.iter_per_cpu().collect::<Result<Vec<_>, _>>()?;
        all.sort_unstable();
        for ((key, values), expected) in all.iter().zip(1..) {
            let sound = (0..cpus).zip(values).all(|(cpu, value)| *value == [cpu, u64::from(expected)]);
            ensure!(*key == expected && values.len() as u64 == cpus && sound, "{key}: {values:?}");
        }
        ensure!(all.len() == 3, "{} keys", all.len());
        ensure!(map.set(&4, &[0; 2]).is_err() || cpus == 1, "one value was taken for those of all CPUs");
        ensure!(map.remove(&2)? && !map.remove(&2)?, "removed not once");
        Ok(())
    })
}

fn inner_maps() -> Outcome {
    let loaded = fixture("map_in_map")?.load()?;
    let outer = loaded.map("by_index")?;
    let id = |name: &str| -> Outcome<u32> { Ok(loaded.map(name)?.info()?.id) };
    for (slot, expected) in [(0_u32, None), (1, Some("first")), (2, None), (3, Some("second")), (4, Some("first"))] {
        let found = outer.lookup(&slot.to_ne_bytes())?;
        let expected = expected.map(id).transpose()?.map(|id| id.to_ne_bytes().to_vec());
        ensure!(found == expected, "slot {slot} holds {found:?}, not {expected:?}");
    }
    let by_key = loaded.map("by_key")?.info()?;
    ensure!((by_key.key_size, by_key.max_entries) == (8, 3), "by_key is {by_key:?}");
    Ok(())
}
