//! Reserved domains.

use std::net::IpAddr;

use serde_json::{Map, Value, json};

use super::text::{domain_fault, is_ngroks, is_within, tidy_domain};
use super::{Change, about, default, plain, refers_to};
use crate::cloud::answer::{Answer, Checked};
use crate::cloud::ids;
use crate::cloud::store::{Resource, Store, now};
use crate::cloud::variant::CloudPlan;

const REGIONS: [&str; 7] = ["us", "eu", "ap", "au", "in", "jp", "sa"];
/// Where `resolves_to` may point, besides dedicated addresses.
const POINTS: [&str; 9] = [
    "us", "us-cal-1", "eu", "ap", "au", "in", "jp", "sa", "global",
];

pub(super) fn check(change: &Change<'_>) -> Checked {
    if change.creates() {
        name(change)?;
    }
    region(change)?;
    certificate(change)?;
    resolves_to(change)
}

/// The name, first by its form, then beside the other domains.
fn name(change: &Change<'_>) -> Checked {
    let domain = match (change.text("domain"), change.text("name")) {
        (Some(_), Some(_)) => return Err(plain("449")),
        (Some(domain), None) => tidy_domain(domain),
        // The old form: a name without a dot is one below ngrok.io.
        (None, Some(name)) if !name.contains('.') => format!("{}.ngrok.io", tidy_domain(name)),
        (None, Some(name)) => tidy_domain(name),
        (None, None) => return Err(plain("448")),
    };
    if let Some(code) = domain_fault(&domain) {
        return Err(about(code, &domain));
    }
    if is_within(&domain, "ngrok.com") {
        return Err(about("404", &domain));
    }
    const UNREACHABLE: [&str; 8] = [
        "local",
        "localhost",
        "internal",
        "invalid",
        "test",
        "example",
        "onion",
        "lan",
    ];
    if UNREACHABLE.iter().any(|top| is_within(&domain, top)) {
        return Err(about("411", &domain));
    }
    const SUFFIXES: [&str; 3] = ["*.ngrok.app", "*.ngrok.dev", "*.ngrok.io"];
    if SUFFIXES.contains(&domain.as_str()) {
        return Err(about("416", &domain));
    }
    plan(change, &domain)?;
    let same = |other: &Resource| other.text("domain") == Some(domain.as_str());
    if change.others(change.collection).any(same) {
        return Err(about("413", &domain));
    }
    Ok(())
}

fn plan(change: &Change<'_>, domain: &str) -> Checked {
    let (custom, wildcard) = (!is_ngroks(domain), domain.starts_with("*."));
    let count = change.others(change.collection).count();
    match change.options.plan {
        CloudPlan::Free if wildcard => Err(plain("419")),
        CloudPlan::Free | CloudPlan::Hobbyist if custom => Err(plain("412")),
        CloudPlan::Free if count >= 1 => Err(plain("431")),
        CloudPlan::Hobbyist if count >= 11 => Err(plain("431")),
        _ => Ok(()),
    }
}

fn region(change: &Change<'_>) -> Checked {
    match change.text("region") {
        Some(region) if !change.creates() => {
            let same = change.old.get("region").and_then(Value::as_str) == Some(region);
            if same { Ok(()) } else { Err(plain("451")) }
        }
        Some(region) if !REGIONS.contains(&region) => Err(about("400", region)),
        _ => Ok(()),
    }
}

fn certificate(change: &Change<'_>) -> Checked {
    let domain = change
        .after_text("domain")
        .map(tidy_domain)
        .unwrap_or_default();
    let own = change.text("certificate_id");
    let policy = change.object("certificate_management_policy");
    if own.is_some() && policy.is_some() {
        return Err(plain("434"));
    }
    if let Some(id) = own {
        if is_ngroks(&domain) {
            return Err(about("440", &domain));
        }
        refers_to(change.store, "tls_certificates", id, "227", "1965")?;
    }
    if policy.is_some() && is_ngroks(&domain) {
        return Err(about("439", &domain));
    }
    match change.text("error_redirect_url") {
        Some(url) if url.len() > 2048 => Err(plain("457")),
        _ => Ok(()),
    }
}

fn resolves_to(change: &Change<'_>) -> Checked {
    let entries = change.body.get("resolves_to").and_then(Value::as_array);
    let mut seen = Vec::new();
    for entry in entries.into_iter().flatten() {
        let value = entry.get("value").and_then(Value::as_str).unwrap_or("");
        if !POINTS.contains(&value) && !is_address(value) {
            let message = format!(
                "'{value}' is not a region to resolve to. Accepted: {}.",
                POINTS.join(", ")
            );
            return Err(Answer::refuse("invalid_region_target", message));
        }
        if seen.contains(&value) {
            return Err(about("456", value));
        }
        seen.push(value);
    }
    Ok(())
}

fn is_address(text: &str) -> bool {
    text.parse::<IpAddr>().is_ok() || text.parse::<std::net::SocketAddr>().is_ok()
}

pub(super) fn fill(given: &mut Map<String, Value>, own: &mut Map<String, Value>) {
    let named = given.remove("name");
    if let Some(name) = named
        .as_ref()
        .and_then(Value::as_str)
        .filter(|name| !name.is_empty())
    {
        let domain = if name.contains('.') {
            name.to_owned()
        } else {
            format!("{name}.ngrok.io")
        };
        default(given, "domain", domain);
    }
    let domain = given
        .get("domain")
        .and_then(Value::as_str)
        .map(tidy_domain)
        .unwrap_or_default();
    given.insert("domain".to_owned(), domain.clone().into());
    // An empty list takes the choice back, and an empty id the certificate.
    for (name, empty) in [("resolves_to", json!([])), ("certificate_id", json!(""))] {
        if given.get(name) == Some(&empty) {
            given.remove(name);
        }
    }
    default(own, "is_dev", false);
    if is_ngroks(&domain) || domain.is_empty() {
        return;
    }
    let target = || format!("{}.{}.ngrok-cname.com", ids::label(17), ids::label(17));
    default(own, "cname_target", target());
    if domain.starts_with("*.") {
        default(own, "acme_challenge_cname_target", target());
    }
    managed(given, own);
}

/// A domain with a policy gets a certificate, which is being made as long as nobody points the domain at ngrok.
fn managed(given: &mut Map<String, Value>, own: &mut Map<String, Value>) {
    if given.contains_key("certificate_id") {
        given.remove("certificate_management_policy");
        own.remove("certificate_management_status");
        return;
    }
    let policy = given
        .get_mut("certificate_management_policy")
        .and_then(Value::as_object_mut);
    if let Some(policy) = policy {
        default(policy, "authority", "letsencrypt");
        default(policy, "private_key_type", "ecdsa");
        let job = json!({"error_code": null, "msg": "Managed certificate provisioning in progress.", "started_at": now(), "retries_at": null});
        default(
            own,
            "certificate_management_status",
            json!({"renews_at": null, "provisioning_job": job}),
        );
    }
}

/// A domain with an endpoint or edge on it stays, and so does the account's dev domain.
pub(super) fn check_delete(store: &Store, domain: &Resource) -> Checked {
    if domain.value("is_dev") == Some(&Value::Bool(true)) {
        return Err(plain("458"));
    }
    let name = domain.text("domain").unwrap_or("");
    let endpoint = store
        .all("/endpoints")
        .any(|e| e.own.get("domain").and_then(|d| d.get("id")?.as_str()) == Some(domain.id()));
    let edge = ["/edges/https", "/edges/tls"]
        .iter()
        .flat_map(|edges| store.all(edges))
        .any(|edge| {
            let ports = edge.value("hostports").and_then(Value::as_array);
            let hosts = ports.into_iter().flatten().filter_map(Value::as_str);
            hosts
                .filter_map(|hp| hp.rsplit_once(':'))
                .any(|(host, _)| host == name)
        });
    if endpoint || edge {
        return Err(about("446", name));
    }
    Ok(())
}
