//! Names to numbers, once all labels are known.

use alloc::{collections::BTreeMap, vec::Vec};

use skep_uapi::Helper;

use super::{ErrorKind, Name, Symbols, near::nearest, quote::unquoted};
use crate::{Insn, InsnIdx, Opcode, Ref, Reg, opcode::pseudo};

/// An instruction that names what it jumps to, calls or loads.
pub(super) struct Fix<'s> {
    pub insn: usize,
    pub slot: InsnIdx,
    pub name: Name<'s>,
}

type Labels<'s> = BTreeMap<&'s str, Vec<(InsnIdx, usize)>>;

pub(super) fn resolve(
    insns: &mut [Insn],
    fixes: &[Fix<'_>],
    labels: &Labels<'_>,
    symbols: &dyn Symbols,
    errors: &mut Vec<(usize, ErrorKind)>,
) {
    for fix in fixes {
        let Some(insn) = insns.get_mut(fix.insn) else { continue };
        let done = match label(labels, fix) {
            Some(slot) => jump(insn, fix, slot),
            None => refer(insn, fix, labels, symbols),
        };
        if let Err(kind) = done {
            errors.push((fix.name.at, kind));
            if errors.len() >= 100 {
                return;
            }
        }
    }
}

/// The slot that a jump names by its number, counted from the first instruction: `@12`.
///
/// ```
/// assert_eq!(skep_isa::text::slot_of("@12").map(|slot| slot.0), Some(12));
/// assert_eq!(skep_isa::text::slot_of("@a"), None);
/// ```
pub fn slot_of(name: &str) -> Option<InsnIdx> {
    let digits = name.strip_prefix('@').filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()))?;
    digits.parse().ok().map(InsnIdx)
}

/// The slot of a label: the one of its name, or of a number the nearest before (`1b`) or behind (`1f`).
fn label(labels: &Labels<'_>, fix: &Fix<'_>) -> Option<InsnIdx> {
    if fix.name.plus != 0 {
        return None;
    }
    if let Some(places) = labels.get(fix.name.text) {
        return places.first().map(|place| place.0);
    }
    if let Some(slot) = slot_of(fix.name.text) {
        return Some(slot);
    }
    if !fix.name.text.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let (backward, name) = match (fix.name.text.strip_suffix('b'), fix.name.text.strip_suffix('f')) {
        (Some(name), _) => (true, name),
        (_, Some(name)) => (false, name),
        _ => return None,
    };
    let places = labels.get(name)?;
    // A label of the same slot stands before the instruction.
    let behind = places.partition_point(|place| place.1 < fix.name.at);
    let place = if backward { places.get(behind.checked_sub(1)?) } else { places.get(behind) };
    place.map(|place| place.0)
}

fn jump(insn: &mut Insn, fix: &Fix<'_>, to: InsnIdx) -> Result<(), ErrorKind> {
    let slots = i64::from(to.0) - i64::from(fix.slot.0) - 1;
    let long = i32::try_from(slots).map_err(|_| far(insn, fix, slots, false))?;
    match insn.code {
        Opcode::CALL => {
            insn.set_src(pseudo::CALL);
            insn.imm = long.into();
        }
        Opcode::LD_IMM64 => {
            insn.set_src(pseudo::FUNC);
            insn.imm = i64::from(long as u32);
        }
        Opcode::JA32 => insn.imm = long.into(),
        _ => insn.off = i16::try_from(slots).map_err(|_| far(insn, fix, slots, true))?,
    }
    Ok(())
}

fn far(insn: &Insn, fix: &Fix<'_>, slots: i64, short: bool) -> ErrorKind {
    ErrorKind::TooFar { target: fix.name.text.into(), slots, short, always: insn.code == Opcode::JA }
}

fn refer(insn: &mut Insn, fix: &Fix<'_>, labels: &Labels<'_>, symbols: &dyn Symbols) -> Result<(), ErrorKind> {
    let name = unquoted(fix.name.text);
    let call = insn.code == Opcode::CALL;
    if !call && insn.code != Opcode::LD_IMM64 {
        return Err(unknown(&name, labels, call));
    }
    let Some(mut to) = symbols.symbol(&name) else {
        return if fix.name.numbered { Ok(()) } else { Err(unknown(&name, labels, call)) };
    };
    let wrong = || ErrorKind::WrongName { name: name.clone().into_owned(), call };
    let past = u32::try_from(fix.name.plus).map_err(|_| wrong())?;
    let (src, imm): (Reg, i64) = match (call, &mut to) {
        (true, Ref::Func { at, .. }) => {
            at.0 = at.0.checked_add(past / 8).ok_or_else(wrong)?;
            (pseudo::CALL, -1)
        }
        (true, Ref::Extern(_)) if past == 0 => (pseudo::KFUNC_CALL, 0),
        (false, Ref::Map(_)) if past == 0 => (pseudo::MAP_FD, 0),
        (false, Ref::Value { off, .. }) => {
            *off = off.checked_add(past).ok_or_else(wrong)?;
            (pseudo::MAP_VALUE, i64::from(*off) << 32)
        }
        (false, Ref::Func { at, .. }) => {
            at.0 = at.0.checked_add(past / 8).ok_or_else(wrong)?;
            (pseudo::FUNC, 0)
        }
        (false, Ref::Extern(_)) if past == 0 => (Reg(0), 0),
        _ => return Err(wrong()),
    };
    insn.set_src(src);
    insn.imm = imm;
    insn.facts_mut().reference = Some(to);
    Ok(())
}

fn unknown(name: &str, labels: &Labels<'_>, call: bool) -> ErrorKind {
    let helpers = Helper::ROWS.iter().take(if call { usize::MAX } else { 0 }).map(|row| row.name);
    let near = nearest(name, labels.keys().copied().chain(helpers)).map(Into::into);
    ErrorKind::UnknownName { name: name.into(), near }
}
