//! Pass: which programs are wanted.

use alloc::{borrow::ToOwned, string::String, vec::Vec};

use crate::{
    Config, Error, Kind, Linked, Selection,
    object::{Errors, Program, Site, btf::nearest},
    struct_ops::Plans,
};

/// The programs that are wanted, in the order of the object.
///
/// # Errors
/// Every name that was asked for and does not exist.
pub(crate) fn select<'a>(linked: &'a Linked, config: &Config, plans: &Plans) -> Result<Vec<&'a Program>, Errors<Kind>> {
    let programs = linked.programs();
    match &config.selection {
        Selection::All => Ok(programs.iter().collect()),
        Selection::Autoload => Ok(programs.iter().filter(|p| plans.autoload(p.func, p.autoload)).collect()),
        Selection::Only(names) => {
            Errors::check(names.iter().filter_map(|name| absent(linked, name)).collect())?;
            let wanted = |p: &&Program| names.iter().any(|name| **name == *name_of(linked, p));
            Ok(programs.iter().filter(wanted).collect())
        }
    }
}

/// The name of a program: its function's.
pub(crate) fn name_of<'a>(linked: &'a Linked, program: &Program) -> &'a str {
    linked.funcs().get(program.func.at()).map_or("", |f| &f.name)
}

fn absent(linked: &Linked, name: &String) -> Option<Error> {
    let names = || linked.programs().iter().map(|p| name_of(linked, p));
    if names().any(|n| n == name) {
        return None;
    }
    let kind = Kind::NoSuchProgram { name: name.clone(), nearest: nearest(name, names()).map(str::to_owned) };
    Some(Error::new(Site::default(), kind))
}
