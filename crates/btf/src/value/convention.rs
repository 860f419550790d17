//! What a name says about a number.

use super::{Style, Times};
use crate::{Btf, Type, TypeId};

/// What a value stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Meaning {
    /// Nothing but itself.
    Plain,
    /// An IP address, if it has the size of one.
    Address,
    /// A number in network byte order.
    Network,
    /// A duration in units of so many nanoseconds.
    Duration(u64),
    /// Nanoseconds since the machine was started.
    Time,
}

/// The type behind modifiers and typedefs, and what those and the member's name say about it. None if it is missing.
pub(super) fn meaning<'a>(btf: &'a Btf, id: TypeId, name: &str, style: &Style<'_>) -> Option<(Type<'a>, Meaning)> {
    let (mut id, mut meaning) = (id, of_name(name));
    let (_, resolved) = btf.resolve(id).ok()?;
    while let Some(next) = btf.get(id).and_then(|ty| ty.modified()) {
        if let Some(Type::Typedef { name, .. }) = btf.get(id) {
            meaning = match name {
                "__be32" | "be32" => Meaning::Address,
                "__be16" | "be16" | "__be64" | "be64" => Meaning::Network,
                "ktime_t" => Meaning::Time,
                _ => meaning,
            };
        }
        id = next;
    }
    if let Type::Struct(ty) = resolved
        && matches!((ty.name, ty.size), ("in_addr", 4) | ("in6_addr", 16))
    {
        meaning = Meaning::Address;
    }
    let is_off = match meaning {
        Meaning::Address | Meaning::Network => !style.addresses,
        Meaning::Duration(_) | Meaning::Time => style.times == Times::Raw,
        Meaning::Plain => false,
    };
    Some((resolved, if is_off { Meaning::Plain } else { meaning }))
}

fn of_name(name: &str) -> Meaning {
    const TIMES: [&str; 3] = ["ts", "timestamp", "ktime"];
    let base = name.strip_suffix("_ns").unwrap_or(name);
    if TIMES.contains(&base) || base.ends_with("_ts") || base.ends_with("_timestamp") {
        Meaning::Time
    } else if let Some(unit) = [("_ns", 1), ("_us", 1000), ("_ms", 1_000_000)].iter().find(|u| name.ends_with(u.0)) {
        Meaning::Duration(unit.1)
    } else if name.contains("addr") {
        Meaning::Address
    } else {
        Meaning::Plain
    }
}
