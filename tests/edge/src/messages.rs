//! What the agent asks of the edge and what the edge answers, as JSON at the start of a stream.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What a stream is for: the number at its start.
pub(crate) mod kind {
    pub(crate) const AUTH: u32 = 0;
    pub(crate) const BIND: u32 = 1;
    pub(crate) const UNBIND: u32 = 2;
    /// A public connection, opened by the edge.
    pub(crate) const PROXY: u32 = 3;
    /// Four bytes at a time, each to be sent back.
    pub(crate) const HEARTBEAT: u32 = u32::MAX;
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Auth {
    pub(crate) version: Vec<String>,
    pub(crate) client_id: String,
    pub(crate) extra: Map<String, Value>,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AuthAnswer {
    pub(crate) version: String,
    pub(crate) client_id: String,
    pub(crate) error: String,
    pub(crate) extra: AuthExtra,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AuthExtra {
    pub(crate) version: &'static str,
    pub(crate) region: &'static str,
    pub(crate) cookie: String,
    pub(crate) account_name: &'static str,
    pub(crate) session_duration: u64,
    pub(crate) plan_name: &'static str,
    pub(crate) banner: &'static str,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Bind {
    /// Empty for a new tunnel; the earlier answer's when a lost session binds again.
    pub(crate) id: String,
    pub(crate) proto: String,
    pub(crate) opts: Map<String, Value>,
}

impl Bind {
    /// A textual option, empty if unset.
    pub(crate) fn option(&self, name: &str) -> &str {
        self.opts
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct BindAnswer {
    pub(crate) id: String,
    #[serde(rename = "URL")]
    pub(crate) url: String,
    pub(crate) proto: String,
    pub(crate) opts: Map<String, Value>,
    pub(crate) error: String,
    pub(crate) extra: BindExtra,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct BindExtra {
    pub(crate) token: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Unbind {
    pub(crate) id: String,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct UnbindAnswer {
    pub(crate) error: String,
    pub(crate) extra: Option<()>,
}

/// What stands at the start of a stream that carries a public connection.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Proxy<'a> {
    pub(crate) id: &'a str,
    pub(crate) client_addr: String,
    pub(crate) proto: &'a str,
    pub(crate) edge_type: &'static str,
    #[serde(rename = "PassthroughTLS")]
    pub(crate) passthrough_tls: bool,
}
