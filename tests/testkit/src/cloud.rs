//! A loopback stand-in for ngrok's cloud API: all of its services, with state, ngrok's own refusals, and faults on demand.

mod answer;
mod api;
mod auth;
mod bots;
mod builder;
mod catalog;
mod check;
mod cors;
mod der;
mod facts;
mod fault;
mod filter;
mod gate;
mod ids;
mod list;
mod network;
mod pem;
mod policy;
mod program;
mod request;
mod rules;
mod shape;
mod store;
#[cfg(test)]
mod testing;
mod tokens;
mod variant;
mod x509;

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::{Request, Response};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::Value;

pub use builder::LoopbackCloudBuilder;
pub use fault::CloudFault;
pub use program::cloud_main;
pub use request::CloudRequest;
pub use variant::{CloudPlan, CloudVariant};

use self::api::Account;
use self::catalog::Catalog;
use self::fault::Faults;
use crate::server::{Body, Server};

/// A cloud API on a loopback port; it ends when this is dropped.
///
/// It keeps what clients create, pages and filters lists, fills what ngrok fills (addresses, CNAME targets, tokens, the parts of a certificate),
/// and refuses what ngrok refuses with its codes: a wrong key, an unknown field, a CIDR with host bits, a domain that is taken, a policy that is used.
/// What lies behind the API does not exist: no endpoint goes online, no certificate is issued.
///
/// ```
/// let cloud = ngrok_testkit::LoopbackCloud::start().unwrap();
/// let id = cloud.seed("tunnel_sessions", serde_json::json!({"region": "eu"}));
/// // Point a client at `cloud.url()` with the key `cloud.api_key()`, then look at what it sent:
/// assert!(cloud.requests().is_empty());
/// assert!(id.starts_with("ts_"));
/// ```
#[derive(Debug)]
pub struct LoopbackCloud {
    url: String,
    api_key: String,
    state: Arc<Mutex<State>>,
    _server: Server,
}

#[derive(Debug)]
struct State {
    account: Account,
    /// A path that precedes every other.
    prefix: String,
    faults: Faults,
    /// The requests so far, where they are kept.
    seen: Option<Vec<CloudRequest>>,
}

/// The longest body that is read.
const LONGEST_BODY: usize = 16 * 1024 * 1024;

impl LoopbackCloud {
    /// Starts a cloud with the default settings.
    ///
    /// # Errors
    /// When no port or thread can be had.
    pub fn start() -> io::Result<Self> {
        Self::builder().start()
    }

    /// Returns settings to change before the start.
    pub fn builder() -> LoopbackCloudBuilder {
        LoopbackCloudBuilder::default()
    }

    /// Returns the base URL for a client, with the path prefix and without a slash at its end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the API key that the account begins with.
    #[must_use]
    pub fn api_key(&self) -> String {
        self.api_key.clone()
    }

    /// Puts a resource into a service, by request or response field, and returns its id.
    ///
    /// It is the way to fill services that no client can create in: `tunnel_sessions`, `tunnels`, `application_users`, ….
    /// Nothing is checked; what ngrok fills is filled, unless `fields` has it.
    ///
    /// # Panics
    /// When there is no such service, or it has no list of its own, or `fields` is not an object: the test is wrong.
    #[expect(
        clippy::panic,
        reason = "a helper of tests: the panic is the test's failure"
    )]
    pub fn seed(&self, service: &str, fields: Value) -> String {
        let kept_in = bots::kept_in(service);
        let Some((path, kind)) = Catalog::get().home(kept_in) else {
            panic!("no service '{service}' with a collection of its own");
        };
        let Value::Object(fields) = fields else {
            panic!("a resource is an object, not {fields}");
        };
        let id = api::add(&mut lock(&self.state).account, kept_in, path, kind, fields);
        bots::id_for(service, id)
    }

    /// Makes the `nth` request from now on go wrong; 1 is the next. Refused requests count too.
    pub fn fail(&self, nth: usize, fault: CloudFault) {
        lock(&self.state).faults.add(nth, fault);
    }

    /// Returns every request so far, in order.
    #[must_use]
    pub fn requests(&self) -> Vec<CloudRequest> {
        lock(&self.state).seen.clone().unwrap_or_default()
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Escapes a value for a query.
fn encode(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

async fn serve(state: Arc<Mutex<State>>, request: Request<Incoming>) -> io::Result<Response<Body>> {
    let (head, body) = request.into_parts();
    let read = Limited::new(body, LONGEST_BODY).collect().await;
    let body = read.map(http_body_util::Collected::to_bytes);
    let seen = CloudRequest::new(&head, body.as_deref().unwrap_or_default());
    let origin = cors::Origin::of(&seen);
    let (answer, fault) = {
        let mut state = lock(&state);
        let answer = match origin.preflight(&seen) {
            Some(preflight) => preflight,
            None => {
                // A path outside the prefix leads nowhere.
                let path = seen.path.strip_prefix(state.prefix.as_str()).unwrap_or("");
                let bytes = body.as_deref().map_err(|_| ());
                let path = path.to_owned();
                origin.allow(api::answer(&mut state.account, &seen, &path, bytes))
            }
        };
        if let Some(all) = &mut state.seen {
            all.push(seen);
        }
        (answer, state.faults.next())
    };
    fault::deliver(answer, fault).await
}

#[cfg(test)]
mod tests;
