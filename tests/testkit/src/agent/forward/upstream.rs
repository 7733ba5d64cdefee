//! The connection to the service behind an HTTP tunnel, and the answers that come from it.

use std::io;
use std::sync::Arc;

use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

use super::rewrite::edit;
use super::wire::{Head, Reader};
use crate::agent::capture::Exchange;
use crate::agent::fields::HeaderEdits;

/// The agent's connection to the service behind the tunnel.
pub(super) struct Upstream {
    pub(super) authority: String,
    pub(super) read: Reader<OwnedReadHalf>,
    pub(super) write: OwnedWriteHalf,
}

impl Upstream {
    pub(super) async fn connect(authority: &str) -> io::Result<Self> {
        let stream = TcpStream::connect(authority).await?;
        stream.set_nodelay(true)?;
        let (read, write) = stream.into_split();
        Ok(Self {
            authority: authority.to_owned(),
            read: Reader::new(read),
            write,
        })
    }

    /// Waits until the other side closes it, or speaks without being asked.
    pub(super) async fn no_longer_idle(&self) {
        // A socket may count as readable until a read finds nothing.
        while self.read.inner().readable().await.is_ok() && self.is_open() {}
    }

    /// Whether the other side has not closed it since the last answer.
    pub(super) fn is_open(&self) -> bool {
        let mut byte = [0];
        matches!(self.read.inner().try_read(&mut byte), Err(error) if error.kind() == io::ErrorKind::WouldBlock)
    }
}

/// How far an answer had come when it failed.
pub(super) enum Lost {
    /// Not begun.
    Before,
    /// In its head.
    Head(io::Error),
    /// After the client got its head.
    Within(io::Error),
}

/// Runs both directions, until the answer is complete; says whether the body had gone up by then.
pub(super) async fn both<T>(
    up: impl Future<Output = io::Result<()>>,
    down: impl Future<Output = Result<T, Lost>>,
) -> (Result<T, Lost>, bool) {
    tokio::pin!(up, down);
    let mut sent = None;
    let answer = loop {
        tokio::select! {
            // In this order, or a body without bytes might count as not sent.
            biased;
            // An upstream that takes no more may still be answering.
            done = &mut up, if sent.is_none() => sent = Some(done.is_ok()),
            answer = &mut down => break answer,
        }
    };
    (answer, sent == Some(true))
}

/// Passes an answer on, interim ones (100, 103) too, and returns its head.
pub(super) async fn answer<W: AsyncWrite + Unpin>(
    from: &mut Reader<OwnedReadHalf>,
    to: &mut W,
    method: &str,
    edits: &HeaderEdits,
    exchange: Option<&Arc<Exchange>>,
) -> Result<Head, Lost> {
    loop {
        let mut head = from.head().await.map_err(Lost::Head)?.ok_or(Lost::Before)?;
        let framing = head.response_framing(method).map_err(Lost::Head)?;
        if !head.start.starts_with("HTTP/1.") {
            return Err(Lost::Head(io::ErrorKind::InvalidData.into()));
        }
        edit(&mut head, edits);
        let interim = (100..200).contains(&head.status()) && head.status() != 101;
        if let Some(exchange) = exchange.filter(|_| !interim) {
            exchange.response_head(&head);
        }
        to.write_all(&head.to_bytes()).await.map_err(Lost::Within)?;
        if interim {
            continue;
        }
        let mut seen = |bytes: &[u8]| {
            if let Some(exchange) = exchange {
                exchange.response_body(bytes);
            }
        };
        from.body(framing, to, &mut seen)
            .await
            .map_err(Lost::Within)?;
        return Ok(head);
    }
}

/// After a 101, bytes both ways until either side ends.
pub(super) async fn tunnel_bytes(
    read: &mut Reader<OwnedReadHalf>,
    write: &mut OwnedWriteHalf,
    upstream: &mut Upstream,
) {
    let (mut up, mut down) = (|_: &[u8]| (), |_: &[u8]| ());
    tokio::select! {
        _ = read.until_close(&mut upstream.write, &mut up) => {}
        _ = upstream.read.until_close(write, &mut down) => {}
    }
    let _ = upstream.write.shutdown().await;
}
