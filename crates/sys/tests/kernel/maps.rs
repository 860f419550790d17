use crate::{Outcome, privileged, since, skip};
use skep_sys::Errno;
use skep_sys::bpf::{Cursor, ElemFlags, Kind, Map, MapCreate, MapRef, fd_by_id, ids, map_create, map_info};
use skep_sys::mmap::MapMemory;
use skep_uapi::{MapFlags, MapType};
use std::os::fd::AsFd;

fn create(map_type: MapType, key_size: u32, value_size: u32, flags: MapFlags) -> Map {
    map_create(&MapCreate {
        map_type,
        key_size,
        value_size,
        max_entries: 4,
        flags,
        name: "a.map",
        ..Default::default()
    })
    .unwrap_or_else(|error| panic!("{map_type}: {error}"))
}

pub fn every_simple_kind_gives_back_what_it_was_given() -> Outcome {
    privileged()?;
    let none = MapFlags(0);
    for (map_type, key_size, flags) in [
        (MapType::HASH, 4, none),
        (MapType::HASH, 4, MapFlags::NO_PREALLOC),
        (MapType::ARRAY, 4, none),
        (MapType::PERCPU_HASH, 4, none),
        (MapType::PERCPU_ARRAY, 4, none),
        (MapType::LRU_HASH, 4, none),
        (MapType::LRU_PERCPU_HASH, 4, none),
        (MapType::LPM_TRIE, 8, MapFlags::NO_PREALLOC),
    ] {
        let map = create(map_type, key_size, 12, flags);
        let map = map.by_ref();
        let len = map.user_value_size().unwrap();
        assert_eq!(len > 16, map.is_per_cpu() && skep_sys::cpu::possible_count().unwrap() > 1, "{map_type}");
        // For a trie this is a prefix of one bit; for the rest, element 1.
        let mut key = vec![0; key_size as usize];
        key[..4].copy_from_slice(&1u32.to_ne_bytes());
        let mut value: Vec<u8> = (0..len as u8).collect();
        map.update(&key, &value, ElemFlags::ANY).unwrap();
        let mut got = vec![0xff; len];
        assert!(map.lookup(&key, &mut got, ElemFlags::ANY).unwrap());
        if map.is_per_cpu() {
            // The kernel does not carry the padding between CPUs over.
            for chunk in value.chunks_exact_mut(16).chain(got.chunks_exact_mut(16)) {
                chunk[12..].fill(0);
            }
        }
        assert_eq!(got, value, "{map_type}");
        let mut next = vec![0; key_size as usize];
        assert!(map.next_key(None, &mut next).unwrap());
        let deleted = map.delete(&key);
        match map_type {
            MapType::ARRAY | MapType::PERCPU_ARRAY => assert_eq!(deleted.unwrap_err().errno, Errno::EINVAL),
            _ => {
                assert!(deleted.unwrap());
                assert!(!map.delete(&key).unwrap());
                assert!(!map.lookup(&key, &mut got, ElemFlags::ANY).unwrap());
                assert!(!map.next_key(None, &mut next).unwrap());
            }
        }
    }
    Ok(())
}

pub fn queues_and_stacks_have_no_keys() -> Outcome {
    privileged()?;
    for (map_type, first) in [(MapType::QUEUE, 1u32), (MapType::STACK, 2)] {
        let map = create(map_type, 0, 4, MapFlags(0));
        for number in [1u32, 2] {
            map.by_ref().update(&[], &number.to_ne_bytes(), ElemFlags::ANY).unwrap();
        }
        let mut got = [0; 4];
        assert!(map.by_ref().lookup(&[], &mut got, ElemFlags::ANY).unwrap());
        assert!(map.by_ref().lookup_and_delete(&[], &mut got, ElemFlags::ANY).unwrap());
        assert_eq!(u32::from_ne_bytes(got), first, "{map_type}");
        assert!(map.by_ref().lookup_and_delete(&[], &mut got, ElemFlags::ANY).unwrap());
        assert!(!map.by_ref().lookup_and_delete(&[], &mut got, ElemFlags::ANY).unwrap());
    }
    Ok(())
}

pub fn a_map_of_maps_needs_a_template() -> Outcome {
    privileged()?;
    let inner = create(MapType::ARRAY, 4, 4, MapFlags(0));
    for map_type in [MapType::ARRAY_OF_MAPS, MapType::HASH_OF_MAPS] {
        let mut attr = MapCreate { map_type, key_size: 4, value_size: 4, max_entries: 2, ..Default::default() };
        assert!(map_create(&attr).is_err());
        attr.inner_map = Some(inner.as_fd());
        let outer = map_create(&attr).unwrap();
        let fd = std::os::fd::AsRawFd::as_raw_fd(&inner.as_fd());
        outer.by_ref().update(&[0; 4], &fd.to_ne_bytes(), ElemFlags::ANY).unwrap();
        let mut id = [0; 4];
        assert!(outer.by_ref().lookup(&[0; 4], &mut id, ElemFlags::ANY).unwrap());
        assert_eq!(u32::from_ne_bytes(id), map_info(inner.as_fd()).unwrap().id);
    }
    Ok(())
}

pub fn a_buffer_of_the_wrong_size_never_reaches_the_kernel() -> Outcome {
    privileged()?;
    let map = create(MapType::PERCPU_ARRAY, 4, 8, MapFlags(0));
    let len = map.by_ref().user_value_size().unwrap();
    let mut short = vec![0; len - 1];
    for error in [
        map.by_ref().lookup(&[0; 4], &mut short, ElemFlags::ANY).unwrap_err(),
        map.by_ref().lookup(&[0; 3], &mut vec![0; len], ElemFlags::ANY).unwrap_err(),
        map.by_ref().lookup_and_delete(&[0; 5], &mut vec![0; len], ElemFlags::ANY).unwrap_err(),
        map.by_ref().update(&[0; 4], &short, ElemFlags::ANY).unwrap_err(),
        map.by_ref().next_key(None, &mut [0; 3]).map(drop).unwrap_err(),
        map.by_ref()
            .lookup_batch(&mut Cursor::default(), &mut [0; 8], &mut short, ElemFlags::ANY)
            .map(drop)
            .unwrap_err(),
    ] {
        assert_eq!(error.errno, Errno::EINVAL, "{error}");
    }
    Ok(())
}

pub fn batches_walk_the_whole_map() -> Outcome {
    privileged()?;
    let mut attr =
        MapCreate { map_type: MapType::HASH, key_size: 4, value_size: 8, max_entries: 100, ..Default::default() };
    attr.name = "batches";
    let map = map_create(&attr).unwrap();
    let map = map.by_ref();
    let keys: Vec<u8> = (0..100u32).flat_map(u32::to_ne_bytes).collect();
    let values: Vec<u8> = (0..100u64).flat_map(u64::to_ne_bytes).collect();
    assert_eq!(map.update_batch(&keys, &values, ElemFlags::ANY).unwrap(), 100);
    let (mut cursor, mut seen) = (Cursor::default(), Vec::new());
    while !cursor.at_end {
        let (mut keys, mut values) = ([0; 4 * 32], [0; 8 * 32]);
        let count = map.lookup_batch(&mut cursor, &mut keys, &mut values, ElemFlags::ANY).unwrap();
        for (key, value) in keys.chunks_exact(4).zip(values.chunks_exact(8)).take(count) {
            let key = u32::from_ne_bytes(key.try_into().unwrap());
            assert_eq!(u64::from(key), u64::from_ne_bytes(value.try_into().unwrap()));
            seen.push(key);
        }
    }
    seen.sort_unstable();
    assert_eq!(seen, (0..100).collect::<Vec<_>>());
    assert_eq!(map.delete_batch(&keys[..40], ElemFlags::ANY).unwrap(), 10);
    let mut cursor = Cursor::default();
    let (mut keys, mut values) = ([0; 4 * 200], [0; 8 * 200]);
    assert_eq!(map.lookup_and_delete_batch(&mut cursor, &mut keys, &mut values, ElemFlags::ANY).unwrap(), 90);
    assert!(cursor.at_end);
    assert!(!map.next_key(None, &mut [0; 4]).unwrap());
    Ok(())
}

pub fn the_kernel_knows_the_map() -> Outcome {
    privileged()?;
    let map = create(MapType::HASH, 4, 12, MapFlags::NO_PREALLOC);
    let info = map_info(map.as_fd()).unwrap();
    assert_eq!((info.map_type, info.key_size, info.value_size, info.max_entries), (MapType::HASH, 4, 12, 4));
    assert_eq!((info.name.as_str(), info.flags), ("a.map", MapFlags::NO_PREALLOC));
    assert!(ids(Kind::Map).any(|id| id.unwrap() == info.id));
    let again = fd_by_id(Kind::Map, info.id).unwrap();
    assert_eq!(map_info(again.as_fd()).unwrap(), info);
    assert_eq!(MapRef::of(again.as_fd()).unwrap().value_size(), 12);
    assert_eq!(map_info(std::io::stdin().as_fd()).unwrap_err().errno, Errno::EINVAL);
    Ok(())
}

pub fn a_frozen_map_is_read_only() -> Outcome {
    privileged()?;
    let map = create(MapType::ARRAY, 4, 4, MapFlags::RDONLY_PROG);
    map.by_ref().update(&[0; 4], &[1; 4], ElemFlags::ANY).unwrap();
    map.by_ref().freeze().unwrap();
    assert_eq!(map.by_ref().update(&[0; 4], &[2; 4], ElemFlags::ANY).unwrap_err().errno, Errno::EPERM);
    Ok(())
}

pub fn map_memory_is_the_map() -> Outcome {
    privileged()?;
    let map = create(MapType::ARRAY, 4, 40, MapFlags::MMAPABLE);
    let memory = MapMemory::new(map.as_fd(), 160, true, None).unwrap();
    let bytes: Vec<u8> = (0..40).collect();
    for (offset, len) in [(0, 40), (3, 1), (5, 20), (7, 33), (39, 1), (40, 0)] {
        assert!(memory.write(offset, &bytes[..len]));
        let mut got = vec![0; len];
        assert!(memory.read(offset, &mut got));
        assert_eq!(got, bytes[..len], "{offset} {len}");
    }
    assert!(memory.write(0, &bytes));
    let mut got = [0; 40];
    assert!(map.by_ref().lookup(&[0; 4], &mut got, ElemFlags::ANY).unwrap());
    assert_eq!(got, *bytes);
    assert!(!memory.read(150, &mut [0; 11]) && !memory.write(usize::MAX, &[0]));
    // A second mapping is never put on top of the first.
    let taken = MapMemory::new(map.as_fd(), 160, true, Some(memory.address())).unwrap_err();
    assert_eq!(taken.errno, Errno::EEXIST);
    let read_only = MapMemory::new(map.as_fd(), 160, false, None).unwrap();
    assert!(!read_only.write(0, &[1]));
    drop((memory, read_only));
    map.by_ref().freeze().unwrap();
    assert_eq!(MapMemory::new(map.as_fd(), 160, true, None).unwrap_err().errno, Errno::EPERM);
    Ok(())
}

pub fn pins_outlive_the_descriptor() -> Outcome {
    privileged()?;
    let Ok(root) = skep_sys::mounts::bpffs() else {
        return skip("no bpf file system can be mounted here");
    };
    let dir = root.join(format!("skep-sys-{}", std::process::id()));
    skep_sys::mounts::make_pin_dir(&dir).unwrap();
    let path = dir.join("map");
    let map = create(MapType::ARRAY, 4, 4, MapFlags(0));
    map.by_ref().update(&[0; 4], &[9; 4], ElemFlags::ANY).unwrap();
    skep_sys::bpf::obj_pin(map.as_fd(), &path).unwrap();
    assert_eq!(skep_sys::bpf::obj_pin(map.as_fd(), &path).unwrap_err().errno, Errno::EEXIST);
    drop(map);
    let map = Map::from_fd(skep_sys::bpf::obj_get(&path, MapFlags(0)).unwrap()).unwrap();
    let mut got = [0; 4];
    assert!(map.by_ref().lookup(&[0; 4], &mut got, ElemFlags::ANY).unwrap());
    assert_eq!(got, [9; 4]);
    if since(6, 5).is_ok() {
        let dir = std::fs::File::open(&dir).unwrap();
        skep_sys::bpf::obj_get_at("map".as_ref(), MapFlags(0), Some(dir.as_fd())).unwrap();
    }
    std::fs::remove_file(&path).unwrap();
    std::fs::remove_dir(&dir).unwrap();
    assert_eq!(skep_sys::bpf::obj_get(&path, MapFlags(0)).unwrap_err().errno, Errno::ENOENT);
    Ok(())
}

pub fn refusals_name_call_and_errno() -> Outcome {
    privileged()?;
    let error = map_create(&MapCreate { map_type: MapType(9999), ..Default::default() }).unwrap_err();
    assert!(error.to_string().starts_with("BPF_MAP_CREATE: E"), "{error}");
    Ok(())
}
