//! Counts the IPv4 packets that an interface receives: by sender, by size, and by how urgent they are.

#![no_std]
#![no_main]

mod bpf;

use bpf::{Array, ArrayOfMaps, Context, Hash, bpf_throw, ktime_get_ns};
use core::{cell::UnsafeCell, panic::PanicInfo};

const PASS: u32 = 2;
/// Where the IPv4 header begins in a frame, and its length.
const IP: usize = 14;
const IP_LEN: usize = 20;

/// What is known of a sender.
#[derive(Clone, Copy)]
pub struct Sender {
    /// What it sent last, unless that was something strange.
    last: Option<Protocol>,
    packets: u64,
    bytes: u64,
    seen_ns: u64,
}

#[derive(Clone, Copy, PartialEq)]
#[repr(u8)]
pub enum Protocol {
    Icmp = 1,
    Tcp = 6,
    Udp = 17,
}

/// The senders by address.
#[unsafe(no_mangle)]
#[unsafe(link_section = ".maps")]
static senders: Hash<[u8; 4], Sender, 4096> = Hash::new();

#[unsafe(no_mangle)]
#[unsafe(link_section = ".maps")]
static small: Array<u64, 4> = Array::new();

#[unsafe(no_mangle)]
#[unsafe(link_section = ".maps")]
static large: Array<u64, 4> = Array::new();

/// Packets by urgency: in the first map the small ones, in the second the large ones.
#[unsafe(no_mangle)]
#[unsafe(link_section = ".maps")]
static by_size: ArrayOfMaps<Array<u64, 4>, 2> = ArrayOfMaps::of([&small, &large]);

/// From so many bytes on a packet is large; `skep run --set limit=…`.
#[unsafe(no_mangle)]
static limit: u32 = 512;
/// How urgent packets of each class of service are. Senders may say other classes, too.
static URGENCY: [u8; 4] = [0, 1, 1, 3];

/// All packets so far.
#[unsafe(no_mangle)]
static mut packets: u64 = 0;
/// The packets that ended in a panic.
#[unsafe(no_mangle)]
static mut panics: u64 = 0;
/// The shortest packet so far.
#[unsafe(no_mangle)]
static mut shortest: u32 = u32::MAX;

#[unsafe(no_mangle)]
#[unsafe(link_section = "license")]
static LICENSE: [u8; 4] = *b"GPL\0";

/// Counts every packet and lets it through.
#[unsafe(no_mangle)]
#[unsafe(link_section = "xdp")]
pub extern "C" fn count(context: *const Context) -> u32 {
    if let Some((header, len)) = header(context) {
        // SAFETY: no other program has these variables, and a count that gets lost does not matter.
        unsafe {
            packets += 1;
            shortest = len.min(shortest);
        }
        count_sender(&[header[12], header[13], header[14], header[15]], header[9], len);
        // Rust checks that the table has such a class; if it does not, this is a panic.
        count_size(URGENCY[usize::from(header[1] >> 5)], len);
    }
    PASS
}

/// The IPv4 header of a packet, and the length of the packet.
#[inline(always)]
fn header<'a>(context: *const Context) -> Option<(&'a [u8; IP_LEN], u32)> {
    // SAFETY: the kernel gives a context, and the verifier knows what its first two members are.
    let (start, end) = unsafe { ((*context).data as usize, (*context).data_end as usize) };
    if start + IP + IP_LEN > end {
        return None;
    }
    let frame = start as *const u8;
    // SAFETY: the frame is that long.
    let (ethernet, header) = unsafe { (&*frame.cast::<[u8; IP]>(), &*frame.add(IP).cast::<[u8; IP_LEN]>()) };
    (ethernet[12] == 8 && ethernet[13] == 0).then_some((header, (end - start) as u32))
}

/// A function of its own, which the verifier goes through with what it is called with.
#[inline(never)]
fn count_size(urgency: u8, len: u32) {
    // SAFETY: a constant that may be set before the program is loaded must be read where it is.
    let is_large = len >= unsafe { (&raw const limit).read_volatile() };
    if let Some(counter) = by_size.get(is_large.into()).and_then(|map| map.get(&urgency.into())) {
        add(counter, 1);
    }
}

#[inline(never)]
fn count_sender(address: &[u8; 4], protocol: u8, len: u32) {
    let last = match protocol {
        1 => Some(Protocol::Icmp),
        6 => Some(Protocol::Tcp),
        17 => Some(Protocol::Udp),
        _ => None,
    };
    let seen_ns = ktime_get_ns();
    match senders.get(address) {
        Some(known) => {
            // SAFETY: the kernel keeps the value while the program runs; others may write at the same time.
            let known = unsafe { &mut *known.get() };
            known.last = last;
            known.packets += 1;
            known.bytes += u64::from(len);
            known.seen_ns = seen_ns;
        }
        None => {
            senders.set(address, &Sender { last, packets: 1, bytes: len.into(), seen_ns });
        }
    }
}

fn add(counter: &UnsafeCell<u64>, number: u64) {
    // SAFETY: as above.
    unsafe { *counter.get() += number };
}

/// Whatever panics ends the program here, and lets the packet through.
#[panic_handler]
fn panic(_: &PanicInfo) -> ! {
    // SAFETY: as above; and this is what the function is for.
    unsafe {
        panics += 1;
        bpf_throw(PASS.into())
    }
}
