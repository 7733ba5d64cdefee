//! An authtoken or API key from a person, from stdin or from the environment, but never from the arguments.

use std::io::{self, IsTerminal};

use ngrok_facade::{Config, Ngrok, Secret};

use crate::exit::{Failure, Outcome};
use crate::input;
use crate::prompt::{self, LONGEST};

/// Which secret.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Authtoken,
    ApiKey,
}

impl Kind {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Authtoken => "authtoken",
            Self::ApiKey => "API key",
        }
    }

    const fn variable(self) -> &'static str {
        match self {
            Self::Authtoken => "NGROK_AUTHTOKEN",
            Self::ApiKey => "NGROK_API_KEY",
        }
    }

    const fn page(self) -> &'static str {
        match self {
            Self::Authtoken => "https://dashboard.ngrok.com/get-started/your-authtoken",
            Self::ApiKey => "https://dashboard.ngrok.com/api-keys",
        }
    }

    fn of_environment(self, config: &Config) -> Option<Secret> {
        match self {
            Self::Authtoken => config.auth_token().cloned(),
            Self::ApiKey => config.api_key().cloned(),
        }
    }

    /// Writes it to the config file.
    pub(super) fn save(self, ngrok: &Ngrok, secret: Secret) -> Outcome {
        match self {
            Self::Authtoken => ngrok.set_auth_token(secret)?,
            Self::ApiKey => ngrok.set_api_key(secret)?,
        }
        Ok(())
    }

    /// Asks a person at the terminal.
    pub(super) fn ask(self, hint: &str) -> Outcome<String> {
        // The terminal is in raw mode by then, so a line ends with a return as well.
        prompt::secret(&format!(
            "Your {name} is at {page}\r\nThe {name}{hint}, not shown as you type:",
            name = self.name(),
            page = self.page(),
        ))
    }
}

/// Returns the secret: from stdin if something is piped in, else from the environment, else from the person at the terminal.
pub(super) fn read(config: &Config, kind: Kind) -> Outcome<Secret> {
    let of_environment = kind.of_environment(config);
    let given = if io::stdin().is_terminal() {
        if let Some(secret) = of_environment {
            return Ok(secret);
        }
        kind.ask("")?
    } else {
        piped(kind)?
    };
    match (checked(&given, kind)?, of_environment) {
        (Some(secret), _) => Ok(secret),
        // Stdin was empty, as where a script or a service runs without one.
        (None, Some(secret)) => Ok(secret),
        (None, None) => Err(Failure::Usage(format!(
            "no {} is given: write it to stdin, set {}, or run the command at a terminal",
            kind.name(),
            kind.variable()
        ))),
    }
}

/// Returns what is piped in; empty if nothing is.
pub(super) fn piped(kind: Kind) -> Outcome<String> {
    let limit = u64::try_from(LONGEST).unwrap_or(u64::MAX).saturating_add(1);
    let text = input::stdin(limit).map_err(|error| {
        Failure::Io(format!("cannot read the {} from stdin", kind.name()), error)
    })?;
    if text.len() > LONGEST {
        return Err(Failure::Usage(format!(
            "stdin holds more than {LONGEST} bytes, which no {} has",
            kind.name()
        )));
    }
    Ok(text)
}

/// Returns the secret in a text: one line of visible ASCII, as ngrok makes them. `None` if there is no text.
pub(super) fn checked(text: &str, kind: Kind) -> Outcome<Option<Secret>> {
    let text = text.trim_start_matches('\u{feff}').trim();
    let name = kind.name();
    let wrong = |why: String| Err(Failure::Usage(why));
    if text.is_empty() {
        return Ok(None);
    }
    if text.lines().count() > 1 {
        return wrong(format!(
            "the {name} has more than one line; give the {name} alone"
        ));
    }
    // The whole command, as ngrok's dashboard shows it for copying.
    if text.contains(char::is_whitespace) {
        return wrong(format!(
            "the {name} contains white space; give the {name} alone"
        ));
    }
    if !text.chars().all(|c| c.is_ascii_graphic()) {
        return wrong(format!("the {name} contains characters that no {name} has"));
    }
    if text.chars().any(|c| "\"'`<>\\".contains(c)) {
        return wrong(format!(
            "the {name} contains quotes or other characters that no {name} has"
        ));
    }
    Ok(Some(Secret::new(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_a_secret_is_refused_without_repeating_it() {
        for text in [
            "two words",
            "a\nb",
            "t\u{f6}ken",
            "\"quoted\"",
            "<YOUR_AUTHTOKEN>",
            "a\u{7}b",
            "$(x)`",
        ] {
            let Err(Failure::Usage(why)) = checked(text, Kind::Authtoken) else {
                panic!("{text} was taken");
            };
            assert!(!why.contains(text), "{why}");
        }
    }

    #[test]
    fn what_editors_add_is_dropped() {
        for text in ["2abc_DEF-1", "\u{feff}2abc_DEF-1\r\n", "  2abc_DEF-1\n\n"] {
            let secret = checked(text, Kind::ApiKey).unwrap().unwrap();
            assert_eq!(secret.expose(), "2abc_DEF-1");
        }
        assert!(checked("\u{feff}\r\n", Kind::ApiKey).unwrap().is_none());
    }
}
