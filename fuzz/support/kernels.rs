//! Kernels to relocate for: the committed ones in both byte orders.

use std::sync::{Arc, LazyLock};

use skep_btf::{Btf, Edit, Endian};

static FILES: [&[u8]; 5] = [
    include_bytes!("../../fixtures/btf/5.10.min.btf"),
    include_bytes!("../../fixtures/btf/6.1.min.btf"),
    include_bytes!("../../fixtures/btf/6.12.min.btf"),
    include_bytes!("../../fixtures/btf/7.2.min.btf"),
    include_bytes!("../../fixtures/btf/7.3.min.btf"),
];

static KERNELS: LazyLock<Vec<[Arc<Btf>; 2]>> = LazyLock::new(|| {
    let both = |file: &&[u8]| {
        let little = Btf::parse(*file).expect("a committed kernel is well-formed");
        let big = Btf::parse(Edit::of(&little).encode(Endian::Big)).expect("what is written can be read");
        [Arc::new(little), Arc::new(big)]
    };
    FILES.iter().map(both).collect()
});

/// One of the committed kernels.
pub fn kernel(which: u8, endian: Endian) -> Arc<Btf> {
    let [little, big] = &KERNELS[usize::from(which) % KERNELS.len()];
    if endian == Endian::Little { little.clone() } else { big.clone() }
}

/// A release as the kernel packs it, from 4.14 on; 0 for one that is not known.
#[allow(dead_code, reason = "not every target asks for it")]
pub fn release(which: u8) -> u32 {
    match which {
        0 => 0,
        _ => (4 + u32::from(which) % 4) << 16 | (u32::from(which) >> 2) % 21 << 8,
    }
}
