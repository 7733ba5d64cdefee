//! A TCP server that sends back what it gets.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncWriteExt, copy};

use crate::server::Server;

/// A TCP echo server on a free port of `127.0.0.1`; it ends when dropped.
///
/// It closes its side when the peer closes theirs, so a half-closed connection can be observed through a tunnel.
#[derive(Debug)]
pub struct TcpEcho(Server);

impl TcpEcho {
    /// Starts to listen.
    ///
    /// # Errors
    /// When no port or no thread is to be had.
    pub fn start() -> io::Result<Self> {
        Server::tcp(|mut stream| async move {
            let (mut read, mut write) = stream.split();
            // An error is the peer's going away, which ends the connection just as well.
            let _ = copy(&mut read, &mut write).await;
            let _ = write.shutdown().await;
        })
        .map(Self)
    }

    /// Where it listens.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.0.addr()
    }

    /// The port of [`addr`](Self::addr).
    #[must_use]
    pub fn port(&self) -> u16 {
        self.addr().port()
    }
}
