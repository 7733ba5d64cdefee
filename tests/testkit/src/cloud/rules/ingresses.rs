//! Agent ingresses.

use serde_json::{Map, Value, json};

use super::text::{domain_fault, is_ngroks, is_within, tidy_domain};
use super::{Change, about, default};
use crate::cloud::answer::Checked;
use crate::cloud::ids;
use crate::cloud::store::now;

const REGIONS: [&str; 7] = ["us", "eu", "ap", "au", "sa", "jp", "in"];

pub(super) fn check(change: &Change<'_>) -> Checked {
    let Some(given) = change.text("domain") else {
        return Ok(());
    };
    let domain = tidy_domain(given);
    if domain_fault(&domain).is_some() || domain.contains('*') {
        return Err(about("6704", given));
    }
    if is_ngroks(&domain) || is_within(&domain, "ngrok.com") {
        return Err(about("6705", given));
    }
    let same = |domain_of_other: &str| domain_of_other == domain;
    match change
        .others(change.collection)
        .any(|o| o.text("domain").is_some_and(same))
    {
        true => Err(about("6706", given)),
        false => Ok(()),
    }
}

/// Four name servers, one domain a region, and a certificate that is being made if there is a policy.
pub(super) fn fill(given: &mut Map<String, Value>, own: &mut Map<String, Value>) {
    let domain = given
        .get("domain")
        .and_then(Value::as_str)
        .map(tidy_domain)
        .unwrap_or_default();
    given.insert("domain".to_owned(), domain.clone().into());
    let servers: Vec<String> = (0..4)
        .map(|_| format!("{}.ngrok-dns.com", ids::label(17)))
        .collect();
    default(own, "ns_targets", servers);
    let domains = REGIONS.map(|region| format!("tunnel.{region}.{domain}"));
    default(own, "region_domains", domains.to_vec());
    let policy = given
        .get_mut("certificate_management_policy")
        .and_then(Value::as_object_mut);
    if let Some(policy) = policy {
        default(policy, "authority", "letsencrypt");
        default(policy, "private_key_type", "rsa");
        let job = json!({"error_code": null, "msg": "Managed certificate provisioning in progress.", "started_at": now(), "retries_at": null});
        let status = json!({"renews_at": null, "provisioning_job": job});
        default(own, "certificate_management_status", status);
    }
}
