//! Objects from clang against the types of kernels, in both byte orders.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may unwrap")]

use std::fmt::Write;

use skep_btf::{
    Btf, Endian, Kind,
    core::{Matcher, Record, Target},
    ext::Ext,
    value::{self, Style, Times},
};

fn file(path: &str) -> Vec<u8> {
    std::fs::read(format!("{}/../../fixtures/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// The contents of a section of a 64-bit ELF file.
fn section(elf: &[u8], name: &str) -> Vec<u8> {
    let endian = if elf[5] == 1 { Endian::Little } else { Endian::Big };
    let half = |at: usize| usize::from(endian.u16(elf[at..at + 2].try_into().unwrap()));
    let word = |at: usize| endian.u32(elf[at..at + 4].try_into().unwrap()) as usize;
    let long = |at: usize| endian.u64(elf[at..at + 8].try_into().unwrap()) as usize;
    let header = |i: usize| long(40) + i * half(58);
    let names = long(header(half(62)) + 24);
    for at in (0..half(60)).map(header) {
        let text = &elf[names + word(at)..];
        if text.starts_with(name.as_bytes()) && text[name.len()] == 0 {
            return elf[long(at + 24)..long(at + 24) + long(at + 32)].to_vec();
        }
    }
    panic!("no section {name}");
}

fn object(name: &str) -> (Btf, Ext) {
    let elf = file(&format!("o/{name}.bpf.o"));
    (Btf::parse(section(&elf, ".BTF")).unwrap(), Ext::parse(section(&elf, ".BTF.ext")).unwrap())
}

/// One line for each record of an object.
fn answers(name: &str, kernel: &str) -> String {
    let ((local, ext), target) = (object(name), Btf::parse(file(&format!("btf/{kernel}.min.btf"))).unwrap());
    let mut matcher = Matcher::new(&local, &target);
    let mut out = String::new();
    for record in ext.core().flat_map(|section| section.records()) {
        let access = local.string(record.access).unwrap();
        let record = Record { type_id: record.type_id, kind: record.kind, access };
        let answer = matcher.resolve(&record).unwrap();
        let value = match answer.target {
            // The ids of types depend on everything else in the object or kernel.
            Target::Value(_) if !answer.checked && record.kind.is_type() => "some id".to_string(),
            Target::Value(value) => value.to_string(),
            Target::Absent => format!("absent: {}", matcher.miss(&record).unwrap()),
        };
        let spec = matcher.local(&record).unwrap().to_string();
        writeln!(out, "{} {}: {value}", record.kind, spec.split(" (").next().unwrap()).unwrap();
    }
    out
}

#[test]
fn each_of_the_13_kinds() {
    let expected = "\
type_id_local struct task_struct: some id
type_id_target struct task_struct: some id
field_byte_offset struct task_struct.tasks.next: 1976
field_byte_size struct task_struct.comm: 16
field_exists struct task_struct.real_parent: 1
field_exists struct task_struct.not_in_any_kernel: 0
field_signed struct task_struct.pid: 1
field_lshift_u64 struct task_struct.flags: 32
field_rshift_u64 struct task_struct.flags: 32
type_exists typedef atomic_t: 1
type_exists struct not_in_any_kernel: 0
type_size struct list_head: 16
type_matches struct list_head: 1
enumval_exists enum pid_type::PIDTYPE_TGID: 1
enumval_exists enum pid_type::PIDTYPE_NOT_THERE: 0
enumval_value enum pid_type::PIDTYPE_TGID: 1
field_byte_offset struct task_struct.comm[3]: 2739
";
    for endian in ["el", "eb"] {
        assert_eq!(answers(&format!("{endian}/core_kinds"), "5.10"), expected);
    }
}

#[test]
fn bitfields_of_the_kernels_own_byte_order() {
    let expected = "\
field_byte_offset struct task_struct.sched_reset_on_fork: 2732
field_byte_size struct task_struct.sched_reset_on_fork: 4
field_lshift_u64 struct task_struct.sched_reset_on_fork: 63
field_signed struct task_struct.sched_reset_on_fork: 0
field_rshift_u64 struct task_struct.sched_reset_on_fork: 63
field_rshift_u64 struct task_struct.sched_reset_on_fork: 63
field_byte_offset struct task_struct.flags: 44
field_byte_size struct task_struct.flags: 4
field_lshift_u64 struct task_struct.flags: 32
field_signed struct task_struct.flags: 0
field_rshift_u64 struct task_struct.flags: 32
field_rshift_u64 struct task_struct.flags: 32
field_byte_offset struct task_struct.flags: 44
";
    assert_eq!(answers("el/core_bitfields", "7.2"), expected);
}

#[test]
fn flavours_see_the_kernel_that_is_there() {
    let expected = "\
field_exists struct task_struct___new.__state: 0
field_byte_offset struct task_struct___new.__state: absent: this kernel's `struct task_struct` has no member `__state`
field_byte_offset struct task_struct___old.state: 16
field_exists struct task_struct___never.member.here: 0
field_byte_offset struct task_struct___never.member.here: absent: this kernel's `struct task_struct` has no member `member`
type_exists union kernfs_node_id___short: 0
";
    assert_eq!(answers("el/core_flavours", "5.10"), expected);
    let new = answers("eb/core_flavours", "7.2");
    assert!(new.starts_with("field_exists struct task_struct___new.__state: 1\n"), "{new}");
    assert!(
        new.contains("task_struct___old.state: absent: this kernel's `struct task_struct` has no member `state`\n")
    );
}

#[test]
fn a_record_with_a_member_of_every_sort() {
    let text = "tiny=-1 port=443 net_port=8080 address=10.1.2.3 address6=fe80::1 negative=-5 yes=true letter='x' \
                text=\"a\\nb\" colour=GREEN huge=HUGE single=1.5 precise=-0.25 pointer=0x0 bits3=5 bits5=-2 time_ns=7 \
                point={x=1 y=-1} inner=2 number={whole=0 parts=00000000} matrix=[[1, 2, 3], [0, 0, 4]] qualified=9 \
                empty=[]";
    for endian in ["el", "eb"] {
        let (btf, _) = object(&format!("{endian}/types"));
        let ty = btf.find_kind("record", Kind::STRUCT).unwrap();
        let bytes = value::parse(&btf, ty, text).unwrap();
        let mut out = String::new();
        value::text(&mut out, &btf, ty, &bytes, &Style { times: Times::Raw, ..Style::default() }).unwrap();
        assert_eq!(out, text, "{endian}");
        out.clear();
        value::json(&mut out, &btf, ty, &bytes, &Style::default()).unwrap();
        let expected = r#"{"tiny":-1,"port":443,"net_port":8080,"address":"10.1.2.3","address6":"fe80::1","negative":-5,"yes":true,"letter":120,"text":"a\nb","colour":"GREEN","huge":"HUGE","single":1.5,"precise":-0.25,"pointer":"0x0","bits3":5,"bits5":-2,"time_ns":7,"point":{"x":1,"y":-1},"inner":2,"number":{"whole":0,"parts":"00000000"},"matrix":[[1,2,3],[0,0,4]],"qualified":9,"empty":[]}"#;
        assert_eq!(out, expected, "{endian}");
        assert_eq!(value::parse(&btf, ty, &out).unwrap(), bytes, "JSON gives the bytes back");
        let part = r#"{ "tiny" : -1, "text": "\u00e9\/\b", "pointer": "0xffff888000000010", "colour": null }"#;
        let bytes = value::parse(&btf, ty, part).unwrap();
        let pointer = btf.path(ty, "pointer").unwrap().bit_offset as usize / 8;
        let text = btf.path(ty, "text").unwrap().bit_offset as usize / 8;
        assert_eq!(btf.endian().u64(bytes[pointer..pointer + 8].try_into().unwrap()), 0xffff_8880_0000_0010);
        assert_eq!(bytes[text..text + 5], [0xc3, 0xa9, b'/', 8, 0]);
        assert_eq!(
            value::parse(&btf, ty, "pointer=0x10 <start+0x1> tiny=-1").unwrap()[pointer..][..8].iter().sum::<u8>(),
            16
        );
    }
}

#[test]
fn all_records_at_once_give_what_they_give_one_by_one() {
    for name in ["core_kinds", "core_flavours", "core_bitfields", "core_enum64", "large"] {
        let (local, ext) = object(&format!("el/{name}"));
        let records: Vec<Record<'_>> = ext
            .core()
            .flat_map(|section| section.records())
            .map(|record| Record {
                type_id: record.type_id,
                kind: record.kind,
                access: local.string(record.access).unwrap(),
            })
            .collect();
        for kernel in ["5.10", "6.1", "6.12", "7.2", "7.3"] {
            let target = Btf::parse(file(&format!("btf/{kernel}.min.btf"))).unwrap();
            let mut matcher = Matcher::new(&local, &target);
            let one_by_one: Vec<_> = records.iter().map(|record| matcher.resolve(record)).collect();
            assert!(!records.is_empty());
            assert_eq!(Matcher::new(&local, &target).resolve_all(&records), one_by_one, "{name} on {kernel}");
        }
    }
}
