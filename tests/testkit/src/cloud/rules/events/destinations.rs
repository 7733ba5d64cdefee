//! The targets of event destinations: one each, with what it needs.

use serde_json::{Map, Value};

use crate::cloud::answer::Checked;
use crate::cloud::rules::{Change, about, plain};

pub(super) fn check(change: &Change<'_>) -> Checked {
    let Some(target) = change.object("target") else {
        return Ok(());
    };
    let kinds = || target.iter().filter(|(_, value)| !value.is_null());
    let Some((kind, given)) = kinds().next() else {
        return Err(plain("5100"));
    };
    if kinds().count() > 1 {
        return Err(plain("5115"));
    }
    let before = change.old.get("target").and_then(Value::as_object);
    let kept = before.and_then(|old| old.iter().find(|(_, value)| !value.is_null()));
    if kept.is_some_and(|(old, _)| old != kind) {
        return Err(about("5108", kind));
    }
    let none = Map::new();
    let given = given.as_object().unwrap_or(&none);
    match kind.as_str() {
        "firehose" => aws(given, "delivery_stream_arn", "firehose", "deliverystream/"),
        "kinesis" => aws(given, "stream_arn", "kinesis", "stream/"),
        "cloudwatch_logs" => aws(given, "log_group_arn", "logs", "log-group:"),
        "datadog" => datadog(given),
        "azure_logs_ingestion" => azure(given),
        _ => Ok(()),
    }
}

fn text_of<'a>(given: &'a Map<String, Value>, name: &str) -> &'a str {
    given.get(name).and_then(Value::as_str).unwrap_or("")
}

fn aws(given: &Map<String, Value>, name: &str, service: &str, resource: &str) -> Checked {
    arn(text_of(given, name), service, resource)?;
    let Some(auth) = given.get("auth").and_then(Value::as_object) else {
        return Err(plain("5106"));
    };
    let set = |name: &str| {
        auth.get(name)
            .and_then(Value::as_object)
            .filter(|o| !o.is_empty())
    };
    match (set("role"), set("creds")) {
        (None, None) => Err(plain("5107")),
        (Some(_), Some(_)) => Err(plain("5116")),
        (None, Some(_)) => Ok(()),
        (Some(role), None) => {
            let role = text_of(role, "role_arn");
            arn(role, "iam", "role/").map_err(|_| about("5104", role))
        }
    }
}

/// `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`.
fn arn(text: &str, service: &str, resource: &str) -> Checked {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let ["arn", partition, found, _, account, kind] = parts.as_slice() else {
        return Err(about("5120", text));
    };
    if !["aws", "aws-cn", "aws-us-gov"].contains(partition) {
        return Err(about("5118", text));
    }
    if found.is_empty() {
        return Err(about("5119", text));
    }
    if *found != service {
        return Err(about("5129", text));
    }
    if account.len() != 12 || !account.bytes().all(|b| b.is_ascii_digit()) {
        return Err(about("5120", text));
    }
    match kind.strip_prefix(resource) {
        Some(name) if !name.is_empty() => Ok(()),
        _ => Err(about("5130", text)),
    }
}

fn datadog(given: &Map<String, Value>) -> Checked {
    const SITES: [&str; 7] = [
        "datadoghq.com",
        "us3.datadoghq.com",
        "us5.datadoghq.com",
        "datadoghq.eu",
        "ap1.datadoghq.com",
        "ap2.datadoghq.com",
        "ddog-gov.com",
    ];
    if text_of(given, "api_key").is_empty() {
        return Err(plain("5133"));
    }
    match text_of(given, "ddsite") {
        "" => Ok(()),
        site if SITES.contains(&site) => Ok(()),
        site => Err(about("5134", site)),
    }
}

fn azure(given: &Map<String, Value>) -> Checked {
    let rule = text_of(given, "data_collection_rule_id");
    if !rule.starts_with("dcr-") {
        return Err(about("5136", rule));
    }
    let uri = text_of(given, "logs_ingestion_uri");
    if !uri.starts_with("https://") {
        return Err(about("5138", uri));
    }
    Ok(())
}
