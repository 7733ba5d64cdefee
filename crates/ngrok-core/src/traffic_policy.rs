//! Traffic policies: built or read from JSON, and checked for structure before they are sent.

use std::fmt;

use serde_json::{Map, Value, json};

use crate::definition::{Severity, Vocabulary};
use crate::mask::masked_fields;

/// A [traffic policy](https://ngrok.com/docs/traffic-policy): what happens to connections, requests and responses on their way.
///
/// The structure is checked: phases, lists of rules, expressions, and a type for each action. The type's own configuration is
/// ngrok's to check. The error of a bad one names the place.
///
/// ```
/// use ngrok_core::{Action, Rule, TrafficPolicy};
/// use serde_json::json;
///
/// let policy = TrafficPolicy::new()
///     .on_http_request(Rule::when("req.url.path.startsWith('/admin')").action(Action::deny(404)))
///     .on_http_request(Rule::new().action(Action::new("rate-limit", json!({ "capacity": 30 }))));
/// assert_eq!(policy.to_json()["on_http_request"][0]["actions"][0]["type"], "deny");
///
/// let bad = json!({ "on_http_request": { "actions": { "type": "deny" } } });
/// assert_eq!(TrafficPolicy::from_json(&bad).unwrap_err().path(), "on_http_request");
/// ```
#[derive(Clone, Default, PartialEq)]
pub struct TrafficPolicy(Map<String, Value>);

/// A rule of a [`TrafficPolicy`]: actions, and the expressions that must hold for them.
#[derive(Clone, Default, PartialEq)]
#[must_use]
pub struct Rule(Map<String, Value>);

/// An action of a [`Rule`].
#[derive(Clone, PartialEq)]
#[must_use]
pub struct Action(Map<String, Value>);

/// A place of a traffic policy whose structure is wrong.
#[derive(Clone, PartialEq, Eq)]
pub struct PolicyError {
    at: String,
    problem: String,
}

impl PolicyError {
    /// Returns the place, such as `on_http_request[0].actions[1].type`; `root` is the policy itself.
    pub fn path(&self) -> &str {
        &self.at
    }
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of the traffic policy: {}", self.at, self.problem)
    }
}

impl fmt::Debug for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for PolicyError {}

impl TrafficPolicy {
    /// Makes a policy without rules.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads a policy that exists as JSON.
    ///
    /// # Errors
    ///
    /// [`PolicyError`] for the first place whose structure is wrong.
    pub fn from_json(json: &Value) -> Result<Self, PolicyError> {
        checked(json, false).map(|phases| Self(phases.clone()))
    }

    /// Reads a policy that may use the older phases `inbound` and `outbound`, as tunnels take it.
    ///
    /// # Errors
    ///
    /// [`PolicyError`] for the first place whose structure is wrong.
    pub fn from_tunnel_json(json: &Value) -> Result<Self, PolicyError> {
        checked(json, true).map(|phases| Self(phases.clone()))
    }

    /// Reads a policy from a string of JSON.
    ///
    /// # Errors
    ///
    /// [`PolicyError`] if it is not JSON, and as [`from_json`](Self::from_json).
    pub fn from_json_str(text: &str) -> Result<Self, PolicyError> {
        let json: Value = serde_json::from_str(text).map_err(|error| PolicyError {
            at: "root".to_owned(),
            problem: format!("not JSON: {error}"),
        })?;
        Self::from_json(&json)
    }

    /// Returns the policy as the agent takes it. The cloud API takes the same as a string, which `to_string()` returns.
    pub fn to_json(&self) -> Value {
        Value::Object(self.0.clone())
    }

    /// Adds a rule for each request.
    #[must_use]
    pub fn on_http_request(self, rule: Rule) -> Self {
        self.add("on_http_request", rule)
    }

    /// Adds a rule for each response.
    #[must_use]
    pub fn on_http_response(self, rule: Rule) -> Self {
        self.add("on_http_response", rule)
    }

    /// Adds a rule for each connection.
    #[must_use]
    pub fn on_tcp_connect(self, rule: Rule) -> Self {
        self.add("on_tcp_connect", rule)
    }

    /// Adds a rule for each message of an event stream.
    #[must_use]
    pub fn on_event_stream_message(self, rule: Rule) -> Self {
        self.add("on_event_stream_message", rule)
    }

    /// Returns how many rules there are. A plan may limit their number; the free one allows five.
    pub fn rule_count(&self) -> usize {
        self.0
            .values()
            .filter_map(Value::as_array)
            .map(Vec::len)
            .sum()
    }

    fn add(mut self, phase: &str, rule: Rule) -> Self {
        push(&mut self.0, phase, Value::Object(rule.0));
        self
    }
}

/// A policy can hold passwords and client secrets: `Debug` shows it without them.
macro_rules! masked_debug {
    ($($part:ty),*) => {$(
        impl fmt::Debug for $part {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                masked_fields(&self.0, f)
            }
        }
    )*};
}

masked_debug!(TrafficPolicy, Rule, Action);

impl fmt::Display for TrafficPolicy {
    /// Writes JSON.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_json().fmt(f)
    }
}

impl Rule {
    /// Makes a rule that always holds.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes a rule that holds when the [expression](https://ngrok.com/docs/traffic-policy/concepts/expressions) does.
    pub fn when(expression: impl Into<String>) -> Self {
        Self::new().and(expression)
    }

    /// Adds an expression that must hold too.
    pub fn and(mut self, expression: impl Into<String>) -> Self {
        push(&mut self.0, "expressions", Value::String(expression.into()));
        self
    }

    /// Names the rule, for the reader.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.0.insert("name".to_owned(), Value::String(name.into()));
        self
    }

    /// Adds an action after those before it.
    pub fn action(mut self, action: Action) -> Self {
        push(&mut self.0, "actions", Value::Object(action.0));
        self
    }
}

impl Action {
    /// Makes any [action](https://ngrok.com/docs/traffic-policy/actions) by its type, with its configuration; null for none.
    pub fn new(kind: impl Into<String>, config: Value) -> Self {
        let mut fields = Map::from_iter([("type".to_owned(), Value::String(kind.into()))]);
        if !config.is_null() {
            fields.insert("config".to_owned(), config);
        }
        Self(fields)
    }

    /// Responds with this status and runs no further action.
    pub fn deny(status_code: u16) -> Self {
        Self::new("deny", json!({ "status_code": status_code }))
    }

    /// Responds with this status and body.
    pub fn custom_response(status_code: u16, body: impl Into<String>) -> Self {
        Self::new(
            "custom-response",
            json!({ "status_code": status_code, "body": body.into() }),
        )
    }

    /// Forwards to an internal endpoint of the account.
    pub fn forward_internal(url: impl Into<String>) -> Self {
        Self::new("forward-internal", json!({ "url": url.into() }))
    }

    /// Lets visitors in that give one of these pairs, each `user:password`.
    pub fn basic_auth<I: IntoIterator<Item: Into<String>>>(credentials: I) -> Self {
        let credentials = Value::from_iter(credentials.into_iter().map(Into::into));
        Self::new("basic-auth", json!({ "credentials": credentials }))
    }

    /// Adds headers to the request, or in the response phase to the response.
    pub fn add_headers<K, V, I>(headers: I) -> Self
    where
        I: IntoIterator<Item = (K, V)>,
        K: Into<String>,
        V: Into<String>,
    {
        let headers = headers
            .into_iter()
            .map(|(k, v)| (k.into(), Value::String(v.into())));
        Self::new("add-headers", json!({ "headers": Map::from_iter(headers) }))
    }
}

/// Returns the phases of a policy whose structure is right. What ngrok's service may refuse beyond that is not looked at.
fn checked(json: &Value, older_phases: bool) -> Result<&Map<String, Value>, PolicyError> {
    let issues = Vocabulary::ngrok().check_structure(json, older_phases);
    let first = issues
        .into_iter()
        .find(|issue| issue.severity == Severity::Error);
    match (first, json.as_object()) {
        (None, Some(phases)) => Ok(phases),
        (issue, _) => Err(PolicyError {
            at: place(issue.as_ref().map_or(&[], |issue| &issue.path)),
            problem: issue.map_or_else(
                || "it is null; make it a mapping of phases".to_owned(),
                |issue| issue.to_string(),
            ),
        }),
    }
}

/// A path as it is written in programs: `on_http_request[0].actions`; `root` if it is empty.
fn place(path: &[String]) -> String {
    let mut place = String::new();
    for step in path {
        if step.bytes().all(|b| b.is_ascii_digit()) && !place.is_empty() {
            place.push_str(&format!("[{step}]"));
        } else {
            place.push_str(if place.is_empty() { "" } else { "." });
            place.push_str(step);
        }
    }
    if place.is_empty() {
        place.push_str("root");
    }
    place
}

/// Adds to a list that only this file makes.
fn push(fields: &mut Map<String, Value>, key: &str, item: Value) {
    let list = fields
        .entry(key)
        .or_insert_with(|| Value::Array(Vec::new()));
    if let Value::Array(items) = list {
        items.push(item);
    }
}
