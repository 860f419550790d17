//! One test: what it needs, and how it is reported where that is missing.

use crate::host;
use libtest_mimic::{Completion, Failed, Trial};
use skep::Kind;
use skep::sys::Errno;
use skep_uapi::{Feature, Release};

/// What a test returns.
pub type Outcome<T = ()> = Result<T, Stop>;

/// Why a test did not come to its end.
#[derive(Debug)]
pub enum Stop {
    /// Something is wrong.
    Failed(String),
    /// This host forbids root what the kernel could do. In our virtual machines nothing is forbidden, so it is a
    /// failure there.
    Forbidden(String),
}

impl Stop {
    /// Why, in words.
    pub fn text(self) -> String {
        let (Self::Failed(text) | Self::Forbidden(text)) = self;
        text
    }
}

impl From<String> for Stop {
    fn from(text: String) -> Self {
        Self::Failed(text)
    }
}

impl From<&str> for Stop {
    fn from(text: &str) -> Self {
        Self::Failed(text.to_owned())
    }
}

impl From<std::io::Error> for Stop {
    fn from(error: std::io::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<skep::Error> for Stop {
    fn from(error: skep::Error) -> Self {
        let text = format!("{}: {error}", error.code());
        match error.kind() {
            Kind::MissingCapability { .. } => Self::Forbidden(text),
            Kind::Attach { error, .. } | Kind::ProgramLoad { error, .. } if error.errno == Errno::EPERM => {
                Self::Forbidden(text)
            }
            _ => Self::Failed(text),
        }
    }
}

impl From<skep::Errors> for Stop {
    fn from(errors: skep::Errors) -> Self {
        let stops: Vec<_> = errors.into_iter().map(Self::from).collect();
        let forbidden = !stops.is_empty() && stops.iter().all(|stop| matches!(stop, Self::Forbidden(_)));
        let text = stops.into_iter().map(|stop| stop.text()).collect::<Vec<_>>();
        if forbidden { Self::Forbidden(text.join("\n")) } else { Self::Failed(text.join("\n")) }
    }
}

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
                (host::release() < row.since).then(|| format!("{}: since {}", row.name, row.since))
            }
            Self::Since(since, what) => (host::release() < since).then(|| format!("{what}: since {since}")),
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
        match (case.run)() {
            Ok(()) => Ok(Completion::Completed),
            Err(Stop::Forbidden(text)) if !host::is_ours() => {
                let line = text.lines().next().unwrap_or_default();
                Ok(Completion::ignored_with(format!("this host forbids it: {line}")))
            }
            Err(Stop::Failed(text) | Stop::Forbidden(text)) => Err(Failed::from(text)),
        }
    })
}

/// Fails a test unless a condition holds.
#[macro_export]
macro_rules! ensure {
    ($condition:expr, $($text:tt)+) => {
        if !$condition {
            return Err(format!($($text)+).into());
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
