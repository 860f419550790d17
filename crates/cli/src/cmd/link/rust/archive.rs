//! Rust libraries: archives in the form of Unix.

/// What an archive begins with.
const MAGIC: &[u8] = b"!<arch>\n";
/// The size in bytes of what stands before a member.
const HEAD: usize = 60;

/// A member of an archive.
pub struct Member<'a> {
    /// What stands before it: its name and size.
    head: &'a [u8],
    /// Its contents.
    pub data: &'a [u8],
}

/// The members of an archive; none if it is no archive, up to the first that does not fit into it.
pub fn members(archive: &[u8]) -> impl Iterator<Item = Member<'_>> {
    let mut rest = archive.strip_prefix(MAGIC).unwrap_or_default();
    core::iter::from_fn(move || {
        let (head, behind) = rest.split_at_checked(HEAD)?;
        let size: usize = str::from_utf8(head.get(48..58)?).ok()?.trim().parse().ok()?;
        let (data, behind) = behind.split_at_checked(size)?;
        rest = behind.get(size % 2..).unwrap_or_default();
        Some(Member { head, data })
    })
}

/// The library with other code in the place of its own. rustc knows code by the end of its name.
pub fn with_code(library: &[u8], modules: &[Vec<u8>]) -> Vec<u8> {
    let mut out = MAGIC.to_vec();
    // Whatever has no name of its own is an index, or code: metadata is called `lib.rmeta`.
    let is_metadata = |m: &Member<'_>| m.head.starts_with(b"lib.rmeta");
    for member in members(library).filter(is_metadata) {
        push(&mut out, member.head, member.data);
    }
    for (i, module) in modules.iter().enumerate() {
        let head = format!("{:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`\n", format!("{i}.rcgu.o/"), 0, 0, 0, 644, module.len());
        push(&mut out, head.as_bytes(), module);
    }
    out
}

fn push(out: &mut Vec<u8>, head: &[u8], data: &[u8]) {
    out.extend_from_slice(head);
    out.extend_from_slice(data);
    if data.len() % 2 == 1 {
        out.push(b'\n');
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn code_is_replaced_and_metadata_stays() {
        let member = |name: &str, data: &str| {
            let odd = if data.len() % 2 == 1 { "\n" } else { "" };
            format!("{name:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`\n{data}{odd}", 0, 0, 0, 644, data.len())
        };
        let library =
            format!("!<arch>\n{}{}{}", member("/", "idx"), member("lib.rmeta/", "meta5"), member("/0", "code"));
        let library = with_code(library.as_bytes(), &[b"one".to_vec(), b"four".to_vec()]);
        let all: Vec<_> = members(&library).map(|m| (m.head[..10].to_vec(), m.data)).collect();
        assert_eq!(all.len(), 3);
        assert_eq!(all[0], (b"lib.rmeta/".to_vec(), &b"meta5"[..]));
        assert_eq!((&all[1].0[..], all[1].1), (&b"0.rcgu.o/ "[..], &b"one"[..]));
        assert_eq!(all[2].1, b"four");
        assert_eq!(members(b"!<arch>\nshort").count(), 0);
    }
}
