//! How an agent is to be started, as a value.

mod builder;

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use ngrok_core::mask::secrets_of_url;
use ngrok_core::variables::PROXIES;
use ngrok_core::{ParseError, check_authtoken};

use crate::error::Detail;
use crate::{AgentEvent, LogLine, Result, Secret, env};

pub use builder::AgentOptionsBuilder;

/// The variable from which an agent of version 3 reads its authtoken.
pub(crate) const AUTHTOKEN: &str = "NGROK_AUTHTOKEN";
/// The variable from which `ngrok api` reads its key.
pub(crate) const API_KEY: &str = "NGROK_API_KEY";

pub(crate) type LogCallback = Arc<dyn Fn(&LogLine) + Send + Sync>;
pub(crate) type EventCallback = Arc<dyn Fn(&AgentEvent) + Send + Sync>;

/// How the authtoken reaches the agent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AuthtokenVia {
    /// In the variable `NGROK_AUTHTOKEN`, which agents of version 3 read. Other users of the machine do not see it.
    #[default]
    Environment,
    /// In a file that only this user can read, given as the last `--config`, so that it wins over the token of the files
    /// before it. It is removed when the agent ends, and stays behind if this program is ended first. An agent that is told of one file reads no default one: give the
    /// usual file by [`AgentOptionsBuilder::config_path`] too.
    Overlay,
    /// On the command line, where **every user of the machine can read it**. Agents of version 2 know no other way but
    /// the file.
    Argument,
}

/// How much the agent logs. Less than `info` is not on offer, since the agent's start is read from its log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LogLevel {
    /// What a start and a watch need.
    #[default]
    Info,
    /// Every frame of the session too.
    Debug,
}

/// How to start an agent: made by [`AgentOptions::builder`], read by [`Agent::start`](crate::Agent::start).
///
/// ```
/// use std::time::Duration;
/// use ngrok_process::AgentOptions;
///
/// let options = AgentOptions::builder("/usr/local/bin/ngrok")
///     .config_path("/etc/ngrok.yml")
///     .authtoken("2abc_example")
///     .startup_timeout(Duration::from_secs(30))
///     .build();
/// assert!(!format!("{options:?}").contains("2abc_example"));
/// ```
#[derive(Clone)]
pub struct AgentOptions {
    pub(crate) binary: PathBuf,
    pub(crate) config_paths: Vec<PathBuf>,
    pub(crate) authtoken: Option<Secret>,
    pub(crate) authtoken_via: AuthtokenVia,
    pub(crate) api_key: Option<Secret>,
    pub(crate) web_addr: Option<String>,
    pub(crate) overlay_version: u8,
    pub(crate) region: Option<String>,
    pub(crate) extra_args: Vec<OsString>,
    pub(crate) env: Vec<(OsString, OsString)>,
    pub(crate) clear_proxy_env: bool,
    pub(crate) current_dir: Option<PathBuf>,
    pub(crate) log_level: LogLevel,
    pub(crate) startup_timeout: Duration,
    pub(crate) request_timeout: Duration,
    pub(crate) stop_grace: Duration,
    pub(crate) web_service_only: bool,
    pub(crate) max_logs: usize,
    pub(crate) monitor_thread: bool,
    pub(crate) log_event_callback: Option<LogCallback>,
    pub(crate) event_callback: Option<EventCallback>,
    pub(crate) start_new_session: bool,
    pub(crate) detached_log: Option<PathBuf>,
    pub(crate) secrets: Vec<Secret>,
    /// The overlay turns the agent's console off.
    pub(crate) console_ui_off: bool,
    /// Where a configuration file turns the web service off.
    pub(crate) web_service_off: Option<String>,
    /// Where the overlay goes.
    pub(crate) overlay_dir: Option<PathBuf>,
    /// What a configuration file holds, and where.
    pub(crate) file_authtoken: Option<(Secret, String)>,
    /// What the agent inherits; known once it is about to be started.
    pub(crate) inherited_authtoken: Option<Secret>,
}

impl AgentOptions {
    /// Options for the agent binary at this path, everything else at its default. A relative path counts from the
    /// working directory of now; a bare name is a file there, not one of `PATH`.
    pub fn builder(binary: impl AsRef<Path>) -> AgentOptionsBuilder {
        AgentOptionsBuilder::new(env::absolute(binary.as_ref()))
    }

    /// These options, to be changed.
    pub fn to_builder(&self) -> AgentOptionsBuilder {
        AgentOptionsBuilder::from(self.clone())
    }

    /// The agent binary.
    pub fn binary(&self) -> &Path {
        &self.binary
    }

    /// The configuration files, in the order in which the agent merges them.
    pub fn config_paths(&self) -> &[PathBuf] {
        &self.config_paths
    }

    /// The whole start must be done within this time.
    pub fn startup_timeout(&self) -> Duration {
        self.startup_timeout
    }

    /// One call of the local API must be done within this time.
    pub fn request_timeout(&self) -> Duration {
        self.request_timeout
    }

    /// Whether the agent outlives this program.
    pub fn is_detached(&self) -> bool {
        self.detached_log.is_some()
    }

    /// The authtoken that the agent gets from us, by whatever way.
    pub(crate) fn given_authtoken(&self) -> Option<Secret> {
        let set = || self.secret_env().find(|(name, _)| *name == AUTHTOKEN);
        let by_env = || set().map(|(_, secret)| secret);
        self.authtoken.clone().or_else(by_env)
    }

    /// These options with an authtoken of the environment, which is passed on without the white space around it.
    pub(crate) fn with_inherited(mut self, token: Option<Secret>) -> Self {
        let Some(token) = token.filter(|_| self.given_authtoken().is_none()) else {
            return self;
        };
        let trimmed = token.expose().trim();
        if trimmed != token.expose() {
            self.env.push((AUTHTOKEN.into(), trimmed.into()));
        }
        self.inherited_authtoken = Some(Secret::new(trimmed));
        self
    }

    /// Refuses what cannot work, before anything is started.
    ///
    /// # Errors
    ///
    /// [`Auth`](crate::ErrorKind::Auth) if a value cannot be an authtoken: a port, a placeholder, text in quotes.
    /// [`Config`](crate::ErrorKind::Config) if a configuration file turns the agent's web service off, without which it cannot
    /// be told what to do.
    pub fn check(&self) -> Result<()> {
        if let (Some(place), None) = (&self.web_service_off, &self.web_addr) {
            return Err(Detail::NoWebService(place.clone()).into());
        }
        let given = self.given_authtoken().map(|token| (None, token));
        let inherited = || {
            let token = self.inherited_authtoken.clone()?;
            (!token.is_empty()).then(|| (Some(AUTHTOKEN.to_owned()), token))
        };
        let of_file = || {
            let (token, place) = self.file_authtoken.clone()?;
            (!token.is_empty()).then_some((Some(place), token))
        };
        let Some((place, token)) = given.or_else(inherited).or_else(of_file) else {
            return Ok(());
        };
        let is_api_key = self.api_key.as_ref().is_some_and(|key| *key == token);
        let checked = if is_api_key {
            Err(ParseError::new(
                "what is given as authtoken is the API key; copy the authtoken from https://dashboard.ngrok.com/get-started/your-authtoken",
            ))
        } else {
            check_authtoken(token.expose())
        };
        checked.map_err(|error| Detail::NoAuthtoken(place, error).into())
    }

    /// All that must never be shown.
    pub(crate) fn all_secrets(&self) -> Vec<Secret> {
        let by_env = self.secret_env().map(|(_, secret)| secret);
        let given = self
            .secrets
            .iter()
            .chain(&self.authtoken)
            .chain(&self.api_key)
            .chain(self.file_authtoken.as_ref().map(|(token, _)| token));
        let is_proxy = |name: &OsString| PROXIES.iter().any(|proxy| name == proxy);
        let proxies = self.env.iter().filter(|(name, _)| is_proxy(name));
        let in_proxies = proxies
            .filter_map(|(_, url)| url.to_str())
            .flat_map(secrets_of_url);
        given.cloned().chain(by_env).chain(in_proxies).collect()
    }

    /// The variables set by the caller that hold a secret.
    fn secret_env(&self) -> impl Iterator<Item = (&str, Secret)> {
        self.env.iter().filter_map(|(name, value)| {
            let name = name
                .to_str()
                .filter(|name| [AUTHTOKEN, API_KEY].contains(name))?;
            Some((name, Secret::new(value.to_str()?)))
        })
    }
}

impl fmt::Debug for AgentOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Extra arguments and the values of variables are the caller's and may be secret.
        let names: Vec<_> = self.env.iter().map(|(name, _)| name).collect();
        f.debug_struct("AgentOptions")
            .field("binary", &self.binary)
            .field("config_paths", &self.config_paths)
            .field("authtoken", &self.authtoken)
            .field("authtoken_via", &self.authtoken_via)
            .field("api_key", &self.api_key)
            .field("web_addr", &self.web_addr)
            .field("region", &self.region)
            .field("extra_args", &self.extra_args.len())
            .field("env", &names)
            .field("clear_proxy_env", &self.clear_proxy_env)
            .field("current_dir", &self.current_dir)
            .field("log_level", &self.log_level)
            .field("startup_timeout", &self.startup_timeout)
            .field("request_timeout", &self.request_timeout)
            .field("stop_grace", &self.stop_grace)
            .field("web_service_only", &self.web_service_only)
            .field("max_logs", &self.max_logs)
            .field("monitor_thread", &self.monitor_thread)
            .field("start_new_session", &self.start_new_session)
            .field("detached_log", &self.detached_log)
            .finish_non_exhaustive()
    }
}
