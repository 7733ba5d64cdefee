//! Whether a body is what an operation takes: nothing unknown, nothing missing, every value of its kind.

use serde_json::Value;

use super::catalog::{Catalog, Field, Kind};

/// Says what is wrong with `body` as a value of type `name`, with the path of the value.
pub(super) fn body(catalog: &Catalog, name: &str, body: &Value) -> Result<(), String> {
    object(catalog, name, body, "")
}

fn object(catalog: &Catalog, name: &str, value: &Value, path: &str) -> Result<(), String> {
    let Some(given) = value.as_object() else {
        return Err(format!("{} must be an object.", shown(path)));
    };
    let fields = catalog.fields(name);
    if let Some(unknown) = given
        .keys()
        .find(|key| fields.iter().all(|field| field.name != **key))
    {
        return Err(format!("unknown field '{path}{unknown}'."));
    }
    for field in fields {
        match given.get(&field.name) {
            None if field.required => {
                return Err(format!("field '{path}{}' is required.", field.name));
            }
            None => {}
            Some(value) => self::field(catalog, field, value, &format!("{path}{}", field.name))?,
        }
    }
    Ok(())
}

fn field(catalog: &Catalog, field: &Field, value: &Value, path: &str) -> Result<(), String> {
    if value.is_null() {
        return if field.nullable {
            Ok(())
        } else {
            Err(format!("field '{path}' must not be null."))
        };
    }
    if let (Some(text), false) = (value.as_str(), field.values.is_empty())
        && !text.is_empty()
        && !field.values.iter().any(|known| known == text)
    {
        return Err(format!(
            "field '{path}' must be one of {}.",
            field.values.join(", ")
        ));
    }
    kind(catalog, field.kind(), value, path)
}

fn kind(catalog: &Catalog, wanted: Kind<'_>, value: &Value, path: &str) -> Result<(), String> {
    let (fits, name) = match wanted {
        Kind::Text => (value.is_string(), "a string"),
        Kind::Bool => (value.is_boolean(), "a boolean"),
        Kind::Whole => (value.is_i64() || value.is_u64(), "a whole number"),
        Kind::Decimal => (value.is_number(), "a number"),
        Kind::List(_) => (value.is_array(), "a list"),
        Kind::Map(_) | Kind::Object(_) => (value.is_object(), "an object"),
    };
    if !fits {
        return Err(format!("field '{path}' must be {name}."));
    }
    match (wanted, value) {
        (Kind::List(items), Value::Array(values)) => {
            values.iter().enumerate().try_for_each(|(at, value)| {
                kind(catalog, Kind::of(items), value, &format!("{path}[{at}]"))
            })
        }
        (Kind::Map(items), Value::Object(values)) => values.iter().try_for_each(|(key, value)| {
            kind(catalog, Kind::of(items), value, &format!("{path}.{key}"))
        }),
        (Kind::Object(name), _) => object(catalog, name, value, &format!("{path}.")),
        _ => Ok(()),
    }
}

fn shown(path: &str) -> String {
    match path.trim_end_matches('.') {
        "" => "the body".to_owned(),
        path => format!("field '{path}'"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_body_is_refused_for_what_is_wrong_with_it_and_where() {
        let cases = [
            ("IPPolicyCreate", json!({"description": "d"}), None),
            (
                "IPPolicyCreate",
                json!([]),
                Some("the body must be an object."),
            ),
            (
                "IPPolicyCreate",
                json!({"nope": 1}),
                Some("unknown field 'nope'."),
            ),
            (
                "IPPolicyCreate",
                json!({"description": null}),
                Some("field 'description' must not be null."),
            ),
            ("IPPolicyUpdate", json!({"description": null}), None),
            (
                "IPPolicyUpdate",
                json!({"id": "ipp_1"}),
                Some("unknown field 'id'."),
            ),
            (
                "IPPolicyRuleCreate",
                json!({"cidr": "10.0.0.0/8", "action": "allow"}),
                Some("field 'ip_policy_id' is required."),
            ),
            (
                "IPPolicyRuleCreate",
                json!({"cidr": 1, "action": "allow", "ip_policy_id": "x"}),
                Some("field 'cidr' must be a string."),
            ),
            (
                "IPPolicyRuleCreate",
                json!({"cidr": "c", "action": "maybe", "ip_policy_id": "x"}),
                Some("field 'action' must be one of allow, deny."),
            ),
            ("HTTPSEdgeCreate", json!({"hostports": []}), None),
            (
                "HTTPSEdgeCreate",
                json!({"hostports": ["a", 2]}),
                Some("field 'hostports[1]' must be a string."),
            ),
            (
                "HTTPSEdgeCreate",
                json!({"mutual_tls": {"on": true}}),
                Some("unknown field 'mutual_tls.on'."),
            ),
            (
                "WeightedBackendCreate",
                json!({"backends": {"a": 1.5}}),
                Some("field 'backends.a' must be a whole number."),
            ),
        ];
        for (name, value, expected) in cases {
            let found = body(Catalog::get(), name, &value).err();
            assert_eq!(found.as_deref(), expected, "{name} {value}");
        }
    }
}
