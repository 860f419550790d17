//! What relocations of code mean, in every form that compilers write them, and those that mean nothing.

#![allow(clippy::unwrap_used, reason = "a test")]

mod support;

use skep_object::{
    Linkage, MapKind, Object,
    isa::{InsnIdx, Opcode, Reg, opcode::pseudo},
};
use support::{
    func,
    made::{ALLOC, COMMON, EXIT, FUNC, GLOBAL, LOCAL, MOV, Made, NOBITS, NOTYPE, OBJECT, REL, RELA, SECTION, Types},
    made::{UNDEFINED, WEAK, call, load},
    referent,
};

/// What the instructions of a function refer to.
fn refers(object: &Object, name: &str) -> Vec<String> {
    let insns = func(object, name).insns.iter();
    insns.filter_map(|insn| insn.meta.reference()).map(|r| referent(object, r)).collect()
}

/// The codes of what was refused.
fn refused(object: &Object) -> Vec<&'static str> {
    object.refused.iter().map(|e| e.code()).collect()
}

/// Two functions in `.text`, and a program that calls by the symbol and the number given.
fn caller(imm: i32, symbol: impl FnOnce(&mut Made, u16) -> u32) -> Object {
    let mut made = Made::new();
    let text = made.code(".text", &[&MOV, &EXIT, &MOV, &EXIT]);
    made.func("first", LOCAL, text, 0, 2);
    made.func("second", GLOBAL, text, 2, 2);
    let code = made.code("socket", &[&call(imm), &EXIT]);
    made.func("main", GLOBAL, code, 0, 2);
    let symbol = symbol(&mut made, text);
    made.relocs(REL, code, &[(0, symbol, 0)]);
    made.object()
}

#[test]
fn calls_add_the_symbol_and_the_number() {
    let named = caller(-1, |made, text| made.symbol("second", GLOBAL, FUNC, text, 16, 16));
    assert_eq!(refers(&named, "main"), ["function second"]);
    let by_section = caller(1, |made, text| made.symbol("", LOCAL, SECTION, text, 0, 0));
    assert_eq!(refers(&by_section, "main"), ["function second"]);
    let inside = caller(2, |made, text| made.symbol("", LOCAL, SECTION, text, 0, 0));
    assert_eq!(refers(&inside, "main"), ["function second, slot 1"]);
    let insn = &func(&inside, "main").insns[0];
    assert_eq!((insn.imm, insn.src(), insn.off), (0, pseudo::CALL, 0));
    let outside = caller(9, |made, text| made.symbol("", LOCAL, SECTION, text, 0, 0));
    assert_eq!(refused(&outside), ["elf-call-target"]);
    let data = caller(-1, |made, _| {
        let data = made.data(".data", &[0; 8]);
        made.symbol("data", GLOBAL, OBJECT, data, 0, 8)
    });
    assert_eq!(refused(&data), ["elf-reloc-target"]);
}

#[test]
fn calls_within_a_section_need_no_relocation() {
    let mut made = Made::new();
    let code = made.code("socket", &[&call(1), &EXIT, &MOV, &EXIT, &call(-3), &call(99), &EXIT]);
    made.func("main", GLOBAL, code, 0, 2);
    made.func("near", LOCAL, code, 2, 2);
    made.func("late", GLOBAL, code, 4, 3);
    let object = made.object();
    assert_eq!(refers(&object, "main"), ["function near"]);
    assert_eq!(refers(&object, "late"), ["function near", "nothing (elf-call-target)"]);
    let programs: Vec<_> = object.programs.iter().map(|p| &*object.funcs[p.func.at()].name).collect();
    assert_eq!(programs, ["main", "late"], "a static function is no program");
    assert_eq!(object.refused[0].site().insn, Some(InsnIdx(1)));
}

#[test]
fn addresses_of_functions_count_bytes() {
    let mut made = Made::new();
    let text = made.code(".text", &[&MOV, &EXIT, &MOV, &EXIT]);
    made.func("first", LOCAL, text, 0, 2);
    let second = made.func("second", GLOBAL, text, 2, 2);
    let code = made.code("socket", &[&load(0), &load(16), &load(12), &EXIT]);
    made.func("main", GLOBAL, code, 0, 7);
    let section = made.symbol("", LOCAL, SECTION, text, 0, 0);
    made.relocs(REL, code, &[(0, second, 0), (16, section, 0), (32, section, 0)]);
    let object = made.object();
    assert_eq!(refers(&object, "main"), ["function second", "function second", "nothing (elf-call-target)"]);
    assert_eq!(func(&object, "main").insns[0].src(), pseudo::FUNC);
}

#[test]
fn variables_are_a_section_and_a_sum() {
    let mut made = Made::new();
    let data = made.data(".data.named", &[1; 24]);
    let bss = made.section(".bss", NOBITS, ALLOC | 1, &[0; 8]);
    let variable = made.symbol("variable", GLOBAL, OBJECT, data, 8, 4);
    let section = made.symbol("", LOCAL, SECTION, data, 0, 0);
    let zero = made.symbol("zero", GLOBAL, OBJECT, bss, 0, 8);
    let code = made.code("socket", &[&load(0), &load(16), &load(4), &load(0), &EXIT]);
    made.func("main", GLOBAL, code, 0, 9);
    made.relocs(REL, code, &[(0, variable, 0), (16, section, 0), (32, variable, 0), (48, zero, 0)]);
    let object = made.object();
    assert_eq!(refers(&object, "main"), [".data.named+8", ".data.named+16", ".data.named+12", ".bss+0"]);
    assert!(func(&object, "main").insns[..4].iter().all(|i| i.imm == 0 && i.src() == pseudo::MAP_VALUE));
    // Without BTF the variables are known by their symbols, and the map is not for mapping.
    let vars: Vec<_> = object.vars.iter().map(|v| (&*v.name, v.offset, v.size, v.linkage)).collect();
    assert_eq!(vars, [("variable", 8, 4, Linkage::Global), ("zero", 0, 8, Linkage::Global)]);
    assert!(matches!(object.maps[0].kind, MapKind::Data { mmapable: false, .. }));
    assert_eq!((object.maps[1].def.value_size, object.maps[1].kernel_name("made")), (8, "made.bss".into()));
}

#[test]
fn explicit_addends_count_too() {
    let mut made = Made::new();
    let data = made.data(".data", &[1; 24]);
    let variable = made.symbol("variable", GLOBAL, OBJECT, data, 8, 16);
    let text = made.code(".text", &[&MOV, &EXIT]);
    let callee = made.func("callee", GLOBAL, text, 0, 2);
    let code = made.code("socket", &[&load(0), &call(-1), &EXIT]);
    made.func("main", GLOBAL, code, 0, 4);
    made.relocs(RELA, code, &[(0, variable, 8), (16, callee, 0)]);
    assert_eq!(refers(&made.object(), "main"), [".data+16", "function callee"]);
}

/// A program whose first instruction, a wide load, refers to a symbol.
fn loads(symbol: impl FnOnce(&mut Made) -> u32) -> Object {
    let mut made = Made::new();
    let code = made.code("socket", &[&load(0), &EXIT]);
    made.func("main", GLOBAL, code, 0, 3);
    let symbol = symbol(&mut made);
    made.relocs(REL, code, &[(0, symbol, 0)]);
    made.object()
}

#[test]
fn what_cannot_be_reached_fails_only_who_reaches_for_it() {
    let in_section = |name: &'static str| {
        loads(move |made| {
            let section = made.data(name, &[0; 8]);
            made.symbol("variable", GLOBAL, OBJECT, section, 0, 8)
        })
    };
    assert_eq!(refused(&in_section(".eh_frame")), ["elf-reloc-target"]);
    let common = loads(|made| made.symbol("tentative", GLOBAL, OBJECT, COMMON, 8, 8));
    assert_eq!(refused(&common), ["elf-reloc-target"]);
    let mut undefined = loads(|made| made.symbol("nowhere", GLOBAL, NOTYPE, UNDEFINED, 0, 0));
    undefined.refuse_undefined();
    assert_eq!(refused(&undefined), ["undefined-variable"]);
}

#[test]
fn undefined_functions_get_the_name_that_was_meant() {
    let calls = |name: &str| {
        let mut made = Made::new();
        let code = made.code("socket", &[&call(-1), &EXIT, &MOV, &EXIT]);
        made.func("main", GLOBAL, code, 0, 2);
        made.func("handle_packet", GLOBAL, code, 2, 2);
        let symbol = made.symbol(name, GLOBAL, NOTYPE, UNDEFINED, 0, 0);
        made.relocs(REL, code, &[(0, symbol, 0)]);
        let mut object = made.object();
        object.refuse_undefined();
        assert_eq!(refused(&object), ["undefined-function"]);
        object.refused[0].help().unwrap().into_owned()
    };
    assert!(calls("printf").contains("`bpf_printk`"));
    assert!(calls("bpf_map_lookup_elm").contains("`bpf_map_lookup_elem` (a helper"));
    assert!(calls("handle_paket").contains("`handle_packet` (a function of this object)"));
    assert!(calls("qqqqqqqqqqqqqq").contains("__ksym"));
}

#[test]
fn relocations_that_mean_nothing() {
    let at = |offset: u64, symbol: u32| {
        let mut made = Made::new();
        let code = made.code("socket", &[&MOV, &load(0), &EXIT]);
        made.func("main", GLOBAL, code, 0, 4);
        made.relocs(REL, code, &[(offset, symbol, 0)]);
        made
    };
    assert_eq!(at(4, 1).codes(), ["elf-reloc-offset"], "between two slots");
    assert_eq!(at(16, 1).codes(), ["elf-reloc-offset"], "the second half of a wide load");
    assert_eq!(at(800, 1).codes(), ["elf-reloc-offset"], "outside of the section");
    assert_eq!(at(8, 99).codes(), ["elf-reloc-symbol"]);
    assert_eq!(refused(&at(0, 1).object()), ["elf-reloc-insn"], "a move refers to nothing");
    let mut made = Made::new();
    let mut address = load(0);
    address[1] |= 0x40;
    let code = made.code("socket", &[&address, &EXIT]);
    made.func("main", GLOBAL, code, 0, 3);
    assert_eq!(refused(&made.object()), ["elf-reloc-insn"], "the address of a function, but of which");
}

#[test]
fn functions_are_where_symbols_say() {
    let one = |offset: u64, size: u64| {
        let mut made = Made::new();
        let code = made.code("socket", &[&MOV, &MOV, &MOV, &EXIT]);
        made.symbol("main", GLOBAL, FUNC, code, offset, size);
        made
    };
    assert_eq!(func(&one(8, 0).object(), "main").slots, 3, "without a size it goes to the end");
    assert_eq!(one(8, 32).codes(), ["elf-function-bounds"]);
    assert_eq!(one(4, 16).codes(), ["elf-function-bounds"]);
    assert_eq!(one(u64::MAX - 7, 16).codes(), ["elf-function-bounds"]);
    let mut made = one(0, 16);
    made.symbol("overlaps", GLOBAL, FUNC, 1, 8, 16);
    assert_eq!(made.codes(), ["elf-function-overlap"]);
}

#[test]
fn the_strongest_name_at_a_place_counts() {
    let mut made = Made::new();
    let code = made.code(".text", &[&MOV, &EXIT, &call(-1), &EXIT]);
    made.func("local", LOCAL, code, 0, 2);
    made.func("weak", WEAK, code, 0, 2);
    made.func("strong", GLOBAL, code, 0, 2);
    // What follows was overridden: its code is there, its name is not, and nor does its relocation count.
    made.relocs(REL, code, &[(16, 1, 0)]);
    let object = made.object();
    assert_eq!(object.funcs.len(), 1);
    assert_eq!((&*object.funcs[0].name, object.funcs[0].linkage), ("strong", Linkage::Global));
    assert!(object.programs.is_empty());
    assert_eq!(object.funcs[0].insns[0].code, Opcode(0xb7));
    assert_eq!(object.funcs[0].insns[0].dst(), Reg(0));
}

#[test]
fn sections_say_what_they_promise() {
    let mut made = Made::new();
    made.section("version", 1, 0, &[0, 0, 5]);
    assert_eq!(made.codes(), ["elf-section"]);
    let mut made = Made::new();
    made.section("version", 1, 0, &[1, 10, 5, 0]);
    made.section("license", 1, 0, b"Dual MIT/GPL\0");
    let object = made.object();
    assert_eq!((object.version, &*object.license, &*object.name), (0x5_0a01, "Dual MIT/GPL", "made"));
}

#[test]
fn symbols_are_in_sections_that_exist() {
    let mut made = Made::new();
    made.symbol("lost", GLOBAL, OBJECT, 77, 0, 8);
    assert_eq!(made.codes(), ["elf-symbol-section"]);
    let mut bytes = Made::new().bytes();
    // The size of an entry of the section header table.
    bytes[58] = 63;
    assert_eq!(skep_object::elf::read("a", &bytes).unwrap_err().iter().next().unwrap().code(), "elf-invalid");
}

/// Function info with one record: the offset of an instruction, and a type.
fn func_info(offset: u32, record: [u32; 4], core: bool) -> Vec<u8> {
    let (before, len) = if core { (0, 8 + 20) } else { (8 + 12, 0) };
    let mut ext = vec![0x9f, 0xeb, 1, 0];
    let table =
        if core { vec![16, 1, 1, offset, record[0], record[1], record[2]] } else { vec![8, 1, 1, offset, record[0]] };
    [32, 0, before, before, 0, before, len].iter().chain(&table).for_each(|v: &u32| ext.extend(v.to_le_bytes()));
    ext
}

#[test]
fn records_are_for_instructions() {
    let with = |offset, core| {
        let (mut made, mut types) = (Made::new(), Types::new());
        // The first string is the name of the section.
        types.edit.add().fwd("socket", false);
        let made_btf = types.edit.finish();
        let name = made_btf.windows(7).position(|w| w == b"socket\0").unwrap() as u32;
        let strings = u32::from_le_bytes(made_btf[16..20].try_into().unwrap()) + 24;
        types.add_to(&mut made);
        let mut ext = func_info(offset, [7, name - strings, 0, 0], core);
        ext[36..40].copy_from_slice(&(name - strings).to_le_bytes());
        made.section(".BTF.ext", 1, 0, &ext);
        let code = made.code("socket", &[&load(0), &EXIT]);
        made.func("main", GLOBAL, code, 0, 3);
        made
    };
    let object = with(0, false).object();
    assert_eq!(func(&object, "main").type_id.0, 7);
    assert_eq!(with(4, false).codes(), ["btf-ext-invalid"], "between two slots");
    let object = with(16, true).object();
    assert_eq!(func(&object, "main").insns[1].meta.core().map(|c| &*c.access), Some("socket"));
    assert_eq!(with(8, true).codes(), ["btf-ext-invalid"], "the second half of a wide load");
    let mut made = Made::new();
    Types::new().add_to(&mut made);
    made.section(".BTF.ext", 1, 0, &[1, 2, 3]);
    assert!(made.codes()[0].starts_with("btf-"));
}
