//! Compressed data, told by how it begins.

use std::io::{self, Read};

use super::Kind;

/// How data is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Gzip,
    Xz,
    Lzma,
    Zstd,
    Lz4,
    Bzip2,
    Lzo,
}

/// How each begins. The kernel's build writes legacy LZ4 frames, and LZMA as `lzma -9` does.
const MAGICS: [(&[u8], Format); 8] = [
    (b"\x1f\x8b\x08", Format::Gzip),
    (b"\xfd7zXZ\0", Format::Xz),
    (b"\x28\xb5\x2f\xfd", Format::Zstd),
    (b"\x02\x21\x4c\x18", Format::Lz4),
    (b"\x04\x22\x4d\x18", Format::Lz4),
    (b"BZh", Format::Bzip2),
    (b"\x89LZO\0\r\n\x1a\n", Format::Lzo),
    (b"\x5d\0\0", Format::Lzma),
];

impl Format {
    /// The format that data begins in.
    pub(super) fn of(data: &[u8]) -> Option<Self> {
        MAGICS.into_iter().find(|(magic, _)| data.starts_with(magic)).map(|(_, format)| format)
    }

    /// Where in data something compressed could begin, in order.
    pub(super) fn anywhere(data: &[u8]) -> impl Iterator<Item = usize> {
        // LZMA begins with too little to be looked for.
        let sought = |at: &usize| data.get(*at..).and_then(Self::of).is_some_and(|format| format != Self::Lzma);
        (0..data.len()).filter(sought)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Xz => "xz",
            Self::Lzma => "lzma",
            Self::Zstd => "zstd",
            Self::Lz4 => "lz4",
            Self::Bzip2 => "bzip2",
            Self::Lzo => "lzo",
        }
    }

    /// A reader of what `data` unpacks to, that takes memory in proportion to `limit` at most.
    pub(super) fn reader(self, data: &[u8], limit: usize) -> Result<Box<dyn Read + '_>, Kind> {
        // As much as `xz -9` wants, whatever the limit.
        let kib = u32::try_from(limit / 1024).unwrap_or(u32::MAX).max(66 << 10);
        let window = (limit as u64).clamp(1 << 20, 1 << 27);
        Ok(match self {
            Self::Gzip => Box::new(flate2::read::GzDecoder::new(data)),
            Self::Xz => Box::new(lzma_rust2::XzReader::new_mem_limit(data, false, kib)),
            Self::Lzma => {
                let reader = lzma_rust2::LzmaReader::new_mem_limit(data, kib, None);
                Box::new(reader.map_err(|error| self.broken(&error))?)
            }
            Self::Zstd => {
                let reader = ruzstd::decoding::StreamingDecoder::new_with_max_window_size(data, window);
                Box::new(reader.map_err(|error| self.broken(&error))?)
            }
            Self::Lz4 => Box::new(lz4_flex::frame::FrameDecoder::new(data)),
            Self::Bzip2 | Self::Lzo => return Err(self.broken(&"this format is not supported")),
        })
    }

    pub(super) fn broken(self, why: &dyn std::fmt::Display) -> Kind {
        Kind::Packed { format: self.name(), why: why.to_string() }
    }

    /// What `data` unpacks to.
    pub(super) fn unpack(self, data: &[u8], limit: usize) -> Result<Vec<u8>, Kind> {
        let out = self.unpack_some(data, limit.saturating_add(1), limit)?;
        if out.len() > limit { Err(Kind::TooLarge(limit)) } else { Ok(out) }
    }

    /// The first `len` bytes of what `data` unpacks to; fewer if there are no more. What follows them is not looked at.
    pub(super) fn unpack_some(self, data: &[u8], len: usize, limit: usize) -> Result<Vec<u8>, Kind> {
        let mut out = Vec::new();
        read(self.reader(data, limit)?, len, &mut out).map_err(|error| self.broken(&error))?;
        Ok(out)
    }
}

/// Reads up to `len` bytes.
fn read(reader: impl Read, len: usize, out: &mut Vec<u8>) -> io::Result<usize> {
    reader.take(len as u64).read_to_end(out)
}
