//! `skep reloc --explain`: each instruction that was changed, as it was and as it is, and why.

use std::io::{self, Write};

use serde_json::{Value, json};
use skep::{
    btf::core::Miss,
    isa::{CoreRecord, Insn, InsnIdx},
    object::SourcePosition,
    reloc::{Choice, Code, Note, Outcome, Reason, Why, explain},
};

use super::{Listing, instructions, notes};
use crate::output::{self, BAD, FAINT, GOOD, HEAD, NAME, WARN, styled};

impl Listing<'_> {
    /// Prints every program's changes.
    pub fn explain(&self) -> io::Result<()> {
        let mut out = output::out();
        for program in &self.relocated.programs {
            let kind = styled(FAINT, format!("{}  {}", program.section.full, program.prog_type));
            writeln!(out, "{}  {kind}", styled(HEAD, &program.name))?;
            match &program.code {
                Ok(code) => self.changes(&mut out, code)?,
                Err(_) => writeln!(out, "  {}", styled(WARN, "not relocated; see the errors below"))?,
            }
            writeln!(out)?;
        }
        Ok(())
    }

    fn changes(&self, out: &mut impl Write, code: &Code) -> io::Result<()> {
        let reasons = self.reasons(code);
        let mut reasons = reasons.iter();
        let mut unchanged = true;
        for (at, insn) in instructions(code) {
            for note in notes(code, at) {
                unchanged = false;
                let reason = if let Why::Core(..) = &note.why { reasons.next() } else { None };
                self.change(out, code, (at, &insn), note, reason)?;
            }
        }
        if unchanged {
            writeln!(out, "  {}", styled(FAINT, "nothing had to be changed"))?;
        }
        Ok(())
    }

    /// Why each record of a program became what it did.
    pub fn reasons(&self, code: &Code) -> Vec<Reason> {
        let record = |note: &'_ Note| match &note.why {
            Why::Core(record, _) => Some(record.clone()),
            _ => None,
        };
        let records: Vec<CoreRecord> = code.notes.iter().filter_map(record).collect();
        explain(self.linked, self.target, &records.iter().collect::<Vec<_>>())
    }

    fn change(
        &self,
        out: &mut impl Write,
        code: &Code,
        (at, insn): (InsnIdx, &Insn),
        note: &Note,
        reason: Option<&Reason>,
    ) -> io::Result<()> {
        let (old, new) = (note.original.display(&()).to_string(), insn.display(&()).to_string());
        writeln!(out, "{at:>5}  {old}")?;
        let arrow = if old == new { styled(FAINT, "=") } else { styled(NAME, "→") };
        writeln!(out, "    {arrow}  {new}")?;
        if let Some(line) = self.line_before(code, at) {
            writeln!(out, "       {}", styled(FAINT, format!("{}:{}: {}", line.file, line.line, line.text.trim())))?;
        }
        match (&note.why, reason) {
            (Why::Core(record, outcome), Some(reason)) => core(out, record, outcome, reason),
            _ => writeln!(out, "       {}", self.why(note)),
        }
    }

    /// The line of source that an instruction belongs to.
    fn line_before(&self, code: &Code, at: InsnIdx) -> Option<SourcePosition> {
        let after = code.line_info.partition_point(|info| info.insn <= at);
        let line = code.line_info.get(after.checked_sub(1)?)?.line;
        SourcePosition::of(self.linked.btf()?, line)
    }
}

fn core(out: &mut impl Write, record: &CoreRecord, outcome: &Outcome, reason: &Reason) -> io::Result<()> {
    writeln!(out, "       asked     {} of {}", record.kind, reason.local)?;
    if let Some(choice) = &reason.chosen {
        writeln!(out, "       {}    {}", styled(GOOD, "chosen"), chosen(choice))?;
    }
    for (choice, miss) in &reason.passed_over {
        writeln!(out, "       {} {}: {miss}", styled(FAINT, "not taken"), chosen(choice))?;
    }
    if let Some(miss) = reason.miss.as_ref().filter(|_| reason.passed_over.is_empty()) {
        writeln!(out, "       {}    {miss}", styled(WARN, "absent"))?;
    }
    if let Some(hint) = reason.miss.as_ref().and_then(Miss::hint) {
        writeln!(out, "       nearest   {hint}")?;
    }
    match outcome {
        Outcome::Number { from, to } if from == to => writeln!(out, "       answer    {to}, as compiled"),
        Outcome::Number { from, to } => writeln!(out, "       answer    {to} in place of {from}"),
        Outcome::Absent => {
            writeln!(out, "       {}  the verifier refuses this instruction if it is reached", styled(BAD, "poisoned"))
        }
        Outcome::Width { .. } => writeln!(out, "       {}  {outcome}", styled(BAD, "poisoned")),
    }
}

fn chosen(choice: &Choice) -> String {
    let place = choice.module.as_deref().unwrap_or("vmlinux");
    format!("{}, type {} of {place}", choice.way, choice.type_id.0)
}

/// A reason for a program to read.
pub fn json(reason: &Reason) -> Value {
    let choice =
        |choice: &Choice| json!({ "way": choice.way, "type_id": choice.type_id.0, "module": choice.module.as_deref() });
    let why = |miss: &Miss| json!({ "error": miss.code(), "message": miss.to_string(), "help": miss.hint() });
    let passed_over = |(candidate, miss): &(Choice, Miss)| json!({ "candidate": choice(candidate), "why": why(miss) });
    json!({
        "local": reason.local,
        "chosen": reason.chosen.as_ref().map(choice),
        "passed_over": reason.passed_over.iter().map(passed_over).collect::<Vec<_>>(),
        "miss": reason.miss.as_ref().map(why),
    })
}
