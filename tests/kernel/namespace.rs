//! A world of a test's own: a network with its loopback interface and pairs of devices, or files that are hidden.
#![expect(unsafe_code, reason = "enters namespaces of its own")]

use crate::case::{During, Outcome, Stop};
use rustix::mount::{MountFlags, MountPropagationFlags, mount, mount_change};
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketType, recv, send, socket};
use rustix::thread::{UnshareFlags, unshare_unsafe};
use skep::sys::socket::interface_index;

/// Runs a test in a fresh network namespace in which `lo` is up. It is the thread's, and ends with it.
pub fn alone(test: impl FnOnce() -> Outcome + Send + 'static) -> Outcome {
    let thread = std::thread::spawn(move || {
        // SAFETY: descriptors stay shared; only the network of this thread changes.
        unsafe { unshare_unsafe(UnshareFlags::NEWNET) }
            .map_err(|error| Stop::Forbidden(format!("no network namespace of our own: {error}")))?;
        up("lo")?;
        test()
    });
    thread.join().unwrap_or_else(|_| Err("the test panicked".into()))
}

/// Runs a test while a folder looks empty, as on a kernel that does not have what is in it. Other threads still see it.
pub fn without(folder: &'static str, test: impl FnOnce() -> Outcome + Send + 'static) -> Outcome {
    let thread = std::thread::spawn(move || {
        // SAFETY: descriptors stay shared; only the mounts that this thread sees change.
        let unshared = unsafe { unshare_unsafe(UnshareFlags::NEWNS) };
        let private = MountPropagationFlags::PRIVATE | MountPropagationFlags::REC;
        let hidden = unshared.and_then(|()| mount_change("/", private));
        let hidden = hidden.and_then(|()| mount("none", folder, "tmpfs", MountFlags::empty(), None));
        hidden.map_err(|error| Stop::Forbidden(format!("{folder} cannot be hidden: {error}")))?;
        test()
    });
    thread.join().unwrap_or_else(|_| Err("the test panicked".into()))
}

const NEW_LINK: u16 = 16;
const REQUEST_ACK: u16 = 0x1 | 0x4;
const CREATE_EXCL: u16 = 0x400 | 0x200;
const IF_NAME: u16 = 3;
const LINK_INFO: u16 = 18;
const INFO_KIND: u16 = 1;
const INFO_DATA: u16 = 2;
/// `VETH_INFO_PEER`, and `IFLA_NETKIT_PEER_INFO` too.
const PEER: u16 = 1;

/// Creates two devices of a kind (`veth`, `netkit`) that are each other's ends, and starts them.
pub fn pair(kind: &str, names: [&str; 2]) -> Outcome {
    let peer = [device(0, 0), attribute(IF_NAME, &text(names[1]))].concat();
    let data = attribute(INFO_DATA, &attribute(PEER, &peer));
    let info = [attribute(INFO_KIND, &text(kind)), data].concat();
    let body = [device(0, 0), attribute(IF_NAME, &text(names[0])), attribute(LINK_INFO, &info)].concat();
    request(CREATE_EXCL, &body).during(kind)?;
    names.into_iter().try_for_each(up)
}

/// Starts an interface.
fn up(name: &str) -> Outcome {
    const IFF_UP: u32 = 1;
    let index = interface_index(name).during(name)?;
    Ok(request(0, &device(index, IFF_UP)).during(name)?)
}

/// A `struct ifinfomsg`; flags are also the mask of those that change.
fn device(index: u32, flags: u32) -> Vec<u8> {
    [0, index, flags, flags].map(u32::to_ne_bytes).concat()
}

fn text(text: &str) -> Vec<u8> {
    [text.as_bytes(), &[0]].concat()
}

fn attribute(kind: u16, content: &[u8]) -> Vec<u8> {
    let size = content.len() as u16 + 4;
    let mut bytes = [&size.to_ne_bytes(), &kind.to_ne_bytes(), content].concat();
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

/// Sends a message about a device and waits for the answer.
fn request(flags: u16, body: &[u8]) -> Result<(), String> {
    let route = socket(AddressFamily::NETLINK, SocketType::RAW, None).during("netlink")?;
    let size = (body.len() as u32 + 16).to_ne_bytes();
    let kind = [NEW_LINK, REQUEST_ACK | flags].map(u16::to_ne_bytes).concat();
    let message = [&size, &*kind, &1_u32.to_ne_bytes(), &0_u32.to_ne_bytes(), body].concat();
    send(&route, &message, SendFlags::empty()).during("send")?;
    let mut answer = vec![0; 8192];
    let (length, _) = recv(&route, &mut answer, RecvFlags::empty()).during("recv")?;
    // The number of the error stands behind the header.
    let number = answer.get(16..20).filter(|_| length >= 20).and_then(|bytes| bytes.try_into().ok());
    match number.map(i32::from_ne_bytes) {
        Some(0) => Ok(()),
        Some(error) => Err(std::io::Error::from_raw_os_error(-error).to_string()),
        None => Err("a short answer".into()),
    }
}

/// Sends a frame out of one end of a pair.
pub fn frame(name: &str) -> std::io::Result<()> {
    let packets = skep::sys::socket::packet(interface_index(name)?)?;
    // To everybody, of an experimental sort.
    let bytes = [&[0xff; 6][..], &[2, 0, 0, 0, 0, 1, 0x88, 0xb5], &[0; 50]].concat();
    Ok(rustix::io::write(&packets, &bytes).map(drop)?)
}
