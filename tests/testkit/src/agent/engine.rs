//! The agent's state: its session, its tunnels, and what it was told to do wrong.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::net::TcpListener;
use tokio::sync::watch;

use super::capture::Captures;
use super::config::Config;
use super::definition::Definition;
use super::faults::Faults;
use super::forward;
use super::ids;
use super::log::Logger;
use super::refusal;
use super::tunnel::Tunnel;
use crate::server::{accept, any_port, listen};

/// The version that the stand-in behaves as.
const VERSION: &str = "3.39.1";

/// The connection to ngrok's service, which is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Session {
    /// Not up yet.
    Connecting,
    Up,
    /// It was up, and will be again.
    Lost,
}

/// Why an agent ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// By a signal or by its owner.
    Requested,
    /// A command that failed, with what it prints.
    Failed(String),
    /// By a fault: as if it had panicked.
    Crash,
}

/// Why a tunnel was not opened.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// No session yet.
    NotReady,
    /// The definition is at fault.
    Invalid(String),
    /// The service is.
    Failed(String),
}

/// Everything that the parts of a running agent share.
#[derive(Debug)]
pub(crate) struct Engine {
    pub(crate) log: Logger,
    pub(crate) config: Config,
    pub(crate) captures: Captures,
    /// The id of the client session in the log.
    pub(crate) session_id: String,
    pub(crate) session: watch::Sender<Session>,
    pub(crate) stop: watch::Sender<Option<Stop>>,
    faults: Mutex<Faults>,
    tunnels: Mutex<BTreeMap<String, Arc<Tunnel>>>,
    /// Requests to the local API so far.
    requests: AtomicU64,
}

impl Engine {
    pub(crate) fn new(log: Logger, config: Config, faults: Faults) -> Self {
        Self {
            log,
            captures: Captures::new(config.inspect_db_size()),
            config,
            session_id: ids::hex(12),
            session: watch::Sender::new(Session::Connecting),
            stop: watch::Sender::new(None),
            faults: Mutex::new(faults),
            tunnels: Mutex::default(),
            requests: AtomicU64::new(0),
        }
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, Faults> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Carries out an order of a control call: from now on, or at once where it is a single event.
    pub(crate) fn order(&self, key: &str, value: &str) -> Result<(), String> {
        let mut faults = self.faults();
        faults.set(key, value)?;
        let flood = std::mem::take(&mut faults.log_flood);
        drop(faults);
        self.flood(flood);
        Ok(())
    }

    /// Logs many lines at once.
    pub(crate) fn flood(&self, lines: u64) {
        for line in 0..lines {
            self.log.info(
                "flood",
                &[("obj", "testkit".into()), ("n", line.to_string().into())],
            );
        }
    }

    fn tunnels(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Tunnel>>> {
        self.tunnels.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a request to the local API, and says which one it is.
    pub(crate) fn count_request(&self) -> u64 {
        self.requests.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub(crate) fn version(&self) -> String {
        version(&self.faults())
    }

    /// Whether this version came after a change, as `(3, 29)`.
    pub(crate) fn is_at_least(&self, major: u32, minor: u32) -> bool {
        let version = self.version();
        let mut parts = version.split('.').map(|part| part.parse().unwrap_or(0));
        let mut next = || parts.next().unwrap_or(0);
        (next(), next()) >= (major, minor)
    }

    /// Ends the agent; the first reason counts.
    pub(crate) fn stop(&self, why: Stop) {
        self.stop.send_if_modified(|stop| {
            let first = stop.is_none();
            stop.get_or_insert(why);
            first
        });
    }

    /// Whether the session is up.
    pub(crate) fn is_online(&self) -> bool {
        *self.session.borrow() == Session::Up
    }

    /// Opens what a definition asks for; the tunnel that the answer shows is the first.
    pub(crate) fn open(
        self: &Arc<Self>,
        mut definition: Definition,
        from_config: bool,
    ) -> Result<Arc<Tunnel>, Refusal> {
        match *self.session.borrow() {
            Session::Connecting => return Err(Refusal::NotReady),
            Session::Lost => return Err(Refusal::Failed("session closed".to_owned())),
            Session::Up => {}
        }
        if let Some(reason) = &self.faults().refuse_tunnels {
            return Err(Refusal::Failed(refusal::of_code(reason, "")));
        }
        definition.arm()?;
        let unique = self.is_at_least(3, 29);
        let defined = unique && !from_config && self.config.names().contains(&definition.name);
        let mut tunnels = self.tunnels();
        if defined || unique && tunnels.contains_key(&definition.name) {
            let name = &definition.name;
            return Err(Refusal::Invalid(format!(
                "a tunnel or endpoint with the name '{name}' already exists"
            )));
        }
        if let Some(reason) = online_already(tunnels.values(), &definition) {
            return Err(Refusal::Failed(reason));
        }
        let plain_half = definition.both_schemes.then(|| definition.plain_half());
        let opened = self.add(&mut tunnels, definition)?;
        if let Some(plain_half) = plain_half {
            self.add(&mut tunnels, plain_half)?;
        }
        Ok(opened)
    }

    /// Opens one tunnel; one of the same name that was there is closed.
    fn add(
        self: &Arc<Self>,
        tunnels: &mut BTreeMap<String, Arc<Tunnel>>,
        definition: Definition,
    ) -> Result<Arc<Tunnel>, Refusal> {
        let name = definition.name.clone();
        let tunnel = self
            .listen(definition)
            .map_err(|error| Refusal::Failed(error.to_string()))?;
        if let Some(hidden) = tunnels.insert(name, Arc::clone(&tunnel)) {
            hidden.close();
        }
        Ok(tunnel)
    }

    fn listen(self: &Arc<Self>, definition: Definition) -> std::io::Result<Arc<Tunnel>> {
        let listener = listen(any_port())?;
        let public: SocketAddr = listener.local_addr()?;
        let listener = TcpListener::from_std(listener)?;
        let shown = definition.target.to_string();
        let shown = if shown.contains("://") {
            shown
        } else {
            format!("//{shown}")
        };
        let tunnel = Arc::new(Tunnel::new(definition, public));
        let (engine, accepting) = (Arc::clone(self), Arc::clone(&tunnel));
        let task = tokio::spawn(accept(listener, move |stream, peer| {
            forward::connection(Arc::clone(&engine), Arc::clone(&accepting), stream, peer)
        }));
        tunnel.accepts_in(task.abort_handle());
        self.log.info(
            "started tunnel",
            &[
                ("obj", "tunnels".into()),
                ("name", tunnel.definition().name.clone().into()),
                ("addr", shown.into()),
                ("url", tunnel.public_url().into()),
            ],
        );
        Ok(tunnel)
    }

    pub(crate) fn tunnel(&self, name: &str) -> Option<Arc<Tunnel>> {
        self.tunnels().get(name).cloned()
    }

    /// Everything that is open, by name.
    pub(crate) fn list(&self) -> Vec<Arc<Tunnel>> {
        self.tunnels().values().cloned().collect()
    }

    /// Closes every tunnel.
    pub(crate) fn close_all(&self) {
        for (_, tunnel) in std::mem::take(&mut *self.tunnels()) {
            tunnel.close();
        }
    }

    /// Closes a tunnel; false if there is none of that name.
    pub(crate) fn close(&self, name: &str) -> bool {
        let removed = self.tunnels().remove(name);
        removed.is_some_and(|tunnel| {
            tunnel.close();
            true
        })
    }
}

/// Why the URL that a definition asks for is not given to it, if it is online already.
pub(crate) fn online_already<'a>(
    tunnels: impl IntoIterator<Item = &'a Arc<Tunnel>>,
    definition: &Definition,
) -> Option<String> {
    let url = definition.requested.as_deref()?;
    let online: Vec<_> = tunnels
        .into_iter()
        .filter(|tunnel| {
            let own_url = tunnel.public_url() == url;
            own_url || tunnel.definition().requested.as_deref() == Some(url)
        })
        .collect();
    if online.is_empty() {
        None
    } else if !definition.pooled {
        Some(refusal::online_already(url))
    } else if online.iter().any(|tunnel| !tunnel.definition().pooled) {
        Some(refusal::not_pooled(url))
    } else {
        None
    }
}

/// The version to print.
pub(crate) fn version(faults: &Faults) -> String {
    faults.version.clone().unwrap_or_else(|| VERSION.to_owned())
}
