//! Printing of what instructions refer to, by name.

use skep_isa::{
    ExternIdx, FuncIdx, Insn, InsnIdx, MapIdx, Opcode, Raw, Ref, Reg, decode,
    opcode::pseudo,
    text::{Label, Names, Numbers},
};

struct Object;

impl Names for Object {
    fn map(&self, map: MapIdx) -> Option<&str> {
        ["events", ".rodata.str1.1", "odd \"name\"\n"].get(map.at()).copied()
    }

    fn value(&self, map: MapIdx, off: u32) -> Option<(&str, u32)> {
        if map == MapIdx(1) && off >= 16 { Some(("counter", off - 16)) } else { Some((self.map(map)?, off)) }
    }

    fn func(&self, func: FuncIdx) -> Option<&str> {
        (func == FuncIdx(0)).then_some("handle_exec")
    }

    fn external(&self, external: ExternIdx) -> Option<&str> {
        (external == ExternIdx(0)).then_some("bpf_task_acquire")
    }

    fn label(&self, slot: InsnIdx) -> Option<Label<'_>> {
        match slot.0 {
            12 => Some(Label::Name("out")),
            13 => Some(Label::Numbered(".L", 13)),
            _ => None,
        }
    }
}

fn refers(mut insn: Insn, to: Ref) -> String {
    insn.facts_mut().reference = Some(to);
    insn.display(&Object).to_string()
}

fn load(src: Reg) -> Insn {
    Insn::new(Opcode::LD_IMM64, Reg(1), src, 0, 7)
}

fn call(src: Reg, imm: i64) -> Insn {
    Insn::new(Opcode::CALL, Reg(0), src, 0, imm)
}

#[test]
fn loads_of_addresses() {
    for (to, text) in [
        (Ref::Map(MapIdx(0)), "r1 = events ll"),
        (Ref::Map(MapIdx(2)), r#"r1 = "odd \"name\"\n" ll"#),
        (Ref::Value { map: MapIdx(1), off: 8 }, "r1 = .rodata.str1.1+8 ll"),
        (Ref::Value { map: MapIdx(1), off: 16 }, "r1 = counter ll"),
        (Ref::Func { func: FuncIdx(0), at: InsnIdx(0) }, "r1 = handle_exec ll"),
        (Ref::Extern(ExternIdx(0)), "r1 = bpf_task_acquire ll"),
    ] {
        assert_eq!(refers(load(Reg(0)), to), text);
        assert_eq!(refers(load(pseudo::MAP_FD), to), text);
    }
    assert_eq!(refers(load(pseudo::MAP_FD), Ref::Map(MapIdx(9))), "r1 = map_fd(7) ll");
}

#[test]
fn calls() {
    assert_eq!(refers(call(pseudo::CALL, -1), Ref::Func { func: FuncIdx(0), at: InsnIdx(0) }), "call handle_exec");
    assert_eq!(refers(call(pseudo::CALL, -1), Ref::Func { func: FuncIdx(0), at: InsnIdx(3) }), "call handle_exec+24");
    assert_eq!(refers(call(pseudo::CALL, -1), Ref::Func { func: FuncIdx(1), at: InsnIdx(0) }), "call pc-1");
    assert_eq!(refers(call(pseudo::KFUNC_CALL, 5), Ref::Extern(ExternIdx(0))), "call bpf_task_acquire");
    assert_eq!(call(pseudo::HELPER, 1).display(&Object).to_string(), "call bpf_map_lookup_elem");
    assert_eq!(call(pseudo::HELPER, 1).display(&Numbers).to_string(), "call 1");
    assert_eq!(call(pseudo::HELPER, 100_000).display(&Object).to_string(), "call 100000");
    assert_eq!(call(pseudo::HELPER, -1).display(&Object).to_string(), "call -1");
}

#[test]
fn labels_where_the_position_is_known() {
    let jump = Insn::new(Opcode::JA, Reg(0), Reg(0), 4, 0);
    assert_eq!(jump.display(&Object).to_string(), "goto +4");
    assert_eq!(jump.display(&Object).at(InsnIdx(7)).to_string(), "goto out");
    assert_eq!(jump.display(&Object).at(InsnIdx(8)).to_string(), "goto .L13");
    assert_eq!(jump.display(&Object).at(InsnIdx(9)).to_string(), "goto +4");
    assert_eq!(jump.display(&Object).at(InsnIdx(9)).absolute().to_string(), "goto @14");
    assert_eq!(load(Reg(0)).display(&()).referring("%map(m)").to_string(), "r1 = %map(m) ll");
    let long = Insn::new(Opcode::JA32, Reg(0), Reg(0), 0, i64::MAX);
    assert_eq!(long.display(&Object).at(InsnIdx(u32::MAX)).to_string(), "gotol +9223372036854775807");
}

#[test]
fn what_has_no_meaning_is_written_field_by_field() {
    let text = |code, dst, src, off, imm| {
        let raw = Raw::new(Opcode(code), Reg(dst), Reg(src), off, imm);
        decode([raw])[0].display(&Object).to_string()
    };
    assert_eq!(text(0xff, 1, 2, -7, -5), ".insn 0xff, r1, r2, -7, -5");
    assert_eq!(text(0x07, 1, 2, 0, 5), ".insn 0x07, r1, r2, 0, 5");
    assert_eq!(text(0x18, 1, 0, 0, 5), ".insn 0x18, r1, r0, 0, 5");
    assert_eq!(text(0x07, 15, 0, 0, 5), "r15 += 5");
    assert_eq!(load(Reg(9)).display(&Object).to_string(), ".insn 0x18, r1, r9, 0, 0x7 ll");
}
