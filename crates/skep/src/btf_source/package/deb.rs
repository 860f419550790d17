//! Debian's packages: an archive of `ar`, in which the files are an archive of `tar`.

use super::{Kind, broken};

const AR: &[u8] = b"!<arch>\n";

pub(super) fn is_package(data: &[u8]) -> bool {
    data.starts_with(AR)
}

/// The part with the files, and its name.
pub(super) fn contents(data: &[u8]) -> Result<(&str, &[u8]), Kind> {
    parts(data).find(|(name, _)| name.starts_with("data.tar")).ok_or_else(|| broken("it has no part `data.tar`"))
}

/// The parts of the archive.
fn parts(data: &[u8]) -> impl Iterator<Item = (&str, &[u8])> {
    let mut rest = data.get(AR.len()..).unwrap_or_default();
    std::iter::from_fn(move || {
        let (head, body) = rest.split_first_chunk::<60>()?;
        let text = |from: usize, to: usize| std::str::from_utf8(head.get(from..to)?).ok().map(str::trim);
        let len: usize = text(48, 58)?.parse().ok()?;
        let part = body.get(..len)?;
        rest = body.get(len.next_multiple_of(2)..).unwrap_or_default();
        Some((text(0, 16)?.trim_end_matches('/'), part))
    })
}
