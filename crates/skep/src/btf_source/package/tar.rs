//! Archives of `tar`.

use std::io::{self, Read};

use super::{Kind, Search, broken};

/// The size of a head, and what everything is padded to.
pub(super) const HEAD: usize = 512;

/// Whether it begins with the head of a file.
pub(super) fn begins(data: &[u8]) -> bool {
    data.len() >= HEAD && data.get(257..262) == Some(b"ustar")
}

/// Looks through an archive. None if what is looked for is not there.
pub(super) fn find(mut tar: impl Read, search: &mut Search<'_>) -> Result<Option<Vec<u8>>, Kind> {
    let failed = |error: io::Error| broken(error.to_string());
    let mut long = None::<String>;
    loop {
        let mut head = [0; HEAD];
        if tar.read_exact(&mut head).is_err() || head == [0; HEAD] {
            return Ok(None);
        }
        let size = octal(&head[124..136]).ok_or_else(|| broken("a size in its `tar` is no number"))?;
        let kind = head[156];
        let name = long.take().unwrap_or_else(|| name(&head));
        let mut body = (&mut tar).take(size.next_multiple_of(HEAD as u64));
        match kind {
            0 | b'0' => {
                if let Some(file) = search.take(&name, size, &mut body)? {
                    return Ok(Some(file));
                }
            }
            // The name of the next file, where it is a long one.
            b'L' if size <= 1 << 12 => {
                let text = text(&mut body, size).map_err(failed)?;
                long = Some(text.trim_end_matches('\0').to_owned());
            }
            // The same in the newer form: lines of a length, a word and a value.
            b'x' if size <= 1 << 16 => {
                let text = text(&mut body, size).map_err(failed)?;
                let mut lines = text.lines().filter_map(|line| line.split_once(' ')?.1.strip_prefix("path="));
                long = lines.next().map(str::to_owned);
            }
            _ => {}
        }
        io::copy(&mut body, &mut io::sink()).map_err(failed)?;
    }
}

fn text(body: &mut impl Read, size: u64) -> io::Result<String> {
    let mut bytes = Vec::new();
    body.take(size).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The path in the head of a file, its two parts put together.
fn name(head: &[u8; HEAD]) -> String {
    let text = |bytes: &[u8]| {
        let bytes = bytes.split(|&byte| byte == 0).next().unwrap_or_default();
        String::from_utf8_lossy(bytes).into_owned()
    };
    let (name, before) = (text(&head[..100]), text(&head[345..500]));
    let is_new = &head[257..262] == b"ustar" && &head[257..265] != b"ustar  \0";
    if is_new && !before.is_empty() { format!("{before}/{name}") } else { name }
}

/// A number in octal digits, as the heads have them.
fn octal(digits: &[u8]) -> Option<u64> {
    // Sizes above 8 GiB are written otherwise, and no such file is wanted.
    let text = std::str::from_utf8(digits).ok()?.trim_matches(['\0', ' ']);
    u64::from_str_radix(text, 8).ok().filter(|&n| n < 1 << 34)
}
