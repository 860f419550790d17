//! Line tables without the functions that are gone.

use alloc::vec::Vec;

use gimli::{ColumnType, IncompleteLineProgram, LineProgramHeader, LineRow, Reader, constants, leb128::write::Leb128};
use skep_object::{DebugRef, DebugSection, DebugTarget, Endian};

use super::{
    compact::{Slice, UNREADABLE, Unreadable},
    places::Places,
};

/// A line program and the one that takes its place.
pub(super) struct Program {
    /// Where it begins, where its instructions do, and where it ends, in bytes of the section.
    start: usize,
    code_start: usize,
    end: usize,
    /// The size in bytes of the length that it begins with, and of what counts for that.
    length_size: usize,
    code: Vec<u8>,
    /// Where the instructions hold addresses, and which.
    addresses: Vec<(usize, DebugTarget)>,
}

/// The same program about what stays.
pub(super) fn compact(program: IncompleteLineProgram<Slice<'_>>, places: &Places) -> Result<Program, Unreadable> {
    let header = program.header().clone();
    let length_size = usize::from(header.format().initial_length_size());
    let start = header.offset().0;
    let end = start.saturating_add(length_size).saturating_add(header.unit_length());
    let code_start = end.checked_sub(header.raw_program_buf().len()).ok_or(Unreadable(UNREADABLE))?;
    let mut out = Program { start, code_start, end, length_size, code: Vec::new(), addresses: Vec::new() };
    let mut rows = program.rows();
    let mut sequence: Vec<LineRow> = Vec::new();
    while let Some((_, row)) = rows.next_row()? {
        if row.end_sequence() {
            out.sequence(&header, &sequence, row.address(), places);
            sequence.clear();
        } else if places.stays(row.address()) {
            sequence.push(*row);
        }
    }
    Ok(out)
}

impl Program {
    fn op(&mut self, op: constants::DwLns) {
        self.code.push(op.0);
    }

    fn unsigned(&mut self, value: u64) {
        self.code.extend_from_slice(Leb128::unsigned(value).bytes());
    }

    fn extended(&mut self, op: constants::DwLne, operand: &[u8]) {
        self.code.push(0);
        self.unsigned(operand.len() as u64 + 1);
        self.code.push(op.0);
        self.code.extend_from_slice(operand);
    }

    /// Adds the rows of what stays of a sequence.
    fn sequence(&mut self, header: &LineProgramHeader<Slice<'_>>, rows: &[LineRow], end: u64, places: &Places) {
        let Some(first) = rows.first() else { return };
        self.extended(constants::DW_LNE_set_address, &[0; 8]);
        self.addresses.push((self.code.len() - 8, places.target(first.address())));
        let (mut at, mut file, mut line, mut column, mut isa) = (first.address(), 1, 1, 0, 0);
        let mut is_stmt = header.default_is_stmt();
        for row in rows {
            self.advance(header, places.distance(at, row.address()));
            at = row.address();
            if core::mem::replace(&mut file, row.file_index()) != file {
                self.op(constants::DW_LNS_set_file);
                self.unsigned(file);
            }
            let new = match row.column() {
                ColumnType::LeftEdge => 0,
                ColumnType::Column(column) => column.get(),
            };
            if core::mem::replace(&mut column, new) != column {
                self.op(constants::DW_LNS_set_column);
                self.unsigned(column);
            }
            if core::mem::replace(&mut isa, row.isa()) != isa {
                self.op(constants::DW_LNS_set_isa);
                self.unsigned(isa);
            }
            if row.discriminator() != 0 {
                let number = Leb128::unsigned(row.discriminator());
                self.extended(constants::DW_LNE_set_discriminator, number.bytes());
            }
            let flags = [
                (core::mem::replace(&mut is_stmt, row.is_stmt()) != is_stmt, constants::DW_LNS_negate_stmt),
                (row.basic_block(), constants::DW_LNS_set_basic_block),
                (row.prologue_end(), constants::DW_LNS_set_prologue_end),
                (row.epilogue_begin(), constants::DW_LNS_set_epilogue_begin),
            ];
            flags.into_iter().filter(|(is_set, _)| *is_set).for_each(|(_, op)| self.op(op));
            let now = row.line().map_or(0, |line| line.get());
            let lines = (now as i64).wrapping_sub(core::mem::replace(&mut line, now) as i64);
            if lines != 0 {
                self.op(constants::DW_LNS_advance_line);
                self.code.extend_from_slice(Leb128::signed(lines).bytes());
            }
            self.op(constants::DW_LNS_copy);
        }
        self.advance(header, places.distance(at, end));
        self.extended(constants::DW_LNE_end_sequence, &[]);
    }

    fn advance(&mut self, header: &LineProgramHeader<Slice<'_>>, bytes: u64) {
        if bytes != 0 {
            self.op(constants::DW_LNS_advance_pc);
            self.unsigned(bytes / u64::from(header.minimum_instruction_length()).max(1));
        }
    }
}

/// Puts the programs into the section of line tables, and lets what refers to tables refer to where they are.
pub(super) fn replace(sections: &mut [DebugSection], line: usize, mut programs: Vec<Program>, endian: Endian) {
    programs.sort_by_key(|program| program.start);
    let Some(section) = sections.get_mut(line) else { return };
    let old = core::mem::take(&mut section.data);
    let old_refs = core::mem::take(&mut section.refs);
    let piece = |from: usize, to: usize| old.get(from..to.max(from)).unwrap_or_default();
    let (mut data, mut refs): (Vec<u8>, Vec<DebugRef>) = (Vec::with_capacity(old.len()), Vec::new());
    // Where pieces that stay began and begin.
    let mut moves: Vec<(usize, usize)> = Vec::new();
    let mut gaps: Vec<(usize, usize)> = Vec::new();
    let mut at = 0;
    for program in &programs {
        moves.push((at, data.len()));
        data.extend_from_slice(piece(at, program.code_start));
        let begin = data.len() - program.code_start.saturating_sub(program.start).min(data.len());
        let base = data.len();
        data.extend_from_slice(&program.code);
        for (offset, to) in &program.addresses {
            refs.push(DebugRef { offset: (base + offset) as u32, size: 8, to: to.clone() });
        }
        let length = (data.len() - begin).saturating_sub(program.length_size) as u64;
        let (wide, word) = (endian.bytes64(length), endian.bytes32(length as u32));
        let (skip, bytes) = if program.length_size == 12 { (4, &wide[..]) } else { (0, &word[..]) };
        if let Some(place) = data.get_mut(begin + skip..begin + skip + bytes.len()) {
            place.copy_from_slice(bytes);
        }
        gaps.push((program.code_start, program.end));
        at = program.end.max(at);
    }
    moves.push((at, data.len()));
    data.extend_from_slice(piece(at, old.len()));
    let moved = |offset: u64| {
        let after = moves.partition_point(|&(from, _)| from as u64 <= offset);
        moves.get(after.wrapping_sub(1)).map_or(offset, |&(from, to)| offset - from as u64 + to as u64)
    };
    let is_gone = |offset: usize| gaps.iter().any(|&(from, to)| (from..to).contains(&offset));
    refs.extend(
        old_refs
            .into_iter()
            .filter(|r| !is_gone(r.offset as usize))
            .map(|r| DebugRef { offset: moved(r.offset.into()) as u32, ..r }),
    );
    refs.sort_by_key(|r| r.offset);
    (section.data, section.refs) = (data, refs);
    for r in sections.iter_mut().flat_map(|s| &mut s.refs) {
        if let DebugTarget::Debug { section, offset } = &mut r.to
            && *section as usize == line
        {
            *offset = moved(*offset);
        }
    }
}
