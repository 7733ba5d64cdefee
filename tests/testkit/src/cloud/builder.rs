//! Settings of a loopback cloud.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};

use serde_json::json;

use super::api::{self, Account};
use super::catalog::Catalog;
use super::fault::Faults;
use super::gate::RateLimit;
use super::store::Store;
use super::variant::{CloudPlan, CloudVariant, Options};
use super::{LoopbackCloud, State, lock, serve};
use crate::server::{Server, any_port};

/// The key that an account begins with: 27 letters and digits, `_`, a digit and 20 more, as ngrok's have.
pub(super) const API_KEY: &str = "loopbackcloudapikey00000000_1loopbackcloudapikey0";

/// Settings of a [`LoopbackCloud`] before it starts.
#[derive(Clone, Debug)]
#[must_use = "nothing starts before `start`"]
pub struct LoopbackCloudBuilder {
    api_key: String,
    prefix: String,
    per_minute: Option<usize>,
    addr: SocketAddr,
    keeps_requests: bool,
    options: Options,
}

impl Default for LoopbackCloudBuilder {
    fn default() -> Self {
        Self {
            api_key: API_KEY.to_owned(),
            prefix: String::new(),
            per_minute: None,
            addr: any_port(),
            keeps_requests: true,
            options: Options::default(),
        }
    }
}

impl LoopbackCloudBuilder {
    /// Sets the API key that the account begins with. Keys that clients create are accepted too.
    /// Default: a key of the form that ngrok's have.
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.api_key = key.into();
        self
    }

    /// Sets a path that precedes every other, such as `/ngrok`, as behind a gateway. Default: none.
    pub fn path_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Sets how many requests are answered in a rolling minute before ERR_NGROK_226. ngrok's limit is 120. Default: any number.
    pub fn rate_limit(mut self, per_minute: usize) -> Self {
        self.per_minute = Some(per_minute);
        self
    }

    /// Sets the port of `127.0.0.1` to listen on. Default: a free one.
    pub fn port(mut self, port: u16) -> Self {
        self.addr.set_port(port);
        self
    }

    /// Chooses a behaviour where public sources about ngrok's service disagree. Default: none of them.
    ///
    /// ```
    /// use ngrok_testkit::{CloudVariant, LoopbackCloud};
    ///
    /// let cloud = LoopbackCloud::builder()
    ///     .variant(CloudVariant::Conflicts409)
    ///     .variant(CloudVariant::RetryAfter)
    ///     .start()?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn variant(mut self, variant: CloudVariant) -> Self {
        self.options.choose(variant);
        self
    }

    /// Sets the plan of the account, which decides on limits. Default: [`CloudPlan::Unlimited`].
    pub fn plan(mut self, plan: CloudPlan) -> Self {
        self.options.plan = plan;
        self
    }

    /// Sets whether the rules of the services apply: forms of names and networks, ids that have to lead somewhere, conflicts, things in use.
    /// Without them a body is only checked for fields that are unknown, missing or of the wrong kind,
    /// which is what a test of all operations with made-up values needs. Default: true.
    pub fn rules(mut self, apply: bool) -> Self {
        self.options.rules = apply;
        self
    }

    /// Sets the address that callers seem to come from, so that an enforced IP restriction of the type `api` applies to them (ERR_NGROK_220).
    /// Default: none, and restrictions do not apply.
    pub fn caller_ip(mut self, ip: IpAddr) -> Self {
        self.options.caller_ip = Some(ip);
        self
    }

    /// Keeps no requests: a program may run for long, and no one asks it for them.
    pub(super) fn without_requests(mut self) -> Self {
        self.keeps_requests = false;
        self
    }

    /// Starts the cloud on `127.0.0.1`.
    ///
    /// # Errors
    /// When the port is taken, or no port or thread can be had.
    pub fn start(self) -> io::Result<LoopbackCloud> {
        let state = Arc::new(Mutex::new(State {
            account: self.account(String::new()),
            prefix: self.prefix.clone(),
            faults: Faults::default(),
            seen: self.keeps_requests.then(Vec::new),
        }));
        let shared = Arc::clone(&state);
        let server = Server::http_at(self.addr, move |request| {
            serve(Arc::clone(&shared), request)
        })?;
        let url = format!("http://{}{}", server.addr(), self.prefix);
        lock(&state).account = self.account(url.clone());
        Ok(LoopbackCloud {
            url,
            api_key: self.api_key,
            state,
            _server: server,
        })
    }

    /// An account with one API key in it.
    fn account(&self, base: String) -> Account {
        let mut account = Account {
            store: Store::new(base),
            options: self.options.clone(),
            rate: RateLimit::new(self.per_minute),
        };
        if let Some((path, kind)) = Catalog::get().home("api_keys") {
            let mut key = serde_json::Map::new();
            key.insert("token".to_owned(), json!(self.api_key));
            key.insert(
                "description".to_owned(),
                json!("The key that the account begins with"),
            );
            api::add(&mut account, "api_keys", path, kind, key);
        }
        account
    }
}
