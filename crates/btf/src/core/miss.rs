//! What came closest to a thing that a kernel does not have.

use alloc::{
    string::{String, ToString},
    vec::Vec,
};
use core::fmt;

use super::{Candidate, CoreKind, ErrorKind, Matcher, Record, Source, Spec, essential, walk};
use crate::{Btf, Composite, Kind, Type, TypeId, nearest};

/// Why a record found nothing in a kernel, with what came closest.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Miss {
    /// No type of that name and kind.
    Type {
        /// The type, as in `struct task_struct`.
        wanted: String,
        /// A type of that name, but of another kind.
        other: Option<String>,
        /// The type of that kind whose name comes closest.
        nearest: Option<String>,
    },
    /// No member of that name.
    Member {
        /// The kernel's type, as in `struct task_struct`.
        parent: String,
        /// The member.
        name: String,
        /// The member whose name comes closest.
        nearest: Option<String>,
        /// A member of that name in one of the members: the way there, as in `se.exec_start`.
        moved: Option<String>,
    },
    /// The member is there, but an access to it means something else.
    MemberType {
        /// The member, as in `struct task_struct.comm`.
        member: String,
        /// Its type in the object.
        local: String,
        /// Its type in the kernel.
        target: String,
    },
    /// The array is shorter, or not an array.
    Element {
        /// The way to the array.
        array: String,
        /// The element.
        index: u32,
        /// Its type in the kernel.
        target: String,
    },
    /// No value of that name in the enum.
    Value {
        /// The kernel's type, as in `enum bpf_func_id`.
        parent: String,
        /// The value.
        name: String,
        /// The value whose name comes closest.
        nearest: Option<String>,
    },
    /// A type of that name is there, but its contents differ.
    Contents {
        /// The type.
        wanted: String,
    },
}

impl Miss {
    /// The stable code of this miss.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Type { .. } => "core-no-candidate",
            Self::Member { .. } => "core-no-field",
            Self::MemberType { .. } => "core-field-type",
            Self::Element { .. } => "core-no-element",
            Self::Value { .. } => "core-no-enum-value",
            Self::Contents { .. } => "core-type-differs",
        }
    }

    /// What to do about it, if that can be said.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Type { other: Some(other), .. } => Some(alloc::format!("this kernel has `{other}`")),
            Self::Type { nearest: Some(n), .. } | Self::Value { nearest: Some(n), .. } => {
                Some(alloc::format!("did you mean `{n}`?"))
            }
            Self::Member { moved: Some(way), .. } => Some(alloc::format!("this kernel has it as `{way}`")),
            Self::Member { nearest: Some(n), .. } => Some(alloc::format!("did you mean `{n}`?")),
            Self::Member { .. } => Some("ask with bpf_core_field_exists() before reading it".to_string()),
            Self::MemberType { .. } => {
                Some("declare a flavour (`struct x___new`) with this type, and ask which one matches".to_string())
            }
            _ => None,
        }
    }
}

impl fmt::Display for Miss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Type { wanted, .. } => write!(f, "this kernel has no `{wanted}`"),
            Self::Member { parent, name, .. } => write!(f, "this kernel's `{parent}` has no member `{name}`"),
            Self::MemberType { member, local, target } => {
                write!(f, "`{member}` is `{target}` in this kernel, `{local}` in the program")
            }
            Self::Element { array, index, target } => {
                write!(f, "`{array}` is `{target}` in this kernel and has no element {index}")
            }
            Self::Value { parent, name, .. } => write!(f, "this kernel's `{parent}` has no value `{name}`"),
            Self::Contents { wanted } => write!(f, "this kernel's `{wanted}` differs from the program's"),
        }
    }
}

impl<'a> Matcher<'a> {
    /// Why a record finds nothing in this kernel. None if it finds something, or cannot be answered at all. It takes
    /// longer than an answer: to be asked when the miss is to be explained.
    pub fn miss(&mut self, record: &Record<'_>) -> Option<Miss> {
        let local = self.local(record).ok()?;
        if record.kind == CoreKind::TYPE_ID_LOCAL {
            return None;
        }
        self.prepare([record.type_id]);
        let mut misses = Vec::new();
        for &Candidate { source, id } in self.candidates(record.type_id) {
            misses.push(from_candidate(&local, self.btf(source)?, id).ok()??);
        }
        // The one that got farthest says most.
        match misses.into_iter().max_by_key(|&(steps, _)| steps) {
            Some((_, miss)) => Some(miss),
            None => Some(no_type(&local, self.btf(Source::Kernel)?)),
        }
    }

    /// The candidates in which a record leads nowhere, and why not: also if it leads somewhere in another. To be asked
    /// before the record is resolved, which drops them.
    pub fn passed_over(&mut self, record: &Record<'_>) -> Vec<(Candidate, Miss)> {
        let Ok(local) = self.local(record) else { return Vec::new() };
        self.prepare([record.type_id]);
        let why = |candidate: &Candidate| {
            let (_, miss) = from_candidate(&local, self.btf(candidate.source)?, candidate.id).ok()??;
            Some((*candidate, miss))
        };
        self.candidates(record.type_id).iter().filter_map(why).collect()
    }
}

fn no_type(local: &Spec<'_>, kernel: &Btf) -> Miss {
    let (name, kind) = (essential(local.btf.name(local.root)), local.btf.kind(local.root));
    let word = kind.map_or("type", word_of);
    let others = [Kind::STRUCT, Kind::UNION, Kind::ENUM, Kind::ENUM64, Kind::TYPEDEF];
    let other = kernel
        .ids()
        .find(|&id| kernel.kind(id).is_some_and(|kind| others.contains(&kind)) && essential(kernel.name(id)) == name);
    let same_kind = kernel.ids().filter(|&id| kernel.kind(id) == kind).map(|id| kernel.name(id));
    Miss::Type {
        wanted: alloc::format!("{word} {name}"),
        other: other.map(|id| alloc::format!("{} {name}", kernel.kind(id).map_or("type", word_of))),
        nearest: nearest(name, same_kind).map(|name| alloc::format!("{word} {name}")),
    }
}

fn word_of(kind: Kind) -> &'static str {
    if kind == Kind::ENUM64 { "enum" } else { kind.name() }
}

/// How many steps a candidate takes part in, and why no more. None if it takes all of them.
fn from_candidate(local: &Spec<'_>, target: &Btf, id: TypeId) -> Result<Option<(usize, Miss)>, ErrorKind> {
    if walk::find(local, target, id)?.is_some() {
        return Ok(None);
    }
    if local.kind.is_enum_value() {
        return Ok(Some((0, no_value(local, target, id))));
    }
    let mut part = local.clone();
    for taken in (0..local.steps.len()).rev() {
        part.steps.truncate(taken);
        if let Some(way) = walk::find(&part, target, id)? {
            return Ok(Some((taken, no_step(local, taken, &way))));
        }
    }
    Ok(Some((0, Miss::Contents { wanted: local.btf.spelled(local.root) })))
}

fn no_value(local: &Spec<'_>, target: &Btf, id: TypeId) -> Miss {
    let name = essential(local.steps.first().and_then(|step| step.name).unwrap_or_default());
    let nearest = match target.resolve(id) {
        Ok((_, Type::Enum(ty))) => nearest(name, ty.values().map(|value| value.name)),
        _ => None,
    };
    Miss::Value { parent: target.spelled(id), name: name.to_string(), nearest: nearest.map(ToString::to_string) }
}

/// Why the step after `taken` ones cannot be made from where `way` ends.
fn no_step(local: &Spec<'_>, taken: usize, way: &Spec<'_>) -> Miss {
    let here = end_of(way).unwrap_or(way.root);
    let step = &local.steps[taken];
    let target = way.btf.spelled(here);
    let Some(name) = step.name else {
        return Miss::Element { array: way_of(way), index: step.index, target };
    };
    let resolved = way.btf.resolve(here);
    let (Ok((_, Type::Struct(parent))) | Ok((_, Type::Union(parent)))) = resolved else {
        return Miss::MemberType { member: way_of(way), local: local.btf.spelled(step.ty), target };
    };
    let mut names = Names { btf: way.btf, names: Vec::new(), work: 0 };
    names.collect(parent, &mut String::new(), 0);
    if let Some((_, ty, _)) = names.names.iter().find(|(found, _, path)| *found == name && path.is_empty()) {
        let ours = match local.btf.get(step.ty) {
            Some(Type::Struct(parent) | Type::Union(parent)) => parent.member(step.index).map(|member| member.ty),
            _ => None,
        };
        return Miss::MemberType {
            member: way_of(way) + "." + name,
            local: ours.map_or_else(|| "…".to_string(), |id| local.btf.spelled(id)),
            target: way.btf.spelled(*ty),
        };
    }
    let here: Vec<_> = names.names.iter().filter(|(.., path)| path.is_empty()).map(|(name, ..)| *name).collect();
    let moved = names.names.iter().find(|(found, _, path)| *found == name && !path.is_empty());
    Miss::Member {
        parent: target,
        name: name.to_string(),
        nearest: renamed(name, &here).map(ToString::to_string),
        moved: moved.map(|(name, _, path)| path.to_string() + name),
    }
}

/// The name that a member was given later. Kernels rename by adding something before or after (`state`, `__state`;
/// `i_atime`, `i_atime_sec`) more often than by changing letters.
fn renamed<'t>(name: &str, names: &[&'t str]) -> Option<&'t str> {
    let same = names.iter().find(|other| other.trim_matches('_') == name.trim_matches('_'));
    let longer = || names.iter().find(|other| name.len() > 3 && (other.starts_with(name) || other.ends_with(name)));
    same.copied().or_else(|| nearest(name, names.iter().copied())).or_else(|| longer().copied())
}

/// The type that the last step of a way leads to.
fn end_of(way: &Spec<'_>) -> Option<TypeId> {
    let step = way.steps.last()?;
    match (step.name, way.btf.get(step.ty)?) {
        (Some(_), Type::Struct(parent) | Type::Union(parent)) => Some(parent.member(step.index)?.ty),
        _ => Some(step.ty),
    }
}

/// A way without its numbers: `struct task_struct.comm`.
fn way_of(way: &Spec<'_>) -> String {
    let text = way.to_string();
    text.split(" (").next().unwrap_or_default().to_string()
}

/// The members of a type, and those of its members: name, type, and the way there.
struct Names<'t> {
    btf: &'t Btf,
    names: Vec<(&'t str, TypeId, String)>,
    work: u32,
}

impl<'t> Names<'t> {
    fn collect(&mut self, parent: Composite<'t>, path: &mut String, depth: u32) {
        for member in parent.members() {
            self.work += 1;
            if self.work > 10_000 || depth > 4 {
                return;
            }
            let len = path.len();
            if !member.name.is_empty() {
                self.names.push((member.name, member.ty, path.clone()));
                path.push_str(member.name);
                path.push('.');
            }
            if let Ok((_, Type::Struct(inner) | Type::Union(inner))) = self.btf.resolve(member.ty) {
                self.collect(inner, path, depth + 1);
            }
            path.truncate(len);
        }
    }
}
