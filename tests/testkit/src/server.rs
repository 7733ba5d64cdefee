//! What every server of the kit stands on: a loopback port, a runtime of its own, and an end when it is dropped.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::channel::{Channel, Sender};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

/// A body of any kind, and the error that cuts a connection in the middle of it.
pub(crate) type Body = BoxBody<Bytes, io::Error>;

/// A body that is known whole.
pub(crate) fn full(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into())
        .map_err(|never: Infallible| match never {})
        .boxed()
}

/// A body that `write` sends piece by piece; an error from it cuts the connection.
pub(crate) fn streamed<F, Fut>(write: F) -> Body
where
    F: FnOnce(Pieces) -> Fut + Send + 'static,
    Fut: Future<Output = (Pieces, io::Result<()>)> + Send + 'static,
{
    let (pieces, body) = Channel::new(4);
    tokio::spawn(async move {
        if let (pieces, Err(error)) = write(pieces).await {
            pieces.abort(error);
        }
    });
    body.boxed()
}

/// The sending end of a [`streamed`] body.
pub(crate) type Pieces = Sender<Bytes, io::Error>;

/// A runtime that ends, with all its tasks and sockets, when this is dropped.
///
/// Nothing here blocks on it, so it can be started and dropped inside another runtime.
#[derive(Debug)]
pub(crate) struct Background(Option<Runtime>);

impl Background {
    pub(crate) fn new() -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("ngrok-testkit")
            .enable_all()
            .build()?;
        Ok(Self(Some(runtime)))
    }

    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        if let Some(runtime) = &self.0 {
            runtime.spawn(task);
        }
    }

    /// Runs something that spawns tasks.
    pub(crate) fn enter(&self, act: impl FnOnce()) {
        if let Some(runtime) = &self.0 {
            let _guard = runtime.enter();
            act();
        }
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// A listening socket of the standard library, ready to be handed to a runtime.
pub(crate) fn listen(addr: SocketAddr) -> io::Result<std::net::TcpListener> {
    let listener = std::net::TcpListener::bind(addr)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// A free port of `127.0.0.1`.
pub(crate) fn any_port() -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, 0))
}

/// One listening port with something behind it.
#[derive(Debug)]
pub(crate) struct Server {
    addr: SocketAddr,
    _background: Background,
}

impl Server {
    /// Hands each connection to `on_connection`.
    pub(crate) fn tcp<F, Fut>(on_connection: F) -> io::Result<Self>
    where
        F: Fn(TcpStream) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        Self::tcp_at(any_port(), on_connection)
    }

    fn tcp_at<F, Fut>(addr: SocketAddr, on_connection: F) -> io::Result<Self>
    where
        F: Fn(TcpStream) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let listener = listen(addr)?;
        let addr = listener.local_addr()?;
        let background = Background::new()?;
        background.spawn(async move {
            let Ok(listener) = TcpListener::from_std(listener) else {
                return;
            };
            accept(listener, move |stream, _| on_connection(stream)).await;
        });
        Ok(Self {
            addr,
            _background: background,
        })
    }

    /// Answers each HTTP request with `handler`; an error from it closes the connection without an answer.
    pub(crate) fn http<F, Fut>(handler: F) -> io::Result<Self>
    where
        F: Fn(Request<Incoming>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = io::Result<Response<Body>>> + Send + 'static,
    {
        Self::http_at(any_port(), handler)
    }

    /// The same on a given address.
    pub(crate) fn http_at<F, Fut>(addr: SocketAddr, handler: F) -> io::Result<Self>
    where
        F: Fn(Request<Incoming>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = io::Result<Response<Body>>> + Send + 'static,
    {
        let handler = Arc::new(handler);
        Self::tcp_at(addr, move |stream| {
            http_connection(stream, Arc::clone(&handler))
        })
    }

    pub(crate) fn addr(&self) -> SocketAddr {
        self.addr
    }
}

/// Serves HTTP/1 on one connection until it ends.
pub(crate) async fn http_connection<F, Fut>(stream: TcpStream, handler: Arc<F>)
where
    F: Fn(Request<Incoming>) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = io::Result<Response<Body>>> + Send + 'static,
{
    let service = service_fn(move |request| handler(request));
    // A peer that goes away or sends nonsense is its own problem: there is nobody here to tell.
    let _ = hyper::server::conn::http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades()
        .await;
}

/// Accepts for ever; the connections end with this future.
pub(crate) async fn accept<F, Fut>(listener: TcpListener, on_connection: F)
where
    F: Fn(TcpStream, SocketAddr) -> Fut,
    Fut: Future<Output = ()> + Send + 'static,
{
    let mut connections = JoinSet::new();
    loop {
        // Out of descriptors is the one error that passes; waiting for a connection to end is the cure.
        let Ok((stream, peer)) = listener.accept().await else {
            if connections.join_next().await.is_none() {
                tokio::task::yield_now().await;
            }
            continue;
        };
        let _ = stream.set_nodelay(true);
        connections.spawn(on_connection(stream, peer));
        while connections.try_join_next().is_some() {}
    }
}
