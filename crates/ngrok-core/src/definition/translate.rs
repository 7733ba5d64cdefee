//! Turns a tunnel into an endpoint where nothing is lost, and says what to write instead where something would be.

use std::fmt;

use serde_json::{Map, Value, json};

use super::check_definition::given;
use super::key::{Becomes, Guard, Key};
use super::kind::Kind;
use super::protocol::Protocol;
use super::remedy::instead;
use super::value::{as_flag, as_text};
use super::vocabulary::{Place, Vocabulary};

/// Why a tunnel cannot be turned into an endpoint.
///
/// `Display` names the option and says what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Untranslatable {
    /// The option, as it is written.
    pub option: String,
    /// Whether it keeps people out: dropped, the endpoint would be open to everyone.
    pub is_guard: bool,
    /// The traffic-policy action that does the same, or several separated by a comma.
    pub action: Option<&'static str>,
    /// What to write instead.
    pub instead: String,
}

impl fmt::Display for Untranslatable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let guards = if self.is_guard {
            " guards access and"
        } else {
            ""
        };
        write!(
            f,
            "option `{}`{guards} is of tunnels alone; {}",
            self.option, self.instead
        )
    }
}

impl std::error::Error for Untranslatable {}

/// What together becomes the endpoint's `url`.
#[derive(Default)]
struct Url {
    host: Option<(String, String)>,
    scheme: Option<(String, &'static str)>,
}

impl Vocabulary {
    /// Turns the options of a tunnel into those of an endpoint, where nothing is lost: names and addresses become `url`,
    /// `proxy_proto` becomes `upstream.proxy_protocol`, and so on. Options that an endpoint has already, and those that the
    /// table does not have, stay.
    ///
    /// `addr` and `proto` are left out: where an endpoint forwards to is said in `upstream.url`, which the caller adds.
    /// `base` is the domain behind a `subdomain`, if it is known; without one a `subdomain` is refused.
    ///
    /// # Errors
    ///
    /// [`Untranslatable`] for what an endpoint does in another way, such as everything that keeps people out.
    ///
    /// ```
    /// use ngrok_core::definition::{Protocol, Vocabulary};
    ///
    /// let translate = |options: serde_json::Value| {
    ///     Vocabulary::ngrok().to_endpoint(options.as_object().unwrap(), Protocol::Http, None)
    /// };
    /// let endpoint = translate(serde_json::json!({"domain": "a.example.com", "schemes": ["http"], "proxy_proto": 2}))?;
    /// assert_eq!(endpoint["url"], "http://a.example.com");
    /// assert_eq!(endpoint["upstream"]["proxy_protocol"], 2);
    ///
    /// let refused = translate(serde_json::json!({"basic_auth": ["me:hunter22"]})).unwrap_err();
    /// assert_eq!(refused.action, Some("basic-auth"));
    /// # Ok::<(), ngrok_core::definition::Untranslatable>(())
    /// ```
    pub fn to_endpoint(
        &self,
        tunnel: &Map<String, Value>,
        protocol: Protocol,
        base: Option<&str>,
    ) -> Result<Map<String, Value>, Untranslatable> {
        let mut endpoint = Map::new();
        let mut url = Url::default();
        for (name, value) in tunnel.iter().filter(|(name, _)| given(tunnel, name)) {
            let named = self.key(Place::Endpoint, name);
            if named.is_some_and(|key| !key.is_reported_only())
                && !matches!(name.as_str(), "traffic_policy")
            {
                merge(&mut endpoint, name, value.clone());
                continue;
            }
            let Some(key) = self.find(Place::Tunnel, name).key() else {
                merge(&mut endpoint, name, value.clone());
                continue;
            };
            let key = match key.new_name().and_then(|new| self.key(Place::Tunnel, new)) {
                Some(new) if key.in_endpoint() == Becomes::Same => new,
                _ => key,
            };
            let refuse = || Err(refusal(key, name, value, protocol));
            match key.in_endpoint() {
                // What is turned off needs nothing.
                Becomes::Action { .. } | Becomes::Nothing(_)
                    if key.kind == Kind::Flag && as_flag(value) == Some(false) => {}
                Becomes::Action {
                    action: "add-headers",
                    ..
                } if value == "preserve" => {}
                Becomes::Action {
                    action: "terminate-tls",
                    ..
                } if ends_in_agent(tunnel) => {
                    let path = "agent_tls_termination.mutual_tls_certificate_authorities";
                    merge(&mut endpoint, path, json!([value]));
                }
                Becomes::Action { .. } | Becomes::Nothing(_) => return refuse(),
                Becomes::Same => merge(&mut endpoint, key.name(), value.clone()),
                Becomes::Key("upstream.url") => {}
                Becomes::Key("bindings") => merge(&mut endpoint, "bindings", json!([value])),
                Becomes::Key(path) => merge(&mut endpoint, path, value.clone()),
                Becomes::Url if key.name() == "proto" => {}
                Becomes::Url => url.add(key, name, value, base)?,
                Becomes::Policy => {
                    if endpoint.contains_key("traffic_policy") {
                        return Err(conflict(name, "traffic_policy"));
                    }
                    let policy = self.newer_phases(name, value, protocol)?;
                    merge(&mut endpoint, "traffic_policy", policy);
                }
                Becomes::Termination => match (key.name(), termination(tunnel)) {
                    ("terminate_at", "agent" | "upstream") | (_, "upstream") => {}
                    ("crt", "agent") => {
                        merge(
                            &mut endpoint,
                            "agent_tls_termination.server_certificate",
                            value.clone(),
                        );
                    }
                    (_, "agent") => {
                        merge(
                            &mut endpoint,
                            "agent_tls_termination.server_private_key",
                            value.clone(),
                        );
                    }
                    _ => return refuse(),
                },
            }
        }
        url.write(protocol, &mut endpoint)?;
        Ok(endpoint)
    }

    /// A policy with today's names of its phases.
    fn newer_phases(
        &self,
        option: &str,
        policy: &Value,
        protocol: Protocol,
    ) -> Result<Value, Untranslatable> {
        let Value::Object(phases) = policy else {
            return Ok(policy.clone());
        };
        let mut newer = Map::new();
        for (name, rules) in phases {
            let phase = self.phases().iter().find(|phase| phase.name == name);
            let now = match (phase.and_then(|phase| phase.now), protocol) {
                (None, _) => name.as_str(),
                (Some((_, Some(now))), Protocol::Tcp | Protocol::Tls)
                | (Some((now, _)), Protocol::Http) => now,
                (Some(_), _) => {
                    return Err(Untranslatable {
                        option: option.to_owned(),
                        is_guard: true,
                        action: None,
                        instead: format!(
                            "{protocol} endpoints have no phase for `{name}`: move its rules to `on_tcp_connect`"
                        ),
                    });
                }
            };
            match newer.entry(now).or_insert_with(|| json!([])) {
                Value::Array(all) => all.extend(rules.as_array().into_iter().flatten().cloned()),
                _ => return Ok(policy.clone()),
            }
            // What is malformed stays so, to be reported as such.
            if !rules.is_array() && !rules.is_null() {
                newer.insert(now.to_owned(), rules.clone());
            }
        }
        Ok(newer.into())
    }
}

impl Url {
    fn add(
        &mut self,
        key: &Key,
        option: &str,
        value: &Value,
        base: Option<&str>,
    ) -> Result<(), Untranslatable> {
        let text = as_text(value);
        match (key.name(), text) {
            ("schemes" | "bind_tls", _) => {
                let scheme = one_scheme(value).ok_or_else(|| Untranslatable {
                    option: option.to_owned(),
                    is_guard: false,
                    action: None,
                    instead: "write two endpoints, one with a `url` of http:// and one of https://"
                        .into(),
                })?;
                self.scheme = Some((option.to_owned(), scheme));
            }
            ("subdomain", Some(text)) => {
                let host = base.map(|base| format!("{text}.{base}")).ok_or_else(|| {
                    Untranslatable {
                        option: option.to_owned(),
                        is_guard: false,
                        action: None,
                        instead: format!(
                            "write the whole domain in `url`, as in `url: https://{text}.ngrok.app`"
                        ),
                    }
                })?;
                self.set_host(option, host)?;
            }
            (_, Some(text)) => self.set_host(option, text)?,
            (_, None) => {
                return Err(Untranslatable {
                    option: option.to_owned(),
                    is_guard: false,
                    action: None,
                    instead: "say it in `url`, as a text".into(),
                });
            }
        }
        Ok(())
    }

    fn set_host(&mut self, option: &str, host: String) -> Result<(), Untranslatable> {
        match self.host.replace((option.to_owned(), host)) {
            Some((other, _)) => Err(conflict(option, &other)),
            None => Ok(()),
        }
    }

    fn write(
        self,
        protocol: Protocol,
        endpoint: &mut Map<String, Value>,
    ) -> Result<(), Untranslatable> {
        let default = match protocol {
            Protocol::Tcp => "tcp",
            Protocol::Tls => "tls",
            Protocol::Http | Protocol::Labelled => "https",
        };
        let scheme = self.scheme.as_ref().map_or(default, |(_, scheme)| scheme);
        let first = self
            .host
            .as_ref()
            .map(|(option, _)| option)
            .or(self.scheme.as_ref().map(|(option, _)| option));
        let Some(option) = first else { return Ok(()) };
        if endpoint.contains_key("url") {
            return Err(conflict(option, "url"));
        }
        let host = self.host.as_ref().map_or("", |(_, host)| host);
        endpoint.insert("url".to_owned(), format!("{scheme}://{host}").into());
        Ok(())
    }
}

fn conflict(option: &str, other: &str) -> Untranslatable {
    Untranslatable {
        option: option.to_owned(),
        is_guard: false,
        action: None,
        instead: format!("it is beside `{other}`, which says the same: keep one of them"),
    }
}

/// Puts a value at a dotted path, unless something is there.
fn merge(endpoint: &mut Map<String, Value>, path: &str, value: Value) {
    match path.split_once('.') {
        None => match (endpoint.get_mut(path), value) {
            (Some(Value::Object(there)), Value::Object(more)) => {
                for (key, value) in more {
                    there.insert(key, value);
                }
            }
            (_, value) => {
                endpoint.insert(path.to_owned(), value);
            }
        },
        Some((first, rest)) => {
            let inner = endpoint.entry(first).or_insert_with(|| json!({}));
            if let Value::Object(inner) = inner
                && !inner.contains_key(rest)
            {
                inner.insert(rest.to_owned(), value);
            }
        }
    }
}

fn one_scheme(value: &Value) -> Option<&'static str> {
    let known = |text: &str| match text {
        "https" | "true" => Some("https"),
        "http" | "false" => Some("http"),
        _ => None,
    };
    match value {
        Value::Array(list) => match list.as_slice() {
            [one] => known(one.as_str()?),
            _ => None,
        },
        other => known(&as_text(other)?),
    }
}

/// Where the TLS of a tunnel ends, which its certificate decides where nothing is said.
fn termination(tunnel: &Map<String, Value>) -> &str {
    let said = tunnel.get("terminate_at").and_then(Value::as_str);
    match said.filter(|word| !word.is_empty()) {
        Some(word) => word,
        None if given(tunnel, "crt") || given(tunnel, "key") => "edge",
        None => "upstream",
    }
}

fn ends_in_agent(tunnel: &Map<String, Value>) -> bool {
    termination(tunnel) == "agent"
}

fn refusal(key: &Key, option: &str, value: &Value, protocol: Protocol) -> Untranslatable {
    let action = match key.in_endpoint() {
        Becomes::Action { action, .. } => Some(action),
        Becomes::Termination => Some("terminate-tls"),
        _ => None,
    };
    let mut instead = instead(key, Some(protocol));
    if let Some(rule) = oauth_rule(key, value) {
        instead.push_str(&rule);
    }
    Untranslatable {
        option: option.to_owned(),
        is_guard: key.guard() != Guard::No,
        action,
        instead,
    }
}

/// The rule that keeps out who is not on the lists of `oauth`: the action alone lets in everyone who has an account there.
fn oauth_rule(key: &Key, value: &Value) -> Option<String> {
    if key.name() != "oauth" {
        return None;
    }
    let expression = oauth_expression(value)?;
    Some(format!(
        "; then a rule with the expression `{expression}` and the action `deny`, since `oauth` alone lets in everyone who has an account there"
    ))
}

/// Returns the expression that is true for visitors who are on neither list of a tunnel's `oauth`, `allow_emails` and
/// `allow_domains`: the traffic-policy action `oauth` has no such lists, so a rule with this expression and the action `deny`
/// has to follow it. `None` if there is no list.
///
/// ```
/// use ngrok_core::definition::oauth_expression;
///
/// let oauth = serde_json::json!({"provider": "google", "allow_domains": ["example.com"]});
/// let expression = oauth_expression(&oauth).unwrap();
/// assert_eq!(expression, "!(actions.ngrok.oauth.identity.email.endsWith('@example.com'))");
/// ```
pub fn oauth_expression(oauth: &Value) -> Option<String> {
    let list = |key: &str| -> Vec<String> {
        let items = oauth
            .get(key)
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        items.filter_map(as_text).map(|text| quote(&text)).collect()
    };
    let email = "actions.ngrok.oauth.identity.email";
    let emails = list("allow_emails");
    let mut allowed = Vec::new();
    if !emails.is_empty() {
        allowed.push(format!("{email} in [{}]", emails.join(", ")));
    }
    for domain in list("allow_domains") {
        let domain = domain.trim_start_matches('\'').trim_start_matches('@');
        allowed.push(format!("{email}.endsWith('@{domain})"));
    }
    (!allowed.is_empty()).then(|| format!("!({})", allowed.join(" || ")))
}

/// A text of the expression language.
fn quote(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('\'', "\\'");
    format!("'{escaped}'")
}
