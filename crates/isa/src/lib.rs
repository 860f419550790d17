//! One BPF instruction: what it says, what is known of it, and its 8 or 16 bytes.
//!
//! An [`Insn`] is one logical instruction (a 64-bit immediate load is one, though it fills two slots). It carries sparse,
//! typed metadata ([`Meta`]): the symbol it defines, what it refers to, its CO-RE record, its source line, the BTF function
//! that begins there, the map it holds open. Metadata survives any edit of the stream, because it lives on the
//! instruction and nowhere else; [`edit`] lets jumps survive it too. References become numbers only when a stream is
//! encoded.
//!
//! This crate knows neither objects nor kernels: it does no I/O and never sees a file descriptor it was not handed.

#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod build;
mod codec;
pub mod edit;
mod error;
mod handle;
mod index;
mod insn;
mod meta;
pub mod opcode;
mod raw;
pub mod table;
pub mod text;

pub use codec::{decode, decode_each, encode, encode_for_kernel};
pub use error::{Error, ErrorKind};
pub use handle::{MapFd, MapHandle};
pub use index::{ByteOff, ExternIdx, FuncIdx, InsnIdx, MapIdx};
pub use insn::{Insn, Reg, SourceLine};
pub use meta::{CoreRecord, Facts, Meta, Ref};
pub use opcode::Opcode;
pub use raw::Raw;
pub use skep_uapi::{Endian, btf::CoreKind};
