//! HTTP through a tunnel: request by request on one connection, recorded byte for byte on the way.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncWrite, AsyncWriteExt, sink};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

use super::wire::{Framing, Head, Reader};
use super::{dial_error, files, join, pages};
use crate::agent::capture::Exchange;
use crate::agent::definition::{Definition, HeaderEdits};
use crate::agent::engine::Engine;
use crate::agent::target::Target;
use crate::agent::tunnel::Tunnel;

/// What becomes of the connection after an exchange.
#[derive(PartialEq, Eq)]
enum Next {
    Request,
    Close,
}

/// The agent's connection to the service behind the tunnel.
struct Upstream {
    authority: String,
    read: Reader<OwnedReadHalf>,
    write: OwnedWriteHalf,
}

impl Upstream {
    async fn connect(authority: &str) -> io::Result<Self> {
        let stream = TcpStream::connect(authority).await?;
        stream.set_nodelay(true)?;
        let (read, write) = stream.into_split();
        Ok(Self {
            authority: authority.to_owned(),
            read: Reader::new(read),
            write,
        })
    }

    /// Whether the other side has not closed it since the last answer.
    fn is_open(&self) -> bool {
        let mut byte = [0];
        matches!(self.read.inner().try_read(&mut byte), Err(error) if error.kind() == io::ErrorKind::WouldBlock)
    }
}

/// Serves a public connection until either side has enough of it.
pub(crate) async fn serve(engine: &Engine, tunnel: &Tunnel, stream: TcpStream, peer: SocketAddr) {
    let (read, write) = stream.into_split();
    let mut connection = Connection {
        engine,
        tunnel,
        peer,
        read: Reader::new(read),
        write,
        upstream: None,
    };
    // An error is a peer that went away or broke the protocol; either way the connection is over.
    while let Ok(Next::Request) = connection.exchange().await {}
    connection.close().await;
}

/// How long what a client still sends is read and dropped after the last answer.
const LINGER: Duration = Duration::from_secs(2);

struct Connection<'a> {
    engine: &'a Engine,
    tunnel: &'a Tunnel,
    peer: SocketAddr,
    read: Reader<OwnedReadHalf>,
    write: OwnedWriteHalf,
    /// Kept for the next request.
    upstream: Option<Upstream>,
}

impl Connection<'_> {
    /// Ends the connection. Closing a socket with unread bytes in it resets it, and the client might lose the answer:
    /// one to an upload that nobody wanted, say.
    async fn close(mut self) {
        let _ = self.write.shutdown().await;
        let (mut nowhere, mut unseen) = (sink(), |_: &[u8]| ());
        let rest = self.read.until_close(&mut nowhere, &mut unseen);
        let _ = tokio::time::timeout(LINGER, rest).await;
    }

    async fn exchange(&mut self) -> io::Result<Next> {
        let Some(mut request) = self.read.head().await? else {
            return Ok(Next::Close);
        };
        let began = Instant::now();
        // Read at each request: a PUT changes it under a connection that is kept.
        let definition = self.tunnel.definition();
        if !is_authorized(&request, &definition.credentials) {
            let (head, body) = pages::unauthorized();
            pages::send_last(&mut self.write, &head, &body).await;
            return Ok(Next::Close);
        }
        rewrite(&mut request, &definition, self.peer);
        let exchange = definition.inspect.then(|| {
            let peer = self.peer.ip().to_string();
            self.engine
                .captures
                .begin(&definition.name, &peer, &request)
        });
        let next = match &definition.target {
            Target::Files(directory) => {
                let framing = request.request_framing()?;
                let mut seen = |bytes: &[u8]| record(exchange.as_ref(), bytes);
                self.read.body(framing, &mut sink(), &mut seen).await?;
                let keeps_alive = request.keeps_alive();
                files::answer(directory, &request, &mut self.write, exchange.as_deref())
                    .await
                    .map(|()| next_if(keeps_alive))
            }
            Target::Network { scheme, authority } => {
                let exchange = exchange.as_ref();
                if *scheme == Some("https") {
                    let reason = "the stand-in forwards to no https upstream";
                    self.unreachable(authority, reason, exchange).await;
                    Ok(Next::Close)
                } else {
                    self.forward(authority, &request, &definition, exchange)
                        .await
                }
            }
        };
        if let Some(exchange) = &exchange {
            match &next {
                Ok(_) => exchange.finish(),
                Err(_) => exchange.fail(),
            }
            self.engine.captures.trim();
        }
        self.tunnel.metrics.request(began.elapsed());
        next
    }

    async fn forward(
        &mut self,
        authority: &str,
        request: &Head,
        definition: &Definition,
        exchange: Option<&Arc<Exchange>>,
    ) -> io::Result<Next> {
        let framing = request.request_framing()?;
        let method = request.words().0;
        let kept = self
            .upstream
            .take()
            .filter(|kept| kept.authority == authority && kept.is_open());
        let mut kept_before = kept.is_some();
        let mut upstream = match kept {
            Some(upstream) => upstream,
            None => match self.connect(authority, exchange).await {
                Some(upstream) => upstream,
                None => return Ok(Next::Close),
            },
        };
        loop {
            let sent = upstream.write.write_all(&request.to_bytes()).await;
            // The body goes up while the answer may already come down.
            let mut seen = |bytes: &[u8]| record(exchange, bytes);
            let up = self.read.body(framing, &mut upstream.write, &mut seen);
            let down = answer(
                &mut upstream.read,
                &mut self.write,
                method,
                &definition.response_header,
                exchange,
            );
            let (answered, body_sent) = both(up, down).await;
            let answer = match answered {
                // A kept connection may have been closed while the request was on its way.
                Err(Lost::Before) if kept_before && framing == Framing::Length(0) => {
                    kept_before = false;
                    match self.connect(authority, exchange).await {
                        Some(fresh) => upstream = fresh,
                        None => return Ok(Next::Close),
                    }
                    continue;
                }
                Err(lost) => return Err(self.incomplete(lost).await),
                Ok(answer) => answer,
            };
            sent?;
            if answer.status() == 101 {
                tunnel_bytes(&mut self.read, &mut self.write, &mut upstream).await;
                return Ok(Next::Close);
            }
            let whole = answer.response_framing(method)? != Framing::UntilClose;
            let again = body_sent && whole && request.keeps_alive() && answer.keeps_alive();
            if again {
                self.upstream = Some(upstream);
            }
            return Ok(next_if(again));
        }
    }

    async fn connect(
        &mut self,
        authority: &str,
        exchange: Option<&Arc<Exchange>>,
    ) -> Option<Upstream> {
        match Upstream::connect(authority).await {
            Ok(upstream) => {
                join(self.engine, authority, self.peer);
                Some(upstream)
            }
            Err(error) => {
                let reason = dial_error(authority, &error);
                self.engine.log.warn(
                    "failed to open private leg",
                    &[
                        ("id", crate::agent::ids::hex(12).into()),
                        ("privaddr", authority.into()),
                        ("err", reason.clone().into()),
                    ],
                );
                self.unreachable(authority, &reason, exchange).await;
                None
            }
        }
    }

    /// The 502 for an upstream that is not there; it is captured like an answer of the upstream.
    async fn unreachable(
        &mut self,
        authority: &str,
        reason: &str,
        exchange: Option<&Arc<Exchange>>,
    ) {
        let text = format!(
            "Traffic reached the agent, but the agent could not connect to the upstream service at {authority}: {reason}"
        );
        let (head, body) = pages::error(502, "Bad Gateway", 8012, &text);
        if let Some(exchange) = exchange {
            exchange.response_head(&head);
            exchange.response_body(&body);
        }
        pages::send_last(&mut self.write, &head, &body).await;
    }

    /// The upstream sent no HTTP, or stopped before the end.
    async fn incomplete(&mut self, lost: Lost) -> io::Error {
        let error = match lost {
            Lost::Before => io::ErrorKind::UnexpectedEof.into(),
            Lost::Head(error) => error,
            // The client has half an answer: nothing more can be said.
            Lost::Within(error) => return error,
        };
        let text = "The upstream sent an invalid or incomplete HTTP response.";
        let (head, body) = pages::error(502, "Bad Gateway", 3004, text);
        pages::send_last(&mut self.write, &head, &body).await;
        error
    }
}

fn next_if(again: bool) -> Next {
    if again { Next::Request } else { Next::Close }
}

fn record(exchange: Option<&Arc<Exchange>>, bytes: &[u8]) {
    if let Some(exchange) = exchange {
        exchange.request_body(bytes);
    }
}

/// How far an answer had come when it failed.
enum Lost {
    /// Not begun.
    Before,
    /// In its head.
    Head(io::Error),
    /// After the client got its head.
    Within(io::Error),
}

/// Runs both directions, until the answer is complete; says whether the body had gone up by then.
async fn both<T>(
    up: impl Future<Output = io::Result<()>>,
    down: impl Future<Output = Result<T, Lost>>,
) -> (Result<T, Lost>, bool) {
    tokio::pin!(up, down);
    let mut sent = None;
    let answer = loop {
        tokio::select! {
            answer = &mut down => break answer,
            // An upstream that takes no more may still be answering.
            done = &mut up, if sent.is_none() => sent = Some(done.is_ok()),
        }
    };
    (answer, sent == Some(true))
}

/// Passes an answer on, interim ones (100, 103) too, and returns its head.
async fn answer<W: AsyncWrite + Unpin>(
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
async fn tunnel_bytes(
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

/// Sends a captured request again, and records it as a new one. The caller waits for the answer.
pub(crate) async fn replay(engine: &Engine, tunnel: &Tunnel, original: &Exchange) {
    let (head, raw) = original.request();
    let definition = tunnel.definition();
    let exchange = engine.captures.begin(&definition.name, "replayed", &head);
    let body = raw.get(head.to_bytes().len()..).unwrap_or_default();
    exchange.request_body(body);
    let began = Instant::now();
    let done = match &definition.target {
        Target::Files(directory) => {
            let answered = files::answer(directory, &head, &mut sink(), Some(&exchange)).await;
            answered.is_ok()
        }
        Target::Network { authority, .. } => match Upstream::connect(authority).await {
            Err(error) => {
                let reason = dial_error(authority, &error);
                let (head, body) = pages::error(502, "Bad Gateway", 8012, &reason);
                exchange.response_head(&head);
                exchange.response_body(&body);
                true
            }
            Ok(mut upstream) => {
                let method = head.words().0;
                let sent = upstream.write.write_all(&raw).await;
                let edits = HeaderEdits::default();
                let read = &mut upstream.read;
                let answered = answer(read, &mut sink(), method, &edits, Some(&exchange)).await;
                sent.is_ok() && answered.is_ok()
            }
        },
    };
    if done {
        exchange.finish();
    } else {
        exchange.fail();
    }
    tunnel.metrics.request(began.elapsed());
}

fn is_authorized(request: &Head, credentials: &[String]) -> bool {
    if credentials.is_empty() {
        return true;
    }
    let given = request
        .get("authorization")
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic"))
        .and_then(|(_, encoded)| STANDARD.decode(encoded.trim()).ok());
    given.is_some_and(|given| credentials.iter().any(|known| known.as_bytes() == given))
}

/// What ngrok's edge and agent do to a request's headers.
fn rewrite(request: &mut Head, definition: &Definition, peer: SocketAddr) {
    let host = request.get("host").unwrap_or_default().to_owned();
    let new_host = match definition.host_header.as_deref() {
        Some("rewrite") => definition.target.authority().map(str::to_owned),
        other => other.map(str::to_owned),
    };
    request.set("X-Forwarded-For", &peer.ip().to_string());
    request.set("X-Forwarded-Host", &host);
    request.set("X-Forwarded-Proto", "http");
    if let Some(new_host) = new_host {
        request.set("Host", &new_host);
        request.set("X-Original-Host", &host);
    }
    edit(request, &definition.request_header);
}

fn edit(head: &mut Head, edits: &HeaderEdits) {
    for name in &edits.remove {
        head.remove(name);
    }
    for (name, value) in &edits.add {
        head.add(name, value);
    }
}
