//! The archive's bytes on their way in: counted, capped, hashed and reported, whoever reads them.

use std::io::{self, Read};

use crate::digest::Hasher;
use crate::error::{ArchiveFault, Error};
use crate::progress::{Monitor, Stage};

/// Why the bytes stopped coming.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The server cannot go on where it broke off: the whole has to be read again.
    #[cfg_attr(not(feature = "download"), allow(dead_code))]
    Restart,
    Error(Error),
}

/// What a source's `read` wraps in its [`io::Error`] to ask for a restart.
#[derive(Debug, thiserror::Error)]
#[error("the download has to begin again")]
#[cfg_attr(not(feature = "download"), allow(dead_code))]
pub(crate) struct RestartWanted;

/// An archive's bytes as they come in.
pub(crate) struct Feed<'a> {
    inner: &'a mut dyn Read,
    monitor: &'a Monitor,
    hasher: Hasher,
    total: Option<u64>,
    cap: u64,
    bytes: u64,
    /// Decoders lose the type of an error that passes through them, so it waits here.
    failure: Option<Failure>,
    describe: &'a dyn Fn(io::Error) -> Error,
}

impl<'a> Feed<'a> {
    /// Reads from `inner`, at most `cap` bytes. `describe` makes our error of one of `inner`'s that is not ours yet.
    pub(crate) fn new(
        inner: &'a mut dyn Read,
        total: Option<u64>,
        cap: u64,
        monitor: &'a Monitor,
        describe: &'a dyn Fn(io::Error) -> Error,
    ) -> Self {
        Self {
            inner,
            monitor,
            hasher: Hasher::default(),
            total,
            cap,
            bytes: 0,
            failure: None,
            describe,
        }
    }

    /// The failure that ended the bytes, if one did.
    pub(crate) fn take_failure(&mut self) -> Option<Failure> {
        self.failure.take()
    }

    /// The SHA-256 of all that came in.
    pub(crate) fn digest(self) -> String {
        self.hasher.finish()
    }

    fn count(&mut self, read: &[u8]) -> Result<(), Error> {
        self.hasher.update(read);
        self.bytes += read.len() as u64;
        if self.bytes > self.cap {
            return Err(Error::archive(ArchiveFault::TooLarge {
                what: "the archive",
                cap: self.cap,
            }));
        }
        self.monitor.report(Stage::Reading, self.bytes, self.total)
    }

    fn fail(&mut self, failure: Failure) -> io::Error {
        self.failure.get_or_insert(failure);
        io::Error::other("the archive's bytes stopped coming")
    }
}

impl Read for Feed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.failure.is_some() {
            return Err(io::Error::other("the archive's bytes stopped coming"));
        }
        match self.inner.read(buffer) {
            Ok(n) => match self.count(buffer.get(..n).unwrap_or_default()) {
                Ok(()) => Ok(n),
                Err(error) => Err(self.fail(Failure::Error(error))),
            },
            Err(e) if e.kind() == io::ErrorKind::Interrupted => Err(e),
            Err(e) => {
                let failure = if e.get_ref().is_some_and(|inner| inner.is::<RestartWanted>()) {
                    Failure::Restart
                } else {
                    Failure::Error(match e.downcast::<Error>() {
                        Ok(ours) => ours,
                        Err(other) => (self.describe)(other),
                    })
                };
                Err(self.fail(failure))
            }
        }
    }
}
