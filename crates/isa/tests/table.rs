//! What the table says, beyond what the compiler and the comparison with LLVM check.

use skep_isa::{
    Insn, Opcode, Reg,
    table::{ROWS, Row, Version, When, lookup, rows_of},
};
use skep_uapi::Release;

fn row(code: u8, dst: u8, src: u8, off: i16, imm: i64) -> Option<&'static Row> {
    lookup(&Insn::new(Opcode(code), Reg(dst), Reg(src), off, imm))
}

fn since(row: Option<&Row>) -> Option<Release> {
    row.and_then(|row| row.since)
}

#[test]
fn every_row_is_found_by_its_opcode() {
    let found: usize = (0..=255).map(|code| rows_of(Opcode(code)).len()).sum();
    assert_eq!(found, ROWS.len());
    for row in ROWS {
        assert!(rows_of(row.code).contains(row));
    }
}

#[test]
fn no_two_rows_read_the_same() {
    for (at, a) in ROWS.iter().enumerate() {
        for b in &ROWS[at + 1..] {
            let stack_argument = a.code == b.code && matches!(a.when, When::Src(11) | When::Dst(11));
            assert!(a.syntax != b.syntax || stack_argument, "{a:?} {b:?}");
        }
    }
}

#[test]
fn versions_and_releases_agree() {
    for row in ROWS {
        let Some(since) = row.since else {
            assert_eq!(row.code, Opcode(0x8d), "only callx is refused by every kernel");
            continue;
        };
        match row.version {
            Version::V1 => assert!(since < Release::new(5, 15), "{row:?}"),
            Version::V2 => assert_eq!(since, Release::new(4, 14), "{row:?}"),
            Version::V3 => assert!([Release::new(5, 1), Release::new(5, 12)].contains(&since), "{row:?}"),
            Version::V4 => assert!(since >= Release::new(6, 6), "{row:?}"),
            Version::Beyond => assert!(since >= Release::new(6, 9), "{row:?}"),
        }
    }
}

#[test]
fn fields_tell_forms_apart() {
    assert_eq!(since(row(0xbf, 1, 2, 0, 0)), Some(Release::new(3, 18)));
    assert_eq!(since(row(0xbf, 1, 2, 1, 1)), Some(Release::new(6, 9)));
    assert_eq!(since(row(0xbf, 1, 2, 32, 0)), Some(Release::new(6, 6)));
    assert_eq!(row(0xbf, 1, 2, 3, 0), None);
    assert_eq!(row(0xbc, 1, 2, 32, 0), None);
    assert_eq!(since(row(0x79, 1, 11, 8, 0)), Some(Release::new(7, 2)));
    assert_eq!(since(row(0x79, 1, 10, -8, 0)), Some(Release::new(3, 18)));
    assert_eq!(since(row(0x7b, 11, 1, -8, 0)), Some(Release::new(7, 2)));
    assert_eq!(since(row(0xdb, 1, 2, 0, 0x100)), Some(Release::new(6, 15)));
    assert_eq!(row(0xdb, 1, 2, 0, 0xf0), None);
    assert_eq!(since(row(0x0d, 1, 0, 0, 0)), Some(Release::new(6, 19)));
    assert_eq!(row(0xe5, 0, 1, 0, 0), None);
    for (src, release) in [(0, (3, 18)), (1, (4, 16)), (2, (5, 13))] {
        assert_eq!(since(row(0x85, 0, src, 0, 0)), Some(Release::new(release.0, release.1)));
    }
    assert_eq!((row(0x85, 0, 3, 0, 0), row(0x18, 0, 7, 0, 0)), (None, None));
}

#[test]
fn what_tells_rows_apart_is_readable() {
    let text: Vec<String> = rows_of(Opcode(0xbf)).iter().map(|row| format!("{} {}", row.when, row.version)).collect();
    assert_eq!(text, ["off = 0 v1", "off = 1 -", "off = 8 v4", "off = 16 v4", "off = 32 v4"]);
}
