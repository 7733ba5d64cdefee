//! Commands whose outcome we can judge by what they print.

use std::path::Path;
use std::time::Duration;

use ngrok_core::mask::Redactor;

use super::{OneShot, Output};
use crate::error::Detail;
use crate::failure::AgentFailure;
use crate::{AgentOptions, ErrorKind, Result, Secret};

/// An update downloads some ten megabytes.
const UPDATE_TIMEOUT: Duration = Duration::from_secs(300);

/// The version of the agent, such as `3.39.9`.
///
/// # Errors
///
/// If the binary cannot be run, or prints no version.
pub fn version(binary: impl AsRef<Path>) -> Result<String> {
    let output = OneShot::new(binary.as_ref())
        .args(["version"])
        .capture("ngrok version")?;
    let mut words = output.stdout.lines().filter_map(|line| {
        let version = line.trim().strip_prefix("ngrok version ")?;
        version
            .starts_with(|c: char| c.is_ascii_digit())
            .then(|| version.to_owned())
    });
    match words.next_back() {
        Some(version) => Ok(version),
        None => Err(unexpected("ngrok version", &output)),
    }
}

/// Lets the agent update itself, within five minutes. Returns what it said.
///
/// # Errors
///
/// If the binary cannot be run, or the update failed.
pub fn update(binary: impl AsRef<Path>) -> Result<String> {
    OneShot::new(binary.as_ref())
        .args(["update"])
        .timeout(UPDATE_TIMEOUT)
        .capture("ngrok update")
        .map(|output| output.text())
}

/// Writes the authtoken to the agent's configuration file by the agent's own `config add-authtoken`: to the last one of
/// the options, else to the agent's default file.
///
/// **The token is on the command line while that runs, where other users of the machine can read it**, and the agent may
/// drop comments from the file. The functions of `ngrok-facade` edit the file instead.
///
/// # Errors
///
/// If the binary cannot be run, or the agent does not confirm that it saved the token. The error never holds the token.
pub fn set_auth_token(options: &AgentOptions, token: &Secret) -> Result<()> {
    save(options, "add-authtoken", token)
}

/// Writes the API key to the agent's configuration file by the agent's own `config add-api-key`, as [`set_auth_token`]
/// does with the authtoken.
///
/// # Errors
///
/// As [`set_auth_token`].
pub fn set_api_key(options: &AgentOptions, key: &Secret) -> Result<()> {
    save(options, "add-api-key", key)
}

fn save(options: &AgentOptions, command: &str, secret: &Secret) -> Result<()> {
    let what = format!("ngrok config {command}");
    let options = options.to_builder().redact(secret.clone()).build();
    let mut shot = OneShot::of(&options).args(["config", command, secret.expose()]);
    if let Some(path) = options.config_paths().last() {
        shot = shot.args(["--config".as_ref(), path.as_os_str()]);
    }
    let output = shot.capture(&what)?;
    if output.text().contains("saved to configuration file") {
        Ok(())
    } else {
        Err(unexpected(&what, &output))
    }
}

/// A command that says it succeeded, but not with what it should print.
fn unexpected(what: &str, output: &Output) -> crate::Error {
    let failure =
        AgentFailure::of_command(what, output.status, output.text(), &Redactor::default());
    Detail::Agent(AgentFailure {
        kind: ErrorKind::UnexpectedOutput,
        what: format!("{what} printed something unexpected"),
        ..failure
    })
    .into()
}
