//! Edits of streams, against a model that knows nothing of slots.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::ops::Range;

use proptest::prelude::*;
use skep_isa::{
    CoreRecord, Insn, MapIdx, Opcode, Ref, Reg, SourceLine, decode,
    edit::Stream,
    text::{Dialect, parse},
};
use skep_uapi::btf::{CoreKind, StrOff, TypeId};

/// An instruction of the model: its number, whether it fills two slots, and what it jumps to.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Mark {
    tag: i32,
    sort: u8,
    to: Option<To>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum To {
    Tag(i32),
    End,
}

#[derive(Clone, Debug)]
enum Edit {
    Insert(usize, Vec<(u8, usize)>),
    After(usize, Vec<(u8, usize)>),
    Remove(usize, usize),
    Replace(usize, usize, Vec<(u8, usize)>),
    Move(usize, usize, usize),
    Target(usize, usize),
}

fn line(tag: i32) -> SourceLine {
    SourceLine { file: StrOff(1), text: StrOff(tag as u32), line_col: 1024 }
}

/// Marks of these sorts, jumping to the places given.
fn marks(sorts: &[(u8, usize)], next: &mut i32) -> Vec<Mark> {
    let first = *next;
    *next += sorts.len() as i32;
    let one = |(at, &(sort, to)): (usize, &(u8, usize))| {
        let to = to % (sorts.len() + 1);
        let to = if to == sorts.len() { To::End } else { To::Tag(first + to as i32) };
        Mark { tag: first + at as i32, sort: sort % 6, to: (sort % 6 > 1).then_some(to) }
    };
    sorts.iter().enumerate().map(one).collect()
}

/// Marks as instructions, every one with metadata that tells it. Distances are computed here, one by one.
fn insns(marks: &[Mark]) -> Vec<Insn> {
    let slot = |at: usize| marks[..at].iter().map(|mark| if matches!(mark.sort, 1 | 5) { 2 } else { 1 }).sum::<i64>();
    let one = |(at, mark): (usize, &Mark)| {
        let to = match mark.to {
            Some(To::End) => slot(marks.len()),
            Some(To::Tag(tag)) => slot(marks.iter().position(|mark| mark.tag == tag).unwrap()),
            None => 0,
        };
        let slots = to - slot(at) - 1;
        let (code, src, off, imm) = match mark.sort {
            0 => (0xb7, 0, 0, 0),
            1 => (0x18, 0, 0, 0),
            2 => (0x15, 0, slots as i16, 0),
            3 => (0x06, 0, 0, slots),
            4 => (0x85, 1, 0, slots),
            _ => (0x18, 4, 0, i64::from(slots as i32 as u32)),
        };
        Insn::new(Opcode(code), Reg(0), Reg(src), off, imm).with_line(line(mark.tag)).with_core(core(mark.tag))
    };
    marks.iter().enumerate().map(one).collect()
}

fn core(tag: i32) -> CoreRecord {
    CoreRecord { type_id: TypeId(tag as u32), kind: CoreKind::TYPE_SIZE, access: "0".into() }
}

/// What a range of the model becomes, and where jumps to it go.
fn change(model: &mut Vec<Mark>, range: Range<usize>, mut part: Vec<Mark>, follow: bool) {
    let following = model.get(range.end).map_or(To::End, |mark| To::Tag(mark.tag));
    part.iter_mut().for_each(|mark| mark.to = mark.to.map(|to| if to == To::End { following } else { to }));
    let first = part.first().map_or(following, |mark| To::Tag(mark.tag));
    let mut gone: Vec<To> = model[range.clone()].iter().map(|mark| To::Tag(mark.tag)).collect();
    if gone.is_empty() && follow {
        gone.push(following);
    }
    model.splice(range, part.clone());
    for mark in model.iter_mut().filter(|mark| !part.iter().any(|new| new.tag == mark.tag)) {
        mark.to = mark.to.map(|to| if gone.contains(&to) { first } else { to });
    }
}

fn apply(edit: &Edit, stream: &mut Stream, model: &mut Vec<Mark>, next: &mut i32) {
    let len = model.len() + 1;
    let range = |from: usize, count: usize| from % len..(from % len + count % 4).min(len - 1);
    match edit {
        Edit::Insert(at, new) => {
            let new = marks(new, next);
            stream.insert(at % len, insns(&new));
            change(model, at % len..at % len, new, true);
        }
        Edit::After(at, new) if len > 1 => {
            let (new, at) = (marks(new, next), at % (len - 1));
            stream.insert_after(at, insns(&new));
            change(model, at + 1..at + 1, new, false);
        }
        Edit::Remove(at, count) => {
            let removed = stream.remove(range(*at, *count));
            assert_eq!(removed.len(), range(*at, *count).len());
            change(model, range(*at, *count), Vec::new(), true);
        }
        Edit::Replace(at, count, new) => {
            let new = marks(new, next);
            stream.replace(range(*at, *count), insns(&new));
            change(model, range(*at, *count), new, true);
        }
        Edit::Move(at, count, to) => {
            let range = range(*at, *count);
            let (part, mut cut) = (stream.cut(range.clone()), model.drain(range).collect::<Vec<_>>());
            let to = to % (model.len() + 1);
            stream.splice(to, part);
            // What goes to the place the part comes to goes to the part, unless it is of the part.
            let following = model.get(to).map_or(To::End, |mark| To::Tag(mark.tag));
            let first = cut.first().map_or(following, |mark| To::Tag(mark.tag));
            model.iter_mut().for_each(|mark| mark.to = mark.to.map(|at| if at == following { first } else { at }));
            cut.iter_mut().for_each(|mark| mark.to = mark.to.map(|at| if at == To::End { following } else { at }));
            model.splice(to..to, cut);
        }
        Edit::Target(from, to) if len > 1 => {
            let (from, to) = (from % (len - 1), to % len);
            let goes = stream.set_target(from, to);
            assert_eq!(goes, model[from].to.is_some());
            if goes {
                model[from].to = Some(model.get(to).map_or(To::End, |mark| To::Tag(mark.tag)));
            }
        }
        Edit::After(..) | Edit::Target(..) => {}
    }
}

fn edit() -> impl Strategy<Value = Edit> {
    let new = || prop::collection::vec((any::<u8>(), any::<usize>()), 0..5);
    prop_oneof![
        (any::<usize>(), new()).prop_map(|(at, new)| Edit::Insert(at, new)),
        (any::<usize>(), new()).prop_map(|(at, new)| Edit::After(at, new)),
        (any::<usize>(), any::<usize>()).prop_map(|(at, count)| Edit::Remove(at, count)),
        (any::<usize>(), any::<usize>(), new()).prop_map(|(at, count, new)| Edit::Replace(at, count, new)),
        (any::<usize>(), any::<usize>(), any::<usize>()).prop_map(|(at, count, to)| Edit::Move(at, count, to)),
        (any::<usize>(), any::<usize>()).prop_map(|(at, to)| Edit::Target(at, to)),
    ]
}

proptest! {
    #[test]
    fn jumps_follow(start in prop::collection::vec((any::<u8>(), any::<usize>()), 0..12), edits in prop::collection::vec(edit(), 0..24)) {
        let mut next = 0;
        let mut model = marks(&start, &mut next);
        let mut stream = Stream::from(insns(&model));
        for edit in &edits {
            let before = (stream.clone(), model.clone());
            apply(edit, &mut stream, &mut model, &mut next);
            // Editing a copy leaves the other alone.
            let bare = |insns: Vec<Insn>| insns.iter().map(|insn| (insn.code, insn.off, insn.imm)).collect::<Vec<_>>();
            prop_assert_eq!(bare(before.0.resolve().unwrap()), bare(insns(&before.1)));
        }
        let resolved = stream.resolve().unwrap();
        let expected = insns(&model);
        prop_assert_eq!(resolved.len(), expected.len());
        for (at, (ours, wanted)) in resolved.iter().zip(&expected).enumerate() {
            prop_assert_eq!((ours.code, ours.off, ours.imm), (wanted.code, wanted.off, wanted.imm), "{}: {:?}", at, &model);
            prop_assert_eq!(ours.meta.core(), wanted.meta.core());
            prop_assert_eq!(ours.line, wanted.line);
        }
        let slots = stream.encode().unwrap();
        prop_assert_eq!(decode(slots).len(), model.len());
        // Opened again, it is the same stream.
        prop_assert_eq!(Stream::from(resolved.clone()).resolve().unwrap(), resolved);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn lengthened_jumps_go_where_they_went(gaps in prop::collection::vec(0usize..40_000, 1..5), sorts: [u8; 8]) {
        let mut insns = Vec::new();
        let nop = || Insn::new(Opcode(0xb7), Reg(0), Reg(0), 0, 0);
        for (gap, sort) in gaps.iter().zip(sorts.iter().cycle()) {
            let code = [0x05, 0x15, 0xe5, 0x1e][usize::from(sort % 4)];
            let target = ["first", "last"][usize::from(sort / 4 % 2)];
            insns.push(Insn::new(Opcode(code), Reg(0), Reg(0), 0, 0).with_target(target));
            insns.extend((0..*gap).map(|_| nop()));
        }
        insns.insert(0, nop().with_symbol("first"));
        insns.push(nop().with_symbol("last"));
        let mut stream = Stream::from(insns);
        let errors = stream.resolve().err().unwrap_or_default();
        let count = stream.lengthen();
        prop_assert!(count >= errors.len());
        let resolved = stream.resolve().unwrap();
        for (at, insn) in resolved.iter().enumerate().filter(|(_, insn)| insn.code == Opcode::JA32) {
            let to = (at as i64 + 1 + insn.imm) as usize;
            let symbol = resolved[to].meta.facts().unwrap().symbol.clone().unwrap();
            prop_assert!(["first", "last"].contains(&&*symbol));
        }
    }
}

fn read(text: &str) -> Vec<Insn> {
    parse(Dialect::Llvm, text).unwrap()
}

fn text(stream: &Stream) -> String {
    let insns = stream.resolve().unwrap();
    insns.iter().map(|insn| insn.display(&()).to_string()).collect::<Vec<_>>().join("; ")
}

#[test]
fn every_kind_of_jump_follows() {
    let mut stream = Stream::from(read(
        "goto out; gotol out; if r1 == 1 goto out; if w1 s> w2 goto out; may_goto out; call out; r1 = out ll; out: exit",
    ));
    stream.insert(7, read("r0 = 0x1234567890 ll"));
    stream.insert_after(0, read("r0 = 1"));
    let expected = "goto +8; r0 = 1; gotol +6; if r1 == 1 goto +5; if w1 s> w2 goto +4; may_goto +3; call pc+2; \
                    r1 = func(pc+1) ll; r0 = 0x1234567890 ll; exit";
    assert_eq!(text(&stream), expected);
    assert_eq!((stream.target(0), stream.slot(8).0), (Some(8), 9));
}

#[test]
fn metadata_stays_with_its_place_or_its_instruction() {
    let here = |tag| Insn::new(Opcode(0xb7), Reg(0), Reg(0), 0, tag).with_line(line(tag as i32));
    let head = here(1).with_symbol("f").with_func(TypeId(7)).with_reference(Ref::Map(MapIdx(2)));
    let mut stream = Stream::from(vec![head, here(2), here(3)]);

    stream.insert(0, Insn::new(Opcode(0xb7), Reg(1), Reg(0), 0, 0));
    let facts = |stream: &Stream, at: usize| stream.at(at).unwrap().meta.facts().cloned().unwrap_or_default();
    assert_eq!(facts(&stream, 0).symbol.as_deref(), Some("f"));
    assert_eq!((facts(&stream, 0).func, facts(&stream, 1).func), (Some(TypeId(7)), None));
    assert_eq!(facts(&stream, 1).reference, Some(Ref::Map(MapIdx(2))));
    assert_eq!(stream.at(0).unwrap().line, line(1));

    let removed = stream.remove(0..2);
    assert_eq!(removed.len(), 2);
    assert_eq!((facts(&stream, 0).symbol.as_deref(), facts(&stream, 0).func), (Some("f"), Some(TypeId(7))));
    assert_eq!(stream.at(0).unwrap().line, line(2));

    let plain = Insn::new(Opcode(0xb7), Reg(1), Reg(0), 0, 0);
    stream.replace(0..1, vec![plain.clone(), plain]);
    assert_eq!((facts(&stream, 0).symbol.as_deref(), stream.at(0).unwrap().line), (Some("f"), line(2)));
    assert!(stream.at(1).unwrap().line.is_none());
}

#[test]
fn a_line_goes_on_behind_what_is_put_into_it() {
    let nop = Insn::new(Opcode(0xb7), Reg(0), Reg(0), 0, 0);
    let mut stream = Stream::from(vec![nop.clone().with_line(line(1)), nop.clone()]);
    stream.insert_after(0, nop.with_line(line(9)));
    let lines: Vec<_> = stream.iter().map(|insn| insn.line).collect();
    assert_eq!(lines, [line(1), line(9), line(1)]);
}

#[test]
fn what_does_not_fit_is_an_error_in_its_place() {
    let nop = Insn::new(Opcode(0xb7), Reg(0), Reg(0), 0, 0);
    let mut insns = vec![nop.clone(); 40_000];
    insns[5] = Insn::new(Opcode::JA, Reg(0), Reg(0), 0, 0).with_target("out");
    insns[6] = Insn::new(Opcode(0x15), Reg(0), Reg(0), 0, 0).with_target("out");
    insns[7] = Insn::new(Opcode(0x15), Reg(0), Reg(0), 0, 0).with_target("nowhere");
    insns.push(nop.with_symbol("out"));
    let mut stream = Stream::from(insns);
    let errors = stream.resolve().unwrap_err();
    let told: Vec<_> = errors.iter().map(|error| (error.slot.0, error.code())).collect();
    assert_eq!(told, [(5, "insn-jump-too-far"), (6, "insn-jump-too-far"), (7, "insn-no-target")]);
    assert!(errors[0].help().contains("gotol") && errors[1].help().contains("gotol"));
    stream.set_target(7, 0);
    assert_eq!(stream.lengthen(), 2);
    let insns = stream.resolve().unwrap();
    assert_eq!((insns[5].code, insns[5].imm), (Opcode::JA32, 39_996));
    assert_eq!((insns[6].off, insns[7].off, insns[8].code, insns[8].imm), (1, 1, Opcode::JA32, 39_993));
    stream.at_mut(0).unwrap().imm = 1 << 40;
    let errors = stream.encode().unwrap_err();
    assert_eq!((errors.len(), errors[0].slot.0, errors[0].code()), (1, 0, "insn-imm-too-wide"));
}

#[test]
fn what_was_cut_out_waits_for_its_targets() {
    let mut stream = Stream::from(read("r0 = 1; if r1 == 0 goto out; r0 = 2; goto out; r0 = 3; out: exit"));
    let part = stream.cut(2..4);
    assert_eq!(part.resolve().unwrap_err()[0].code(), "insn-no-target");
    stream.splice(0, part.clone());
    assert_eq!(text(&stream), "r0 = 2; goto +3; r0 = 1; if r1 == 0 goto +1; r0 = 3; exit");
    // The same again is a copy, whose jumps go where those of the first go.
    stream.splice(0, part.clone());
    assert_eq!(text(&stream), "r0 = 2; goto +5; r0 = 2; goto +3; r0 = 1; if r1 == 0 goto +1; r0 = 3; exit");
    let mut other = Stream::from(read("r0 = 0; exit"));
    other.append(part);
    assert_eq!(other.resolve().unwrap_err()[0].slot.0, 3);
}
