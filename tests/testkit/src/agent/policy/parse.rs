//! A traffic policy, as it is written, to rules.

use serde_json::{Map, Value};

use super::action::{Action, Phase};
use super::expression::{Expression, Unusable};
use super::refused::Refused;
use super::{Policy, Rule};
use crate::agent::target::Kind;

/// Reads the YAML or JSON of a traffic policy, and adds its rules behind those that are there.
pub(super) fn add(policy: &mut Policy, text: &str, kind: Kind) -> Result<(), Refused> {
    let document: Value = serde_yaml::from_str(text).map_err(|error| {
        Refused::code(
            2236,
            format!("Your traffic policy is neither valid YAML nor JSON: {error}."),
        )
    })?;
    let phases = match document {
        Value::Null => return Ok(()),
        Value::Object(phases) => phases,
        _ => return Err(malformed("a map of phases")),
    };
    // Written before phases had their names of now.
    if phases.get("enabled") == Some(&Value::Bool(false)) {
        return Ok(());
    }
    for (name, rules) in phases.iter().filter(|(name, _)| *name != "enabled") {
        let phase = phase(name, kind)?;
        let rules = match rules {
            Value::Null => continue,
            Value::Array(rules) => rules,
            _ => return Err(malformed(&format!("a list of rules as '{name}'"))),
        };
        for rule in rules {
            let rule = self::rule(rule, phase)?;
            policy.rules_mut(phase).push(rule);
        }
    }
    Ok(())
}

fn malformed(what: &str) -> Refused {
    Refused::code(
        9026,
        format!("Your traffic policy is invalid: it needs {what}."),
    )
}

/// The phase of a name; the older names mean one by what the endpoint carries.
fn phase(name: &str, kind: Kind) -> Result<Phase, Refused> {
    let is_http = kind == Kind::Http;
    let phase = match name {
        "on_tcp_connect" => Phase::Connect,
        "inbound" if !is_http => Phase::Connect,
        "on_http_request" | "inbound" => Phase::Request,
        "on_http_response" | "outbound" => Phase::Response,
        "on_event_stream_message" => {
            return Err(Refused::Here(
                "the loopback agent does not carry out the traffic policy phase 'on_event_stream_message'".to_owned(),
            ));
        }
        _ => {
            return Err(Refused::code(
                9026,
                format!("Your traffic policy is invalid: there is no phase '{name}'."),
            ));
        }
    };
    if phase == Phase::Connect || is_http {
        Ok(phase)
    } else {
        let scheme = kind.scheme();
        Err(Refused::code(
            2230,
            format!("The policy phase '{name}' is not supported for {scheme} endpoints."),
        ))
    }
}

fn rule(document: &Value, phase: Phase) -> Result<Rule, Refused> {
    let fields = document
        .as_object()
        .ok_or_else(|| malformed("a map as each rule"))?;
    if let Some(key) = fields
        .keys()
        .find(|key| !["name", "expressions", "actions"].contains(&key.as_str()))
    {
        return Err(malformed(&format!("no field '{key}' in a rule")));
    }
    let mut conditions = Vec::new();
    for text in list(fields, "expressions")? {
        let text = text
            .as_str()
            .ok_or_else(|| malformed("strings as 'expressions'"))?;
        conditions.push(Expression::parse(text).map_err(|unusable| match unusable {
            Unusable::Invalid(reason) => Refused::code(
                2200,
                format!("Your traffic policy has an invalid expression: {reason}."),
            ),
            Unusable::Unknown(reason) => Refused::Here(reason),
        })?);
    }
    let documents = list(fields, "actions")?;
    if documents.is_empty() {
        return Err(Refused::code(
            2206,
            "A rule of your traffic policy has no actions.",
        ));
    }
    let mut actions: Vec<Action> = Vec::new();
    for document in documents {
        if actions.last().is_some_and(Action::ends_the_request) {
            return Err(Refused::code(
                2207,
                "A rule of your traffic policy has an action after one that ends the request.",
            ));
        }
        actions.extend(action(document, phase)?);
    }
    Ok(Rule {
        conditions,
        actions,
    })
}

fn list<'a>(fields: &'a Map<String, Value>, key: &str) -> Result<&'a [Value], Refused> {
    match fields.get(key) {
        None | Some(Value::Null) => Ok(&[]),
        Some(Value::Array(items)) => Ok(items),
        Some(_) => Err(malformed(&format!("a list as '{key}'"))),
    }
}

fn action(document: &Value, phase: Phase) -> Result<Option<Action>, Refused> {
    let fields = document
        .as_object()
        .ok_or_else(|| malformed("a map as each action"))?;
    if let Some(key) = fields
        .keys()
        .find(|key| !["type", "config"].contains(&key.as_str()))
    {
        return Err(malformed(&format!("no field '{key}' in an action")));
    }
    let name = fields
        .get("type")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let empty = Map::new();
    let config = match fields.get("config") {
        None | Some(Value::Null) => &empty,
        Some(Value::Object(config)) => config,
        Some(_) => {
            return Err(Refused::code(
                2203,
                format!("The configuration of the policy action '{name}' cannot be read."),
            ));
        }
    };
    Action::parse(name, config, phase)
}
