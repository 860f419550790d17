//! `.BTF.ext` from any bytes: every record of what opens can be read.

#![no_main]

use libfuzzer_sys::fuzz_target;
use skep_btf::ext::Ext;

fuzz_target!(|data: &[u8]| match Ext::parse(data) {
    Ok(ext) => {
        for group in ext.func_info() {
            assert_eq!(group.records().count(), group.len());
        }
        for group in ext.line_info() {
            assert_eq!(group.records().count(), group.len());
        }
        for group in ext.core() {
            assert_eq!(group.records().count(), group.len());
        }
    }
    Err(error) => assert!(!error.to_string().is_empty() && !error.code().is_empty()),
});
