//! What the agent says about itself.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::lenient;

/// Version and session of an agent; see [`Client::status`](crate::Client::status).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct AgentStatus {
    /// `online` while there is a session with ngrok's service.
    #[serde(deserialize_with = "lenient::or_default")]
    pub status: String,
    /// The version of the agent, such as `3.39.9`.
    #[serde(deserialize_with = "lenient::or_default")]
    pub agent_version: String,
    /// What the agent tells about its session; its shape is not documented.
    pub session: Value,
    /// The path of this description.
    #[serde(deserialize_with = "lenient::or_default")]
    pub uri: String,
    /// What this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}
