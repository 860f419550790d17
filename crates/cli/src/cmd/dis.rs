//! `skep dis`: an object as assembly text.

use std::{
    fmt::{self, Write as _},
    io::{self, BufWriter, Write},
};

use serde_json::{Value, json};
use skep::{
    btf::Btf,
    isa::{Insn, InsnIdx, Ref},
    object::{
        Function, Object, nearest,
        text::print::{Jumps, Options, Text},
    },
};

use crate::{
    args::{self, DisJumps},
    input, output,
    report::{Failure, Report, status},
};

/// Prints sections, symbols, instructions, data, types and records.
pub fn dis(args: &args::Dis) -> Result<(), Failure> {
    let bytes = input::bytes(&args.file)?;
    let name = args.file.to_string_lossy();
    let failed = |errors| Failure::of(status::INPUT, &errors);
    let bytes = bytes.as_slice();
    let text = Text::open(&name, &bytes, options(args)).map_err(failed)?;
    if args.json {
        let object = skep::object::elf::read(&name, bytes).map_err(failed)?;
        check_names(args, object.funcs.iter().flat_map(|f| [&*f.name, object.section(f.section)]))?;
        return output::json_line(&listing(&object, &text, args)).map_err(output::lost);
    }
    check_names(args, text.names())?;
    let mut out = Out { out: BufWriter::with_capacity(1 << 16, io::stdout().lock()), error: None };
    let written = text.write(&mut out);
    match (written, out.error.take()) {
        (Err(fmt::Error), Some(error)) => Err(output::lost(error)),
        _ => out.out.flush().map_err(output::lost),
    }
}

fn options(args: &args::Dis) -> Options {
    let jumps = match args.jumps {
        DisJumps::Labels => Jumps::Labels,
        DisJumps::Relative => Jumps::Relative,
        DisJumps::Absolute => Jumps::Absolute,
    };
    let options = Options::new().dialect(args.dialect.into()).jumps(jumps).source(args.source).bytes(args.bytes);
    options.brief(args.brief).only(args.only.iter().cloned())
}

/// Sees to it that what was asked for is there.
fn check_names<'n>(args: &args::Dis, names: impl Iterator<Item = &'n str> + Clone) -> Result<(), Failure> {
    let missing = args.only.iter().find(|wanted| !names.clone().any(|name| name == **wanted));
    missing.map_or(Ok(()), |name| {
        let mut report = Report::new("no-such-function", format!("no function or section is named `{name}`"));
        report.help = nearest(name, names.clone()).map(|near| format!("did you mean `{near}`?"));
        Err(Failure::new(status::USAGE, report))
    })
}

/// Standard output for text that is formatted; keeps why it failed.
struct Out<W> {
    out: W,
    error: Option<io::Error>,
}

impl<W: Write> fmt::Write for Out<W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.out.write_all(text.as_bytes()).map_err(|error| {
            self.error = Some(error);
            fmt::Error
        })
    }
}

fn listing(object: &Object, text: &Text<'_>, args: &args::Dis) -> Value {
    let wanted = |f: &&Function| {
        let named = |name: &str| args.only.iter().any(|wanted| wanted == name);
        args.only.is_empty() || named(&f.name) || named(object.section(f.section))
    };
    let functions: Vec<_> = object.funcs.iter().filter(wanted).map(|f| function(object, text, f, args)).collect();
    json!({
        "file": &*object.file,
        "endian": if object.endian == skep::btf::Endian::Little { "little" } else { "big" },
        "dialect": skep::isa::text::Dialect::from(args.dialect).name(),
        "license": &*object.license,
        "functions": functions,
    })
}

fn function(object: &Object, text: &Text<'_>, function: &Function, args: &args::Dis) -> Value {
    let mut slot = 0;
    let insns = function.insns.iter().map(|insn| {
        let bytes = text.bytes(function.section, InsnIdx(function.start.0.saturating_add(slot)), insn.slots());
        let value = instruction(object, insn, slot, bytes, args);
        slot += insn.slots();
        value
    });
    json!({
        "name": &*function.name,
        "section": object.section(function.section),
        "start": function.start.0,
        "slots": function.slots,
        "btf_func": (function.type_id.0 != 0).then_some(function.type_id.0),
        "instructions": insns.collect::<Vec<_>>(),
    })
}

fn instruction(object: &Object, insn: &Insn, slot: u32, bytes: &[u8], args: &args::Dis) -> Value {
    let bytes = bytes.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    let display = insn.display(object).dialect(args.dialect.into()).at(InsnIdx(slot));
    let display = if args.jumps == DisJumps::Absolute { display.absolute() } else { display };
    let facts = insn.meta.facts();
    let mut value = json!({ "slot": slot, "bytes": bytes, "text": display.to_string() });
    let mut put = |key: &str, what: Option<Value>| {
        if let (Some(object), Some(what)) = (value.as_object_mut(), what) {
            object.insert(key.into(), what);
        }
    };
    put("refers", insn.meta.reference().and_then(|to| reference(object, to)));
    put("target", insn.jump().map(|jump| json!(i64::from(slot) + 1 + jump.distance(insn))));
    put("line", object.btf.as_deref().and_then(|btf| line(btf, insn)));
    let core = facts.and_then(|facts| facts.core.as_ref());
    put("core", core.map(|core| json!({ "kind": core.kind.name(), "type": core.type_id.0, "access": &*core.access })));
    value
}

fn reference(object: &Object, to: Ref) -> Option<Value> {
    use skep::isa::text::Names;
    Some(match to {
        Ref::Map(map) => json!({ "map": object.map(map)? }),
        Ref::Value { map, off } => {
            let (variable, within) = object.value(map, off)?;
            json!({ "map": object.map(map)?, "offset": off, "variable": variable, "within": within })
        }
        Ref::Func { func, at } => json!({ "function": object.func(func)?, "slot": at.0 }),
        Ref::Extern(external) => json!({ "extern": object.external(external)? }),
        _ => return None,
    })
}

fn line(btf: &Btf, insn: &Insn) -> Option<Value> {
    let line = Some(insn.line).filter(|line| !line.is_none())?;
    let (file, text) = (btf.string(line.file)?, btf.string(line.text)?);
    Some(json!({ "file": file, "line": line.line(), "column": line.column(), "text": text.trim() }))
}
