//! When `skep check` fails.

use std::str::FromStr;

use skep::{
    object::pattern::matches,
    reloc::check::{Finding, Known, ProgramReport, Report, State},
    uapi::Release,
};

use super::Checked;

/// What makes the check fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Something missing on any kernel.
    Any,
    /// A program that misses something on all kernels.
    All,
    /// Nothing.
    Never,
    /// Something missing on any kernel of this release or a later one.
    Since(Release),
}

/// What may be missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allow {
    /// A program or an error code.
    name: String,
    /// The kernel; none for all.
    kernel: Option<String>,
}

impl FromStr for Policy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let release = || {
            let (major, minor) = text.split_once('.')?;
            Some(Release::new(major.parse().ok()?, minor.parse().ok()?))
        };
        match text {
            "any" => Ok(Self::Any),
            "all" => Ok(Self::All),
            "never" => Ok(Self::Never),
            _ => {
                release().map(Self::Since).ok_or_else(|| "give `any`, `all`, `never` or a release such as 5.15".into())
            }
        }
    }
}

impl std::fmt::Display for Policy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Any => f.write_str("any"),
            Self::All => f.write_str("all"),
            Self::Never => f.write_str("never"),
            Self::Since(release) => release.fmt(f),
        }
    }
}

impl FromStr for Allow {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, kernel) = match text.split_once('@') {
            Some((name, kernel)) => (name, Some(kernel.to_owned())),
            None => (text, None),
        };
        match name {
            "" => Err("name a program or an error code before the `@`".into()),
            _ => Ok(Self { name: name.into(), kernel }),
        }
    }
}

impl Allow {
    fn covers(&self, program: &str, code: &str, kernel: &str) -> bool {
        let names = matches(&self.name, program) || matches(&self.name, code);
        names && self.kernel.as_deref().is_none_or(|pattern| matches(pattern, kernel))
    }
}

/// What the check is to fail for.
pub struct Judge<'a> {
    /// When.
    pub policy: Policy,
    /// What may be missing.
    pub allow: &'a [Allow],
    /// Whether what is not known, and programs that are not loaded by default, count.
    pub strict: bool,
}

impl Judge<'_> {
    /// Whether an object passes on kernels of these names.
    pub fn passes(&self, object: &Checked, kernels: &[&str]) -> bool {
        let counts = |report: &Report| match self.policy {
            Policy::Since(least) => !is_older(report.release, least),
            _ => true,
        };
        let failed = |(report, kernel): (&Report, &&str)| -> Vec<bool> {
            let of = |p: &ProgramReport| (p.autoload || self.strict) && self.fails(&p.findings, &p.name, kernel);
            let whole = self.fails(&report.object, "", kernel);
            let programs = report.programs.iter().map(|p| whole || of(p));
            if report.programs.is_empty() { vec![whole] } else { programs.collect() }
        };
        let pairs = object.reports.iter().zip(kernels).filter(|(report, _)| counts(report));
        let failures: Vec<Vec<bool>> = pairs.map(failed).collect();
        match self.policy {
            Policy::Never => true,
            // A program that fits no kernel.
            Policy::All => {
                let programs = failures.first().map_or(0, Vec::len);
                (0..programs).all(|i| failures.iter().any(|on| on.get(i) != Some(&true)))
            }
            Policy::Any | Policy::Since(_) => !failures.iter().flatten().any(|failed| *failed),
        }
    }

    fn fails(&self, findings: &[Finding], program: &str, kernel: &str) -> bool {
        findings.iter().any(|finding| {
            let severe = finding.state == State::Missing || self.strict && finding.state == State::Unknown;
            severe && !self.allow.iter().any(|allow| allow.covers(program, finding.code, kernel))
        })
    }
}

/// Whether a kernel is certainly older than a release.
fn is_older(known: Known, least: Release) -> bool {
    match known {
        Known::Exactly(major, minor, _) => Release::new(major.into(), minor.into()) < least,
        Known::Between { before: Some(before), .. } => before <= least,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_allowed() {
        let allow: Allow = "core-*@5.*".parse().unwrap();
        assert!(allow.covers("program", "core-no-field", "5.10"));
        assert!(!allow.covers("program", "core-no-field", "6.1"));
        assert!("@5.10".parse::<Allow>().is_err());
    }

    #[test]
    fn policies() {
        assert_eq!("5.15".parse(), Ok(Policy::Since(Release::new(5, 15))));
        assert!("sometimes".parse::<Policy>().is_err());
        let release = Release::new(5, 15);
        assert!(is_older(Known::Exactly(5, 10, 3), release) && !is_older(Known::Exactly(5, 15, 0), release));
        assert!(!is_older(Known::Nothing, release), "what is not known counts");
    }
}
