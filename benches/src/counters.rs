//! What a process costs: every allocation of every language in it, its time and its memory.

use std::{
    ffi::c_void,
    fs,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Instant,
};

static CALLS: AtomicU64 = AtomicU64::new(0);
static LIVE: AtomicU64 = AtomicU64::new(0);
static PEAK: AtomicU64 = AtomicU64::new(0);

unsafe extern "C" {
    fn __libc_malloc(size: usize) -> *mut c_void;
    fn __libc_calloc(count: usize, size: usize) -> *mut c_void;
    fn __libc_realloc(old: *mut c_void, size: usize) -> *mut c_void;
    fn __libc_free(old: *mut c_void);
    fn __libc_memalign(align: usize, size: usize) -> *mut c_void;
}

fn added(block: *mut c_void) -> *mut c_void {
    CALLS.fetch_add(1, Relaxed);
    // SAFETY: the allocator has just returned this block, or null, which has size 0.
    let size = unsafe { libc::malloc_usable_size(block) } as u64;
    PEAK.fetch_max(LIVE.fetch_add(size, Relaxed) + size, Relaxed);
    block
}

fn removed(block: *mut c_void) {
    // SAFETY: the caller gives up a live block, or null, which has size 0.
    LIVE.fetch_sub(unsafe { libc::malloc_usable_size(block) } as u64, Relaxed);
}

// The allocator of the whole process, C libraries included: these definitions take the place of libc's.

/// # Safety
/// As malloc(3).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn malloc(size: usize) -> *mut c_void {
    // SAFETY: the caller's contract is that of the function called.
    added(unsafe { __libc_malloc(size) })
}

/// # Safety
/// As calloc(3).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn calloc(count: usize, size: usize) -> *mut c_void {
    // SAFETY: the caller's contract is that of the function called.
    added(unsafe { __libc_calloc(count, size) })
}

/// # Safety
/// As realloc(3).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn realloc(old: *mut c_void, size: usize) -> *mut c_void {
    removed(old);
    // SAFETY: the caller's contract is that of the function called.
    added(unsafe { __libc_realloc(old, size) })
}

/// # Safety
/// As free(3).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn free(old: *mut c_void) {
    removed(old);
    // SAFETY: the caller's contract is that of the function called.
    unsafe { __libc_free(old) }
}

/// # Safety
/// As `posix_memalign(3)`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn posix_memalign(out: *mut *mut c_void, align: usize, size: usize) -> i32 {
    // SAFETY: the caller's contract is that of the function called; `out` is valid for a write.
    unsafe {
        *out = added(__libc_memalign(align, size));
        if (*out).is_null() { libc::ENOMEM } else { 0 }
    }
}

/// # Safety
/// As `aligned_alloc(3)`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aligned_alloc(align: usize, size: usize) -> *mut c_void {
    // SAFETY: the caller's contract is that of the function called.
    added(unsafe { __libc_memalign(align, size) })
}

/// What was spent.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cost {
    /// Elapsed time in microseconds.
    pub wall_us: f64,
    /// Calls of the allocator.
    pub allocations: f64,
    /// The most bytes that were allocated at a time.
    pub heap: f64,
    /// The growth of the largest resident set, in bytes.
    pub resident: f64,
}

/// A point from which costs are counted.
pub struct Meter {
    began: Instant,
    calls: u64,
    live: u64,
    resident: f64,
}

impl Meter {
    /// Starts to count, growth of the resident set by the program's own code apart.
    pub fn start() -> Self {
        make_code_resident();
        // The peak so far is forgotten: only what comes counts.
        let _ = fs::write("/proc/self/clear_refs", "5");
        Self::start_cold()
    }

    /// Starts to count, code that becomes resident included.
    pub fn start_cold() -> Self {
        let resident = status("VmRSS:");
        PEAK.store(LIVE.load(Relaxed), Relaxed);
        let (calls, live) = (CALLS.load(Relaxed), LIVE.load(Relaxed));
        Self { resident, calls, live, began: Instant::now() }
    }

    /// What was spent since.
    pub fn stop(self) -> Cost {
        let wall_us = self.began.elapsed().as_secs_f64() * 1e6;
        let calls = CALLS.load(Relaxed) - self.calls;
        let heap = (PEAK.load(Relaxed) - self.live) as f64;
        Cost { wall_us, allocations: calls as f64, heap, resident: status("VmHWM:") - self.resident }
    }
}

/// Touches what is mapped of the program's file and of libraries, so that it does not count as growth: processes share
/// those pages, and all peers are in one program here, whose code is not what any of them would have alone.
fn make_code_resident() {
    let maps = fs::read_to_string("/proc/self/maps").unwrap_or_default();
    for line in maps.lines().filter(|line| line.contains(" r-xp ") || line.contains(" r--p ")) {
        let mut fields = line.split_whitespace();
        let (Some(range), Some(path)) = (fields.next(), fields.nth(4)) else { continue };
        let Some((start, end)) = range.split_once('-').filter(|_| path.starts_with('/')) else { continue };
        let number = |text| usize::from_str_radix(text, 16).unwrap_or_default();
        let (start, end) = (number(start), number(end));
        // SAFETY: the range is a mapping of this process, and reading in its pages changes none of its contents.
        unsafe { libc::madvise(start as *mut c_void, end.saturating_sub(start), libc::MADV_POPULATE_READ) };
    }
}

/// A line of /proc/self/status, in bytes.
fn status(key: &str) -> f64 {
    let text = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(key)).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse::<f64>().unwrap_or_default() * 1024.0
}
