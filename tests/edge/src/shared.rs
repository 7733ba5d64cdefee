//! The edge's state, shared by its listeners and sessions, and its answers to agents.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Map, Value};

use crate::messages::{
    Auth, AuthAnswer, AuthExtra, Bind, BindAnswer, BindExtra, Unbind, UnbindAnswer,
};
use crate::ports::Ports;
use crate::random;
use crate::session::Session;
use crate::tunnels::Tunnels;

/// One edge.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    pub(crate) ports: Ports,
    pub(crate) sessions: Sessions,
    pub(crate) tunnels: Tunnels,
    pub(crate) faults: Mutex<Faults>,
    pub(crate) heartbeats_stalled: AtomicBool,
    down: AtomicBool,
    heartbeats: AtomicU64,
    auths: Mutex<Vec<Map<String, Value>>>,
}

/// What to refuse, and with which text.
#[derive(Debug, Default, Clone)]
pub(crate) struct Faults {
    pub(crate) auth: Option<String>,
    pub(crate) auth_delay: Duration,
    pub(crate) bind: Option<String>,
    pub(crate) unbind: Option<String>,
}

impl Shared {
    pub(crate) fn faults(&self) -> MutexGuard<'_, Faults> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn is_down(&self) -> bool {
        self.down.load(Ordering::SeqCst)
    }

    pub(crate) fn set_down(&self, down: bool) {
        self.down.store(down, Ordering::SeqCst);
    }

    /// The `Extra` of every authentication so far: token, version, system, metadata.
    pub(crate) fn auths(&self) -> MutexGuard<'_, Vec<Map<String, Value>>> {
        self.auths.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn heartbeats(&self) -> u64 {
        self.heartbeats.load(Ordering::Relaxed)
    }

    /// Whether to answer it.
    pub(crate) fn on_heartbeat(&self) -> bool {
        self.heartbeats.fetch_add(1, Ordering::Relaxed);
        !self.heartbeats_stalled.load(Ordering::Relaxed)
    }

    pub(crate) async fn on_auth(&self, request: Auth) -> AuthAnswer {
        let faults = self.faults().clone();
        self.auths().push(request.extra);
        tokio::time::sleep(faults.auth_delay).await;
        let version = request.version.into_iter().next().unwrap_or("2".into());
        match faults.auth {
            Some(error) => AuthAnswer {
                version,
                error,
                ..AuthAnswer::default()
            },
            None => AuthAnswer {
                version,
                client_id: or_random(request.client_id),
                error: String::new(),
                extra: AuthExtra {
                    version: "prod",
                    region: "us",
                    cookie: random::hex(),
                    account_name: "loopback",
                    plan_name: "Free",
                    ..AuthExtra::default()
                },
            },
        }
    }

    pub(crate) async fn on_bind(
        self: &Arc<Self>,
        session: &Arc<Session>,
        request: Bind,
    ) -> BindAnswer {
        let refusal = self.faults().bind.clone();
        let bound = match refusal {
            Some(error) => Err(error),
            None => self.tunnels.bind(&self.ports, session, &request).await,
        };
        match bound {
            Ok(tunnel) => BindAnswer {
                id: tunnel.id.clone(),
                url: tunnel.url.clone(),
                proto: request.proto,
                opts: tunnel.opts.clone(),
                error: String::new(),
                extra: BindExtra {
                    token: random::hex(),
                },
            },
            Err(error) => BindAnswer {
                id: request.id,
                proto: request.proto,
                opts: request.opts,
                error,
                ..BindAnswer::default()
            },
        }
    }

    pub(crate) fn on_unbind(&self, request: &Unbind) -> UnbindAnswer {
        let error = match self.faults().unbind.clone() {
            Some(error) => error,
            None if self.tunnels.unbind(&request.id) => String::new(),
            None => format!("there is no tunnel {}", request.id),
        };
        UnbindAnswer { error, extra: None }
    }
}

pub(crate) fn or_random(id: String) -> String {
    if id.is_empty() { random::hex() } else { id }
}

/// The sessions that are up.
#[derive(Debug, Default)]
pub(crate) struct Sessions(Mutex<Vec<Arc<Session>>>);

impl Sessions {
    pub(crate) fn add(&self, session: Arc<Session>) {
        self.lock().push(session);
    }

    pub(crate) fn remove(&self, session: &Arc<Session>) {
        self.lock().retain(|other| !Arc::ptr_eq(other, session));
    }

    pub(crate) fn all(&self) -> Vec<Arc<Session>> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arc<Session>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
