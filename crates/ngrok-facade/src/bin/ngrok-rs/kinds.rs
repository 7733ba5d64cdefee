//! The word in the `kind` of a JSON error: what a script can do about it.

use ngrok_facade::Error;
use ngrok_facade::installer::ErrorKind as InstallKind;
use ngrok_facade::localapi::{ErrorClass, ErrorKind as ApiKind};
use ngrok_facade::process::ErrorKind as AgentKind;

/// Returns the word for an error of the library.
pub(crate) fn of(error: &Error) -> &'static str {
    let kind = match error {
        Error::Agent(error) => of_agent(error.kind()),
        Error::Api(error) if error.is_not_an_agent() => Some("not-an-agent"),
        Error::Api(error) if error.kind() == ApiKind::Transport => Some("no-agent"),
        Error::Api(error) => error.error_code().and_then(|code| of_class(code.class())),
        Error::Install(error) => of_install(error.kind()),
        _ => None,
    };
    kind.unwrap_or(error.kind().as_str())
}

fn of_agent(kind: AgentKind) -> Option<&'static str> {
    Some(match kind {
        AgentKind::Auth => "auth",
        AgentKind::Account => "account",
        AgentKind::Policy => "policy",
        AgentKind::Plan => "plan",
        AgentKind::Limit => "limit",
        AgentKind::Version => "version",
        AgentKind::Config => "config",
        AgentKind::Conflict => "conflict",
        AgentKind::PortInUse => "port-in-use",
        AgentKind::NoSession => "network",
        AgentKind::Timeout => "timeout",
        AgentKind::NotFound
        | AgentKind::NotExecutable
        | AgentKind::WrongArchitecture
        | AgentKind::BinaryGone => "binary",
        _ => return None,
    })
}

fn of_class(class: ErrorClass) -> Option<&'static str> {
    Some(match class {
        ErrorClass::Auth => "auth",
        ErrorClass::Account => "account",
        ErrorClass::Policy => "policy",
        ErrorClass::Plan => "plan",
        ErrorClass::Limit => "limit",
        ErrorClass::Version => "version",
        ErrorClass::Config => "config",
        ErrorClass::Conflict => "conflict",
        ErrorClass::Network => "network",
        _ => return None,
    })
}

fn of_install(kind: InstallKind) -> Option<&'static str> {
    Some(match kind {
        InstallKind::ConfigSyntax | InstallKind::ConfigInvalid | InstallKind::ConfigEdit => {
            "config"
        }
        InstallKind::Transport => "network",
        _ => return None,
    })
}
