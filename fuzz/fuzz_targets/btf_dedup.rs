//! Deduplication of any BTF: what comes out opens, is smaller, and has nothing left to merge but what declarations hide.

#![no_main]

use libfuzzer_sys::fuzz_target;
use skep_btf::{Btf, dedup};

fuzz_target!(|data: &[u8]| {
    let Ok(btf) = Btf::parse(data) else { return };
    match dedup(&btf) {
        Ok(deduped) => {
            let Ok(after) = Btf::parse(deduped.bytes()) else { panic!("what was written opens") };
            assert!(after.len() <= btf.len());
            assert!(btf.ids().all(|id| after.get(deduped.id(id)).is_some()), "every type is somewhere");
            assert!(dedup(&after).is_ok_and(|again| again.edit.len() <= after.len()));
        }
        Err(error) => assert!(!error.to_string().is_empty() && !error.code().is_empty()),
    }
});
