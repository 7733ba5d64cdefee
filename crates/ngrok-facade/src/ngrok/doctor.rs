//! Looks for what keeps a tunnel from working.

use std::time::{Duration, SystemTime};

use ngrok_core::AgentVersion;
use ngrok_core::definition::is_placeholder;
use ngrok_installer::config::{Check, Severity as ProblemSeverity};
use ngrok_localapi::Client;

use super::Ngrok;
use crate::Config;
use crate::env::{Environment, PROXIES};
use crate::finding::{Finding, FindingCode};
use crate::support::{Support, support};

/// How long another agent may take to answer; one on this machine needs a millisecond.
const PATIENCE: Duration = Duration::from_millis(500);

impl Ngrok {
    /// Looks whether an agent is installed and supported, the config file is valid, a token is set, another agent runs, and
    /// the environment names a proxy. It starts, installs and changes nothing.
    ///
    /// The file is judged for the agent that is installed, or for the newest if none is: what that agent would refuse is an
    /// error. There is a [`Finding`] for each of them, also where all is well. [`preflight`](crate::preflight) looks at an upstream.
    pub fn doctor(&self) -> Vec<Finding> {
        self.doctor_in(&Environment::process(), SystemTime::now())
    }

    fn doctor_in(&self, environment: &Environment, now: SystemTime) -> Vec<Finding> {
        let config = self.config();
        let (agent, version) = agent(config, now);
        let mut findings = vec![agent];
        findings.extend(config_file(config, version));
        findings.push(self.authtoken());
        findings.extend(self.other_agent());
        findings.extend(proxy(environment));
        findings
    }

    fn authtoken(&self) -> Finding {
        let ok = || Finding::ok(FindingCode::AuthtokenOk, "an authtoken is set");
        let missing = |message: &str| {
            Finding::error(
                FindingCode::AuthtokenMissing,
                message,
                "get one at https://dashboard.ngrok.com/get-started/your-authtoken and save it: ngrok-rs config set-authtoken",
            )
        };
        if self.config().auth_token().is_some() {
            return ok();
        }
        let file = match self.config().config_file() {
            Ok(file) => file,
            Err(_) => {
                return Finding::warning(
                    FindingCode::AuthtokenUnknown,
                    "whether an authtoken is set is not known, since the config file cannot be read",
                    "make the config file readable",
                );
            }
        };
        match file.and_then(|file| file.authtoken()) {
            Some(token) if is_placeholder(token.expose()) => {
                missing("the authtoken in the config file waits to be filled in")
            }
            Some(_) => ok(),
            None => missing("no authtoken is set, in the environment or in the config file"),
        }
    }

    /// Another agent where ours would listen.
    fn other_agent(&self) -> Option<Finding> {
        let expected = self.config().local_api_url().ok()?;
        if self.running_api_url().as_deref() == Some(expected.as_str()) {
            return None;
        }
        let client = Client::builder(&expected).deadline(PATIENCE).build().ok()?;
        match client.tunnels().list() {
            Ok(_) => {}
            Err(error) if error.is_not_an_agent() => {
                return Some(Finding::warning(
                    FindingCode::NotAnAgent,
                    format!("what answers at {expected} is not an ngrok agent"),
                    "stop that program, or set `web_addr` in the config file to another port",
                ));
            }
            Err(_) => return None,
        }
        Some(Finding::warning(
            FindingCode::OtherAgent,
            format!("an agent runs already, at {expected}"),
            "end it if it is not yours to keep, or if your plan allows one session only (ERR_NGROK_108)",
        ))
    }
}

/// What is found about the agent, and its version if it is known.
fn agent(config: &Config, now: SystemTime) -> (Finding, Option<AgentVersion>) {
    let path = config.ngrok_path();
    if std::fs::symlink_metadata(path).is_err() {
        let missing = Finding::warning(
            FindingCode::AgentMissing,
            format!("no agent is installed at {}", path.display()),
            "install it: ngrok-rs install; the first tunnel does so by itself",
        );
        return (missing, None);
    }
    let version = match ngrok_process::version(path) {
        Ok(version) => version,
        Err(error) => {
            let broken = Finding::error(
                FindingCode::AgentBroken,
                format!("the agent at {} cannot be run: {error}", path.display()),
                "install it again: ngrok-rs install --force",
            );
            return (broken, None);
        }
    };
    let old =
        |what: String| Finding::warning(FindingCode::AgentOld, what, "update it: ngrok-rs update");
    let finding = match support(&version, now) {
        Support::Supported => Finding::ok(
            FindingCode::AgentOk,
            format!("agent {version} at {}", path.display()),
        ),
        Support::Ends(days) => old(format!("support of agent {version} ends in {days} days")),
        Support::Ended => Finding::error(
            FindingCode::AgentOld,
            format!("agent {version} is not supported any more"),
            "update it: ngrok-rs update",
        ),
    };
    (finding, version.parse().ok())
}

fn config_file(config: &Config, agent: Option<AgentVersion>) -> Vec<Finding> {
    let path = match config.config_path() {
        Ok(path) => path,
        Err(error) => {
            let remedy = "set HOME, or name a config file";
            return vec![Finding::warning(
                FindingCode::ConfigInvalid,
                error.to_string(),
                remedy,
            )];
        }
    };
    let check = Check::new().agent(agent.unwrap_or(AgentVersion::NEWEST));
    let problems = match check.file(&path) {
        Ok(problems) => problems,
        Err(error) if error.is_not_found() => {
            return vec![Finding::ok(
                FindingCode::ConfigOk,
                format!("no config file at {}", path.display()),
            )];
        }
        Err(error) => {
            let remedy = "make it a file that you can read";
            return vec![Finding::error(
                FindingCode::ConfigInvalid,
                error.to_string(),
                remedy,
            )];
        }
    };
    if problems.is_empty() {
        return vec![Finding::ok(
            FindingCode::ConfigOk,
            format!("{} is valid", path.display()),
        )];
    }
    let found = problems.iter().map(|problem| {
        let message = format!(
            "{}:{}: {}",
            path.display(),
            problem.line(),
            problem.message()
        );
        match problem.severity() {
            ProblemSeverity::Error => {
                Finding::error(FindingCode::ConfigInvalid, message, problem.remedy())
            }
            ProblemSeverity::Warning => {
                Finding::warning(FindingCode::ConfigInvalid, message, problem.remedy())
            }
        }
    });
    found.collect()
}

fn proxy(environment: &Environment) -> Option<Finding> {
    let name = PROXIES
        .iter()
        .find(|name| environment.first(&[name]).is_some())?;
    Some(Finding::warning(
        FindingCode::ProxySet,
        format!(
            "{name} is set, so the agent dials through that proxy, which needs a paid plan (ERR_NGROK_9009)"
        ),
        format!("unset {name} for the agent unless you mean it"),
    ))
}
