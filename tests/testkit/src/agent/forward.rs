//! What happens to a connection that arrives at a tunnel's public address.

pub(crate) mod files;
mod held;
pub(crate) mod http;
pub(crate) mod pages;
mod proxy_protocol;
pub(crate) mod replay;
pub(crate) mod rewrite;
pub(crate) mod tls;
mod upstream;
pub(crate) mod wire;

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, copy};
use tokio::net::TcpStream;

use super::definition::Definition;
use super::engine::{Engine, Session};
use super::policy::{Facts, Verdict};
use super::target::Kind;
use super::tunnel::Tunnel;

/// Serves one public connection to its end, or until the session is lost.
pub(crate) async fn connection(
    engine: Arc<Engine>,
    tunnel: Arc<Tunnel>,
    stream: TcpStream,
    peer: SocketAddr,
) {
    let facts = Facts {
        peer,
        request: None,
        response: None,
    };
    let definition = tunnel.definition();
    if !matches!(definition.armed.policy.connect(&facts), Verdict::Pass) {
        return;
    }
    let _open = tunnel.metrics.connection();
    let mut session = engine.session.subscribe();
    let lost = session.wait_for(|session| *session != Session::Up);
    match definition.kind {
        Kind::Http if !engine.is_online() => pages::offline(stream).await,
        Kind::Http => {
            tokio::select! {
                () = http::serve(&engine, &tunnel, stream, peer) => {}
                _ = lost => {}
            }
        }
        Kind::Tcp | Kind::Tls => {
            tokio::select! {
                () = bytes(&engine, &definition, stream, peer) => {}
                _ = lost => {}
            }
        }
    }
}

/// Ends TLS where that is asked for, and copies bytes both ways.
async fn bytes(engine: &Engine, definition: &Definition, public: TcpStream, peer: SocketAddr) {
    match &definition.armed.acceptor {
        None => copied(engine, definition, public, peer).await,
        Some(acceptor) => {
            // A visitor without TLS, or without the certificate that is asked for, gets no further.
            if let Ok(public) = acceptor.0.accept(public).await {
                copied(engine, definition, public, peer).await;
            }
        }
    }
}

/// Copies bytes both ways. When either side closes its half, both are closed, as the agent does.
async fn copied(
    engine: &Engine,
    definition: &Definition,
    public: impl AsyncRead + AsyncWrite,
    peer: SocketAddr,
) {
    let Some(authority) = definition.target.authority() else {
        return;
    };
    let upstream = match upstream::dial(definition, authority, peer).await {
        Ok(upstream) => upstream,
        Err(error) => {
            engine.log.warn(
                "failed to open private leg",
                &[
                    ("id", super::ids::hex(12).into()),
                    ("privaddr", authority.into()),
                    ("err", dial_error(authority, &error).into()),
                ],
            );
            return;
        }
    };
    join(engine, authority, peer);
    let (mut public_read, mut public_write) = tokio::io::split(public);
    let (mut upstream_read, mut upstream_write) = tokio::io::split(upstream);
    tokio::select! {
        // What arrived before the end has been passed on when a copy ends.
        _ = copy(&mut public_read, &mut upstream_write) => {}
        _ = copy(&mut upstream_read, &mut public_write) => {}
    }
    let _ = upstream_write.shutdown().await;
    let _ = public_write.shutdown().await;
}

/// The log line of a connection that found its upstream.
fn join(engine: &Engine, upstream: &str, peer: SocketAddr) {
    engine.log.info(
        "join connections",
        &[
            ("obj", "join".into()),
            ("id", super::ids::hex(12).into()),
            ("l", upstream.into()),
            ("r", peer.to_string().into()),
        ],
    );
}

/// A failed connection in Go's words.
pub(crate) fn dial_error(authority: &str, error: &std::io::Error) -> String {
    let reason = match error.kind() {
        std::io::ErrorKind::ConnectionRefused => "connect: connection refused".to_owned(),
        std::io::ErrorKind::TimedOut => "i/o timeout".to_owned(),
        _ => error.to_string(),
    };
    format!("dial tcp {authority}: {reason}")
}
