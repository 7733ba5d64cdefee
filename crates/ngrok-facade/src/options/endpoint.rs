//! Options that only endpoints (config version 3) know.

use std::fmt;

use serde_json::{Map, Value};

use super::{ConnectOptions, texts};

impl ConnectOptions {
    /// The upstream with all that an endpoint can say of it, instead of an address. Version 3 only.
    pub fn upstream(self, upstream: Upstream) -> Self {
        self.option("upstream", Value::Object(upstream.0))
    }

    /// Where the endpoint is seen: `public`, `internal` or `kubernetes`. Version 3 only.
    pub fn binding(self, binding: impl Into<String>) -> Self {
        self.option("bindings", texts([binding]))
    }

    /// What the endpoint is for, up to 255 bytes, shown in the dashboard. Version 3 only.
    pub fn description(self, description: impl Into<String>) -> Self {
        self.option("description", description.into())
    }

    /// Ends TLS in the agent. Version 3 only.
    pub fn agent_tls_termination(self, tls: AgentTls) -> Self {
        self.option("agent_tls_termination", Value::Object(tls.0))
    }
}

/// Where an endpoint sends its traffic, for [`ConnectOptions::upstream`].
#[derive(Clone, Debug, PartialEq)]
pub struct Upstream(Map<String, Value>);

impl Upstream {
    /// An upstream by its URL, such as `http://localhost:8080`.
    pub fn new(url: impl Into<String>) -> Self {
        Self(Map::new()).set("url", url.into().into())
    }

    /// How to speak to it: `http1` (the default) or `http2`.
    pub fn protocol(self, protocol: impl Into<String>) -> Self {
        self.set("protocol", protocol.into().into())
    }

    /// Starts each connection with a PROXY protocol header of this version, 1 or 2.
    pub fn proxy_protocol(self, version: u8) -> Self {
        self.set("proxy_protocol", version.to_string().into())
    }

    fn set(mut self, key: &str, value: Value) -> Self {
        self.0.insert(key.to_owned(), value);
        self
    }
}

/// TLS that ends in the agent, for [`ConnectOptions::agent_tls_termination`].
#[derive(Clone, PartialEq)]
pub struct AgentTls(Map<String, Value>);

impl AgentTls {
    /// A certificate and its key, each a PEM text or the path of a file.
    pub fn new(certificate: &str, private_key: &str) -> Self {
        let mut fields = Map::new();
        fields.insert("server_certificate".to_owned(), certificate.into());
        fields.insert("server_private_key".to_owned(), private_key.into());
        Self(fields)
    }

    /// Asks clients for a certificate of one of these authorities, PEM texts or paths.
    pub fn client_authorities<T: Into<String>>(
        mut self,
        authorities: impl IntoIterator<Item = T>,
    ) -> Self {
        let key = "mutual_tls_certificate_authorities".to_owned();
        self.0.insert(key, texts(authorities));
        self
    }
}

/// It holds a private key.
impl fmt::Debug for AgentTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AgentTls(***)")
    }
}
