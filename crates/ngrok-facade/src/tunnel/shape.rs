//! What the agent answers about a tunnel or an endpoint, in one shape for both.

use ngrok_localapi::Metrics;
use serde_json::{Map, Value};

use crate::definition;
use crate::{ConfigVersion, Result};

/// A tunnel as data.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    pub(crate) data: Value,
    pub(crate) name: String,
    pub(crate) id: Option<String>,
    pub(crate) proto: String,
    pub(crate) uri: String,
    pub(crate) public_url: String,
    pub(crate) config: Map<String, Value>,
    pub(crate) upstream: Map<String, Value>,
    pub(crate) metrics: Option<Metrics>,
}

impl Shape {
    /// Reads an answer, filling what agents leave out: the path from the name, the protocol from the URL, the upstream
    /// from the address.
    pub(crate) fn read(data: Value, version: ConfigVersion, asked: &str) -> Result<Self> {
        let text = |key: &str| {
            data.get(key)
                .and_then(Value::as_str)
                .filter(|it| !it.is_empty())
                .map(str::to_owned)
        };
        let object = |key: &str| {
            data.get(key)
                .and_then(Value::as_object)
                .cloned()
                .unwrap_or_default()
        };
        let name = text("name").unwrap_or_else(|| asked.to_owned());
        let public_url = definition::public_url(&data, &name)?;
        let config = object("config");
        let mut upstream = object("upstream");
        if let Some(addr) = config.get("addr").filter(|_| upstream.is_empty()) {
            upstream.insert("url".to_owned(), addr.clone());
        }
        let scheme = public_url
            .split_once("://")
            .map(|(scheme, _)| scheme.to_owned());
        Ok(Self {
            id: text("ID").or_else(|| text("id")),
            proto: text("proto").or(scheme).unwrap_or_default(),
            uri: text("uri")
                .unwrap_or_else(|| format!("{}/{}", definition::api_path(version), segment(&name))),
            metrics: metrics(&data),
            name,
            public_url,
            config,
            upstream,
            data,
        })
    }

    pub(crate) fn set_metrics(&mut self, metrics_json: Value) {
        if let Some(data) = self.data.as_object_mut() {
            data.insert("metrics".to_owned(), metrics_json);
        }
        self.metrics = metrics(&self.data);
    }
}

fn metrics(data: &Value) -> Option<Metrics> {
    serde_json::from_value(data.get("metrics")?.clone()).ok()
}

/// A name as one segment of a path: `web (http)` has a space, others have worse.
fn segment(name: &str) -> String {
    name.bytes().fold(String::new(), |mut path, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            path.push(char::from(byte));
        } else {
            path.push_str(&format!("%{byte:02X}"));
        }
        path
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_tunnel_of_the_real_agent_is_read() {
        let shape = Shape::read(
            json!({
                "name": "web (http)", "ID": "id1", "uri": "/api/tunnels/web%20%28http%29", "proto": "http",
                "public_url": "http://1e4198587332.ngrok.test",
                "config": {"addr": "http://localhost:8190", "inspect": true},
                "metrics": {"conns": {"count": 2}, "http": {"count": 3}},
            }),
            ConfigVersion::V2,
            "asked",
        )
        .unwrap();
        assert_eq!(
            (shape.name.as_str(), shape.id.as_deref()),
            ("web (http)", Some("id1"))
        );
        assert_eq!(shape.uri, "/api/tunnels/web%20%28http%29");
        assert_eq!(shape.upstream["url"], "http://localhost:8190");
        assert_eq!(shape.metrics.unwrap().http.count, 3);
    }

    #[test]
    fn what_an_endpoint_leaves_out_is_derived() {
        for (version, uri) in [
            (ConfigVersion::V3, "/api/endpoints/a%2Fb%20%28c%29"),
            (ConfigVersion::V2, "/api/tunnels/a%2Fb%20%28c%29"),
        ] {
            let data = json!({"name": "a/b (c)", "id": "i", "url": "tcp://1.tcp.ngrok.io:1", "uri": null, "upstream": {"url": "22"}});
            let shape = Shape::read(data, version, "asked").unwrap();
            assert_eq!(
                (
                    shape.uri.as_str(),
                    shape.proto.as_str(),
                    shape.id.as_deref()
                ),
                (uri, "tcp", Some("i"))
            );
            assert!(shape.config.is_empty() && shape.metrics.is_none());
            assert_eq!(shape.upstream["url"], "22");
        }
    }

    #[test]
    fn an_answer_without_a_url_is_an_error_that_names_the_tunnel() {
        for data in [json!({}), json!([]), json!(null), json!({"name": ""})] {
            let error = Shape::read(data, ConfigVersion::V2, "web").unwrap_err();
            assert!(error.to_string().contains("`web`"), "{error}");
        }
    }
}
