//! Objects from rustc.
//!
//! For the targets `bpfel-unknown-none` and `bpfeb-unknown-none` rustc leaves code generation to the linker: what it hands
//! over is LLVM's bitcode. skep has no LLVM, but rustc has. So the bitcode goes back to the same rustc, as the code of a
//! library whose symbols are all exported, to be compiled for the same target with the one difference that it is machine
//! code that is wanted.

mod archive;
mod bitcode;
mod compiler;

pub use bitcode::take;
pub use compiler::{Wanted, compile};
