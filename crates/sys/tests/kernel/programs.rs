use crate::insns::{Insns, nothing};
use crate::{Outcome, privileged, since, skip};
use skep_sys::Errno;
use skep_sys::bpf::*;
use skep_uapi::{MapType, ProgType};
use std::os::fd::AsFd;

pub fn a_program_runs_by_hand() -> Outcome {
    privileged()?;
    let program = nothing(42).load(ProgType::SOCKET_FILTER);
    let mut run = TestRun { data: &[0; 64], repeat: 3, ..Default::default() };
    let output = prog_test_run(program.as_fd(), &mut run).unwrap();
    assert_eq!(output.retval, 42);
    let mut packet = [0xff; 64];
    // r1 = data; *(u8 *)(r1 + 0) = 7 after a bounds check; return XDP_PASS
    let write = Insns::default()
        .op(0x61, 2, 1, 4, 0)
        .op(0x61, 1, 1, 0, 0)
        .mov_reg(3, 1)
        .op(0x07, 3, 0, 0, 1)
        .op(0x2d, 3, 2, 1, 0)
        .op(0x72, 1, 0, 0, 7)
        .exit(2)
        .load(ProgType::XDP);
    let mut run = TestRun { data: &[0; 64], data_out: &mut packet, ..Default::default() };
    let output = prog_test_run(write.as_fd(), &mut run).unwrap();
    assert_eq!((output.retval, output.data_len, packet[0], packet[1]), (2, 64, 7, 0));
    Ok(())
}

pub fn the_verifier_explains_itself() -> Outcome {
    privileged()?;
    let insns = Insns::default().op(0x95, 0, 0, 0, 0);
    let load =
        ProgLoad { prog_type: ProgType::SOCKET_FILTER, insns: insns.bytes(), license: "GPL", ..Default::default() };
    let mut log = Log::new(1, 1 << 16);
    let error = prog_load(&load, Some(&mut log)).unwrap_err();
    assert_eq!(error.errno, Errno::EACCES);
    assert!(log.text().contains("R0 !read_ok"), "{}", log.text());
    assert!(!log.is_truncated());
    if log.true_size != 0 {
        assert_eq!(log.true_size as usize, log.bytes().len() + 1);
    }
    // Without a log there is only the number; with too small a one, another number on some kernels.
    assert_eq!(prog_load(&load, None).unwrap_err().errno, Errno::EACCES);
    let mut small = Log::new(2, 128);
    assert!(prog_load(&load, Some(&mut small)).is_err());
    assert!(small.bytes().len() < 128);
    Ok(())
}

pub fn the_kernel_knows_the_program() -> Outcome {
    privileged()?;
    let attr = MapCreate { map_type: MapType::ARRAY, key_size: 4, value_size: 8, max_entries: 1, ..Default::default() };
    let map = map_create(&attr).unwrap();
    let program =
        Insns::default().store(-8, 0).map(1, map.as_fd()).stack(2, -8).call(1).exit(0).load(ProgType::SOCKET_FILTER);
    let info = prog_info(program.as_fd()).unwrap();
    assert_eq!((info.prog_type, info.name.as_str(), info.map_count), (ProgType::SOCKET_FILTER, "test", 1));
    assert!(info.is_gpl_compatible && info.xlated_len > 0 && info.load_time > 0);
    assert_eq!(prog_map_ids(program.as_fd()).unwrap(), [map_info(map.as_fd()).unwrap().id]);
    assert_eq!(prog_xlated(program.as_fd()).unwrap().len(), info.xlated_len as usize);
    assert!(ids(Kind::Program).any(|id| id.unwrap() == info.id));
    assert_eq!(prog_info(map.as_fd()).unwrap_err().errno, Errno::EINVAL);
    assert_eq!(prog_xlated(map.as_fd()).unwrap_err().errno, Errno::EINVAL);
    let other = map_create(&attr).unwrap();
    prog_bind_map(program.as_fd(), other.as_fd()).unwrap();
    assert_eq!(prog_map_ids(program.as_fd()).unwrap().len(), 2);
    Ok(())
}

pub fn runs_are_counted_while_asked_for() -> Outcome {
    privileged()?;
    let program = nothing(0).load(ProgType::SOCKET_FILTER);
    let Ok(stats) = enable_stats() else {
        return skip("statistics need CAP_SYS_ADMIN");
    };
    let mut run = TestRun { data: &[0; 64], repeat: 10, ..Default::default() };
    prog_test_run(program.as_fd(), &mut run).unwrap();
    drop(stats);
    let info = prog_info(program.as_fd()).unwrap();
    assert!(info.run_count >= 10, "{info:?}");
    Ok(())
}

/// A header, and one integer named `int`.
fn small_btf() -> Vec<u8> {
    let mut btf = Vec::new();
    btf.extend(0xeb9fu16.to_ne_bytes());
    btf.extend([1, 0]);
    for number in [24u32, 0, 16, 16, 5, 1, 1 << 24, 4, 32] {
        btf.extend(number.to_ne_bytes());
    }
    btf.extend(b"\0int\0");
    btf
}

pub fn btf_is_loaded_and_read_back() -> Outcome {
    privileged()?;
    let btf = small_btf();
    let mut log = Log::new(1, 4096);
    let fd =
        btf_load(&BtfLoad { btf: &btf, token: None }, Some(&mut log)).unwrap_or_else(|e| panic!("{e} {}", log.text()));
    let object = BtfObject::from_fd(fd).unwrap();
    assert_eq!(object.bytes().unwrap(), btf);
    let info = object.info().unwrap();
    assert!(!info.is_kernel && info.name.unwrap_or_default().is_empty() && info.size as usize == btf.len());
    let mut broken = btf;
    broken[24] = 99;
    let error = btf_load(&BtfLoad { btf: &broken, token: None }, Some(&mut log)).unwrap_err();
    assert_eq!(error.call, "BPF_BTF_LOAD");
    assert!(!log.bytes().is_empty());
    let null = std::fs::File::open("/dev/null").unwrap();
    assert_eq!(BtfObject::from_fd(null.into()).unwrap_err().errno, Errno::EINVAL);
    Ok(())
}

pub fn the_kernels_own_btf_is_listed() -> Outcome {
    privileged()?;
    since(5, 11)?;
    let found = ids(Kind::Btf).find_map(|id| {
        let info = BtfObject::by_id(id.unwrap()).ok()?.info().unwrap();
        (info.is_kernel && info.name.as_deref() == Some("vmlinux")).then_some(info)
    });
    let mapped = skep_sys::mmap::KernelBtf::vmlinux().unwrap();
    assert_eq!(found.unwrap().size as usize, mapped.as_ref().len());
    Ok(())
}
