//! Rules at work.

use std::time::Instant;

use super::action::{Action, Phase};
use super::expression::Template;
use super::{Facts, Policy, Rule};
use crate::agent::forward::pages;
use crate::agent::forward::rewrite::is_authorized;
use crate::agent::forward::wire::Head;

/// What becomes of a connection, a request or a response.
#[derive(Debug)]
pub(crate) enum Verdict {
    Pass,
    /// This is answered in its place.
    Answer(Box<(Head, Vec<u8>)>),
    /// The connection is closed without an answer.
    Close,
}

impl Verdict {
    fn answer(answer: (Head, Vec<u8>)) -> Self {
        Self::Answer(Box::new(answer))
    }
}

impl Policy {
    /// Decides about a connection, before a byte of it is read.
    pub(crate) fn connect(&self, facts: &Facts<'_>) -> Verdict {
        run(&self.connect, Phase::Connect, facts, &mut None, &[])
    }

    /// Decides about a request, and edits its headers. `body` is empty unless it was asked for.
    pub(crate) fn request(&self, facts: &Facts<'_>, request: &mut Head, body: &[u8]) -> Verdict {
        run(
            &self.request,
            Phase::Request,
            facts,
            &mut Some(request),
            body,
        )
    }

    /// Decides about a response, and edits its headers.
    pub(crate) fn response(&self, facts: &Facts<'_>, response: &mut Head) -> Verdict {
        run(
            &self.response,
            Phase::Response,
            facts,
            &mut Some(response),
            &[],
        )
    }
}

/// Runs rules in their order, up to the first that ends the matter. `edited` is the head that actions change.
fn run(
    rules: &[Rule],
    phase: Phase,
    facts: &Facts<'_>,
    edited: &mut Option<&mut Head>,
    body: &[u8],
) -> Verdict {
    for rule in rules {
        // Expressions see what earlier actions have made of the head.
        let now = edited.as_deref().cloned();
        let facts = match phase {
            Phase::Connect => *facts,
            Phase::Request => Facts {
                request: now.as_ref(),
                ..*facts
            },
            Phase::Response => Facts {
                response: now.as_ref(),
                ..*facts
            },
        };
        let holds = rule.conditions.iter().try_fold(true, |all, condition| {
            Ok::<bool, String>(all && condition.holds(&facts)?)
        });
        match holds {
            Ok(false) => continue,
            Ok(true) => {}
            Err(reason) => return failed(phase, 2253, &reason),
        }
        for action in &rule.actions {
            match apply(action, phase, &facts, edited, body) {
                Ok(Verdict::Pass) => {}
                Ok(verdict) => return verdict,
                Err(reason) => return failed(phase, 3900, &reason),
            }
        }
    }
    Verdict::Pass
}

/// An expression that fails when it runs lets nothing pass.
fn failed(phase: Phase, code: u16, reason: &str) -> Verdict {
    match phase {
        Phase::Connect => Verdict::Close,
        Phase::Request | Phase::Response => {
            let text = format!("An expression of the traffic policy failed: {reason}.");
            Verdict::answer(pages::error(500, "Internal Server Error", code, &text))
        }
    }
}

fn apply(
    action: &Action,
    phase: Phase,
    facts: &Facts<'_>,
    edited: &mut Option<&mut Head>,
    body: &[u8],
) -> Result<Verdict, String> {
    Ok(match action {
        Action::BasicAuth { credentials, realm } => {
            let authorized = facts
                .request
                .is_some_and(|it| is_authorized(it, credentials));
            if authorized {
                Verdict::Pass
            } else {
                Verdict::answer(pages::unauthorized(realm))
            }
        }
        Action::Deny(_) if phase == Phase::Connect => Verdict::Close,
        Action::Deny(status) => Verdict::answer(pages::own(*status, &[], b"")),
        Action::Close => Verdict::Close,
        Action::RestrictIps { allow, deny } => {
            let ip = facts.peer.ip();
            let inside = |networks: &[crate::agent::network::Network]| {
                networks.iter().any(|it| it.contains(ip))
            };
            let passes = !inside(deny) && (allow.is_empty() || inside(allow));
            match phase {
                _ if passes => Verdict::Pass,
                Phase::Connect => Verdict::Close,
                Phase::Request | Phase::Response => {
                    let text =
                        format!("The IP address {ip} is not allowed to reach this endpoint.");
                    Verdict::answer(pages::error(403, "Forbidden", 3203, &text))
                }
            }
        }
        Action::CustomResponse {
            status,
            headers,
            body,
        } => {
            let filled = filled(headers, facts)?;
            Verdict::answer(pages::own(*status, &filled, body.text(facts)?.as_bytes()))
        }
        Action::Redirect {
            from,
            to,
            target,
            status,
            headers,
        } => {
            let location = match from {
                None => target.text(facts)?,
                Some(from) => {
                    let url = facts.url();
                    if !from.is_match(&url) {
                        return Ok(Verdict::Pass);
                    }
                    from.replace(&url, to.as_str()).into_owned()
                }
            };
            let mut all = vec![("Location".to_owned(), one_line(&location))];
            all.extend(filled(headers, facts)?);
            Verdict::answer(pages::own(*status, &all, b""))
        }
        Action::AddHeaders(headers) => {
            for (name, value) in filled(headers, facts)? {
                if let Some(head) = edited {
                    // There is one host, so it is replaced.
                    if name.eq_ignore_ascii_case("host") {
                        head.set(&name, &value);
                    } else {
                        head.add(&name, &value);
                    }
                }
            }
            Verdict::Pass
        }
        Action::RemoveHeaders(names) => {
            if let Some(head) = edited {
                names.iter().for_each(|name| head.remove(name));
            }
            Verdict::Pass
        }
        Action::RateLimit(limit) => match limit.wait(facts, Instant::now())? {
            None => Verdict::Pass,
            Some(wait) => {
                let seconds = wait.as_secs_f64().ceil().to_string();
                let after = [("Retry-After".to_owned(), seconds)];
                Verdict::answer(pages::own(429, &after, b"Too Many Requests\n"))
            }
        },
        Action::VerifyWebhook { provider, secret } => {
            let verified = facts
                .request
                .is_some_and(|it| provider.verifies(it, body, secret));
            if verified {
                Verdict::Pass
            } else {
                let text = "The webhook is not signed as its provider signs it.";
                Verdict::answer(pages::error(403, "Forbidden", 3204, text))
            }
        }
        Action::UserAgent { allow, deny } => {
            let agent = facts
                .request
                .and_then(|it| it.get("user-agent"))
                .unwrap_or_default();
            let allowed = allow.iter().any(|it| it.is_match(agent));
            let denied = deny.iter().any(|it| it.is_match(agent));
            if allowed || (!denied && allow.is_empty()) {
                Verdict::Pass
            } else {
                let text = "The endpoint does not take requests of this user agent.";
                Verdict::answer(pages::error(403, "Forbidden", 3211, text))
            }
        }
        Action::Login(provider) => {
            let location = (
                "Location".to_owned(),
                format!("https://idp.ngrok.com/login?provider={provider}")
                    .replace(['\r', '\n', ' '], ""),
            );
            Verdict::answer(pages::own(302, &[location], b""))
        }
    })
}

/// Headers with their templates filled in. What a visitor sent cannot begin another header.
fn filled(
    headers: &[(String, Template)],
    facts: &Facts<'_>,
) -> Result<Vec<(String, String)>, String> {
    let filled = headers.iter().map(|(name, value)| {
        let value = one_line(&value.text(facts)?);
        Ok((name.clone(), value))
    });
    filled.collect()
}

fn one_line(text: &str) -> String {
    text.replace(['\r', '\n', '\0'], " ")
}
