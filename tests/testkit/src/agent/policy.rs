//! Who may pass, and what becomes of a request on the way: traffic policies, and the options of tunnels that mean the same.

mod action;
mod expression;
mod facts;
mod fields;
mod limit;
mod options;
mod parse;
mod refused;
mod run;
mod webhook;

use serde_json::{Map, Value};

use self::action::{Action, Phase};
use self::expression::Expression;
pub(crate) use self::facts::Facts;
pub(crate) use self::refused::Refused;
pub(crate) use self::run::Verdict;
use super::target::Kind;

/// The rules of a tunnel, by phase.
#[derive(Debug, Default)]
pub(crate) struct Policy {
    connect: Vec<Rule>,
    request: Vec<Rule>,
    response: Vec<Rule>,
}

#[derive(Debug)]
struct Rule {
    /// All have to hold.
    conditions: Vec<Expression>,
    actions: Vec<Action>,
}

impl Policy {
    /// Reads the options of a tunnel and the text of its traffic policy. Whatever cannot be carried out is refused.
    pub(crate) fn new(
        options: &Map<String, Value>,
        text: Option<&str>,
        kind: Kind,
    ) -> Result<Self, Refused> {
        let mut policy = Self::default();
        options::add(&mut policy, options, kind)?;
        if let Some(text) = text {
            parse::add(&mut policy, text, kind)?;
        }
        Ok(policy)
    }

    fn rules_mut(&mut self, phase: Phase) -> &mut Vec<Rule> {
        match phase {
            Phase::Connect => &mut self.connect,
            Phase::Request => &mut self.request,
            Phase::Response => &mut self.response,
        }
    }

    /// Whether the whole body of a request has to be there before it is known what becomes of it.
    pub(crate) fn needs_body(&self) -> bool {
        let mut actions = self.request.iter().flat_map(|rule| &rule.actions);
        actions.any(|action| matches!(action, Action::VerifyWebhook { .. }))
    }

    /// Whether anything is done to responses.
    pub(crate) fn sees_responses(&self) -> bool {
        !self.response.is_empty()
    }
}

/// Headers that say where a message ends. A policy that changed them would break the connection.
const FRAMING: &[&str] = &[
    "connection",
    "content-length",
    "keep-alive",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Whether a text can be the name of a header that is added or removed.
fn is_header_name(name: &str) -> bool {
    if FRAMING.iter().any(|it| it.eq_ignore_ascii_case(name)) {
        return false;
    }
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !name.is_empty() && name.bytes().all(token)
}

#[cfg(test)]
mod tests;
