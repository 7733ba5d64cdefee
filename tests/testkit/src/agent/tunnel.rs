//! A tunnel that is open: its own loopback port, what it forwards to, its numbers.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use tokio::task::AbortHandle;

use super::definition::{Definition, Shape};
use super::ids;
use super::metrics::Metrics;
use super::target::Kind;

/// What Go's `url.PathEscape` leaves alone.
const PATH_SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'=')
    .remove(b':')
    .remove(b'@');

/// One open tunnel or endpoint.
#[derive(Debug)]
pub(crate) struct Tunnel {
    id: String,
    public: SocketAddr,
    definition: RwLock<Arc<Definition>>,
    pub(crate) metrics: Metrics,
    accepting: Mutex<Option<AbortHandle>>,
}

impl Tunnel {
    pub(crate) fn new(definition: Definition, public: SocketAddr) -> Self {
        Self {
            id: ids::hex(32),
            public,
            definition: RwLock::new(Arc::new(definition)),
            metrics: Metrics::new(),
            accepting: Mutex::default(),
        }
    }

    /// What it forwards to at this moment.
    pub(crate) fn definition(&self) -> Arc<Definition> {
        let definition = self
            .definition
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&definition)
    }

    /// Changes it while it stays open: new requests see the change.
    pub(crate) fn redefine(&self, definition: Definition) {
        *self
            .definition
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Arc::new(definition);
    }

    /// Remembers the task that accepts connections.
    pub(crate) fn accepts_in(&self, task: AbortHandle) {
        *self.lock_accepting() = Some(task);
    }

    /// Closes the port and every connection.
    pub(crate) fn close(&self) {
        if let Some(task) = self.lock_accepting().take() {
            task.abort();
        }
    }

    fn lock_accepting(&self) -> std::sync::MutexGuard<'_, Option<AbortHandle>> {
        self.accepting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// The address that clients use. Unlike ngrok's, it works on this machine without DNS.
    pub(crate) fn public_url(&self) -> String {
        format!("{}://{}", self.definition().kind.scheme(), self.public)
    }

    pub(crate) fn is_endpoint(&self) -> bool {
        matches!(self.definition().shape, Shape::Endpoint(_))
    }

    /// As the local API shows it.
    pub(crate) fn json(&self) -> Value {
        let definition = self.definition();
        let name = definition.name.as_str();
        let segment = utf8_percent_encode(name, PATH_SEGMENT);
        match &definition.shape {
            Shape::Tunnel => json!({
                "name": name,
                "ID": self.id,
                "uri": format!("/api/tunnels/{segment}"),
                "public_url": self.public_url(),
                "proto": definition.kind.scheme(),
                "config": {"addr": definition.target.to_string(), "inspect": definition.inspect},
                "metrics": self.metrics.json(),
            }),
            Shape::Endpoint(asked) => {
                let mut upstream = asked
                    .get("upstream")
                    .and_then(Value::as_object)
                    .cloned()
                    .unwrap_or_default();
                upstream.insert("url".to_owned(), definition.target.to_string().into());
                if definition.kind == Kind::Http {
                    upstream.entry("protocol").or_insert("http1".into());
                }
                let mut shown = json!({
                    "name": name,
                    "id": self.id,
                    "uri": format!("/api/endpoints/{segment}"),
                    "url": self.public_url(),
                    "inspect": definition.inspect,
                    "pooling_enabled": definition.pooled,
                    "bindings": [definition.default_binding()],
                    "metrics": self.metrics.json(),
                });
                if let Some(shown) = shown.as_object_mut() {
                    shown.extend(asked.clone());
                    shown.insert("upstream".to_owned(), upstream.into());
                }
                shown
            }
        }
    }
}
