//! What libbpf does.

use std::{
    ffi::{CString, c_char, c_int, c_void},
    hint::black_box,
    ptr,
};

use libbpf_sys as sys;

use super::{Result, Spent, TEXT, names, spend};

unsafe extern "C" {
    fn vsnprintf(to: *mut c_char, size: usize, format: *const c_char, args: *mut sys::__va_list_tag) -> c_int;
}

/// Appends what the dumper prints to a vector, the context.
unsafe extern "C" fn append(context: *mut c_void, format: *const c_char, args: *mut sys::__va_list_tag) {
    let mut line = [0u8; 4096];
    // SAFETY: the context is the vector given with this function; the dumper's format and arguments agree.
    unsafe {
        let len = vsnprintf(line.as_mut_ptr().cast(), line.len(), format, args);
        let text = &line[..usize::try_from(len).unwrap_or(0).min(line.len() - 1)];
        (*context.cast::<Vec<u8>>()).extend_from_slice(text);
    }
}

/// Prints all types.
pub(super) fn header(btf: *const sys::btf, text: &mut Vec<u8>) -> usize {
    // SAFETY: the types outlive the dumper, and so does the text.
    unsafe {
        let dump = sys::btf_dump__new(btf, Some(append), ptr::from_mut(text).cast(), ptr::null());
        for id in 1..sys::btf__type_cnt(btf) {
            sys::btf_dump__dump_type(dump, id);
        }
        sys::btf_dump__free(dump);
    }
    text.len()
}

/// Finds a struct.
pub(super) fn find(btf: *const sys::btf, name: &CString) -> i32 {
    // SAFETY: the types are there, and the name is a C string.
    black_box(unsafe { sys::btf__find_by_name_kind(btf, name.as_ptr(), sys::BTF_KIND_STRUCT) })
}

/// Does a piece of work. Its CO-RE matching cannot be had without loading.
pub fn measure(work: &str) -> Result<Option<Spent>> {
    let c_string = |name: &str| CString::new(name);
    let names = names(work)?.iter().map(|name| c_string(name)).collect::<std::result::Result<Vec<_>, _>>()?;
    let (missing, present) = (c_string("no_such_type")?, c_string("task_struct")?);
    // SAFETY: the types are checked.
    let (btf, opened) = spend(|| unsafe { sys::btf__load_vmlinux_btf() });
    if btf.is_null() {
        return Err("libbpf: the kernel's types".into());
    }
    Ok(Some(match work {
        "open" => opened,
        "missing" => spend(|| find(btf, &missing)).1,
        "present" => spend(|| find(btf, &present)).1,
        "late" => spend(|| find(btf, &names[0])).1,
        "thousand" => spend(|| names.iter().for_each(|name| _ = find(btf, name))).1,
        "header" => {
            let mut text = Vec::with_capacity(TEXT);
            spend(|| header(btf, &mut text)).1
        }
        "encode" => {
            // SAFETY: both are live; the size is written to.
            spend(|| unsafe {
                let (copy, mut size) = (sys::btf__new_empty(), 0);
                sys::btf__add_btf(copy, btf);
                black_box(sys::btf__raw_data(copy, &mut size))
            })
            .1
        }
        _ => return Ok(None),
    }))
}
