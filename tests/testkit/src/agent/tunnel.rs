//! A tunnel that is open: its own loopback port, what it forwards to, its numbers.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use tokio::task::AbortHandle;

use super::definition::Definition;
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

    /// As `/api/tunnels` shows it.
    pub(crate) fn tunnel_view(&self) -> Value {
        let definition = self.definition();
        json!({
            "name": definition.name,
            "ID": self.id,
            "uri": format!("/api/tunnels/{}", segment(&definition.name)),
            "public_url": self.public_url(),
            "proto": definition.kind.scheme(),
            "config": {"addr": definition.target.to_string(), "inspect": definition.inspect},
            "metrics": self.metrics.json(),
        })
    }

    /// As the list of `/api/endpoints` shows it, without metrics.
    pub(crate) fn endpoint_view(&self) -> Value {
        let definition = self.definition();
        let mut upstream = definition.upstream.clone();
        upstream.insert("url".to_owned(), definition.target.to_string().into());
        if definition.kind == Kind::Http {
            upstream.entry("protocol").or_insert("http1".into());
        }
        let mut view = definition.repeated.clone();
        view.entry("bindings")
            .or_insert_with(|| json!([definition.default_binding()]));
        let fixed = json!({
            "name": definition.name,
            "uri": format!("/api/endpoints/{}", segment(&definition.name)),
            "url": self.public_url(),
            "upstream": upstream,
            "inspect": definition.inspect,
            "pooling_enabled": definition.pooled,
        });
        if let Value::Object(fixed) = fixed {
            view.extend(fixed);
        }
        view.into()
    }

    /// Both views in one object, with the `uri` of the endpoint. What an agent answers to a POST of an endpoint
    /// is documented in the one shape and seen in the other, so a reader of either finds its keys.
    pub(crate) fn both_views(&self) -> Value {
        let (mut both, endpoint) = (self.tunnel_view(), self.endpoint_view());
        if let (Value::Object(both), Value::Object(endpoint)) = (&mut both, endpoint) {
            both.extend(endpoint);
        }
        both
    }
}

/// A name as one segment of a path.
fn segment(name: &str) -> String {
    utf8_percent_encode(name, PATH_SEGMENT).to_string()
}
