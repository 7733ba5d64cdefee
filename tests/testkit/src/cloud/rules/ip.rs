//! IP policies, their rules, and IP restrictions.

use serde_json::{Map, Value};

use super::{Change, about, plain, refers_to};
use crate::cloud::answer::{Answer, Checked};
use crate::cloud::network::{Cidr, NotACidr};
use crate::cloud::store::{Resource, Store};

pub(super) fn check(change: &Change<'_>) -> Checked {
    match change.service {
        "ip_policy_rules" => rule(change),
        _ => restriction(change),
    }
}

fn rule(change: &Change<'_>) -> Checked {
    if let Some(policy) = change.text("ip_policy_id") {
        refers_to(change.store, "ip_policies", policy, "1414", "1414")?;
    }
    let Some(given) = change.text("cidr") else {
        return Ok(());
    };
    let cidr = given.to_lowercase();
    match Cidr::parse(&cidr) {
        Ok(_) => {}
        Err(NotACidr::Invalid) => return Err(about("1406", given)),
        Err(NotACidr::NoMask(better)) => {
            let message = format!("The CIDR '{given}' has no mask. Did you mean '{better}'?");
            return Err(Answer::refuse("1413", message));
        }
        Err(NotACidr::HostBits(better)) => {
            let message = format!(
                "The CIDR '{given}' is not the lowest address of its range. Did you mean '{better}'?"
            );
            return Err(Answer::refuse("1409", message));
        }
    }
    let policy = change.after_text("ip_policy_id");
    let same = |other: &Resource| {
        other.text("ip_policy_id") == policy && other.text("cidr") == Some(cidr.as_str())
    };
    if change.others("/ip_policy_rules").any(same) {
        return Err(about("1408", given));
    }
    Ok(())
}

fn restriction(change: &Change<'_>) -> Checked {
    if change.body.contains_key("ip_policy_ids") && change.texts("ip_policy_ids").is_empty() {
        return Err(plain("1804"));
    }
    for policy in change.texts("ip_policy_ids") {
        refers_to(change.store, "ip_policies", policy, "229", "1801")?;
    }
    let kind = change.text("type");
    if change
        .others("/ip_restrictions")
        .any(|other| kind.is_some() && other.text("type") == kind)
    {
        return Err(about("1802", kind.unwrap_or("")));
    }
    Ok(())
}

pub(super) fn fill(given: &mut Map<String, Value>) {
    if let Some(Value::String(cidr)) = given.get_mut("cidr") {
        *cidr = cidr.to_lowercase();
    }
}

fn names(restriction: &Resource, policy: &str) -> bool {
    let ids = restriction.value("ip_policy_ids").and_then(Value::as_array);
    ids.into_iter().flatten().any(|id| id == policy)
}

pub(super) fn check_delete(store: &Store, service: &str, resource: &Resource) -> Checked {
    let restrictions = || store.all("/ip_restrictions");
    if service == "ip_policies" {
        if restrictions().any(|r| names(r, resource.id())) {
            return Err(about("1420", resource.id()));
        }
        return Ok(());
    }
    let policy = resource.text("ip_policy_id").unwrap_or("");
    let rules = store.all("/ip_policy_rules");
    let last = rules
        .filter(|rule| rule.text("ip_policy_id") == Some(policy))
        .count()
        == 1;
    let dashboard = restrictions().any(|r| r.text("type") == Some("dashboard") && names(r, policy));
    if last && dashboard {
        return Err(about("1419", policy));
    }
    Ok(())
}
