//! LLVM.

use std::fmt::Write as _;

use skep_isa::{
    Insn, Opcode,
    table::{Form, Row},
    text::{Dialect, Numbers, parse},
};

use crate::{
    streams::{BATCH, Chance, bytes, count, insns, same, stream},
    tool::{LLVM_MC, Scratch},
};

/// Rows that LLVM writes with less than they say: pseudo kinds of 64-bit loads, kinds of calls, what is added to the
/// address of a packet load, and the kind of address.
fn is_told_by_llvm(row: &Row) -> bool {
    let pseudo = row.code == Opcode::LD_IMM64 && row.insn(Default::default(), Default::default(), 0, 0).src().0 != 0;
    !pseudo && row.code != Opcode::CALL && row.form != Form::SrcImm
}

/// What llvm-mc says of instructions, one text for each.
fn texts(stream: &[Insn], options: &[&str]) -> Result<Vec<String>, String> {
    let mut input = String::new();
    for insn in stream {
        bytes(std::slice::from_ref(insn)).iter().for_each(|b| write!(input, "0x{b:02x} ").unwrap());
        input.push('\n');
    }
    let args = [&["--disassemble", "--triple", "bpfel", "-mcpu=v4"], options].concat();
    let (done, out, errors) = LLVM_MC.run(&args, &input);
    if !done || errors.contains("warning") {
        return Err(format!("llvm-mc does not know it: {}", errors.lines().take(3).collect::<Vec<_>>().join(" ")));
    }
    let lines = out.lines().map(str::trim).filter(|line| !line.is_empty() && *line != ".text");
    Ok(lines.map(|line| line.replace('\t', " ")).collect())
}

fn batches(salt: u64, mut compare: impl FnMut(&[Insn]) -> Result<(), String>) -> Result<(), String> {
    let (mut chance, mut left) = (Chance::new(salt), count());
    while left > 0 {
        let size = left.min(BATCH);
        compare(&stream(size, &mut chance, is_told_by_llvm))?;
        left -= size;
    }
    Ok(())
}

/// llvm-mc writes for our bytes what we write for them.
pub fn disassembles() -> Result<(), String> {
    batches(11, |stream| {
        let theirs = texts(stream, &["--print-imm-hex"])?;
        for (insn, theirs) in stream.iter().zip(&theirs) {
            let ours = insn.display(&Numbers).hex().to_string();
            if ours != *theirs {
                return Err(format!("{insn:?} is `{ours}` here, `{theirs}` there"));
            }
        }
        if theirs.len() == stream.len() { Ok(()) } else { Err("lines are missing".into()) }
    })
}

/// We make the bytes again of what llvm-mc writes.
pub fn is_read() -> Result<(), String> {
    batches(12, |stream| {
        let texts = texts(stream, &[])?;
        let read = parse(Dialect::Llvm, &texts.join("\n")).map_err(|errors| errors.to_string())?;
        same("read from llvm-mc", &texts, &read, stream)
    })
}

/// llvm-mc makes the same bytes of our text as we do.
pub fn assembles() -> Result<(), String> {
    let object = Scratch::new("llvm.o");
    batches(13, |stream| {
        // Of a number, llvm-mc takes no more than 16 bits for the distance of `gotol`.
        let short =
            |insn: &Insn| if insn.code == Opcode::JA32 { insn.clone().with_imm(insn.imm >> 16) } else { insn.clone() };
        let stream: &Vec<Insn> = &stream.iter().map(short).collect();
        let texts: Vec<String> = stream.iter().map(|insn| insn.display(&Numbers).to_string()).collect();
        let args = ["--triple", "bpfel", "-mcpu=v4", "--filetype=obj", "-o", &object.0];
        let (done, _, errors) = LLVM_MC.run(&args, &(texts.join("\n") + "\n"));
        if !done {
            return Err(errors.lines().take(3).collect::<Vec<_>>().join("\n"));
        }
        let file = std::fs::read(&object.0).map_err(|error| error.to_string())?;
        same("assembled by llvm-mc", &texts, stream, &insns(text_section(&file)?))
    })
}

/// The contents of `.text`, the first section with contents in what llvm-mc writes.
fn text_section(file: &[u8]) -> Result<&[u8], String> {
    let at = |at: usize, len: usize| file.get(at..at + len).ok_or("the file is cut");
    let long = |from: usize| Ok::<_, String>(u64::from_le_bytes(at(from, 8)?.try_into().unwrap()) as usize);
    let (table, count) = (long(40)?, u16::from_le_bytes(at(60, 2)?.try_into().unwrap()));
    for section in 0..usize::from(count) {
        let header = table + section * 64;
        let executable = long(header + 8)? & 4 != 0;
        if executable {
            return Ok(at(long(header + 24)?, long(header + 32)?)?);
        }
    }
    Err("there is no code".into())
}
