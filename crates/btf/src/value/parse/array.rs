//! Arrays, and what is one but is written otherwise: text, bytes, addresses.

use alloc::{format, string::String, vec::Vec};
use core::net::{Ipv4Addr, Ipv6Addr};

use super::{Parser, is_outermost};
use crate::{
    Array, Type, TypeId,
    value::{Fault, FaultKind, convention::Meaning, number::Number},
};

impl Parser<'_> {
    pub(super) fn array(
        &mut self,
        id: TypeId,
        array: Array,
        meaning: Meaning,
        at: usize,
        name: &str,
        depth: u32,
    ) -> Result<(), Fault> {
        let size = self.btf.size(array.elem).map_err(|error| self.fault(id, FaultKind::Type(error)))? as usize;
        let room = size.saturating_mul(array.len as usize);
        // A member that lies outside its struct.
        if at.checked_add(room).is_none_or(|end| end > self.out.len()) {
            return Err(self.fault(id, FaultKind::Unsupported));
        }
        let elem = self.btf.resolve(array.elem).ok().map(|(_, ty)| ty);
        let is_listed = self.scan.peek() == Some('[');
        match elem {
            Some(Type::Int(int)) if int.size == 1 && (int.name == "char" || int.is_char()) && !is_listed => {
                return self.characters(id, room, at, depth);
            }
            Some(Type::Int(int))
                if meaning == Meaning::Address && matches!(room, 4 | 16) && !is_listed && int.size <= 4 =>
            {
                let bytes = self.address(id, room)?;
                return self.put(id, at, &bytes);
            }
            Some(Type::Int(int)) if int.size == 1 && !int.is_signed() && !int.is_bool() && !is_listed => {
                return self.hex(id, room, at);
            }
            _ => {}
        }
        if !self.scan.eat('[') && !is_outermost(depth) {
            return Err(self.fault(id, FaultKind::Expected("`[`")));
        }
        let mut count = 0u64;
        while !self.scan.is_end() && !self.scan.eat(']') {
            if count >= array.len.into() {
                return Err(self.fault(id, FaultKind::TooMany { count: count + 1, max: array.len.into() }));
            }
            let (len, start) = (self.path.len(), at + count as usize * size);
            self.path += &format!("[{count}]");
            self.value(array.elem, start, name, depth)?;
            self.path.truncate(len);
            count += 1;
            // As many equal elements are shown: `0 x62`.
            if self.scan.eat('x') {
                let word = self.scan.word();
                let times = Number::read(word).ok_or_else(|| self.not_a(id, word, "how often the element occurs"))?;
                let times = u64::try_from(times.magnitude).unwrap_or(u64::MAX);
                if times == 0 || (count - 1).saturating_add(times) > array.len.into() {
                    return Err(self.fault(id, FaultKind::TooMany { count: times, max: array.len.into() }));
                }
                let end = start + size;
                for i in 1..times as usize {
                    self.out.copy_within(start..end, start + i * size);
                }
                count += times - 1;
            }
            while self.scan.eat(',') {}
        }
        Ok(())
    }

    /// The text of an array of `char`: in quotes, else all that is left if nothing is around it, else a word.
    fn characters(&mut self, id: TypeId, room: usize, at: usize, depth: u32) -> Result<(), Fault> {
        let is_quoted = self.scan.peek() == Some('"');
        let bytes = if is_quoted {
            let quoted = self.scan.quoted();
            quoted.ok_or_else(|| self.fault(id, FaultKind::Expected("a closing quote, after known escapes only,")))?
        } else if is_outermost(depth) {
            self.scan.all().as_bytes().to_vec()
        } else {
            self.scan.word().as_bytes().to_vec()
        };
        // Programs expect a NUL at the end. An array without one is shown in quotes, and comes back from there.
        let max = if is_quoted { room } else { room.saturating_sub(1) };
        if bytes.len() > max {
            return Err(self.fault(id, FaultKind::TooMany { count: bytes.len() as u64, max: max as u64 }));
        }
        self.put(id, at, &bytes)
    }

    fn hex(&mut self, id: TypeId, room: usize, at: usize) -> Result<(), Fault> {
        let word = self.scan.word();
        let digits: String = word.strip_prefix("0x").unwrap_or(word).chars().filter(|&c| c != ':').collect();
        let pair = |pair: &[u8]| u8::from_str_radix(core::str::from_utf8(pair).ok()?, 16).ok();
        let is_hex = digits.len().is_multiple_of(2) && digits.bytes().all(|b| b.is_ascii_hexdigit());
        let bytes: Option<Vec<u8>> = digits.as_bytes().chunks(2).map(pair).collect();
        let bytes = bytes.filter(|_| is_hex).ok_or_else(|| self.not_a(id, word, "hex digits such as 0aff"))?;
        if bytes.len() > room {
            return Err(self.fault(id, FaultKind::TooMany { count: bytes.len() as u64, max: room as u64 }));
        }
        self.put(id, at, &bytes)
    }

    pub(super) fn address(&mut self, id: TypeId, size: usize) -> Result<Vec<u8>, Fault> {
        let word = self.scan.word();
        let v4 = || word.parse::<Ipv4Addr>().ok().map(|address| address.octets().to_vec());
        let v6 = || word.parse::<Ipv6Addr>().ok().map(|address| address.octets().to_vec());
        let (bytes, written) =
            if size == 4 { (v4(), "an address such as 10.0.0.1") } else { (v6(), "an address such as fe80::1") };
        bytes.ok_or_else(|| self.not_a(id, word, written))
    }
}
