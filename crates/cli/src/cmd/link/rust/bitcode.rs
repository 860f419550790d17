//! Which inputs are bitcode.

use std::{fs, path::Path};

use super::{super::inputs::File, archive::members};
use crate::{input, report::Failure};

/// What bitcode begins with, bare and in its wrapper.
const MAGICS: [&[u8]; 2] = [b"BC\xc0\xde", &[0xde, 0xc0, 0x17, 0x0b]];

/// Takes the files that are bitcode out of the inputs, and bitcode out of Rust libraries among them.
pub fn take(files: &mut Vec<File>) -> Result<Vec<Vec<u8>>, Failure> {
    let mut modules = Vec::new();
    let mut rest = Vec::with_capacity(files.len());
    for (path, whole) in files.drain(..) {
        if begins_as_bitcode(&path) {
            modules.push(input::bytes(&path)?);
            continue;
        }
        if path.extension().is_some_and(|extension| extension == "rlib") {
            let library = input::bytes(&path)?;
            modules.extend(members(&library).map(|m| m.data).filter(|data| is_bitcode(data)).map(<[u8]>::to_vec));
        }
        rest.push((path, whole));
    }
    *files = rest;
    Ok(modules)
}

fn is_bitcode(data: &[u8]) -> bool {
    MAGICS.iter().any(|magic| data.starts_with(magic))
}

/// Whether a file is bitcode. What cannot be read is none.
fn begins_as_bitcode(path: &Path) -> bool {
    use std::io::Read;
    let mut magic = [0; 4];
    fs::File::open(path).and_then(|mut file| file.read_exact(&mut magic)).is_ok() && is_bitcode(&magic)
}
