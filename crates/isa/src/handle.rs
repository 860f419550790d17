//! Maps that instructions hold open.

use alloc::sync::Arc;
use core::fmt;

/// A map that is open in this process. Whoever has the kernel at hand implements it; this crate asks for the number only
/// when a stream is [encoded for the kernel](crate::encode_for_kernel).
pub trait MapFd: fmt::Debug + Send + Sync {
    /// The file descriptor, valid as long as the value lives.
    fn fd(&self) -> i32;
}

/// A map that an instruction holds open: it is closed when the last instruction that refers to it is gone, not before.
///
/// ```
/// use std::sync::Arc;
/// use skep_isa::{Insn, MapFd, MapHandle, Opcode, Raw, Reg, encode, encode_for_kernel};
///
/// #[derive(Debug)]
/// struct Open(i32);
///
/// impl MapFd for Open {
///     fn fd(&self) -> i32 {
///         self.0
///     }
/// }
///
/// let map = MapHandle::new(Arc::new(Open(7)));
/// let load = Insn::new(Opcode::LD_IMM64, Reg(1), Reg(0), 0, 0).with_map(map);
///
/// let (mut plain, mut ready) = (Vec::new(), Vec::new());
/// encode(&load, &mut plain)?;
/// encode_for_kernel(&load, &mut ready)?;
/// assert_eq!((plain[0].imm, ready[0].imm), (0, 7));
/// # Ok::<(), skep_isa::Error>(())
/// ```
#[derive(Clone)]
pub struct MapHandle(Arc<dyn MapFd>);

impl MapHandle {
    /// Holds a map.
    pub fn new(map: Arc<dyn MapFd>) -> Self {
        Self(map)
    }

    /// Its file descriptor, now.
    pub fn fd(&self) -> i32 {
        self.0.fd()
    }
}

impl PartialEq for MapHandle {
    /// Whether both hold the same value; two descriptors of one map are two values.
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for MapHandle {}

impl fmt::Debug for MapHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
