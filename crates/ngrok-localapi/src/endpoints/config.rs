//! The definition of an endpoint.

use serde_json::{Map, Value};

use crate::definition::{Definition, texts};
use crate::{Result, TrafficPolicy};

/// What to start or to change to: the keys of an [endpoint definition](https://ngrok.com/docs/agent/config/v3/#endpoints).
///
/// Only what was set is sent.
///
/// ```
/// use ngrok_localapi::EndpointConfig;
///
/// let config = EndpointConfig::new("web", "http://localhost:8080").url("https://app.example.com");
/// assert_eq!(config.as_json()["upstream"]["url"], "http://localhost:8080");
/// ```
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub struct EndpointConfig(Definition);

impl EndpointConfig {
    /// An endpoint that forwards to `upstream`: a port, `host:port` or a URL.
    pub fn new(name: impl Into<String>, upstream: impl ToString) -> Self {
        Self(Definition::named(name)).set_in("upstream", "url", upstream.to_string())
    }

    /// A definition that exists as JSON. Nothing is added to it.
    ///
    /// # Errors
    ///
    /// [`BadConfig`](crate::ErrorKind::BadConfig) if it is not an object with a `name`.
    pub fn from_json(json: Value) -> Result<Self> {
        Definition::from_json(json).map(Self)
    }

    /// The name of the endpoint.
    pub fn name(&self) -> &str {
        self.0.name()
    }

    /// The object that is sent.
    pub fn as_json(&self) -> &Map<String, Value> {
        self.0.fields()
    }

    pub(crate) fn check(&self) -> Result<()> {
        self.0.check()
    }

    /// Any key that has no method here; replaces what was set before.
    pub fn extra(self, key: &str, value: impl Into<Value>) -> Self {
        self.set(key, value)
    }

    /// The URL to serve: a domain, an origin, or a bare scheme such as `tcp://`. A random https URL unless set.
    pub fn url(self, url: impl Into<String>) -> Self {
        self.set("url", url.into())
    }

    /// Who can reach it: `public`, `internal` or `kubernetes`.
    pub fn binding(self, binding: impl Into<String>) -> Self {
        self.set("bindings", texts([binding.into()]))
    }

    /// A text of your own, for programs.
    pub fn metadata(self, text: impl Into<String>) -> Self {
        self.set("metadata", text.into())
    }

    /// A text of your own, for people.
    pub fn description(self, text: impl Into<String>) -> Self {
        self.set("description", text.into())
    }

    /// What happens to traffic on its way.
    pub fn traffic_policy(self, policy: &TrafficPolicy) -> Self {
        self.set("traffic_policy", policy.to_json())
    }

    /// Whether requests are captured.
    pub fn inspect(self, on: bool) -> Self {
        self.set("inspect", on)
    }

    /// Whether several endpoints may share the URL.
    pub fn pooling_enabled(self, on: bool) -> Self {
        self.set("pooling_enabled", on)
    }

    /// The HTTP version that the upstream speaks: `http1` or `http2`.
    pub fn upstream_protocol(self, protocol: impl Into<String>) -> Self {
        self.set_in("upstream", "protocol", protocol.into())
    }

    /// The version of the PROXY protocol that the upstream is sent, 1 or 2.
    pub fn proxy_protocol(self, version: u8) -> Self {
        self.set_in("upstream", "proxy_protocol", version.to_string())
    }

    /// Lets the agent end TLS, with these files of a certificate and its private key.
    pub fn agent_tls(self, certificate: impl Into<String>, private_key: impl Into<String>) -> Self {
        const TLS: &str = "agent_tls_termination";
        self.set_in(TLS, "server_certificate", certificate.into())
            .set_in(TLS, "server_private_key", private_key.into())
    }

    /// The files with the authorities whose client certificates are taken where the agent ends TLS.
    pub fn client_authorities<I: IntoIterator<Item: Into<String>>>(self, files: I) -> Self {
        self.set_in(
            "agent_tls_termination",
            "mutual_tls_certificate_authorities",
            texts(files),
        )
    }

    fn set(self, key: &str, value: impl Into<Value>) -> Self {
        Self(self.0.set(key, value))
    }

    fn set_in(self, outer: &str, key: &str, value: impl Into<Value>) -> Self {
        Self(self.0.set_in(outer, key, value))
    }
}
