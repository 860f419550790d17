//! `skep btf diff`: what changed in types.

mod used;

use std::io::{self, Write};

use serde_json::{Value, json};
use skep::{
    btf::diff::{Change, Difference, Part, diff_of},
    object::pattern::matches,
};

use crate::{
    args::btf::Diff,
    output::{self, BAD, FAINT, GOOD, HEAD, WARN, styled},
    report::Failure,
    source,
};
use used::Used;

/// Prints what differs; the exit status is 1 if something does and that is wanted.
pub fn diff(args: &Diff) -> Result<u8, Failure> {
    let old = source::open(&args.old, &args.base)?;
    let new = source::open(&args.new, &args.base)?;
    let used = if args.used_by.is_empty() { None } else { Some(Used::by(&args.used_by)?) };
    let differences = diff_of(&old.btf, &new.btf, |kind, name| {
        let named = args.names.is_empty() || args.names.iter().any(|pattern| matches(pattern, name));
        named && used.as_ref().is_none_or(|used| used.has(kind, name))
    });
    if args.json { print_json(args, &differences, used.as_ref()) } else { print(&differences, used.as_ref()) }
        .map_err(output::lost)?;
    Ok(u8::from(args.exit_code && !differences.is_empty()))
}

fn print(differences: &[Difference], used: Option<&Used>) -> io::Result<()> {
    let mut out = output::out();
    let (mut added, mut gone, mut changed) = (0, 0, 0);
    for one in differences {
        match (one.old, one.new) {
            (None, _) => {
                added += 1;
                writeln!(out, "{} {one}", styled(GOOD, "+"))?;
            }
            (_, None) => {
                gone += 1;
                writeln!(out, "{} {one}", styled(BAD, "-"))?;
            }
            _ => {
                changed += 1;
                writeln!(out, "{} {}", styled(WARN, "~"), styled(HEAD, one))?;
                print_changes(&mut out, one, used)?;
            }
        }
    }
    let text = format!("{changed} changed, {added} added, {gone} gone");
    writeln!(out, "{}", styled(FAINT, text))
}

/// How many members that moved together are told as one.
const RUN: usize = 3;

/// A type's changes. Members that only moved, by the same distance as those around them, are told as one.
fn print_changes(out: &mut impl Write, one: &Difference, used: Option<&Used>) -> io::Result<()> {
    let mut rest = &one.changes[..];
    while let [first, others @ ..] = rest {
        let distance = moved(first).filter(|_| !is_used(used, one, first));
        let same = |change: &&Change| distance.is_some() && moved(change) == distance && !is_used(used, one, change);
        let run = others.iter().take_while(same).count();
        match (first, run.checked_sub(1).and_then(|last| others.get(last))) {
            (Change::Member { name, .. }, Some(Change::Member { name: last, .. })) if run + 1 >= RUN => {
                let by = distance.unwrap_or_default();
                let text = match by % 8 {
                    0 => format!("{:+} bytes", by / 8),
                    _ => format!("{by:+} bits"),
                };
                writeln!(out, "    ~ {name} … {last}: {} members moved by {text}", run + 1)?;
                rest = &others[run..];
            }
            _ => {
                let mark = if is_used(used, one, first) { styled(BAD, "  used") } else { String::new() };
                writeln!(out, "    {first}{mark}")?;
                rest = others;
            }
        }
    }
    Ok(())
}

/// By how many bits a member moved, if that is all that happened to it.
fn moved(change: &Change) -> Option<i64> {
    match change {
        Change::Member { old: Some(old), new: Some(new), .. } if old.ty == new.ty && old.bit_size == new.bit_size => {
            Some(new.bit_offset as i64 - old.bit_offset as i64)
        }
        _ => None,
    }
}

/// Whether a change is one of a member or value that the objects look at.
fn is_used(used: Option<&Used>, difference: &Difference, change: &Change) -> bool {
    let name = match change {
        Change::Member { name, .. } | Change::Value { name, .. } => name,
        Change::Renamed { old, .. } => old,
        Change::Type { .. } => return used.is_some(),
        _ => return false,
    };
    used.is_some_and(|used| used.has_part(difference.kind, &difference.name, name))
}

fn print_json(args: &Diff, differences: &[Difference], used: Option<&Used>) -> io::Result<()> {
    let one = |one: &Difference| {
        let change = |change: &Change| {
            let mut value = change_json(change);
            if let (Some(_), Value::Object(fields)) = (used, &mut value) {
                fields.insert("used".into(), is_used(used, one, change).into());
            }
            value
        };
        let what = match (one.old, one.new) {
            (None, _) => "added",
            (_, None) => "gone",
            _ => "changed",
        };
        json!({
            "what": what,
            "kind": one.kind.name(),
            "name": &*one.name,
            "old_id": one.old.map(|id| id.0),
            "new_id": one.new.map(|id| id.0),
            "changes": one.changes.iter().map(change).collect::<Vec<_>>(),
        })
    };
    let all: Vec<Value> = differences.iter().map(one).collect();
    output::json_line(&json!({ "old": args.old, "new": args.new, "differences": all }))
}

fn change_json(change: &Change) -> Value {
    let part = |part: &Part| json!({ "type": &*part.ty, "bit_offset": part.bit_offset, "bit_size": part.bit_size });
    match change {
        Change::Size { old, new } => json!({ "what": "size", "old": old, "new": new }),
        Change::Member { name, old, new } => {
            json!({ "what": "member", "name": &**name, "old": old.as_ref().map(part), "new": new.as_ref().map(part) })
        }
        Change::Renamed { old, new, part: place } => {
            json!({ "what": "renamed", "old": &**old, "new": &**new, "member": part(place) })
        }
        Change::Value { name, old, new } => {
            let number = |n: &Option<i128>| n.and_then(serde_json::Number::from_i128).map(Value::Number);
            json!({ "what": "value", "name": &**name, "old": number(old), "new": number(new) })
        }
        Change::Type { old, new } => json!({ "what": "type", "old": &**old, "new": &**new }),
        _ => json!({ "what": change.to_string() }),
    }
}
