//! `/proc/kallsyms`, in one pass and without an allocation per line.

use crate::Result;
use crate::error::During;
use std::fs::File;
use std::io::Read;
use std::ops::ControlFlow;

/// One symbol of the kernel.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Symbol<'a> {
    /// Its address; 0 for readers without `CAP_SYSLOG`.
    pub address: u64,
    /// The letter that nm(1) would print: `T` or `t` code, `D`, `d`, `B`, `b`, `R`, `r` data.
    pub kind: u8,
    /// Its name. Names are not unique.
    pub name: &'a str,
    /// The module it is in; `None` for the kernel itself.
    pub module: Option<&'a str>,
}

/// Calls `f` with each symbol until it breaks.
///
/// # Errors
/// Those of opening and reading the file.
#[doc(alias = "kallsyms")]
pub fn for_each(f: impl FnMut(Symbol<'_>) -> ControlFlow<()>) -> Result<()> {
    let file = File::open("/proc/kallsyms").during("/proc/kallsyms")?;
    read_lines(file, f)
}

/// Bytes asked for in one read. The kernel fills at most a page or so at a time for this file, but others give more.
const BUFFER: usize = 1 << 16;

pub(crate) fn read_lines(mut file: impl Read, mut f: impl FnMut(Symbol<'_>) -> ControlFlow<()>) -> Result<()> {
    let mut buffer = vec![0; BUFFER];
    // Bytes of an unfinished line at the beginning of the buffer.
    let mut kept = 0;
    loop {
        let got = match file.read(&mut buffer[kept..]) {
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            result => result.during("/proc/kallsyms")?,
        };
        let filled = kept + got;
        let end = if got == 0 { filled } else { memchr::memrchr(b'\n', &buffer[..filled]).map_or(0, |at| at + 1) };
        let mut rest = &buffer[..end];
        while !rest.is_empty() {
            let newline = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
            if let Some(symbol) = parse(&rest[..newline])
                && f(symbol).is_break()
            {
                return Ok(());
            }
            rest = rest.get(newline + 1..).unwrap_or_default();
        }
        if got == 0 {
            return Ok(());
        }
        // A line longer than the buffer is none of the kernel's.
        kept = if filled == BUFFER && end == 0 { 0 } else { filled - end };
        buffer.copy_within(end..end + kept, 0);
    }
}

/// Reads `ffffffff81000000 T _stext`, or with a tab and `[nf_tables]` at the end. `None` for anything else.
pub fn parse(line: &[u8]) -> Option<Symbol<'_>> {
    let space = memchr::memchr(b' ', line)?;
    let address = hex(line.get(..space)?)?;
    let [kind, b' ', rest @ ..] = line.get(space + 1..)? else { return None };
    let (name, module) = match memchr::memchr(b'\t', rest) {
        Some(tab) => (&rest[..tab], rest[tab + 1..].strip_prefix(b"[")?.strip_suffix(b"]")?.into()),
        None => (rest, None),
    };
    let text = |bytes| core::str::from_utf8(bytes).ok();
    let module = match module {
        Some(module) => Some(text(module)?),
        None => None,
    };
    Some(Symbol { address, kind: *kind, name: text(name).filter(|name| !name.is_empty())?, module })
}

fn hex(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() || digits.len() > 16 {
        return None;
    }
    digits.iter().try_fold(0u64, |sum, &digit| {
        let value = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => return None,
        };
        Some(sum << 4 | u64::from(value))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines() {
        let symbol = parse(b"ffffffff81000000 T _stext").unwrap();
        assert_eq!(
            (symbol.address, symbol.kind, symbol.name, symbol.module),
            (0xffff_ffff_8100_0000, b'T', "_stext", None)
        );
        let symbol = parse(b"0000000000000000 t nf_hook\t[nf_tables]").unwrap();
        assert_eq!((symbol.address, symbol.name, symbol.module), (0, "nf_hook", Some("nf_tables")));
        for bad in [&b""[..], b"12", b"x T a", b"1 T ", b"1 TT a", b"1 T a\tb", b"00000000000000001 T a", b" T a"] {
            assert_eq!(parse(bad), None, "{bad:?}");
        }
    }

    /// Gives a few bytes at a time, so that every line is split somewhere.
    struct Drip<'a>(&'a [u8], usize);

    impl Read for Drip<'_> {
        fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
            let len = self.1.min(self.0.len()).min(out.len());
            out[..len].copy_from_slice(&self.0[..len]);
            self.0 = &self.0[len..];
            Ok(len)
        }
    }

    #[test]
    fn lines_split_between_reads() {
        let text = b"1 T one\nbad\n2 t two\t[mod]\n3 d three";
        for step in 1..text.len() {
            let mut seen = Vec::new();
            read_lines(Drip(text, step), |symbol| {
                seen.push((symbol.address, symbol.name.to_owned()));
                ControlFlow::Continue(())
            })
            .unwrap();
            assert_eq!(seen, [(1, "one".to_owned()), (2, "two".to_owned()), (3, "three".to_owned())], "{step}");
        }
    }

    #[test]
    fn a_line_longer_than_the_buffer_ends() {
        let long = vec![b'a'; 3 * BUFFER];
        let mut count = 0;
        read_lines(&long[..], |_| {
            count += 1;
            ControlFlow::Continue(())
        })
        .unwrap();
        assert_eq!(count, 0);
    }
}
