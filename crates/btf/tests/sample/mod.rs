//! Small BTF and sections of committed objects, for tests.
#![allow(dead_code, clippy::unwrap_used, reason = "each test file uses a part; tests may unwrap")]

use object::{Object, ObjectSection};
use skep_btf::{Array, Edit, Endian, Int, Member, Param, SecVar, TypeId, Value};

pub const INT: Int<'_> = Int { name: "int", size: 4, bits: 32, offset: 0, encoding: 1 };

pub fn member(name: &str, ty: TypeId, bit_offset: u32, bit_size: u8) -> Member<'_> {
    Member { name, ty, bit_offset, bit_size }
}

/// One type of each kind, with the id equal to the number of the kind.
pub fn every_kind() -> Edit {
    let mut edit = Edit::new(Endian::Little);
    let int = edit.add().int(INT);
    edit.add().ptr(int);
    edit.add().array(Array { elem: int, index: int, len: 7 });
    edit.add().structure("s", 8, &[member("a", int, 0, 0), member("b", int, 32, 5), member("", int, 37, 3)]);
    edit.add().union("u", 4, &[member("x", int, 0, 0), member("y", TypeId(16), 0, 0)]);
    edit.add().enumeration(
        "e",
        4,
        true,
        &[Value { name: "MINUS", value: -3i64 as u64 }, Value { name: "A", value: 9 }],
    );
    edit.add().fwd("later", true);
    edit.add().typedef("t", int);
    edit.add().volatile(int);
    edit.add().constant(int);
    edit.add().restrict(TypeId(2));
    edit.add().func("f", TypeId(13), 1);
    edit.add().func_proto(int, &[Param { name: "a", ty: int }, Param { name: "", ty: TypeId::VOID }]);
    edit.add().var("v", int, 2);
    edit.add().datasec(".data", 4, &[SecVar { ty: TypeId(14), offset: 0, size: 4 }]);
    edit.add().float("float", 4);
    edit.add().decl_tag("tag", TypeId(4), 1, true);
    edit.add().type_tag("user", int, false);
    edit.add().enumeration64("e64", 8, false, &[Value { name: "BIG", value: 0x1_2345_6789_abcd }]);
    edit
}

/// A section of a file in the repository.
pub fn section(path: &str, name: &str) -> Vec<u8> {
    let bytes = std::fs::read(format!("{}/../../{path}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let file = object::File::parse(&*bytes).unwrap();
    file.section_by_name(name).unwrap().data().unwrap().to_vec()
}

/// `.BTF.ext` with one group in each list: two functions, a line, a CO-RE record. Records are `longer` words longer than
/// they need be, and the header ends after `header` bytes.
pub fn ext(endian: Endian, header: u32, longer: u32) -> Vec<u8> {
    let list = |words: u32, records: &[&[u32]]| {
        let mut list = vec![4 * (words + longer), 1, records.len() as u32];
        for record in records {
            list.extend(record.iter().copied().chain((0..longer).map(|_| 0xdead)));
        }
        list
    };
    let lists = [list(2, &[&[0, 12], &[16, 12]]), list(4, &[&[8, 5, 9, 42 << 10 | 7]]), list(4, &[&[24, 4, 11, 0]])];
    let mut words = vec![u32::from_le_bytes([0, 0, 1, 0]), header];
    let mut off = 0;
    for list in lists.iter().take(if header < 32 { 2 } else { 3 }) {
        words.extend([off, 4 * list.len() as u32]);
        off += 4 * list.len() as u32;
    }
    words.resize(header as usize / 4, 0);
    words.extend(lists.iter().flatten().take(off as usize / 4));
    let mut bytes: Vec<u8> = words.iter().flat_map(|&word| endian.bytes32(word)).collect();
    bytes[..4].copy_from_slice(&[endian.bytes16(0xeb9f)[0], endian.bytes16(0xeb9f)[1], 1, 0]);
    bytes
}
