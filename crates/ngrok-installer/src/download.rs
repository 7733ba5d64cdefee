//! A download that survives faults: it tries again, and goes on where it broke off if the server lets it.

use std::hash::{BuildHasher, RandomState};
use std::io::{self, Read};
use std::sync::Arc;
use std::time::Duration;

use ureq::http::Response;
use ureq::{Agent, Body, BodyReader};

use crate::error::Result;
use crate::feed::RestartWanted;
use crate::progress::{Monitor, Stage};
use ngrok_core::Deadline;

pub(crate) use self::client::Client;
use self::client::{Fault, fault, header};

mod client;
mod transport;
mod url;

/// How long a server may ask to be left alone before another try; for longer, its answer is the result.
const PATIENCE: Duration = Duration::from_secs(60);

/// The bytes of one file, from its first to its last.
pub(crate) struct Download<'a> {
    client: &'a Client,
    agent: Agent,
    monitor: Arc<Monitor>,
    deadline: Deadline,
    retries_left: u32,
    tries: u32,
    /// An answer that begins at byte 0 and is not read yet.
    fresh: Option<Response<Body>>,
    body: Option<BodyReader<'static>>,
    offset: u64,
    total: Option<u64>,
    /// What names this version of the file: a strong ETag, or the time of its last change.
    validator: Option<String>,
}

impl Client {
    pub(crate) fn download(&self, monitor: &Arc<Monitor>, deadline: Deadline) -> Download<'_> {
        Download {
            agent: self.agent(monitor),
            client: self,
            monitor: Arc::clone(monitor),
            deadline,
            retries_left: self.retries,
            tries: 0,
            fresh: None,
            body: None,
            offset: 0,
            total: None,
            validator: None,
        }
    }
}

impl Download<'_> {
    /// Begins at the first byte. Tells how many there are, if the server does.
    pub(crate) fn open(&mut self) -> Result<Option<u64>> {
        let answer = loop {
            if let Some(answer) = self.fresh.take() {
                break answer;
            }
            self.monitor.enter(Stage::Connecting)?;
            match self.client.get(&self.agent, None, self.deadline) {
                Ok(answer) => break answer,
                Err(fault) => self.pause(fault)?,
            }
        };
        self.offset = 0;
        self.total = number(header(&answer, "content-length"));
        self.validator = validator(&answer);
        self.body = Some(reader(answer));
        Ok(self.total)
    }

    /// Waits before the next try, or gives up: with the fault itself, if it lasts or there is no try left.
    fn pause(&mut self, fault: Fault) -> Result<()> {
        let asked = fault.wait.unwrap_or_default();
        if !fault.is_passing || self.retries_left == 0 || asked > PATIENCE {
            return Err(fault.error);
        }
        self.retries_left -= 1;
        let length = asked.max(backoff(self.tries));
        self.tries += 1;
        let waited = self
            .monitor
            .wait(length, self.deadline, "waiting to download again");
        // What went wrong says more than that there is no time to try again.
        waited.map_err(|e| if e.is_timeout() { fault.error } else { e })
    }

    /// After a fault in the middle: asks for the rest.
    fn resume(&mut self, mut fault: Fault) -> io::Result<()> {
        loop {
            self.pause(fault).map_err(io::Error::other)?;
            self.monitor
                .enter(Stage::Connecting)
                .map_err(io::Error::other)?;
            let Some(validator) = &self.validator else {
                return Err(io::Error::other(RestartWanted));
            };
            let range = Some((self.offset, validator.as_str()));
            match self.client.get(&self.agent, range, self.deadline) {
                Ok(answer) if self.continues(&answer) => {
                    self.body = Some(reader(answer));
                    return Ok(());
                }
                Ok(answer) => {
                    // The whole file again; a part that does not fit is of no use.
                    self.fresh = (answer.status().as_u16() == 200).then_some(answer);
                    return Err(io::Error::other(RestartWanted));
                }
                // The file is shorter by now, or had ended where it broke off without saying how long it is.
                Err(again) if again.error.status() == Some(416) => {
                    return Err(io::Error::other(RestartWanted));
                }
                Err(again) => fault = again,
            }
        }
    }

    /// Whether an answer is the rest of what has been read.
    fn continues(&self, answer: &Response<Body>) -> bool {
        let range = header(answer, "content-range").and_then(content_range);
        let is_rest = range.is_some_and(|(start, total)| {
            start == self.offset && (total.is_none() || self.total.is_none() || total == self.total)
        });
        answer.status().as_u16() == 206
            && is_rest
            && validator(answer).is_none_or(|now| Some(now) == self.validator)
    }

    /// The fault of a body that ended before its announced length, if it did.
    fn short(&self) -> Option<Fault> {
        (self.total? > self.offset).then(|| {
            let cut = io::Error::new(io::ErrorKind::UnexpectedEof, "the connection closed early");
            fault(&self.client.url, ureq::Error::Io(cut))
        })
    }
}

impl Read for Download<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let Some(body) = &mut self.body else {
                return Ok(0);
            };
            let fault = match body.read(buffer) {
                Ok(0) if !buffer.is_empty() => match self.short() {
                    Some(fault) => fault,
                    None => return Ok(0),
                },
                Ok(n) => {
                    self.offset += n as u64;
                    return Ok(n);
                }
                Err(e) => fault(&self.client.url, e.into()),
            };
            if !fault.is_passing {
                return Err(io::Error::other(fault.error));
            }
            self.body = None;
            self.resume(fault)?;
        }
    }
}

/// No limit here: the caller's cap on the archive's size is the limit.
fn reader(answer: Response<Body>) -> BodyReader<'static> {
    answer
        .into_body()
        .into_with_config()
        .limit(u64::MAX)
        .reader()
}

/// What `If-Range` may carry: a weak ETag says nothing about bytes.
fn validator(answer: &Response<Body>) -> Option<String> {
    let etag = header(answer, "etag").filter(|tag| !tag.starts_with("W/"));
    let text = etag.or_else(|| header(answer, "last-modified"))?;
    Some(text.to_owned())
}

/// `bytes 10-19/20` → (10, 20); the total may be `*`.
fn content_range(text: &str) -> Option<(u64, Option<u64>)> {
    let (range, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (start, _) = range.split_once('-')?;
    Some((start.trim().parse().ok()?, total.trim().parse().ok()))
}

fn number(text: Option<&str>) -> Option<u64> {
    text?.trim().parse().ok()
}

/// A quarter of a second, twice as long each time, at most eight; up to a quarter more, so that many machines that
/// failed together do not come back together.
fn backoff(tries: u32) -> Duration {
    let base = Duration::from_millis(250 << tries.min(5));
    // The standard library's hash keys are random; a hash of anything is then a random number.
    let jitter = RandomState::new().hash_one(tries) % 256;
    base + base * u32::try_from(jitter).unwrap_or(0) / 1024
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_content_range_tells_the_start_and_the_whole() {
        for (text, expected) in [
            ("bytes 10-19/20", Some((10, Some(20)))),
            ("bytes 0-0/*", Some((0, None))),
            ("bytes */20", None),
            ("items 1-2/3", None),
            ("bytes -5/20", None),
            ("", None),
        ] {
            assert_eq!(content_range(text), expected, "{text}");
        }
    }

    #[test]
    fn waits_grow_and_stay_bounded() {
        for tries in 0..100 {
            let wait = backoff(tries);
            assert!(wait >= Duration::from_millis(250 << tries.min(5)));
            assert!(wait <= Duration::from_secs(10), "{tries}: {wait:?}");
        }
    }
}
