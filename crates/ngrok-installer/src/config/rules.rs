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

/// Whether a config leaves the agent in a state that this library can talk to: with its local API, and with logs that
/// tell when it is ready. In version 3 the keys under `agent` are looked at, else those at the top.
///
/// # Errors
/// [`ErrorKind::ConfigInvalid`], naming the key and what it must be: `web_addr` must not be `false`, `log_format` not
/// `json`, and `log_level` is `info` or `debug`.
pub fn validate_config(config: &Value) -> Result<()> {
    let empty = Map::new();
    let keys = match version_of(config)? {
        Some(ConfigVersion::V3) => config.get("agent").and_then(Value::as_object),
        _ => config.as_object(),
    };
    match broken_rule(keys.unwrap_or(&empty)) {
        Some((_, rule)) => Err(Error::config(ErrorKind::ConfigInvalid, rule)),
        None => Ok(()),
    }
}

/// The first key that breaks a rule, and the rule.
pub(super) fn broken_rule(keys: &Map<String, Value>) -> Option<(&'static str, &'static str)> {
    let text = |key: &str| keys.get(key).and_then(Value::as_str);
    if keys.get("web_addr") == Some(&Value::Bool(false)) {
        let rule = "\"web_addr\" cannot be false, since the agent's API is needed to open tunnels";
        return Some(("web_addr", rule));
    }
    if text("log_format") == Some("json") {
        let rule = "\"log_format\" must be \"term\" or \"logfmt\", since the agent's log is read";
        return Some(("log_format", rule));
    }
    if text("log_level").is_some_and(|level| !matches!(level, "info" | "debug")) {
        let rule = "\"log_level\" must be \"info\" or \"debug\", since lines of that level tell when the agent is ready";
        return Some(("log_level", rule));
    }
    None
}
