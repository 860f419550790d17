//! Packages of distributions: a file in a Debian package.

use std::io::Read;

use super::{Kind, unpack::Format};

const AR: &[u8] = b"!<arch>\n";

/// Whether it is a package.
pub(super) fn is_package(data: &[u8]) -> bool {
    data.starts_with(AR)
}

/// A file in a package; without a name, the kernel in it.
pub(super) fn file(data: &[u8], member: Option<&str>, limit: usize) -> Result<Vec<u8>, Kind> {
    let (name, data) = parts(data)
        .find(|(name, _)| name.starts_with("data.tar"))
        .ok_or(Kind::Packed { format: "a package", why: "it has no part `data.tar`".into() })?;
    let reader: Box<dyn Read> = match Format::of(data) {
        Some(format) => format.reader(data, limit)?,
        None if name == "data.tar" => Box::new(data),
        None => {
            return Err(Kind::Packed { format: "a package", why: format!("`{name}` is compressed in no known way") });
        }
    };
    find(reader.take(LONGEST), member, limit)
}

/// The most bytes of a package that are looked at: kernels with debugging symbols have a gigabyte.
const LONGEST: u64 = 1 << 33;

/// The parts of an `ar` archive.
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

/// Looks through a `tar` archive.
fn find(mut tar: impl Read, member: Option<&str>, limit: usize) -> Result<Vec<u8>, Kind> {
    let broken = |why: &dyn std::fmt::Display| Kind::Packed { format: "a package", why: why.to_string() };
    let wanted = member.map(|path| path.trim_start_matches(['.', '/']));
    let (mut names, mut long) = (Vec::new(), None::<String>);
    loop {
        let mut head = [0; 512];
        if tar.read_exact(&mut head).is_err() || head == [0; 512] {
            break;
        }
        let size = octal(&head[124..136]).ok_or_else(|| broken(&"a size in its `tar` is no number"))?;
        let kind = head[156];
        let name = long.take().unwrap_or_else(|| name(&head));
        let name = name.trim_start_matches(['.', '/']);
        let padded = size.next_multiple_of(512);
        let mut body = (&mut tar).take(padded);
        let is_file = matches!(kind, 0 | b'0');
        if is_file && wanted.map_or(is_kernel(name), |wanted| wanted == name) {
            if size > limit as u64 {
                return Err(Kind::TooLarge(limit));
            }
            let mut file = Vec::new();
            body.take(size).read_to_end(&mut file).map_err(|error| broken(&error))?;
            return Ok(file);
        }
        match kind {
            // The name of the next file, where it is a long one.
            b'L' if size <= 1 << 12 => {
                let mut text = Vec::new();
                (&mut body).take(size).read_to_end(&mut text).map_err(|error| broken(&error))?;
                text.retain(|&byte| byte != 0);
                long = String::from_utf8(text).ok();
            }
            // Enough of them to say which one was meant.
            _ if is_file && names.len() < 1 << 13 => names.push(name.to_owned()),
            _ => {}
        }
        std::io::copy(&mut body, &mut std::io::sink()).map_err(|error| broken(&error))?;
    }
    let path = wanted.unwrap_or("boot/vmlinuz-*").to_owned();
    let by_file = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    let file = by_file(&path);
    // The same file in another folder is nearer than any other.
    let same = names.iter().find(|name| by_file(name).split('.').next() == file.split('.').next());
    let near = || crate::object::nearest(&path, names.iter().map(String::as_str)).map(str::to_owned);
    Err(Kind::NoMember { nearest: same.cloned().or_else(near), path })
}

/// Whether a file in a package is its kernel.
fn is_kernel(path: &str) -> bool {
    let in_folder = ["boot/", "usr/lib/debug/boot/", "usr/lib/debug/lib/modules/", "lib/modules/", "usr/lib/modules/"];
    let name = path.rsplit('/').next().unwrap_or_default();
    in_folder.iter().any(|folder| path.starts_with(folder)) && name.starts_with("vmlinu")
}

/// The path in the head of a file, its two parts put together.
fn name(head: &[u8; 512]) -> String {
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
