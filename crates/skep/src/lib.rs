//! BPF programs, from a file to the running kernel.
//!
//! Each stage is a value, and holding it proves what the stage before it established:
//!
//! ```no_run
//! use skep::{Config, reloc};
//!
//! let bytes = std::fs::read("exec.bpf.o")?;
//! let object = skep::object::elf::read("exec.bpf.o", &bytes)?; // what the file says
//! let linked = skep::linker::link([object])?; // what belongs together
//! let target = skep::target::running()?; // what is known of this kernel
//! let program = skep::reloc::relocate(&linked, &target, &reloc::Config::new())?; // ready for this kernel
//! let loaded = skep::load(&program, &Config::new())?; // in the kernel
//! let link = loaded.program("handle_exec")?.attach()?; // running; dropping the link ends it
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! In the common case three words do: `Skep::open("exec.bpf.o")?.load()?.attach()?`. See [`Skep`].
//!
//! Programs, maps, links and ring buffers are closed when they are dropped, and what is pinned stays. The stages before
//! [`load`] are pure; they run without privileges, on any host, for any kernel.
//!
//! What this crate does not do: it prints nothing, reads no environment variables and compiles nothing.

#![cfg(target_os = "linux")]
#![forbid(unsafe_code)]

mod advice;
mod attached;
pub mod btf_source;
mod config;
mod diagnose;
mod error;
mod errors;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;
pub mod hook;
mod link;
mod load;
mod loaded;
mod map;
mod object_file;
mod probe;
mod probe_bytes;
mod program;
mod rejection;
pub mod ring;
mod skep;
pub mod target;
mod var;
pub mod verify;

pub use self::skep::Skep;
pub use attached::Attached;
pub use config::Config;
pub use error::{Error, Kind, Thing};
pub use errors::Errors;
pub use hook::{AttachOptions, Hook};
pub use link::{Iteration, Link, unpin};
pub use load::{capabilities, load};
pub use loaded::Loaded;
pub use map::{Entries, Keys, Map, TypedMap};
pub use program::{Program, Stats};
pub use rejection::{Absent, Rejection};
pub use ring::RingBuffers;
pub use skep_reloc as reloc;
pub use skep_reloc::object::{Diagnostic, btf, isa, uapi};
pub use skep_reloc::{Linked, Target, linker, object};
pub use skep_sys as sys;
pub use skep_sys::bpf::{ElemFlags, LinkInfo, MapInfo, ProgInfo, TestRun, TestRunOutput};
pub use var::Var;
