//! Ring buffers as futures.

use std::{ops::ControlFlow, time::Duration};

use ::tokio::{
    io::{Interest, unix::AsyncFd},
    runtime::Handle,
};

use super::{RingBuffers, failed};
use crate::{Error, sys};

/// Several ring buffers, waited for by a tokio runtime.
#[derive(Debug)]
pub struct AsyncRingBuffers(AsyncFd<RingBuffers>);

impl AsyncRingBuffers {
    /// Hands ring buffers to the runtime that this is called in. Those to be read are added before.
    ///
    /// # Errors
    /// `kernel-refused` if there is no runtime, or it cannot wait for them.
    pub fn new(rings: RingBuffers) -> Result<Self, Error> {
        if let Err(error) = Handle::try_current() {
            return Err(refused(std::io::Error::other(error)));
        }
        #[allow(deprecated, reason = "what takes its place is unsafe; the descriptor here is owned and never changes")]
        AsyncFd::with_interest(rings, Interest::READABLE).map(Self).map_err(refused)
    }

    /// Waits until a ring buffer has records and passes all there are to `f`, with the number of their ring buffer,
    /// until `f` breaks. Returns how many `f` got, at least one.
    ///
    /// Nothing is lost if the future is dropped: records are passed on without a point where it could be.
    ///
    /// # Errors
    /// `kernel-refused`.
    pub async fn next_batch(&mut self, mut f: impl FnMut(usize, &[u8]) -> ControlFlow<()>) -> Result<usize, Error> {
        loop {
            let mut ready = self.0.readable_mut().await.map_err(refused)?;
            match ready.get_inner_mut().poll(Some(Duration::ZERO), &mut f)? {
                // What arrives between this look and the next wait makes it readable again.
                0 => ready.clear_ready(),
                count => return Ok(count),
            }
        }
    }

    /// The ring buffers by themselves.
    pub fn into_inner(self) -> RingBuffers {
        self.0.into_inner()
    }
}

fn refused(error: std::io::Error) -> Error {
    failed("wait for ring buffers", sys::Error::new("epoll", error))
}
