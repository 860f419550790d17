//! `skep reloc`: the pure stages, and what they did to each instruction.

mod explain;

use std::io::{self, Write};

use serde_json::{Value, json};
use skep::{
    Linked, Target,
    btf::core::{Record, Spec},
    isa::{CoreRecord, Insn, InsnIdx, Raw, decode},
    object::{SourcePosition, uapi::Endian},
    reloc::{
        Code, Config, LineInfo, MapSpec, Note, Outcome, Program, Reason, Relocated, Selection, Slot, Why, miss,
        relocate,
    },
};

use crate::{
    args, input,
    open::{only_known, relocation_status},
    output::{self, FAINT, HEAD, NAME, WARN, styled},
    report::{Failure, Report, status},
    target,
};

/// Prints the final instructions of each program, with what was patched and why.
pub fn reloc(args: &args::Reloc) -> Result<(), Failure> {
    let linked = input::one(&args.files)?;
    only_known([&linked].into_iter(), &args.only)?;
    let target = target::open(&args.target)?;
    let selection = if args.only.is_empty() { Selection::All } else { Selection::Only(args.only.clone()) };
    let config = Config::new().select(selection);
    let relocated = relocate(&linked, &target, &config).map_err(|e| Failure::of(status::TARGET, &e))?;
    let listing = Listing { linked: &linked, target: &target, relocated: &relocated, explain: args.explain };
    match (args.json, args.explain) {
        (true, _) => output::json_line(&listing.json()),
        (_, true) => listing.explain(),
        _ => listing.text(),
    }
    .map_err(output::lost)?;
    let of_maps = || relocated.maps.iter().filter(|map| map.needed).filter_map(|map| map.fault.as_deref());
    let errors = || of_maps().chain(relocated.programs.iter().filter_map(|p| p.code.as_ref().err()).flatten());
    match errors().next() {
        None => Ok(()),
        // In JSON each program carries its own errors.
        Some(first) => {
            let reports = if args.json { Vec::new() } else { errors().map(Report::from).collect() };
            Err(Failure { status: relocation_status(first.kind()), reports })
        }
    }
}

struct Listing<'a> {
    linked: &'a Linked,
    target: &'a Target,
    relocated: &'a Relocated,
    /// Whether reasons are given at length.
    explain: bool,
}

/// An instruction of a program's code with its first slot.
fn instructions(code: &Code) -> impl Iterator<Item = (InsnIdx, Insn)> {
    let mut at = 0;
    decode(code.slots.iter().copied()).into_iter().map(move |insn| {
        let first = InsnIdx(at);
        at += insn.slots();
        (first, insn)
    })
}

impl Listing<'_> {
    fn text(&self) -> io::Result<()> {
        let mut out = output::out();
        for program in &self.relocated.programs {
            let kind = styled(FAINT, format!("{}  {}", program.section.full, program.prog_type));
            writeln!(out, "{}  {kind}", styled(HEAD, &program.name))?;
            if let Some(to) = &program.attach_to {
                writeln!(out, "  attaches to {} {}", to.name, styled(FAINT, format!("BTF id {}", to.type_id.0)))?;
            }
            match &program.code {
                Ok(code) => self.code(&mut out, code)?,
                Err(_) => writeln!(out, "  {}", styled(WARN, "not relocated; see the errors below"))?,
            }
            writeln!(out)?;
        }
        for map in self.relocated.maps.iter().filter(|map| map.needed) {
            let def = &map.def;
            writeln!(
                out,
                "{} {}  {}  key {} B, value {} B, {} entries, flags {:#x}",
                styled(FAINT, "map"),
                styled(NAME, &map.name),
                def.map_type,
                def.key_size,
                def.value_size,
                def.max_entries,
                def.flags.0
            )?;
        }
        Ok(())
    }

    fn code(&self, out: &mut impl Write, code: &Code) -> io::Result<()> {
        let mut shown = None;
        for (at, insn) in instructions(code) {
            if let Some(func) = from(&code.func_info, at, |f| f.insn).first().filter(|f| f.insn == at) {
                let name = self.linked.btf().map_or("", |btf| btf.name(func.type_id));
                writeln!(out, "{}", styled(NAME, format!("{name}:")))?;
            }
            // A line is shown once, however many of its columns have instructions of their own.
            if let Some(line) = self.line(code, at).filter(|line| shown != Some((line.file.clone(), line.line))) {
                writeln!(
                    out,
                    "       {}",
                    styled(FAINT, format!("; {}:{}  {}", line.file, line.line, line.text.trim()))
                )?;
                shown = Some((line.file, line.line));
            }
            let text = insn.display(&()).to_string();
            match notes(code, at).next() {
                Some(note) => {
                    let why = self.why(note);
                    writeln!(out, "{at:>5}  {text:<40}  {}", styled(WARN, format!("← {why}")))?;
                }
                None => writeln!(out, "{at:>5}  {text}")?,
            }
        }
        Ok(())
    }

    fn line(&self, code: &Code, at: InsnIdx) -> Option<SourcePosition> {
        let LineInfo { line, .. } = from(&code.line_info, at, |l| l.insn).first().filter(|l| l.insn == at)?;
        let btf = self.linked.btf()?;
        Some(SourcePosition {
            file: btf.string(line.file)?.into(),
            line: line.line(),
            column: line.column(),
            text: btf.string(line.text)?.into(),
        })
    }

    fn why(&self, note: &Note) -> String {
        match &note.why {
            Why::Core(record, outcome) => {
                format!("{} of {}: {}", record.kind, self.what(record), self.became(record, outcome))
            }
            Why::Map(map) => format!("map {}", self.relocated.maps.get(map.at()).map_or("", |m| &m.name)),
            Why::Func(name) => format!("function {name}"),
            Why::Jumps(name) => format!("jump table {name}"),
            Why::Extern(name, found) => format!("{name}: {found}"),
            Why::Helper(old, new) => format!("{old} is not in this kernel: {new}"),
            _ => "changed".into(),
        }
    }

    /// What a CO-RE record is about, as in `struct task_struct.comm`.
    fn what(&self, record: &CoreRecord) -> String {
        let question = Record { type_id: record.type_id, kind: record.kind, access: &record.access };
        let spec = self.linked.btf().and_then(|btf| Spec::of(btf, &question).ok()).map(|spec| spec.to_string());
        let spec = spec.unwrap_or_else(|| format!("type {}", record.type_id.0));
        // Positions and offsets in the object say nothing to a person.
        spec.split(" (").next().unwrap_or(&spec).to_owned()
    }

    /// What became of it; of what the kernel lacks also what comes close.
    fn became(&self, record: &CoreRecord, outcome: &Outcome) -> String {
        let miss = match outcome {
            Outcome::Absent => miss(self.linked, self.target, record),
            _ => None,
        };
        match miss {
            Some(miss) => format!("{miss}; the instruction must not be reached"),
            None => outcome.to_string(),
        }
    }

    fn json(&self) -> Value {
        json!({
            "name": &*self.relocated.name,
            "programs": self.relocated.programs.iter().map(|p| self.program(p)).collect::<Vec<_>>(),
            "maps": self.relocated.maps.iter().filter(|m| m.needed).map(map_json).collect::<Vec<_>>(),
        })
    }

    fn program(&self, program: &Program) -> Value {
        let code = program.code.as_ref();
        json!({
            "name": &*program.name,
            "section": &*program.section.full,
            "type": program.prog_type.to_string(),
            "attach_type": program.attach_type.map(|a| a.to_string()),
            "flags": program.flags.0,
            "attach_to": program.attach_to.as_ref().map(|to| json!({ "name": &*to.name, "btf_id": to.type_id.0 })),
            "insns": code.ok().map(|code| self.insns(code)),
            "errors": code.err().map(|errors| errors.iter().map(|e| Report::from(e).json()).collect::<Vec<_>>()),
        })
    }

    fn insns(&self, code: &Code) -> Value {
        let reasons = if self.explain { self.reasons(code) } else { Vec::new() };
        let mut reasons = reasons.iter();
        instructions(code).map(|(at, insn)| self.insn(code, at, &insn, &mut reasons)).collect()
    }

    fn insn<'r>(&self, code: &Code, at: InsnIdx, insn: &Insn, reasons: &mut impl Iterator<Item = &'r Reason>) -> Value {
        let end = (at.0 + insn.slots()) as usize;
        let fd = from(&code.fds, at, |fd| fd.0).first().filter(|(slot, _)| slot.at() < end);
        let fd = fd.map(|(_, slot)| self.slot(code, *slot));
        let source = self.line(code, at).map(|l| json!({ "file": &*l.file, "line": l.line, "column": l.column }));
        let notes: Vec<_> = notes(code, at)
            .map(|n| {
                let mut change = json!({ "original": n.original.display(&()).to_string(), "why": self.why(n) });
                if let (true, Why::Core(..)) = (self.explain, &n.why) {
                    change["reason"] = reasons.next().map_or(Value::Null, explain::json);
                }
                change
            })
            .collect();
        json!({
            "slot": at.0,
            "bytes": hex(code.slots.get(at.at()..end).unwrap_or_default(), self.relocated.endian),
            "text": insn.display(&()).to_string(),
            "source": source,
            "fd": fd,
            "changes": notes,
        })
    }

    /// What the descriptor in a slot will be of.
    fn slot(&self, code: &Code, slot: Slot) -> Value {
        match slot {
            Slot::Jumps(i) => json!({ "jump_table": code.jumps.get(i as usize).map(|jumps| &*jumps.name) }),
            Slot::Map(map) => json!({ "map": self.relocated.maps.get(map.at()).map(|m| &*m.name) }),
            Slot::Held(_) => json!({ "map": "held" }),
            Slot::ModuleBtf(module) | Slot::TypeBtf(module) => {
                json!({ "module": self.relocated.modules.get(module.0 as usize).map(|m| &*m.name) })
            }
        }
    }
}

fn notes(code: &Code, at: InsnIdx) -> impl Iterator<Item = &Note> {
    from(&code.notes, at, |note| note.insn).iter().take_while(move |note| note.insn == at)
}

/// The rows of a table in order of slots, from a slot on.
fn from<T>(rows: &[T], at: InsnIdx, slot: impl Fn(&T) -> InsnIdx) -> &[T] {
    &rows[rows.partition_point(|row| slot(row) < at)..]
}

fn hex(slots: &[Raw], endian: Endian) -> String {
    slots.iter().flat_map(|slot| slot.to_bytes(endian)).map(|byte| format!("{byte:02x}")).collect()
}

fn map_json(map: &MapSpec) -> Value {
    let def = &map.def;
    json!({
        "name": &*map.name,
        "type": def.map_type.to_string(),
        "key_size": def.key_size,
        "value_size": def.value_size,
        "max_entries": def.max_entries,
        "flags": def.flags.0,
        "map_extra": def.map_extra,
        "btf_key_type_id": def.key_type.0,
        "btf_value_type_id": def.value_type.0,
        "errors": map.fault.iter().map(|fault| Report::from(&**fault).json()).collect::<Vec<_>>(),
    })
}
