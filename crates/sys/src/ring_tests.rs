//! The ring's logic over memory of our own, with a producer that behaves like the kernel, or does not.

use super::*;

const SIZE: usize = 64;

/// Positions and doubled data in one allocation of words.
struct Fake {
    words: Box<[u64; 2 + 2 * SIZE / 8]>,
}

impl Fake {
    fn new() -> (Self, View) {
        let mut fake = Self { words: Box::new([0; 2 + 2 * SIZE / 8]) };
        let view = fake.view();
        (fake, view)
    }

    fn view(&mut self) -> View {
        let start = NonNull::new(self.words.as_mut_ptr().cast::<u8>()).unwrap();
        // SAFETY: the words hold two positions and the data twice, and the tests keep them alive beside the view.
        unsafe { View::new(start, start.add(8), start.add(16), SIZE) }
    }
}

fn set(view: &View, at: usize, bytes: &[u8]) {
    for (i, &byte) in bytes.iter().enumerate() {
        for half in [0, SIZE] {
            // SAFETY: inside the doubled data; nobody reads meanwhile.
            unsafe { view.data.add(((at + i) & view.mask) + half).write(byte) };
        }
    }
}

/// Appends a record as the kernel does, with these bits in its header.
fn push(view: &View, bytes: &[u8], bits: u32) -> usize {
    let at = view.positions().1.load(Ordering::Relaxed);
    set(view, at, &(bytes.len() as u32 | bits).to_ne_bytes());
    set(view, at + HEADER, bytes);
    advance(view, at + (bytes.len() + HEADER).next_multiple_of(8));
    at
}

fn advance(view: &View, to: usize) {
    // SAFETY: the producer's position of a fake is ours to write.
    unsafe { view.producer.cast::<AtomicUsize>().as_ref() }.store(to, Ordering::Release);
}

fn drain(view: &mut View) -> Vec<Vec<u8>> {
    let mut out = Vec::new();
    view.consume(|record| {
        out.push(record.to_vec());
        ControlFlow::Continue(())
    });
    out
}

#[test]
fn records_wrap_around_the_end() {
    let (_fake, mut view) = Fake::new();
    for round in 0..20u8 {
        push(&view, &[round; 13], 0);
        push(&view, &[round; 3], DISCARD);
        assert_eq!(drain(&mut view), [[round; 13]]);
        assert_eq!(view.avail(), 0);
    }
}

#[test]
fn a_busy_record_stops_the_reader_until_it_is_committed() {
    let (_fake, mut view) = Fake::new();
    push(&view, b"a", 0);
    let busy = push(&view, b"b", BUSY);
    push(&view, b"c", 0);
    assert_eq!(drain(&mut view), [b"a"]);
    assert_eq!(drain(&mut view), [b""; 0]);
    set(&view, busy, &1u32.to_ne_bytes());
    assert_eq!(drain(&mut view), [b"b", b"c"]);
}

#[test]
fn a_record_committed_while_the_last_one_is_read_is_seen() {
    // Short ones, and one after which the reader tells its position at once.
    for len in [1, SIZE / 2] {
        let (mut fake, mut view) = Fake::new();
        let producer = fake.view();
        push(&view, &vec![1; len], 0);
        let mut seen = Vec::new();
        view.consume(|record| {
            if record[0] == 1 {
                push(&producer, &[2], 0);
            }
            seen.push(record[0]);
            ControlFlow::Continue(())
        });
        assert_eq!(seen, [1, 2], "{len}");
    }
}

#[test]
fn a_break_leaves_the_rest() {
    let (_fake, mut view) = Fake::new();
    push(&view, b"a", 0);
    push(&view, b"b", 0);
    assert_eq!(view.consume(|_| ControlFlow::Break(())), 1);
    assert_eq!(drain(&mut view), [b"b"]);
}

#[test]
fn a_panic_consumes_what_was_seen() {
    let (_fake, mut view) = Fake::new();
    push(&view, b"a", 0);
    push(&view, b"b", 0);
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| view.consume(|_| panic!("in a callback"))));
    assert!(caught.is_err());
    assert_eq!(drain(&mut view), [b"b"]);
}

#[test]
fn nonsense_is_skipped_and_counted() {
    // A length beyond the producer, positions further apart than the ring, and ones off the grid.
    for (len, to) in [(200, 16), (8, SIZE * 3), (1, 9), (0x3fff_ffff, SIZE)] {
        let (_fake, mut view) = Fake::new();
        set(&view, 0, &(len as u32).to_ne_bytes());
        advance(&view, to);
        assert_eq!(drain(&mut view), [b""; 0], "{len} {to}");
        assert_eq!((view.corrupted, view.avail()), (1, 0), "{len} {to}");
    }
}

#[test]
fn positions_may_overflow() {
    let (_fake, mut view) = Fake::new();
    let start = usize::MAX - 7;
    view.positions().0.store(start, Ordering::Relaxed);
    advance(&view, start);
    set(&view, start, &3u32.to_ne_bytes());
    set(&view, start.wrapping_add(8), b"xyz");
    advance(&view, start.wrapping_add(16));
    assert_eq!(drain(&mut view), [b"xyz"]);
}
