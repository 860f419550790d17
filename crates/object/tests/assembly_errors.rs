//! Every error of assembly text: its code, its line and column.

#![allow(clippy::unwrap_used, reason = "tests")]

use skep_object::text;

const MAP: &str = "struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 1); __type(key, u32); __type(value, u64); } m SEC(\".maps\");\n";

/// The codes of all errors, with their lines and columns.
fn errors(source: &str) -> Vec<(String, u32, u32)> {
    let Err(errors) = text::read("t.s", source, &text::Options::default()) else { return Vec::new() };
    let place = |error: &skep_object::Located<text::Kind>| {
        let at = error.site().source.as_ref().map_or((0, 0), |at| (at.line, at.column));
        assert!(!error.to_string().is_empty() && error.help() != Some("".into()));
        (error.code().to_owned(), at.0, at.1)
    };
    errors.iter().map(place).collect()
}

/// A function with a body, which begins in line 2.
fn body(text: &str) -> String {
    format!("SEC(\"tc\") int f(struct __sk_buff *skb) {{\n{text}\nr0 = 0\nexit\n}}\n")
}

#[track_caller]
fn first(source: &str, code: &str, line: u32, column: u32) {
    let found = errors(source);
    assert_eq!(
        found.first().map(|(c, l, col)| (c.as_str(), *l, *col)),
        Some((code, line, column)),
        "{source}\n{found:?}"
    );
}

#[test]
fn statements() {
    first(&body("r1 = = 2"), "text-unexpected", 2, 6);
    first(&body("mvo r1, 2"), "text-unexpected", 2, 1);
    first(&body("goto nowhere"), "asm-unknown-symbol", 2, 6);
    first(&body("r1 += 0x100000000"), "text-number-range", 2, 7);
    first(".section a,\"ax\",@progbits\nx: exit\n.section b,\"ax\",@progbits\ngoto x\n", "asm-jump", 4, 6);
    first("  .sectoin x\n", "asm-directive", 1, 3);
    first("a:\na:\n", "asm-redefined", 2, 1);
    first(".byte 256", "asm-range", 1, 7);
    first(".long 1,", "asm-unexpected", 1, 9);
    first(".ascii \"x", "asm-unterminated", 1, 8);
    first(".quad 0x1ffffffffffffffff", "asm-number", 1, 7);
    first(".quad 1 / 0", "asm-expression", 1, 8);
    first("}", "asm-unexpected", 1, 1);
}

#[test]
fn references() {
    first(&body("r1 = %map(f) ll"), "asm-operand", 2, 6);
    first(&(MAP.to_owned() + &body("w1 = %map(m)")), "asm-operand-place", 3, 6);
    first(&(MAP.to_owned() + &body("r1 = %value(m) ll")), "asm-operand", 3, 6);
    first(&(MAP.to_owned() + &body("call %func(m)")), "asm-operand", 3, 6);
    first(&(MAP.to_owned() + &body("r1 = %mapp(m) ll")), "asm-unknown-operand", 3, 7);
    first(&(MAP.to_owned() + &body("r1 = %map(n) ll")), "asm-unknown-symbol", 3, 6);
    first(&body("call %helper(bpf_map_lokup_elem)"), "asm-unknown-symbol", 2, 14);
    first(&(MAP.to_owned() + &body("*(u64 *)(r10 - 8) = %map(m)")), "asm-operand-place", 3, 21);
}

#[test]
fn declarations() {
    first("strct x *p;\nint ok;\n", "text-unexpected", 1, 1);
    first("extern u23 x;\n", "asm-unknown-type", 1, 8);
    first("struct a { struct b b; };\n", "asm-incomplete-type", 1, 8);
    first("struct a { int x; };\nstruct a { long x; };\n", "asm-type-conflict", 2, 8);
    first("struct a { int x; } v = { .y = 1 };\n", "asm-unknown-member", 1, 27);
    first("int f(void) {\n}\n", "asm-declaration", 1, 13);
    first("char x[2] = \"long\";\n", "asm-initializer", 1, 13);
    first("u8 x = 300;\n", "asm-range", 1, 8);
    first("int x;\nint x;\n", "asm-redefined", 2, 5);
    first("SEC(\"tc\") int f(void) {\nexit\n", "asm-unterminated", 1, 23);
    first("struct { __uint(tpye, BPF_MAP_TYPE_HASH); } m SEC(\".maps\");\n", "map-attribute", 1, 45);
}

#[test]
fn core_records() {
    let with = |text: &str| format!("struct s {{ int a; }};\nenum e {{ A }};\n{}", body(text));
    first(&with("r1 = %core(byte_of, struct s, a)"), "asm-core", 4, 12);
    first(&with("r1 = %core(byte_off, struct s, aa)"), "asm-unknown-member", 4, 32);
    first(&with("r1 = %core(byte_off, struct t, a)"), "asm-incomplete-type", 4, 32);
    first(&with("r1 = %core(enumval_value, enum e, B) ll"), "asm-unknown-member", 4, 35);
    first(&with("r1 = %core(byte_off, struct s, \"0:7\")"), "asm-core", 4, 32);
}

#[test]
fn blocks() {
    first(".section .data, \"q\"\n", "asm-section", 1, 17);
    first(".macro m a:req\n.endm\nm\n", "asm-macro", 3, 2);
    first(".rept 3\n", "asm-macro", 1, 1);
    first(".if 1\n", "asm-unterminated", 1, 1);
    first(".endif\n", "asm-macro", 1, 1);
    first(".macro m\nm\n.endm\nm\n", "asm-limit", 4, 1);
    first(".rept 100000000\n.rept 100000000\n.endr\n.endr\n", "asm-limit", 1, 7);
    first(".include \"x.s\"\n", "asm-include", 1, 10);
    first(".error \"no\"\n", "asm-error", 1, 8);
    first(".btf\n[2] PTR '(anon)' type_id=0\n.endbtf\n", "asm-btf", 2, 1);
    first(".btf\n[1] PRT '(anon)' type_id=0\n.endbtf\n", "asm-btf", 2, 1);
    first(".btf\n[1] PTR '(anon)' type_id=0", "asm-unterminated", 1, 1);
    first(".space 2000000000\n", "asm-limit", 1, 7);
}

#[test]
fn several_in_one_run_and_in_order() {
    let source = body("r1 = %map(a) ll\nmov r1\nr2 = %map(b) ll") + "extern u23 y;\nint x = 1\n";
    let found = errors(&source);
    let lines: Vec<_> = found.iter().map(|error| error.1).collect();
    assert!(found.len() >= 3 && lines.is_sorted(), "{found:?}");
}

#[test]
fn a_hundred_errors_are_enough() {
    assert_eq!(errors(&".nonsense\n".repeat(1000)).len(), 100);
}

#[test]
fn a_misspelt_type_is_suggested() {
    for source in [
        "struct task_struct { int pid; };\nSEC(\"tc\") int f(void) {\nr1 = %core(byte_off, struct task_strct, pid)\nexit\n}\n",
        "struct task_struct { int pid; };\nlong x = sizeof(struct task_strct);\n",
    ] {
        let errors = text::read("t.s", source, &text::Options::default()).unwrap_err();
        let error = errors.iter().next().unwrap();
        assert_eq!(error.code(), "asm-incomplete-type");
        assert_eq!(error.help().as_deref(), Some("did you mean `struct task_struct`?"));
    }
}
