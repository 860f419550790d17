//! A network interface by its name.

use crate::{
    Error, Kind,
    errors::at,
    object::{Site, nearest},
    sys::{Errno, socket},
};

/// An interface that exists.
#[derive(Clone, Debug)]
pub(super) struct Interface {
    pub(super) name: String,
    pub(super) index: u32,
}

impl Interface {
    pub(super) fn named(name: &str) -> Result<Self, Error> {
        match socket::interface_index(name) {
            Ok(index) => Ok(Self { name: name.to_owned(), index }),
            Err(error) if matches!(error.errno, Errno::ENODEV | Errno::ENXIO) => {
                let all = socket::interfaces().unwrap_or_default();
                let nearest = nearest(name, all.iter().map(|(_, name)| name.as_str())).map(str::to_owned);
                let kind = Kind::NoTarget { what: "network interface", name: name.to_owned(), nearest };
                Err(at(&Site::default(), kind))
            }
            Err(error) => {
                let action = format!("look up the network interface {name}");
                Err(at(&Site::default(), Kind::Kernel { action, error }))
            }
        }
    }
}
