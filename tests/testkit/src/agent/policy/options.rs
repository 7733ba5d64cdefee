//! The options of a tunnel that mean the same as an action of a policy.

use regex_lite::Regex;
use serde_json::{Map, Value};

use super::action::{Action, Phase};
use super::expression::Template;
use super::refused::Refused;
use super::webhook::Provider;
use super::{Policy, Rule, is_header_name};
use crate::agent::fields::strings;
use crate::agent::network::Network;
use crate::agent::target::Kind;

/// Options that the stand-in does not carry out. Each would be a tunnel that is not what a test believes it to be.
const NOT_HERE: &[&str] = &["traffic_policy_url", "labels"];

/// Reads the options of a tunnel into rules. What comes first in a request comes first here.
pub(super) fn add(
    policy: &mut Policy,
    fields: &Map<String, Value>,
    kind: Kind,
) -> Result<(), Refused> {
    let given = |key: &str| fields.get(key).filter(|value| !is_empty(value));
    if let Some(key) = NOT_HERE.iter().find(|key| given(key).is_some()) {
        return Err(Refused::not_here(key));
    }
    if kind == Kind::Http && given("mutual_tls_cas").is_some() {
        return Err(Refused::not_here("mutual_tls_cas"));
    }
    for key in ["compression", "websocket_tcp_converter"] {
        if given(key) == Some(&Value::Bool(true)) {
            return Err(Refused::not_here(key));
        }
    }
    for key in ["upstream_protocol", "app_protocol"] {
        match given(key).and_then(Value::as_str) {
            None | Some("http1") => {}
            Some("http2") => return Err(Refused::not_here(&format!("{key}: http2"))),
            Some(other) => {
                return Err(Refused::code(
                    2222,
                    format!("'{other}' is not a value of {key}."),
                ));
            }
        }
    }
    if let Some(threshold) = given("circuit_breaker") {
        let in_range = threshold
            .as_f64()
            .is_some_and(|it| (0.0..=1.0).contains(&it));
        return Err(if in_range {
            Refused::not_here("circuit_breaker")
        } else {
            Refused::code(
                361,
                "The circuit breaker threshold must be between 0 and 1.",
            )
        });
    }
    if let Some(restriction) = given("ip_restriction") {
        let phase = match kind {
            Kind::Http => Phase::Request,
            Kind::Tcp | Kind::Tls => Phase::Connect,
        };
        policy.push(phase, ip_restriction(restriction)?);
    }
    if let Some(pairs) = given("basic_auth") {
        policy.push(Phase::Request, basic_auth(&strings(Some(pairs)))?);
    }
    if let Some(filter) = given("user_agent_filter") {
        policy.push(Phase::Request, user_agent_filter(filter)?);
    }
    if let Some(oauth) = given("oauth") {
        policy.push(Phase::Request, oauth_login(oauth)?);
    }
    if let Some(oidc) = given("oidc") {
        let issuer = text(oidc, "issuer_url");
        if issuer.is_empty() {
            return Err(Refused::code(
                387,
                "You must specify the URL of the OpenID Connect issuer.",
            ));
        }
        policy.push(Phase::Request, Action::Login(issuer.to_owned()));
    }
    if let Some(webhook) = given("verify_webhook") {
        let provider = Provider::parse(text(webhook, "provider"))?;
        let secret = text(webhook, "secret");
        if secret.is_empty() {
            return Err(Refused::code(2032, "This webhook provider needs a secret."));
        }
        policy.push(
            Phase::Request,
            Action::VerifyWebhook {
                provider,
                secret: secret.to_owned(),
            },
        );
    }
    for (key, phase, code) in [
        ("request_header", Phase::Request, 370),
        ("response_header", Phase::Response, 371),
    ] {
        let Some(edits) = given(key) else { continue };
        let removed = strings(edits.get("remove"));
        if !removed.is_empty() {
            removed.iter().try_for_each(|name| header_name(name))?;
            policy.push(phase, Action::RemoveHeaders(removed));
        }
        let added = strings(edits.get("add"));
        if !added.is_empty() {
            let headers = added
                .iter()
                .map(|line| header(line, code))
                .collect::<Result<_, _>>()?;
            policy.push(phase, Action::AddHeaders(headers));
        }
    }
    Ok(())
}

impl Policy {
    fn push(&mut self, phase: Phase, action: Action) {
        self.rules_mut(phase).push(Rule {
            conditions: Vec::new(),
            actions: vec![action],
        });
    }
}

/// An option that is there and says nothing is as one that is not there.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

fn text<'a>(fields: &'a Value, key: &str) -> &'a str {
    fields.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn basic_auth(pairs: &[String]) -> Result<Action, Refused> {
    for pair in pairs {
        let (user, password) = pair.split_once(':').unwrap_or((pair, ""));
        if user.is_empty() {
            return Err(Refused::code(
                359,
                "The basic auth username must not be empty.",
            ));
        }
        if !(8..=128).contains(&password.chars().count()) {
            return Err(Refused::code(
                360,
                "The basic auth password must be at least 8 characters and at most 128 characters.",
            ));
        }
    }
    Ok(Action::BasicAuth {
        credentials: pairs.to_vec(),
        realm: "ngrok".to_owned(),
    })
}

fn ip_restriction(fields: &Value) -> Result<Action, Refused> {
    let networks = |key: &str| -> Result<Vec<Network>, Refused> {
        let texts = strings(fields.get(key));
        let networks = texts.iter().map(|text| {
            Network::parse(text).ok_or_else(|| {
                Refused::code(
                    362,
                    format!("The IP restriction '{text}' is not a valid CIDR."),
                )
            })
        });
        networks.collect()
    };
    let (allow, deny) = (networks("allow_cidrs")?, networks("deny_cidrs")?);
    if allow.is_empty() {
        return Err(Refused::code(
            393,
            "An IP restriction without allowed CIDRs would deny all traffic.",
        ));
    }
    Ok(Action::RestrictIps { allow, deny })
}

fn user_agent_filter(fields: &Value) -> Result<Action, Refused> {
    let patterns = |key: &str| -> Result<Vec<Regex>, Refused> {
        let texts = strings(fields.get(key));
        let patterns = texts.iter().map(|text| {
            Regex::new(text)
                .map_err(|_| Refused::code(2261, format!("'{text}' is not a regular expression.")))
        });
        patterns.collect()
    };
    Ok(Action::UserAgent {
        allow: patterns("allow")?,
        deny: patterns("deny")?,
    })
}

fn oauth_login(fields: &Value) -> Result<Action, Refused> {
    let provider = text(fields, "provider");
    let (id, secret) = (text(fields, "client_id"), text(fields, "client_secret"));
    let own = |text: &str| !text.is_empty();
    match provider {
        "" => Err(Refused::code(363, "You must specify an OAuth provider.")),
        _ if own(id) && !own(secret) => Err(Refused::code(
            383,
            "An OAuth client id needs its client secret.",
        )),
        _ if own(secret) && !own(id) => Err(Refused::code(
            384,
            "An OAuth client secret needs its client id.",
        )),
        _ if !own(id) && !strings(fields.get("scopes")).is_empty() => Err(Refused::code(
            390,
            "OAuth scopes need an OAuth application of your own.",
        )),
        provider => Ok(Action::Login(provider.to_owned())),
    }
}

fn header(line: &str, code: u16) -> Result<(String, Template), Refused> {
    let (name, value) = line.split_once(':').ok_or_else(|| {
        Refused::code(
            code,
            format!("The header '{line}' must be written as name:value."),
        )
    })?;
    header_name(name.trim())?;
    if value.contains(['\r', '\n', '\0']) {
        return Err(Refused::code(
            374,
            format!("The value of the header '{name}' is not allowed."),
        ));
    }
    Ok((name.trim().to_owned(), Template::literal(value.trim())))
}

fn header_name(name: &str) -> Result<(), Refused> {
    if is_header_name(name) {
        Ok(())
    } else {
        Err(Refused::code(
            372,
            format!("'{name}' cannot be the name of a header."),
        ))
    }
}
