//! What a look at the machine turned up: a code for programs, a sentence and a remedy for people.

use std::fmt;

use serde::Serialize;

/// One thing that [`preflight`](crate::preflight) or [`doctor`](crate::Ngrok::doctor) found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// What it is.
    pub code: FindingCode,
    /// How bad it is.
    pub severity: Severity,
    /// One sentence about it.
    pub message: String,
    /// What to do about it; empty if nothing needs to be done.
    pub remedy: String,
}

/// How bad a [`Finding`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Severity {
    /// As it should be.
    Ok,
    /// It may be in the way.
    Warning,
    /// It is in the way.
    Error,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// What a [`Finding`] is about; `Display` and JSON give it as text, such as `upstream-closed`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum FindingCode {
            $($(#[$doc])* $name,)*
        }

        impl FindingCode {
            /// The code as text.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

codes! {
    /// The address cannot be read.
    AddressInvalid = "address-invalid",
    /// The name of the upstream's host does not resolve.
    UpstreamUnknownHost = "upstream-unknown-host",
    /// Nothing listens there.
    UpstreamClosed = "upstream-closed",
    /// It listens on the other IP version only.
    UpstreamOtherIpVersion = "upstream-other-ip-version",
    /// It speaks TLS, but the address says http.
    UpstreamSpeaksTls = "upstream-speaks-tls",
    /// The address says https, but it does not speak TLS.
    UpstreamNotTls = "upstream-not-tls",
    /// No tunnel or endpoint of the config file has the name that was given.
    DefinitionMissing = "definition-missing",
    /// The directory to serve is not there.
    DirectoryMissing = "directory-missing",
    /// The upstream answers.
    UpstreamOk = "upstream-ok",
    /// No agent is installed.
    AgentMissing = "agent-missing",
    /// The agent's binary cannot run.
    AgentBroken = "agent-broken",
    /// The agent's version is not supported any more, or not for much longer.
    AgentOld = "agent-old",
    /// The agent runs and is supported.
    AgentOk = "agent-ok",
    /// No authtoken is set.
    AuthtokenMissing = "authtoken-missing",
    /// Whether an authtoken is set is not known.
    AuthtokenUnknown = "authtoken-unknown",
    /// An authtoken is set.
    AuthtokenOk = "authtoken-ok",
    /// The config file cannot be used.
    ConfigInvalid = "config-invalid",
    /// The config file can be used, or there is none.
    ConfigOk = "config-ok",
    /// Another agent runs on this machine.
    OtherAgent = "other-agent",
    /// The environment makes the agent dial through a proxy.
    ProxySet = "proxy-set",
    /// Another program listens where the agent's local API is expected.
    NotAnAgent = "not-an-agent",
    /// The name of ngrok's ingress does not resolve.
    NetworkUnknownHost = "network-unknown-host",
    /// ngrok's ingress does not answer.
    NetworkBlocked = "network-blocked",
    /// What answers for ngrok's ingress does not speak TLS.
    NetworkNotTls = "network-not-tls",
    /// ngrok's ingress answers.
    NetworkOk = "network-ok",
}

impl fmt::Display for FindingCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for FindingCode {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl Finding {
    pub(crate) fn ok(code: FindingCode, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Ok,
            message: message.into(),
            remedy: String::new(),
        }
    }

    pub(crate) fn warning(
        code: FindingCode,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            code,
            severity: Severity::Warning,
            message: message.into(),
            remedy: remedy.into(),
        }
    }

    pub(crate) fn error(
        code: FindingCode,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            code,
            severity: Severity::Error,
            message: message.into(),
            remedy: remedy.into(),
        }
    }
}

/// The sentence, and the remedy if there is one.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if self.remedy.is_empty() {
            Ok(())
        } else {
            write!(f, "; {}", self.remedy)
        }
    }
}
