//! The same work, with each library.

mod aya;
mod libbpf;
mod skep;

use std::{any::Any, error::Error, path::Path};

/// What keeps an object up while it is measured.
pub type Alive = Box<dyn Any>;

type Startup = fn(&Path) -> Result<Alive, Box<dyn Error>>;
/// Fills a ring buffer by running a program, and reads it, so and so often; gives the records and the seconds spent
/// reading.
type Ring = fn(&Path, usize) -> Result<(u64, f64), Box<dyn Error>>;

/// Everyone who brings an object up.
pub const STARTUP: [(&str, Startup); 3] = [("skep", skep::startup), ("libbpf", libbpf::startup), ("aya", aya::startup)];

/// Everyone who relocates an object for the running kernel without loading its programs.
pub const RELOC: [(&str, Startup); 2] = [("skep", skep::reloc), ("libbpf", libbpf::reloc)];

/// Everyone who reads a ring buffer.
pub const RING: [(&str, Ring); 3] = [("skep", skep::ring), ("libbpf", libbpf::ring), ("aya", aya::ring)];
