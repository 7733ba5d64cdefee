//! Edges, their routes and backends: deprecated, and still answered.

use serde_json::{Map, Value};

use super::text::host_port;
use super::{Change, about, modules, plain};
use crate::cloud::answer::Checked;
use crate::cloud::ids;
use crate::cloud::store::{Resource, Store};

const EDGES: [&str; 3] = ["/edges/https", "/edges/tcp", "/edges/tls"];

pub(super) fn check(change: &Change<'_>) -> Checked {
    for (name, module) in change.body {
        if let Some(module) = module.as_object() {
            modules::check(change.store, change.service, name, module)?;
        }
    }
    if change.service == "edges_https_routes" {
        return route(change);
    }
    for text in change.texts("hostports") {
        hostport(change, text)?;
        let uses = |edge: &Resource| {
            let ports = edge.value("hostports").and_then(Value::as_array);
            ports.into_iter().flatten().any(|other| other == text)
        };
        if EDGES.iter().any(|edges| change.others(edges).any(uses)) {
            return Err(about("7122", text));
        }
    }
    Ok(())
}

fn hostport(change: &Change<'_>, text: &str) -> Checked {
    let (host, port) = host_port(text).ok_or_else(|| about("7104", text))?;
    if host.is_empty() {
        return Err(about("7104", text));
    }
    let port = port.ok_or_else(|| about("7112", text))?;
    let addr = |addr: &Resource| addr.text("addr") == Some(text);
    let is_address = change.store.all("/reserved_addrs").any(addr) || host.contains(".tcp.");
    let domain = |domain: &Resource| domain.text("domain") == Some(host);
    let is_reserved = change.store.all("/reserved_domains").any(domain);
    match (change.service, is_address) {
        ("edges_tcp", true) if change.store.all("/reserved_addrs").any(addr) => Ok(()),
        ("edges_tcp", true) => Err(about("7113", text)),
        ("edges_tcp", false) => Err(about("7120", text)),
        ("edges_https", true) => Err(about("7121", text)),
        (_, true) => Err(about("7133", text)),
        ("edges_https", false) if port != 443 => Err(about("7116", text)),
        (_, false) if !is_reserved => Err(about("7117", text)),
        _ => Ok(()),
    }
}

/// The longest match; the number is not documented.
const LONGEST_MATCH: usize = 1024;

fn route(change: &Change<'_>) -> Checked {
    if let Some(path) = change.text("match") {
        if !path.starts_with('/') {
            return Err(about("7131", path));
        }
        if path.len() > LONGEST_MATCH {
            return Err(plain("7135"));
        }
    }
    let (kind, path) = (change.after_text("match_type"), change.after_text("match"));
    let same = |other: &Resource| other.text("match") == path && other.text("match_type") == kind;
    match change.others(change.collection).any(same) {
        true => Err(about("7126", path.unwrap_or(""))),
        false => Ok(()),
    }
}

pub(super) fn check_backend(change: &Change<'_>) -> Checked {
    labels(change)?;
    if let Some(address) = change.text("address") {
        let (host, port) = host_port(address).ok_or_else(|| about("6505", address))?;
        if host.is_empty() {
            return Err(about("6507", address));
        }
        if port.is_none() || host.contains([' ', '/']) {
            return Err(about("6506", address));
        }
    }
    match change.body.get("backends") {
        Some(Value::Array(ids)) => {
            for id in ids.iter().filter_map(Value::as_str) {
                backend(change.store, id, &["bkdfo"], "6525")?;
            }
        }
        Some(Value::Object(weights)) => {
            for (id, weight) in weights {
                backend(change.store, id, &["bkdfo", "bkdwd"], "6524")?;
                if !weight
                    .as_i64()
                    .is_some_and(|weight| (0..=10_000).contains(&weight))
                {
                    return Err(about("6512", id));
                }
            }
        }
        _ => {}
    }
    Ok(())
}

fn labels(change: &Change<'_>) -> Checked {
    for (name, value) in change.object("labels").into_iter().flatten() {
        let value = value.as_str().unwrap_or("");
        if name.is_empty() || name.len() > 255 {
            return Err(about("6509", name));
        }
        if value.is_empty() || value.len() > 255 {
            return Err(about("6510", value));
        }
        if name.contains('=') || value.contains('=') {
            return Err(about("6531", name));
        }
    }
    Ok(())
}

/// A backend that another one refers to: of a kind that it may refer to, and there.
fn backend(store: &Store, id: &str, not_allowed: &[&str], code: &str) -> Checked {
    let prefix = ids::prefix(id).unwrap_or("");
    if !prefix.starts_with("bkd") {
        return Err(about("242", id));
    }
    if not_allowed.contains(&prefix) {
        return Err(about(code, id));
    }
    match store.by_id(id) {
        Some(_) => Ok(()),
        None => Err(about("6501", id)),
    }
}

/// A backend that an edge, a route or another backend refers to stays.
pub(super) fn check_delete(store: &Store, backend: &Resource) -> Checked {
    let id = backend.id();
    let refers = |given: &Map<String, Value>| {
        let module = given
            .get("backend")
            .and_then(|module| module.get("backend_id"));
        let listed = match given.get("backends") {
            Some(Value::Array(ids)) => ids.iter().any(|other| other == id),
            Some(Value::Object(weights)) => weights.contains_key(id),
            _ => false,
        };
        listed || module.is_some_and(|other| other == id)
    };
    let used = store.everything().any(|resource| refers(&resource.given));
    if used { Err(about("6502", id)) } else { Ok(()) }
}
