//! What each service refuses, fills and keeps.

mod account;
mod certificates;
mod edges;
mod events;
mod resources;

use serde_json::{Value, json};

use crate::cloud::testing::Bench;
use crate::cloud::variant::{CloudPlan, CloudVariant};

/// Expects each body to be refused on `path` with its code: the code alone means status 400.
fn refused(cloud: &mut Bench, path: &str, cases: &[(Value, &str)]) {
    for (body, code) in cases {
        let expected = if code.contains(' ') {
            (*code).to_owned()
        } else {
            format!("400 {code}")
        };
        let found = cloud.code("POST", path, body.clone());
        assert_eq!(found, expected, "{path} {body}");
    }
}

/// The same for changes of something that is there.
fn not_changed(cloud: &mut Bench, path: &str, cases: &[(Value, &str)]) {
    for (body, code) in cases {
        let found = cloud.code("PATCH", path, body.clone());
        assert_eq!(found, format!("400 {code}"), "{path} {body}");
    }
}

/// `base` with some fields set to something else; null leaves a field out.
fn with(base: &Value, fields: Value) -> Value {
    let mut body = base.clone();
    if let Value::Object(fields) = fields {
        for (name, value) in fields {
            body[name] = value;
        }
    }
    body
}

const ED25519: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIHPsHPsBmvI2mNGm3MYkV6PS3s9xNnLTXZc9QdHZTCD me@example.com";
const POLICY: &str = r#"{"on_http_request": [{"actions": [{"type": "deny"}]}]}"#;
