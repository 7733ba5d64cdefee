//! HTTP/1.1 messages as bytes: read a head, pass a body on untouched, and let someone see every byte of it.

use std::io;

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// The longest head; longer ones are an attack or a mistake.
const MAX_HEAD: usize = 256 * 1024;

/// A start line and headers, in their order and spelling.
#[derive(Clone, Debug, Default)]
pub(crate) struct Head {
    pub(crate) start: String,
    pub(crate) headers: Vec<(String, Vec<u8>)>,
}

/// How a body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    Length(u64),
    Chunked,
    UntilClose,
}

impl Head {
    fn parse(bytes: &[u8]) -> io::Result<Self> {
        let text = bytes.strip_suffix(b"\r\n\r\n").unwrap_or(bytes);
        let mut lines = text
            .split(|b| *b == b'\n')
            .map(|line| line.strip_suffix(b"\r").unwrap_or(line));
        let start = lines.next().unwrap_or_default();
        let mut head = Self {
            start: String::from_utf8_lossy(start).into_owned(),
            headers: Vec::new(),
        };
        for line in lines {
            let colon = line.iter().position(|b| *b == b':').ok_or_else(invalid)?;
            let (name, value) = line.split_at(colon);
            let name = std::str::from_utf8(name).map_err(|_| invalid())?;
            let value = value.get(1..).unwrap_or_default().trim_ascii();
            head.headers.push((name.to_owned(), value.to_vec()));
        }
        Ok(head)
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.start.clone().into_bytes();
        for (name, value) in &self.headers {
            bytes.extend_from_slice(b"\r\n");
            bytes.extend_from_slice(name.as_bytes());
            bytes.extend_from_slice(b": ");
            bytes.extend_from_slice(value);
        }
        bytes.extend_from_slice(b"\r\n\r\n");
        bytes
    }

    /// The first value of a header, whatever its spelling.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name))
            .and_then(|(_, value)| std::str::from_utf8(value).ok())
    }

    /// Whether a header lists a word, as `Connection: keep-alive, Upgrade` does.
    pub(crate) fn lists(&self, name: &str, word: &str) -> bool {
        self.headers
            .iter()
            .filter(|(n, _)| n.eq_ignore_ascii_case(name))
            .filter_map(|(_, value)| std::str::from_utf8(value).ok())
            .flat_map(|value| value.split(','))
            .any(|part| part.trim().eq_ignore_ascii_case(word))
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.headers.retain(|(n, _)| !n.eq_ignore_ascii_case(name));
    }

    /// Replaces a header where it stands, or adds it.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        let mut same = self.headers.iter_mut();
        match same.find(|(n, _)| n.eq_ignore_ascii_case(name)) {
            Some((_, old)) => *old = value.as_bytes().to_vec(),
            None => self.add(name, value),
        }
    }

    pub(crate) fn add(&mut self, name: &str, value: &str) {
        self.headers
            .push((name.to_owned(), value.as_bytes().to_vec()));
    }

    /// The words of the start line: method, target, version, or version, status, reason.
    pub(crate) fn words(&self) -> (&str, &str, &str) {
        let mut words = self.start.splitn(3, ' ');
        let mut next = || words.next().unwrap_or_default();
        (next(), next(), next())
    }

    pub(crate) fn status(&self) -> u16 {
        self.words().1.parse().unwrap_or(0)
    }

    /// Whether the sender will use the connection again.
    pub(crate) fn keeps_alive(&self) -> bool {
        let old = self.start.contains("HTTP/1.0");
        !self.lists("connection", "close") && (!old || self.lists("connection", "keep-alive"))
    }

    /// The framing of a request's body.
    pub(crate) fn request_framing(&self) -> io::Result<Framing> {
        self.framing(Framing::Length(0))
    }

    /// The framing of the body that answers a request of this method.
    pub(crate) fn response_framing(&self, method: &str) -> io::Result<Framing> {
        match self.status() {
            100..=199 | 204 | 304 => Ok(Framing::Length(0)),
            _ if method.eq_ignore_ascii_case("HEAD") => Ok(Framing::Length(0)),
            _ => self.framing(Framing::UntilClose),
        }
    }

    fn framing(&self, otherwise: Framing) -> io::Result<Framing> {
        if self.lists("transfer-encoding", "chunked") {
            return Ok(Framing::Chunked);
        }
        match self.get("content-length") {
            Some(length) => length.parse().map(Framing::Length).map_err(|_| invalid()),
            None => Ok(otherwise),
        }
    }
}

fn invalid() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "malformed HTTP response")
}

fn cut() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "unexpected EOF")
}

/// The reading half of a connection, with what was read too far.
#[derive(Debug)]
pub(crate) struct Reader<R> {
    inner: R,
    buffer: BytesMut,
}

impl<R: AsyncRead + Unpin> Reader<R> {
    pub(crate) fn new(inner: R) -> Self {
        Self {
            inner,
            buffer: BytesMut::with_capacity(16 * 1024),
        }
    }

    /// Reads more; false at the end. Nothing is lost when it is dropped half-way.
    pub(crate) async fn fill(&mut self) -> io::Result<bool> {
        self.buffer.reserve(16 * 1024);
        Ok(self.inner.read_buf(&mut self.buffer).await? > 0)
    }

    /// The next head, or `None` if the connection ends before its first byte.
    pub(crate) async fn head(&mut self) -> io::Result<Option<Head>> {
        let mut searched = 0;
        loop {
            let from = usize::saturating_sub(searched, 3);
            let found = self
                .buffer
                .get(from..)
                .and_then(|bytes| bytes.windows(4).position(|w| w == b"\r\n\r\n"));
            if let Some(at) = found {
                let head = self.buffer.split_to(from + at + 4);
                return Head::parse(&head).map(Some);
            }
            searched = self.buffer.len();
            if searched > MAX_HEAD {
                return Err(invalid());
            }
            if !self.fill().await? {
                return if self.buffer.is_empty() {
                    Ok(None)
                } else if self.buffer.starts_with(b"HTTP/") || searched < 5 {
                    Err(cut())
                } else {
                    Err(invalid())
                };
            }
        }
    }

    /// Passes a body on, bytes as they are; `seen` gets all of them.
    pub(crate) async fn body<W: AsyncWrite + Unpin>(
        &mut self,
        framing: Framing,
        to: &mut W,
        seen: &mut impl FnMut(&[u8]),
    ) -> io::Result<()> {
        match framing {
            Framing::Length(length) => self.exactly(length, to, seen).await,
            Framing::UntilClose => self.until_close(to, seen).await,
            Framing::Chunked => loop {
                let line = self.line(to, seen).await?;
                let digits = line.split(|b| *b == b';').next().unwrap_or_default();
                let size = std::str::from_utf8(digits)
                    .ok()
                    .and_then(|digits| u64::from_str_radix(digits.trim(), 16).ok())
                    .ok_or_else(invalid)?;
                if size > 0 {
                    self.exactly(size.saturating_add(2), to, seen).await?;
                    continue;
                }
                // Trailers, up to an empty line.
                while !self.line(to, seen).await?.trim_ascii().is_empty() {}
                return Ok(());
            },
        }
    }

    /// Passes on everything until the sender closes its side.
    pub(crate) async fn until_close<W: AsyncWrite + Unpin>(
        &mut self,
        to: &mut W,
        seen: &mut impl FnMut(&[u8]),
    ) -> io::Result<()> {
        loop {
            let length = self.buffer.len();
            self.pass(length, to, seen).await?;
            if !self.fill().await? {
                return Ok(());
            }
        }
    }

    async fn exactly<W: AsyncWrite + Unpin>(
        &mut self,
        mut length: u64,
        to: &mut W,
        seen: &mut impl FnMut(&[u8]),
    ) -> io::Result<()> {
        while length > 0 {
            if self.buffer.is_empty() && !self.fill().await? {
                return Err(cut());
            }
            let piece = usize::try_from(length)
                .unwrap_or(usize::MAX)
                .min(self.buffer.len());
            self.pass(piece, to, seen).await?;
            length -= piece as u64;
        }
        Ok(())
    }

    /// Passes a line on, and returns it with its end.
    async fn line<W: AsyncWrite + Unpin>(
        &mut self,
        to: &mut W,
        seen: &mut impl FnMut(&[u8]),
    ) -> io::Result<Vec<u8>> {
        loop {
            if let Some(at) = self.buffer.iter().position(|b| *b == b'\n') {
                let line = self.buffer.get(..=at).unwrap_or_default().to_vec();
                self.pass(at + 1, to, seen).await?;
                return Ok(line);
            }
            if self.buffer.len() > MAX_HEAD {
                return Err(invalid());
            }
            if !self.fill().await? {
                return Err(cut());
            }
        }
    }

    async fn pass<W: AsyncWrite + Unpin>(
        &mut self,
        length: usize,
        to: &mut W,
        seen: &mut impl FnMut(&[u8]),
    ) -> io::Result<()> {
        let piece = self.buffer.get(..length).unwrap_or_default();
        seen(piece);
        to.write_all(piece).await?;
        self.buffer.advance(length);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
