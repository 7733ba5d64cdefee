//! Hides what must not be seen: in URLs, and in JSON by the names of its keys.

use std::fmt;

use serde_json::{Map, Value};

/// What stands for a secret.
pub const MASK: &str = "***";

/// Returns the URL as it may be shown: whatever may be a user and a password before the host is masked.
///
/// ```
/// use ngrok_core::mask_url;
///
/// assert_eq!(mask_url("http://me:hunter2@proxy:3128/x"), "http://***@proxy:3128/x");
/// assert_eq!(mask_url("me:hunter2@proxy:3128"), "***@proxy:3128");
/// assert_eq!(mask_url("https://example.com/?to=a@b"), "https://example.com/?to=a@b");
/// ```
pub fn mask_url(url: &str) -> String {
    let start = url.find("://").map_or(0, |at| at + 3);
    let (scheme, rest) = url.split_at_checked(start).unwrap_or(("", url));
    // A password that should have been encoded may hold a slash.
    let tail = rest.split(['?', '#']).next().unwrap_or_default();
    match tail.rfind('@').and_then(|at| rest.get(at..)) {
        Some(host) => format!("{scheme}{MASK}{host}"),
        None => url.to_owned(),
    }
}

/// Keys whose values guard access or hold keys.
const SECRET_KEYS: &[&str] = &[
    // Headers that are added, one of which may be `Authorization`.
    "add",
    "auth",
    "authorization",
    "authtoken",
    "basic_auth",
    "client_secret",
    "credentials",
    "key",
    "password",
    "secret",
    "server_private_key",
];

fn is_secret(key: &str) -> bool {
    SECRET_KEYS
        .iter()
        .any(|secret| key.eq_ignore_ascii_case(secret))
}

/// Writes an object for `Debug`, without the secrets in it.
pub fn masked_fields(fields: &Map<String, Value>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let entries = fields.iter().map(|(k, v)| (k, Masked(k, v)));
    f.debug_map().entries(entries).finish()
}

/// A value with the key that it is under; `Debug` shows it without secrets.
pub struct Masked<'a>(pub &'a str, pub &'a Value);

impl fmt::Debug for Masked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.1 {
            Value::Null => f.write_str("null"),
            _ if is_secret(self.0) => f.write_str(MASK),
            // A policy that was given as text.
            Value::String(_) if matches!(self.0, "traffic_policy" | "policy") => f.write_str(MASK),
            Value::Object(fields) => masked_fields(fields, f),
            // Items are judged by their own keys.
            Value::Array(items) => f
                .debug_list()
                .entries(items.iter().map(|v| Masked("", v)))
                .finish(),
            other => fmt::Display::fmt(other, f),
        }
    }
}
