//! Records about instructions.
#![allow(clippy::unwrap_used, reason = "tests")]

mod sample;

use skep_btf::{
    Btf, Endian, ErrorKind, Kind, StrOff, TypeId,
    ext::{CoreRelo, Ext, FuncInfo, LineInfo},
};
use skep_uapi::btf::CoreKind;

#[test]
fn records_of_any_length_in_both_byte_orders() {
    for (endian, header, longer) in
        [(Endian::Little, 32, 0), (Endian::Big, 32, 0), (Endian::Little, 40, 3), (Endian::Big, 24, 1)]
    {
        let ext = Ext::parse(sample::ext(endian, header, longer)).unwrap();
        assert_eq!(ext.endian(), endian);
        let groups: Vec<_> = ext.func_info().collect();
        assert_eq!((groups.len(), groups[0].name, groups[0].len()), (1, StrOff(1), 2));
        let [first, second] = [0, 16].map(|insn_off| FuncInfo { insn_off, type_id: TypeId(12) });
        assert_eq!(groups[0].records().collect::<Vec<_>>(), [first, second]);
        let lines: Vec<LineInfo> = ext.line_info().flat_map(|group| group.records()).collect();
        assert_eq!(lines, [LineInfo { insn_off: 8, file: StrOff(5), text: StrOff(9), line_col: 42 << 10 | 7 }]);
        assert_eq!((lines[0].line(), lines[0].column()), (42, 7));
        let core: Vec<CoreRelo> = ext.core().flat_map(|group| group.records()).collect();
        let expected = CoreRelo { insn_off: 24, type_id: TypeId(4), access: StrOff(11), kind: CoreKind(0) };
        assert_eq!(core, if header < 32 { vec![] } else { vec![expected] });
    }
}

#[test]
fn the_example_object() {
    let btf = Btf::parse(sample::section("examples/exec.bpf.o", ".BTF")).unwrap();
    let ext = Ext::parse(sample::section("examples/exec.bpf.o", ".BTF.ext")).unwrap();
    let mut records = 0;
    for group in ext.func_info() {
        assert!(btf.string(group.name).is_some_and(|name| name.contains('/') || name.starts_with('.')), "a section");
        for func in group.records() {
            assert_eq!(btf.kind(func.type_id), Some(Kind::FUNC));
            records += 1;
        }
    }
    assert!(records > 0);
    for line in ext.line_info().flat_map(|group| group.records()) {
        assert!(line.insn_off % 8 == 0 && line.line() > 0 && btf.string(line.text).is_some());
        assert!(btf.string(line.file).is_some_and(|file| file.ends_with(".c") || file.ends_with(".h")));
    }
    let core: Vec<_> = ext.core().flat_map(|group| group.records()).collect();
    assert!(!core.is_empty());
    for relo in core {
        assert!(
            btf.string(relo.access).is_some_and(|access| access.starts_with('0')) && btf.get(relo.type_id).is_some()
        );
    }
}

#[test]
fn faults_name_the_list_and_the_place() {
    let good = sample::ext(Endian::Little, 32, 0);
    let error = |at: usize, word: u32| {
        let mut bytes = good.clone();
        bytes[at..at + 4].copy_from_slice(&word.to_le_bytes());
        Ext::parse(bytes).unwrap_err()
    };
    let short = error(32, 4);
    assert_eq!(short.kind, ErrorKind::RecordSize { what: "function info", size: 4, least: 8 });
    assert_eq!(short.offset, Some(32));
    assert_eq!(error(32, 10).code(), "btf-record-size");
    let count = error(32 + 8, u32::MAX);
    assert_eq!((count.code(), count.offset), ("btf-truncated", Some(36)));
    assert!(count.to_string().contains("function info"), "{count}");
    assert_eq!(error(24, u32::MAX).kind, ErrorKind::Section("CO-RE"));
    assert_eq!(error(20, 2).kind, ErrorKind::Truncated { what: "line info", need: 4, have: 2 });
    assert_eq!(error(0, 0x1_1234).kind, ErrorKind::Magic(0x1234));
    assert_eq!(error(0, 0x2_eb9f).kind, ErrorKind::Version(2));
    assert_eq!(error(4, 8).code(), "btf-truncated");
    assert_eq!(Ext::parse(&b""[..]).unwrap_err().code(), "btf-truncated");
}
