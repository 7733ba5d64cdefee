//! The tunnels that agents have bound: by name for HTTP and HTTPS, by port for TCP and TLS.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value};
use tokio::net::TcpListener;
use tokio::task::AbortHandle;

use crate::DOMAIN;
use crate::messages::Bind;
use crate::ports::Ports;
use crate::random;
use crate::session::Session;
use crate::shared::or_random;

/// One bound tunnel.
#[derive(Debug)]
pub(crate) struct Tunnel {
    pub(crate) id: String,
    pub(crate) proto: String,
    pub(crate) url: String,
    /// The options as the agent sent them, completed by what the edge chose.
    pub(crate) opts: Map<String, Value>,
    pub(crate) session: Arc<Session>,
    pub(crate) connections: AtomicU64,
    /// Where a TCP or TLS tunnel is reached, and the task that listens there.
    port: Option<(SocketAddr, AbortHandle)>,
}

impl Tunnel {
    /// Where this TCP or TLS tunnel is reached.
    pub(crate) fn own_addr(&self) -> Option<SocketAddr> {
        self.port.as_ref().map(|(addr, _)| *addr)
    }

    /// Accepts no further connection; those that are open go on.
    fn close(&self) {
        if let Some((_, task)) = &self.port {
            task.abort();
        }
    }
}

/// All tunnels, by their identity.
#[derive(Debug, Default)]
pub(crate) struct Tunnels(Mutex<HashMap<String, Arc<Tunnel>>>);

impl Tunnels {
    /// Binds a tunnel as asked, or says why not.
    pub(crate) async fn bind(
        &self,
        ports: &Ports,
        session: &Arc<Session>,
        request: &Bind,
    ) -> Result<Arc<Tunnel>, String> {
        let id = or_random(request.id.clone());
        // A lost session's tunnel is bound again before its end may have been noticed.
        self.unbind(&id);
        let mut opts = request.opts.clone();
        let (url, listener) = match request.proto.as_str() {
            proto @ ("http" | "https") => {
                let host = wanted_host(request);
                opts.insert("Hostname".into(), host.clone().into());
                (format!("{proto}://{host}"), None)
            }
            "tcp" => {
                let listener = listen(ports, wanted_port(request)).await?;
                let addr = format!("0.tcp.{DOMAIN}:{}", listener.1.port());
                opts.insert("Addr".into(), addr.clone().into());
                (format!("tcp://{addr}"), Some(listener))
            }
            "tls" => {
                let host = wanted_host(request);
                opts.insert("Hostname".into(), host.clone().into());
                (format!("tls://{host}"), Some(listen(ports, 0).await?))
            }
            other => return Err(format!("The tunnel protocol '{other}' is not supported.")),
        };
        let mut tunnels = self.lock();
        // Under the lock that `drop_session` takes: a session that ends now finds the tunnel or keeps it from coming.
        if session.has_ended() {
            return Err("The session has ended.".into());
        }
        if tunnels.values().any(|other| other.url == url) {
            return Err(format!(
                "The endpoint '{url}' is already online.\n\nERR_NGROK_334\n"
            ));
        }
        let tunnel = Arc::new_cyclic(|tunnel: &std::sync::Weak<Tunnel>| Tunnel {
            port: listener.map(|(listener, addr)| {
                let task = tokio::spawn(accept(listener, tunnel.clone()));
                (addr, task.abort_handle())
            }),
            id: id.clone(),
            proto: request.proto.clone(),
            url,
            opts,
            session: session.clone(),
            connections: AtomicU64::new(0),
        });
        tunnels.insert(id, tunnel.clone());
        Ok(tunnel)
    }

    pub(crate) fn unbind(&self, id: &str) -> bool {
        let tunnel = self.lock().remove(id);
        tunnel.is_some_and(|tunnel| {
            tunnel.close();
            true
        })
    }

    pub(crate) fn drop_session(&self, session: &Arc<Session>) {
        self.lock().retain(|_, tunnel| {
            let is_others = !Arc::ptr_eq(&tunnel.session, session);
            if !is_others {
                tunnel.close();
            }
            is_others
        });
    }

    pub(crate) fn by_url(&self, url: &str) -> Option<Arc<Tunnel>> {
        self.lock().values().find(|t| t.url == url).cloned()
    }

    /// Every tunnel, in the order of their URLs.
    pub(crate) fn all(&self) -> Vec<Arc<Tunnel>> {
        let mut tunnels: Vec<_> = self.lock().values().cloned().collect();
        tunnels.sort_by(|a, b| a.url.cmp(&b.url));
        tunnels
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<Tunnel>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn wanted_host(request: &Bind) -> String {
    match (request.option("Hostname"), request.option("Subdomain")) {
        ("", "") => format!("{}.{DOMAIN}", random::hex()),
        ("", subdomain) => format!("{subdomain}.{DOMAIN}").to_lowercase(),
        (hostname, _) => hostname.to_lowercase(),
    }
}

fn wanted_port(request: &Bind) -> u16 {
    let addr = request.option("Addr");
    addr.rsplit_once(':')
        .and_then(|(_, port)| port.parse().ok())
        .unwrap_or(0)
}

async fn listen(ports: &Ports, port: u16) -> Result<(TcpListener, SocketAddr), String> {
    let listener = ports.listen(port).await;
    let listener = listener.map_err(|e| format!("The edge cannot listen on port {port}: {e}"))?;
    let addr = listener.local_addr().map_err(|e| e.to_string())?;
    Ok((listener, addr))
}

async fn accept(listener: TcpListener, tunnel: std::sync::Weak<Tunnel>) {
    while let Ok((socket, peer)) = listener.accept().await {
        let Some(tunnel) = tunnel.upgrade() else {
            return;
        };
        tunnel.connections.fetch_add(1, Ordering::Relaxed);
        tokio::spawn(async move {
            let session = tunnel.session.clone();
            session.carry(&tunnel, peer, socket, b"").await;
        });
    }
}
