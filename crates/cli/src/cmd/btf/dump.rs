//! `skep btf dump`: types as text.

use std::io::{self, Write};

use skep::btf::{Btf, TypeId, c, list, nearest, rust};

use crate::{
    args::btf::{Dump, Format},
    output,
    report::{Failure, Report, status},
    source,
};

/// Prints types.
pub fn dump(args: &Dump) -> Result<(), Failure> {
    let opened = source::open(&args.source, &args.base)?;
    let roots = args.types.iter().map(|name| named(&opened.btf, name));
    let roots: Vec<TypeId> = Failure::collect(roots)?.into_iter().flatten().collect();
    let btf = &*opened.btf;
    let ids = || if roots.is_empty() { btf.ids().collect() } else { roots.clone() };
    let mut text = String::new();
    let written = match args.format {
        Format::C => c::header(&mut text, btf, &roots, &c::Options::default()),
        Format::Rust => rust::definitions(&mut text, btf, &roots, &rust::Options::default()),
        Format::Raw => list::text(&mut text, btf, ids()),
        Format::Json => list::json(&mut text, btf, ids()).map(|()| text.push('\n')),
    };
    written.map_err(|_| io::Error::other("the text is too long")).map_err(output::lost)?;
    output::out().write_all(text.as_bytes()).map_err(output::lost)
}

/// The types that have a name.
pub fn named(btf: &Btf, name: &str) -> Result<Vec<TypeId>, Failure> {
    let found: Vec<TypeId> = (1..btf.first_id().0 + btf.len()).map(TypeId).filter(|&id| btf.name(id) == name).collect();
    if found.is_empty() {
        let report = Report::new("no-such-type", format!("no type is named `{name}`"));
        let near = nearest(name, btf.ids().map(|id| btf.name(id)));
        let failure = Failure::new(status::USAGE, report);
        return Err(match near {
            Some(near) => failure.help(format!("did you mean `{near}`?")),
            None => failure,
        });
    }
    Ok(found)
}
