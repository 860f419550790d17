//! RPM's packages: a lead, two headers, and behind them the files as an archive of `cpio`.

use super::{Kind, broken};

const LEAD: &[u8] = b"\xed\xab\xee\xdb";
const LEAD_SIZE: usize = 96;
const HEADER: &[u8] = b"\x8e\xad\xe8\x01";

pub(super) fn is_package(data: &[u8]) -> bool {
    data.starts_with(LEAD)
}

/// The files, compressed or not.
pub(super) fn contents(data: &[u8]) -> Result<&[u8], Kind> {
    let signature = header(data, LEAD_SIZE)?;
    // Only the first header is padded.
    let end = header(data, signature.next_multiple_of(8))?;
    data.get(end..).ok_or_else(|| broken("it ends before its files"))
}

/// Where a header ends: entries of 16 bytes, and what they refer to.
fn header(data: &[u8], at: usize) -> Result<usize, Kind> {
    let head = data.get(at..at + 16).filter(|head| head.starts_with(HEADER));
    let head = head.ok_or_else(|| broken(format!("there is no header at offset {at}")))?;
    let number = |at: usize| match head.get(at..at + 4) {
        Some(&[a, b, c, d]) => u32::from_be_bytes([a, b, c, d]) as usize,
        _ => 0,
    };
    Ok(at + 16 + 16 * number(8) + number(12))
}
