//! The definition of an endpoint.

use serde_json::{Map, Value};

use super::{AgentTls, Upstream};
use crate::TrafficPolicy;
use crate::definition::{Definition, texts};
use crate::error::Result;

/// What agents report about an endpoint, and is no part of its definition.
const REPORTED_ONLY: [&str; 7] = [
    "ID",
    "config",
    "id",
    "metrics",
    "proto",
    "public_url",
    "uri",
];

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
    /// An endpoint that forwards to `upstream`: a port, `host:port`, a URL, or an [`Upstream`] with more to say.
    pub fn new(name: impl Into<String>, upstream: impl Into<Upstream>) -> Self {
        Self(Definition::named(name)).upstream(upstream)
    }

    /// A definition that exists as JSON. Nothing is added to it.
    ///
    /// # Errors
    ///
    /// [`BadConfig`](crate::ErrorKind::BadConfig) if it is not an object with a `name`.
    pub fn from_json(json: Value) -> Result<Self> {
        Definition::from_json(json).map(Self)
    }

    /// The definition of what the agent shows in an answer, in either of its forms.
    pub(super) fn of_answer(mut shown: Map<String, Value>, name: &str) -> Self {
        let url = shown.remove("public_url");
        let addr = shown
            .get_mut("config")
            .and_then(|config| config.get_mut("addr"))
            .map(Value::take);
        shown.retain(|key, value| !REPORTED_ONLY.contains(&key.as_str()) && !value.is_null());
        let mut config = Self::from_fields(shown);
        if let (None, Some(Value::String(url))) = (config.as_json().get("url"), url) {
            config = config.url(url);
        }
        if let (None, Some(Value::String(addr))) = (config.as_json().get("upstream"), addr) {
            config = config.upstream(addr);
        }
        if config.name().is_empty() {
            config = config.set("name", name);
        }
        config
    }

    /// Takes a definition that exists as fields, whether it is complete or not. Nothing is added to it.
    pub fn from_fields(fields: Map<String, Value>) -> Self {
        Self(Definition::of(fields))
    }

    /// The name of the endpoint.
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

    /// Replaces the upstream.
    pub fn upstream(self, upstream: impl Into<Upstream>) -> Self {
        self.set("upstream", upstream.into().to_json())
    }

    /// Lets the agent end TLS, instead of ngrok's cloud.
    pub fn agent_tls_termination(self, tls: AgentTls) -> Self {
        self.set("agent_tls_termination", tls.into_json())
    }

    fn set(self, key: &str, value: impl Into<Value>) -> Self {
        Self(self.0.set(key, value))
    }
}
