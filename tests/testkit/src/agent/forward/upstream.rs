//! The connection to the service behind an HTTP tunnel, and the answers that come from it.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedWriteHalf;

use super::proxy_protocol;
use super::wire::{Head, Reader};
use crate::agent::capture::Exchange;
use crate::agent::definition::Definition;
use crate::agent::policy::{Facts, Policy, Verdict};
use crate::agent::target::Target;

/// A stream of bytes, plain or within TLS.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// Connects to the service behind a tunnel, in TLS if its address says https, and greets it with the PROXY protocol if
/// that is asked for.
pub(super) async fn dial(
    definition: &Definition,
    authority: &str,
    peer: SocketAddr,
) -> io::Result<Box<dyn Stream>> {
    let mut stream = TcpStream::connect(authority).await?;
    stream.set_nodelay(true)?;
    if let Some(version) = definition.armed.proxy_protocol {
        let greeting = proxy_protocol::greeting(version, peer, stream.peer_addr()?);
        stream.write_all(&greeting).await?;
    }
    match &definition.target {
        Target::Network {
            scheme: Some("https"),
            ..
        } => Ok(Box::new(
            definition.armed.trust.connect(authority, stream).await?,
        )),
        _ => Ok(Box::new(stream)),
    }
}

/// The agent's connection to the service behind the tunnel.
pub(super) struct Upstream {
    pub(super) authority: String,
    pub(super) read: Reader<ReadHalf<Box<dyn Stream>>>,
    pub(super) write: WriteHalf<Box<dyn Stream>>,
}

impl Upstream {
    pub(super) async fn connect(
        definition: &Definition,
        authority: &str,
        peer: SocketAddr,
    ) -> io::Result<Self> {
        let stream = dial(definition, authority, peer).await?;
        let (read, write) = tokio::io::split(stream);
        Ok(Self {
            authority: authority.to_owned(),
            read: Reader::new(read),
            write,
        })
    }

    /// Waits until the other side closes it, or speaks without being asked.
    pub(super) async fn no_longer_idle(&mut self) {
        let _ = self.read.fill().await;
    }

    /// Whether the other side has neither closed it nor spoken since the last answer.
    pub(super) async fn is_open(&mut self) -> bool {
        tokio::select! {
            biased;
            () = self.no_longer_idle() => false,
            () = std::future::ready(()) => true,
        }
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

/// The end of an answer.
pub(super) enum Answered {
    /// It was passed on to its end; this was its head, as the upstream sent it.
    Whole(Head),
    /// A policy answered in its place. What the upstream still sends is of no use.
    Replaced,
}

/// What is done to responses.
#[derive(Clone, Copy)]
pub(super) struct Responses<'a> {
    pub(super) policy: &'a Policy,
    pub(super) facts: Facts<'a>,
}

/// Passes an answer on, interim ones (100, 103) too.
pub(super) async fn answer<R: AsyncRead + Unpin, W: AsyncWrite + Unpin>(
    from: &mut Reader<R>,
    to: &mut W,
    method: &str,
    responses: Option<Responses<'_>>,
    exchange: Option<&Arc<Exchange>>,
) -> Result<Answered, Lost> {
    loop {
        let head = from.head().await.map_err(Lost::Head)?.ok_or(Lost::Before)?;
        let framing = head.response_framing(method).map_err(Lost::Head)?;
        if !head.start.starts_with("HTTP/1.") {
            return Err(Lost::Head(io::ErrorKind::InvalidData.into()));
        }
        let interim = (100..200).contains(&head.status()) && head.status() != 101;
        if let Some(exchange) = exchange.filter(|_| !interim) {
            exchange.response_head(&head);
        }
        // What is captured is what the agent saw; a policy is carried out behind it, by the service.
        let mut edited = head.clone();
        if let Some(responses) = responses.filter(|_| !interim) {
            match responses.policy.response(&responses.facts, &mut edited) {
                Verdict::Pass => {}
                Verdict::Close => {
                    return Err(Lost::Within(io::ErrorKind::ConnectionAborted.into()));
                }
                Verdict::Answer(answer) => {
                    let (head, body) = *answer;
                    super::pages::send_last(to, &head, &body).await;
                    return Ok(Answered::Replaced);
                }
            }
        }
        to.write_all(&edited.to_bytes())
            .await
            .map_err(Lost::Within)?;
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
        return Ok(Answered::Whole(head));
    }
}

/// After a 101, bytes both ways until either side ends.
pub(super) async fn tunnel_bytes<R: AsyncRead + Unpin>(
    read: &mut Reader<R>,
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
