//! Maps in which each CPU has its own value.

use super::Map;
use crate::{Error, sys::bpf::ElemFlags};

impl Map {
    /// The values that the CPUs have for a key, one for each CPU that may ever be online; none if there is no such key.
    ///
    /// # Errors
    /// As [`lookup`](Self::lookup).
    pub fn lookup_per_cpu(&self, key: &[u8]) -> Result<Option<Vec<Vec<u8>>>, Error> {
        Ok(self.lookup(key)?.map(|values| self.split_cpus(&values).map(<[u8]>::to_vec).collect()))
    }

    /// Sets the values of all CPUs for a key.
    ///
    /// # Errors
    /// `wrong-size` if there are not as many values as CPUs, or one is not as long as the map's; `map-operation`.
    pub fn update_per_cpu<V: AsRef<[u8]>>(&self, key: &[u8], values: &[V], flags: ElemFlags) -> Result<(), Error> {
        let size = self.value_size();
        let all = self.raw().user_value_size().map_err(|error| self.failed("update", error))?;
        let step = size.next_multiple_of(8).max(8);
        self.check("list of values, one for each CPU,", all / step, values.len())?;
        let mut bytes = vec![0; all];
        for (to, value) in bytes.chunks_mut(step).zip(values) {
            let value = value.as_ref();
            self.check("value", size, value.len())?;
            if let Some(to) = to.get_mut(..size) {
                to.copy_from_slice(value);
            }
        }
        self.update(key, &bytes, flags)
    }

    /// Takes the values of all CPUs apart. In other maps there is one.
    pub fn split_cpus<'v>(&self, values: &'v [u8]) -> impl Iterator<Item = &'v [u8]> + use<'v> {
        let size = self.value_size();
        let step = if self.is_per_cpu() { size.next_multiple_of(8) } else { values.len() };
        values.chunks(step.max(1)).map(move |value| value.get(..size).unwrap_or(value))
    }
}
