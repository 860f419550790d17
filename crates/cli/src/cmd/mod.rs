//! The verbs that need one file each, and the folder of `skep btf`.

mod asm;
pub mod btf;
pub mod check;
mod dis;
mod dump;
pub mod link;
mod load;
mod man;
mod reloc;
mod verify;

pub use asm::asm;
pub use dis::dis;
pub use dump::dump;
pub use load::load;
pub use man::man;
pub use reloc::reloc;
pub use verify::verify;
