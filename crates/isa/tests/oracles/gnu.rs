//! GNU as and objdump.

use skep_isa::{
    Insn, Opcode, Reg,
    table::{Form, ROWS, Row, Version, When},
    text::{Dialect, Numbers, parse},
};

use crate::{
    streams::{BATCH, Chance, bytes, count, insns, is_stack_argument, of, same, stream},
    tool::{BPF_AS, BPF_OBJCOPY, BPF_OBJDUMP, Scratch},
};

/// Rows that no release of GNU as writes as we do: kinds of 64-bit loads and calls that only have a name here, what the kernel
/// added after it, and the address of what is added to a packet load.
fn is_known(row: &Row) -> bool {
    let plain = row.insn(Reg(0), Reg(0), 0, 0);
    let pseudo = row.code == Opcode::LD_IMM64 && plain.src().0 != 0 || row.code == Opcode::CALL && plain.src().0 != 0;
    // A stack argument reads like any other load or store, but needs r11.
    !pseudo && !is_stack_argument(row) && row.version != Version::Beyond
}

/// The release that knows ISA v4 and the names of atomic operations.
const NEW: u32 = 243;

/// Our text. Releases up to 2.40 read no offset without a plus before its sign.
fn text(insn: &Insn) -> String {
    let text = insn.display(&Numbers).dialect(Dialect::Gnu).to_string();
    match text.split_once("[%r") {
        Some((before, address)) => format!("{before}[%r{}", address.replacen('-', "+-", usize::from(insn.off < 0))),
        None => text,
    }
}

/// The bytes that as makes of texts; `None` if it does not read them.
fn assemble(texts: &[String], scratch: &(Scratch, Scratch)) -> Option<Vec<u8>> {
    let (object, binary) = scratch;
    let (done, ..) = BPF_AS.run(&["-EL", "-o", &object.0, "-"], &(texts.join("\n") + "\n"));
    done.then(|| {
        BPF_OBJCOPY.run(&["-O", "binary", "-j", ".text", &object.0, &binary.0], "");
        std::fs::read(&binary.0).unwrap_or_default()
    })
}

fn scratch(name: &str) -> (Scratch, Scratch) {
    (Scratch::new(&format!("{name}.o")), Scratch::new(&format!("{name}.bin")))
}

/// The rows that this release reads. Older ones lack ISA v4; nothing else may be missing.
fn rows(scratch: &(Scratch, Scratch)) -> Result<Vec<Row>, String> {
    let mut chance = Chance::new(7);
    let known = ROWS.iter().filter(|row| is_known(row));
    let (read, lacking): (Vec<Row>, Vec<Row>) =
        known.partition(|row| assemble(&[text(&of(row, &mut chance))], scratch).is_some());
    match lacking.iter().find(|row| !may_lack(row)) {
        Some(row) => Err(format!("as does not read `{}`", row.syntax.gnu)),
        None if read.len() < 100 => Err(format!("as reads {} rows only", read.len())),
        None => Ok(read),
    }
}

/// Whether the release may lack a row.
fn may_lack(row: &Row) -> bool {
    is_newer(row) || (BPF_AS.release() < NEW && is_new(row))
}

/// What releases up to 2.47 do not know: gotox, load-acquire and store-release.
fn is_newer(row: &Row) -> bool {
    row.code.0 == 0x0d || matches!(row.when, When::Imm(0x100 | 0x110))
}

/// What releases up to 2.40 do not know: ISA v4, and today's names of atomic operations.
fn is_new(row: &Row) -> bool {
    row.version >= Version::V3
        || matches!(row.code.0, 0x8d | 0xc3 | 0xdb)
        || matches!(row.form, Form::Number | Form::SrcImm)
}

pub fn assembles() -> Result<(), String> {
    let scratch = scratch("as");
    let rows = rows(&scratch)?;
    let (mut chance, mut left) = (Chance::new(21), count());
    while left > 0 {
        let size = left.min(BATCH);
        let stream = stream(size, &mut chance, |row| rows.contains(row));
        let texts: Vec<String> = stream.iter().map(text).collect();
        let Some(made) = assemble(&texts, &scratch) else {
            let refused = texts.iter().find(|text| assemble(&[text.to_string()], &scratch).is_none());
            return Err(format!("as refuses {refused:?}"));
        };
        same("assembled by as", &texts, &stream, &insns(&made))?;
        left -= size;
    }
    Ok(())
}

/// What objdump writes is read as the bytes it stands beside.
pub fn is_read() -> Result<(), String> {
    let binary = Scratch::new("objdump.bin");
    let (mut chance, mut left) = (Chance::new(22), count());
    // Releases up to 2.40 take every atomic operation for an addition, and do not know callx.
    let old = BPF_OBJDUMP.release() < NEW;
    let told = |row: &Row| {
        let plain = !matches!(row.when, When::Imm(1..) if row.form == Form::StoreReg) && row.code.0 != 0x8d;
        is_known(row) && !is_newer(row) && (!old || (row.version < Version::V4 && plain))
    };
    while left > 0 {
        let size = left.min(BATCH);
        let stream = stream(size, &mut chance, told);
        std::fs::write(&binary.0, bytes(&stream)).map_err(|error| error.to_string())?;
        let args = ["-b", "binary", "-m", "bpf", "-EL", "-D", "-M", if old { "v3" } else { "v4" }, &binary.0];
        let (done, out, errors) = BPF_OBJDUMP.run(&args, "");
        if !done {
            return Err(errors);
        }
        let texts: Vec<String> = out.lines().filter_map(instruction).collect();
        let read = parse(Dialect::Gnu, &texts.join("\n")).map_err(|errors| {
            let line = errors.0.first().map_or(0, |error| error.line as usize);
            format!("{:?}: {errors}", texts.get(line.saturating_sub(1)))
        })?;
        same("read from objdump", &texts, &read, &stream)?;
        left -= size;
    }
    Ok(())
}

/// The instruction of a line such as `  10:\t79 01 08 00 00 00 00 00 \tldxdw %r1,[%r0+8]`.
fn instruction(line: &str) -> Option<String> {
    let mut parts = line.split('\t');
    let (_, _, text) = (parts.next()?.trim().strip_suffix(':')?, parts.next()?, parts.next()?);
    Some(text.trim().to_string())
}
