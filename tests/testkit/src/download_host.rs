//! A download host on the loopback: given paths, given bytes, and faults on demand.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::Incoming;
use hyper::header::{ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_RANGE, ETAG, LOCATION, RANGE};
use hyper::{Request, Response};

use crate::range::{Asked, parse};
use crate::server::{Body, Server, full, streamed};

/// What goes wrong with a download.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum DownloadFault {
    /// An answer with this status and a short text.
    Status(u16),
    /// The connection ends after so many bytes of the body.
    Cut(usize),
    /// Nothing more comes after so many bytes of the body, and the connection stays open.
    Stall(usize),
    /// Pieces of `chunk` bytes with a pause before each.
    Slow {
        /// Bytes a piece.
        chunk: usize,
        /// The pause before each piece.
        pause: Duration,
    },
    /// A 302 to this address.
    Redirect(String),
    /// Other bytes than were asked for, of the same length: a digest must notice.
    Corrupt,
    /// The whole file with a 200, whatever range was asked for.
    NoRanges,
}

#[derive(Default)]
struct File {
    bytes: Bytes,
    /// Faults to come, first to last; a `usize::MAX` of one is for ever.
    faults: Vec<(usize, DownloadFault)>,
    ranges: Vec<Option<String>>,
}

type Files = Arc<Mutex<HashMap<String, File>>>;

/// Serves files on a free port of `127.0.0.1` until it is dropped.
///
/// ```
/// # fn main() -> std::io::Result<()> {
/// use ngrok_testkit::{DownloadHost, archive};
///
/// let host = DownloadHost::start()?;
/// let agent = archive::Entry::executable("ngrok", "#!/bin/sh\n");
/// host.serve("/ngrok.tgz", archive::tgz(&[agent])?);
/// assert!(host.url("/ngrok.tgz").starts_with("http://127.0.0.1:"));
/// assert_eq!(host.count("/ngrok.tgz"), 0);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct DownloadHost {
    server: Server,
    files: Shelf,
}

/// The files, with a `Debug` that does not print them.
#[derive(Clone, Default)]
struct Shelf(Files);

impl std::fmt::Debug for Shelf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.lock().keys()).finish()
    }
}

impl Shelf {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, File>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl DownloadHost {
    /// Starts to listen, with nothing to serve yet.
    ///
    /// # Errors
    /// When no port or no thread is to be had.
    pub fn start() -> io::Result<Self> {
        let files = Shelf::default();
        let shelf = files.clone();
        let server = Server::http(move |request| {
            let reply = answer(&request, &shelf);
            async move { reply }
        })?;
        Ok(Self { server, files })
    }

    /// Puts a file at a path (`/ngrok.tgz`), in place of what was there.
    pub fn serve(&self, path: impl Into<String>, bytes: impl Into<Vec<u8>>) {
        self.files.lock().entry(path.into()).or_default().bytes = Bytes::from(bytes.into());
    }

    /// Lets the next `times` requests for a path meet a fault, after those already ordered. `usize::MAX` is for ever.
    pub fn fail(&self, path: impl Into<String>, times: usize, fault: DownloadFault) {
        let mut files = self.files.lock();
        files
            .entry(path.into())
            .or_default()
            .faults
            .push((times, fault));
    }

    /// Where it listens.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.server.addr()
    }

    /// The address of a path: `http://127.0.0.1:PORT/path`.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.addr())
    }

    /// How many requests a path has had, failed ones too.
    #[must_use]
    pub fn count(&self, path: &str) -> usize {
        self.ranges(path).len()
    }

    /// The `Range` header of each request that a path has had.
    #[must_use]
    pub fn ranges(&self, path: &str) -> Vec<Option<String>> {
        let files = self.files.lock();
        files
            .get(path)
            .map_or_else(Vec::new, |file| file.ranges.clone())
    }
}

fn answer(request: &Request<Incoming>, shelf: &Shelf) -> io::Result<Response<Body>> {
    let mut files = shelf.lock();
    let Some(file) = files.get_mut(request.uri().path()) else {
        return status(404, "no such file");
    };
    let range = request
        .headers()
        .get(RANGE)
        .and_then(|value| value.to_str().ok());
    file.ranges.push(range.map(str::to_owned));
    let fault = file.next_fault();
    match &fault {
        Some(DownloadFault::Status(code)) => return status(*code, "as ordered"),
        Some(DownloadFault::Redirect(to)) => {
            return Response::builder()
                .status(302)
                .header(LOCATION, to)
                .body(full(""))
                .map_err(io::Error::other);
        }
        _ => {}
    }
    let whole = match &fault {
        Some(DownloadFault::Corrupt) => file.bytes.iter().map(|b| !b).collect(),
        _ => file.bytes.clone(),
    };
    let range = range.filter(|_| !matches!(fault, Some(DownloadFault::NoRanges)));
    let len = whole.len() as u64;
    let reply = Response::builder()
        .header(ETAG, format!("\"{len}\""))
        .header(ACCEPT_RANGES, "bytes");
    let (reply, part) = match parse(range, len) {
        Asked::Whole => (reply, whole),
        Asked::Part(part) => {
            let told = format!("bytes {}-{}/{len}", part.start, part.end - 1);
            // The bounds come from a length that fits in memory.
            let part = whole.slice(part.start as usize..part.end as usize);
            (reply.status(206).header(CONTENT_RANGE, told), part)
        }
        Asked::Unsatisfiable => {
            let told = format!("bytes */{len}");
            (reply.status(416).header(CONTENT_RANGE, told), Bytes::new())
        }
    };
    reply
        .header(CONTENT_LENGTH, part.len())
        .body(body(part, fault))
        .map_err(io::Error::other)
}

fn status(code: u16, text: &'static str) -> io::Result<Response<Body>> {
    Response::builder()
        .status(code)
        .body(full(text))
        .map_err(io::Error::other)
}

impl File {
    fn next_fault(&mut self) -> Option<DownloadFault> {
        let (times, fault) = self.faults.first_mut()?;
        let fault = fault.clone();
        *times = match *times {
            usize::MAX => usize::MAX,
            n => n.saturating_sub(1),
        };
        if *times == 0 {
            self.faults.remove(0);
        }
        Some(fault)
    }
}

fn body(mut bytes: Bytes, fault: Option<DownloadFault>) -> Body {
    match fault {
        Some(DownloadFault::Cut(at)) => streamed(move |mut pieces| async move {
            let _ = pieces.send_data(bytes.slice(..at.min(bytes.len()))).await;
            (pieces, Err(io::Error::other("cut as ordered")))
        }),
        Some(DownloadFault::Stall(at)) => streamed(move |mut pieces| async move {
            let _ = pieces.send_data(bytes.slice(..at.min(bytes.len()))).await;
            std::future::pending().await
        }),
        Some(DownloadFault::Slow { chunk, pause }) => streamed(move |mut pieces| async move {
            while !bytes.is_empty() {
                tokio::time::sleep(pause).await;
                let piece = bytes.split_to(chunk.clamp(1, bytes.len()));
                if pieces.send_data(piece).await.is_err() {
                    break;
                }
            }
            (pieces, Ok(()))
        }),
        _ => full(bytes),
    }
}
