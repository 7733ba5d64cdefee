//! Loopback ports that stay ours while nothing listens on them.
//!
//! A bound socket that never listens keeps the system from giving its port to anyone who asks for a free one, yet whoever names the port (with `SO_REUSEADDR`, as Go and Rust do) may listen on it. So a port can be closed and opened again, or be promised to an agent, while other tests take ports too.

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::net::{TcpListener, TcpSocket};

/// How long a listener that was just dropped may take to free its port.
const FREED_WITHIN: Duration = Duration::from_secs(3);

/// The ports that one edge holds, until it is dropped.
#[derive(Debug, Default)]
pub(crate) struct Ports(Mutex<HashMap<u16, TcpSocket>>);

impl Ports {
    /// A free port of the system's choice.
    pub(crate) fn pick(&self) -> io::Result<SocketAddr> {
        self.hold(0)
    }

    fn hold(&self, port: u16) -> io::Result<SocketAddr> {
        let socket = bound(port)?;
        let addr = socket.local_addr()?;
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(addr.port(), socket);
        Ok(addr)
    }

    fn is_held(&self, port: u16) -> bool {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .contains_key(&port)
    }

    /// Listens on this port, or on one of the system's choice for 0.
    pub(crate) async fn listen(&self, port: u16) -> io::Result<TcpListener> {
        let port = if port == 0 || !self.is_held(port) {
            self.hold(port)?.port()
        } else {
            port
        };
        let deadline = Instant::now() + FREED_WITHIN;
        loop {
            match bound(port).and_then(|socket| socket.listen(1024)) {
                Err(error)
                    if error.kind() == io::ErrorKind::AddrInUse && Instant::now() < deadline =>
                {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                outcome => return outcome,
            }
        }
    }
}

fn bound(port: u16) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind((Ipv4Addr::LOCALHOST, port).into())?;
    Ok(socket)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_held_port_can_be_listened_on_again_and_again() {
        let ports = Ports::default();
        let addr = ports.pick().unwrap();
        for _ in 0..3 {
            let listener = ports.listen(addr.port()).await.unwrap();
            assert_eq!(listener.local_addr().unwrap(), addr);
        }
        let refused = std::net::TcpStream::connect(addr).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
    }
}
