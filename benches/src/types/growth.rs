//! How the cost grows with the number of types.

use std::{ffi::CString, hint::black_box};

use skep::btf::{Btf, Edit, Endian, Int, Kind, Member, TypeId, Value, c};

use super::{Result, TEXT, libbpf, spend};

/// Structs of two members, pointers, typedefs and enums, all of different names.
fn types(count: u32) -> Vec<u8> {
    let mut edit = Edit::new(Endian::Little);
    let int = edit.add().int(Int { name: "int", size: 4, bits: 32, offset: 0, encoding: 1 });
    for i in 1..count {
        match i % 4 {
            0 => {
                let next = Member { name: "next", ty: TypeId(i), bit_offset: 0, bit_size: 0 };
                let number = Member { name: "number", ty: int, bit_offset: 64, bit_size: 0 };
                edit.add().structure(&format!("struct_{i}"), 16, &[next, number])
            }
            1 => edit.add().typedef(&format!("typedef_{i}"), int),
            2 => {
                let value = Value { name: &format!("VALUE_{i}"), value: i.into() };
                edit.add().enumeration(&format!("enum_{i}"), 4, false, &[value])
            }
            _ => edit.add().ptr(int),
        };
    }
    edit.finish()
}

/// Prints the time for each type, in nanoseconds.
pub fn growth() -> Result<()> {
    println!("\n### nanoseconds for each type, as their number grows\n");
    println!("| types | open: skep | libbpf | 1000 names: skep | libbpf | C header: skep | libbpf |");
    println!("|---:|---:|---:|---:|---:|---:|---:|");
    for count in [25_000, 50_000, 100_000, 200_000, 400_000] {
        let bytes = types(count);
        let names: Vec<String> = (0..1000).map(|i| format!("struct_{}", (count / 1000 * i) & !3)).collect();
        let strings =
            names.iter().map(|name| CString::new(name.as_str())).collect::<std::result::Result<Vec<_>, _>>()?;
        let (btf, opened) = spend(|| Btf::parse(&bytes[..]));
        let btf = btf?;
        let (_, found) = spend(|| names.iter().for_each(|name| _ = black_box(btf.find_kind(name, Kind::STRUCT))));
        let (mut text, mut text2) = (String::with_capacity(4 * TEXT), Vec::with_capacity(4 * TEXT));
        let (_, written) = spend(|| c::header(&mut text, &btf, &[], &c::Options::default()));
        // SAFETY: the bytes are as long as said.
        let (theirs, opened2) = spend(|| unsafe { libbpf_sys::btf__new(bytes.as_ptr().cast(), bytes.len() as u32) });
        let (_, found2) = spend(|| strings.iter().for_each(|name| _ = libbpf::find(theirs, name)));
        let (_, written2) = spend(|| libbpf::header(theirs, &mut text2));
        let cells = [opened, opened2, found, found2, written, written2].map(|(us, _)| us * 1e3 / f64::from(count));
        println!("| {count} | {} |", cells.map(|ns| format!("{ns:.1}")).join(" | "));
    }
    Ok(())
}
