//! The archive's bytes on their way in: counted, capped, hashed and reported, whoever reads them.

use std::io::{self, Read};

use crate::digest::Hasher;
use crate::error::{ArchiveFault, Error, Result};
use crate::progress::{Monitor, Stage};
use ngrok_core::Deadline;

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

/// What is known of an archive before it is read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Announced<'a> {
    /// The URL or the file.
    pub(crate) name: &'a str,
    /// Its size.
    pub(crate) total: Option<u64>,
    /// The SHA-256 that it must have.
    pub(crate) sha256: Option<&'a str>,
    /// The size that it may have.
    pub(crate) cap: u64,
    /// When all of it has to be there.
    pub(crate) deadline: Deadline,
}

/// An archive's bytes as they come in.
pub(crate) struct Feed<'a> {
    inner: &'a mut dyn Read,
    announced: Announced<'a>,
    monitor: &'a Monitor,
    hasher: Hasher,
    bytes: u64,
    /// Decoders lose the type of an error that passes through them, so it waits here.
    failure: Option<Failure>,
}

impl<'a> Feed<'a> {
    /// # Errors
    /// `TooLarge` if more is announced than may come.
    pub(crate) fn new(
        inner: &'a mut dyn Read,
        announced: Announced<'a>,
        monitor: &'a Monitor,
    ) -> Result<Self> {
        let feed = Self {
            inner,
            announced,
            monitor,
            hasher: Hasher::default(),
            bytes: 0,
            failure: None,
        };
        feed.check_size(announced.total.unwrap_or(0))?;
        Ok(feed)
    }

    /// Once all has been read: the SHA-256 of it, if it is the one that was wanted.
    pub(crate) fn verified_digest(&self) -> Result<String> {
        let found = self.hasher.clone().finish();
        match self.announced.sha256 {
            Some(expected) if expected != found => {
                let name = self.announced.name;
                Err(Error::digest(name, expected.to_owned(), found))
            }
            _ => Ok(found),
        }
    }

    /// The failure that ended the bytes, if one did.
    pub(crate) fn take_failure(&mut self) -> Option<Failure> {
        self.failure.take()
    }

    fn count(&mut self, read: &[u8]) -> Result<()> {
        self.hasher.update(read);
        self.bytes += read.len() as u64;
        self.check_size(self.bytes)?;
        if self.announced.deadline.is_over() {
            return Err(Error::timeout(format!("reading {}", self.announced.name)));
        }
        self.monitor
            .report(Stage::Reading, self.bytes, self.announced.total)
    }

    fn check_size(&self, bytes: u64) -> Result<()> {
        let cap = self.announced.cap;
        if bytes > cap {
            let what = "the archive";
            return Err(Error::archive(ArchiveFault::TooLarge { what, cap }));
        }
        Ok(())
    }
}

impl Read for Feed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.failure.is_some() {
            return Err(stopped());
        }
        let failure = loop {
            match self.inner.read(buffer) {
                Ok(n) => match self.count(buffer.get(..n).unwrap_or_default()) {
                    Ok(()) => return Ok(n),
                    Err(error) => break Failure::Error(error),
                },
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) if e.get_ref().is_some_and(|e| e.is::<RestartWanted>()) => {
                    break Failure::Restart;
                }
                // A download's errors are ours, so any other is of a file.
                Err(e) => {
                    break Failure::Error(
                        e.downcast::<Error>()
                            .unwrap_or_else(|other| Error::io("read", self.announced.name, other)),
                    );
                }
            }
        };
        self.failure = Some(failure);
        Err(stopped())
    }
}

/// What the decoders are told; the reason waits in the feed.
fn stopped() -> io::Error {
    io::Error::other("the archive's bytes stopped coming")
}
