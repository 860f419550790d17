//! The kernel's BPF numbers with their names, and the release that introduced each.
//!
//! Every number that crosses the boundary to the kernel is an open newtype here: an unknown value survives a
//! round trip, a known one has a name, a UAPI alias and a [`Release`]. Tables are plain `const` arrays; everything
//! else (lookup by name, documentation) is derived from them.
//!
//! This crate holds no logic and touches nothing: no I/O, no allocation, no `unsafe`.

#![no_std]
#![forbid(unsafe_code)]

#[macro_use]
mod names;
mod attach_type;
pub mod btf;
mod endian;
mod feature;
mod helper;
mod link_type;
mod map_type;
mod option;
mod prog_type;
mod release;

pub use attach_type::AttachType;
pub use endian::Endian;
pub use feature::{FEATURES, Feature, FeatureRow};
pub use helper::Helper;
pub use link_type::LinkType;
pub use map_type::{MapFlags, MapType};
pub use names::Row;
pub use option::{ATTACH_TYPE_OPTIONS, MAP_TYPE_OPTIONS, OptionRow, PROG_TYPE_OPTIONS};
pub use prog_type::{ProgFlags, ProgType};
pub use release::Release;
