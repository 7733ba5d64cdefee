//! The definition of a tunnel, with every key that the agent's configuration knows.

use serde_json::{Map, Value};

use super::{OAuth, Oidc};
use crate::definition::{Definition, texts};
use crate::error::Result;
use crate::{Secret, TrafficPolicy};

/// What to start: the keys of a [tunnel definition](https://ngrok.com/docs/agent/config/v2/#tunnel-configurations).
///
/// Only what was set is sent. `addr` may be a port, `host:port`, a URL, or `file:///dir` for a tunnel of files. `Debug` hides
/// passwords and keys.
///
/// ```
/// use ngrok_localapi::TunnelConfig;
///
/// let config = TunnelConfig::http("web", 8080).schemes(["https"]).basic_auth("ada", "countess");
/// assert_eq!(config.as_json()["addr"], "8080");
/// assert!(!format!("{config:?}").contains("countess"));
/// ```
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub struct TunnelConfig(Definition);

impl TunnelConfig {
    /// An HTTP tunnel to `addr`.
    pub fn http(name: impl Into<String>, addr: impl ToString) -> Self {
        Self::new(name, "http", addr)
    }

    /// A TCP tunnel to `addr`.
    pub fn tcp(name: impl Into<String>, addr: impl ToString) -> Self {
        Self::new(name, "tcp", addr)
    }

    /// A TLS tunnel to `addr`.
    pub fn tls(name: impl Into<String>, addr: impl ToString) -> Self {
        Self::new(name, "tls", addr)
    }

    /// A tunnel of any protocol to `addr`.
    pub fn new(name: impl Into<String>, proto: &str, addr: impl ToString) -> Self {
        let named = Definition::named(name);
        Self(named.set("proto", proto).set("addr", addr.to_string()))
    }

    /// A definition that exists as JSON. Nothing is added to it.
    ///
    /// # Errors
    ///
    /// [`BadConfig`](crate::ErrorKind::BadConfig) if it is not an object with a `name`.
    pub fn from_json(json: Value) -> Result<Self> {
        Definition::from_json(json).map(Self)
    }

    /// Takes a definition that exists as fields, whether it is complete or not. Nothing is added to it.
    pub fn from_fields(fields: Map<String, Value>) -> Self {
        Self(Definition::of(fields))
    }

    /// The name of the tunnel.
    pub fn name(&self) -> &str {
        self.0.name()
    }

    /// The object that is sent, secrets included.
    pub fn as_json(&self) -> &Map<String, Value> {
        self.0.fields()
    }

    /// Returns the object that is sent, secrets included.
    pub fn into_fields(self) -> Map<String, Value> {
        self.0.into_fields()
    }

    /// Checks what can be checked without an agent: the name, and the form of the traffic policy.
    ///
    /// # Errors
    ///
    /// [`BadConfig`](crate::ErrorKind::BadConfig) for a name that the agent could not find again, and for a traffic policy
    /// that is none, with the place in it.
    pub fn check(&self) -> Result<()> {
        self.0.check()
    }

    /// Any key that has no method here; replaces what was set before.
    pub fn extra(self, key: &str, value: impl Into<Value>) -> Self {
        self.set(key, value)
    }

    /// A text of your own that ngrok's dashboard and API show.
    pub fn metadata(self, text: impl Into<String>) -> Self {
        self.set("metadata", text.into())
    }

    /// Whether requests are captured. HTTP only; the agent does unless told otherwise.
    pub fn inspect(self, on: bool) -> Self {
        self.set("inspect", on)
    }

    /// Labels of a labelled tunnel, each `key=value`.
    pub fn labels<I: IntoIterator<Item: Into<String>>>(self, labels: I) -> Self {
        self.set_list("labels", labels)
    }

    /// The URL to serve: a domain, an origin, or a bare scheme.
    pub fn url(self, url: impl Into<String>) -> Self {
        self.set("url", url.into())
    }

    /// The domain to serve. HTTP and TLS.
    pub fn domain(self, domain: impl Into<String>) -> Self {
        self.set("domain", domain.into())
    }

    /// The older name of [`domain`](Self::domain).
    pub fn hostname(self, hostname: impl Into<String>) -> Self {
        self.set("hostname", hostname.into())
    }

    /// The subdomain of ngrok's domain to serve. Older than [`domain`](Self::domain).
    pub fn subdomain(self, subdomain: impl Into<String>) -> Self {
        self.set("subdomain", subdomain.into())
    }

    /// The reserved address of a TCP tunnel, such as `1.tcp.ngrok.io:12345`.
    pub fn remote_addr(self, addr: impl Into<String>) -> Self {
        self.set("remote_addr", addr.into())
    }

    /// The schemes to serve: `http`, `https` or both.
    pub fn schemes<I: IntoIterator<Item: Into<String>>>(self, schemes: I) -> Self {
        self.set_list("schemes", schemes)
    }

    /// Whether several endpoints may share the URL.
    pub fn pooling_enabled(self, on: bool) -> Self {
        self.set("pooling_enabled", on)
    }

    /// A user who may come in. Call it again for another one. The password has 8 to 128 characters.
    ///
    /// Agents of version 2 do not know this key and would leave the tunnel open; theirs is `auth`.
    pub fn basic_auth(self, user: &str, password: impl Into<Secret>) -> Self {
        let pair = format!("{user}:{}", password.into().expose());
        Self(self.0.push("basic_auth", pair))
    }

    /// The share of failing answers, 0 to 1, at which the upstream is left alone for a while.
    pub fn circuit_breaker(self, error_threshold: f64) -> Self {
        self.set("circuit_breaker", error_threshold)
    }

    /// Whether answers are compressed with gzip.
    pub fn compression(self, on: bool) -> Self {
        self.set("compression", on)
    }

    /// The `Host` header for the upstream: `rewrite`, `preserve`, or a host.
    pub fn host_header(self, host: impl Into<String>) -> Self {
        self.set("host_header", host.into())
    }

    /// Addresses that may come in, as CIDR blocks.
    pub fn allow_cidrs<I: IntoIterator<Item: Into<String>>>(self, blocks: I) -> Self {
        self.set_texts_in("ip_restriction", "allow_cidrs", blocks)
    }

    /// Addresses that may not come in, as CIDR blocks.
    pub fn deny_cidrs<I: IntoIterator<Item: Into<String>>>(self, blocks: I) -> Self {
        self.set_texts_in("ip_restriction", "deny_cidrs", blocks)
    }

    /// The file with the authorities whose client certificates are taken.
    pub fn mutual_tls_cas(self, path: impl Into<String>) -> Self {
        self.set("mutual_tls_cas", path.into())
    }

    /// Asks for a login at an OAuth provider.
    pub fn oauth(self, oauth: OAuth) -> Self {
        self.set("oauth", oauth.into_json())
    }

    /// Asks for a login at an OpenID Connect provider.
    pub fn oidc(self, oidc: Oidc) -> Self {
        self.set("oidc", oidc.into_json())
    }

    /// The older policy language, as JSON. Newer agents take [`traffic_policy`](Self::traffic_policy).
    pub fn policy(self, policy: impl Into<Value>) -> Self {
        self.set("policy", policy)
    }

    /// What happens to traffic on its way.
    pub fn traffic_policy(self, policy: &TrafficPolicy) -> Self {
        self.set("traffic_policy", policy.to_json())
    }

    /// The PROXY protocol version that the upstream is sent, 1 or 2.
    pub fn proxy_proto(self, version: u8) -> Self {
        self.set("proxy_proto", version.to_string())
    }

    /// Adds a header, `Name: value`, to each request. Call it again for another one.
    pub fn add_request_header(self, header: impl Into<String>) -> Self {
        self.push_in("request_header", "add", header.into())
    }

    /// Removes a header from each request. Call it again for another one.
    pub fn remove_request_header(self, name: impl Into<String>) -> Self {
        self.push_in("request_header", "remove", name.into())
    }

    /// Adds a header, `Name: value`, to each response. Call it again for another one.
    pub fn add_response_header(self, header: impl Into<String>) -> Self {
        self.push_in("response_header", "add", header.into())
    }

    /// Removes a header from each response. Call it again for another one.
    pub fn remove_response_header(self, name: impl Into<String>) -> Self {
        self.push_in("response_header", "remove", name.into())
    }

    /// User agents that may come in, as regular expressions.
    pub fn allow_user_agents<I: IntoIterator<Item: Into<String>>>(self, patterns: I) -> Self {
        self.set_texts_in("user_agent_filter", "allow", patterns)
    }

    /// User agents that may not come in, as regular expressions.
    pub fn deny_user_agents<I: IntoIterator<Item: Into<String>>>(self, patterns: I) -> Self {
        self.set_texts_in("user_agent_filter", "deny", patterns)
    }

    /// Lets only webhooks in that this provider, such as `github`, signed with the secret.
    pub fn verify_webhook(self, provider: impl Into<String>, secret: impl Into<Secret>) -> Self {
        self.set_in("verify_webhook", "provider", provider.into())
            .set_in("verify_webhook", "secret", secret.into().expose())
    }

    /// Whether WebSocket connections reach the upstream as plain TCP.
    pub fn websocket_tcp_converter(self, on: bool) -> Self {
        self.set("websocket_tcp_converter", on)
    }

    /// The certificate file of a TLS tunnel that the agent terminates.
    pub fn crt(self, path: impl Into<String>) -> Self {
        self.set("crt", path.into())
    }

    /// The private key file of a TLS tunnel that the agent terminates.
    pub fn key(self, path: impl Into<String>) -> Self {
        self.set("key", path.into())
    }

    /// Where TLS ends: `edge`, `agent` or `upstream`.
    pub fn terminate_at(self, place: impl Into<String>) -> Self {
        self.set("terminate_at", place.into())
    }

    fn set(self, key: &str, value: impl Into<Value>) -> Self {
        Self(self.0.set(key, value))
    }

    fn set_list<I: IntoIterator<Item: Into<String>>>(self, key: &str, items: I) -> Self {
        Self(self.0.set_list(key, items))
    }

    fn set_in(self, outer: &str, key: &str, value: impl Into<Value>) -> Self {
        Self(self.0.set_in(outer, key, value))
    }

    fn push_in(self, outer: &str, key: &str, item: impl Into<Value>) -> Self {
        Self(self.0.push_in(outer, key, item))
    }

    fn set_texts_in<I: IntoIterator<Item: Into<String>>>(
        self,
        outer: &str,
        key: &str,
        items: I,
    ) -> Self {
        self.set_in(outer, key, texts(items))
    }
}
