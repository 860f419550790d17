//! Many kernel functions by one link.

use std::{ffi::CString, os::fd::AsFd};

use super::{
    Hook,
    kprobe::functions,
    refusal::{absent, because, fits},
};
use crate::{
    Error, Link, Program,
    link::Inner,
    load::privilege,
    object::{
        pattern,
        uapi::{AttachType, ProgType},
    },
    sys::{
        Errno,
        bpf::{self, LinkCreate, LinkOptions, LinkTarget, link_create},
        mounts,
    },
};

/// All kernel functions that a pattern matches (5.18).
#[derive(Clone, Debug)]
#[doc(alias = "bpf_program__attach_kprobe_multi_opts")]
pub struct KprobeMulti {
    functions: Functions,
    is_return: bool,
}

#[derive(Clone, Debug)]
enum Functions {
    Pattern(String),
    Names(Vec<String>),
}

impl KprobeMulti {
    /// The functions whose names match a pattern with `*` and `?`.
    pub fn matching(pattern: impl Into<String>) -> Self {
        Self { functions: Functions::Pattern(pattern.into()), is_return: false }
    }

    /// The functions with these names.
    pub fn all_of<N: Into<String>>(names: impl IntoIterator<Item = N>) -> Self {
        Self { functions: Functions::Names(names.into_iter().map(Into::into).collect()), is_return: false }
    }

    /// At the return instead of the entry.
    pub fn at_return(self, is_return: bool) -> Self {
        Self { is_return, ..self }
    }

    fn names(&self, program: &Program) -> Result<Vec<String>, Error> {
        match &self.functions {
            Functions::Names(names) => Ok(names.clone()),
            Functions::Pattern(name) if !pattern::is_pattern(name) => Ok(vec![name.clone()]),
            Functions::Pattern(wanted) => {
                let mut names = traceable();
                names.retain(|name| pattern::matches(wanted, name));
                names.sort_unstable();
                // A name that stands for several functions cannot be resolved by the kernel.
                names.dedup();
                if names.is_empty() { Err(absent(program, "kernel function like", wanted, [])) } else { Ok(names) }
            }
        }
    }
}

/// The functions that can be traced.
fn traceable() -> Vec<String> {
    let list =
        mounts::tracefs().ok().and_then(|dir| std::fs::read_to_string(dir.join("available_filter_functions")).ok());
    match list {
        // A module's name may follow.
        Some(text) => text.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect(),
        None => functions(),
    }
}

impl Hook for KprobeMulti {
    fn attach(&self, program: &Program) -> Result<Link, Error> {
        fits(program, "kernel functions", &[ProgType::KPROBE])?;
        let names = self.names(program)?;
        let hook = match &self.functions {
            Functions::Pattern(wanted) => format!("kprobe.multi {wanted}"),
            Functions::Names(names) => format!("kprobe.multi of {} functions", names.len()),
        };
        let names = names.into_iter().filter_map(|name| CString::new(name).ok()).collect::<Vec<_>>();
        let symbols = names.iter().map(CString::as_c_str).collect::<Vec<_>>();
        let multi = bpf::KprobeMulti { symbols: &symbols, is_return: self.is_return, ..bpf::KprobeMulti::default() };
        let create = LinkCreate {
            program: program.as_fd(),
            target: LinkTarget::None,
            attach_type: program.attach_type().unwrap_or(AttachType::TRACE_KPROBE_MULTI),
            flags: 0,
            options: LinkOptions::KprobeMulti(multi),
        };
        match link_create(&create) {
            Ok(fd) => Ok(Link::new(program, hook, Inner::Bpf(fd))),
            Err(error) => {
                let reason = match error.errno {
                    Errno::ESRCH | Errno::ENOENT => Some("one of the functions does not exist or cannot be traced"),
                    Errno::EINVAL => Some("links to many functions exist since Linux 5.18"),
                    Errno::EOPNOTSUPP => Some("this kernel was built without FPROBE"),
                    _ => None,
                };
                Err(because(program, &hook, error, privilege::TRACE, reason.map(Into::into)))
            }
        }
    }
}
