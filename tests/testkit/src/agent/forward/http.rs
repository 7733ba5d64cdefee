//! HTTP through a tunnel: request by request on one connection, recorded byte for byte on the way.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncWriteExt, sink};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

use super::held::{Held, dechunked};
use super::rewrite::rewrite;
use super::upstream::{Answered, Lost, Responses, Upstream, answer, both, tunnel_bytes};
use super::wire::{Framing, Head, Reader};
use super::{dial_error, files, join, pages};
use crate::agent::capture::Exchange;
use crate::agent::definition::Definition;
use crate::agent::engine::Engine;
use crate::agent::policy::{Facts, Verdict};
use crate::agent::target::Target;
use crate::agent::tunnel::Tunnel;

/// What becomes of the connection after an exchange.
#[derive(PartialEq, Eq)]
enum Next {
    Request,
    Close,
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

    /// Waits for a request, and lets go of a kept upstream that closes in the meantime.
    async fn next_request(&mut self) -> io::Result<Option<Head>> {
        loop {
            let Some(kept) = &mut self.upstream else {
                return self.read.head().await;
            };
            tokio::select! {
                head = self.read.head() => return head,
                () = kept.no_longer_idle() => self.upstream = None,
            }
        }
    }

    async fn exchange(&mut self) -> io::Result<Next> {
        let (mut request, framing) = match self.next_request().await {
            Ok(None) => return Ok(Next::Close),
            Ok(Some(request)) => match request.request_framing() {
                Ok(framing) => (request, framing),
                Err(error) => return Err(self.bad_request(error).await),
            },
            Err(error) => return Err(self.bad_request(error).await),
        };
        let began = Instant::now();
        // Read at each request: a PUT changes it under a connection that is kept.
        let definition = self.tunnel.definition();
        let host = request.get("host").unwrap_or_default().to_owned();
        let Some(held) = self.hold(&definition, framing).await? else {
            return Ok(Next::Close);
        };
        let seen = request.clone();
        let facts = Facts {
            peer: self.peer,
            request: Some(&seen),
            response: None,
        };
        let body = held.as_deref().map(|raw| dechunked(raw, framing));
        let body = body.as_deref().unwrap_or_default();
        match definition.armed.policy.request(&facts, &mut request, body) {
            Verdict::Pass => {}
            Verdict::Close => return Ok(Next::Close),
            Verdict::Answer(answer) => {
                let (head, body) = *answer;
                let no_body = seen.words().0.eq_ignore_ascii_case("HEAD");
                let body = if no_body { &[] } else { body.as_slice() };
                pages::send_last(&mut self.write, &head, body).await;
                return Ok(Next::Close);
            }
        }
        rewrite(&mut request, &definition, self.peer, &host);
        let exchange = definition.inspect.then(|| {
            let peer = self.peer.ip().to_string();
            self.engine
                .captures
                .begin(&definition.name, &peer, &request)
        });
        let next = match &definition.target {
            Target::Files { directory, .. } => {
                let mut seen = |bytes: &[u8]| record(exchange.as_ref(), bytes);
                match held {
                    Some(raw) => seen(&raw),
                    None => self.read.body(framing, &mut sink(), &mut seen).await?,
                }
                let keeps_alive = request.keeps_alive();
                files::answer(directory, &request, &mut self.write, exchange.as_deref())
                    .await
                    .map(|()| next_if(keeps_alive))
            }
            Target::Network { authority, .. } => {
                let upload = Upload { framing, held };
                self.forward(authority, &request, upload, &definition, exchange.as_ref())
                    .await
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

    /// Reads a whole body if the policy has to see it. `None` is one that is too large, which has been answered.
    async fn hold(
        &mut self,
        definition: &Definition,
        framing: Framing,
    ) -> io::Result<Option<Option<Vec<u8>>>> {
        if !definition.armed.policy.needs_body() {
            return Ok(Some(None));
        }
        let mut held = Held::default();
        match self.read.body(framing, &mut held, &mut |_: &[u8]| ()).await {
            Ok(()) => Ok(Some(Some(held.bytes))),
            Err(_) if held.is_full => {
                let (head, body) = pages::own(413, &[], b"Payload Too Large\n");
                pages::send_last(&mut self.write, &head, &body).await;
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    async fn forward(
        &mut self,
        authority: &str,
        request: &Head,
        upload: Upload,
        definition: &Definition,
        exchange: Option<&Arc<Exchange>>,
    ) -> io::Result<Next> {
        let method = request.words().0;
        let mut kept = self
            .upstream
            .take()
            .filter(|kept| kept.authority == authority);
        if let Some(upstream) = &mut kept
            && !upstream.is_open().await
        {
            kept = None;
        }
        let mut upstream = match kept {
            Some(upstream) => upstream,
            None => match self.connect(authority, definition, exchange).await {
                Some(upstream) => upstream,
                None => return Ok(Next::Close),
            },
        };
        let sent = upstream.write.write_all(&request.to_bytes()).await;
        // The body goes up while the answer may already come down.
        let mut seen = |bytes: &[u8]| record(exchange, bytes);
        let (read, to) = (&mut self.read, &mut upstream.write);
        let up = async {
            match upload.held {
                Some(raw) => {
                    seen(&raw);
                    to.write_all(&raw).await
                }
                None => read.body(upload.framing, to, &mut seen).await,
            }
        };
        let policy = &definition.armed.policy;
        let facts = Facts {
            peer: self.peer,
            request: Some(request),
            response: None,
        };
        let responses = policy
            .sees_responses()
            .then_some(Responses { policy, facts });
        let down = answer(
            &mut upstream.read,
            &mut self.write,
            method,
            responses,
            exchange,
        );
        let (answered, body_sent) = both(up, down).await;
        let answer = match answered {
            Ok(Answered::Whole(answer)) => answer,
            Ok(Answered::Replaced) => return Ok(Next::Close),
            Err(lost) => return Err(self.incomplete(lost).await),
        };
        if answer.status() == 101 {
            // The bytes that follow are no part of the answer.
            if let Some(exchange) = exchange {
                exchange.finish();
            }
            tunnel_bytes(&mut self.read, &mut self.write, &mut upstream).await;
            return Ok(Next::Close);
        }
        let whole = answer.response_framing(method)? != Framing::UntilClose;
        let again =
            sent.is_ok() && body_sent && whole && request.keeps_alive() && answer.keeps_alive();
        if again {
            self.upstream = Some(upstream);
        }
        Ok(next_if(again))
    }

    async fn connect(
        &mut self,
        authority: &str,
        definition: &Definition,
        exchange: Option<&Arc<Exchange>>,
    ) -> Option<Upstream> {
        match Upstream::connect(definition, authority, self.peer).await {
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

    /// The client sent no HTTP. One that went away gets nothing.
    async fn bad_request(&mut self, error: io::Error) -> io::Error {
        if error.kind() == io::ErrorKind::InvalidData {
            let (head, body) = pages::bad_request();
            pages::send_last(&mut self.write, &head, &body).await;
        }
        error
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

/// The body of a request on its way up: still to be read, or held back until a policy had seen it.
struct Upload {
    framing: Framing,
    held: Option<Vec<u8>>,
}

fn next_if(again: bool) -> Next {
    if again { Next::Request } else { Next::Close }
}

fn record(exchange: Option<&Arc<Exchange>>, bytes: &[u8]) {
    if let Some(exchange) = exchange {
        exchange.request_body(bytes);
    }
}
