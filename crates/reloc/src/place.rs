//! Where an instruction is: function, slot and line of source.

use alloc::sync::Arc;

use crate::{
    Linked,
    object::{
        Function, Site, SourcePosition,
        isa::{FuncIdx, InsnIdx, SourceLine},
    },
};

/// The place of a function's instruction, by its position in [`Function::insns`].
pub(crate) fn place(linked: &Linked, func: FuncIdx, position: usize) -> Site {
    let site = linked.site_of(func);
    let Some(function) = linked.funcs().get(func.at()) else { return site };
    let slot = function.insns.iter().take(position).map(|insn| insn.slots()).sum();
    site.insn(InsnIdx(slot)).source(source(linked, function, position))
}

/// The place of a function's beginning.
pub(crate) fn beginning(linked: &Linked, func: FuncIdx) -> Site {
    let source = linked.funcs().get(func.at()).and_then(|f| source(linked, f, 0));
    linked.site_of(func).source(source)
}

fn source(linked: &Linked, function: &Function, position: usize) -> Option<SourcePosition> {
    let before = function.insns.get(..=position)?;
    let line = before.iter().rev().map(|insn| insn.line).find(|line| !line.is_none())?;
    position_of(linked, line)
}

fn position_of(linked: &Linked, line: SourceLine) -> Option<SourcePosition> {
    let btf = linked.btf()?;
    let string = |off| btf.string(off).map(Arc::from);
    Some(SourcePosition {
        file: string(line.file)?,
        line: line.line(),
        column: line.column(),
        text: string(line.text).unwrap_or_default(),
    })
}
