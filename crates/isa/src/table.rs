//! What each instruction is: one table, from which printing, parsing and the documentation are derived.
//!
//! The wire needs no table (every slot decodes to its fields); the table says what the fields mean.

mod form;
mod rows;

pub use form::{Fields, Form};
pub use rows::{ALSO, ROWS};

use core::fmt;

use skep_uapi::Release;

use crate::{Insn, Opcode, Reg, text::Dialect};

/// One form of an instruction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Row {
    /// The operation byte.
    pub code: Opcode,
    /// What tells this row from the others of its opcode.
    pub when: When,
    /// Which fields are operands.
    pub form: Form,
    /// How it is written.
    pub syntax: Syntax,
    /// The version of the instruction set that has it.
    pub version: Version,
    /// The first release whose verifier accepts it; `None` if none does.
    pub since: Option<Release>,
}

/// What tells a row from the others of its opcode: the value of one field.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum When {
    /// Nothing, or nothing else: this row is taken if no other one is.
    Any,
    /// The offset.
    Off(i16),
    /// The immediate.
    Imm(i32),
    /// The source register's field.
    Src(u8),
    /// The destination register's field.
    Dst(u8),
}

/// The text of an instruction in each dialect, with its operands in braces.
///
/// Registers are `{rd}` and `{rs}`, or `{wd}` and `{ws}` for their lower halves; the other operands are listed in
/// `text/slot.rs`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Syntax {
    /// What clang and llvm-objdump write.
    pub llvm: &'static str,
    /// The normal dialect of GNU as.
    pub gnu: &'static str,
    /// What uBPF and the BPF conformance suite write.
    pub ubpf: &'static str,
    /// What the verifier's log and `bpftool prog dump xlated` write, after the opcode in parentheses.
    pub kernel: &'static str,
}

impl Syntax {
    /// The text in one dialect.
    pub const fn of(&self, dialect: Dialect) -> &'static str {
        match dialect {
            Dialect::Llvm => self.llvm,
            Dialect::Gnu => self.gnu,
            Dialect::Ubpf => self.ubpf,
            Dialect::Kernel => self.kernel,
        }
    }

    const fn everywhere(text: &'static str) -> Self {
        Self { llvm: text, gnu: text, ubpf: text, kernel: text }
    }
}

/// A version of the instruction set, as `-mcpu=` of compilers counts them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Version {
    /// The base.
    V1,
    /// Jumps on less than.
    V2,
    /// Comparison of 32-bit halves, atomic operations that return a value.
    V3,
    /// Sign extension, signed division, byte swaps, long and indirect jumps, ordered loads and stores.
    V4,
    /// Outside the versions: a compiler may use it with any of them.
    Beyond,
}

/// How a call of something that has a name is written.
pub const CALL_SYMBOL: Syntax =
    Syntax { llvm: "call {symbol}", gnu: "call {symbol}", ubpf: "call local {symbol}", kernel: "call {symbol}#{imm}" };

/// How a 64-bit load of the address of something that has a name is written.
pub const LOAD_SYMBOL: Syntax = Syntax {
    llvm: "{rd} = {symbol} ll",
    gnu: "lddw %{rd},{symbol}",
    ubpf: "lddw %{rd}, {symbol}",
    kernel: "{rd} = {symbol}",
};

/// How an instruction that the table does not know is written, field by field.
pub const UNKNOWN: Syntax = Syntax::everywhere(".insn {code}, {rd}, {rs}, {slot}, {imm}");

/// The same for a 64-bit load with both of its halves.
pub const UNKNOWN_WIDE: Syntax = Syntax::everywhere(".insn {code}, {rd}, {rs}, {slot}, {imm64} ll");

/// The row of an instruction; `None` if its opcode, or the value that tells rows apart, is unknown. Half of a 64-bit
/// load is unknown too.
pub fn lookup(insn: &Insn) -> Option<&'static Row> {
    position(insn).map(|(_, row)| row)
}

/// The same, with its position in [`ROWS`].
pub(crate) fn position(insn: &Insn) -> Option<(usize, &'static Row)> {
    if insn.code == Opcode::LD_IMM64 && !insn.is_wide() {
        return None;
    }
    let at = rows_of(insn.code).iter().position(|row| row.when.holds(insn))?;
    let at = at + usize::from(START[usize::from(insn.code.0)]);
    ROWS.get(at).map(|row| (at, row))
}

/// All rows of one opcode.
pub fn rows_of(code: Opcode) -> &'static [Row] {
    let at = usize::from(code.0);
    ROWS.get(usize::from(START[at])..usize::from(START[at + 1])).unwrap_or_default()
}

impl When {
    /// Whether the instruction has this value.
    pub fn holds(self, insn: &Insn) -> bool {
        match self {
            Self::Any => true,
            Self::Off(off) => insn.off == off,
            Self::Imm(imm) => insn.imm == i64::from(imm),
            Self::Src(src) => insn.src().0 == src,
            Self::Dst(dst) => insn.dst().0 == dst,
        }
    }

    const fn clashes(self, other: Self) -> bool {
        match (self, other) {
            (Self::Any, _) => true,
            (_, Self::Any) => false,
            (Self::Off(a), Self::Off(b)) => a == b,
            (Self::Imm(a), Self::Imm(b)) => a == b,
            (Self::Src(a), Self::Src(b)) | (Self::Dst(a), Self::Dst(b)) => a == b,
            _ => true,
        }
    }
}

impl Row {
    /// Whether every field of `insn` that this row gives no meaning is zero. The kernel refuses those that are not, and
    /// text has no place for them.
    pub fn is_exact(&self, insn: &Insn) -> bool {
        let fields = self.form.fields();
        let wide = insn.is_wide();
        let low = if wide { i64::from(insn.imm as i32) } else { insn.imm };
        (fields.dst || matches!(self.when, When::Dst(_)) || insn.dst().0 == 0)
            && (fields.src || matches!(self.when, When::Src(_)) || insn.src().0 == 0)
            && (fields.off || matches!(self.when, When::Off(_)) || insn.off == 0)
            && (fields.imm || matches!(self.when, When::Imm(_)) || low == 0)
            && (fields.high || !wide || insn.imm >> 32 == 0)
    }

    /// An instruction of this form with these operands. What is no operand of it is ignored.
    pub fn insn(&self, dst: Reg, src: Reg, off: i16, imm: i64) -> Insn {
        let fields = self.form.fields();
        let imm = match (fields.imm, fields.high) {
            (_, true) => imm,
            (true, _) if self.code == Opcode::LD_IMM64 => i64::from(imm as u32),
            (true, _) => imm,
            _ => 0,
        };
        let none = Reg(0);
        let (dst, src) = (if fields.dst { dst } else { none }, if fields.src { src } else { none });
        let mut insn = Insn::new(self.code, dst, src, if fields.off { off } else { 0 }, imm);
        match self.when {
            When::Any => {}
            When::Off(off) => insn.off = off,
            When::Imm(imm) => insn.imm = imm.into(),
            When::Src(src) => insn.set_src(Reg(src)),
            When::Dst(dst) => insn.regs = (insn.regs & 0xf0) | (dst & 0xf),
        }
        insn
    }
}

impl fmt::Display for When {
    /// `off = 1`; nothing for [`When::Any`].
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => Ok(()),
            Self::Off(off) => write!(f, "off = {off}"),
            Self::Imm(imm) => write!(f, "imm = {imm:#x}"),
            Self::Src(src) => write!(f, "src = {src}"),
            Self::Dst(dst) => write!(f, "dst = {dst}"),
        }
    }
}

impl fmt::Display for Version {
    /// `v1` to `v4`, as after `-mcpu=`; `-` outside the versions.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::V1 => "v1",
            Self::V2 => "v2",
            Self::V3 => "v3",
            Self::V4 => "v4",
            Self::Beyond => "-",
        })
    }
}

/// `ROWS[START[c]..START[c + 1]]` are the rows of opcode `c`.
const START: [u16; 257] = {
    let mut start = [0u16; 257];
    let (mut at, mut code) = (0, 0);
    while code < 256 {
        start[code] = at as u16;
        while at < ROWS.len() && ROWS[at].code.0 as usize == code {
            at += 1;
        }
        code += 1;
    }
    assert!(at == ROWS.len(), "rows are in the order of their opcodes");
    start[256] = at as u16;
    start
};

const _: () = {
    let mut a = 0;
    while a < ROWS.len() {
        let mut b = a + 1;
        while b < ROWS.len() && ROWS[b].code.0 == ROWS[a].code.0 {
            assert!(!ROWS[a].when.clashes(ROWS[b].when), "ambiguous rows for one opcode");
            b += 1;
        }
        a += 1;
    }
};
