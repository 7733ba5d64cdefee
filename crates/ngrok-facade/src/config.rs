//! How a handle finds, starts and talks to its agent.

mod builder;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use ngrok_installer::config::{AgentConfig, WebAddr};
use ngrok_process::{LogLine, Secret};

use crate::{ConfigVersion, Result};

pub use builder::ConfigBuilder;

const DEFAULT_WEB_ADDR: &str = "127.0.0.1:4040";

type Callback = Arc<dyn Fn(&LogLine) + Send + Sync>;

/// Which agent to use and how; everything has a default.
///
/// ```
/// use std::time::Duration;
/// use ngrok_facade::Config;
///
/// # fn main() -> ngrok_facade::Result<()> {
/// let config = Config::builder()
///     .ngrok_path("/opt/ngrok/ngrok")
///     .config_path("/opt/ngrok/ngrok.yml")
///     .startup_timeout(Duration::from_secs(30))
///     .build()?;
/// let patient = config.to_builder().request_timeout(Duration::from_secs(20)).build()?;
/// assert_eq!(patient.ngrok_path(), config.ngrok_path());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Config {
    ngrok_path: PathBuf,
    config_path: Option<PathBuf>,
    auth_token: Option<Secret>,
    api_key: Option<Secret>,
    region: Option<String>,
    monitor_thread: bool,
    log_event_callback: Option<Callback>,
    startup_timeout: Duration,
    max_logs: usize,
    request_timeout: Duration,
    start_new_session: bool,
    config_version: Option<ConfigVersion>,
    download_url: Option<String>,
    verify_binary: bool,
    allow_remote: bool,
}

impl Config {
    /// A builder with the defaults of each setting.
    pub fn builder() -> ConfigBuilder {
        ConfigBuilder::default()
    }

    /// A builder with these settings, to change some of them.
    pub fn to_builder(&self) -> ConfigBuilder {
        ConfigBuilder::from(self)
    }

    /// The agent's binary.
    pub fn ngrok_path(&self) -> &Path {
        &self.ngrok_path
    }

    /// The config file: as set, else the agent's default `ngrok.yml`.
    ///
    /// # Errors
    ///
    /// If it is not set and there is no home directory.
    pub fn config_path(&self) -> Result<PathBuf> {
        match &self.config_path {
            Some(path) => Ok(path.clone()),
            None => Ok(ngrok_installer::config::default_config_path()?),
        }
    }

    /// Where the local API of an agent with this config file is expected: `web_addr` of the file, else
    /// `http://127.0.0.1:4040`. An agent that finds 4040 taken moves on to the next free port, which only
    /// [`Ngrok::api_url`](crate::Ngrok::api_url) of its own handle knows.
    ///
    /// # Errors
    ///
    /// If there is a config file that cannot be read.
    pub fn local_api_url(&self) -> Result<String> {
        Ok(
            match self
                .config_file()?
                .and_then(|file| file.settings().web_addr)
            {
                Some(WebAddr::Address(addr)) => api_url(&addr),
                _ => api_url(DEFAULT_WEB_ADDR),
            },
        )
    }

    /// The config file as it is now, if there is one.
    pub(crate) fn config_file(&self) -> Result<Option<AgentConfig>> {
        let Ok(path) = self.config_path() else {
            return Ok(None);
        };
        match AgentConfig::load(path) {
            Ok(file) => Ok(Some(file)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The config file that was set, which is what the agent is told by `--config`.
    pub fn explicit_config_path(&self) -> Option<&Path> {
        self.config_path.as_deref()
    }

    /// The authtoken to start the agent with, if it is not to be that of the config file.
    pub fn auth_token(&self) -> Option<&Secret> {
        self.auth_token.as_ref()
    }

    /// The key of ngrok's cloud API.
    pub fn api_key(&self) -> Option<&Secret> {
        self.api_key.as_ref()
    }

    /// The region, if ngrok is not to choose.
    pub fn region(&self) -> Option<&str> {
        self.region.as_deref()
    }

    /// Whether the agent's log is kept and handed to the callback after the start.
    pub fn monitor_thread(&self) -> bool {
        self.monitor_thread
    }

    pub(crate) fn log_event_callback(&self) -> Option<&Callback> {
        self.log_event_callback.as_ref()
    }

    /// How long a start may take.
    pub fn startup_timeout(&self) -> Duration {
        self.startup_timeout
    }

    /// How many lines of the agent's log are kept.
    pub fn max_logs(&self) -> usize {
        self.max_logs
    }

    /// How long one call of the agent's local API may take.
    pub fn request_timeout(&self) -> Duration {
        self.request_timeout
    }

    /// Whether the agent gets a session of its own (`setsid`).
    pub fn start_new_session(&self) -> bool {
        self.start_new_session
    }

    /// The agent's major version, which is 3.
    pub fn ngrok_version(&self) -> &'static str {
        "3"
    }

    /// The config version that was set; unset, the config file decides.
    pub fn config_version(&self) -> Option<ConfigVersion> {
        self.config_version
    }

    /// Whether the binary is compared with its receipt before each start.
    pub fn verify_binary(&self) -> bool {
        self.verify_binary
    }

    /// Whether an agent on another machine may be used.
    pub fn allow_remote(&self) -> bool {
        self.allow_remote
    }

    /// Where a missing agent is downloaded, if not from ngrok's stable channel.
    pub fn download_url(&self) -> Option<&str> {
        self.download_url.as_deref()
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("ngrok_path", &self.ngrok_path)
            .field("config_path", &self.config_path)
            .field("auth_token", &self.auth_token)
            .field("api_key", &self.api_key)
            .field("region", &self.region)
            .field("monitor_thread", &self.monitor_thread)
            .field("log_event_callback", &self.log_event_callback.is_some())
            .field("startup_timeout", &self.startup_timeout)
            .field("max_logs", &self.max_logs)
            .field("request_timeout", &self.request_timeout)
            .field("start_new_session", &self.start_new_session)
            .field("config_version", &self.config_version)
            .field("download_url", &self.download_url)
            .field("verify_binary", &self.verify_binary)
            .field("allow_remote", &self.allow_remote)
            .finish()
    }
}

/// The URL to reach a `web_addr` by: one that listens on all addresses is reached on loopback.
fn api_url(web_addr: &str) -> String {
    // A port alone is one of all addresses.
    let (host, port) = web_addr.rsplit_once(':').unwrap_or(("", web_addr));
    let host = match host {
        "" | "0.0.0.0" => "127.0.0.1",
        "[::]" => "[::1]",
        host => host,
    };
    format!("http://{host}:{port}")
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_local_api_is_expected_where_the_file_says() {
        for (web_addr, expected) in [
            (super::DEFAULT_WEB_ADDR, "http://127.0.0.1:4040"),
            ("4141", "http://127.0.0.1:4141"),
            ("127.0.0.1:4141", "http://127.0.0.1:4141"),
            ("0.0.0.0:4141", "http://127.0.0.1:4141"),
            (":4141", "http://127.0.0.1:4141"),
            ("[::]:4141", "http://[::1]:4141"),
            ("localhost:4141", "http://localhost:4141"),
        ] {
            assert_eq!(super::api_url(web_addr), expected);
        }
    }
}
