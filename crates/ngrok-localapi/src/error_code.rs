//! ngrok's error codes, `ERR_NGROK_nnn`, and what is known about the ones that people meet.

mod table;

use std::fmt;
use std::str::FromStr;

use table::{Retry, Row};

const PREFIX: &str = "ERR_NGROK_";

/// One of ngrok's error codes, such as `ERR_NGROK_108`.
///
/// ngrok [documents](https://ngrok.com/docs/errors) more than a thousand of them. Any number is accepted; a class and a hint
/// are known for the ones that users of the agent and of the API meet. The small numbers in the `error_code` of the agent's
/// local API are something else: see [`AgentCode`](crate::AgentCode).
///
/// ```
/// use ngrok_localapi::{ErrorClass, ErrorCode};
///
/// let code = ErrorCode::find("Tunnel session limit reached.\n\nERR_NGROK_324\n").unwrap();
/// assert_eq!(code.number(), 324);
/// assert_eq!(code.class(), ErrorClass::Limit);
/// assert_eq!(code.docs_url(), "https://ngrok.com/docs/errors/err_ngrok_324");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ErrorCode(u32);

/// What kind of trouble an [`ErrorCode`] stands for, and so who can do something about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorClass {
    /// The authtoken or API key is missing, wrong or not allowed here.
    Auth,
    /// The account itself is suspended, banned or not set up yet.
    Account,
    /// The plan does not include what was asked for.
    Plan,
    /// A limit on sessions, endpoints, connections or requests is reached.
    Limit,
    /// The agent is too old.
    Version,
    /// What was asked for is not valid, or names something that does not exist.
    Config,
    /// The local service behind the tunnel did not answer as it should.
    Upstream,
    /// Somebody, perhaps an earlier run, holds the name or URL.
    Conflict,
    /// The endpoint that was called is not online.
    Offline,
    /// The network that the agent or the visitor is in is not let through.
    Network,
    /// ngrok's service failed.
    Server,
    /// Not in the table of this crate.
    Unknown,
}

impl ErrorCode {
    /// The code with this number, in the table or not.
    pub const fn new(number: u32) -> Self {
        Self(number)
    }

    /// The first code in `text`, wherever it stands and in either case.
    pub fn find(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        bytes
            .windows(PREFIX.len())
            .enumerate()
            .filter(|(_, window)| window.eq_ignore_ascii_case(PREFIX.as_bytes()))
            .find_map(|(at, _)| {
                let rest = text.get(at + PREFIX.len()..)?;
                let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
                rest.get(..digits)?.parse().ok().map(Self)
            })
    }

    /// The number: 108 of `ERR_NGROK_108`.
    pub const fn number(self) -> u32 {
        self.0
    }

    /// What kind of trouble it is; [`ErrorClass::Unknown`] for a code that the table does not have.
    pub fn class(self) -> ErrorClass {
        self.row().map_or(ErrorClass::Unknown, |row| row.class)
    }

    /// What it means, in one clause.
    pub fn meaning(self) -> Option<&'static str> {
        self.row().map(|row| row.meaning)
    }

    /// What the reader can do about it.
    pub fn hint(self) -> Option<&'static str> {
        self.row().map(|row| row.hint)
    }

    /// The page of ngrok's documentation about this code.
    pub fn docs_url(self) -> String {
        format!("https://ngrok.com/docs/errors/err_ngrok_{}", self.0)
    }

    /// Whether the same thing tried again after a while can succeed with nothing changed. False for unknown codes.
    pub fn is_retryable(self) -> bool {
        self.row().is_some_and(|row| row.retry == Retry::Later)
    }

    /// Whether trying again is of no use until somebody changes the token, plan, version or configuration. False for unknown codes.
    pub fn is_final(self) -> bool {
        self.row().is_some_and(|row| row.retry == Retry::Never)
    }

    /// Whether ngrok's message repeats the authtoken or API key that it refuses, so that the message must not be shown or stored.
    pub fn echoes_credential(self) -> bool {
        matches!(self.0, 105 | 107 | 202 | 203 | 206 | 207)
    }

    fn row(self) -> Option<&'static Row> {
        let at = table::ROWS
            .binary_search_by_key(&self.0, |row| row.number)
            .ok()?;
        table::ROWS.get(at)
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}", self.0)
    }
}

/// The text is no error code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an error code of ngrok looks like ERR_NGROK_108")]
pub struct ParseErrorCodeError(());

impl FromStr for ErrorCode {
    type Err = ParseErrorCodeError;

    /// Reads `ERR_NGROK_108` in either case, or the bare number.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = match text.get(..PREFIX.len()) {
            Some(start) if start.eq_ignore_ascii_case(PREFIX) => text.get(PREFIX.len()..),
            _ => Some(text),
        };
        digits
            .filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()))
            .and_then(|digits| digits.parse().ok())
            .map(Self)
            .ok_or(ParseErrorCodeError(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_table_is_sorted_and_says_something() {
        assert!(table::ROWS.is_sorted_by(|a, b| a.number < b.number));
        for row in table::ROWS {
            assert!(
                row.meaning.len() > 15 && row.hint.len() > 15,
                "{}",
                row.number
            );
            assert!(
                !row.meaning.ends_with('.') && !row.hint.ends_with('.'),
                "{}",
                row.number
            );
            assert_ne!(row.class, ErrorClass::Unknown, "{}", row.number);
        }
    }

    #[test]
    fn found_anywhere_and_in_either_case() {
        for (text, number) in [
            ("ERR_NGROK_108", Some(108)),
            ("see err_ngrok_4018.", Some(4018)),
            ("ERROR:  ERR_NGROK_107\r\n", Some(107)),
            ("https://ngrok.com/docs/errors/err_ngrok_120", Some(120)),
            ("ERR_NGROK_ and then ERR_NGROK_6024", Some(6024)),
            ("ERR_NGROK_99999999999999999999", None),
            ("ünï ERR_NGROK_334é", Some(334)),
            ("ERR_NGROK", None),
            ("108", None),
            ("", None),
        ] {
            assert_eq!(
                ErrorCode::find(text).map(ErrorCode::number),
                number,
                "{text}"
            );
        }
    }

    #[test]
    fn parsed_strictly() {
        assert_eq!("err_ngrok_8".parse(), Ok(ErrorCode::new(8)));
        assert_eq!("8012".parse(), Ok(ErrorCode::new(8012)));
        for text in [
            "",
            "ERR_NGROK_",
            "ERR_NGROK_+5",
            "-3",
            "ERR_NGROK_10 ",
            "code 8",
        ] {
            assert!(text.parse::<ErrorCode>().is_err(), "{text}");
        }
    }

    #[test]
    fn retryable_and_final_exclude_each_other_and_follow_the_class() {
        for row in table::ROWS {
            let code = ErrorCode::new(row.number);
            assert!(!(code.is_retryable() && code.is_final()), "{code}");
            if matches!(
                row.class,
                ErrorClass::Auth | ErrorClass::Plan | ErrorClass::Version
            ) {
                assert!(code.is_final(), "{code}");
            }
        }
        let unknown = ErrorCode::new(1);
        assert!(!unknown.is_retryable() && !unknown.is_final());
        assert_eq!(unknown.class(), ErrorClass::Unknown);
    }

    #[test]
    fn the_codes_that_echo_a_credential_are_of_class_auth() {
        let echoing: Vec<u32> = (0..10_000)
            .filter(|n| ErrorCode::new(*n).echoes_credential())
            .collect();
        assert_eq!(echoing, [105, 107, 202, 203, 206, 207]);
        assert!(
            echoing
                .iter()
                .all(|n| ErrorCode::new(*n).class() == ErrorClass::Auth)
        );
    }

    proptest! {
        #[test]
        fn what_is_shown_is_found_and_parsed(number: u32, before in "[^Ee]*", after in "[^0-9]?.*") {
            let code = ErrorCode::new(number);
            prop_assert_eq!(code.to_string().parse(), Ok(code));
            let text = format!("{before}{code} {after}");
            prop_assert_eq!(ErrorCode::find(&text), Some(code));
        }
    }
}
