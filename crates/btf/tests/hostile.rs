//! Bytes that are not what they should be: an error or an answer, and never a panic.
#![allow(clippy::unwrap_used, reason = "tests")]

mod sample;

use std::sync::Arc;

use skep_btf::{Array, Btf, Edit, Endian, Int, Kind, Member, Type, TypeId, downgrade, ext::Ext, value};

/// Asks everything that can be asked of every type.
fn exercise(btf: &Btf) -> usize {
    let mut seen = 0;
    for id in btf.ids().chain([TypeId(0), TypeId(u32::MAX)]) {
        let Some(ty) = btf.get(id) else { continue };
        seen += match ty {
            Type::Struct(ty) | Type::Union(ty) => ty.members().map(|m| m.name.len() + m.bit_size as usize).sum(),
            Type::Enum(ty) => ty.values().map(|value| value.name.len()).sum(),
            Type::FuncProto(ty) => ty.params().map(|param| param.name.len()).sum(),
            Type::Datasec(ty) => ty.vars().map(|var| var.size as usize & 1).sum(),
            _ => 0,
        };
        seen += btf.spelled(id).len() + btf.declared(id, "x").len() + btf.name(id).len();
        seen += btf.size(id).is_ok() as usize + btf.resolve(id).is_ok() as usize;
        seen += btf.path(id, "a[1].b.c[0]").is_ok() as usize + btf.path(id, "x").is_ok() as usize;
    }
    for _ in 0..8 {
        seen += btf.find_essential("s").count() + btf.find_kind("e64", Kind::ENUM64).is_some() as usize;
    }
    seen += btf.find_many(&["s", "task", ""]).essential(0).count();
    seen
}

/// Numbers that look random and are always the same.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        (self.0 >> 33) as usize % bound
    }

    /// Overwrites a few bytes: with any, or with a word of small or of extreme numbers.
    fn mutate(&mut self, bytes: &mut [u8]) {
        for _ in 0..=self.below(3) {
            let at = self.below(bytes.len() - 4);
            match self.below(4) {
                0 => bytes[at] ^= 1 << self.below(8),
                1 => bytes[at] = self.below(256) as u8,
                2 => bytes[at / 4 * 4] = self.below(24) as u8,
                _ => bytes[at / 4 * 4..][..4]
                    .copy_from_slice(&[u32::MAX, 0x7fff_ffff, 0x00ff_ffff][self.below(3)].to_le_bytes()),
            }
        }
    }
}

#[test]
fn btf_cut_short_anywhere_is_refused() {
    for endian in [Endian::Little, Endian::Big] {
        let whole = sample::every_kind().encode(endian);
        assert!(exercise(&Btf::parse(whole.clone()).unwrap()) > 0);
        for len in 0..whole.len() {
            let error = Btf::parse(&whole[..len]).unwrap_err();
            assert!(!error.code().is_empty() && !error.to_string().is_empty());
        }
    }
}

#[test]
fn btf_without_strings_is_refused_unless_it_has_a_base() {
    let header = [0x0001_eb9f, 24, 0, 0, 0, 0, 0u32];
    let bytes: Vec<u8> = header.iter().flat_map(|word| word.to_le_bytes()).collect();
    assert_eq!(Btf::parse(&*bytes).unwrap_err().code(), "btf-strings");
    let base = Arc::new(Btf::parse(sample::every_kind().finish()).unwrap());
    assert_eq!(Btf::parse_split(&*bytes, base).unwrap().len(), 0);
}

#[test]
fn ext_cut_short_anywhere_is_refused() {
    let whole = sample::ext(Endian::Little, 32, 1);
    for len in 0..whole.len() {
        assert!(Ext::parse(&whole[..len]).is_err(), "{len}");
    }
}

#[test]
fn changed_btf_is_refused_or_answers() {
    let mut random = Random(1);
    let (mut parsed, mut refused) = (0, 0);
    let base = Arc::new(Btf::parse(sample::every_kind().finish()).unwrap());
    for round in 0..6000 {
        let mut bytes = sample::every_kind().encode([Endian::Little, Endian::Big][round % 2]);
        random.mutate(&mut bytes);
        let btf = match round % 3 {
            0 => Btf::parse_split(bytes, base.clone()),
            _ => Btf::parse(bytes),
        };
        let Ok(btf) = btf else {
            refused += 1;
            continue;
        };
        parsed += 1;
        exercise(&btf);
        let again = Edit::of(&btf).finish();
        let lower = downgrade(&btf, |_| round % 5 == 0).unwrap_or_else(|| again.clone());
        if btf.base().is_none() {
            assert_eq!(Btf::parse(again).unwrap().len(), btf.len());
            assert!(Btf::parse(lower).unwrap().len() >= btf.len());
        }
    }
    assert!(parsed > 1000 && refused > 1000, "{parsed} {refused}");
}

#[test]
fn changed_ext_is_refused_or_answers() {
    let mut random = Random(2);
    let mut parsed = 0;
    for _ in 0..6000 {
        let mut bytes = sample::ext(Endian::Little, 32, 0);
        random.mutate(&mut bytes);
        if let Ok(ext) = Ext::parse(bytes) {
            parsed += 1;
            let records = ext.func_info().map(|group| group.records().count()).sum::<usize>()
                + ext.line_info().map(|group| group.records().count()).sum::<usize>()
                + ext.core().map(|group| group.records().count()).sum::<usize>();
            assert!(records <= 32);
        }
    }
    assert!(parsed > 500, "{parsed}");
}

#[test]
fn strings_end() {
    let mut edit = Edit::new(Endian::Little);
    let (fits, long) = ("f".repeat(4095), "l".repeat(4096));
    let near = edit.add().int(Int { name: &fits, size: 4, bits: 32, offset: 0, encoding: 0 });
    let far = edit.add().int(Int { name: &long, size: 4, bits: 32, offset: 0, encoding: 0 });
    let btf = Btf::parse(edit.finish()).unwrap();
    let cut = &long[..4095];
    assert_eq!((btf.name(near), btf.name(far)), (&*fits, cut));
    for _ in 0..6 {
        assert_eq!(btf.find_many(&[&fits, cut]).named(1).next().map(|(id, _)| id), Some(far));
        let found = [&fits, cut, &long].map(|name| btf.find_kind(name, Kind::INT));
        assert_eq!(found, [Some(near), Some(far), None]);
    }
    // What is written again keeps it.
    assert_eq!(Edit::of(&btf).finish(), btf.bytes().as_ref());
}

#[test]
fn types_nested_without_end_are_refused_one_by_one() {
    let mut edit = Edit::new(Endian::Little);
    let mut last = edit.add().int(Int { name: "int", size: 4, bits: 32, offset: 0, encoding: 1 });
    for i in 0..20_000u32 {
        last = match i % 3 {
            0 => edit.add().structure("s", 4, &[Member { name: "", ty: last, bit_offset: 0, bit_size: 0 }]),
            1 => edit.add().array(Array { elem: last, index: TypeId(1), len: u32::MAX }),
            _ => edit.add().ptr(last),
        };
    }
    let btf = Btf::parse(edit.finish()).unwrap();
    assert!(btf.spelled(last).len() < 1 << 16 && btf.path(last, "a.b").is_err());
    let (mut text, mut json) = (String::new(), String::new());
    value::text(&mut text, &btf, last, &[0; 4096], &value::Style::default()).unwrap();
    value::json(&mut json, &btf, last, &[0; 4096], &value::Style::default()).unwrap();
    assert!(text.len() < 1 << 20 && json.len() < 1 << 20, "{} {}", text.len(), json.len());
    assert!(value::parse(&btf, last, "[1]").is_err() || btf.size(last).is_ok());
}

#[test]
fn what_is_shown_of_a_value_is_bounded() {
    let mut edit = Edit::new(Endian::Little);
    let char = edit.add().int(Int { name: "char", size: 1, bits: 8, offset: 0, encoding: 0 });
    let array = edit.add().array(Array { elem: char, index: char, len: 1 << 20 });
    // All members share the same bytes.
    let members: Vec<_> = (0..5000).map(|_| Member { name: "m", ty: array, bit_offset: 0, bit_size: 0 }).collect();
    let shared = edit.add().structure("shared", 1 << 20, &members);
    // Each has the one before it twice, without a name: 2 to the 30th ways lead to the member.
    let mut last = edit.add().structure("leaf", 1, &[Member { name: "x", ty: char, bit_offset: 0, bit_size: 0 }]);
    for _ in 0..30 {
        last = edit.add().structure("", 1, &[Member { name: "", ty: last, bit_offset: 0, bit_size: 0 }; 2]);
    }
    let btf = Btf::parse(edit.finish()).unwrap();
    for (ty, bytes) in [(shared, vec![b'a'; 1 << 20]), (last, vec![1])] {
        let (mut text, mut json) = (String::new(), String::new());
        value::text(&mut text, &btf, ty, &bytes, &value::Style::default()).unwrap();
        value::json(&mut json, &btf, ty, &bytes, &value::Style::default()).unwrap();
        assert!(text.len() < 16 << 20 && json.len() < 16 << 20, "{} {}", text.len(), json.len());
    }
    assert!(value::parse(&btf, last, "y=1").is_err());
}
