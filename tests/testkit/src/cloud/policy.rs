//! Traffic policies, as far as their form goes.

use serde_json::Value;

/// The phases of a policy, those of today and those of its first form.
const PHASES: [&str; 6] = [
    "on_tcp_connect",
    "on_http_request",
    "on_http_response",
    "on_event_stream_message",
    "inbound",
    "outbound",
];

/// Reads a policy in YAML or JSON and counts its rules; the error says what is wrong with it.
pub(super) fn check(text: &str) -> Result<usize, String> {
    let Value::Object(policy) = read(text)? else {
        return Err("it is not an object with phases.".to_owned());
    };
    let mut count = 0;
    for (phase, rules) in &policy {
        if phase == "enabled" && rules.is_boolean() {
            continue;
        }
        if !PHASES.contains(&phase.as_str()) {
            let known = PHASES.get(..4).unwrap_or_default().join(", ");
            return Err(format!("'{phase}' is not a phase. Phases: {known}."));
        }
        let Some(rules) = rules.as_array() else {
            return Err(format!("'{phase}' is not a list of rules."));
        };
        for rule in rules {
            check_rule(phase, rule)?;
            count += 1;
        }
    }
    Ok(count)
}

fn check_rule(phase: &str, rule: &Value) -> Result<(), String> {
    let Some(rule) = rule.as_object() else {
        return Err(format!("a rule of '{phase}' is not an object."));
    };
    for name in rule.keys() {
        if !["name", "expressions", "actions", "policy"].contains(&name.as_str()) {
            return Err(format!("a rule of '{phase}' has no field '{name}'."));
        }
    }
    let is_texts = |value: &Value| {
        let items = value.as_array();
        items.is_some_and(|items| items.iter().all(Value::is_string))
    };
    if rule
        .get("expressions")
        .is_some_and(|value| !is_texts(value))
    {
        return Err(format!(
            "the expressions of a rule of '{phase}' are not a list of strings."
        ));
    }
    let actions = rule
        .get("actions")
        .and_then(Value::as_array)
        .map_or(&[][..], Vec::as_slice);
    if actions.is_empty() {
        return Err(format!("a rule of '{phase}' has no actions."));
    }
    for action in actions {
        let kind = action.get("type").and_then(Value::as_str).unwrap_or("");
        if kind.is_empty() {
            return Err(format!("an action of '{phase}' has no type."));
        }
        if action
            .get("config")
            .is_some_and(|config| !config.is_object() && !config.is_null())
        {
            return Err(format!(
                "the config of the action '{kind}' is not an object."
            ));
        }
    }
    Ok(())
}

/// The types of all actions of a policy.
pub(super) fn actions(text: &str) -> Vec<String> {
    let policy = read(text).unwrap_or_default();
    let phases = policy
        .as_object()
        .into_iter()
        .flat_map(|phases| phases.values());
    let rules = phases.filter_map(Value::as_array).flatten();
    let actions = rules
        .filter_map(|rule| rule.get("actions")?.as_array())
        .flatten();
    actions
        .filter_map(|action| Some(action.get("type")?.as_str()?.to_owned()))
        .collect()
}

fn read(text: &str) -> Result<Value, String> {
    serde_yaml::from_str(text).map_err(|e| format!("it is neither YAML nor JSON: {e}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_have_phases_rules_and_actions() {
        let good = "on_http_request:\n  - expressions: ['true']\n    actions:\n      - type: deny\n      - {type: custom-response, config: {status_code: 200}}\n";
        assert_eq!(check(good), Ok(1));
        assert_eq!(actions(good), ["deny", "custom-response"]);
        assert_eq!(check("{}"), Ok(0));
        assert_eq!(check(r#"{"inbound": [], "enabled": true}"#), Ok(0));
        for (text, said) in [
            ("", "not an object"),
            ("[]", "not an object"),
            ("{", "neither YAML nor JSON"),
            ("on_http: []", "'on_http' is not a phase"),
            ("on_http_request: {}", "not a list"),
            ("on_http_request: [1]", "not an object"),
            ("on_http_request: [{action: []}]", "no field 'action'"),
            ("on_http_request: [{actions: []}]", "no actions"),
            ("on_http_request: [{actions: [{}]}]", "no type"),
            (
                "on_http_request: [{actions: [{type: deny, config: 1}]}]",
                "not an object",
            ),
            (
                "on_http_request: [{expressions: [1], actions: [{type: deny}]}]",
                "list of strings",
            ),
        ] {
            let problem = check(text).expect_err(text);
            assert!(problem.contains(said), "{text}: {problem}");
        }
    }
}
