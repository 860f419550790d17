//! What programs need of BPF, as far as this one does: maps, helpers, functions of the kernel.
//!
//! A map is a static variable in the section `.maps`. Its type says what the map is like, member by member, in the form
//! that BTF can carry: a number as a pointer to an array of that many elements, a type as a pointer to it. The variable
//! needs a type that can be shared (`Sync`), so that the struct stands in another one; the linker takes it out of there.

use core::{cell::UnsafeCell, ffi::c_void, marker::PhantomData, mem::transmute, ptr::null};

const HASH: usize = 1;
const ARRAY: usize = 2;
const ARRAY_OF_MAPS: usize = 12;

/// A number that a type says.
type Number<const N: usize> = *const [i32; N];

/// What a map is like.
#[repr(C)]
pub struct Definition<K, V, const TYPE: usize, const ENTRIES: usize> {
    r#type: Number<TYPE>,
    key: *const K,
    value: *const V,
    max_entries: Number<ENTRIES>,
}

/// A map with keys and values.
#[repr(transparent)]
pub struct Map<K, V, const TYPE: usize, const ENTRIES: usize> {
    definition: UnsafeCell<Definition<K, V, TYPE, ENTRIES>>,
    holds: PhantomData<(K, V)>,
}

pub type Hash<K, V, const ENTRIES: usize> = Map<K, V, HASH, ENTRIES>;
pub type Array<V, const ENTRIES: usize> = Map<u32, V, ARRAY, ENTRIES>;

// SAFETY: nobody reads the variable itself; the kernel's helpers take care of the map.
unsafe impl<K, V, const TYPE: usize, const ENTRIES: usize> Sync for Map<K, V, TYPE, ENTRIES> {}

impl<K, V, const TYPE: usize, const ENTRIES: usize> Map<K, V, TYPE, ENTRIES> {
    pub const fn new() -> Self {
        let definition = Definition { r#type: null(), key: null(), value: null(), max_entries: null() };
        Self { definition: UnsafeCell::new(definition), holds: PhantomData }
    }

    /// The value at a key. Others may change it at the same time.
    #[inline(always)]
    pub fn get(&self, key: &K) -> Option<&UnsafeCell<V>> {
        // SAFETY: the verifier checks that the map has such keys, and that null is looked for.
        unsafe { lookup(self.address(), (&raw const *key).cast()).cast::<UnsafeCell<V>>().as_ref() }
    }

    /// Puts a value at a key.
    #[inline(always)]
    pub fn set(&self, key: &K, value: &V) -> bool {
        // SAFETY: as for `get`.
        unsafe { update(self.address(), (&raw const *key).cast(), (&raw const *value).cast(), 0) == 0 }
    }

    #[inline(always)]
    fn address(&self) -> *const c_void {
        (&raw const *self).cast()
    }
}

/// An array of maps, with those that are in it from the beginning.
#[repr(transparent)]
pub struct ArrayOfMaps<M: 'static, const ENTRIES: usize>(UnsafeCell<Maps<M, ENTRIES>>);

#[repr(C)]
struct Maps<M: 'static, const ENTRIES: usize> {
    r#type: Number<ARRAY_OF_MAPS>,
    key: *const u32,
    max_entries: Number<ENTRIES>,
    values: [*const M; ENTRIES],
}

// SAFETY: as for `Map`.
unsafe impl<M: Sync, const ENTRIES: usize> Sync for ArrayOfMaps<M, ENTRIES> {}

impl<M, const ENTRIES: usize> ArrayOfMaps<M, ENTRIES> {
    pub const fn of(values: [*const M; ENTRIES]) -> Self {
        Self(UnsafeCell::new(Maps { r#type: null(), key: null(), max_entries: null(), values }))
    }

    /// The map at a position.
    #[inline(always)]
    pub fn get(&self, position: u32) -> Option<&M> {
        // SAFETY: as for `Map::get`.
        unsafe { lookup((&raw const *self).cast(), (&raw const position).cast()).cast::<M>().as_ref() }
    }
}

#[inline(always)]
unsafe fn lookup(map: *const c_void, key: *const c_void) -> *mut c_void {
    // SAFETY: a helper is called by its number.
    let helper: extern "C" fn(*const c_void, *const c_void) -> *mut c_void = unsafe { transmute(1usize) };
    helper(map, key)
}

#[inline(always)]
unsafe fn update(map: *const c_void, key: *const c_void, value: *const c_void, flags: u64) -> i64 {
    // SAFETY: as above.
    let helper: extern "C" fn(*const c_void, *const c_void, *const c_void, u64) -> i64 = unsafe { transmute(2usize) };
    helper(map, key, value, flags)
}

/// Nanoseconds since the machine was started.
#[inline(always)]
pub fn ktime_get_ns() -> u64 {
    // SAFETY: as above.
    let helper: extern "C" fn() -> u64 = unsafe { transmute(5usize) };
    helper()
}

unsafe extern "C" {
    /// Ends the program with this result, whatever called what.
    pub fn bpf_throw(result: u64) -> !;
}

/// Declares the function to the kernel: rustc writes no types of what is elsewhere.
#[used]
#[unsafe(link_section = ".ksyms")]
static BPF_THROW: unsafe extern "C" fn(result: u64) -> ! = bpf_throw;

/// What XDP programs get.
#[repr(C)]
pub struct Context {
    pub data: u32,
    pub data_end: u32,
    pub data_meta: u32,
    pub ingress_ifindex: u32,
    pub rx_queue_index: u32,
    pub egress_ifindex: u32,
}
