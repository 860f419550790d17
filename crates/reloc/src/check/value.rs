//! What is known of a register while a program is gone through without being run.

use alloc::vec::Vec;

use crate::object::isa::{MapIdx, Opcode, Raw, opcode::Class};

/// What a register or a word of the stack holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Value {
    /// Anything.
    Any,
    /// This number.
    Number(u64),
    /// The address of a byte of the frame, relative to its end.
    Frame(i32),
    /// The address of a byte of a map's only value.
    Data(MapIdx, u32),
}

/// The registers and the part of the stack of which something is known.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct State {
    regs: [Value; 12],
    /// Words that were stored: offset from the end of the frame, size, value. Sorted; they do not overlap.
    stack: Vec<(i32, u8, Value)>,
    /// Whether an address of the frame may be where it cannot be followed.
    leaked: bool,
}

/// The most words of the stack that are followed.
const MAX_WORDS: usize = 64;
/// The register that holds the end of the frame.
const FRAME: usize = 10;

impl State {
    /// At the beginning of a function: nothing is known but the frame.
    pub(super) fn entry() -> Self {
        let mut regs = [Value::Any; 12];
        regs[FRAME] = Value::Frame(0);
        Self { regs, stack: Vec::new(), leaked: false }
    }

    pub(super) fn reg(&self, reg: u8) -> Value {
        self.regs.get(usize::from(reg)).copied().unwrap_or(Value::Any)
    }

    pub(super) fn set(&mut self, reg: u8, value: Value) {
        if let Some(place) = self.regs.get_mut(usize::from(reg)) {
            *place = value;
        }
    }

    /// Keeps what holds of both. Whether anything was given up.
    pub(super) fn merge(&mut self, other: &Self) -> bool {
        let mut changed = false;
        for (mine, theirs) in self.regs.iter_mut().zip(&other.regs) {
            if *mine != *theirs && *mine != Value::Any {
                (*mine, changed) = (Value::Any, true);
            }
        }
        let before = self.stack.len();
        self.stack.retain(|word| other.stack.contains(word));
        changed |= self.stack.len() != before;
        changed |= other.leaked && !self.leaked;
        self.leaked |= other.leaked;
        changed
    }

    /// A call: registers 0 to 5 are gone, and with an address of the frame all that was stored there may be.
    pub(super) fn call(&mut self) {
        let given = (1..=5).any(|reg| matches!(self.reg(reg), Value::Frame(_)));
        if given || self.leaked {
            self.stack.clear();
        }
        (0..=5).for_each(|reg| self.set(reg, Value::Any));
    }

    /// A store of `size` bytes.
    pub(super) fn store(&mut self, base: Value, off: i16, size: u8, value: Value) {
        match base {
            Value::Frame(at) => {
                let at = at.saturating_add(off.into());
                let end = at.saturating_add(size.into());
                self.stack.retain(|&(other, len, _)| other >= end || other.saturating_add(len.into()) <= at);
                if value != Value::Any && self.stack.len() < MAX_WORDS {
                    let place = self.stack.partition_point(|&(other, ..)| other < at);
                    self.stack.insert(place, (at, size, truncated(value, size)));
                }
            }
            Value::Any if self.leaked => self.stack.clear(),
            _ => {}
        }
        self.leaked |= matches!(value, Value::Frame(_)) && !matches!(base, Value::Frame(_));
    }

    /// What a load of `size` bytes from the frame gives.
    pub(super) fn load(&self, at: i32, size: u8) -> Value {
        let found = self.stack.iter().find(|&&(other, len, _)| other == at && len == size);
        found.map_or(Value::Any, |&(.., value)| value)
    }

    /// An operation on numbers or addresses.
    pub(super) fn alu(&mut self, insn: Raw, big_endian: bool) {
        let dst = insn.dst().0;
        let operand = if insn.code.0 & 8 != 0 { self.reg(insn.src().0) } else { Value::Number(insn.imm as i64 as u64) };
        let result = alu(insn, self.reg(dst), operand, big_endian);
        // What was computed from an address and cannot be followed may still be one.
        let lost = |value| matches!(value, Value::Frame(_)) && result == Value::Any;
        self.leaked |= lost(self.reg(dst)) || lost(operand);
        self.set(dst, result);
    }
}

fn truncated(value: Value, size: u8) -> Value {
    match value {
        Value::Number(number) if size < 8 => Value::Number(number & ((1 << (u32::from(size) * 8)) - 1)),
        Value::Number(_) => value,
        _ if size == 8 => value,
        _ => Value::Any,
    }
}

fn alu(insn: Raw, dst: Value, operand: Value, big_endian: bool) -> Value {
    let wide = insn.code.class() == Class::ALU64;
    let op = insn.code.0 & 0xf0;
    match (dst, operand) {
        // A move with an offset extends the sign, or is of another address space.
        (_, source) if op == 0xb0 && insn.off == 0 && wide => source,
        (_, Value::Number(n)) if op == 0xb0 => match insn.off {
            0 => Value::Number(n as u32 as u64),
            bits @ (8 | 16 | 32) => {
                let shift = 64 - bits as u32;
                let extended = ((n << shift) as i64 >> shift) as u64;
                Value::Number(if wide { extended } else { extended as u32 as u64 })
            }
            _ => Value::Any,
        },
        (Value::Frame(at), Value::Number(n)) if wide && op == 0x00 => Value::Frame(at.wrapping_add(n as i32)),
        (Value::Frame(at), Value::Number(n)) if wide && op == 0x10 => Value::Frame(at.wrapping_sub(n as i32)),
        (Value::Data(map, at), Value::Number(n)) if wide && op == 0x00 => Value::Data(map, at.wrapping_add(n as u32)),
        (Value::Number(a), _) if op == 0xd0 => swap(insn, a, big_endian),
        (Value::Number(a), _) if op == 0x80 => {
            Value::Number(if wide { a.wrapping_neg() } else { (a as u32).wrapping_neg().into() })
        }
        (Value::Number(a), Value::Number(b)) => number(op, wide, insn.off, a, b).map_or(Value::Any, Value::Number),
        // Nothing is left of anything.
        (_, Value::Number(0)) if op == 0x50 || op == 0x20 => Value::Number(0),
        _ => Value::Any,
    }
}

/// The result of an operation on two numbers.
fn number(op: u8, wide: bool, off: i16, a: u64, b: u64) -> Option<u64> {
    let (a, b) = if wide { (a, b) } else { (a as u32 as u64, b as u32 as u64) };
    let bits = if wide { 64 } else { 32 };
    let signed = |n: u64| if wide { n as i64 } else { n as u32 as i32 as i64 };
    let shift = (b % bits) as u32;
    let result = match (op, off) {
        (0x00, _) => a.wrapping_add(b),
        (0x10, _) => a.wrapping_sub(b),
        (0x20, _) => a.wrapping_mul(b),
        (0x30, 0) => a.checked_div(b).unwrap_or(0),
        (0x30, _) => {
            if b == 0 {
                0
            } else {
                signed(a).wrapping_div(signed(b)) as u64
            }
        }
        (0x40, _) => a | b,
        (0x50, _) => a & b,
        (0x60, _) => a << shift,
        (0x70, _) => a >> shift,
        (0x90, 0) => a.checked_rem(b).unwrap_or(a),
        (0x90, _) => {
            if b == 0 {
                a
            } else {
                signed(a).wrapping_rem(signed(b)) as u64
            }
        }
        (0xa0, _) => a ^ b,
        (0xc0, _) => (signed(a) >> shift) as u64,
        _ => return None,
    };
    Some(if wide { result } else { result as u32 as u64 })
}

/// A change of byte order.
fn swap(insn: Raw, n: u64, big_endian: bool) -> Value {
    // To the machine's own order is no change but the width.
    let to_big = insn.code.0 & 8 != 0;
    let turns = insn.code.class() == Class::ALU64 || to_big != big_endian;
    Value::Number(match (insn.imm, turns) {
        (16, true) => (n as u16).swap_bytes().into(),
        (16, false) => (n as u16).into(),
        (32, true) => (n as u32).swap_bytes().into(),
        (32, false) => (n as u32).into(),
        (64, true) => n.swap_bytes(),
        (64, false) => n,
        _ => return Value::Any,
    })
}

/// Whether a jump is taken, if that is known.
pub(super) fn is_taken(code: Opcode, a: Value, b: Value) -> Option<bool> {
    let (a, b) = match (a, b) {
        (Value::Number(a), Value::Number(b)) => (a, b),
        // An address is not null.
        (Value::Frame(_) | Value::Data(..), Value::Number(0)) if code.class() == Class::JMP => (1, 0),
        _ => return None,
    };
    let wide = code.class() == Class::JMP;
    let (a, b) = if wide { (a, b) } else { (a as u32 as u64, b as u32 as u64) };
    let signed = |n: u64| if wide { n as i64 } else { n as u32 as i32 as i64 };
    Some(match code.0 & 0xf0 {
        0x10 => a == b,
        0x20 => a > b,
        0x30 => a >= b,
        0x40 => a & b != 0,
        0x50 => a != b,
        0x60 => signed(a) > signed(b),
        0x70 => signed(a) >= signed(b),
        0xa0 => a < b,
        0xb0 => a <= b,
        0xc0 => signed(a) < signed(b),
        0xd0 => signed(a) <= signed(b),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_is_that_of_the_kernel() {
        assert_eq!(number(0x10, false, 0, 1, 2), Some(0xffff_ffff), "the upper half is cleared");
        assert_eq!(number(0x30, true, 0, 7, 0), Some(0), "division by nothing");
        assert_eq!(number(0x90, true, 0, 7, 0), Some(7));
        assert_eq!(number(0xc0, false, 0, 0x8000_0000, 33), Some(0xc000_0000), "shifts are cut to the width");
        assert_eq!(number(0x30, true, 1, (-7i64) as u64, 2), Some((-3i64) as u64));
        assert_eq!(number(0xe0, true, 0, 1, 1), None);
    }

    #[test]
    fn the_stack_remembers_until_something_may_have_written_it() {
        let mut state = State::entry();
        state.store(Value::Frame(0), -8, 8, Value::Number(5));
        assert_eq!(state.load(-8, 8), Value::Number(5));
        assert_eq!(state.load(-8, 4), Value::Any, "another size");
        state.call();
        assert_eq!(state.load(-8, 8), Value::Number(5), "the callee has no way there");
        state.set(1, Value::Frame(-16));
        state.call();
        assert_eq!(state.load(-8, 8), Value::Any);
        state.store(Value::Frame(0), -8, 8, Value::Number(5));
        state.store(Value::Frame(0), -4, 4, Value::Number(6));
        assert_eq!(state.load(-8, 8), Value::Any, "overwritten in part");
    }

    #[test]
    fn comparisons() {
        let n = Value::Number;
        assert_eq!(is_taken(Opcode(0x15), n(0), n(0)), Some(true));
        assert_eq!(is_taken(Opcode(0xc5), n(u64::MAX), n(0)), Some(true), "less than, signed");
        assert_eq!(is_taken(Opcode(0xa6), n(1 << 32), n(1)), Some(true), "the lower half");
        assert_eq!(is_taken(Opcode(0x15), Value::Data(MapIdx(0), 0), n(0)), Some(false));
        assert_eq!(is_taken(Opcode(0x15), Value::Any, n(0)), None);
    }
}
