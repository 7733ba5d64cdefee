//! Why a policy or an option is not taken.

use crate::agent::engine::Refusal;
use crate::agent::refusal;

/// A refusal before anything is opened.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// ngrok's service would refuse it, with a code.
    Service { code: u16, reason: String },
    /// ngrok takes it, and the stand-in cannot carry it out.
    Here(String),
}

impl Refused {
    pub(crate) fn code(code: u16, reason: impl Into<String>) -> Self {
        Self::Service {
            code,
            reason: reason.into(),
        }
    }

    /// What the key of a tunnel does is not done here.
    pub(crate) fn not_here(key: &str) -> Self {
        Self::Here(format!(
            "the loopback agent does not carry out '{key}'; leave it out"
        ))
    }
}

impl From<Refused> for Refusal {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Service { code, reason } => {
                Self::Failed(refusal::of_option(&reason, &code.to_string()))
            }
            Refused::Here(reason) => Self::Invalid(reason),
        }
    }
}
