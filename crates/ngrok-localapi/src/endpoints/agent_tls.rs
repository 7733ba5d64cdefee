//! TLS that ends in the agent instead of in ngrok's cloud.

use std::fmt;

use serde_json::{Map, Value};

use crate::definition::texts;

/// TLS that ends in the agent, for [`EndpointConfig::agent_tls_termination`](crate::EndpointConfig::agent_tls_termination).
///
/// `Debug` shows nothing of it, since it holds a private key.
#[derive(Clone, PartialEq)]
pub struct AgentTls(Map<String, Value>);

impl AgentTls {
    /// Takes a certificate and its private key, each a PEM string or the path of a file.
    pub fn new(certificate: impl Into<String>, private_key: impl Into<String>) -> Self {
        Self(Map::from_iter([
            ("server_certificate".to_owned(), certificate.into().into()),
            ("server_private_key".to_owned(), private_key.into().into()),
        ]))
    }

    /// Accepts only clients with a certificate of one of these authorities, PEM strings or paths.
    #[must_use]
    pub fn client_authorities<I: IntoIterator<Item: Into<String>>>(mut self, files: I) -> Self {
        let key = "mutual_tls_certificate_authorities";
        self.0.insert(key.to_owned(), texts(files));
        self
    }

    pub(crate) fn into_json(self) -> Value {
        Value::Object(self.0)
    }
}

impl fmt::Debug for AgentTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AgentTls(***)")
    }
}
