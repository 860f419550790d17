//! One test: what it needs, and how it is reported where that is missing.

use crate::host;
use libtest_mimic::{Completion, Failed, Trial};
use skep_uapi::{Feature, Release};

/// What a test returns. The error's text says what went wrong.
pub type Outcome = Result<(), String>;

/// One test.
pub struct Case {
    /// Its name, in the area's namespace.
    pub name: &'static str,
    /// What the kernel has to have.
    pub needs: &'static [Need],
    /// The test.
    pub run: fn() -> Outcome,
}

/// What a kernel has to have.
#[derive(Clone, Copy)]
#[allow(dead_code, reason = "areas use what they need")]
pub enum Need {
    /// What a row of the table of features says.
    Feature(Feature),
    /// Something else that came with a release.
    Since(Release, &'static str),
    /// An option the kernel is built with (`CONFIG_KPROBES`).
    Option(&'static str),
    /// Something that this host may withhold; the function says how it is known to be withheld.
    Host(fn() -> Option<String>),
}

impl Need {
    /// Why the running kernel cannot do it; nothing if it can.
    fn missing(self) -> Option<String> {
        match self {
            Self::Feature(feature) => {
                let row = feature.row();
                (host::release() < row.since).then(|| format!("{} is there since {}", row.name, row.since))
            }
            Self::Since(since, what) => (host::release() < since).then(|| format!("{what} is there since {since}")),
            Self::Option(name) => {
                (host::option(name) == Some(false)).then(|| format!("this kernel is built without {name}"))
            }
            Self::Host(withheld) => withheld(),
        }
    }
}

/// The test in the form of the harness.
pub fn trial(area: &str, case: &'static Case) -> Trial {
    Trial::ignorable_test(format!("{area}::{}", case.name), move || {
        let reasons = host::unprivileged().into_iter().chain(case.needs.iter().filter_map(|need| need.missing()));
        if let Some(reason) = reasons.into_iter().next() {
            return Ok(Completion::ignored_with(reason));
        }
        (case.run)().map(|()| Completion::Completed).map_err(Failed::from)
    })
}

/// Fails a test unless a condition holds.
#[macro_export]
macro_rules! ensure {
    ($condition:expr, $($text:tt)+) => {
        if !$condition {
            return Err(format!($($text)+));
        }
    };
}

/// Adds what was tried to the text of an error.
pub trait During<T> {
    /// The same result; an error says `what` first.
    fn during(self, what: &str) -> Result<T, String>;
}

impl<T, E: std::fmt::Display> During<T> for Result<T, E> {
    fn during(self, what: &str) -> Result<T, String> {
        self.map_err(|error| format!("{what}: {error}"))
    }
}
