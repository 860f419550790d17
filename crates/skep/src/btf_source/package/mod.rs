//! Packages of distributions: a file in one of Debian's, of RPM's, or in an archive of `tar` that is compressed, as Arch
//! and Alpine have them.

mod cpio;
mod deb;
mod rpm;
mod tar;

use std::io::Read;

use super::{Kind, unpack::Format};

/// The most bytes of a package that are looked at: kernels with debugging symbols have a gigabyte.
const LONGEST: u64 = 1 << 33;

/// How files are packed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Archive {
    Tar,
    Cpio,
}

/// Whether it is a package.
pub(super) fn is_package(data: &[u8], limit: usize) -> bool {
    deb::is_package(data) || rpm::is_package(data) || tar::begins(data) || is_compressed_tar(data, limit)
}

/// Whether it unpacks to an archive.
fn is_compressed_tar(data: &[u8], limit: usize) -> bool {
    let head = |format: Format| format.unpack_some(data, tar::HEAD, limit).ok();
    Format::of(data).and_then(head).is_some_and(|head| tar::begins(&head))
}

/// A file in a package; without a name, the kernel in it.
pub(super) fn file(data: &[u8], member: Option<&str>, limit: usize) -> Result<Vec<u8>, Kind> {
    let (archive, name, data) = if deb::is_package(data) {
        let (name, data) = deb::contents(data)?;
        (Archive::Tar, name, data)
    } else if rpm::is_package(data) {
        (Archive::Cpio, "its files", rpm::contents(data)?)
    } else {
        (Archive::Tar, "its files", data)
    };
    let reader: Box<dyn Read + '_> = match Format::of(data) {
        Some(format) => format.reader(data, limit)?,
        None if tar::begins(data) || cpio::begins(data) => Box::new(data),
        None => return Err(broken(format!("`{name}` are compressed in no known way"))),
    };
    let wanted = member.map(|path| path.trim_start_matches(['.', '/']));
    let mut search = Search { wanted, names: Vec::new(), limit };
    let reader = reader.take(LONGEST);
    let found = if archive == Archive::Tar { tar::find(reader, &mut search) } else { cpio::find(reader, &mut search) };
    found?.ok_or_else(|| search.missing())
}

fn broken(why: impl Into<String>) -> Kind {
    Kind::Packed { format: "a package", why: why.into() }
}

/// What is looked for in an archive, and what was seen of it.
struct Search<'m> {
    wanted: Option<&'m str>,
    names: Vec<String>,
    limit: usize,
}

impl Search<'_> {
    /// Takes a file if it is the one. No more of `body` is read than `size`.
    fn take(&mut self, name: &str, size: u64, body: impl Read) -> Result<Option<Vec<u8>>, Kind> {
        let name = name.trim_start_matches(['.', '/']);
        if !self.wanted.map_or(is_kernel(name), |wanted| wanted == name) {
            // Enough of them to say which one was meant.
            if self.names.len() < 1 << 13 {
                self.names.push(name.to_owned());
            }
            return Ok(None);
        }
        if size > self.limit as u64 {
            return Err(Kind::TooLarge(self.limit));
        }
        let mut file = Vec::new();
        body.take(size).read_to_end(&mut file).map_err(|error| broken(error.to_string()))?;
        Ok(Some(file))
    }

    /// That it is not there, and what is.
    fn missing(&self) -> Kind {
        let path = self.wanted.unwrap_or("boot/vmlinuz-*").to_owned();
        let by_file = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
        let file = by_file(&path);
        // The same file in another folder is nearer than any other.
        let same = self.names.iter().find(|name| by_file(name).split('.').next() == file.split('.').next());
        let near = || crate::object::nearest(&path, self.names.iter().map(String::as_str)).map(str::to_owned);
        Kind::NoMember { nearest: same.cloned().or_else(near), path }
    }
}

/// Whether a file in a package is its kernel.
fn is_kernel(path: &str) -> bool {
    let in_folder = ["boot/", "usr/lib/debug/boot/", "usr/lib/debug/lib/modules/", "lib/modules/", "usr/lib/modules/"];
    let name = path.rsplit('/').next().unwrap_or_default();
    in_folder.iter().any(|folder| path.starts_with(folder)) && name.starts_with("vmlinu")
}
