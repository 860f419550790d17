//! A kernel's types cut down to what objects ask about give the same answers.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may unwrap")]

mod sample;

use sample::{INT, member};
use skep_btf::{
    Array, Btf, Edit, Endian, Param, TypeId, Value,
    core::{Answer, Candidate, CoreKind, Error, Matcher, Minimum, Record},
    ext::Ext,
};

const OBJECTS: [&str; 6] = ["core_bitfields", "core_enum64", "core_flavours", "core_kinds", "types", "tags"];
const KERNELS: [&str; 5] = ["5.10", "6.1", "6.12", "7.2", "7.3"];

/// An answer without what may differ: which type it was, and its id.
fn comparable(record: &Record<'_>, answer: Result<Answer, Error>) -> String {
    match answer {
        Ok(answer) if record.kind == CoreKind::TYPE_ID_TARGET => format!("{}", answer.candidate.is_some()),
        Ok(answer) => format!(
            "{:?}",
            Answer {
                candidate: answer.candidate.map(|Candidate { source, .. }| Candidate { source, id: TypeId(0) }),
                ..answer
            }
        ),
        // Ambiguity names the types.
        Err(error) => error.code().into(),
    }
}

fn answers(local: &Btf, kernel: &Btf, records: &[Record<'_>]) -> Vec<String> {
    let mut matcher = Matcher::new(local, kernel);
    records.iter().map(|record| comparable(record, matcher.resolve(record))).collect()
}

#[test]
fn records_of_the_fixtures_over_kernels() {
    let mut present = 0;
    for object in OBJECTS {
        let path = format!("fixtures/o/el/{object}.bpf.o");
        let local = Btf::parse(sample::section(&path, ".BTF")).unwrap();
        let ext = Ext::parse(sample::section(&path, ".BTF.ext")).unwrap();
        let records: Vec<Record<'_>> = ext
            .core()
            .flat_map(|section| section.records())
            .map(|relo| Record { type_id: relo.type_id, kind: relo.kind, access: local.string(relo.access).unwrap() })
            .collect();
        for kernel in KERNELS {
            let bytes = std::fs::read(format!("{}/../../fixtures/btf/{kernel}.min.btf", env!("CARGO_MANIFEST_DIR")));
            let kernel = Btf::parse(bytes.unwrap()).unwrap();
            let mut minimum = Minimum::new(&kernel, &[]);
            minimum.need(&local, records.iter().copied()).unwrap();
            let small = Btf::parse(minimum.finish().unwrap()).unwrap();
            small.check_references().unwrap();
            assert!(small.len() <= kernel.len());
            let (whole, cut) = (answers(&local, &kernel, &records), answers(&local, &small, &records));
            assert_eq!(whole, cut, "{object}");
            present += whole.iter().filter(|answer| answer.contains("Some")).count();
        }
    }
    assert!(present > 100, "{present}");
}

/// One struct that has everything that is looked at in some way.
fn everything(edit: &mut Edit, shift: u32) -> [TypeId; 6] {
    let int = edit.add().int(INT);
    let long = edit.add().int(skep_btf::Int { name: "long", size: 8, bits: 64, offset: 0, encoding: 1 });
    let many = edit.add().array(Array { elem: int, index: int, len: 4 });
    let open = edit.add().array(Array { elem: int, index: int, len: 0 });
    let state =
        edit.add().enumeration("state", 4, false, &[Value { name: "A", value: 1 }, Value { name: "B", value: 5 }]);
    let inner = edit.add().structure("", 8, &[member("deep", int, 0, 0), member("state", state, 32, 0)]);
    let fields = [
        member("unused", long, 0, 0),
        member("pid", int, 64 + shift, 0),
        member("many", many, 96 + shift, 0),
        member("", inner, 224 + shift, 0),
        member("bits", int, 288 + shift, 5),
        member("more", int, 293 + shift, 11),
        member("empty", open, 320 + shift, 0),
        member("last", open, 320 + shift, 0),
    ];
    let task = edit.add().structure("task", 128, &fields);
    let alias = edit.add().typedef("task_t", task);
    let to = edit.add().ptr(alias);
    let proto = edit.add().func_proto(int, &[Param { name: "t", ty: to }]);
    let call = edit.add().typedef("call_t", proto);
    let other = edit.add().structure("other", 8, &[member("t", to, 0, 0)]);
    [task, alias, state, call, other, int]
}

#[test]
fn every_question() {
    let mut edit = Edit::new(Endian::Little);
    let [task, alias, state, call, other, int] = everything(&mut edit, 0);
    let local = Btf::parse(edit.finish()).unwrap();
    let mut edit = Edit::new(Endian::Little);
    edit.add().float("double", 8);
    everything(&mut edit, 64);
    let kernel = Btf::parse(edit.finish()).unwrap();
    let field = [CoreKind::FIELD_BYTE_OFFSET, CoreKind::FIELD_BYTE_SIZE, CoreKind::FIELD_EXISTS];
    let more = [CoreKind::FIELD_SIGNED, CoreKind::FIELD_LSHIFT_U64, CoreKind::FIELD_RSHIFT_U64];
    let types = [CoreKind::TYPE_EXISTS, CoreKind::TYPE_SIZE, CoreKind::TYPE_MATCHES, CoreKind::TYPE_ID_TARGET];
    let mut records = Vec::new();
    // `empty` is no last member: none of its elements is there, whatever else is left out.
    for access in ["0", "0:1", "0:2", "0:2:3", "0:3:0", "0:3:1", "0:4", "0:5", "0:6", "0:7", "0:7:2"] {
        let kinds = field.iter().chain(more.iter().filter(|_| access.len() == 3));
        records.extend(kinds.flat_map(|&kind| [task, alias].map(|type_id| Record { type_id, kind, access })));
    }
    records.extend(
        [task, alias, state, call, other, int]
            .iter()
            .flat_map(|&type_id| types.iter().map(move |&kind| Record { type_id, kind, access: "0" })),
    );
    for kind in [CoreKind::ENUMVAL_EXISTS, CoreKind::ENUMVAL_VALUE] {
        records.push(Record { type_id: state, kind, access: "1" });
    }
    // By themselves and all together.
    for some in records.chunks(1).chain([&records[..]]) {
        let mut minimum = Minimum::new(&kernel, &[]);
        minimum.need(&local, some.iter().copied()).unwrap();
        let small = Btf::parse(minimum.finish().unwrap()).unwrap();
        assert_eq!(answers(&local, &kernel, some), answers(&local, &small, some), "{some:?}");
        assert!(
            small.bytes().as_ref().windows(7).all(|text| text != b"unused\0")
                || some.len() > 1
                || some[0].kind == CoreKind::TYPE_MATCHES
        );
    }
}

/// What is left of a type for one record is not enough to be what another record asks for in vain.
#[test]
fn what_is_not_the_same_does_not_become_so() {
    let types = |is_void: bool| {
        let mut edit = Edit::new(Endian::Little);
        let int = edit.add().int(INT);
        let to = edit.add().ptr(if is_void { TypeId(0) } else { int });
        let s = edit.add().structure("s", 16, &[member("ns", to, 0, 0), member("id", int, 64, 0)]);
        let alias = edit.add().typedef("alias", to);
        (Btf::parse(edit.finish()).unwrap(), s, alias)
    };
    let ((local, s, alias), (kernel, ..)) = (types(true), types(false));
    let record = |type_id, kind, access| Record { type_id, kind, access };
    let records = [
        record(s, CoreKind::TYPE_MATCHES, "0"),
        record(s, CoreKind::FIELD_BYTE_OFFSET, "0:0"),
        record(s, CoreKind::FIELD_BYTE_OFFSET, "0:1"),
        record(alias, CoreKind::TYPE_EXISTS, "0"),
        record(alias, CoreKind::FIELD_BYTE_SIZE, "0"),
    ];
    for some in [&records[..], &records[..1], &records[1..], &records[3..]] {
        let mut minimum = Minimum::new(&kernel, &[]);
        minimum.need(&local, some.iter().copied()).unwrap();
        let small = Btf::parse(minimum.finish().unwrap()).unwrap();
        assert_eq!(answers(&local, &kernel, some), answers(&local, &small, some), "{some:?}");
    }
    assert!(answers(&local, &kernel, &records)[0].contains("Value(0)"));
}

#[test]
fn modules_are_asked_for_what_the_kernel_lacks() {
    let mut edit = Edit::new(Endian::Little);
    let int = edit.add().int(INT);
    let kernel = Btf::parse(edit.finish()).unwrap();
    let shared = std::sync::Arc::new(kernel.clone());
    let mut split = Edit::split(&kernel);
    split.add().structure("mod", 8, &[member("a", int, 0, 0), member("int", int, 32, 0)]);
    let module = Btf::parse_split(split.finish(), shared).unwrap();
    let mut edit = Edit::new(Endian::Little);
    let int = edit.add().int(INT);
    let ours = edit.add().structure("mod", 4, &[member("int", int, 0, 0)]);
    let local = Btf::parse(edit.finish()).unwrap();
    let record = Record { type_id: ours, kind: CoreKind::FIELD_BYTE_OFFSET, access: "0:0" };
    let mut minimum = Minimum::new(&kernel, &[&module]);
    assert!(minimum.is_empty());
    minimum.need(&local, [record]).unwrap();
    assert!(!minimum.is_empty());
    let wanted = minimum.len();
    let small = Btf::parse(minimum.finish().unwrap()).unwrap();
    let text = answers(&local, &small, &[record]).remove(0);
    assert!(text.contains("target: Value(4)"), "{text}");
    assert_eq!((wanted, small.len()), (2, 2));
    let bad = Minimum::new(&kernel, &[]).need(&local, [Record { access: "0:9", ..record }]).unwrap_err();
    assert_eq!(bad.type_id, ours);
}
