//! What a resource looks like in an answer, made from the bodies that created and changed it.
//!
//! A request names another resource by id (`ip_policy_id`, `destination_ids`), an answer refers to it (`{"id", "uri"}`).

use serde_json::{Map, Value, json};

use super::catalog::{Catalog, Field, Kind};
use super::store::Resource;

type UriOf<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Fields that answers leave out while they are empty, besides descriptions and metadata. `*` means all of the type.
const ABSENT: [(&str, &str); 13] = [
    ("AccessToken", "expires_at"),
    ("AccessToken", "revoked_at"),
    ("AccessToken", "scopes"),
    ("AIGatewayAPIKey", "provider_keys"),
    ("AIGatewayAPIKey", "token"),
    ("Endpoint", "*"),
    ("EndpointSAML", "idp_metadata_url"),
    ("EventSource", "fields"),
    ("EventSource", "filter"),
    ("EventTarget", "debug"),
    ("ReservedDomain", "resolves_to"),
    ("Tunnel", "labels"),
    ("Tunnel", "backends"),
];

/// Secrets that no answer shows, not even the one that sets them.
const HIDDEN: [(&str, &str); 3] = [
    ("EventTargetDatadog", "api_key"),
    ("EventTargetAzureLogsIngestion", "client_secret"),
    ("AWSCredentials", "aws_secret_access_key"),
];

fn listed(list: &[(&str, &str)], kind: &str, field: &str) -> bool {
    list.iter()
        .any(|(k, f)| *k == kind && (*f == field || *f == "*"))
}

/// The resource as an answer shows it, without its tokens. `uri_of` finds the URI of a resource by its id.
pub(super) fn shape(resource: &Resource, uri_of: UriOf<'_>) -> Map<String, Value> {
    object(&resource.kind, &resource.given, &resource.own, uri_of)
}

/// The value of type `kind` that shows what `given` and `own` hold; what they do not hold gets the API's empty value, or is left out.
fn object(
    kind: &str,
    given: &Map<String, Value>,
    own: &Map<String, Value>,
    uri_of: UriOf<'_>,
) -> Map<String, Value> {
    let mut shown = Map::new();
    for field in Catalog::get().fields(kind) {
        let held = given.get(&field.name).filter(|value| !value.is_null());
        let held = held.filter(|_| !listed(&HIDDEN, kind, &field.name));
        let value = held
            .or_else(|| own.get(&field.name).filter(|_| field.name != "token"))
            .map(|value| named(field, value, uri_of))
            .or_else(|| referred(field, given, uri_of));
        let empty = || match value.as_ref() {
            None => true,
            Some(Value::String(text)) => text.is_empty(),
            Some(_) => false,
        };
        let left_out = ["description", "metadata"].contains(&field.name.as_str())
            || listed(&ABSENT, kind, &field.name);
        if !(left_out && empty()) {
            let value = value.unwrap_or_else(|| nothing(field, uri_of));
            shown.insert(field.name.clone(), value);
        }
    }
    shown
}

/// A value that was set, with what it leaves open.
fn named(field: &Field, value: &Value, uri_of: UriOf<'_>) -> Value {
    let none = Map::new();
    match (field.kind(), value) {
        (Kind::Object(inner), Value::Object(given)) => object(inner, given, &none, uri_of).into(),
        (Kind::List(inner), Value::Array(items)) if matches!(Kind::of(inner), Kind::Object(_)) => {
            items
                .iter()
                .map(|item| match item.as_object() {
                    Some(given) => object(inner, given, &none, uri_of).into(),
                    None => item.clone(),
                })
                .collect()
        }
        _ => value.clone(),
    }
}

/// The reference, or the list of them, that `given` holds as ids.
fn referred(field: &Field, given: &Map<String, Value>, uri_of: UriOf<'_>) -> Option<Value> {
    let reference = |id: &Value| {
        let id = id.as_str().filter(|id| !id.is_empty())?;
        Some(json!({"id": id, "uri": uri_of(id).unwrap_or_default()}))
    };
    match field.kind() {
        Kind::Object("Ref") => reference(given.get(&format!("{}_id", field.name))?),
        Kind::List("Ref") => {
            let one = match field.name.strip_suffix("ies") {
                Some(stem) => format!("{stem}y"),
                None => field.name.trim_end_matches('s').to_owned(),
            };
            let ids = given.get(&format!("{one}_ids"))?.as_array()?;
            Some(ids.iter().filter_map(reference).collect())
        }
        _ => None,
    }
}

/// What the API shows for a field that no one set.
fn nothing(field: &Field, uri_of: UriOf<'_>) -> Value {
    match field.kind() {
        _ if field.nullable => Value::Null,
        Kind::Text => "".into(),
        Kind::Bool => false.into(),
        Kind::Whole => 0.into(),
        Kind::Decimal => 0.0.into(),
        Kind::List(_) => json!([]),
        Kind::Map(_) => json!({}),
        // What is not marked as nullable is never null: official clients hold it as a plain value.
        Kind::Object(inner) => object(inner, &Map::new(), &Map::new(), uri_of).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(kind: &str, given: Value) -> Value {
        let uri_of = |id: &str| Some(format!("http://c/{id}"));
        let given = given.as_object().expect("an object");
        object(kind, given, &Map::new(), &uri_of).into()
    }

    #[test]
    fn ids_become_references_and_what_is_not_set_is_empty_or_left_out() {
        let given = json!({
            "description": "d",
            "metadata": "",
            "destination_ids": ["ed_1"],
            "sources": [{"type": "tcp_connection_closed.v0"}],
        });
        assert_eq!(
            shown("EventSubscription", given),
            json!({
                "id": "", "uri": "", "created_at": "", "description": "d",
                "sources": [{"type": "tcp_connection_closed.v0", "uri": ""}],
                "destinations": [{"id": "ed_1", "uri": "http://c/ed_1"}],
            })
        );
        let given = json!({"enabled": true, "ip_policy_ids": ["ipp_1"]});
        assert_eq!(
            shown("EndpointIPPolicy", given)["ip_policies"][0]["id"],
            "ipp_1"
        );
    }

    #[test]
    fn null_absent_and_empty_are_told_apart() {
        let domain = shown("ReservedDomain", json!({}));
        assert_eq!(domain["certificate"], Value::Null);
        assert_eq!(domain["region"], "");
        assert!(domain.get("resolves_to").is_none());
        assert_eq!(shown("Endpoint", json!({})), json!({}));
        assert_eq!(shown("Credential", json!({}))["acl"], json!([]));
        let session = shown("TunnelSession", json!({}));
        assert_eq!(session["credential"], json!({"id": "", "uri": ""}));
        let target = json!({"datadog": {"api_key": "secret", "ddsite": "datadoghq.eu"}});
        let shown = shown("EventDestination", json!({"target": target}));
        assert_eq!(shown["target"]["datadog"]["api_key"], Value::Null);
        assert_eq!(shown["target"]["kinesis"], Value::Null);
    }
}
