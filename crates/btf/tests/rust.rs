//! Types as Rust definitions.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may unwrap")]

mod sample;

use std::{
    env, fs,
    process::{Command, Stdio},
};

use sample::{INT, every_kind, member};
use skep_btf::{Array, Btf, Edit, Endian, Int, Param, TypeId, Value, rust};

fn definitions(btf: &Btf, roots: &[TypeId]) -> String {
    let mut out = String::new();
    rust::definitions(&mut out, btf, roots, &rust::Options { attributes: false }).unwrap();
    out
}

/// Compiles definitions, whose assertions are then true, and what is to be true of them besides.
fn compile(text: &str, more: &str, name: &str) {
    let dir = env::temp_dir().join(format!("skep-rust-{}-{name}", std::process::id()));
    fs::create_dir_all(&dir).unwrap();
    let file = dir.join("types.rs");
    let allow = "#![allow(non_camel_case_types, non_snake_case, non_upper_case_globals, dead_code)]\n#![allow(improper_ctypes_definitions)]\n";
    fs::write(&file, format!("{allow}{text}{more}")).unwrap();
    let rustc = env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
    let mut command = Command::new(rustc);
    command.args(["--edition", "2021", "--crate-type", "lib", "--emit", "metadata", "-D", "warnings", "--out-dir"]);
    let output = command.arg(&dir).arg(&file).stderr(Stdio::piped()).output().unwrap();
    fs::remove_dir_all(&dir).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Names that clash, gaps, packing, bitfields, anonymous members.
fn various(endian: Endian) -> Btf {
    let mut edit = Edit::new(endian);
    let int = edit.add().int(INT);
    let char = edit.add().int(Int { name: "char", size: 1, bits: 8, offset: 0, encoding: 1 });
    let long = edit.add().int(Int { name: "unsigned long", size: 8, bits: 64, offset: 0, encoding: 0 });
    let bool = edit.add().int(Int { name: "_Bool", size: 1, bits: 8, offset: 0, encoding: 4 });
    let inner = edit.add().union("", 8, &[member("whole", long, 0, 0), member("low", int, 0, 3)]);
    let node = TypeId(7);
    let ptr = edit.add().ptr(node);
    edit.add().structure(
        "node",
        32,
        &[
            member("self", ptr, 0, 0),
            member("", inner, 64, 0),
            member("type", char, 128, 0),
            member("far", long, 192, 0),
        ],
    );
    edit.add().structure("packed", 9, &[member("a", char, 0, 0), member("b", long, 8, 0)]);
    edit.add().structure("bits", 8, &[member("x", int, 0, 3), member("y", bool, 3, 1), member("z", int, 32, 32)]);
    let proto = edit.add().func_proto(int, &[Param { name: "n", ty: ptr }, Param { name: "", ty: TypeId::VOID }]);
    let call = edit.add().ptr(proto);
    edit.add().typedef("call_t", call);
    edit.add().typedef("node", int);
    edit.add().typedef("u64", long);
    edit.add().enumeration("kind", 4, false, &[Value { name: "A", value: 1 }, Value { name: "B", value: 7 }]);
    edit.add().enumeration("", 4, true, &[Value { name: "kind", value: -1i64 as u64 }]);
    let fwd = edit.add().fwd("elsewhere", false);
    let to = edit.add().ptr(fwd);
    let array = edit.add().array(Array { elem: to, index: int, len: 3 });
    let constant = edit.add().constant(TypeId::VOID);
    let void = edit.add().ptr(constant);
    edit.add().structure(
        "holds",
        40,
        &[member("p", array, 0, 0), member("v", void, 192, 0), member("c", call, 256, 0)],
    );
    edit.add().structure("overlap", 8, &[member("a", int, 0, 0), member("b", int, 16, 0)]);
    Btf::parse(edit.finish()).unwrap()
}

#[test]
fn definitions_with_everything_in_them() {
    let text = definitions(&various(Endian::Little), &[]);
    for part in [
        "pub struct node {\n    pub self_: *mut node,\n    pub _anon_1: node__1,\n    pub r#type: i8,\n    pub _gap_17: [u8; 7],\n    pub far: u64,\n}",
        "#[repr(C)]\n#[derive(Clone, Copy)]\npub union node__1 {\n    pub whole: u64,\n    pub _bits_0: [u8; 1],\n}",
        "#[repr(C, packed)]\n#[derive(Clone, Copy)]\npub struct packed {\n    pub a: i8,\n    pub b: u64,\n}",
        "pub struct bits {\n    pub _align: [u32; 0],\n    pub _bits_0: [u8; 8],\n}",
        "pub fn y(&self) -> bool {\n        _bits(&self._bits_0, 3, 1) != 0\n    }",
        "pub type call_t = ::core::option::Option<unsafe extern \"C\" fn(*mut node, ...) -> i32>;",
        "pub type node___2 = i32;",
        "pub struct kind(pub u32);\n\nimpl kind {\n    pub const A: Self = Self(1);\n    pub const B: Self = Self(7);\n}",
        "pub const kind___2: i32 = -1;",
        "pub p: [*mut elsewhere; 3],\n    pub v: *const ::core::ffi::c_void,\n    pub c: ::core::option::Option<",
        "pub struct overlap {\n    pub _gap_0: [u8; 8],\n}",
    ] {
        assert!(text.contains(part), "no {part}\n in {text}");
    }
    assert!(!text.contains("type u64"), "a name of the language is not hidden");
}

#[test]
fn they_compile_and_bitfields_hold_what_was_put_in() {
    let more = "
const _: () = {
    let mut bytes = [0xffu8; 3];
    _set_bits(&mut bytes, 5, 9, 0b1_0110_1001);
    assert!(_bits(&bytes, 5, 9) == 0b1_0110_1001 && _bits(&bytes, 0, 5) == 31 && _bits(&bytes, 14, 10) == 1023);
};
fn _uses(bits: &mut bits, node: &mut node___3) { let _: node___2 = *node; bits.set_x(bits.x()); bits.set_y(!bits.y()); }
type node___3 = node___2;
";
    for endian in [Endian::Little, Endian::Big] {
        compile(&definitions(&various(endian), &[]), more, &format!("various-{endian:?}"));
    }
    compile(&definitions(&Btf::parse(every_kind().finish()).unwrap(), &[]), "", "every-kind");
}

#[test]
fn only_what_is_asked_for() {
    let text = definitions(&various(Endian::Little), &[TypeId(12)]);
    assert!(text.contains("pub struct node {\n    _opaque: [u8; 0],\n}"), "{text}");
    assert!(text.contains("pub type call_t") && !text.contains("packed") && !text.contains("_bits"), "{text}");
    compile(&text, "", "one");
}

#[test]
#[ignore = "needs BTF of a kernel, and a minute"]
fn whole_kernels_compile() {
    let files = env::var("SKEP_BTF").unwrap_or_else(|_| "/sys/kernel/btf/vmlinux".into());
    for (i, file) in files.split(':').enumerate() {
        let btf = Btf::parse(fs::read(file).unwrap()).unwrap();
        compile(&definitions(&btf, &[]), "", &format!("kernel-{i}"));
    }
}
