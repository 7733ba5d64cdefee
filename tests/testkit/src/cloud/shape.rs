//! What a resource looks like in an answer, made from the bodies that created and changed it.
//!
//! A request names another resource by id (`ip_policy_id`, `destination_ids`), an answer refers to it (`{"id", "uri"}`).

use serde_json::{Map, Value, json};

use super::catalog::{Catalog, Field, Kind};

/// The value of type `name` that shows what `given` holds; what it does not hold gets the API's empty value.
/// `uri_of` finds the URI of a resource by its id.
pub(super) fn shape(
    catalog: &Catalog,
    name: &str,
    given: &Map<String, Value>,
    uri_of: &dyn Fn(&str) -> Option<String>,
) -> Map<String, Value> {
    catalog
        .fields(name)
        .iter()
        .map(|field| {
            let value = named(catalog, field, given, uri_of)
                .or_else(|| referred(field, given, uri_of))
                .unwrap_or_else(|| empty(field));
            (field.name.clone(), value)
        })
        .collect()
}

/// The value that `given` holds under the field's own name.
fn named(
    catalog: &Catalog,
    field: &Field,
    given: &Map<String, Value>,
    uri_of: &dyn Fn(&str) -> Option<String>,
) -> Option<Value> {
    let value = given.get(&field.name).filter(|value| !value.is_null())?;
    Some(match (field.kind(), value) {
        (Kind::Object(inner), Value::Object(object)) => {
            shape(catalog, inner, object, uri_of).into()
        }
        (Kind::List(inner), Value::Array(items)) if matches!(Kind::of(inner), Kind::Object(_)) => {
            items
                .iter()
                .map(|item| match item.as_object() {
                    Some(object) => shape(catalog, inner, object, uri_of).into(),
                    None => item.clone(),
                })
                .collect()
        }
        _ => value.clone(),
    })
}

/// The reference, or the list of them, that `given` holds as ids.
fn referred(
    field: &Field,
    given: &Map<String, Value>,
    uri_of: &dyn Fn(&str) -> Option<String>,
) -> Option<Value> {
    let reference = |id: &Value| {
        let uri = uri_of(id.as_str()?).unwrap_or_default();
        Some(json!({"id": id, "uri": uri}))
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

/// What the API shows for a field that nobody set.
fn empty(field: &Field) -> Value {
    match field.kind() {
        _ if field.nullable => Value::Null,
        Kind::Text => "".into(),
        Kind::Bool => false.into(),
        Kind::Whole => 0.into(),
        Kind::Decimal => 0.0.into(),
        Kind::List(_) => json!([]),
        Kind::Map(_) => json!({}),
        Kind::Object(_) => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_become_references_and_what_is_not_set_is_empty() {
        let given = json!({
            "description": "d",
            "destination_ids": ["ed_1"],
            "sources": [{"type": "tcp_connection_closed.v0"}],
        });
        let uri_of = |id: &str| Some(format!("http://c/{id}"));
        let shaped = shape(
            Catalog::get(),
            "EventSubscription",
            given.as_object().expect("an object"),
            &uri_of,
        );
        assert_eq!(
            Value::from(shaped),
            json!({
                "id": "", "uri": "", "created_at": "", "metadata": "", "description": "d",
                "sources": [{"type": "tcp_connection_closed.v0", "uri": ""}],
                "destinations": [{"id": "ed_1", "uri": "http://c/ed_1"}],
            })
        );
        let given = json!({"enabled": true, "ip_policy_ids": ["ipp_1"]});
        let shaped = shape(
            Catalog::get(),
            "EndpointIPPolicy",
            given.as_object().expect("an object"),
            &uri_of,
        );
        assert_eq!(shaped["ip_policies"][0]["id"], "ipp_1");
    }
}
