//! Modules of edges and routes.

use serde_json::{Map, Value};

use super::{about, id_of, plain, refers_to};
use crate::cloud::answer::Checked;
use crate::cloud::ids;
use crate::cloud::policy;
use crate::cloud::store::Store;

/// Checks the module `name` of an edge or a route.
pub(in crate::cloud) fn check(
    store: &Store,
    service: &str,
    name: &str,
    module: &Map<String, Value>,
) -> Checked {
    let text = |name: &str| module.get(name).and_then(Value::as_str).unwrap_or("");
    let texts = |name: &str| -> Vec<&str> {
        let list = module.get(name).and_then(Value::as_array);
        list.into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect()
    };
    match name {
        "backend" => backend(store, text("backend_id")),
        "ip_restriction" => {
            let policies = texts("ip_policy_ids");
            if policies.is_empty() {
                return Err(plain("7025"));
            }
            policies
                .iter()
                .try_for_each(|id| refers_to(store, "ip_policies", id, "229", "7007"))
        }
        "mutual_tls" => texts("certificate_authority_ids")
            .iter()
            .try_for_each(|id| {
                id_of("certificate_authorities", id, "228")?;
                refers_to(store, "certificate_authorities", id, "228", "7072")
            }),
        "tls_termination" => {
            let upstream = text("terminate_at") == "upstream" && !service.contains("https");
            match upstream && !text("min_version").is_empty() {
                true => Err(plain("7032")),
                false => Ok(()),
            }
        }
        "request_headers" | "response_headers" => headers(module),
        "circuit_breaker" => circuit_breaker(module),
        "webhook_verification" => match (text("provider"), text("secret")) {
            ("", _) => Err(plain("7029")),
            ("sns", "") => Ok(()),
            ("sns", _) => Err(plain("7026")),
            (provider, "") => Err(about("7027", provider)),
            _ => Ok(()),
        },
        "oauth" => oauth(module),
        "oidc" => [
            ("issuer", "7088"),
            ("client_id", "7089"),
            ("client_secret", "7090"),
        ]
        .iter()
        .find(|(name, _)| text(name).is_empty())
        .map_or(Ok(()), |(_, code)| Err(plain(code))),
        "saml" => match (text("idp_metadata"), text("idp_metadata_url")) {
            ("", "") => Err(plain("7091")),
            (metadata, "") if !metadata.trim_start().starts_with('<') => Err(plain("7083")),
            (_, "") | ("", _) => Ok(()),
            _ => Err(plain("7081")),
        },
        "user_agent_filter" => {
            let rules = texts("allow").into_iter().chain(texts("deny"));
            rules
                .filter(|rule| !super::text::is_balanced_pattern(rule))
                .map(|rule| Err(about("2090", rule)))
                .next()
                .unwrap_or(Ok(()))
        }
        "traffic_policy" => {
            let value = text("value");
            match policy::check(value) {
                Err(_) if !value.is_empty() => Err(about("215", "traffic_policy.value")),
                _ => Ok(()),
            }
        }
        _ => Ok(()),
    }
}

fn backend(store: &Store, id: &str) -> Checked {
    if id.is_empty() {
        return Ok(());
    }
    if !ids::prefix(id).is_some_and(|prefix| prefix.starts_with("bkd")) {
        return Err(about("242", id));
    }
    match store.by_id(id) {
        Some(_) => Ok(()),
        None => Err(about("6501", id)),
    }
}

fn headers(module: &Map<String, Value>) -> Checked {
    let added = module.get("add").and_then(Value::as_object);
    let mut seen: Vec<String> = Vec::new();
    for (name, value) in added.into_iter().flatten() {
        let is_name = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
        if name.is_empty() || !name.chars().all(is_name) {
            return Err(about("7023", name));
        }
        let value = value.as_str().unwrap_or("");
        if value.chars().any(char::is_control) {
            return Err(about("7024", name));
        }
        let lower = name.to_lowercase();
        if seen.contains(&lower) {
            return Err(about("7069", name));
        }
        seen.push(lower);
    }
    let removed = module.get("remove").and_then(Value::as_array);
    for name in removed.into_iter().flatten().filter_map(Value::as_str) {
        let lower = name.to_lowercase();
        // A request without a host cannot be sent on.
        if lower == "host" && !seen.contains(&lower) {
            return Err(about("7164", name));
        }
    }
    Ok(())
}

fn circuit_breaker(module: &Map<String, Value>) -> Checked {
    let number = |name: &str| module.get(name).and_then(Value::as_f64);
    for (name, low, high, code) in [
        ("error_threshold_percentage", 0.0, 1.0, "7011"),
        ("tripped_duration", 1.0, f64::MAX, "7016"),
        ("rolling_window", 1.0, f64::MAX, "7017"),
        ("num_buckets", 1.0, 128.0, "7018"),
    ] {
        if number(name).is_some_and(|value| !(low..=high).contains(&value)) {
            return Err(about(code, name));
        }
    }
    Ok(())
}

fn oauth(module: &Map<String, Value>) -> Checked {
    let providers = module.get("provider").and_then(Value::as_object);
    let mut set = providers
        .into_iter()
        .flatten()
        .filter_map(|(_, p)| p.as_object());
    let Some(provider) = set.next() else {
        return Err(plain("7037"));
    };
    if set.next().is_some() {
        return Err(plain("7036"));
    }
    let given = |name: &str| match provider.get(name) {
        Some(Value::String(text)) => !text.is_empty(),
        Some(Value::Array(items)) => !items.is_empty(),
        _ => false,
    };
    if given("client_id") != given("client_secret") {
        return Err(plain("7033"));
    }
    if given("scopes") && !given("client_id") {
        return Err(plain("7034"));
    }
    let prefix = module
        .get("cookie_prefix")
        .and_then(Value::as_str)
        .unwrap_or("");
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    match prefix.chars().all(fits) {
        true => Ok(()),
        false => Err(about("7042", prefix)),
    }
}
