//! The actions that the stand-in carries out, as they are read from a policy.

use ngrok_core::definition::Vocabulary;
use regex_lite::Regex;
use serde_json::{Map, Value};

use super::expression::{Expression, Template};
use super::fields::{Fields, number};
use super::limit::RateLimit;
use super::refused::Refused;
use super::webhook::Provider;
use crate::agent::network::Network;

/// What a rule does.
#[derive(Debug)]
pub(super) enum Action {
    BasicAuth {
        credentials: Vec<String>,
        realm: String,
    },
    Deny(u16),
    Close,
    RestrictIps {
        allow: Vec<Network>,
        deny: Vec<Network>,
    },
    CustomResponse {
        status: u16,
        headers: Vec<(String, Template)>,
        body: Template,
    },
    Redirect {
        from: Option<Regex>,
        to: String,
        target: Template,
        status: u16,
        headers: Vec<(String, Template)>,
    },
    AddHeaders(Vec<(String, Template)>),
    RemoveHeaders(Vec<String>),
    RateLimit(RateLimit),
    VerifyWebhook {
        provider: Provider,
        secret: String,
    },
    UserAgent {
        allow: Vec<Regex>,
        deny: Vec<Regex>,
    },
    /// A login at a provider. There is none here, so every visitor is sent there and no one gets in.
    Login(String),
}

/// Where a rule is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Connect,
    Request,
    Response,
}

impl Phase {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Connect => "on_tcp_connect",
            Self::Request => "on_http_request",
            Self::Response => "on_http_response",
        }
    }
}

/// The actions that are carried out.
const CARRIED_OUT: &[&str] = &[
    "add-headers",
    "basic-auth",
    "close-connection",
    "custom-response",
    "deny",
    "oauth",
    "openid-connect",
    "rate-limit",
    "redirect",
    "remove-headers",
    "restrict-ips",
    "verify-webhook",
];

impl Action {
    /// Reads one; `None` for one that is told not to act (`enforce: false`).
    pub(super) fn parse(
        name: &str,
        config: &Map<String, Value>,
        phase: Phase,
    ) -> Result<Option<Self>, Refused> {
        // Three pages of the documentation write it so.
        let name = if name == "oidc" {
            "openid-connect"
        } else {
            name
        };
        let Some(row) = Vocabulary::ngrok().action(name) else {
            let reason = format!("Invalid policy action type '{name}'.");
            return Err(Refused::code(2201, reason));
        };
        if !CARRIED_OUT.contains(&name) {
            return Err(Refused::Here(format!(
                "the loopback agent does not carry out the traffic policy action '{name}'; it carries out {}",
                CARRIED_OUT.join(", ")
            )));
        }
        if !row.phases.contains(&phase.name()) {
            let phase = phase.name();
            return Err(Refused::code(
                2202,
                format!("The policy action '{name}' is not supported in the phase '{phase}'."),
            ));
        }
        let known = |key: &&String| {
            row.required.contains(&key.as_str()) || row.optional.contains(&key.as_str())
        };
        if let Some(key) = config.keys().find(|key| !known(key)) {
            return Err(Refused::code(
                2203,
                format!("The policy action '{name}' does not know the field '{key}'."),
            ));
        }
        let fields = Fields { name, config };
        let enforced = fields.boolean("enforce")?.unwrap_or(true);
        let action = fields.read()?;
        Ok(enforced.then_some(action))
    }

    /// Whether nothing comes after it.
    pub(super) fn ends_the_request(&self) -> bool {
        matches!(
            self,
            Self::Deny(_) | Self::Close | Self::CustomResponse { .. }
        )
    }
}

impl Fields<'_> {
    fn read(&self) -> Result<Action, Refused> {
        match self.name {
            "basic-auth" => {
                let credentials = self.texts("credentials")?;
                if credentials.is_empty() || credentials.len() > 10 {
                    return Err(self.wrong(2218, "needs 1 to 10 'credentials'"));
                }
                for pair in &credentials {
                    let password = pair.split_once(':').map(|(_, password)| password);
                    match password.map(|it| it.chars().count()) {
                        Some(8..=128) => {}
                        Some(0..8) => {
                            return Err(
                                self.wrong(2237, "needs passwords of at least 8 characters")
                            );
                        }
                        Some(_) => {
                            return Err(
                                self.wrong(2221, "takes passwords of at most 128 characters")
                            );
                        }
                        None => {
                            return Err(
                                self.wrong(2204, "needs credentials written as 'user:password'")
                            );
                        }
                    }
                }
                let realm = self
                    .text("realm")?
                    .unwrap_or("ngrok")
                    .replace(['"', '\r', '\n'], "");
                Ok(Action::BasicAuth { credentials, realm })
            }
            "deny" => Ok(Action::Deny(self.status(403, 400..=599)?)),
            "close-connection" => Ok(Action::Close),
            "restrict-ips" => {
                if !self.texts("ip_policies")?.is_empty() {
                    return Err(Refused::Here(
                        "the loopback agent has no account and so no 'ip_policies'; write the networks into 'allow' and 'deny'".to_owned(),
                    ));
                }
                let (allow, deny) = (self.networks("allow")?, self.networks("deny")?);
                if allow.is_empty() && deny.is_empty() {
                    return Err(self.wrong(2234, "needs 'allow' or 'deny'"));
                }
                Ok(Action::RestrictIps { allow, deny })
            }
            "custom-response" => {
                let status = self.status(200, 200..=599)?;
                let body = self.text("body")?.unwrap_or_default();
                if !body.is_empty() && matches!(status, 204 | 304) {
                    return Err(self.wrong(2204, "gives a body to a status that has none"));
                }
                Ok(Action::CustomResponse {
                    status,
                    headers: self.headers()?,
                    body: self.template(body)?,
                })
            }
            "redirect" => {
                let to = self.text("to")?.filter(|to| !to.is_empty());
                let to = to.ok_or_else(|| self.wrong(2234, "needs 'to'"))?;
                let from = self.text("from")?.filter(|from| !from.is_empty());
                let from = from.map(|from| self.pattern(from)).transpose()?;
                let status = self.status(302, 300..=399)?;
                Ok(Action::Redirect {
                    target: self.template(to)?,
                    to: to.to_owned(),
                    from,
                    status,
                    headers: self.headers()?,
                })
            }
            "add-headers" => {
                let headers = self.headers()?;
                if headers.is_empty() {
                    return Err(self.wrong(2234, "needs 'headers'"));
                }
                Ok(Action::AddHeaders(headers))
            }
            "remove-headers" => {
                let names = self.texts("headers")?;
                if names.is_empty() {
                    return Err(self.wrong(2234, "needs 'headers'"));
                }
                names.iter().try_for_each(|name| self.header_name(name))?;
                Ok(Action::RemoveHeaders(names))
            }
            "rate-limit" => self.rate_limit().map(Action::RateLimit),
            "verify-webhook" => {
                let provider = self.text("provider")?.unwrap_or_default();
                let secret = self.text("secret")?.unwrap_or_default();
                Ok(Action::VerifyWebhook {
                    provider: Provider::parse(provider)?,
                    secret: secret.to_owned(),
                })
                .and_then(|action| match secret {
                    "" => Err(self.wrong(2234, "needs a 'secret'")),
                    _ => Ok(action),
                })
            }
            // Logins: `oauth` names a provider, the others an issuer.
            name => {
                let key = if name == "oauth" {
                    "provider"
                } else {
                    "issuer_url"
                };
                let provider = self.text(key)?.filter(|text| !text.is_empty());
                let provider =
                    provider.ok_or_else(|| self.wrong(2234, &format!("needs '{key}'")))?;
                Ok(Action::Login(provider.to_owned()))
            }
        }
    }

    fn rate_limit(&self) -> Result<RateLimit, Refused> {
        match self.text("algorithm")? {
            Some("sliding_window") => {}
            _ => return Err(self.wrong(2222, "needs the 'algorithm' sliding_window")),
        }
        let capacity = self.config.get("capacity").and_then(number);
        let capacity = capacity
            .filter(|it| *it >= 1)
            .ok_or_else(|| self.wrong(2215, "needs a 'capacity' of at least 1"))?;
        let rate = self.text("rate")?.and_then(crate::agent::fields::duration);
        let rate = rate
            .filter(|rate| !rate.is_zero())
            .ok_or_else(|| self.wrong(2204, "needs a 'rate' such as '60s'"))?;
        let keys = self.texts("bucket_key")?;
        if keys.is_empty() || keys.len() > 10 {
            return Err(self.wrong(2218, "needs 1 to 10 entries of 'bucket_key'"));
        }
        let keys = keys
            .iter()
            .map(|key| Expression::parse(key).map_err(|unusable| self.unusable(unusable)));
        Ok(RateLimit::new(
            capacity,
            rate,
            keys.collect::<Result<_, _>>()?,
        ))
    }
}
