//! Reads traffic policies from files.

use std::path::Path;

use serde_json::Value;

use super::{read, text};
use crate::error::{Error, ErrorKind, Result};

/// Reads the traffic policy that a definition names with `traffic_policy_file`, as JSON.
///
/// A relative path is relative to the folder of the config file. Only whether it is YAML or JSON with keys at the top is
/// checked: see [`TrafficPolicy`](ngrok_core::TrafficPolicy) for its structure.
///
/// # Errors
/// [`is_not_found`](Error::is_not_found) if there is no such file; [`ErrorKind::ConfigSyntax`], with line and column, if it
/// is not YAML; [`ErrorKind::ConfigInvalid`] if it holds no keys or is larger than 1 MiB.
///
/// ```
/// use ngrok_installer::config::read_traffic_policy_file;
///
/// let folder = tempfile::tempdir()?;
/// std::fs::write(folder.path().join("policy.yml"), "on_http_request:\n  - actions: [{type: deny}]\n")?;
/// let policy = read_traffic_policy_file(folder.path().join("ngrok.yml"), "policy.yml")?;
/// assert_eq!(policy["on_http_request"][0]["actions"][0]["type"], "deny");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read_traffic_policy_file(config: impl AsRef<Path>, file: &str) -> Result<Value> {
    let folder = config.as_ref().parent().unwrap_or(Path::new(""));
    read_in(folder, file)
}

pub(super) fn read_in(folder: &Path, file: &str) -> Result<Value> {
    let path = folder.join(file);
    let policy = text::read(&path)
        .and_then(|text| read::parse_yaml(&text).map_err(|error| error.in_file(&path)))?;
    if policy.is_object() {
        return Ok(policy);
    }
    let message = "no traffic policy: expected phases such as `on_http_request` at the top";
    Err(Error::config(ErrorKind::ConfigInvalid, message).in_file(&path))
}
