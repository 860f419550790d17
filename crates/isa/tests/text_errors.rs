//! Each sort of error in a text, with its code and its place.
#![allow(clippy::unwrap_used, reason = "tests may unwrap")]

use skep_isa::text::{Dialect, parse};

/// The code, line and column of the first error.
fn first(text: &str) -> (&'static str, u32, u32) {
    let errors = parse(Dialect::Llvm, text).unwrap_err();
    (errors.0[0].code(), errors.0[0].line, errors.0[0].column)
}

#[test]
fn words_and_names() {
    assert_eq!(first("r0 = 1\nr1 += %r2\n"), ("text-unexpected", 2, 7));
    assert_eq!(first("goto nowhere\n"), ("text-unknown-name", 1, 6));
    assert_eq!(first("here: r0 = 0\nhere: exit\n"), ("text-label-twice", 2, 1));
}

#[test]
fn numbers_and_operands() {
    assert_eq!(first("r1 += 4294967296\n").0, "text-number-range");
    assert_eq!(first("r1 = be16 r2\n").0, "text-operand-differs");
}

#[test]
fn what_does_not_end() {
    assert_eq!(first("r0 = 0 /* never closed\n").0, "text-unterminated");
    assert_eq!(first(&"r0 ".repeat(100_000)).0, "text-statement-too-long");
}
