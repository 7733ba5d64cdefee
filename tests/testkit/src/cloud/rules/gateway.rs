//! AI gateway keys, which are kept for accounts that have them, and abuse reports.

use serde_json::{Map, Value, json};

use super::{Change, default, endpoints, plain};
use crate::cloud::answer::Checked;
use crate::cloud::store::Store;

pub(super) fn check(change: &Change<'_>) -> Checked {
    if let Some(id) = change.text("endpoint_id") {
        let endpoint = endpoints::exists(change.store, id)?;
        if !endpoints::has_action(endpoint, "ai-gateway") {
            return Err(plain("27003"));
        }
    }
    let keys = change.body.get("provider_keys").and_then(Value::as_array);
    for key in keys.into_iter().flatten() {
        let text = |name: &str| key.get(name).and_then(Value::as_str).unwrap_or("");
        if text("value").is_empty() {
            return Err(plain("27507"));
        }
        for (name, limit, code) in [
            ("name", 255, "27501"),
            ("description", 255, "27502"),
            ("metadata", 4096, "27503"),
        ] {
            if text(name).chars().count() > limit {
                return Err(plain(code));
            }
        }
    }
    Ok(())
}

/// The start and end of a secret, with dots between them.
fn redacted(secret: &str) -> String {
    let start: String = secret.chars().take(6).collect();
    let end: String = secret
        .chars()
        .skip(secret.chars().count().saturating_sub(4))
        .collect();
    format!("{start}...{end}")
}

pub(super) fn fill(store: &Store, given: &mut Map<String, Value>, own: &mut Map<String, Value>) {
    let user = json!({"id": store.user, "uri": ""});
    default(own, "created_by", user.clone());
    default(own, "last_updated_by", user.clone());
    let shown = own.get("token").and_then(Value::as_str).map(redacted);
    default(own, "display_name", shown);
    if let Some(Value::Array(keys)) = given.get_mut("provider_keys") {
        for key in keys.iter_mut().filter_map(Value::as_object_mut) {
            let value = key.remove("value");
            let shown = value.as_ref().and_then(Value::as_str).map(redacted);
            default(key, "display_name", shown);
            default(key, "created_by", user.clone());
            default(key, "last_updated_by", user.clone());
        }
    }
}

/// A report begins as pending, and so does each of its hosts.
pub(super) fn fill_report(given: &Map<String, Value>, own: &mut Map<String, Value>) {
    let urls = given.get("urls").and_then(Value::as_array);
    let hosts: Vec<Value> = urls
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(|url| {
            let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
            let host = rest.split(['/', '?', '#', ':']).next().unwrap_or("");
            json!({"hostname": host, "status": "PENDING"})
        })
        .collect();
    default(own, "status", "PENDING");
    default(own, "hostnames", hosts);
}
