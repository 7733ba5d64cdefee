//! Something wrong with a definition: where, how bad, what, and what to do.

use std::fmt;

/// How bad an [`Issue`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// It works, but is not what it looks like, or ngrok's service may refuse it.
    Warning,
    /// The agent refuses it, ignores it, or opens something else than was meant.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// What kind of thing is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum IssueKind {
    /// No agent knows the key.
    Unknown,
    /// The key is known, but not by this name.
    Renamed,
    /// The key is known, but not here: it is of another place, layout or protocol.
    Misplaced,
    /// This agent is too old for the key, and refuses it.
    TooNew,
    /// This agent is too old for the key, and ignores it.
    Ignored,
    /// As [`IssueKind::Ignored`], and the key keeps people out: the tunnel would be open to everyone.
    GuardIgnored,
    /// Agents report the key and do not take it.
    ReportedOnly,
    /// The value is of another type.
    WrongType,
    /// The value is of the right type and cannot be used.
    WrongValue,
    /// The value was to be replaced before the agent reads it.
    Placeholder,
    /// A key is missing.
    Missing,
    /// Two keys exclude each other.
    Conflict,
    /// A traffic policy is malformed.
    Policy,
    /// The agent takes it, but it is not what it looks like.
    Odd,
}

/// Something wrong with a definition.
///
/// `Display` is `MESSAGE; REMEDY`. Neither part holds a value, only keys and the names of definitions. A remedy never takes
/// a guard away.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Issue {
    /// The keys, and the indices of lists, that lead to it from the definition.
    pub path: Vec<String>,
    /// What kind of thing it is.
    pub kind: IssueKind,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, in one clause.
    pub message: String,
    /// What to do about it.
    pub remedy: String,
}

impl Issue {
    /// Makes an error.
    pub fn error(
        kind: IssueKind,
        path: &[&str],
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            path: path.iter().map(|key| (*key).to_owned()).collect(),
            kind,
            severity: Severity::Error,
            message: message.into(),
            remedy: remedy.into(),
        }
    }

    /// Makes a warning.
    pub fn warning(
        kind: IssueKind,
        path: &[&str],
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(kind, path, message, remedy)
        }
    }
}

impl fmt::Display for Issue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.message, self.remedy)
    }
}

/// Returns a name out of a file in backticks, unless it is long enough to be a token that was written in the wrong place.
pub fn quoted(name: &str) -> String {
    if name.chars().count() > 40 || name.contains(['\n', '\r']) {
        return "(a long name)".into();
    }
    format!("`{name}`")
}
