//! An answer that refuses: what the agent says about it, and which kind it is.

use std::fmt;

use serde::Deserialize;
use serde_json::Value;
use ureq::http::HeaderMap;

use super::ErrorKind;
use crate::ErrorCode;

/// The number in `error_code` of the local API, such as 102 for a bad definition.
///
/// These small numbers clash with those of [`ErrorCode`] (`ERR_NGROK_102` is a suspended account), hence a type of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AgentCode(u32);

impl AgentCode {
    /// No tunnel has this name.
    pub const NO_SUCH_TUNNEL: Self = Self(100);
    /// The definition of the tunnel is not valid.
    pub const BAD_CONFIG: Self = Self(102);
    /// ngrok's service, or the session with it, refused to start the tunnel.
    pub const START_FAILED: Self = Self(103);
    /// There is no session with ngrok's service yet.
    pub const NOT_READY: Self = Self(104);
    /// No captured request has this id.
    pub const NO_SUCH_REQUEST: Self = Self(106);
    /// The agent failed inside.
    pub const INTERNAL: Self = Self(107);

    /// The number as the agent sent it.
    pub const fn number(self) -> u32 {
        self.0
    }
}

impl fmt::Display for AgentCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "agent code {}", self.0)
    }
}

/// What agents say when the session ends in the middle of a call.
const LOST_SESSION: [&str; 4] = [
    "session closed",
    "remote gone away",
    "broken pipe",
    "connection reset",
];

/// An answer outside 200–299.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(super) status: u16,
    pub(super) agent_code: Option<AgentCode>,
    pub(super) error_code: Option<ErrorCode>,
    pub(super) message: Option<String>,
    pub(super) details: Value,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
    /// A way out that the status alone does not tell.
    hint: Option<&'static str>,
}

/// The agent's error object. The cloud API's has the same fields, but its code is a text.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Wire {
    error_code: Value,
    msg: Value,
    details: Value,
}

impl Fault {
    pub(crate) fn new(path: &str, status: u16, headers: &HeaderMap, body: Vec<u8>) -> Self {
        let wire: Wire = serde_json::from_slice(&body).unwrap_or_default();
        let agent_code = wire.error_code.as_u64();
        let message = match wire.msg.as_str() {
            Some(text) => text.to_owned(),
            None => plain_text(&body),
        };
        let cause = wire.details.get("err").and_then(Value::as_str);
        let error_code = [wire.error_code.as_str(), cause, Some(&message)]
            .into_iter()
            .find_map(|text| ErrorCode::find(text?));
        let mut fault = Self {
            status,
            agent_code: agent_code
                .and_then(|n| u32::try_from(n).ok())
                .map(AgentCode),
            error_code,
            message: Some(message).filter(|text| !text.is_empty()),
            details: wire.details,
            headers: headers
                .iter()
                .map(|(name, value)| {
                    let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
                    (name.as_str().to_owned(), value)
                })
                .collect(),
            body,
            hint: None,
        };
        fault.hint = fault.find_hint(path);
        fault.mask_credential();
        fault
    }

    /// The agent's own 404, for a path that it does not serve; one for a missing thing has a code.
    pub(super) fn is_unknown_path(&self) -> bool {
        self.status == 404 && self.agent_code.is_none() && self.details.get("path").is_some()
    }

    fn find_hint(&self, path: &str) -> Option<&'static str> {
        match self.status {
            404 if self.is_unknown_path() && path.starts_with("/api/endpoints") => {
                Some("this agent is older than 3.30, which brought endpoints: update it")
            }
            404 if self.is_unknown_path() && path == "/api/status" => {
                Some("this agent is older than version 3, which brought the status: update it")
            }
            401 if path.starts_with("/api") => {
                Some("the agent takes calls under its own address only, see `web_allow_hosts`")
            }
            300..=399 => Some("redirects are not followed: call the address it points to"),
            _ => None,
        }
    }

    /// What the agent names as the cause, inside its message.
    fn cause(&self) -> Option<&str> {
        self.details.get("err")?.as_str()
    }

    /// The options of a definition that the agent does not know, as its parser names them.
    pub(super) fn unknown_options(&self) -> Vec<&str> {
        let cause = self.cause().unwrap_or_default();
        let mut found: Vec<&str> = cause
            .split("field ")
            .skip(1)
            .filter_map(|rest| Some(rest.split_once(" not found in type ")?.0))
            .filter(|key| !key.is_empty() && !key.contains(char::is_whitespace))
            .collect();
        found.dedup();
        found
    }

    /// Some refusals repeat the credential: then our own words take the place of all the service's words.
    fn mask_credential(&mut self) {
        if let Some(code) = self
            .error_code
            .as_ref()
            .filter(|code| code.echoes_credential())
        {
            self.message = code.meaning().map(str::to_owned);
            self.details = serde_json::json!({ "err": code.to_string() });
            self.body = Vec::new();
        }
    }

    pub(super) fn kind(&self) -> ErrorKind {
        let says = |phrases: &[&str]| {
            let text = [self.cause(), self.message.as_deref()];
            let text = text.into_iter().flatten().map(str::to_ascii_lowercase);
            text.into_iter()
                .any(|text| phrases.iter().any(|phrase| text.contains(phrase)))
        };
        match (self.status, self.agent_code) {
            (404, _) => ErrorKind::NotFound,
            (503, _) | (_, Some(AgentCode::NOT_READY)) => ErrorKind::NotReady,
            (500..=599, _) if says(&LOST_SESSION) => ErrorKind::SessionClosed,
            (409, _) => ErrorKind::AlreadyExists,
            (400..=599, _) if says(&["already exists", "already bound", "already online"]) => {
                ErrorKind::AlreadyExists
            }
            (_, Some(AgentCode::BAD_CONFIG)) | (400 | 422, None) => ErrorKind::BadConfig,
            _ => ErrorKind::Http,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "was refused with {}", self.status)?;
        let cause = self
            .cause()
            .filter(|cause| self.message.as_deref() != Some(cause));
        let unknown = self.unknown_options();
        if !unknown.is_empty() {
            let them: Vec<String> = unknown.iter().map(|key| format!("`{key}`")).collect();
            return write!(
                f,
                ": this agent does not know {}: check the spelling, leave it out, or update the agent",
                them.join(", ")
            );
        }
        for text in self.message.as_deref().into_iter().chain(cause) {
            write!(f, ": {}", one_line(text))?;
        }
        if let Some(hint) = self
            .hint
            .or(self.error_code.as_ref().and_then(ErrorCode::hint))
        {
            write!(f, "; {hint}")?;
        }
        Ok(())
    }
}

/// The beginning of a body that is not the error object, such as the page of a proxy.
fn plain_text(body: &[u8]) -> String {
    let start = body.get(..200).unwrap_or(body);
    let text = String::from_utf8_lossy(start);
    one_line(text.trim_end_matches('\u{fffd}'))
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_body_makes_one_line(status in 300_u16..600, body: Vec<u8>) {
            let fault = Fault::new("/api/tunnels", status, &HeaderMap::new(), body.clone());
            let _ = fault.kind();
            prop_assert_eq!(fault.to_string().lines().count(), 1);
            prop_assert_eq!(fault.body, body);
        }

        #[test]
        fn any_object_makes_one_line(code: i64, msg: String, err in ".*") {
            let body = serde_json::json!({ "error_code": code, "msg": msg, "details": { "err": err } });
            let fault = Fault::new("/api/tunnels", 502, &HeaderMap::new(), body.to_string().into_bytes());
            prop_assert_eq!(fault.to_string().lines().count(), 1);
            prop_assert_eq!(fault.message.unwrap_or_default(), msg);
        }
    }
}
