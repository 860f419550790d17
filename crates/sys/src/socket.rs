//! Programs on sockets, and packet sockets to put them on.

use crate::error::During;
use crate::{Error, Result, at_least_3};
use rustix::net::{AddressFamily, Protocol, SocketFlags, SocketType, socket_with};
use std::ffi::CStr;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

/// Filters what a socket receives through a socket filter program.
///
/// # Errors
/// `EINVAL` for another kind of program; `EPERM` if the socket's filter is locked.
#[doc(alias = "SO_ATTACH_BPF")]
pub fn attach(socket: BorrowedFd<'_>, program: BorrowedFd<'_>) -> Result<()> {
    set("setsockopt(SO_ATTACH_BPF)", socket, libc::SO_ATTACH_BPF, program.as_raw_fd())
}

/// Spreads connections over the sockets of a port by a program.
///
/// # Errors
/// `EINVAL` for another kind of program, or a socket without `SO_REUSEPORT`.
#[doc(alias = "SO_ATTACH_REUSEPORT_EBPF")]
pub fn attach_reuseport(socket: BorrowedFd<'_>, program: BorrowedFd<'_>) -> Result<()> {
    set("setsockopt(SO_ATTACH_REUSEPORT_EBPF)", socket, libc::SO_ATTACH_REUSEPORT_EBPF, program.as_raw_fd())
}

/// Removes the filter of a socket.
///
/// # Errors
/// `ENOENT` if it has none.
#[doc(alias = "SO_DETACH_BPF")]
pub fn detach(socket: BorrowedFd<'_>) -> Result<()> {
    set("setsockopt(SO_DETACH_BPF)", socket, libc::SO_DETACH_BPF, 0)
}

fn set(call: &'static str, socket: BorrowedFd<'_>, option: libc::c_int, value: libc::c_int) -> Result<()> {
    let len = size_of::<libc::c_int>() as libc::socklen_t;
    // SAFETY: the option is an int, given by address and size.
    let ret = unsafe { libc::setsockopt(socket.as_raw_fd(), libc::SOL_SOCKET, option, (&raw const value).cast(), len) };
    if ret < 0 { Err(Error::last(call)) } else { Ok(()) }
}

/// A raw packet socket that sees everything on an interface, non-blocking; 0 for all interfaces.
///
/// # Errors
/// `EPERM` without `CAP_NET_RAW`; `ENODEV` if there is no such interface.
#[doc(alias = "AF_PACKET")]
pub fn packet(ifindex: u32) -> Result<OwnedFd> {
    let protocol = (libc::ETH_P_ALL as u16).to_be();
    let kind = libc::SOCK_RAW | libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC;
    // Protocol 0 receives nothing until the bind below, so no packet of another interface slips in.
    // SAFETY: socket(2) takes numbers only.
    let fd = unsafe { libc::socket(libc::AF_PACKET, kind, 0) };
    if fd < 0 {
        return Err(Error::last("socket(AF_PACKET)"));
    }
    // SAFETY: the kernel just made this descriptor for us.
    let fd = at_least_3(unsafe { OwnedFd::from_raw_fd(fd) })?;
    // SAFETY: all fields of the address are numbers, for which zero is valid.
    let mut address: libc::sockaddr_ll = unsafe { core::mem::zeroed() };
    address.sll_family = libc::AF_PACKET as u16;
    address.sll_protocol = protocol;
    address.sll_ifindex = ifindex.cast_signed();
    let len = size_of::<libc::sockaddr_ll>() as libc::socklen_t;
    // SAFETY: the address is given with its size.
    let ret = unsafe { libc::bind(fd.as_raw_fd(), (&raw const address).cast(), len) };
    if ret < 0 { Err(Error::last("bind(AF_PACKET)")) } else { Ok(fd) }
}

fn any_socket() -> Result<OwnedFd> {
    let flags = SocketFlags::CLOEXEC;
    socket_with(AddressFamily::UNIX, SocketType::DGRAM, flags, None::<Protocol>).during("socket")
}

/// The index of a network interface.
///
/// # Errors
/// `ENODEV` if there is none of this name.
#[doc(alias = "if_nametoindex")]
pub fn interface_index(name: &str) -> Result<u32> {
    rustix::net::netdevice::name_to_index(any_socket()?.as_fd(), name).during("if_nametoindex")
}

/// The name of a network interface.
///
/// # Errors
/// `ENODEV` if there is none of this index.
#[doc(alias = "if_indextoname")]
pub fn interface_name(index: u32) -> Result<String> {
    rustix::net::netdevice::index_to_name(any_socket()?.as_fd(), index).during("if_indextoname")
}

/// All network interfaces of this thread's namespace, with their indexes.
///
/// # Errors
/// `ENOBUFS`, `ENOMEM`.
#[doc(alias = "if_nameindex")]
pub fn interfaces() -> Result<Vec<(u32, String)>> {
    let mut out = Vec::new();
    // SAFETY: the function takes nothing; what it returns is a list of its own that ends with a null name.
    let list = unsafe { libc::if_nameindex() };
    if list.is_null() {
        return Err(Error::last("if_nameindex"));
    }
    let mut next = list;
    loop {
        // SAFETY: `next` has not yet gone past the entry that ends the list.
        let entry = unsafe { next.read() };
        if entry.if_name.is_null() {
            break;
        }
        // SAFETY: a name that is not null is a C string that lives until the list is freed.
        let name = unsafe { CStr::from_ptr(entry.if_name) };
        out.push((entry.if_index, name.to_string_lossy().into_owned()));
        // SAFETY: this entry did not end the list.
        next = unsafe { next.add(1) };
    }
    // SAFETY: the list came from `if_nameindex`, is freed once, and no name in it is used any more.
    unsafe { libc::if_freenameindex(list) };
    Ok(out)
}
