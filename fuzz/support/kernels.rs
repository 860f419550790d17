//! Objects from the input of a fuzz target, and kernels to relocate them for: the committed ones in both byte orders.

use std::sync::{Arc, LazyLock};

use skep_btf::{Array, Btf, Edit, Endian, Int, Member};
use skep_reloc::{
    linker::{Linked, link},
    object::elf,
};

static FILES: [&[u8]; 5] = [
    include_bytes!("../../fixtures/btf/5.10.min.btf"),
    include_bytes!("../../fixtures/btf/6.1.min.btf"),
    include_bytes!("../../fixtures/btf/6.12.min.btf"),
    include_bytes!("../../fixtures/btf/7.2.min.btf"),
    include_bytes!("../../fixtures/btf/7.3.min.btf"),
];

static KERNELS: LazyLock<Vec<[Arc<Btf>; 2]>> = LazyLock::new(|| {
    let both = |file: &&[u8]| {
        let little = with_tables(&Btf::parse(*file).expect("a committed kernel is well-formed"));
        let big = Btf::parse(Edit::of(&little).encode(Endian::Big)).expect("what is written can be read");
        [Arc::new(little), Arc::new(big)]
    };
    FILES.iter().map(both).collect()
});

/// The same kernel with a table of functions that programs can fill (struct_ops).
fn with_tables(kernel: &Btf) -> Btf {
    let mut edit = Edit::of(kernel);
    let int = edit.add().int(Int { name: "int", size: 4, bits: 32, offset: 0, encoding: 1 });
    let char = edit.add().int(Int { name: "char", size: 1, bits: 8, offset: 0, encoding: 1 });
    let name = edit.add().array(Array { elem: char, index: int, len: 16 });
    let proto = edit.add().func_proto(int, &[]);
    let function = edit.add().ptr(proto);
    let member = |name, ty, at: u32| Member { name, ty, bit_offset: at * 8, bit_size: 0 };
    let functions = ["ssthresh", "cong_avoid", "init", "undo_cwnd"];
    let mut members: Vec<_> =
        functions.iter().zip((0..).step_by(8)).map(|(name, at)| member(name, function, at)).collect();
    members.extend([member("flags", int, 32), member("name", name, 36)]);
    let table = edit.add().structure("tcp_congestion_ops", 56, &members);
    edit.add().structure("bpf_struct_ops_tcp_congestion_ops", 120, &[member("data", table, 64)]);
    Btf::parse(edit.finish()).expect("what is written can be read")
}

/// What an input says: an object, and the kernel that it is for.
pub struct Case<'a> {
    /// The object, linked.
    pub linked: Linked,
    /// Which kernel.
    pub which: u8,
    /// Its release, as a choice.
    pub release: u8,
    /// What else the kernel has, a bit each.
    pub with: u8,
    /// Its configuration.
    pub config: std::borrow::Cow<'a, str>,
}

/// Reads an input: its last 4 bytes choose the kernel, and say how many of the bytes before them are its configuration.
pub fn case(data: &[u8]) -> Option<Case<'_>> {
    let (data, &[which, release, with, config]) = data.split_last_chunk::<4>()?;
    let (object, config) = data.split_at(data.len().saturating_sub(config.into()));
    let linked = link([elf::read("fuzz.bpf.o", object).ok()?]).ok()?;
    Some(Case { linked, which, release, with, config: String::from_utf8_lossy(config) })
}

/// One of the committed kernels.
pub fn kernel(which: u8, endian: Endian) -> Arc<Btf> {
    let [little, big] = &KERNELS[usize::from(which) % KERNELS.len()];
    if endian == Endian::Little { little.clone() } else { big.clone() }
}

/// A release as the kernel packs it, from 4.14 on; 0 for one that is not known.
pub fn release(which: u8) -> u32 {
    match which {
        0 => 0,
        _ => (4 + u32::from(which) % 4) << 16 | (u32::from(which) >> 2) % 21 << 8,
    }
}
