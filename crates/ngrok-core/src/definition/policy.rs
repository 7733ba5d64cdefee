//! Checks a traffic policy: phases hold lists of rules, rules hold lists of actions, actions have a type.

use serde_json::{Map, Value};

use super::issue::{Issue, IssueKind, quoted};
use super::protocol::Protocol;
use super::vocabulary::Vocabulary;

/// How a policy is read.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) protocol: Option<Protocol>,
    /// Whether the phases `inbound` and `outbound` are read.
    pub(super) older_phases: bool,
    pub(super) path: &'a [&'a str],
    /// Behind a key in messages.
    pub(super) of: &'a str,
}

impl Vocabulary {
    /// Checks a traffic policy for an endpoint of this protocol; `None` if it is not known.
    ///
    /// Errors are about its structure. What ngrok's service may refuse, such as an action that this table does not have, is
    /// a warning: the service learns new ones without notice.
    pub fn check_policy(&self, policy: &Value, protocol: Option<Protocol>) -> Vec<Issue> {
        let context = Context {
            protocol,
            older_phases: protocol != Some(Protocol::Http),
            path: &[],
            of: "",
        };
        let mut issues = Vec::new();
        self.check_policy_at(policy, context, &mut issues);
        issues
    }

    /// Checks the structure of a policy in JSON; `older_phases` says whether `inbound` and `outbound` are read.
    pub(crate) fn check_structure(&self, policy: &Value, older_phases: bool) -> Vec<Issue> {
        let context = Context {
            protocol: None,
            older_phases,
            path: &[],
            of: "",
        };
        let mut issues = Vec::new();
        match policy {
            // A text is no policy in JSON.
            Value::String(_) => self.check_policy_at(&Value::Bool(false), context, &mut issues),
            policy => self.check_policy_at(policy, context, &mut issues),
        }
        issues
    }

    pub(super) fn check_policy_at(
        &self,
        policy: &Value,
        context: Context<'_>,
        issues: &mut Vec<Issue>,
    ) {
        let mut walk = Walk {
            vocabulary: self,
            context,
            issues,
            path: context.path.iter().map(|key| (*key).to_owned()).collect(),
        };
        match policy {
            Value::Object(phases) => walk.phases(phases),
            Value::Null => {}
            // A policy as text: a caller that can read YAML parses it first.
            Value::String(text) => {
                if let Ok(Value::Object(phases)) = serde_json::from_str(text) {
                    walk.phases(&phases);
                }
            }
            // Of a wrong type: reported with the key, where there is one.
            _ if context.path.is_empty() => walk.malformed("a policy", "a mapping of phases"),
            _ => {}
        }
    }
}

struct Walk<'a> {
    vocabulary: &'a Vocabulary,
    context: Context<'a>,
    issues: &'a mut Vec<Issue>,
    path: Vec<String>,
}

impl Walk<'_> {
    fn phases(&mut self, phases: &Map<String, Value>) {
        for (name, rules) in phases {
            self.path.push(name.clone());
            if self.phase(name) {
                self.each(rules, "a phase", "a list of rules", Self::rule);
            }
            self.path.pop();
        }
    }

    /// Whether the phase is one, so that its rules are worth a look.
    fn phase(&mut self, name: &str) -> bool {
        let vocabulary = self.vocabulary;
        let Some(phase) = vocabulary.phases().iter().find(|phase| phase.name == name) else {
            let known = vocabulary
                .phases()
                .iter()
                .filter(|phase| phase.now.is_none());
            let names: Vec<&str> = known.map(|phase| phase.name).collect();
            let message = format!("unknown phase {}", quoted(name));
            self.error(message, format!("phases are {}", names.join(", ")));
            return false;
        };
        let protocol = self.context.protocol;
        if let Some((now, now_tcp)) = phase.now
            && !self.context.older_phases
        {
            let now = match protocol {
                Some(Protocol::Tcp | Protocol::Tls) => now_tcp.unwrap_or(now),
                _ => now,
            };
            self.error(
                format!("`{name}` is a phase of the older language"),
                format!("call it `{now}`"),
            );
            return false;
        }
        if let Some(protocol) = protocol.filter(|protocol| !phase.protocols.contains(*protocol)) {
            let message = format!("`{name}` is no phase of {protocol} endpoints");
            self.warning(
                message,
                "ngrok refuses it there; for tcp and tls the phase is on_tcp_connect",
            );
        }
        true
    }

    fn rule(&mut self, rule: &Value) {
        let Value::Object(keys) = rule else {
            self.malformed("a rule", "a mapping with `actions`");
            return;
        };
        for (key, value) in keys {
            self.path.push(key.clone());
            match key.as_str() {
                "name" if value.is_string() || value.is_null() => {}
                "name" => self.malformed("the name of a rule", "a text"),
                "expressions" => self.each(
                    value,
                    "the key `expressions`",
                    "a list of texts",
                    |walk, item| {
                        if !item.is_string() {
                            walk.malformed("an expression", "a text");
                        }
                    },
                ),
                "actions" => self.each(
                    value,
                    "the key `actions`",
                    "a list of actions",
                    Self::action,
                ),
                _ => {
                    let message = format!("unknown key {} of a rule", quoted(key));
                    self.error(message, "a rule has `name`, `expressions` and `actions`");
                }
            }
            self.path.pop();
        }
        let actions = keys.get("actions").and_then(Value::as_array);
        if actions.is_none_or(Vec::is_empty)
            && !keys
                .get("actions")
                .is_some_and(|it| !it.is_array() && !it.is_null())
        {
            self.within("actions", |walk| {
                walk.error("a rule without an action", "add `actions`");
            });
        }
    }

    fn action(&mut self, action: &Value) {
        let Value::Object(keys) = action else {
            self.malformed("an action", "a mapping with `type`");
            return;
        };
        for (key, value) in keys {
            let is_malformed = match key.as_str() {
                "type" => false,
                "config" => !value.is_object() && !value.is_null(),
                _ => {
                    self.within(key, |walk| {
                        let message = format!("unknown key {} of an action", quoted(key));
                        walk.error(message, "an action has `type` and `config`");
                    });
                    false
                }
            };
            if is_malformed {
                self.within(key, |walk| {
                    walk.malformed("the config of an action", "a mapping");
                });
            }
        }
        match keys.get("type").and_then(Value::as_str) {
            Some(name) if !name.is_empty() => self.known_action(name, keys.get("config")),
            _ => self.within("type", |walk| {
                walk.error(
                    "an action without a type",
                    "add `type`, such as `type: deny`",
                );
            }),
        }
    }

    fn known_action(&mut self, name: &str, config: Option<&Value>) {
        let vocabulary = self.vocabulary;
        let Some(action) = vocabulary.action(name) else {
            let message = format!("unknown action {}", quoted(name));
            self.warning(
                message,
                "check its type at https://ngrok.com/docs/traffic-policy/actions/",
            );
            return;
        };
        let phase = self
            .path
            .get(self.context.path.len())
            .cloned()
            .unwrap_or_default();
        if config.is_some_and(|config| !config.is_object() && !config.is_null()) {
            return;
        }
        let is_older = vocabulary
            .phases()
            .iter()
            .any(|row| row.name == phase && row.now.is_some());
        if !is_older && !action.phases.contains(&phase.as_str()) {
            let message = format!(
                "action `{name}` in {}, where ngrok refuses it",
                quoted(&phase)
            );
            self.warning(
                message,
                format!("move it to {}", action.phases.join(" or ")),
            );
        }
        let given = |key: &str| {
            config
                .and_then(|config| config.get(key))
                .is_some_and(|value| !value.is_null())
        };
        for key in action.required.iter().filter(|key| !given(key)) {
            let message = format!("no `{key}` in the config of action `{name}`");
            self.warning(message, "add it: ngrok refuses the policy without it");
        }
    }

    /// Reports something one level deeper.
    fn within(&mut self, key: &str, report: impl FnOnce(&mut Self)) {
        self.path.push(key.to_owned());
        report(self);
        self.path.pop();
    }

    /// Visits the items of a list. Null, as YAML writes an empty list, has none.
    fn each(&mut self, value: &Value, what: &str, right: &str, visit: impl Fn(&mut Self, &Value)) {
        match value {
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.path.push(index.to_string());
                    visit(self, item);
                    self.path.pop();
                }
            }
            Value::Null => {}
            _ => self.malformed(what, right),
        }
    }

    fn malformed(&mut self, what: &str, right: &str) {
        self.error(
            format!("{what} has a wrong type"),
            format!("make it {right}"),
        );
    }

    fn error(&mut self, message: impl Into<String>, remedy: impl Into<String>) {
        let message = self.located(&message.into());
        self.push(|path| Issue::error(IssueKind::Policy, path, message, remedy));
    }

    fn warning(&mut self, message: impl Into<String>, remedy: impl Into<String>) {
        let message = self.located(&message.into());
        self.push(|path| Issue::warning(IssueKind::Policy, path, message, remedy));
    }

    fn push(&mut self, issue: impl FnOnce(&[&str]) -> Issue) {
        let path: Vec<&str> = self.path.iter().map(String::as_str).collect();
        self.issues.push(issue(&path));
    }

    fn located(&self, message: &str) -> String {
        match self.context.path.last() {
            Some(key) => format!("{message}, in `{key}`{}", self.context.of),
            None => message.to_owned(),
        }
    }
}
