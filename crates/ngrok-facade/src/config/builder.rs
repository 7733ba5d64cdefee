//! Builds a [`Config`]: what is set, else the environment, else the default.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use ngrok_installer::{Platform, default_ngrok_dir};
use ngrok_process::{LogLine, Secret};

use super::{Callback, Config};
use crate::env::{self, Environment};
use crate::{ConfigVersion, Error, Result};

/// Builds a [`Config`].
#[derive(Clone, Default)]
pub struct ConfigBuilder {
    ngrok_path: Option<PathBuf>,
    config_path: Option<PathBuf>,
    auth_token: Option<Secret>,
    api_key: Option<Secret>,
    region: Option<String>,
    no_monitor_thread: bool,
    log_event_callback: Option<Callback>,
    startup_timeout: Option<Duration>,
    max_logs: Option<usize>,
    request_timeout: Option<Duration>,
    start_new_session: bool,
    ngrok_version: Option<String>,
    config_version: Option<ConfigVersion>,
    download_url: Option<String>,
    verify_binary: bool,
    allow_remote: Option<bool>,
}

impl ConfigBuilder {
    /// The agent's binary, which is installed there if it is missing. Default: `NGROK_PATH`, then
    /// `PYNGROK_NGROK_PATH`, then `ngrok` in the directory of the agent's default config file.
    pub fn ngrok_path(mut self, path: impl Into<PathBuf>) -> Self {
        self.ngrok_path = Some(path.into());
        self
    }

    /// The config file. Default: the agent's own `ngrok.yml`.
    pub fn config_path(mut self, path: impl Into<PathBuf>) -> Self {
        self.config_path = Some(path.into());
        self
    }

    /// The authtoken. Default: `NGROK_AUTHTOKEN`, then the config file. It reaches the agent by its environment or by
    /// a file that only you can read, never by its arguments.
    pub fn auth_token(mut self, token: impl Into<Secret>) -> Self {
        self.auth_token = Some(token.into());
        self
    }

    /// The key of ngrok's cloud API. Default: `NGROK_API_KEY`, then the config file.
    pub fn api_key(mut self, key: impl Into<Secret>) -> Self {
        self.api_key = Some(key.into());
        self
    }

    /// The region. ngrok has deprecated it and chooses the nearest by itself.
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.region = Some(region.into());
        self
    }

    /// Whether the agent's log is kept and handed to the callback after the start. Default: yes. Without it the log is
    /// still read, so that the agent never blocks on a full pipe.
    pub fn monitor_thread(mut self, monitor: bool) -> Self {
        self.no_monitor_thread = !monitor;
        self
    }

    /// Called with every line of the agent's log, on a thread of its own: it may be slow, and may panic.
    pub fn log_event_callback(
        mut self,
        callback: impl Fn(&LogLine) + Send + Sync + 'static,
    ) -> Self {
        self.log_event_callback = Some(Arc::new(callback));
        self
    }

    /// How long a start may take. Default: 15 s.
    pub fn startup_timeout(mut self, timeout: Duration) -> Self {
        self.startup_timeout = Some(timeout);
        self
    }

    /// How many lines of the agent's log are kept. Default: 100.
    pub fn max_logs(mut self, lines: usize) -> Self {
        self.max_logs = Some(lines);
        self
    }

    /// How long one call of the agent's local API may take. Default: 4 s.
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.request_timeout = Some(timeout);
        self
    }

    /// Gives the agent a session of its own, so that what ends your terminal's session does not reach it. Default: no.
    pub fn start_new_session(mut self, start: bool) -> Self {
        self.start_new_session = start;
        self
    }

    /// The agent's major version: `3` or `v3`, the only one supported. Default: that.
    pub fn ngrok_version(mut self, version: impl Into<String>) -> Self {
        self.ngrok_version = Some(version.into());
        self
    }

    /// Whether to open tunnels (2) or endpoints (3). Default: the `version` of the config file if there is one, else 2.
    pub fn config_version(mut self, version: impl Into<Option<ConfigVersion>>) -> Self {
        self.config_version = version.into();
        self
    }

    /// Where a missing agent is downloaded, such as a mirror of your own: https, or a loopback address. Default: ngrok's
    /// stable channel.
    pub fn download_url(mut self, url: impl Into<String>) -> Self {
        self.download_url = Some(url.into());
        self
    }

    /// Compares the binary with the receipt of its install before each start, and refuses one that was changed. It takes the
    /// time to read the binary, some 30 MB. Default: no.
    pub fn verify_binary(mut self, verify: bool) -> Self {
        self.verify_binary = verify;
        self
    }

    /// Whether [`Ngrok::attach`](crate::Ngrok::attach) may use an agent on another machine. The local API of an agent has no
    /// password, and what is sent to it is not encrypted. Default: `NGROK_RS_ALLOW_REMOTE`, else no.
    pub fn allow_remote(mut self, allow: bool) -> Self {
        self.allow_remote = Some(allow);
        self
    }

    /// The config.
    ///
    /// # Errors
    ///
    /// If the agent's version is not supported, or nothing says where the binary is and there is no home directory.
    pub fn build(self) -> Result<Config> {
        self.build_in(&Environment::process())
    }

    pub(crate) fn build_in(self, environment: &Environment) -> Result<Config> {
        if let Some(version) = self.ngrok_version
            && version != "3"
            && version != "v3"
        {
            return Err(Error::NgrokVersion { version });
        }
        let secret =
            |set: Option<Secret>, name| set.or_else(|| environment.text(name).map(Secret::new));
        let ngrok_path = match self.ngrok_path {
            Some(path) => path,
            None => match environment.first(&env::NGROK_PATH) {
                Some(path) => path.into(),
                None => default_binary()?,
            },
        };
        Ok(Config {
            ngrok_path,
            config_path: self.config_path,
            auth_token: secret(self.auth_token, env::AUTHTOKEN),
            api_key: secret(self.api_key, env::API_KEY),
            region: self.region,
            monitor_thread: !self.no_monitor_thread,
            log_event_callback: self.log_event_callback,
            startup_timeout: self.startup_timeout.unwrap_or(Duration::from_secs(15)),
            max_logs: self.max_logs.unwrap_or(100),
            request_timeout: self.request_timeout.unwrap_or(Duration::from_secs(4)),
            start_new_session: self.start_new_session,
            config_version: self.config_version,
            download_url: self.download_url,
            verify_binary: self.verify_binary,
            allow_remote: self
                .allow_remote
                .unwrap_or_else(|| environment.flag(env::ALLOW_REMOTE)),
        })
    }
}

/// Where pyngrok puts the agent, too.
fn default_binary() -> Result<PathBuf> {
    let platform = Platform::current()?;
    let directory = default_ngrok_dir(&ngrok_installer::Environment::process(), platform)?;
    Ok(directory.join(platform.binary_name()))
}

impl From<&Config> for ConfigBuilder {
    fn from(config: &Config) -> Self {
        let Config {
            ngrok_path,
            config_path,
            auth_token,
            api_key,
            region,
            monitor_thread,
            log_event_callback,
            startup_timeout,
            max_logs,
            request_timeout,
            start_new_session,
            config_version,
            download_url,
            verify_binary,
            allow_remote,
        } = config.clone();
        Self {
            ngrok_path: Some(ngrok_path),
            config_path,
            auth_token,
            api_key,
            region,
            no_monitor_thread: !monitor_thread,
            log_event_callback,
            startup_timeout: Some(startup_timeout),
            max_logs: Some(max_logs),
            request_timeout: Some(request_timeout),
            start_new_session,
            ngrok_version: None,
            config_version,
            download_url,
            verify_binary,
            allow_remote: Some(allow_remote),
        }
    }
}

/// Shows what is set, secrets masked.
impl fmt::Debug for ConfigBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConfigBuilder")
            .field("ngrok_path", &self.ngrok_path)
            .field("config_path", &self.config_path)
            .field("auth_token", &self.auth_token)
            .field("api_key", &self.api_key)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn what_is_set_wins_over_the_environment() {
        let environment = Environment::of(&[
            ("PYNGROK_NGROK_PATH", "/pyngrok"),
            ("NGROK_PATH", "/ours"),
            ("NGROK_AUTHTOKEN", " of-environment\r\n"),
            ("NGROK_API_KEY", ""),
        ]);
        let config = Config::builder().build_in(&environment).unwrap();
        assert_eq!(config.ngrok_path(), Path::new("/ours"));
        assert_eq!(
            config.auth_token().map(Secret::expose),
            Some("of-environment")
        );
        assert_eq!(config.api_key(), None, "an empty variable is unset");
        let config = Config::builder()
            .ngrok_path("/set")
            .auth_token("set")
            .build_in(&environment)
            .unwrap();
        assert_eq!(config.ngrok_path(), Path::new("/set"));
        assert_eq!(config.auth_token().map(Secret::expose), Some("set"));
        let theirs = Environment::of(&[("NGROK_PATH", ""), ("PYNGROK_NGROK_PATH", "/pyngrok")]);
        assert_eq!(
            Config::builder().build_in(&theirs).unwrap().ngrok_path(),
            Path::new("/pyngrok")
        );
    }

    #[test]
    fn defaults_are_those_of_pyngrok() {
        let config = Config::builder()
            .ngrok_path("/n")
            .build_in(&Environment::default())
            .unwrap();
        assert!(config.monitor_thread() && !config.start_new_session());
        assert_eq!(config.startup_timeout(), Duration::from_secs(15));
        assert_eq!(config.request_timeout(), Duration::from_secs(4));
        assert_eq!(config.max_logs(), 100);
        assert_eq!(
            (
                config.region(),
                config.config_version(),
                config.ngrok_version()
            ),
            (None, None, "3")
        );
        assert_eq!(config.explicit_config_path(), None);
    }

    #[test]
    fn only_version_3_of_the_agent_is_supported() {
        for (version, supported) in [
            ("3", true),
            ("v3", true),
            ("2", false),
            ("", false),
            ("3.1", false),
        ] {
            let built = Config::builder()
                .ngrok_path("/n")
                .ngrok_version(version)
                .build();
            assert_eq!(built.is_ok(), supported, "{version}");
        }
    }

    #[test]
    fn one_field_is_changed_and_the_others_stay() {
        let config = Config::builder()
            .ngrok_path("/n")
            .config_path("/c.yml")
            .auth_token("t")
            .region("eu")
            .monitor_thread(false)
            .max_logs(7)
            .start_new_session(true)
            .config_version(ConfigVersion::V3)
            .download_url("https://mirror")
            .verify_binary(true)
            .build_in(&Environment::default())
            .unwrap();
        let changed = config
            .to_builder()
            .max_logs(8)
            .build_in(&Environment::default())
            .unwrap();
        assert_eq!(changed.max_logs(), 8);
        assert_eq!(
            format!("{changed:?}").replace("max_logs: 8", "max_logs: 7"),
            format!("{config:?}")
        );
    }

    #[test]
    fn debug_hides_secrets() {
        let builder = Config::builder()
            .ngrok_path("/n")
            .auth_token("planted")
            .api_key("planted");
        let shown = format!("{builder:?}{:?}", builder.clone().build().unwrap());
        assert!(
            shown.contains("***") && !shown.contains("planted"),
            "{shown}"
        );
    }
}
