//! Tables of functions, laid out as a kernel has them.
#![allow(clippy::unwrap_used, clippy::panic, clippy::unreachable, reason = "tests may unwrap")]

mod support;

use std::sync::Arc;

use skep_reloc::{
    Config, Contents, Linked, Offline, Relocated, Selection, Table, Target,
    linker::link,
    object::{
        Linkage, Map, MapDef, MapKind, MapType, Program, SectionIdx, SectionName, StructOps, StructOpsRef, Visibility,
        btf::{Array, Btf, Edit, Endian, Int, Member, TypeId},
        isa::FuncIdx,
        uapi::{AttachType, MapFlags},
    },
    relocate,
};
use support::*;

/// Members of the object's struct: name, offset in bytes.
const INIT: u32 = 0;
const FLAGS: u32 = 8;
const GONE: u32 = 16;
const NAME: u32 = 24;
const SIZE: u32 = 40;

struct Kernel {
    /// The type of `flags`.
    wide: bool,
    /// Whether `init` is a function.
    function: bool,
}

/// `struct ops`: in the kernel `flags` comes first and `gone` is gone.
fn kernel(with: Kernel) -> Offline {
    let mut edit = Edit::new(Endian::Little);
    let int = edit.add().int(Int { name: "int", size: 4, bits: 32, offset: 0, encoding: 1 });
    let long = edit.add().int(Int { name: "long", size: 8, bits: 64, offset: 0, encoding: 1 });
    let char = edit.add().int(Int { name: "char", size: 1, bits: 8, offset: 0, encoding: 1 });
    let name = edit.add().array(Array { elem: char, index: int, len: 16 });
    let proto = edit.add().func_proto(int, &[]);
    let init = edit.add().ptr(if with.function { proto } else { int });
    let member = |name, ty, at: u32| Member { name, ty, bit_offset: at * 8, bit_size: 0 };
    let members = [
        member("flags", if with.wide { long } else { int }, 0),
        member("later", init, 8),
        member("init", init, 16),
        member("name", name, 24),
    ];
    let ops = edit.add().structure("ops", 40, &members);
    let members = [member("common", long, 0), member("data", ops, 64)];
    edit.add().structure("bpf_struct_ops_ops", 128, &members);
    Offline::new(Arc::new(Btf::parse(edit.finish()).unwrap()))
}

const SOUND: Kernel = Kernel { wide: false, function: true };

fn types() -> (Arc<Btf>, TypeId) {
    let mut edit = Edit::new(Endian::Little);
    let int = edit.add().int(Int { name: "int", size: 4, bits: 32, offset: 0, encoding: 1 });
    let char = edit.add().int(Int { name: "char", size: 1, bits: 8, offset: 0, encoding: 1 });
    let name = edit.add().array(Array { elem: char, index: int, len: 16 });
    let proto = edit.add().func_proto(int, &[]);
    let function = edit.add().ptr(proto);
    let member = |name, ty, at: u32| Member { name, ty, bit_offset: at * 8, bit_size: 0 };
    let members = [
        member("init", function, INIT),
        member("flags", int, FLAGS),
        member("gone", function, GONE),
        member("name", name, NAME),
    ];
    let ops = edit.add().structure("ops___mine", SIZE, &members);
    (Arc::new(Btf::parse(edit.finish()).unwrap()), ops)
}

/// A table: its name, whether it is made by default, the offsets of members and the functions they name.
type NamedTable<'a> = (&'a str, bool, &'a [(u32, u32)]);

/// Programs `main`, `second` and `third`; a table for each list of members and functions.
fn made(tables: &[NamedTable<'_>]) -> Linked {
    let others = vec![function("second", 0, vec![exit()]), function("third", 0, vec![exit()])];
    let mut object = object("struct_ops/init", vec![exit()], others);
    object.funcs[1].start.0 = 1;
    object.funcs[2].start.0 = 2;
    let section = SectionName::parse("struct_ops/init");
    for func in [FuncIdx(1), FuncIdx(2)] {
        object.programs.push(Program { func, section: section.clone(), autoload: true });
    }
    let (btf, ty) = types();
    object.btf = Some(btf);
    for (name, autocreate, refs) in tables {
        let mut data = vec![0; SIZE as usize];
        data[FLAGS as usize] = 7;
        data[NAME as usize..][..name.len()].copy_from_slice(name.as_bytes());
        let refs = refs.iter().map(|&(offset, func)| StructOpsRef { offset, func: FuncIdx(func) }).collect();
        let ops = StructOps { type_id: ty, data: data.into(), refs, link: *autocreate, autocreate: *autocreate };
        object.maps.push(Map {
            name: (*name).into(),
            section: SectionIdx(1),
            kind: MapKind::StructOps(Box::new(ops)),
            def: MapDef { map_type: MapType::STRUCT_OPS, key_size: 4, ..MapDef::default() },
            type_id: TypeId::VOID,
            tags: Vec::new(),
            linkage: Linkage::Global,
            visibility: Visibility::Default,
        });
    }
    link([object]).unwrap()
}

fn run(linked: &Linked, kernel: Kernel, config: &Config) -> Relocated {
    relocate(linked, &Target::new(self::kernel(kernel)), config).unwrap()
}

fn table(relocated: &Relocated, map: usize) -> Arc<Table> {
    let Contents::Table(table) = &relocated.maps[map].contents else { panic!("{:?}", relocated.maps[map]) };
    table.clone()
}

fn fault(relocated: &Relocated, map: usize) -> (&'static str, String) {
    let fault = relocated.maps[map].fault.as_ref().unwrap();
    (fault.code(), fault.to_string())
}

#[test]
fn members_are_found_by_name_whatever_the_flavour() {
    let linked = made(&[("one", true, &[(INIT, 0)])]);
    let relocated = run(&linked, SOUND, &Config::new().select(Selection::Only(vec!["main".into()])));
    let (map, table) = (&relocated.maps[0], table(&relocated, 0));
    assert!(map.needed && map.def.flags.contains(MapFlags::LINK));
    assert_eq!((map.def.value_size, map.def.key_size, map.def.max_entries), (128, 4, 1));
    assert_eq!(table.programs, [(64 + 16, FuncIdx(0))]);
    assert_eq!(table.data[64], 7, "flags");
    assert_eq!(&table.data[64 + 24..][..4], b"one\0");
    assert_eq!(table.data.iter().filter(|byte| **byte != 0).count(), 4, "nothing else");
    assert_eq!(table.size, 128);
    let program = relocated.program("main").unwrap();
    assert_eq!(program.attach_type, Some(AttachType(2)), "the position of `init`");
    assert_eq!(&*program.attach_to.as_ref().unwrap().name, "ops");
}

#[test]
fn a_member_that_the_kernel_lacks_must_be_zero() {
    let linked = made(&[("one", true, &[(INIT, 0), (GONE, 1)])]);
    let relocated = run(&linked, SOUND, &Config::new());
    let (code, text) = fault(&relocated, 0);
    assert_eq!(code, "struct-ops-member");
    assert!(text.contains("`gone` does not exist in this kernel"), "{text}");
    assert_eq!(faults(&relocated, "main"), [""; 0], "it is in its place");
    assert_eq!(faults(&relocated, "second"), ["struct-ops-member"]);
    // Without it all is well, and the program that it named is left out.
    let none: Option<&str> = None;
    let relocated = run(&linked, SOUND, &Config::new().member_program("one", "gone", none));
    assert!(relocated.maps[0].fault.is_none());
    assert!(relocated.program("second").is_none());
    assert_eq!(faults(&relocated, "third"), ["reference-invalid"], "no table names it");
}

#[test]
fn members_of_another_type_are_refused() {
    let linked = made(&[("one", true, &[(INIT, 0)])]);
    let (code, text) = fault(&run(&linked, Kernel { wide: true, ..SOUND }, &Config::new()), 0);
    assert_eq!(code, "struct-ops-member");
    assert!(text.contains("`flags` has another size"), "{text}");
    let (_, text) = fault(&run(&linked, Kernel { function: false, ..SOUND }, &Config::new()), 0);
    assert!(text.contains("`init` is given a program, but is not a function in this kernel"), "{text}");
}

#[test]
fn a_kernel_without_the_struct_is_named_once_for_the_map() {
    let linked = made(&[("one", true, &[(INIT, 0)])]);
    let relocated = relocate(&linked, &Target::new(support::kernel()), &Config::new()).unwrap();
    assert_eq!(fault(&relocated, 0).0, "struct-ops-absent");
    assert_eq!(faults(&relocated, "main"), ["struct-ops-absent"]);
}

#[test]
fn programs_go_by_the_tables_that_name_them() {
    let linked = made(&[("one", true, &[(INIT, 0)]), ("other", false, &[(INIT, 1)])]);
    let relocated = run(&linked, SOUND, &Config::new());
    assert!(relocated.program("main").is_some() && relocated.program("second").is_none());
    assert!(relocated.maps[0].needed && !relocated.maps[1].needed);
    let relocated = run(&linked, SOUND, &Config::new().create("other", true).create("one", false));
    assert!(relocated.program("main").is_none() && relocated.program("second").is_some());
    assert!(!relocated.maps[0].needed && relocated.maps[1].needed);
    // Asked for by name, a program of a table that is not made has its place.
    let relocated = only(&linked, &Target::new(kernel(SOUND)), "second");
    assert_eq!(faults(&relocated, "second"), [""; 0]);
    assert!(!relocated.maps[1].needed);
}

#[test]
fn a_program_is_shared_in_the_same_place_only() {
    let linked = made(&[("one", true, &[(INIT, 0)]), ("two", true, &[(INIT, 0)])]);
    let relocated = run(&linked, SOUND, &Config::new());
    assert!(relocated.maps.iter().all(|map| map.fault.is_none() && map.needed));
    let again = Config::new().member_program("two", "init", Some("second"));
    let relocated = run(&linked, SOUND, &again);
    assert_eq!(table(&relocated, 1).programs, [(80, FuncIdx(1))]);
}

#[test]
fn members_can_be_edited_by_name() {
    let linked = made(&[("one", true, &[(INIT, 0)])]);
    let config = Config::new().member("one", "flags", 9u32.to_le_bytes()).member("one", "name[0]", *b"O");
    let table = table(&run(&linked, SOUND, &config), 0);
    assert_eq!((table.data[64], &table.data[64 + 24..][..4]), (9, &b"One\0"[..]));
    let wrong = |config: Config| {
        let errors = relocate(&linked, &Target::new(kernel(SOUND)), &config).unwrap_err();
        let error = errors.iter().next().unwrap();
        (error.code(), error.to_string(), error.help().map(String::from).unwrap_or_default())
    };
    let (code, text, help) = wrong(Config::new().member("one", "flagz", *b"1234"));
    assert_eq!((code, help.as_str()), ("no-such-member", "did you mean `flags`?"), "{text}");
    let (code, text, _) = wrong(Config::new().member("one", "flags", *b"1"));
    assert_eq!(code, "member-value");
    assert!(text.contains("has 4 bytes, and 1 were given"), "{text}");
    assert_eq!(wrong(Config::new().member("one", "init", [1; 8])).0, "member-value");
    assert_eq!(wrong(Config::new().member_program("one", "flags", Some("main"))).0, "member-value");
    assert_eq!(wrong(Config::new().member_program("one", "init", Some("mian"))).0, "no-such-program");
    assert_eq!(wrong(Config::new().member("ome", "flags", *b"1234")).0, "no-such-map");
    assert_eq!(wrong(Config::new().create("ome", true)).2, "did you mean `one`?");
}
