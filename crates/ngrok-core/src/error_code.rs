//! ngrok's error codes, `ERR_NGROK_nnn`, and what is known about them.

mod table;
#[cfg(test)]
mod tests;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use table::{Retry, Row};

use crate::ParseError;

const PREFIX: &str = "ERR_NGROK_";

/// The longest word that is taken for a code: longer text is a message.
const LONGEST_WORD: usize = 96;

/// One of ngrok's error codes, such as `ERR_NGROK_108`.
///
/// ngrok [documents](https://ngrok.com/docs/errors) them. Any number is accepted; class, meaning and hint are known for those
/// that users of the agent and of the cloud API meet. Newer codes of the cloud API are words, such as
/// `ERR_NGROK_SHIP_EARLY_ACCESS_NOT_ALLOWED` or `invalid_cel_expression`. The small numbers in the `error_code` of the
/// agent's local API are something else.
///
/// ```
/// use ngrok_core::{ErrorClass, ErrorCode};
///
/// let code = ErrorCode::find("Tunnel session limit reached.\n\nERR_NGROK_324\n").unwrap();
/// assert_eq!(code.number(), Some(324));
/// assert_eq!(code.class(), ErrorClass::Limit);
/// assert_eq!(code.docs_url(), "https://ngrok.com/docs/errors/err_ngrok_324");
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ErrorCode(Form);

#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Form {
    Number(u32),
    /// As it was sent.
    Word(Box<str>),
}

/// What kind of failure an [`ErrorCode`] stands for, and so who can do something about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ErrorClass {
    /// The authtoken or API key is missing, wrong or not allowed here.
    Auth,
    /// The account itself is missing, suspended, banned or not set up yet.
    Account,
    /// The plan does not include what was asked for.
    Plan,
    /// A limit on sessions, endpoints, connections, requests or objects is reached.
    Limit,
    /// The agent is too old.
    Version,
    /// What was asked for is not valid, or names something that does not exist.
    Config,
    /// A traffic policy, a rule on addresses or the like refuses or is not valid.
    Policy,
    /// The local service behind the endpoint did not answer as it should.
    Upstream,
    /// Another endpoint or object, perhaps of an earlier run, has the name or URL, or still uses what is to go.
    Conflict,
    /// The endpoint that was called is not online.
    Offline,
    /// The network between the parts fails or refuses.
    Network,
    /// ngrok's service failed.
    Server,
    /// The table does not have the code.
    Unknown,
}

/// A secret that ngrok's message repeats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Echoed {
    /// The authtoken.
    Authtoken,
    /// The key of the cloud API.
    ApiKey,
    /// The id of a key of the cloud API.
    ApiKeyId,
    /// The value of the header `Authorization`.
    AuthorizationHeader,
    /// The value of another header, which may hold a credential.
    HeaderValue,
}

impl ErrorCode {
    /// Returns the code with this number, in the table or not.
    pub const fn new(number: u32) -> Self {
        Self(Form::Number(number))
    }

    /// Returns the first code in `text`, wherever it is and in either case: a number or, failing that, a word in capitals.
    pub fn find(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let mut tails = bytes
            .windows(PREFIX.len())
            .enumerate()
            .filter(|(_, window)| window.eq_ignore_ascii_case(PREFIX.as_bytes()))
            .filter_map(|(at, _)| text.get(at + PREFIX.len()..));
        tails.clone().find_map(number).or_else(|| {
            tails.find_map(|tail| {
                let end = tail
                    .bytes()
                    .take_while(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_')
                    .count();
                let word = tail.get(..end)?.trim_end_matches('_');
                let is_word = word.starts_with(|c: char| c.is_ascii_uppercase())
                    && word.len() <= LONGEST_WORD;
                is_word.then(|| Self(Form::Word(format!("{PREFIX}{word}").into())))
            })
        })
    }

    /// Returns the number: 108 of `ERR_NGROK_108`; `None` of a code that is a word.
    pub const fn number(&self) -> Option<u32> {
        match &self.0 {
            Form::Number(number) => Some(*number),
            Form::Word(_) => None,
        }
    }

    /// Returns what kind of failure it is; [`ErrorClass::Unknown`] for a code that the table does not have.
    pub fn class(&self) -> ErrorClass {
        self.row().map_or(ErrorClass::Unknown, |row| row.class)
    }

    /// Returns what it means, in one clause.
    pub fn meaning(&self) -> Option<&'static str> {
        self.row().map(|row| row.meaning)
    }

    /// Returns what the reader can do about it.
    pub fn hint(&self) -> Option<&'static str> {
        self.row().map(|row| row.hint)
    }

    /// Returns the address of ngrok's page about this code.
    pub fn docs_url(&self) -> String {
        match &self.0 {
            Form::Number(number) => format!("https://ngrok.com/docs/errors/err_ngrok_{number}"),
            Form::Word(_) => "https://ngrok.com/docs/errors".to_owned(),
        }
    }

    /// Returns whether the same thing tried again after a while can succeed with nothing changed. False for unknown codes.
    pub fn is_retryable(&self) -> bool {
        self.row().is_some_and(|row| row.retry == Retry::Later)
    }

    /// Returns whether trying again is of no use until a person changes the token, plan, version or configuration. False
    /// for unknown codes.
    pub fn is_final(&self) -> bool {
        self.row().is_some_and(|row| row.retry == Retry::Never)
    }

    /// Returns whether it can succeed once the program has given something up, such as another endpoint.
    pub fn is_after_change(&self) -> bool {
        self.row()
            .is_some_and(|row| row.retry == Retry::AfterChange)
    }

    /// Returns the secrets that ngrok's message repeats, so that it must be masked before it is shown or stored.
    pub fn echoes(&self) -> &'static [Echoed] {
        self.row().map_or(&[], |row| row.echoes)
    }

    /// Returns whether ngrok's message repeats a credential.
    pub fn echoes_credential(&self) -> bool {
        self.echoes()
            .iter()
            .any(|secret| *secret != Echoed::HeaderValue)
    }

    /// Returns every code of the table, in no order that means something.
    pub fn all() -> impl Iterator<Item = Self> {
        table::FILES
            .into_iter()
            .flatten()
            .map(|row| Self::new(row.number))
    }

    fn row(&self) -> Option<&'static Row> {
        table::find(self.number()?)
    }
}

/// The number at the start of `tail`, which follows the prefix.
fn number(tail: &str) -> Option<ErrorCode> {
    let digits = tail.bytes().take_while(u8::is_ascii_digit).count();
    tail.get(..digits)?.parse().ok().map(ErrorCode::new)
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Form::Number(number) => write!(f, "{PREFIX}{number}"),
            Form::Word(word) => f.write_str(word),
        }
    }
}

impl fmt::Debug for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Reads `ERR_NGROK_108` in either case, `108`, or a word of letters, digits and underscores.
impl FromStr for ErrorCode {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let refuse = || {
            ParseError::new(format!(
                "{text:?} is not an error code; one looks like ERR_NGROK_108"
            ))
        };
        let tail = match text.get(..PREFIX.len()) {
            Some(head) if head.eq_ignore_ascii_case(PREFIX) => {
                text.get(PREFIX.len()..).unwrap_or_default()
            }
            _ => text,
        };
        if tail.is_empty() || text.len() > LONGEST_WORD {
            return Err(refuse());
        }
        if tail.bytes().all(|b| b.is_ascii_digit()) {
            return tail.parse().map(Self::new).map_err(|_| refuse());
        }
        let is_word = tail.starts_with(|c: char| c.is_ascii_alphabetic())
            && tail.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if is_word {
            Ok(Self(Form::Word(text.into())))
        } else {
            Err(refuse())
        }
    }
}

impl Serialize for ErrorCode {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ErrorCode {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
