//! Whether two declarations of a map say the same, attribute by attribute.

use alloc::{format, string::ToString, vec::Vec};

use skep_object::{MapDef, btf::Btf, btf::TypeId};

use super::{Difference, types::types};

/// The differences between a declaration and another one.
pub(crate) fn maps(a: &Btf, a_def: &MapDef, b: &Btf, b_def: &MapDef) -> Vec<Difference> {
    let mut found = Vec::new();
    attributes(a, a_def, b, b_def, "", &mut found);
    match (&a_def.inner, &b_def.inner) {
        (Some(x), Some(y)) => attributes(a, x, b, y, "values.", &mut found),
        (None, None) => {}
        (x, _) => {
            let said = |is: bool| if is { "declares inner maps" } else { "declares none" }.to_string();
            found.push(Difference { at: "values".into(), first: said(x.is_some()), second: said(x.is_none()) });
        }
    }
    found
}

fn attributes(a: &Btf, x: &MapDef, b: &Btf, y: &MapDef, at: &str, found: &mut Vec<Difference>) {
    let mut number = |name: &str, first: u64, second: u64| {
        if first != second {
            let at = format!("{at}{name}");
            found.push(Difference { at, first: first.to_string(), second: second.to_string() });
        }
    };
    number("max_entries", x.max_entries.into(), y.max_entries.into());
    number("map_flags", x.flags.0.into(), y.flags.0.into());
    number("key_size", x.key_size.into(), y.key_size.into());
    number("value_size", x.value_size.into(), y.value_size.into());
    number("numa_node", x.numa_node.into(), y.numa_node.into());
    number("map_extra", x.map_extra, y.map_extra);
    if x.map_type != y.map_type {
        let (first, second) = (x.map_type.to_string(), y.map_type.to_string());
        found.push(Difference { at: format!("{at}type"), first, second });
    }
    if x.pinning != y.pinning {
        let (first, second) = (format!("{:?}", x.pinning), format!("{:?}", y.pinning));
        found.push(Difference { at: format!("{at}pinning"), first, second });
    }
    for (name, p, q) in [("key", x.key_type, y.key_type), ("value", x.value_type, y.value_type)] {
        // A size alone agrees with any type of that size.
        if p == TypeId::VOID || q == TypeId::VOID {
            continue;
        }
        found.extend(types(a, p, b, q).into_iter().map(|d| Difference { at: format!("{at}{name}{}", d.at), ..d }));
    }
}
