//! Bytes without a type.

use core::fmt::{self, Write};

/// Writes bytes as lines of 16, each with its offset, hex digits and printable characters.
///
/// # Errors
/// Only those of `out`.
pub fn dump(out: &mut dyn Write, bytes: &[u8]) -> fmt::Result {
    for (line, chunk) in bytes.chunks(16).enumerate() {
        write!(out, "{:08x} ", line * 16)?;
        for i in 0..16 {
            let gap = if i == 8 { " " } else { "" };
            match chunk.get(i) {
                Some(byte) => write!(out, "{gap} {byte:02x}")?,
                None => write!(out, "{gap}   ")?,
            }
        }
        out.write_str("  |")?;
        for &byte in chunk {
            out.write_char(if matches!(byte, b' '..=b'~') { byte as char } else { '.' })?;
        }
        out.write_str("|\n")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn lines_of_sixteen() {
        let mut out = alloc::string::String::new();
        super::dump(&mut out, b"0123456789abcdef\n\x7f").unwrap();
        assert_eq!(
            out,
            "00000000  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  |0123456789abcdef|\n\
             00000010  0a 7f                                             |..|\n"
        );
    }
}
