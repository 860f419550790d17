//! Walks over the entries of a map.

use super::Map;
use crate::{
    Error,
    sys::{
        Errno,
        bpf::{Cursor, ElemFlags},
    },
};

/// The keys of a map. Ends after an error.
#[derive(Debug)]
pub struct Keys<'m> {
    map: &'m Map,
    last: Option<Vec<u8>>,
    done: bool,
}

impl<'m> Keys<'m> {
    pub(super) fn new(map: &'m Map) -> Self {
        Self { map, last: None, done: false }
    }
}

impl Iterator for Keys<'_> {
    type Item = Result<Vec<u8>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let mut key = vec![0; self.map.key_size()];
        match self.map.raw().next_key(self.last.as_deref(), &mut key) {
            Ok(true) => {
                self.last = Some(key.clone());
                Some(Ok(key))
            }
            Ok(false) => {
                self.done = true;
                None
            }
            Err(error) => {
                self.done = true;
                Some(Err(self.map.failed("next key", error)))
            }
        }
    }
}

/// A key and its value.
type Entry = (Vec<u8>, Vec<u8>);

/// The entries that are asked for at a time.
const CHUNK: usize = 256;

/// The entries of a map, keys with their values. Ends after an error.
#[derive(Debug)]
pub struct Entries<'m> {
    map: &'m Map,
    /// Where the walk in batches is; none once the kernel refused one.
    cursor: Option<Cursor>,
    ready: std::vec::IntoIter<Entry>,
    chunk: usize,
    started: bool,
    keys: Keys<'m>,
}

impl<'m> Entries<'m> {
    pub(super) fn new(map: &'m Map) -> Self {
        let cursor = Some(Cursor::default());
        Self { map, cursor, ready: Vec::new().into_iter(), chunk: CHUNK, started: false, keys: Keys::new(map) }
    }

    /// The next entries in one call; none if the kernel has no batches for this map.
    fn batch(&mut self) -> Option<Result<(), Error>> {
        let cursor = self.cursor.as_mut()?;
        let raw = self.map.raw();
        let size = match raw.user_value_size() {
            Ok(size) => size,
            Err(error) => return Some(Err(self.map.failed("lookup", error))),
        };
        let key_size = self.map.key_size();
        if key_size == 0 || size == 0 {
            return None;
        }
        let (mut keys, mut values) = (vec![0; key_size * self.chunk], vec![0; size * self.chunk]);
        loop {
            match raw.lookup_batch(cursor, &mut keys, &mut values, ElemFlags::ANY) {
                Ok(count) => {
                    self.started = true;
                    let pairs = keys.chunks(key_size).zip(values.chunks(size)).take(count);
                    self.ready =
                        pairs.map(|(key, value)| (key.to_vec(), value.to_vec())).collect::<Vec<_>>().into_iter();
                    return Some(Ok(()));
                }
                // A bucket of the table holds more than fit.
                Err(error) if error.errno == Errno::ENOSPC && self.chunk < 1 << 20 => {
                    self.chunk *= 4;
                    keys.resize(key_size * self.chunk, 0);
                    values.resize(size * self.chunk, 0);
                }
                Err(_) if !self.started => return None,
                Err(error) => return Some(Err(self.map.failed("lookup batch", error))),
            }
        }
    }

    fn one(&mut self) -> Option<Result<Entry, Error>> {
        loop {
            let key = match self.keys.next()? {
                Ok(key) => key,
                Err(error) => return Some(Err(error)),
            };
            match self.map.lookup(&key) {
                Ok(Some(value)) => return Some(Ok((key, value))),
                // It went away meanwhile.
                Ok(None) => {}
                Err(error) => {
                    self.keys.done = true;
                    return Some(Err(error));
                }
            }
        }
    }
}

impl Iterator for Entries<'_> {
    type Item = Result<Entry, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(entry) = self.ready.next() {
                return Some(Ok(entry));
            }
            if self.cursor.as_ref().is_some_and(|cursor| cursor.at_end) {
                return None;
            }
            match self.batch() {
                Some(Ok(())) => {}
                Some(Err(error)) => {
                    if let Some(cursor) = &mut self.cursor {
                        cursor.at_end = true;
                    }
                    return Some(Err(error));
                }
                None => {
                    self.cursor = None;
                    return self.one();
                }
            }
        }
    }
}
