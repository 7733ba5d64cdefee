//! Threads that may fail to start.

use std::thread::Builder;

use crate::exit::{Failure, Outcome};

/// Starts a thread; an error, not a panic, if the system has none to give.
pub(crate) fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> Outcome {
    Builder::new()
        .name(name.to_owned())
        .spawn(body)
        .map(drop)
        .map_err(|error| Failure::Io(format!("cannot start the thread `{name}`"), error))
}
