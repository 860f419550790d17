//! Why the verifier refused a program, read from its log.

use std::{fmt, sync::Arc};

use crate::{
    load::Attempt,
    object::{
        Site, SourcePosition,
        btf::{
            Btf, Bytes,
            core::{Matcher, Miss, Record, Spec},
        },
        isa::{CoreRecord, InsnIdx, Opcode, Raw},
    },
    reloc::{Code, Note, Outcome, Provided, Relocated, Why},
    sys::{self, mmap::KernelBtf},
};

/// The instructions before the failing one that the trimmed log shows.
const SHOWN: usize = 12;

/// A program that the verifier refused.
#[derive(Clone, Debug)]
pub struct Rejection {
    /// What the call returned.
    pub error: sys::Error,
    /// The kernel's reason, in its words: one line.
    pub reason: String,
    /// The instruction that it stopped at.
    pub insn: Option<InsnIdx>,
    /// The end of the path that failed: the last instructions with their lines of source, and the reason.
    pub path: String,
    /// The whole log.
    pub log: String,
    /// What relocation did to the failing instruction, if that explains the failure.
    pub note: Option<String>,
    /// What the kernel lacks, if the failing instruction asks for something that it lacks.
    pub absent: Option<Absent>,
}

/// Something that a kernel lacks and a program uses although relocation could only leave it open.
#[derive(Clone, Debug)]
pub enum Absent {
    /// A field, type or value that is asked for by CO-RE, with what comes close.
    Core(Miss),
    /// A field of another size, that cannot just be read wider or narrower.
    Width {
        /// The field, as in `struct task_struct.pid`.
        field: String,
        /// Its size in bytes in the program.
        from: u32,
        /// Its size in bytes in the kernel.
        to: u32,
    },
    /// A weak extern, by its name.
    Extern(Arc<str>),
}

impl Absent {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Core(miss) => miss.code(),
            Self::Width { .. } => "core-field-width",
            Self::Extern(_) => "extern-absent",
        }
    }

    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Core(miss) => miss.hint(),
            Self::Width { .. } => {
                Some("declare it with the kernel's type, or one flavour (`struct x___new`) for each".into())
            }
            Self::Extern(name) => Some(format!("use it only where `bpf_ksym_exists({name})` says that it is there")),
        }
    }
}

impl fmt::Display for Absent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Core(miss) => miss.fmt(f),
            Self::Width { field, from, to } => {
                write!(f, "`{field}` has {to} bytes in this kernel and {from} in the program, and cannot be read so")
            }
            Self::Extern(name) => write!(f, "this kernel does not have `{name}`, which is used here"),
        }
    }
}

impl Rejection {
    pub(crate) fn of(attempt: &Attempt<'_>, relocated: &Relocated, error: sys::Error, log: &str) -> Self {
        let Parsed { reason, insn, path } = Parsed::from(log);
        let notes = &attempt.code.notes;
        let note = insn.and_then(|insn| note(&attempt.code.slots, notes, insn));
        let absent = insn.and_then(|insn| absent(notes, insn, relocated));
        Self {
            error,
            reason: reason.unwrap_or_else(|| error.to_string()),
            insn,
            path,
            log: log.to_owned(),
            note,
            absent,
        }
    }

    /// What relocation made of the instruction, if that is what the kernel refused: it knows no call of that number.
    pub(crate) fn made_invalid(&self) -> Option<&str> {
        self.note
            .as_deref()
            .filter(|_| ["invalid func ", "unknown func "].iter().any(|words| self.reason.contains(words)))
    }

    /// The place of the failing instruction, with its line of source.
    pub(crate) fn place(&self, site: Site, code: &Code, relocated: &Relocated) -> Site {
        match self.insn {
            Some(insn) => site.insn(insn).source(source(code, relocated, insn)),
            None => site,
        }
    }
}

/// The line of source that an instruction belongs to.
fn source(code: &Code, relocated: &Relocated, insn: InsnIdx) -> Option<SourcePosition> {
    let after = code.line_info.partition_point(|info| info.insn <= insn);
    let line = code.line_info.get(after.checked_sub(1)?)?.line;
    let btf = Btf::parse(relocated.btf.clone()?).ok()?;
    Some(SourcePosition {
        file: btf.string(line.file)?.into(),
        line: line.line(),
        column: line.column(),
        text: btf.string(line.text)?.into(),
    })
}

/// What was done to an instruction, in words, if that can be why it was refused.
fn note(slots: &[Raw], notes: &[Note], insn: InsnIdx) -> Option<String> {
    let is_call = slots.get(insn.at()).is_some_and(|slot| slot.code == Opcode::CALL);
    notes.iter().filter(|note| note.insn == insn).find_map(|note| match &note.why {
        Why::Map(_) if is_call => Some("the map that is used here was not created".into()),
        why @ (Why::Core(_, Outcome::Absent | Outcome::Width { .. })
        | Why::Extern(_, Provided::Nothing | Provided::OtherType)
        | Why::Helper(..)) => Some(why.to_string()),
        _ => None,
    })
}

/// What the kernel lacks, if the instruction asks for something that it lacks.
fn absent(notes: &[Note], insn: InsnIdx, relocated: &Relocated) -> Option<Absent> {
    notes.iter().filter(|note| note.insn == insn).find_map(|note| match &note.why {
        Why::Core(record, Outcome::Absent) => core_miss(record, relocated).map(Absent::Core),
        Why::Core(record, Outcome::Width { from, to }) => {
            Some(Absent::Width { field: field(record, relocated)?, from: *from, to: *to })
        }
        Why::Extern(name, Provided::Nothing | Provided::OtherType) => Some(Absent::Extern(name.clone())),
        _ => None,
    })
}

/// The field that a record is about, as in `struct task_struct.pid`.
fn field(record: &CoreRecord, relocated: &Relocated) -> Option<String> {
    let local = Btf::parse(relocated.btf.clone()?).ok()?;
    let question = Record { type_id: record.type_id, kind: record.kind, access: &record.access };
    let spec = Spec::of(&local, &question).ok()?.to_string();
    Some(spec.split(" (").next().unwrap_or(&spec).to_owned())
}

/// Looks up again what CO-RE did not find, with what comes close.
fn core_miss(record: &CoreRecord, relocated: &Relocated) -> Option<Miss> {
    let local = Btf::parse(relocated.btf.clone()?).ok()?;
    let kernel = Btf::parse(Bytes::new(KernelBtf::vmlinux().ok()?)).ok()?;
    let record = Record { type_id: record.type_id, kind: record.kind, access: &record.access };
    Matcher::new(&local, &kernel).miss(&record)
}

/// What a log says.
#[derive(Debug, Default, PartialEq, Eq)]
struct Parsed {
    reason: Option<String>,
    insn: Option<InsnIdx>,
    path: String,
}

impl Parsed {
    fn from(log: &str) -> Self {
        // Since 7.3 a block that explains the failure follows its message.
        let body = log.split("\nVerification failed:").next().unwrap_or(log);
        let lines = body.lines().filter(|line| !is_noise(line)).collect::<Vec<_>>();
        let last = lines.iter().rposition(|line| insn_at(line).is_some());
        let messages = lines.get(last.map_or(0, |last| last + 1)..).unwrap_or_default();
        let messages = messages.iter().map(|line| line.trim()).filter(|line| is_message(line)).collect::<Vec<_>>();
        let insn = last.and_then(|last| insn_at(lines[last])).or_else(|| messages.iter().find_map(|m| insn_named(m)));
        Self {
            reason: (!messages.is_empty()).then(|| messages.join("; ")),
            insn,
            path: lines.get(begin(&lines)..).unwrap_or_default().join("\n"),
        }
    }
}

/// The first of the lines to be shown.
fn begin(lines: &[&str]) -> usize {
    let mut shown = 0;
    let first = lines.iter().rposition(|line| {
        shown += usize::from(insn_at(line).is_some());
        shown > SHOWN
    });
    // The line of source stands before its instructions.
    first.map_or(0, |first| (first + 1..lines.len()).find(|&i| lines[i].starts_with("; ")).unwrap_or(first + 1))
}

/// The slot of a line like `12: (85) call bpf_map_lookup_elem#1`.
fn insn_at(line: &str) -> Option<InsnIdx> {
    let (number, rest) = line.split_once(": (")?;
    (rest.as_bytes().get(2) == Some(&b')')).then(|| number.parse().ok().map(InsnIdx))?
}

/// The slot that a message like `unreachable insn 3` names.
fn insn_named(message: &str) -> Option<InsnIdx> {
    let (_, rest) = message.split_once("insn ")?;
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    rest.get(..end)?.parse().ok().map(InsnIdx)
}

/// Whether a line is about how the verifier works, not about the program.
fn is_noise(line: &str) -> bool {
    const HEADS: [&str; 11] = [
        "processed ",
        "verification time ",
        "stack depth ",
        "mark_precise: ",
        "last_idx ",
        "regs=",
        "parent ",
        "func#",
        "arg#",
        "subprog ",
        "insns processed ",
    ];
    HEADS.iter().any(|head| line.starts_with(head))
}

/// Whether a line after the last instruction says what is wrong, and not in which state.
fn is_message(line: &str) -> bool {
    let is_state = || {
        let (number, rest) = line.split_once(": ").unwrap_or(("", line));
        let is_regs = rest.starts_with('R') && rest.contains('=') && rest.contains("R10=");
        is_regs && number.bytes().all(|b| b.is_ascii_digit())
    };
    !line.is_empty() && !line.starts_with(';') && !line.starts_with("from ") && !is_state()
}

/// Its parts, for fuzzing.
#[cfg(fuzzing)]
pub(crate) fn parts(log: &str) -> (Option<String>, Option<u32>, String) {
    let Parsed { reason, insn, path } = Parsed::from(log);
    (reason, insn.map(|insn| insn.0), path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_instruction_and_the_message_after_it() {
        let log = "0: R1=ctx() R10=fp0\n; *v += 1; @ prog.bpf.c:14\n7: (79) r1 = *(u64 *)(r0 +0)\n\
                   R0 invalid mem access 'map_value_or_null'\nprocessed 7 insns (limit 1000000)\n";
        let parsed = Parsed::from(log);
        assert_eq!(parsed.reason.as_deref(), Some("R0 invalid mem access 'map_value_or_null'"));
        assert_eq!(parsed.insn, Some(InsnIdx(7)));
        assert!(parsed.path.ends_with("'map_value_or_null'"));
    }

    #[test]
    fn the_block_of_newer_kernels_is_left_out_of_the_reason() {
        let log = "2: (71) r4 = *(u8 *)(r2 +23)\ninvalid access to packet\nR2 min value is outside\n\n\
                   Verification failed: Memory Safety\n\nReason:\n  The verifier\n>>> 9 | (71) r4 = 1\n";
        let parsed = Parsed::from(log);
        assert_eq!(parsed.reason.as_deref(), Some("invalid access to packet; R2 min value is outside"));
        assert_eq!(parsed.insn, Some(InsnIdx(2)));
    }

    #[test]
    fn a_failure_before_the_first_instruction_names_its_own() {
        let parsed = Parsed::from("unreachable insn 3\nprocessed 0 insns (limit 1000000)\n");
        assert_eq!((parsed.reason.as_deref(), parsed.insn), (Some("unreachable insn 3"), Some(InsnIdx(3))));
        assert_eq!(Parsed::from(""), Parsed::default());
    }

    #[test]
    fn what_relocation_did_explains_a_refused_instruction() {
        let note = |why| Note { insn: InsnIdx(0), original: Default::default(), why };
        let call = [Raw { code: Opcode::CALL, imm: 2_001_000_003, ..Raw::default() }];
        let said = |slots: &[Raw], why| super::note(slots, &[note(why)], InsnIdx(0));
        let map = || Why::Map(crate::object::isa::MapIdx(3));
        assert_eq!(said(&call, map()).as_deref(), Some("the map that is used here was not created"));
        assert_eq!(said(&[Raw::default()], map()), None, "a map that is there is no reason");
        assert!(said(&call, Why::Helper("a", "b")).is_some());
    }

    #[test]
    fn a_long_path_is_cut_at_a_line_of_source() {
        let log = (0..40).map(|i| format!("; line {i}\n{i}: (b7) r0 = {i}\n")).collect::<String>() + "bad\n";
        let path = Parsed::from(&log).path;
        assert_eq!(path.lines().next(), Some("; line 28"));
        assert_eq!(path.lines().last(), Some("bad"));
    }
}
