//! The default config, and the rules that a config must keep for this library to work with its agent.

use serde_json::{Map, Value, json};

use super::model::version_of;
use crate::error::{Error, ErrorKind, Result};
use ngrok_core::ConfigVersion;

/// The config that is written where there is none: the version and nothing else.
///
/// ```
/// use ngrok_installer::config::{ConfigVersion, get_default_config};
///
/// assert_eq!(get_default_config(ConfigVersion::V3), serde_json::json!({"version": "3"}));
/// ```
pub fn get_default_config(version: ConfigVersion) -> Value {
    json!({"version": version.as_str()})
}

/// Checks a config as the reference does, pyngrok: `web_addr` must not be `false`, `log_format` not `json`, and `log_level` is
/// `info` or `debug`. In version 3 the keys under `agent` are looked at, else those at the top.
///
/// The agents that these crates start get a log format and a level of their own, so only `web_addr` matters to them. What is
/// wrong with a file is the answer of [`Check`](super::Check).
///
/// # Errors
/// [`ErrorKind::ConfigInvalid`], naming the key and what it must be.
pub fn validate_config(config: &Value) -> Result<()> {
    let empty = Map::new();
    let keys = match version_of(config.get("version"))? {
        Some(ConfigVersion::V3) => config.get("agent").and_then(Value::as_object),
        _ => config.as_object(),
    };
    match broken_rule(keys.unwrap_or(&empty)) {
        Some(rule) => Err(Error::config(ErrorKind::ConfigInvalid, rule)),
        None => Ok(()),
    }
}

/// The rule that the first key breaks, if one does.
fn broken_rule(keys: &Map<String, Value>) -> Option<&'static str> {
    let text = |key: &str| keys.get(key).and_then(Value::as_str);
    if keys.get("web_addr").is_some_and(turns_off) {
        return Some(
            "\"web_addr\" cannot be false, since the agent's API is needed to open tunnels",
        );
    }
    if text("log_format") == Some("json") {
        return Some(
            "\"log_format\" must be \"term\" or \"logfmt\", since the agent's log is read",
        );
    }
    if text("log_level").is_some_and(|level| !matches!(level, "info" | "debug")) {
        return Some(
            "\"log_level\" must be \"info\" or \"debug\", since lines of that level tell when the agent is ready",
        );
    }
    None
}

/// Whether a `web_addr` turns the agent's API off, as `false` does, in quotes or not.
pub(super) fn turns_off(web_addr: &Value) -> bool {
    *web_addr == false || web_addr == "false"
}
