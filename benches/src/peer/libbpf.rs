//! libbpf, through libbpf-sys.

use std::{
    error::Error,
    ffi::{CString, c_char, c_int, c_void},
    io,
    path::Path,
    ptr,
    time::Instant,
};

use libbpf_sys::*;

use super::Alive;

/// A loaded object and its links, gone when dropped.
struct Up {
    object: *mut bpf_object,
    links: Vec<*mut bpf_link>,
}

impl Drop for Up {
    fn drop(&mut self) {
        // SAFETY: object and links came from libbpf and are destroyed once.
        unsafe {
            for &link in &self.links {
                bpf_link__destroy(link);
            }
            bpf_object__close(self.object);
        }
    }
}

/// Opens an object.
fn open(path: &Path) -> Result<Up, Box<dyn Error>> {
    let path = CString::new(path.to_str().ok_or("path")?)?;
    // SAFETY: the path is a C string; the object is checked before use and owned by what is returned.
    unsafe {
        libbpf_set_print(None);
        let object = bpf_object__open(path.as_ptr());
        if object.is_null() {
            return Err(format!("libbpf: open: {}", io::Error::last_os_error()).into());
        }
        Ok(Up { object, links: Vec::new() })
    }
}

fn load(path: &Path) -> Result<Up, Box<dyn Error>> {
    let up = open(path)?;
    // SAFETY: the object is open.
    match unsafe { bpf_object__load(up.object) } {
        0 => Ok(up),
        error => Err(format!("libbpf: load: {}", io::Error::from_raw_os_error(-error)).into()),
    }
}

/// Opens and prepares, which is all of loading but the programs: relocation, and maps.
pub fn reloc(path: &Path) -> Result<Alive, Box<dyn Error>> {
    let up = open(path)?;
    // SAFETY: the object is open.
    match unsafe { bpf_object__prepare(up.object) } {
        0 => Ok(Box::new(up)),
        error => Err(format!("libbpf: prepare: {}", io::Error::from_raw_os_error(-error)).into()),
    }
}

/// Opens, loads and attaches every program.
pub fn startup(path: &Path) -> Result<Alive, Box<dyn Error>> {
    let mut up = load(path)?;
    let mut program = ptr::null_mut();
    loop {
        // SAFETY: the object is open; iteration begins with null.
        unsafe {
            program = bpf_object__next_program(up.object, program);
            if program.is_null() {
                return Ok(Box::new(up));
            }
            let link = bpf_program__attach(program);
            if link.is_null() {
                return Err(format!("libbpf: attach: {}", io::Error::last_os_error()).into());
            }
            up.links.push(link);
        }
    }
}

unsafe extern "C" fn record(count: *mut c_void, data: *mut c_void, size: u64) -> c_int {
    // SAFETY: libbpf passes back the counter, and a record of this size.
    unsafe {
        let bytes = std::slice::from_raw_parts(data.cast::<u8>(), size as usize);
        *count.cast::<u64>() += u64::from(std::hint::black_box(bytes)[0] != 0);
    }
    0
}

/// Fills the ring buffer `events` by running `produce`, and consumes it, `rounds` times.
pub fn ring(path: &Path, rounds: usize) -> Result<(u64, f64), Box<dyn Error>> {
    let up = load(path)?;
    let mut count = 0u64;
    // SAFETY: names are C strings; objects are live; the counter outlives the ring buffer.
    unsafe {
        let map = bpf_object__find_map_by_name(up.object, c"events".as_ptr() as *const c_char);
        let program = bpf_object__find_program_by_name(up.object, c"produce".as_ptr() as *const c_char);
        if map.is_null() || program.is_null() {
            return Err("libbpf: the object has no `events` and `produce`".into());
        }
        let (map, program) = (bpf_map__fd(map), bpf_program__fd(program));
        let ring = ring_buffer__new(map, Some(record), (&raw mut count).cast(), ptr::null());
        let mut seconds = 0.0;
        for _ in 0..rounds {
            let mut run: bpf_test_run_opts = std::mem::zeroed();
            run.sz = size_of::<bpf_test_run_opts>() as _;
            if bpf_prog_test_run_opts(program, &mut run) != 0 {
                return Err(format!("libbpf: run: {}", io::Error::last_os_error()).into());
            }
            let began = Instant::now();
            ring_buffer__consume(ring);
            seconds += began.elapsed().as_secs_f64();
        }
        ring_buffer__free(ring);
        Ok((count, seconds))
    }
}
