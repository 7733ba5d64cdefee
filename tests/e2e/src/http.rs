//! The least of an HTTP client: what a visitor of a public URL sends, byte for byte.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    /// 200 and so on.
    pub status: u16,
    /// The body; chunks are left as they are.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Sends one request to a URL of this machine, and closes the connection.
///
/// # Errors
///
/// If the URL is no `http://` one, or there is no whole answer within ten seconds.
pub fn send(method: &str, url: &str, body: &str) -> io::Result<Answer> {
    let bad = |what: &str| io::Error::other(format!("{url}: {what}"));
    let rest = url
        .strip_prefix("http://")
        .ok_or_else(|| bad("not an http URL"))?;
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let mut stream = TcpStream::connect(host)?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    write!(
        stream,
        "{method} /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    let end = bytes
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .ok_or_else(|| bad("no HTTP answer"))?;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|code| code.parse().ok())
        .ok_or_else(|| bad("no status"))?;
    Ok(Answer {
        status,
        body: bytes.split_off(end + 4),
    })
}
