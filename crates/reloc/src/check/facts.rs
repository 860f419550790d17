//! What is known of a kernel, to be asked about things that relocation does not ask about.

use alloc::vec::Vec;
use core::cell::OnceCell;

use hashbrown::HashSet;

use super::{Basis, Known, State};
use crate::{
    Target,
    object::{
        btf::{Btf, Found, Kind, Type, TypeId},
        uapi::{AttachType, Helper, LinkType, MapType, ProgType, Release, Row},
    },
};

/// The first names of every look-up: the enums of the kernel's numbers.
pub(super) const ENUMS: [&str; 5] =
    ["bpf_func_id", "bpf_map_type", "bpf_prog_type", "bpf_attach_type", "bpf_link_type"];

/// The release that first had types of its own: a kernel with types is not older.
const FIRST: Release = Release::new(5, 2);

/// The numbers of an enum that a kernel knows.
#[derive(Debug, Default)]
pub(super) struct Numbers(Vec<bool>);

impl Numbers {
    fn of(btf: &Btf, id: Option<TypeId>) -> Self {
        let Some(Type::Enum(ty)) = id.and_then(|id| btf.get(id)) else { return Self::default() };
        let mut known = Vec::new();
        for value in ty.values() {
            // What begins so counts the others.
            let Ok(at) = usize::try_from(value.value) else { continue };
            if value.name.starts_with("__") || value.name.starts_with("MAX_") || at > 4096 {
                continue;
            }
            if known.len() <= at {
                known.resize(at + 1, false);
            }
            known[at] = true;
        }
        Self(known)
    }

    /// Whether there is a number; none if the enum is not there.
    fn has(&self, number: u32) -> Option<bool> {
        (!self.0.is_empty()).then(|| self.0.get(number as usize).copied().unwrap_or(false))
    }
}

/// One kernel's facts.
pub(super) struct Facts<'a> {
    target: &'a Target,
    /// What is known of its release.
    pub known: Known,
    /// Whether its types are only a part of what such a kernel has: none is a function's.
    pub is_partial: bool,
    helpers: Numbers,
    maps: Numbers,
    programs: Numbers,
    attach: Numbers,
    btf: Option<&'a Btf>,
    flags: OnceCell<HashSet<&'a str>>,
    options: OnceCell<Option<HashSet<&'a str>>>,
}

impl<'a> Facts<'a> {
    /// From a look-up of names that began with [`ENUMS`].
    pub(super) fn of(target: &'a Target, btf: Option<&'a Btf>, found: &Found) -> Self {
        let numbers = |i: usize| btf.map_or_else(Numbers::default, |btf| Numbers::of(btf, found.first(i, Kind::ENUM)));
        let (helpers, maps, programs, attach) = (numbers(0), numbers(1), numbers(2), numbers(3));
        let links = numbers(4);
        let mut bounds = Bounds::default();
        bounds.take(&helpers, Helper::ROWS, |v| v.0);
        bounds.take(&maps, MapType::ROWS, |v| v.0);
        bounds.take(&programs, ProgType::ROWS, |v| v.0);
        bounds.take(&attach, AttachType::ROWS, |v| v.0);
        bounds.take(&links, LinkType::ROWS, |v| v.0);
        let version = target.version();
        let known = match (version, bounds.from) {
            (0, Some(from)) => Known::Between { from, before: bounds.before },
            (0, None) => Known::Nothing,
            (version, _) => Known::Exactly((version >> 16) as u8, (version >> 8) as u8, version as u8),
        };
        let is_partial = btf.is_some_and(|btf| btf.kinds().all(|(_, kind)| kind != Kind::FUNC));
        Self {
            target,
            known,
            is_partial,
            helpers,
            maps,
            programs,
            attach,
            btf,
            flags: OnceCell::new(),
            options: OnceCell::new(),
        }
    }

    /// Whether something that came with a release is there.
    pub(super) fn by_release(&self, since: Release) -> Option<(State, Basis)> {
        let lacks = match self.known {
            Known::Exactly(major, minor, _) => {
                (Release::new(major.into(), minor.into()) < since).then_some(State::Missing)
            }
            Known::Between { from, .. } if since <= from => None,
            Known::Between { before: Some(before), .. } if since >= before => Some(State::Missing),
            _ if since <= FIRST => None,
            _ => Some(State::Unknown),
        };
        lacks.map(|state| (state, Basis::Release(since)))
    }

    fn by_number(&self, has: Option<bool>, since: Option<Release>) -> Option<(State, Basis)> {
        match has {
            Some(true) => None,
            Some(false) => Some((State::Missing, Basis::Btf)),
            None => self.by_release(since?),
        }
    }

    /// Whether a helper is lacking, and how that is known.
    pub(super) fn lacks_helper(&self, helper: Helper) -> Option<(State, Basis)> {
        self.by_number(self.helpers.has(helper.0), helper.since())
    }

    /// Whether a kind of map is.
    pub(super) fn lacks_map(&self, map: MapType) -> Option<(State, Basis)> {
        self.by_number(self.maps.has(map.0), map.since()).or_else(|| self.lacks_options(map.options()))
    }

    /// Whether a type of program is.
    pub(super) fn lacks_program(&self, ty: ProgType) -> Option<(State, Basis)> {
        self.by_number(self.programs.has(ty.0), ty.since()).or_else(|| self.lacks_options(ty.options()))
    }

    /// Whether a place to attach to is.
    pub(super) fn lacks_attach(&self, ty: AttachType) -> Option<(State, Basis)> {
        self.by_number(self.attach.has(ty.0), ty.since()).or_else(|| self.lacks_options(ty.options()))
    }

    /// Whether a flag of maps is. Flags have no enum of their own, so the release is asked first.
    pub(super) fn lacks_flag<T>(&self, row: &Row<T>) -> Option<(State, Basis)> {
        let lacks = self.by_release(row.since)?;
        let Some(btf) = self.btf else { return Some(lacks) };
        let flags = self.flags.get_or_init(|| flags(btf));
        match (flags.is_empty(), flags.contains(row.uapi)) {
            (true, _) => Some(lacks),
            (_, true) => None,
            (_, false) => Some((State::Missing, Basis::Btf)),
        }
    }

    /// Whether the configuration is known and leaves out one of these options.
    fn lacks_options(&self, options: &[&'static str]) -> Option<(State, Basis)> {
        self.missing_option(options).map(|_| (State::Missing, Basis::Config))
    }

    /// The first of these options that the configuration is known to leave out.
    pub(super) fn missing_option(&self, options: &[&'static str]) -> Option<&'static str> {
        if options.is_empty() {
            return None;
        }
        options.iter().find(|option| self.lacks_option(option)).copied()
    }

    /// Whether the configuration is known and leaves out an option.
    pub(super) fn lacks_option(&self, option: &str) -> bool {
        let options = self.options.get_or_init(|| Some(self.target.config().ok()?.lines().filter_map(set).collect()));
        option.starts_with("CONFIG_") && options.as_ref().is_some_and(|options| !options.contains(option))
    }
}

/// The names of all flags in enums without a name.
fn flags(btf: &Btf) -> HashSet<&str> {
    let enums = btf.kinds().filter(|(id, kind)| *kind == Kind::ENUM && btf.name_off(*id).0 == 0);
    let values = enums.filter_map(|(id, _)| match btf.get(id)? {
        Type::Enum(ty) => Some(ty.values()),
        _ => None,
    });
    values.flatten().map(|value| value.name).filter(|name| name.starts_with("BPF_F_")).collect()
}

/// The option that a line of a configuration sets.
fn set(line: &str) -> Option<&str> {
    let (name, value) = line.split_once('=')?;
    (name.starts_with("CONFIG_") && value != "n").then_some(name)
}

/// What the numbers that a kernel knows say of its release.
#[derive(Default)]
struct Bounds {
    from: Option<Release>,
    before: Option<Release>,
}

impl Bounds {
    fn take<T: Copy>(&mut self, numbers: &Numbers, rows: &[Row<T>], number: impl Fn(T) -> u32) {
        for row in rows {
            match numbers.has(number(row.value)) {
                Some(true) => self.from = self.from.max(Some(row.since)),
                Some(false) => self.before = Some(self.before.map_or(row.since, |b| b.min(row.since))),
                None => {}
            }
        }
    }
}
