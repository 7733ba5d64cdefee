//! A proxy between a client and its server that breaks the connection in a chosen way.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::TcpStream;
use tokio::net::tcp::{ReadHalf, WriteHalf};

use crate::server::Server;

/// How a [`FaultProxy`] breaks each connection. Offsets count the bytes of one direction of one connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConnectionFault {
    /// Everything is passed on.
    None,
    /// The connection is reset as soon as it is there.
    Refuse,
    /// The connection is reset when so many bytes of the request were passed on.
    ResetRequestAt(usize),
    /// The connection is reset when so many bytes of the response were passed on.
    ResetResponseAt(usize),
    /// The connection is closed in an orderly way when so many bytes of the response were passed on.
    CloseResponseAt(usize),
    /// Nothing of the response is passed on from that byte on, and the connection stays open.
    StallResponseAt(usize),
    /// One byte of the response is passed on at a time, with this pause before each.
    Drip(Duration),
    /// The response is replaced by bytes that are not HTTP.
    Garbage,
    /// The response is passed on up to its end, and then goes on for ever.
    Endless,
}

/// A proxy on a free port of `127.0.0.1` in front of a server; it ends when dropped.
///
/// ```
/// use ngrok_testkit::{ConnectionFault, FaultProxy, Upstream};
///
/// let server = Upstream::start()?;
/// let proxy = FaultProxy::to(server.addr())?;
/// proxy.set(ConnectionFault::ResetResponseAt(20));
/// // A client of `proxy.url()` now loses the connection in the middle of each response.
/// # std::io::Result::Ok(())
/// ```
#[derive(Debug)]
pub struct FaultProxy {
    server: Server,
    state: Arc<State>,
}

#[derive(Debug)]
struct State {
    fault: Mutex<ConnectionFault>,
    connections: AtomicUsize,
}

impl FaultProxy {
    /// Starts in front of the server at `addr`, without a fault.
    ///
    /// # Errors
    ///
    /// When no port or no thread can be had.
    pub fn to(addr: SocketAddr) -> io::Result<Self> {
        let state = Arc::new(State {
            fault: Mutex::new(ConnectionFault::None),
            connections: AtomicUsize::new(0),
        });
        let shared = Arc::clone(&state);
        let server = Server::tcp(move |client| {
            let state = Arc::clone(&shared);
            async move {
                state.connections.fetch_add(1, Ordering::SeqCst);
                let fault = *state.fault.lock().unwrap_or_else(PoisonError::into_inner);
                // What goes wrong here goes wrong for the client too, which is the point.
                let _ = pass(client, addr, fault).await;
            }
        })?;
        Ok(Self { server, state })
    }

    /// Breaks the connections that come from now on in this way.
    pub fn set(&self, fault: ConnectionFault) {
        *self
            .state
            .fault
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = fault;
    }

    /// Returns how many connections were made so far.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.state.connections.load(Ordering::SeqCst)
    }

    /// Returns where it listens.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.server.addr()
    }

    /// Returns the URL of its root, such as `http://127.0.0.1:4321`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.addr())
    }
}

async fn pass(mut client: TcpStream, to: SocketAddr, fault: ConnectionFault) -> io::Result<()> {
    if fault == ConnectionFault::Refuse {
        return reset(&client);
    }
    let mut server = TcpStream::connect(to).await?;
    if fault == ConnectionFault::None {
        copy_bidirectional(&mut client, &mut server).await?;
        return Ok(());
    }
    let (from_client, to_client) = client.split();
    let (from_server, to_server) = server.split();
    let limit = match fault {
        ConnectionFault::ResetRequestAt(at) => Some(at),
        _ => None,
    };
    let request = request(from_client, to_server, limit);
    let response = response(from_server, to_client, fault);
    tokio::pin!(request, response);
    // Whichever ends first, both connections are closed at the end of this function.
    tokio::select! {
        reached_limit = &mut request => {
            if !reached_limit? {
                response.await?;
            }
        }
        ended = &mut response => ended?,
    }
    Ok(())
}

/// Passes the request on; true if the limit was reached.
async fn request(
    mut from: ReadHalf<'_>,
    mut to: WriteHalf<'_>,
    limit: Option<usize>,
) -> io::Result<bool> {
    let mut passed = 0;
    let mut buffer = [0; 4096];
    loop {
        let room = limit.map_or(buffer.len(), |limit| (limit - passed).min(buffer.len()));
        if room == 0 {
            reset(from.as_ref())?;
            reset(to.as_ref())?;
            return Ok(true);
        }
        let read = from
            .read(buffer.get_mut(..room).unwrap_or_default())
            .await?;
        if read == 0 {
            to.shutdown().await?;
            return Ok(false);
        }
        to.write_all(buffer.get(..read).unwrap_or_default()).await?;
        passed += read;
    }
}

async fn response(
    mut from: ReadHalf<'_>,
    mut to: WriteHalf<'_>,
    fault: ConnectionFault,
) -> io::Result<()> {
    let mut passed = 0;
    let mut buffer = [0; 4096];
    loop {
        let read = from.read(&mut buffer).await?;
        let bytes = buffer.get(..read).unwrap_or_default();
        if read == 0 {
            if fault == ConnectionFault::Endless {
                return endless(to).await;
            }
            return Ok(());
        }
        match fault {
            ConnectionFault::Garbage => {
                to.write_all(b"\x16\x03\x01\x00 this is not HTTP\r\n\r\n\0\0")
                    .await?;
                return Ok(());
            }
            ConnectionFault::Drip(pause) => {
                for byte in bytes {
                    tokio::time::sleep(pause).await;
                    to.write_all(&[*byte]).await?;
                }
            }
            ConnectionFault::Endless => {
                // The server keeps the connection open, so what comes first is taken for the whole response.
                to.write_all(bytes).await?;
                return endless(to).await;
            }
            ConnectionFault::ResetResponseAt(at)
            | ConnectionFault::CloseResponseAt(at)
            | ConnectionFault::StallResponseAt(at) => {
                let room = (at - passed).min(read);
                to.write_all(bytes.get(..room).unwrap_or_default()).await?;
                passed += room;
                if passed == at {
                    match fault {
                        ConnectionFault::ResetResponseAt(_) => reset(to.as_ref())?,
                        ConnectionFault::StallResponseAt(_) => std::future::pending().await,
                        _ => to.shutdown().await?,
                    }
                    return Ok(());
                }
            }
            _ => to.write_all(bytes).await?,
        }
    }
}

async fn endless(mut to: WriteHalf<'_>) -> io::Result<()> {
    loop {
        to.write_all(&[b' '; 4096]).await?;
    }
}

/// Makes the system send a reset when the socket is closed.
fn reset(stream: &TcpStream) -> io::Result<()> {
    stream.set_zero_linger()
}
