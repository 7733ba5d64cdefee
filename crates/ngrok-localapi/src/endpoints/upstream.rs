//! Where an endpoint forwards to: in a definition and in an answer.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::lenient;

/// Where an endpoint forwards to. Only what was set is sent.
///
/// ```
/// use ngrok_localapi::Upstream;
///
/// let upstream = Upstream::new("http://localhost:8080").protocol("http2").proxy_protocol(2);
/// assert_eq!(upstream.url, "http://localhost:8080");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Upstream {
    /// The local address or URL.
    #[serde(
        deserialize_with = "lenient::or_default",
        skip_serializing_if = "String::is_empty"
    )]
    pub url: String,
    /// `http1` or `http2`.
    #[serde(
        deserialize_with = "lenient::or_default",
        skip_serializing_if = "String::is_empty"
    )]
    pub protocol: String,
    /// The version of the PROXY protocol that is sent, if one is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proxy_protocol: Option<Value>,
    /// What this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl Upstream {
    /// Makes an upstream of a port, `host:port` or a URL such as `http://localhost:8080`.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            ..Self::default()
        }
    }

    /// Sets the HTTP version that it speaks: `http1` (the default) or `http2`.
    #[must_use]
    pub fn protocol(mut self, protocol: impl Into<String>) -> Self {
        self.protocol = protocol.into();
        self
    }

    /// Starts each connection with a PROXY protocol header of this version, 1 or 2.
    #[must_use]
    pub fn proxy_protocol(mut self, version: u8) -> Self {
        self.proxy_protocol = Some(version.to_string().into());
        self
    }

    /// The JSON that is sent.
    pub(crate) fn to_json(&self) -> Value {
        // Strings, JSON values and keys that are strings: serde_json writes all of them.
        serde_json::to_value(self).unwrap_or_default()
    }
}

impl From<u16> for Upstream {
    fn from(port: u16) -> Self {
        Self::new(port.to_string())
    }
}

impl From<&str> for Upstream {
    fn from(url: &str) -> Self {
        Self::new(url)
    }
}

impl From<String> for Upstream {
    fn from(url: String) -> Self {
        Self::new(url)
    }
}

impl From<SocketAddr> for Upstream {
    fn from(addr: SocketAddr) -> Self {
        Self::new(addr.to_string())
    }
}
