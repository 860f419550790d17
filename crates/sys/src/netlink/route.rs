//! A request to the kernel, and its answer.

use super::message::{HEADER, Message, attrs, take, u32_at};
use super::refusal::{Refusal, Result};
use crate::error::During;
use crate::{Errno, at_least_3};
use rustix::net::{AddressFamily, SocketFlags, SocketType, socket_with};
use std::os::fd::{AsRawFd, OwnedFd};

pub(super) const REQUEST: u16 = 1;
pub(super) const ACK: u16 = 4;
pub(super) const ECHO: u16 = 8;
pub(super) const EXCL: u16 = 0x200;
pub(super) const CREATE: u16 = 0x400;

const ERROR: u16 = 2;
const DONE: u16 = 3;
/// The request is not repeated in the answer.
const CAPPED: u16 = 0x100;
/// Attributes follow the answer.
const ACK_TLVS: u16 = 0x200;
const ATTR_MESSAGE: u16 = 1;
/// No answer of one interface or filter is longer.
const BUFFER: usize = 1 << 16;

/// Sends a request with `REQUEST` and `ACK` set, calls `each` with the bodies of what comes back before the
/// acknowledgement, and turns that into a result.
pub(super) fn ask(call: &'static str, message: Message, mut each: impl FnMut(u16, &[u8])) -> Result<()> {
    const SEQUENCE: u32 = 1;
    let socket = open(call)?;
    rustix::io::write(&socket, &message.finish(SEQUENCE)).during(call)?;
    let mut buffer = vec![0; BUFFER];
    loop {
        let len = match rustix::io::read(&socket, &mut buffer) {
            Err(rustix::io::Errno::INTR) => continue,
            result => result.during(call)?,
        };
        let mut datagram = &buffer[..len];
        while let Some(received) = take(&mut datagram) {
            match received.kind {
                _ if received.sequence != SEQUENCE => {}
                ERROR => return acknowledged(call, received.flags, received.body),
                DONE => return Ok(()),
                kind => each(kind, received.body),
            }
        }
    }
}

pub(super) fn acknowledged(call: &'static str, flags: u16, body: &[u8]) -> Result<()> {
    let errno = u32_at(body, 0).unwrap_or(0).cast_signed().saturating_neg();
    if errno == 0 {
        return Ok(());
    }
    // After the number comes the header of the request, then the rest of it unless capped, then the explanation.
    let request = if flags & CAPPED != 0 { HEADER } else { u32_at(body, 4).unwrap_or(0) as usize };
    let tail = body.get(4 + request.next_multiple_of(4)..).filter(|_| flags & ACK_TLVS != 0).unwrap_or_default();
    let text = attrs(tail).find(|attr| attr.0 == ATTR_MESSAGE).map_or(&[][..], |attr| attr.1);
    let text = text.strip_suffix(b"\0").unwrap_or(text);
    Err(Refusal { message: String::from_utf8_lossy(text).into_owned(), ..Refusal::new(call, Errno(errno)) })
}

/// Protocol 0 of this family, rustix's `None`, is `NETLINK_ROUTE`.
fn open(call: &'static str) -> Result<OwnedFd> {
    let socket = socket_with(AddressFamily::NETLINK, SocketType::RAW, SocketFlags::CLOEXEC, None);
    let socket = at_least_3(socket.during(call)?)?;
    for option in [libc::NETLINK_EXT_ACK, libc::NETLINK_CAP_ACK] {
        let (on, len) = (1 as libc::c_int, size_of::<libc::c_int>() as libc::socklen_t);
        // A kernel that cannot explain itself still answers.
        // SAFETY: the option is an int, given by address and size.
        unsafe { libc::setsockopt(socket.as_raw_fd(), libc::SOL_NETLINK, option, (&raw const on).cast(), len) };
    }
    Ok(socket)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_carries_the_kernels_words() {
        let mut body = (-16i32).to_ne_bytes().to_vec();
        body.extend([0; HEADER]);
        let text = Message::new(0, 0, &[]).attr(ATTR_MESSAGE, b"no way\0").clone_tail();
        body.extend(text);
        let refusal = acknowledged("RTM_SETLINK", CAPPED | ACK_TLVS, &body).unwrap_err();
        assert_eq!(refusal.to_string(), "RTM_SETLINK: EBUSY (busy): no way");
        assert_eq!(acknowledged("RTM_SETLINK", 0, &[0; 4]), Ok(()));
        assert!(acknowledged("RTM_SETLINK", ACK_TLVS, &[0xff; 6]).is_err());
    }

    impl Message {
        fn clone_tail(&mut self) -> Vec<u8> {
            std::mem::replace(self, Self::new(0, 0, &[])).finish(0).split_off(HEADER)
        }
    }
}
