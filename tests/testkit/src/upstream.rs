//! A small HTTP server to put behind a tunnel.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::header::{CONTENT_ENCODING, CONTENT_TYPE};
use hyper::{Request, Response};
use serde_json::json;

use crate::server::{Body, Server, full, streamed};
use crate::websocket;

/// A request as the upstream received it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Received {
    /// `GET`, `POST`, …
    pub method: String,
    /// The path with its query.
    pub path: String,
    /// Names in lower case, in the order of arrival.
    pub headers: Vec<(String, String)>,
    /// The whole body.
    pub body: Vec<u8>,
}

impl Received {
    /// The first value of a header; its name in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers.find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}

/// An HTTP server on a free port of `127.0.0.1` that ends when it is dropped.
///
/// | path | answer |
/// |---|---|
/// | `/bytes/N` | N bytes of a fixed pattern |
/// | `/status/N` | status N |
/// | `/slow/SECS` | the echo, after so many seconds (`0.2` too) |
/// | `/chunked/N` | N lines, chunked |
/// | `/gzip` | a gzipped text |
/// | `/raw` | the body as it came |
/// | `/close` | none: the connection is closed |
/// | any, with `Upgrade: websocket` | a WebSocket that echoes |
/// | any other | `{method, path, headers: [[name, value]], body}` as JSON |
///
/// ```
/// # fn main() -> std::io::Result<()> {
/// let upstream = ngrok_testkit::Upstream::start()?;
/// assert!(upstream.url().starts_with("http://127.0.0.1:"));
/// assert!(upstream.received().is_empty());
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Upstream {
    server: Server,
    received: Arc<Mutex<Vec<Received>>>,
}

impl Upstream {
    /// Starts to listen.
    ///
    /// # Errors
    /// When no port or no thread is to be had.
    pub fn start() -> io::Result<Self> {
        let received: Arc<Mutex<Vec<Received>>> = Arc::default();
        let log = Arc::clone(&received);
        let server = Server::http(move |request| answer(request, Arc::clone(&log)))?;
        Ok(Self { server, received })
    }

    /// Where it listens.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.server.addr()
    }

    /// The port of [`addr`](Self::addr).
    #[must_use]
    pub fn port(&self) -> u16 {
        self.addr().port()
    }

    /// `http://127.0.0.1:PORT`
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.addr())
    }

    /// All requests so far, in the order of arrival.
    #[must_use]
    pub fn received(&self) -> Vec<Received> {
        self.received
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

async fn answer(
    mut request: Request<Incoming>,
    log: Arc<Mutex<Vec<Received>>>,
) -> io::Result<Response<Body>> {
    let upgrade = websocket::accept(&mut request);
    let (head, body) = request.into_parts();
    let body = match upgrade {
        Some(_) => Bytes::new(),
        None => body.collect().await.map_err(io::Error::other)?.to_bytes(),
    };
    let path = head
        .uri
        .path_and_query()
        .map_or("/", |p| p.as_str())
        .to_owned();
    let received = Received {
        method: head.method.to_string(),
        headers: head
            .headers
            .iter()
            .map(|(name, value)| {
                let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
                (name.to_string(), value)
            })
            .collect(),
        body: body.to_vec(),
        path,
    };
    log.lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(received.clone());
    if let Some(switching) = upgrade {
        return switching;
    }
    let mut segments = head.uri.path().trim_start_matches('/').split('/');
    let route = segments.next().unwrap_or_default();
    let argument = segments.next().unwrap_or_default();
    let number = argument.parse::<usize>().unwrap_or_default();
    let reply = Response::builder();
    match route {
        "bytes" => reply.body(full(pattern(number))),
        "status" => reply
            .status(u16::try_from(number).unwrap_or(500))
            .body(full("")),
        "chunked" => reply.body(chunked(number)),
        "gzip" => {
            let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
            io::Write::write_all(&mut gzip, b"a text that was gzipped\n")?;
            reply
                .header(CONTENT_ENCODING, "gzip")
                .header(CONTENT_TYPE, "text/plain")
                .body(full(gzip.finish()?))
        }
        "raw" => reply.body(full(body)),
        "close" => return Err(io::Error::other("closed as asked")),
        "slow" => {
            let pause = Duration::try_from_secs_f64(argument.parse().unwrap_or(0.0));
            tokio::time::sleep(pause.unwrap_or_default()).await;
            echo(reply, &received)
        }
        _ => echo(reply, &received),
    }
    .map_err(io::Error::other)
}

fn echo(
    reply: hyper::http::response::Builder,
    received: &Received,
) -> hyper::http::Result<Response<Body>> {
    let echo = json!({
        "method": received.method,
        "path": received.path,
        "headers": received.headers,
        "body": String::from_utf8_lossy(&received.body),
    });
    reply
        .header(CONTENT_TYPE, "application/json")
        .body(full(echo.to_string()))
}

/// Bytes whose order shows when some are lost or doubled.
fn pattern(len: usize) -> Vec<u8> {
    (0..len).map(|i| (i % 251) as u8).collect()
}

fn chunked(lines: usize) -> Body {
    streamed(move |mut pieces| async move {
        for n in 0..lines {
            if pieces
                .send_data(Bytes::from(format!("line {n}\n")))
                .await
                .is_err()
            {
                break;
            }
        }
        (pieces, Ok(()))
    })
}
