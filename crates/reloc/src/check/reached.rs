//! Which instructions of a program are reached on a kernel.
//!
//! A program that is to run on many kernels looks before it uses something: by CO-RE, by the address of a weak extern, by
//! an option or the release. What it looks at is a constant once the program is relocated, so the verifier walks only one
//! side of the branch. Going through the program with what is constant, and nothing else, finds the same.

use alloc::{vec, vec::Vec};

use hashbrown::HashMap;

use super::value::{State, Value, is_taken};
use crate::{
    Code, Contents, Provided, Relocated, Slot, Why,
    object::{
        btf::Endian,
        isa::{
            InsnIdx, MapIdx, Opcode, Raw,
            opcode::{Class, pseudo},
        },
    },
};

/// Steps for each slot of a program before it is given up.
const STEPS: usize = 64;

/// Bytes of a map that are not known: the map, the first, the one after the last.
pub(super) type Unknown = (MapIdx, u32, u32);

/// For each slot of a program, whether it is reached. All are if that cannot be told.
pub(super) fn reached(code: &Code, relocated: &Relocated, unknown: &[Unknown]) -> Vec<bool> {
    let slots = code.slots.len();
    let mut walk = Walk {
        code,
        relocated,
        unknown,
        reached: vec![false; slots],
        states: HashMap::new(),
        work: Vec::new(),
        steps: slots.saturating_mul(STEPS).saturating_add(STEPS),
    };
    match walk.run() {
        Some(()) => walk.reached,
        None => vec![true; slots],
    }
}

struct Walk<'a> {
    code: &'a Code,
    relocated: &'a Relocated,
    unknown: &'a [Unknown],
    reached: Vec<bool>,
    /// What is known where ways meet.
    states: HashMap<usize, State>,
    work: Vec<usize>,
    steps: usize,
}

impl Walk<'_> {
    fn run(&mut self) -> Option<()> {
        self.enter(0, &State::entry());
        // What nothing refers to is called by the kernel.
        for start in self.unreferenced() {
            self.enter(start, &State::entry());
        }
        while let Some(at) = self.work.pop() {
            let state = self.states.get(&at)?.clone();
            self.follow(at, state)?;
        }
        Some(())
    }

    /// The functions that no instruction calls or takes the address of.
    fn unreferenced(&self) -> Vec<usize> {
        let referred: Vec<usize> =
            self.code.slots.iter().enumerate().filter_map(|(at, insn)| callee(at, insn)).collect();
        let starts = self.code.func_info.iter().map(|info| info.insn.at());
        starts.filter(|start| *start != 0 && !referred.contains(start)).collect()
    }

    /// Adds a way to a place where ways meet.
    fn enter(&mut self, at: usize, state: &State) {
        let changed = match self.states.get_mut(&at) {
            Some(known) => known.merge(state),
            None => {
                self.states.insert(at, state.clone());
                true
            }
        };
        if changed {
            self.work.push(at);
        }
    }

    /// Follows a way until it ends or meets others.
    fn follow(&mut self, mut at: usize, mut state: State) -> Option<()> {
        loop {
            self.steps = self.steps.checked_sub(1)?;
            let insn = *self.code.slots.get(at)?;
            *self.reached.get_mut(at)? = true;
            let relative = |off: i64| usize::try_from(at as i64 + 1 + off).ok();
            match insn.code.class() {
                Class::JMP | Class::JMP32 => match insn.code {
                    Opcode::EXIT => return Some(()),
                    Opcode::CALL => {
                        if let Some(callee) = callee(at, &insn) {
                            self.enter(callee, &State::entry());
                        }
                        state.call();
                    }
                    Opcode::JA | Opcode::JA32 => {
                        let off = if insn.code == Opcode::JA { i64::from(insn.off) } else { insn.imm.into() };
                        self.enter(relative(off)?, &state);
                        return Some(());
                    }
                    // Where it goes is in a table.
                    Opcode(0x0d | 0x0e) => return None,
                    _ => {
                        let operand = match insn.code.0 & 8 {
                            0 => Value::Number(insn.imm as i64 as u64),
                            _ => state.reg(insn.src().0),
                        };
                        let taken = is_taken(insn.code, state.reg(insn.dst().0), operand);
                        if taken != Some(false) {
                            self.enter(relative(insn.off.into())?, &state);
                        }
                        if taken != Some(true) {
                            self.enter(at + 1, &state);
                        }
                        return Some(());
                    }
                },
                Class::ALU | Class::ALU64 => state.alu(insn, self.relocated.endian == Endian::Big),
                Class::LD if insn.code == Opcode::LD_IMM64 => {
                    let value = self.wide(at, insn, &mut state);
                    state.set(insn.dst().0, value);
                    at += 1;
                    *self.reached.get_mut(at)? = true;
                }
                Class::LD => state.call(),
                Class::LDX => {
                    let value = self.load(insn, &state);
                    state.set(insn.dst().0, value);
                }
                _ => self.store(insn, &mut state),
            }
            at += 1;
        }
    }

    /// What a 64-bit load gives.
    fn wide(&mut self, at: usize, insn: Raw, _: &mut State) -> Value {
        let high = self.code.slots.get(at + 1).map_or(0, |second| second.imm);
        match insn.src() {
            pseudo::FUNC => {
                if let Some(callee) = callee(at, &insn) {
                    self.enter(callee, &State::entry());
                }
                Value::Any
            }
            pseudo::MAP_VALUE => match self.code.fds.binary_search_by_key(&InsnIdx(at as u32), |fd| fd.0) {
                Ok(i) => match self.code.fds.get(i) {
                    Some((_, Slot::Map(map))) => Value::Data(*map, high as u32),
                    _ => Value::Any,
                },
                Err(_) => Value::Any,
            },
            // Where a symbol is, only the running kernel knows; that it is somewhere suffices.
            _ if insn.src().0 == 0 && self.is_address(at) => Value::Any,
            _ if insn.src().0 == 0 => Value::Number(u64::from(insn.imm as u32) | u64::from(high as u32) << 32),
            _ => Value::Any,
        }
    }

    fn is_address(&self, at: usize) -> bool {
        let notes = &self.code.notes;
        let first = notes.partition_point(|note| note.insn.at() < at);
        let here = notes.get(first..).unwrap_or_default().iter().take_while(|note| note.insn.at() == at);
        here.into_iter().any(|note| matches!(note.why, Why::Extern(_, Provided::Address(address)) if address != 0))
    }

    fn load(&self, insn: Raw, state: &State) -> Value {
        let (size, signed) = match (size_of(insn.code), insn.code.0 & 0xe0) {
            (size, 0x60) => (size, false),
            (size, 0x80) => (size, true),
            _ => return Value::Any,
        };
        let value = match state.reg(insn.src().0) {
            Value::Frame(at) => state.load(at.wrapping_add(insn.off.into()), size),
            Value::Data(map, at) => self.data(map, at.wrapping_add_signed(insn.off.into()), size),
            _ => Value::Any,
        };
        match value {
            Value::Number(n) if signed => {
                let shift = 64 - u32::from(size) * 8;
                Value::Number(((n << shift) as i64 >> shift) as u64)
            }
            value => value,
        }
    }

    /// What a program finds in a map that nothing writes.
    fn data(&self, map: MapIdx, at: u32, size: u8) -> Value {
        let end = at.saturating_add(size.into());
        if self.unknown.iter().any(|&(other, from, to)| other == map && at < to && from < end) {
            return Value::Any;
        }
        let Some(spec) = self.relocated.maps.get(map.at()) else { return Value::Any };
        let Contents::Value { data, frozen: true } = &spec.contents else { return Value::Any };
        if end > spec.def.value_size {
            return Value::Any;
        }
        let byte = |i: u32| u64::from(data.get(i as usize).copied().unwrap_or(0));
        let bytes = (at..end).map(byte);
        Value::Number(match self.relocated.endian {
            Endian::Little => bytes.rev().fold(0, |n, byte| n << 8 | byte),
            Endian::Big => bytes.fold(0, |n, byte| n << 8 | byte),
        })
    }

    fn store(&self, insn: Raw, state: &mut State) {
        let base = state.reg(insn.dst().0);
        let value = match (insn.code.class(), insn.code.0 & 0xe0) {
            (Class::ST, _) => Value::Number(insn.imm as i64 as u64),
            (_, 0x60) => state.reg(insn.src().0),
            // An atomic operation may also change its source, or register 0.
            _ => {
                state.set(insn.src().0, Value::Any);
                state.set(0, Value::Any);
                Value::Any
            }
        };
        state.store(base, insn.off, size_of(insn.code), value);
    }
}

/// The function that an instruction calls or takes the address of.
fn callee(at: usize, insn: &Raw) -> Option<usize> {
    let is_call = insn.code == Opcode::CALL && insn.src() == pseudo::CALL;
    let is_address = insn.code == Opcode::LD_IMM64 && insn.src() == pseudo::FUNC;
    (is_call || is_address).then(|| usize::try_from(at as i64 + 1 + i64::from(insn.imm)).ok()).flatten()
}

/// The bytes that a load or store moves.
fn size_of(code: Opcode) -> u8 {
    match code.0 & 0x18 {
        0x00 => 4,
        0x08 => 2,
        0x10 => 1,
        _ => 8,
    }
}
