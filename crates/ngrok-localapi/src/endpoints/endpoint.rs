//! An endpoint as the agent describes it, whichever of its two forms the answer has.

use std::fmt;

use ngrok_core::Masked;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use super::Upstream;
use crate::{Metrics, lenient};

/// An endpoint as the agent describes it. `Debug` hides the secrets of its traffic policy.
///
/// Agents describe one with `url` and `upstream`, or like a tunnel with `public_url` and `config.addr`. Both are read into
/// the same fields.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, remote = "Self")]
#[non_exhaustive]
pub struct Endpoint {
    /// What the agent calls it.
    #[serde(deserialize_with = "lenient::or_default")]
    pub name: String,
    /// The service's id for it.
    #[serde(rename = "ID", alias = "id", skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The path of its description in this API.
    #[serde(deserialize_with = "lenient::or_default")]
    pub uri: String,
    /// The URL under which it is reached.
    #[serde(deserialize_with = "lenient::or_default")]
    pub url: String,
    /// Where it forwards to.
    #[serde(deserialize_with = "lenient::or_default")]
    pub upstream: Upstream,
    /// Whether requests are captured.
    #[serde(deserialize_with = "lenient::or_default")]
    pub inspect: bool,
    /// Its traffic policy, as the agent writes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub traffic_policy: Option<Value>,
    /// Whether several endpoints may share the URL.
    #[serde(deserialize_with = "lenient::or_default")]
    pub pooling_enabled: bool,
    /// Who can reach it: `public`, `internal` or `kubernetes`.
    #[serde(deserialize_with = "lenient::or_default")]
    pub bindings: Vec<String>,
    /// A string of yours, for programs.
    #[serde(deserialize_with = "lenient::or_default")]
    pub metadata: String,
    /// A string of yours, for people.
    #[serde(deserialize_with = "lenient::or_default")]
    pub description: String,
    /// Counters, if the agent sent them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metrics: Option<Metrics>,
    /// What this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl Endpoint {
    /// Returns the scheme of its URL: `https`, `http`, `tcp` or `tls`; empty if the agent has not named a URL.
    pub fn proto(&self) -> &str {
        self.url.split_once("://").map_or("", |(scheme, _)| scheme)
    }

    /// Takes what an answer in the form of a tunnel has under other names.
    fn read_tunnel_form(&mut self) {
        if self.url.is_empty()
            && let Some(Value::String(url)) = self.extra.get("public_url")
        {
            self.url.clone_from(url);
        }
        let Some(config) = self.extra.get("config") else {
            return;
        };
        if self.upstream.url.is_empty()
            && let Some(Value::String(addr)) = config.get("addr")
        {
            self.upstream.url.clone_from(addr);
        }
        if let Some(Value::Bool(inspect)) = config.get("inspect") {
            self.inspect |= inspect;
        }
    }
}

impl<'de> Deserialize<'de> for Endpoint {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        // The derived function, which `remote = "Self"` puts beside the trait.
        let mut endpoint = Self::deserialize(from)?;
        endpoint.read_tunnel_form();
        Ok(endpoint)
    }
}

impl Serialize for Endpoint {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, to)
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let policy = self.traffic_policy.as_ref();
        f.debug_struct("Endpoint")
            .field("name", &self.name)
            .field("id", &self.id)
            .field("url", &self.url)
            .field("upstream", &self.upstream)
            .field("inspect", &self.inspect)
            .field(
                "traffic_policy",
                &policy.map(|policy| Masked("traffic_policy", policy)),
            )
            .field("pooling_enabled", &self.pooling_enabled)
            .field("bindings", &self.bindings)
            .field("metadata", &self.metadata)
            .field("description", &self.description)
            .field("metrics", &self.metrics)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{from_value, json, to_value};

    #[test]
    fn both_forms_of_an_answer_say_the_same() {
        let by_url = json!({
            "name": "web", "uri": "/api/endpoints/web", "url": "https://a.example", "inspect": true,
            "upstream": {"url": "http://localhost:80", "protocol": "http1"},
        });
        let by_public_url = json!({
            "name": "web", "ID": "ep_1", "uri": "/api/tunnels/web", "public_url": "https://a.example", "proto": "https",
            "config": {"addr": "http://localhost:80", "inspect": true}, "url": null, "upstream": null,
        });
        for answer in [by_url, by_public_url] {
            let endpoint: Endpoint = from_value(answer.clone()).unwrap();
            assert_eq!(
                (endpoint.url.as_str(), endpoint.proto()),
                ("https://a.example", "https")
            );
            assert_eq!(endpoint.upstream.url, "http://localhost:80");
            assert!(endpoint.inspect, "{answer}");
            // Nothing of the answer is lost on the way out.
            assert_eq!(
                from_value::<Endpoint>(to_value(&endpoint).unwrap()).unwrap(),
                endpoint
            );
        }
    }

    #[test]
    fn of_two_urls_the_endpoint_s_own_wins() {
        let answer = json!({
            "url": "tcp://1.tcp.example:1", "public_url": "https://b", "upstream": {"url": "22"}, "config": {"addr": "23"},
        });
        let endpoint: Endpoint = from_value(answer).unwrap();
        assert_eq!(
            (endpoint.proto(), endpoint.upstream.url.as_str()),
            ("tcp", "22")
        );
        let odd: Endpoint =
            from_value(json!({"public_url": 5, "config": [], "url": null})).unwrap();
        assert_eq!((odd.url.as_str(), odd.proto()), ("", ""));
    }
}
