//! The syntax of every row in every dialect, cut into pieces when skep is compiled.

use super::{
    Dialect,
    slot::{Piece, pieces},
};
use crate::table::{CALL_SYMBOL, LOAD_SYMBOL, ROWS, Syntax, UNKNOWN, UNKNOWN_WIDE};

/// A syntax that is compiled: a row of the table, or one that stands outside of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Of {
    /// A row, by its position.
    Row(usize),
    CallSymbol,
    LoadSymbol,
    Unknown,
    UnknownWide,
}

const DIALECTS: usize = Dialect::ALL.len();
const SYNTAXES: usize = ROWS.len() + 4;

const fn syntax(at: usize) -> Syntax {
    if at < ROWS.len() {
        return ROWS[at].syntax;
    }
    match at - ROWS.len() {
        0 => CALL_SYMBOL,
        1 => LOAD_SYMBOL,
        2 => UNKNOWN,
        _ => UNKNOWN_WIDE,
    }
}

/// Where the pieces of each syntax begin, and, last, where they all end.
const STARTS: [u16; SYNTAXES * DIALECTS + 1] = {
    let (mut starts, mut at, mut count) = ([0; SYNTAXES * DIALECTS + 1], 0, 0);
    while at < SYNTAXES * DIALECTS {
        starts[at] = count;
        let mut pieces = pieces(syntax(at / DIALECTS).of(Dialect::ALL[at % DIALECTS]));
        while pieces.step().is_some() {
            count += 1;
        }
        at += 1;
    }
    starts[at] = count;
    starts
};

const COUNT: usize = STARTS[SYNTAXES * DIALECTS] as usize;

static PIECES: [Piece; COUNT] = {
    let (mut out, mut at, mut next) = ([Piece::Literal(""); COUNT], 0, 0);
    while at < SYNTAXES * DIALECTS {
        let mut pieces = pieces(syntax(at / DIALECTS).of(Dialect::ALL[at % DIALECTS]));
        while let Some(piece) = pieces.step() {
            out[next] = piece;
            next += 1;
        }
        at += 1;
    }
    out
};

/// The pieces of a syntax in one dialect.
pub(super) fn of(what: Of, dialect: Dialect) -> &'static [Piece] {
    let row = match what {
        Of::Row(row) => row,
        Of::CallSymbol => ROWS.len(),
        Of::LoadSymbol => ROWS.len() + 1,
        Of::Unknown => ROWS.len() + 2,
        Of::UnknownWide => ROWS.len() + 3,
    };
    match STARTS.get(row * DIALECTS + dialect as usize..) {
        Some(&[from, to, ..]) => PIECES.get(usize::from(from)..usize::from(to)).unwrap_or_default(),
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    #[test]
    fn every_syntax_is_found_by_its_place() {
        for dialect in Dialect::ALL {
            for (at, row) in ROWS.iter().enumerate() {
                assert_eq!(of(Of::Row(at), dialect), pieces(row.syntax.of(dialect)).collect::<Vec<_>>());
            }
            assert_eq!(of(Of::UnknownWide, dialect), pieces(UNKNOWN_WIDE.of(dialect)).collect::<Vec<_>>());
            assert_eq!(of(Of::CallSymbol, dialect), pieces(CALL_SYMBOL.of(dialect)).collect::<Vec<_>>());
        }
        assert!(of(Of::Row(usize::MAX / 8), Dialect::Gnu).is_empty());
    }
}
