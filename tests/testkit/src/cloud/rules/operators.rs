//! Kubernetes operators.

use serde_json::{Map, Value, json};

use super::{Change, default, plain};
use crate::cloud::answer::{Answer, Checked};
use crate::cloud::pem;
use crate::cloud::store::Store;

/// What Go writes for a time that no one set.
const NEVER: &str = "0001-01-01T00:00:00Z";

pub(super) fn check(change: &Change<'_>) -> Checked {
    let Some(binding) = change.object("binding") else {
        return Ok(());
    };
    if let Some(csr) = binding.get("csr").and_then(Value::as_str) {
        let blocks = pem::blocks(csr);
        if !blocks
            .iter()
            .any(|block| block.label.ends_with("CERTIFICATE REQUEST"))
        {
            return Err(plain("19001"));
        }
    }
    let selectors = binding.get("endpoint_selectors").and_then(Value::as_array);
    for selector in selectors.into_iter().flatten().filter_map(Value::as_str) {
        if !super::text::is_balanced(selector) {
            let message = format!("The endpoint selector is not a CEL expression: '{selector}'.");
            return Err(Answer::refuse("19003", message));
        }
    }
    Ok(())
}

pub(super) fn fill(store: &Store, given: &mut Map<String, Value>, own: &mut Map<String, Value>) {
    if let Some(Value::Array(features)) = given.get_mut("enabled_features") {
        for feature in features {
            if let Value::String(name) = feature {
                *name = name.to_lowercase();
            }
        }
    }
    if given.get("region").is_none_or(|region| region == "") {
        given.insert("region".to_owned(), "global".into());
    }
    default(own, "principal", json!({"id": store.user, "uri": ""}));
    default(given, "deployment", json!({}));
    default(given, "binding", json!({}));
    if let Some(Value::Object(binding)) = given.get_mut("binding") {
        // The operator's certificate is signed later, and not at all here.
        binding.remove("csr");
        default(
            binding,
            "cert",
            json!({"cert": "", "not_before": NEVER, "not_after": NEVER}),
        );
    }
}
