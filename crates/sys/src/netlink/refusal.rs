//! What the kernel says when it refuses a request.

use crate::{Errno, Error};
use std::fmt;

/// The result of a request.
pub type Result<T> = core::result::Result<T, Refusal>;

/// A request that failed, with the kernel's own explanation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refusal {
    /// The request and the error number.
    pub error: Error,
    /// What the kernel had to say, such as `XDP program already attached`; empty if nothing.
    #[doc(alias = "NLMSGERR_ATTR_MSG")]
    pub message: String,
}

impl Refusal {
    pub(super) fn new(call: &'static str, errno: Errno) -> Self {
        Error::new(call, errno).into()
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)?;
        if self.message.is_empty() { Ok(()) } else { write!(f, ": {}", self.message) }
    }
}

impl std::error::Error for Refusal {}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self { error, message: String::new() }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        refusal.error
    }
}
