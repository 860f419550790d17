//! Archives of `cpio`, in their newer form.

use std::io::{self, Read};

use super::{Kind, Search, broken};

/// A magic number and thirteen numbers of eight hex digits.
const HEAD: usize = 110;
/// Longer names are none.
const LONGEST_NAME: u64 = 1 << 12;

pub(super) fn begins(data: &[u8]) -> bool {
    data.starts_with(b"070701") || data.starts_with(b"070702")
}

/// Looks through an archive. None if what is looked for is not there.
pub(super) fn find(mut cpio: impl Read, search: &mut Search<'_>) -> Result<Option<Vec<u8>>, Kind> {
    let failed = |error: io::Error| broken(error.to_string());
    loop {
        let mut head = [0; HEAD];
        cpio.read_exact(&mut head).map_err(failed)?;
        if !begins(&head) {
            return Err(broken("its `cpio` is of an unknown form"));
        }
        let number = |at: usize| hex(head.get(at..at + 8)).ok_or_else(|| broken("a number in its `cpio` is none"));
        let (mode, size, name_size) = (number(14)?, number(54)?, number(94)?);
        if name_size > LONGEST_NAME {
            return Err(broken("a name in its `cpio` is too long"));
        }
        let mut name = vec![0; (HEAD as u64 + name_size).next_multiple_of(4) as usize - HEAD];
        cpio.read_exact(&mut name).map_err(failed)?;
        let name = String::from_utf8_lossy(name.split(|&byte| byte == 0).next().unwrap_or_default()).into_owned();
        if name == "TRAILER!!!" {
            return Ok(None);
        }
        let mut body = (&mut cpio).take(size.next_multiple_of(4));
        // Of files with several names only the last one has the contents.
        let is_file = mode & 0o170_000 == 0o100_000 && size > 0;
        if is_file && let Some(file) = search.take(&name, size, &mut body)? {
            return Ok(Some(file));
        }
        io::copy(&mut body, &mut io::sink()).map_err(failed)?;
    }
}

fn hex(digits: Option<&[u8]>) -> Option<u64> {
    let digits = digits.filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))?;
    u64::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}
