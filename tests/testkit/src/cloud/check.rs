//! Whether a body is what an operation takes: nothing unknown, nothing missing, every value of its kind.

use serde_json::Value;

use super::answer::{Answer, Checked};
use super::catalog::{Catalog, Field, Kind, Operation};
use super::facts::{Facts, FieldFacts};

/// Checks the body of an operation. Ids that are in its path may be in the body too.
/// Without `rules`, only the definitions count: what they do not require is not required.
pub(super) fn body(operation: &Operation, body: &Value, rules: bool) -> Checked {
    let kind = operation.body.as_deref().unwrap_or("");
    let in_path: Vec<&str> = operation
        .path
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
        .collect();
    let facts = if rules { Facts::field } else { no_facts };
    Checker { facts }.object(kind, body, "", &in_path)
}

fn no_facts<'f>(_: &'f Facts, _: &str, _: &str) -> Option<&'f FieldFacts> {
    None
}

/// Checks values by their definitions, and by what else is known of their fields.
struct Checker {
    facts: for<'f> fn(&'f Facts, &str, &str) -> Option<&'f FieldFacts>,
}

/// Whether all fields of a body only repeat what is in the path or ask for nothing: then it may be left out.
pub(super) fn optional(kind: &str) -> bool {
    ["Item", "TunnelSessionsUpdate", "EventSourceUpdate"].contains(&kind)
}

/// Removes the nulls of all objects.
pub(super) fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, value| !value.is_null());
            fields.values_mut().for_each(drop_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}

fn invalid(message: String) -> Answer {
    Answer::refuse("215", message)
}

impl Checker {
    fn object(&self, kind: &str, value: &Value, path: &str, in_path: &[&str]) -> Checked {
        let Some(given) = value.as_object() else {
            return Err(invalid(format!("{} must be an object.", shown(path))));
        };
        let fields = Catalog::get().fields(kind);
        for name in given.keys() {
            let known = fields.iter().any(|field| field.name == *name);
            if known || in_path.contains(&name.as_str()) {
                continue;
            }
            // Policies had an action once; it has a code of its own.
            if path.is_empty() && name == "action" && kind.starts_with("IPPolicy") {
                let message = "The action belongs to the rules of a policy, not to the policy.";
                return Err(Answer::refuse("1423", message));
            }
            // These two have codes of their own as well.
            match (kind, name.as_str()) {
                ("EventTarget", _) => {
                    let message = format!("The target '{name}' is not known.");
                    return Err(Answer::refuse("236", message));
                }
                ("EndpointTLSTerminationAtEdge", "terminate_at") => {
                    let message = "terminate_at is not allowed on an HTTPS edge.";
                    return Err(Answer::refuse("7109", message));
                }
                _ => {}
            }
            let mut supported: Vec<&str> = fields.iter().map(|f| f.name.as_str()).collect();
            supported.extend(in_path);
            let message = format!(
                "The field '{path}{name}' is not supported. Supported: {}.",
                supported.join(", ")
            );
            return Err(Answer::refuse("214", message));
        }
        for field in fields {
            let path = format!("{path}{}", field.name);
            let facts = (self.facts)(Facts::get(), kind, &field.name);
            let given = given.get(&field.name).filter(|value| !value.is_null());
            let empty = given.is_none_or(|value| value == "");
            if empty && required(field, facts) {
                let code = facts.and_then(|f| f.missing.as_deref()).unwrap_or("215");
                return Err(Answer::refuse(
                    code,
                    format!("The field '{path}' is required."),
                ));
            }
            if let Some(value) = given {
                one_of(field, facts, value, &path)?;
                self.kind(field.kind(), value, &path)?;
            }
        }
        Ok(())
    }

    fn kind(&self, wanted: Kind<'_>, value: &Value, path: &str) -> Checked {
        let (fits, name) = match wanted {
            Kind::Text => (value.is_string(), "a string"),
            Kind::Bool => (value.is_boolean(), "a boolean"),
            Kind::Whole => (value.is_i64() || value.is_u64(), "a whole number"),
            Kind::Decimal => (value.is_number(), "a number"),
            Kind::List(_) => (value.is_array(), "a list"),
            Kind::Map(_) | Kind::Object(_) => (value.is_object(), "an object"),
        };
        if !fits {
            return Err(invalid(format!("The field '{path}' must be {name}.")));
        }
        match (wanted, value) {
            (Kind::List(items), Value::Array(values)) => {
                values.iter().enumerate().try_for_each(|(at, value)| {
                    self.kind(Kind::of(items), value, &format!("{path}[{at}]"))
                })
            }
            (Kind::Map(items), Value::Object(values)) => {
                values.iter().try_for_each(|(key, value)| {
                    self.kind(Kind::of(items), value, &format!("{path}.{key}"))
                })
            }
            (Kind::Object(name), _) => self.object(name, value, &format!("{path}."), &[]),
            _ => Ok(()),
        }
    }
}

fn required(field: &Field, facts: Option<&FieldFacts>) -> bool {
    facts.and_then(|f| f.required).unwrap_or(field.required)
}

/// Refuses a text, or a text of a list, that is none of the known values. An empty one clears.
fn one_of(field: &Field, facts: Option<&FieldFacts>, value: &Value, path: &str) -> Checked {
    let values = facts
        .and_then(|f| f.values.as_ref())
        .unwrap_or(&field.values);
    if values.is_empty() {
        return Ok(());
    }
    let any_case = facts.is_some_and(|f| f.any_case);
    let texts = match value {
        Value::Array(items) => items.as_slice(),
        one => std::slice::from_ref(one),
    };
    for text in texts.iter().filter_map(Value::as_str) {
        let known = |known: &String| match any_case {
            true => known.eq_ignore_ascii_case(text),
            false => known == text,
        };
        if !text.is_empty() && !values.iter().any(known) {
            let code = facts.and_then(|f| f.value.as_deref()).unwrap_or("215");
            let message = format!("The field '{path}' must be one of {}.", values.join(", "));
            return Err(Answer::refuse(code, message));
        }
    }
    Ok(())
}

fn shown(path: &str) -> String {
    match path.trim_end_matches('.') {
        "" => "The body".to_owned(),
        path => format!("The field '{path}'"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refusal(kind: &str, value: &Value) -> Option<(String, String)> {
        let checker = Checker {
            facts: Facts::field,
        };
        let refused = checker.object(kind, value, "", &["id"]).err()?;
        let code = refused.code().unwrap_or("").to_owned();
        let message = refused.body.as_ref()?.get("msg")?.as_str()?.to_owned();
        Some((code, message))
    }

    #[test]
    fn a_body_is_refused_for_what_is_wrong_with_it_and_where() {
        let rule = json!({"cidr": "10.0.0.0/8", "action": "allow", "ip_policy_id": "ipp_1"});
        let with = |name: &str, value: Value| {
            let mut rule = rule.clone();
            rule[name] = value;
            rule
        };
        for (kind, value, code, said) in [
            (
                "IPPolicyCreate",
                json!([]),
                "215",
                "The body must be an object.",
            ),
            (
                "IPPolicyCreate",
                json!({"nope": 1}),
                "214",
                "'nope' is not supported. Supported: description, metadata, id.",
            ),
            (
                "IPPolicyCreate",
                json!({"action": "allow"}),
                "1423",
                "belongs to the rules",
            ),
            (
                "IPPolicyRuleCreate",
                with("ip_policy_id", Value::Null),
                "1405",
                "'ip_policy_id' is required",
            ),
            (
                "IPPolicyRuleCreate",
                with("cidr", json!("")),
                "1405",
                "'cidr' is required",
            ),
            (
                "IPPolicyRuleCreate",
                with("cidr", json!(1)),
                "215",
                "'cidr' must be a string",
            ),
            (
                "IPPolicyRuleCreate",
                with("action", json!("maybe")),
                "1422",
                "one of allow, deny",
            ),
            (
                "HTTPSEdgeCreate",
                json!({"hostports": ["a", 2]}),
                "215",
                "'hostports[1]' must be a string",
            ),
            (
                "HTTPSEdgeCreate",
                json!({"mutual_tls": {"on": true}}),
                "214",
                "'mutual_tls.on'",
            ),
            (
                "WeightedBackendCreate",
                json!({"backends": {"a": 1.5}}),
                "215",
                "'backends.a' must be a whole number",
            ),
            (
                "EventDestinationCreate",
                json!({"format": "xml", "target": {}}),
                "235",
                "one of json",
            ),
            (
                "EndpointCreate",
                json!({"url": "https://a.b", "type": "edge", "traffic_policy": "{}"}),
                "248",
                "cloud",
            ),
        ] {
            let (found, message) = refusal(kind, &value).unwrap_or_default();
            assert_eq!(found, code, "{kind} {value}: {message}");
            assert!(message.contains(said), "{message}");
        }
    }

    #[test]
    fn what_is_documented_and_what_clients_send_is_accepted() {
        for (kind, value) in [
            ("IPPolicyCreate", json!({"description": "d"})),
            ("IPPolicyCreate", json!({})),
            (
                "IPPolicyUpdate",
                json!({"id": "ipp_1", "description": null}),
            ),
            ("HTTPSEdgeCreate", json!({"hostports": []})),
            (
                "EventDestinationCreate",
                json!({"format": "json", "target": {}}),
            ),
            (
                "KubernetesOperatorCreate",
                json!({"enabled_features": ["Ingress", "bindings"]}),
            ),
            (
                "EndpointCreate",
                json!({"url": "https://a.b", "traffic_policy": "{}"}),
            ),
            ("ReservedDomainUpdate", json!({"certificate_id": ""})),
        ] {
            assert_eq!(refusal(kind, &value), None, "{kind} {value}");
        }
    }
}
