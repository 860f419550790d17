//! Object files, of which only what is needed is read.

use std::{
    borrow::Cow,
    cell::OnceCell,
    fs::File,
    io::{self, Read},
    os::unix::fs::FileExt,
    path::Path,
};

use crate::object::elf::Source;

/// Files up to this size in bytes are read whole: that is one system call, and little memory.
const SMALL: u64 = 64 << 10;

/// An open object file. It is read, not mapped: a file that someone makes shorter meanwhile is an error then, not a
/// signal.
pub(crate) struct ObjectFile {
    file: File,
    size: u64,
    kept: OnceCell<Kept>,
    /// The first failure.
    error: OnceCell<io::Error>,
}

/// A part of the file that stays, and those that were read after it.
struct Kept {
    offset: u64,
    bytes: Vec<u8>,
    next: OnceCell<Box<Kept>>,
}

impl Kept {
    fn of(offset: u64, bytes: Vec<u8>) -> Self {
        Self { offset, bytes, next: OnceCell::new() }
    }

    fn part(&self, offset: u64, len: u64) -> Option<&[u8]> {
        let start = usize::try_from(offset.checked_sub(self.offset)?).ok()?;
        self.bytes.get(start..start.checked_add(usize::try_from(len).ok()?)?)
    }
}

impl ObjectFile {
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let mut file = File::open(path)?;
        let about = file.metadata()?;
        let (size, whole) = if !about.is_file() || about.len() == 0 {
            // A pipe, or a file of the kernel: its size is known when it has been read.
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes)?;
            (bytes.len() as u64, Some(bytes))
        } else if about.len() <= SMALL {
            (about.len(), Some(bytes_at(&file, 0, about.len())?))
        } else {
            (about.len(), None)
        };
        let kept = whole.map_or_else(OnceCell::new, |bytes| OnceCell::from(Kept::of(0, bytes)));
        Ok(Self { file, size, kept, error: OnceCell::new() })
    }

    /// What failed, if reading did.
    pub(crate) fn into_error(self) -> Option<io::Error> {
        self.error.into_inner()
    }

    fn parts(&self) -> impl Iterator<Item = &Kept> {
        std::iter::successors(self.kept.get(), |kept| kept.next.get().map(|next| &**next))
    }

    fn known(&self, offset: u64, len: u64) -> Option<&[u8]> {
        self.parts().find_map(|kept| kept.part(offset, len))
    }

    fn bytes(&self, offset: u64, len: u64) -> Option<Vec<u8>> {
        // Nothing is allocated for what cannot be there.
        if offset.checked_add(len)? > self.size {
            return None;
        }
        bytes_at(&self.file, offset, len).map_err(|error| self.error.set(error)).ok()
    }
}

fn bytes_at(file: &File, offset: u64, len: u64) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; usize::try_from(len).map_err(|_| io::ErrorKind::OutOfMemory)?];
    file.read_exact_at(&mut bytes, offset)?;
    Ok(bytes)
}

impl Source for ObjectFile {
    fn size(&self) -> u64 {
        self.size
    }

    fn keep(&self, offset: u64, len: u64) -> Option<&[u8]> {
        if let Some(bytes) = self.known(offset, len) {
            return Some(bytes);
        }
        let bytes = self.bytes(offset, len)?;
        let kept = Kept::of(offset, bytes);
        match self.parts().last() {
            None => self.kept.get_or_init(|| kept).part(offset, len),
            Some(last) => last.next.get_or_init(|| Box::new(kept)).part(offset, len),
        }
    }

    fn read(&self, offset: u64, len: u64) -> Option<Cow<'_, [u8]>> {
        match self.known(offset, len) {
            Some(bytes) => Some(Cow::Borrowed(bytes)),
            None => self.bytes(offset, len).map(Cow::Owned),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object;

    const LARGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/o/el/large.bpf.o");

    #[test]
    fn a_large_file_gives_the_same_object_as_its_bytes_and_little_of_it_is_kept() {
        let file = ObjectFile::open(Path::new(LARGE)).unwrap();
        let object = object::elf::read_from("large.bpf.o", &file).unwrap();
        let whole = object::elf::read("large.bpf.o", &std::fs::read(LARGE).unwrap()).unwrap();
        assert_eq!(format!("{object:?}"), format!("{whole:?}"));
        let kept = file.parts().map(|kept| kept.bytes.len()).sum::<usize>();
        assert!(kept < 8192 && file.size > 500_000, "{kept} of {}", file.size);
        assert!(file.into_error().is_none());
    }

    #[test]
    fn what_is_not_in_the_file_is_not_read() {
        let file = ObjectFile::open(Path::new(LARGE)).unwrap();
        for (offset, len) in [(file.size, 1), (0, file.size + 1), (u64::MAX, 2), (1, u64::MAX)] {
            assert!(file.keep(offset, len).is_none() && file.read(offset, len).is_none(), "{offset} {len}");
        }
        assert_eq!(file.keep(0, 4).unwrap(), b"\x7fELF");
        assert_eq!(file.read(1, 3).unwrap(), Cow::Borrowed(b"ELF"));
        assert_eq!(file.parts().count(), 1);
    }

    #[test]
    fn a_file_that_shrinks_is_an_error_not_a_signal() {
        let path = std::env::temp_dir().join(format!("skep-shrinks-{}", std::process::id()));
        std::fs::copy(LARGE, &path).unwrap();
        let file = ObjectFile::open(&path).unwrap();
        File::options().write(true).open(&path).unwrap().set_len(70_000).unwrap();
        assert!(object::elf::read_from("shrinks", &file).is_err());
        assert_eq!(file.into_error().unwrap().kind(), io::ErrorKind::UnexpectedEof);
        std::fs::remove_file(&path).unwrap();
    }

    #[test]
    fn a_pipe_is_read_to_its_end() {
        let file = ObjectFile::open(Path::new("/proc/self/status")).unwrap();
        assert!(file.size > 100 && file.keep(0, 5).unwrap() == b"Name:");
        assert_eq!(ObjectFile::open(Path::new("/no/such/file")).err().unwrap().kind(), io::ErrorKind::NotFound);
    }
}
