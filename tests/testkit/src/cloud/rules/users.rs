//! Service users, which were called bot users once.

use serde_json::{Map, Value};

use super::{Change, about, default, plain};
use crate::cloud::answer::Checked;

/// The longest name in bytes; the number is not documented.
const LONGEST_NAME: usize = 255;

pub(super) fn check(change: &Change<'_>) -> Checked {
    let Some(name) = change.body.get("name").and_then(Value::as_str) else {
        return Ok(());
    };
    if name.is_empty() {
        return Err(plain("4109"));
    }
    if name.len() > LONGEST_NAME {
        return Err(plain("4110"));
    }
    match change
        .others(change.collection)
        .any(|other| other.text("name") == Some(name))
    {
        true => Err(about("4112", name)),
        false => Ok(()),
    }
}

pub(super) fn fill(given: &mut Map<String, Value>) {
    default(given, "active", true);
}
