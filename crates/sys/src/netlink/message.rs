//! The wire format: messages of a header, a body and attributes, all in the host's byte order and aligned to 4.

/// Bytes of `struct nlmsghdr`.
pub(super) const HEADER: usize = 16;

/// A message being written.
#[derive(Debug)]
pub(super) struct Message {
    bytes: Vec<u8>,
}

impl Message {
    /// A message with this body.
    pub(super) fn new(kind: u16, flags: u16, body: &[u8]) -> Self {
        let mut bytes = Vec::with_capacity(128);
        bytes.extend_from_slice(&[0; 4]);
        bytes.extend_from_slice(&kind.to_ne_bytes());
        bytes.extend_from_slice(&flags.to_ne_bytes());
        bytes.extend_from_slice(&[0; 8]);
        bytes.extend_from_slice(body);
        let mut message = Self { bytes };
        message.align();
        message
    }

    /// Appends an attribute. Payloads here are a number or a short name.
    pub(super) fn attr(&mut self, kind: u16, payload: &[u8]) -> &mut Self {
        let len = 4 + payload.len() as u16;
        self.bytes.extend_from_slice(&len.to_ne_bytes());
        self.bytes.extend_from_slice(&kind.to_ne_bytes());
        self.bytes.extend_from_slice(payload);
        self.align();
        self
    }

    /// Appends a name, with its NUL.
    pub(super) fn name(&mut self, kind: u16, name: &str) -> &mut Self {
        let mut bytes: Vec<u8> = name.bytes().filter(|&byte| byte != 0).take(255).collect();
        bytes.push(0);
        self.attr(kind, &bytes)
    }

    /// Appends an attribute that holds others.
    pub(super) fn nest(&mut self, kind: u16, fill: impl FnOnce(&mut Self)) -> &mut Self {
        const NESTED: u16 = 1 << 15;
        let start = self.bytes.len();
        self.attr(kind | NESTED, &[]);
        fill(self);
        let len = (self.bytes.len() - start) as u16;
        self.bytes[start..start + 2].copy_from_slice(&len.to_ne_bytes());
        self
    }

    fn align(&mut self) {
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
    }

    /// The finished message, as request number `sequence`.
    pub(super) fn finish(mut self, sequence: u32) -> Vec<u8> {
        let len = self.bytes.len() as u32;
        self.bytes[..4].copy_from_slice(&len.to_ne_bytes());
        self.bytes[8..12].copy_from_slice(&sequence.to_ne_bytes());
        self.bytes
    }
}

/// A message that was received.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Received<'a> {
    pub kind: u16,
    pub flags: u16,
    pub sequence: u32,
    pub body: &'a [u8],
}

/// Takes the first message off a datagram; `None` if there is no whole one.
pub(super) fn take<'a>(datagram: &mut &'a [u8]) -> Option<Received<'a>> {
    let len = u32_at(datagram, 0)? as usize;
    let body = datagram.get(HEADER..len)?;
    let received =
        Received { kind: u16_at(datagram, 4)?, flags: u16_at(datagram, 6)?, sequence: u32_at(datagram, 8)?, body };
    *datagram = datagram.get(len.next_multiple_of(4)..).unwrap_or_default();
    Some(received)
}

/// The attributes in these bytes; ends at the first that is not whole.
pub(super) fn attrs(mut bytes: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    core::iter::from_fn(move || {
        let len = usize::from(u16_at(bytes, 0)?);
        // The upper two bits say "nested" and "big-endian".
        let kind = u16_at(bytes, 2)? & 0x3fff;
        let payload = bytes.get(4..len)?;
        bytes = bytes.get(len.next_multiple_of(4)..).unwrap_or_default();
        Some((kind, payload))
    })
}

pub(super) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|b| u16::from_ne_bytes(*b))
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|b| u32::from_ne_bytes(*b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let mut message = Message::new(19, 5, &[7; 6]);
        message.name(3, "lo").nest(43, |inner| {
            inner.attr(1, &9u32.to_ne_bytes());
        });
        let bytes = message.finish(42);
        let mut rest = &bytes[..];
        let received = take(&mut rest).unwrap();
        assert_eq!((received.kind, received.flags, received.sequence, rest.len()), (19, 5, 42, 0));
        let found: Vec<_> = attrs(&received.body[8..]).collect();
        assert_eq!(found[0], (3, &b"lo\0"[..]));
        assert_eq!(attrs(found[1].1).collect::<Vec<_>>(), [(1, &9u32.to_ne_bytes()[..])]);
    }

    #[test]
    fn nonsense_ends() {
        for len in 0..40 {
            let bytes = vec![0xffu8; len];
            assert_eq!(take(&mut &bytes[..]), None);
            assert_eq!(attrs(&bytes).count(), 0);
            assert_eq!(attrs(&vec![0; len]).count(), 0);
        }
    }
}
