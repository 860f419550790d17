//! Numbers and names.

use alloc::string::ToString;
use core::net::Ipv4Addr;

use super::Parser;
use crate::{
    Enum, Int, TypeId, nearest,
    value::{
        Fault, FaultKind,
        convention::Meaning,
        number::{Number, range},
        read::low,
    },
};

impl Parser<'_> {
    /// The bits of an integer in a field of `width` bits.
    pub(super) fn int(&mut self, id: TypeId, int: Int<'_>, meaning: Meaning, width: u32) -> Result<u128, Fault> {
        if (int.is_char() || int.name == "char")
            && let Some(c) = self.scan.character()
        {
            return Ok(c.into());
        }
        let word = self.scan.word();
        if int.is_bool() {
            return match word {
                "true" | "1" => Ok(1),
                "false" | "0" => Ok(0),
                _ => Err(self.not_a(id, word, "true or false")),
            };
        }
        if meaning == Meaning::Address
            && int.size == 4
            && let Ok(address) = word.parse::<Ipv4Addr>()
        {
            return Ok(self.btf.endian().u32(address.octets()).into());
        }
        let number = match meaning {
            Meaning::Duration(unit) => Number::read_duration(word, unit),
            Meaning::Time => Number::read_duration(word, 1),
            _ => Number::read(word),
        };
        let written = match meaning {
            Meaning::Address if int.size == 4 => "an address such as 10.0.0.1, or a number",
            Meaning::Duration(_) => "a duration such as 10ms, or a number",
            _ => "a number such as 42 or 0x2a",
        };
        let number = number.ok_or_else(|| self.not_a(id, word, written))?;
        self.fit(id, word, number, width, int.is_signed())
    }

    pub(super) fn fit(&self, id: TypeId, word: &str, number: Number, width: u32, signed: bool) -> Result<u128, Fault> {
        let (min, max) = range(width, signed);
        let out_of_range = || self.fault(id, FaultKind::Range { text: word.to_string(), min, max });
        Ok(number.fit(width, signed).ok_or_else(out_of_range)? & low(width))
    }

    /// An address, and the symbol that may stand behind it: that is not looked up.
    pub(super) fn pointer(&mut self, id: TypeId, width: u32) -> Result<u128, Fault> {
        let word = self.scan.word();
        let digits = word.split_once(' ').map_or(word, |(digits, _)| digits);
        self.scan.symbol();
        let number =
            Number::read(digits).ok_or_else(|| self.not_a(id, word, "an address such as 0xffff888012345678"))?;
        self.fit(id, word, number, width, false)
    }

    pub(super) fn enumerator(&mut self, id: TypeId, ty: Enum<'_>, width: u32) -> Result<u128, Fault> {
        let word = self.scan.word();
        // As unknown numbers and sets of bits are shown: `kind(9)`, `A|B(3)`.
        let shown = word.strip_suffix(')').and_then(|word| word.split_once('(')).map(|(_, number)| number);
        if let Some(number) = Number::read(shown.unwrap_or(word)) {
            let signed = ty.signed || number.is_negative;
            return self.fit(id, word, number, width, signed);
        }
        let mut bits = 0u64;
        for name in word.split('|').map(str::trim) {
            let Some(value) = ty.values().find(|value| value.name == name) else {
                let nearest = nearest(name, ty.values().map(|value| value.name)).map(ToString::to_string);
                return Err(self.fault(id, FaultKind::Enumerator { name: name.to_string(), nearest }));
            };
            bits |= value.value;
        }
        Ok(u128::from(bits) & low(width))
    }
}
