//! Every error code is in `docs/errors.md`, and occurs in a test.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// Words between quotes in functions that give codes, which are none.
const NO_CODES: &[&str] = &["null"];

/// Codes that nothing but a fault of the machine or of the kernel gives.
const NEVER_SEEN: &[&str] = &["output", "signal"];

#[test]
fn the_page_lists_exactly_the_codes_that_exist() {
    let codes = codes();
    let page = fs::read_to_string(root().join("docs/errors.md")).unwrap();
    let mut listed = BTreeSet::new();
    for row in page.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<_> = row.split(" | ").collect();
        assert_eq!(cells.len(), 4, "{row}");
        assert!(["1 |", "2 |", "3 |", "4 |", "5 |", "6 |", "– |"].contains(&cells[3]), "{row}");
        assert!(listed.insert(cells[0].trim_matches(['|', ' ', '`']).to_owned()), "listed twice: {row}");
    }
    let absent: Vec<_> = codes.iter().filter(|(code, _)| !listed.contains(*code)).collect();
    assert!(absent.is_empty(), "not in docs/errors.md: {absent:?}");
    let stale: Vec<_> = listed.iter().filter(|code| !codes.contains_key(*code)).collect();
    assert!(stale.is_empty(), "in docs/errors.md, but in no source: {stale:?}");
}

#[test]
fn every_code_occurs_in_a_test() {
    let root = root();
    let mut tests = String::new();
    for file in files(&root.join("tests")).into_iter().chain(crates("tests")) {
        // Not this one, which says which codes are not tested.
        if !file.ends_with("cli/tests/codes.rs") {
            tests += &fs::read_to_string(file).unwrap_or_default();
        }
    }
    for file in crates("src") {
        let text = fs::read_to_string(file).unwrap_or_default();
        tests.extend(text.split_once("#[cfg(test)]").map(|(_, tests)| tests.to_owned()));
    }
    let occurs = |code: &str| {
        tests.match_indices(code).any(|(at, _)| {
            let part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '-');
            !part(tests[..at].chars().next_back()) && !part(tests[at + code.len()..].chars().next())
        })
    };
    let untested: Vec<_> =
        codes().into_iter().filter(|(code, _)| !NEVER_SEEN.contains(&code.as_str()) && !occurs(code)).collect();
    assert!(untested.is_empty(), "no test shows these codes: {untested:#?}");
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// All files below a directory.
fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

/// The files in a folder of every crate.
fn crates(folder: &str) -> Vec<PathBuf> {
    let crates = fs::read_dir(root().join("crates")).unwrap();
    crates.flatten().flat_map(|one| files(&one.path().join(folder))).collect()
}

/// The codes in the sources, with the file that each stands in.
fn codes() -> BTreeMap<String, PathBuf> {
    let mut codes = BTreeMap::new();
    for file in crates("src").into_iter().filter(|file| file.extension().is_some_and(|e| e == "rs")) {
        let text = fs::read_to_string(&file).unwrap();
        let text = text.split("#[cfg(test)]").next().unwrap_or_default();
        for start in ["fn code(", "fn missing(self) -> &'static str"] {
            for (at, _) in text.match_indices(start) {
                codes.extend(literals(body(&text[at..])).map(|code| (code, file.clone())));
            }
        }
        for start in ["Report::new(", "usage("] {
            for (at, _) in text.match_indices(start) {
                let argument = text[at + start.len()..].trim_start();
                if argument.starts_with('"') {
                    codes.extend(literals(argument).next().map(|code| (code, file.clone())));
                }
            }
        }
    }
    codes
}

/// A function's body: up to the brace that closes the first one.
fn body(text: &str) -> &str {
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 1 => return &text[..at],
            '}' => depth -= 1,
            _ => {}
        }
    }
    text
}

/// The words of small letters and hyphens between quotes.
fn literals(text: &str) -> impl Iterator<Item = String> {
    let quoted = text.split('"').skip(1).step_by(2);
    let is_code = |word: &&str| {
        !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    quoted.filter(is_code).filter(|word| !NO_CODES.contains(word)).map(str::to_owned)
}
