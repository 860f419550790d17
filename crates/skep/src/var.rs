//! Global variables of loaded programs.

use zerocopy::{FromBytes, Immutable, IntoBytes};

use crate::{
    Error, Kind, Map,
    errors::at,
    object::{Site, Variable},
    reloc::Contents,
    sys::bpf::ElemFlags,
};

/// A global variable of a loaded program: read and written where it lies if its map can be mapped, else by system call.
///
/// Programs may change it at any moment. Numbers of up to 8 bytes are read and written whole.
#[derive(Clone, Debug)]
pub struct Var<'l> {
    var: &'l Variable,
    map: &'l Map,
    site: Site,
}

impl<'l> Var<'l> {
    pub(crate) fn new(var: &'l Variable, map: &'l Map, site: Site) -> Self {
        Self { var, map, site }
    }

    /// What the object says about it.
    pub fn variable(&self) -> &'l Variable {
        self.var
    }

    /// The map that holds it.
    pub fn map(&self) -> &'l Map {
        self.map
    }

    /// Whether it can only be read: constants are fixed once they are loaded.
    pub fn is_constant(&self) -> bool {
        self.map.spec().is_some_and(|spec| matches!(spec.contents, Contents::Value { frozen: true, .. }))
    }

    /// Its value.
    ///
    /// # Errors
    /// `wrong-size` if the type has another size than the variable; `map-operation`.
    pub fn read<T: FromBytes + IntoBytes>(&self) -> Result<T, Error> {
        self.check(size_of::<T>())?;
        let mut value = T::new_zeroed();
        self.read_into(value.as_mut_bytes())?;
        Ok(value)
    }

    /// Its value on each possible CPU, for variables that each CPU has its own of (`.percpu`, 7.3). [`read`](Self::read)
    /// gives that of the first, [`write`](Self::write) sets all.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn read_each<T: FromBytes + IntoBytes>(&self) -> Result<Vec<T>, Error> {
        self.check(size_of::<T>())?;
        if !self.map.is_per_cpu() {
            return Ok(vec![self.read()?]);
        }
        let mut whole = self.whole()?;
        let stride = self.stride(whole.len());
        let values = whole.chunks_exact_mut(stride).filter_map(|of_cpu| {
            let mut value = T::new_zeroed();
            value.as_mut_bytes().copy_from_slice(self.range(of_cpu)?);
            Some(value)
        });
        Ok(values.collect())
    }

    /// The bytes of its value.
    ///
    /// # Errors
    /// `map-operation`.
    pub fn read_bytes(&self) -> Result<Vec<u8>, Error> {
        let mut bytes = vec![0; self.var.size as usize];
        self.read_into(&mut bytes)?;
        Ok(bytes)
    }

    /// Sets its value.
    ///
    /// # Errors
    /// `variable-constant`; `wrong-size`; `map-operation`.
    pub fn write<T: IntoBytes + Immutable + ?Sized>(&self, value: &T) -> Result<(), Error> {
        self.write_bytes(value.as_bytes())
    }

    /// Sets the bytes of its value.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub fn write_bytes(&self, bytes: &[u8]) -> Result<(), Error> {
        self.check(bytes.len())?;
        if self.is_constant() {
            return Err(at(&self.site, Kind::Constant(self.var.name.to_string())));
        }
        if self.map.memory().is_some_and(|memory| memory.write(self.var.offset as usize, bytes)) {
            return Ok(());
        }
        // Without a mapping there is only the whole value; what a program writes between these two calls is lost.
        let mut value = self.whole()?;
        let stride = self.stride(value.len());
        for of_cpu in value.chunks_mut(stride) {
            if let Some(to) = self.range(of_cpu) {
                to.copy_from_slice(bytes);
            }
        }
        self.map.update(&KEY, &value, ElemFlags::ANY)
    }

    fn read_into(&self, out: &mut [u8]) -> Result<(), Error> {
        if self.map.memory().is_some_and(|memory| memory.read(self.var.offset as usize, out)) {
            return Ok(());
        }
        let mut value = self.whole()?;
        if let Some(from) = self.range(&mut value) {
            out.copy_from_slice(from);
        }
        Ok(())
    }

    /// The bytes from the value of one CPU to that of the next, or of the whole value.
    fn stride(&self, whole: usize) -> usize {
        let size = if self.map.is_per_cpu() { self.map.value_size().next_multiple_of(8) } else { whole };
        size.max(1)
    }

    fn whole(&self) -> Result<Vec<u8>, Error> {
        Ok(self.map.lookup(&KEY)?.unwrap_or_default())
    }

    fn range<'v>(&self, value: &'v mut [u8]) -> Option<&'v mut [u8]> {
        let start = self.var.offset as usize;
        value.get_mut(start..start.checked_add(self.var.size as usize)?)
    }

    fn check(&self, given: usize) -> Result<(), Error> {
        let size = self.var.size as usize;
        if size == given { Ok(()) } else { Err(at(&self.site, Kind::Size { what: "variable", size, given })) }
    }
}

/// The only key of a map of global variables.
const KEY: [u8; 4] = [0; 4];
