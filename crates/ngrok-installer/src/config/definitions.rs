//! What can be wrong with a definition under `tunnels` or `endpoints`.

use serde_json::{Map, Value};

use super::check::{Checker, quoted};
use super::schema;
use ngrok_core::ConfigVersion;

pub(super) fn check_tunnels(
    checker: &mut Checker<'_>,
    tunnels: &Map<String, Value>,
    version: Option<ConfigVersion>,
) {
    for (name, definition) in tunnels {
        let path = ["tunnels", name.as_str()];
        let name = quoted(name);
        let Value::Object(keys) = definition else {
            checker.error(
                &path,
                format!("tunnel {name} has no keys"),
                "give it `proto` and `addr`, or remove it",
            );
            continue;
        };
        let of = format!(" of tunnel {name}");
        checker.table(&path, keys, &[schema::TUNNEL], &of);
        let is_labelled = keys.get("labels").is_some_and(|labels| !labels.is_null());
        if is_labelled && version == Some(ConfigVersion::V3) {
            let message = format!("`labels`{of}, which version 3 does not have");
            checker.error(
                &[&path[..], &["labels"]].concat(),
                message,
                "use an endpoint with an internal URL",
            );
        }
        if !is_labelled && is_absent(keys, "proto") {
            checker.error(
                &path,
                format!("tunnel {name} has no `proto`"),
                "add `proto: http`, `tcp` or `tls`",
            );
        }
        if is_absent(keys, "addr") {
            let remedy = "add `addr`, the port or address of your service";
            checker.error(&path, format!("tunnel {name} has no `addr`"), remedy);
        }
    }
}

pub(super) fn check_endpoints(checker: &mut Checker<'_>, endpoints: &[Value]) {
    let mut names = Vec::new();
    for (index, definition) in endpoints.iter().enumerate() {
        let number = index.to_string();
        let path = ["endpoints", number.as_str()];
        let at = |key: &'static str| [&path[..], &[key]].concat();
        let Value::Object(keys) = definition else {
            checker.error(
                &path,
                "an endpoint without keys",
                "give it `name` and `upstream`, or remove it",
            );
            continue;
        };
        let name = keys.get("name").and_then(Value::as_str);
        let of = match name {
            Some(name) => format!(" of endpoint {}", quoted(name)),
            None => format!(" of endpoint number {}", index + 1),
        };
        checker.table(&path, keys, &[schema::ENDPOINT], &of);
        match name {
            None => checker.error(&path, "an endpoint without `name`", "give it one"),
            Some(name) if names.contains(&name) => {
                checker.error(
                    &at("name"),
                    format!("endpoint {} is defined twice", quoted(name)),
                    "rename one of them",
                );
            }
            Some(name) => names.push(name),
        }
        check_upstream(checker, &path, keys.get("upstream"), &of);
        check_bindings(checker, &at("bindings"), keys.get("bindings"), &of);
    }
}

fn check_upstream(
    checker: &mut Checker<'_>,
    endpoint: &[&str],
    upstream: Option<&Value>,
    of: &str,
) {
    let path = [endpoint, &["upstream"]].concat();
    let remedy = "add `upstream` with the `url` of your service";
    match upstream {
        None | Some(Value::Null) => checker.error(endpoint, format!("no `upstream`{of}"), remedy),
        Some(Value::Object(keys)) => {
            checker.table(
                &path,
                keys,
                &[schema::UPSTREAM],
                &format!(" of the upstream{of}"),
            );
            if is_absent(keys, "url") {
                checker.error(&path, format!("no `url` in the upstream{of}"), remedy);
            }
        }
        Some(_) => {}
    }
}

fn check_bindings(checker: &mut Checker<'_>, path: &[&str], bindings: Option<&Value>, of: &str) {
    let Some(Value::Array(bindings)) = bindings else {
        return;
    };
    let known = |binding: &Value| {
        binding
            .as_str()
            .is_some_and(|name| schema::BINDINGS.contains(&name))
    };
    if bindings.len() > 1 || !bindings.iter().all(known) {
        let remedy = format!("make it a list of one of {}", schema::BINDINGS.join(", "));
        checker.error(path, format!("`bindings`{of} has a wrong value"), remedy);
    }
}

fn is_absent(keys: &Map<String, Value>, key: &str) -> bool {
    keys.get(key).is_none_or(Value::is_null)
}
