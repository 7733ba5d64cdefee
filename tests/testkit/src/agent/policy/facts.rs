//! What the expressions of a policy may ask about: the connection, the request, the response.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use percent_encoding::percent_decode_str;

use super::expression::Value;
use crate::agent::forward::wire::Head;

/// The names that have a value.
pub(super) const NAMES: &[&str] = &[
    "conn.client_ip",
    "conn.client_port",
    "req.method",
    "req.host",
    "req.headers",
    "req.user_agent",
    "req.content_type",
    "req.content_length",
    "req.url",
    "req.url.path",
    "req.url.query",
    "req.url.query_params",
    "req.url.host",
    "req.url.scheme",
    "res.status_code",
    "res.headers",
];
/// Those of them that are maps.
pub(super) const MAPS: &[&str] = &["req.headers", "req.url.query_params", "res.headers"];

/// The facts of one moment; a phase before the request has none of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts<'a> {
    pub(crate) peer: SocketAddr,
    pub(crate) request: Option<&'a Head>,
    pub(crate) response: Option<&'a Head>,
}

impl Facts<'_> {
    /// All values of a header of the request or of the response.
    pub(super) fn header(&self, response: bool, name: &str) -> Vec<String> {
        let head = if response {
            self.response
        } else {
            self.request
        };
        let headers = head.into_iter().flat_map(|head| &head.headers);
        headers
            .filter(|(header, _)| header.eq_ignore_ascii_case(name))
            .map(|(_, value)| String::from_utf8_lossy(value).into_owned())
            .collect()
    }

    /// The URL of the request as its visitor sees it.
    pub(super) fn url(&self) -> String {
        let target = self.target();
        let host = self
            .header(false, "host")
            .into_iter()
            .next()
            .unwrap_or_default();
        format!("http://{host}{target}")
    }

    fn target(&self) -> &str {
        self.request.map_or("", |head| head.words().1)
    }

    /// The value of a name, if it has one here.
    pub(super) fn value(&self, name: &str) -> Option<Value> {
        if name.starts_with("req.") && self.request.is_none()
            || name.starts_with("res.") && self.response.is_none()
        {
            return None;
        }
        let first = |header| {
            Value::Text(
                self.header(false, header)
                    .into_iter()
                    .next()
                    .unwrap_or_default(),
            )
        };
        let (path, query) = self.target().split_once('?').unwrap_or((self.target(), ""));
        Some(match name {
            "conn.client_ip" => Value::Text(self.peer.ip().to_string()),
            "conn.client_port" => Value::Number(self.peer.port().into()),
            "req.method" => Value::Text(self.request?.words().0.to_owned()),
            "req.host" | "req.url.host" => first("host"),
            "req.headers" => headers(self.request?),
            "req.user_agent" => first("user-agent"),
            "req.content_type" => first("content-type"),
            "req.content_length" => {
                let length = self.request?.get("content-length").unwrap_or_default();
                Value::Number(length.parse().unwrap_or(0.0))
            }
            "req.url" => Value::Text(self.url()),
            "req.url.path" => Value::Text(path.to_owned()),
            "req.url.query" => Value::Text(query.to_owned()),
            "req.url.query_params" => parameters(query),
            "req.url.scheme" => Value::Text("http".to_owned()),
            "res.status_code" => Value::Number(self.response?.status().into()),
            "res.headers" => headers(self.response?),
            _ => return None,
        })
    }
}

/// Headers by their names in lower case, each with the list of its values.
fn headers(head: &Head) -> Value {
    let pairs = head.headers.iter().map(|(name, value)| {
        let value = String::from_utf8_lossy(value).into_owned();
        (name.to_ascii_lowercase(), value)
    });
    lists(pairs)
}

fn parameters(query: &str) -> Value {
    let pairs = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let decoded = |text: &str| {
                let text = text.replace('+', " ");
                percent_decode_str(&text).decode_utf8_lossy().into_owned()
            };
            (decoded(name), decoded(value))
        });
    lists(pairs)
}

fn lists(pairs: impl Iterator<Item = (String, String)>) -> Value {
    let mut map: BTreeMap<String, Value> = BTreeMap::new();
    for (name, value) in pairs {
        let list = map.entry(name).or_insert_with(|| Value::List(Vec::new()));
        if let Value::List(list) = list {
            list.push(Value::Text(value));
        }
    }
    Value::Map(map)
}
