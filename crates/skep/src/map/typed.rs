//! Maps by the types of their keys and values.

use std::marker::PhantomData;

use zerocopy::{FromBytes, Immutable, IntoBytes};

use super::Map;
use crate::{Error, sys::bpf::ElemFlags};

/// A map by the types of its keys and values, whose sizes were compared with the map's.
#[derive(Clone, Copy, Debug)]
pub struct TypedMap<'m, K, V> {
    map: &'m Map,
    types: PhantomData<fn(K) -> V>,
}

impl<'m, K, V> TypedMap<'m, K, V> {
    pub(super) fn new(map: &'m Map) -> Result<Self, Error> {
        map.check("key", map.key_size(), size_of::<K>())?;
        map.check("value", map.value_size(), size_of::<V>())?;
        Ok(Self { map, types: PhantomData })
    }

    /// The map by bytes.
    pub fn map(&self) -> &'m Map {
        self.map
    }
}

impl<K: IntoBytes + FromBytes + Immutable, V: IntoBytes + FromBytes + Immutable> TypedMap<'_, K, V> {
    /// The value of a key; none if there is no such key. In maps with a value for each CPU, that of the first CPU.
    ///
    /// # Errors
    /// `map-operation`.
    pub fn get(&self, key: &K) -> Result<Option<V>, Error> {
        let value = self.map.lookup(key.as_bytes())?;
        Ok(value.and_then(|value| Some(V::read_from_prefix(&value).ok()?.0)))
    }

    /// The values that the CPUs have for a key; none if there is no such key.
    ///
    /// # Errors
    /// `map-operation`.
    pub fn get_per_cpu(&self, key: &K) -> Result<Option<Vec<V>>, Error> {
        let values = self.map.lookup(key.as_bytes())?;
        Ok(values.map(|values| self.values(&values)))
    }

    /// Sets the value of a key, whether or not it is there already.
    ///
    /// # Errors
    /// `map-operation`; `wrong-size` in maps with a value for each CPU.
    pub fn set(&self, key: &K, value: &V) -> Result<(), Error> {
        self.map.update(key.as_bytes(), value.as_bytes(), ElemFlags::ANY)
    }

    /// Sets the values of all CPUs for a key.
    ///
    /// # Errors
    /// `wrong-size` if there are not as many values as CPUs; `map-operation`.
    pub fn set_per_cpu(&self, key: &K, values: &[V]) -> Result<(), Error> {
        let values = values.iter().map(V::as_bytes).collect::<Vec<_>>();
        self.map.update_per_cpu(key.as_bytes(), &values, ElemFlags::ANY)
    }

    /// Removes a key; false if there was no such key.
    ///
    /// # Errors
    /// `map-operation`.
    pub fn remove(&self, key: &K) -> Result<bool, Error> {
        self.map.delete(key.as_bytes())
    }

    /// Keys and values. In maps with a value for each CPU, those of the first CPU.
    pub fn iter(&self) -> impl Iterator<Item = Result<(K, V), Error>> {
        self.map.entries().filter_map(|entry| match entry {
            Ok((key, value)) => Some(Ok((K::read_from_bytes(&key).ok()?, V::read_from_prefix(&value).ok()?.0))),
            Err(error) => Some(Err(error)),
        })
    }

    /// Keys, each with the values of all CPUs.
    pub fn iter_per_cpu(&self) -> impl Iterator<Item = Result<(K, Vec<V>), Error>> {
        self.map.entries().filter_map(|entry| match entry {
            Ok((key, values)) => Some(Ok((K::read_from_bytes(&key).ok()?, self.values(&values)))),
            Err(error) => Some(Err(error)),
        })
    }

    fn values(&self, values: &[u8]) -> Vec<V> {
        self.map.split_cpus(values).filter_map(|value| V::read_from_bytes(value).ok()).collect()
    }
}
