//! JSON shown by `Debug`, without the secrets in it.

use std::fmt;

use serde_json::{Map, Value};

use super::{MASK, is_secret_name, mask_text};
use crate::definition::Vocabulary;

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
            _ if is_secret_name(self.0) => f.write_str(MASK),
            // A policy that was given as text, and the variables of one, which may hold anything.
            Value::String(_) if Vocabulary::ngrok().is_policy_key(self.0) => f.write_str(MASK),
            Value::Object(fields) => masked_fields(fields, f),
            // A header that is added is secret or not by the name within it; other items by their own keys.
            Value::Array(items) => f
                .debug_list()
                .entries(items.iter().map(|v| Masked("", v)))
                .finish(),
            Value::String(text) => fmt::Debug::fmt(&*mask_text(text), f),
            other => fmt::Display::fmt(other, f),
        }
    }
}
