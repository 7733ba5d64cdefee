//! The handle that tests hold: start, look, break, mend.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustls::ServerConfig;
use serde_json::{Map, Value};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use crate::config::AgentConfig;
use crate::session::Session;
use crate::shared::Shared;
use crate::{certificates, public, random};

/// A running edge; dropping it ends its sessions and frees its ports.
///
/// Its methods block and are meant for tests without an async runtime of their own.
#[derive(Debug)]
pub struct Edge {
    runtime: Runtime,
    shared: Arc<Shared>,
    tls: Arc<ServerConfig>,
    folder: TempDir,
    agent_addr: SocketAddr,
    http_addr: SocketAddr,
    https_addr: SocketAddr,
    /// The task that accepts agents, unless the edge is down.
    accepting: Mutex<Option<JoinHandle<()>>>,
}

/// A tunnel that an agent has bound, as the edge sees it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct PublicTunnel {
    /// `http`, `https`, `tcp` or `tls`.
    pub proto: String,
    /// The public URL that the agent was told.
    pub url: String,
    /// The tunnel's options as the agent sent them, with the host or address that the edge chose.
    pub options: Map<String, Value>,
    /// How many public connections it has carried.
    pub connections: u64,
}

impl Edge {
    /// Starts an edge on loopback ports of the system's choice.
    ///
    /// # Errors
    ///
    /// If a certificate cannot be made, a port not opened or the folder not written.
    pub fn start() -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("edge")
            .enable_all()
            .build()?;
        let (ca, tls) = certificates::make(crate::DOMAIN)?;
        let folder = tempfile::Builder::new().prefix("edge-").tempdir()?;
        std::fs::write(folder.path().join("ca.pem"), ca)?;
        let shared = Arc::new(Shared::default());
        let listen = || runtime.block_on(shared.ports.listen(0));
        let (agents, http, https) = (listen()?, listen()?, listen()?);
        let edge = Self {
            agent_addr: agents.local_addr()?,
            http_addr: http.local_addr()?,
            https_addr: https.local_addr()?,
            accepting: Mutex::new(Some(runtime.spawn(accept(
                shared.clone(),
                agents,
                tls.clone(),
            )))),
            runtime,
            shared,
            tls,
            folder,
        };
        let serve = |listener, tls| public::serve(edge.shared.clone(), listener, tls);
        edge.runtime.spawn(serve(http, None));
        edge.runtime
            .spawn(serve(https, Some(TlsAcceptor::from(edge.tls.clone()))));
        Ok(edge)
    }

    // -- where things are -----------------------------------------------------

    /// Where agents dial; their configuration says `localhost` and this port.
    pub fn agent_addr(&self) -> SocketAddr {
        self.agent_addr
    }

    /// Where the public side of `http` tunnels is; the `Host` header picks the tunnel.
    pub fn http_addr(&self) -> SocketAddr {
        self.http_addr
    }

    /// Where the public side of `https` tunnels is, with a certificate of [`ca_file`](Self::ca_file).
    pub fn https_addr(&self) -> SocketAddr {
        self.https_addr
    }

    /// Where to connect for this public URL; `None` for a TCP or TLS tunnel that is not bound.
    pub fn public_addr(&self, url: &str) -> Option<SocketAddr> {
        match url.split_once("://")?.0 {
            "http" => Some(self.http_addr),
            "https" => Some(self.https_addr),
            _ => self.shared.tunnels.by_url(url)?.own_addr(),
        }
    }

    /// The certificate authority, as a PEM file.
    pub fn ca_file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// A folder that lives as long as the edge.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A configuration for one more agent: this edge, a token and a web address of its own.
    ///
    /// # Errors
    ///
    /// If no port is free or the file cannot be written.
    pub fn agent_config(&self) -> io::Result<AgentConfig> {
        let authtoken = format!("2edge{}_{}NotARealToken", random::hex(), random::hex());
        let web_addr = self.runtime.block_on(async { self.shared.ports.pick() })?;
        AgentConfig::new(self.folder.path(), authtoken, self.agent_addr, web_addr)
    }

    // -- what has happened ----------------------------------------------------

    /// How many agents are connected.
    pub fn sessions(&self) -> usize {
        self.shared.sessions.all().len()
    }

    /// Waits until so many agents are connected; false if that took too long.
    pub fn wait_for_sessions(&self, count: usize, within: Duration) -> bool {
        self.wait_until(within, || self.sessions() == count)
    }

    /// Waits until so many tunnels are bound; false if that took too long.
    pub fn wait_for_tunnels(&self, count: usize, within: Duration) -> bool {
        self.wait_until(within, || self.shared.tunnels.all().len() == count)
    }

    fn wait_until(&self, within: Duration, mut condition: impl FnMut() -> bool) -> bool {
        let end = Instant::now() + within;
        while !condition() {
            if Instant::now() > end {
                return false;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        true
    }

    /// The bound tunnels, in the order of their URLs.
    pub fn tunnels(&self) -> Vec<PublicTunnel> {
        let tunnels = self.shared.tunnels.all();
        let seen = tunnels.iter().map(|tunnel| PublicTunnel {
            proto: tunnel.proto.clone(),
            url: tunnel.url.clone(),
            options: tunnel.opts.clone(),
            connections: tunnel.connections.load(Ordering::Relaxed),
        });
        seen.collect()
    }

    /// What each authentication so far has said of the agent: `Authtoken`, `Version`, `OS`, `Metadata` and more.
    pub fn authentications(&self) -> Vec<Map<String, Value>> {
        self.shared.auths().clone()
    }

    /// How many heartbeats have come in.
    pub fn heartbeats(&self) -> u64 {
        self.shared.heartbeats()
    }

    // -- faults ---------------------------------------------------------------

    /// Refuses authentication with this text, until [`accept_auth`](Self::accept_auth).
    pub fn refuse_auth(&self, text: impl Into<String>) {
        self.shared.faults().auth = Some(text.into());
    }

    /// Accepts authentication again.
    pub fn accept_auth(&self) {
        self.shared.faults().auth = None;
    }

    /// Answers authentication only after this time.
    pub fn delay_auth(&self, delay: Duration) {
        self.shared.faults().auth_delay = delay;
    }

    /// Refuses to bind tunnels with this text, until [`accept_binds`](Self::accept_binds).
    pub fn refuse_binds(&self, text: impl Into<String>) {
        self.shared.faults().bind = Some(text.into());
    }

    /// Binds tunnels again.
    pub fn accept_binds(&self) {
        self.shared.faults().bind = None;
    }

    /// Refuses to unbind tunnels with this text, or lets it happen again for `None`.
    pub fn refuse_unbinds(&self, text: Option<&str>) {
        self.shared.faults().unbind = text.map(str::to_owned);
    }

    /// Stops answering heartbeats, or answers them again.
    pub fn stall_heartbeats(&self, stalled: bool) {
        self.shared
            .heartbeats_stalled
            .store(stalled, Ordering::Relaxed);
    }

    /// Cuts every session without a word; agents may come back at once.
    pub fn drop_sessions(&self) {
        for session in self.shared.sessions.all() {
            session.cut();
        }
    }

    /// Ends every session by the book, with a reason; agents may come back at once.
    pub fn end_sessions(&self, code: u32, text: &str) {
        self.runtime.block_on(async {
            for session in self.shared.sessions.all() {
                session.go_away(code, text.to_owned()).await;
            }
        });
    }

    /// Goes away: sessions are cut and nobody can connect until [`come_back`](Self::come_back).
    pub fn go_down(&self) {
        self.shared.set_down(true);
        if let Some(accepting) = self.lock_accepting().take() {
            accepting.abort();
            let _ = self.runtime.block_on(accepting);
        }
        self.drop_sessions();
    }

    /// Listens again, on the same port.
    ///
    /// # Errors
    ///
    /// If the port cannot be opened.
    pub fn come_back(&self) -> io::Result<()> {
        let mut accepting = self.lock_accepting();
        if accepting.is_none() {
            let port = self.agent_addr.port();
            let listener = self.runtime.block_on(self.shared.ports.listen(port))?;
            self.shared.set_down(false);
            let serving = accept(self.shared.clone(), listener, self.tls.clone());
            *accepting = Some(self.runtime.spawn(serving));
        }
        Ok(())
    }

    fn lock_accepting(&self) -> std::sync::MutexGuard<'_, Option<JoinHandle<()>>> {
        self.accepting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

async fn accept(shared: Arc<Shared>, listener: TcpListener, tls: Arc<ServerConfig>) {
    let tls = TlsAcceptor::from(tls);
    while let Ok((socket, _)) = listener.accept().await {
        let (shared, tls) = (shared.clone(), tls.clone());
        tokio::spawn(async move {
            // Small frames answer each other: none may wait for more.
            let _ = socket.set_nodelay(true);
            if let Ok(socket) = tls.accept(socket).await {
                Session::serve(shared, socket).await;
            }
        });
    }
}
