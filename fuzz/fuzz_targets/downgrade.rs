//! BTF from any bytes for kernels that lack anything: what is rewritten can be read, keeps its ids and sizes, and needs
//! no second pass.

#![no_main]

use libfuzzer_sys::fuzz_target;
use skep_btf::{Btf, Kind, downgrade};

// The last 4 bytes are the set of features that the kernel has.
fuzz_target!(|data: &[u8]| {
    let Some((data, mask)) = data.split_last_chunk::<4>() else { return };
    let mask = u32::from_le_bytes(*mask);
    let has = |feature| mask >> (feature as u32 % 32) & 1 == 1;
    let Ok(btf) = Btf::parse(data) else { return };
    let Some(lower) = downgrade(&btf, has) else { return };
    let lower = Btf::parse(lower).expect("what was rewritten can be read");
    assert!(lower.len() >= btf.len());
    for id in btf.ids() {
        let sized = [Kind::INT, Kind::STRUCT, Kind::UNION, Kind::ENUM, Kind::ENUM64, Kind::FLOAT, Kind::DATASEC];
        if btf.kind(id).is_some_and(|kind| sized.contains(&kind)) {
            assert_eq!(btf.size(id), lower.size(id), "{id:?}");
        }
    }
    assert!(downgrade(&lower, has).is_none(), "once is enough");
});
