//! Numbers of types changed in place: what stays as it is is copied once, and not read again.

use alloc::vec::Vec;

use crate::{Btf, Error, ErrorKind, Kind, SecVar, TypeId, header::HEAD};

/// Types of which single numbers change, but neither their count nor the size of any.
#[derive(Clone, Debug)]
pub struct Patch<'a> {
    btf: &'a Btf,
    bytes: Vec<u8>,
}

impl<'a> Patch<'a> {
    /// Begins with the types of `btf`.
    pub fn of(btf: &'a Btf) -> Self {
        Self { btf, bytes: btf.bytes().as_ref().to_vec() }
    }

    /// The changed types.
    pub fn finish(self) -> Btf {
        self.btf.with_numbers(self.bytes)
    }

    /// Sets the linkage of a FUNC or VAR: 0 static, 1 global, 2 extern.
    ///
    /// # Errors
    /// `btf-no-such-type`, `btf-wrong-kind`.
    pub fn set_linkage(&mut self, id: TypeId, linkage: u32) -> Result<(), Error> {
        match self.kind(id)? {
            (Kind::VAR, _, at) => self.put(at + HEAD, linkage),
            (Kind::FUNC, info, at) => self.put(at + 4, info & !0xff_ffff | linkage & 0xff_ffff),
            (other, ..) => return Err(Error::of(ErrorKind::WrongKind(other), id)),
        }
        Ok(())
    }

    /// Sets the size and the variables of a DATASEC, which keep their number; those that are too many are left out.
    ///
    /// # Errors
    /// `btf-no-such-type`, `btf-wrong-kind`.
    pub fn set_datasec(&mut self, id: TypeId, size: u32, vars: &[SecVar]) -> Result<(), Error> {
        let (kind, info, at) = self.kind(id)?;
        if kind != Kind::DATASEC {
            return Err(Error::of(ErrorKind::WrongKind(kind), id));
        }
        self.put(at + 8, size);
        let places = (at + HEAD..).step_by(4 * 3).take((info & 0xff_ffff) as usize);
        for (place, var) in places.zip(vars) {
            for (i, number) in [var.ty.0, var.offset, var.size].into_iter().enumerate() {
                self.put(place + 4 * i, number);
            }
        }
        Ok(())
    }

    /// The kind of a type of its own, the word that says it, and where the type begins.
    fn kind(&self, id: TypeId) -> Result<(Kind, u32, usize), Error> {
        let absent = || Error::of(ErrorKind::NoSuchType(id), id);
        let at = self.btf.beginning(id).ok_or_else(absent)?;
        let info = self.bytes.get(at + 4..).and_then(|rest| rest.first_chunk()).ok_or_else(absent)?;
        let info = self.btf.endian().u32(*info);
        Ok((Kind((info >> 24) as u8 & 0x7f), info, at))
    }

    fn put(&mut self, at: usize, number: u32) {
        if let Some(place) = self.bytes.get_mut(at..).and_then(|rest| rest.first_chunk_mut()) {
            *place = self.btf.endian().bytes32(number);
        }
    }
}
