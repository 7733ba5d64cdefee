//! The structure of a traffic policy: phases hold lists of rules, rules hold lists of actions, actions have a type.

use serde_json::{Map, Value};

use super::PolicyError;

type Result<T> = std::result::Result<T, PolicyError>;

const PHASES: &[&str] = &[
    "on_tcp_connect",
    "on_http_request",
    "on_http_response",
    "on_event_stream_message",
];

/// The phases of the older language.
const LEGACY_PHASES: &[&str] = &["inbound", "outbound"];

/// The phases of `json`, if all of it is well formed.
pub(super) fn policy(json: &Value, legacy: bool) -> Result<&Map<String, Value>> {
    let phases = object(json, "root")?;
    for (phase, rules) in phases {
        match phase.as_str() {
            known if PHASES.contains(&known) => {}
            old if legacy && LEGACY_PHASES.contains(&old) => {}
            "inbound" => {
                return Err(bad(
                    phase,
                    "is the older language; write `on_http_request`, or `on_tcp_connect` for TCP and TLS",
                ));
            }
            "outbound" => {
                return Err(bad(
                    phase,
                    "is the older language; write `on_http_response`",
                ));
            }
            _ => {
                return Err(bad(
                    phase,
                    &format!("is not a phase; the phases are {}", PHASES.join(", ")),
                ));
            }
        }
        // A phase that is null, as YAML writes an empty one, has no rules.
        for (at, rule) in items(rules, phase)? {
            check_rule(rule, &at)?;
        }
    }
    Ok(phases)
}

fn check_rule(json: &Value, at: &str) -> Result<()> {
    let rule = object(json, at)?;
    for (key, value) in rule {
        let at = format!("{at}.{key}");
        match key.as_str() {
            "name" => text(value, &at)?,
            "expressions" => {
                for (at, expression) in items(value, &at)? {
                    text(expression, &at)?;
                }
            }
            "actions" => {
                for (at, action) in items(value, &at)? {
                    check_action(action, &at)?;
                }
            }
            _ => {
                return Err(bad(
                    &at,
                    "is not a key of a rule; the keys are name, expressions and actions",
                ));
            }
        }
    }
    match rule.get("actions") {
        Some(Value::Array(actions)) if !actions.is_empty() => Ok(()),
        _ => Err(bad(&format!("{at}.actions"), "lacks an action")),
    }
}

fn check_action(json: &Value, at: &str) -> Result<()> {
    let action = object(json, at)?;
    for (key, value) in action {
        let at = format!("{at}.{key}");
        match key.as_str() {
            "type" => text(value, &at)?,
            "config" if value.is_null() => {}
            "config" => drop(object(value, &at)?),
            _ => {
                return Err(bad(
                    &at,
                    "is not a key of an action; the keys are type and config",
                ));
            }
        }
    }
    match action.get("type") {
        Some(Value::String(kind)) if !kind.is_empty() => Ok(()),
        _ => Err(bad(
            &format!("{at}.type"),
            "is missing: each action needs one, such as deny",
        )),
    }
}

/// The items of a list, each with its place.
fn items<'a>(json: &'a Value, at: &'a str) -> Result<impl Iterator<Item = (String, &'a Value)>> {
    let list = match json {
        Value::Array(list) => list.as_slice(),
        Value::Null => &[],
        other => {
            return Err(bad(
                at,
                &format!("is {}, but has to be a list", kind(other)),
            ));
        }
    };
    let places = list.iter().enumerate();
    Ok(places.map(move |(i, item)| (format!("{at}[{i}]"), item)))
}

fn object<'a>(json: &'a Value, at: &str) -> Result<&'a Map<String, Value>> {
    json.as_object()
        .ok_or_else(|| bad(at, &format!("is {}, but has to be an object", kind(json))))
}

fn text(json: &Value, at: &str) -> Result<()> {
    match json {
        Value::String(_) => Ok(()),
        other => Err(bad(
            at,
            &format!("is {}, but has to be a string", kind(other)),
        )),
    }
}

fn kind(json: &Value) -> &'static str {
    match json {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

fn bad(at: &str, problem: &str) -> PolicyError {
    PolicyError {
        at: at.to_owned(),
        problem: problem.to_owned(),
    }
}
