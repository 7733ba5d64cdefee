//! From nothing to a running agent: install, config file, options.

use std::path::Path;
use std::sync::Arc;

use ngrok_installer::config::AgentConfig;
use ngrok_installer::{Installer, Source, check_place, config, verify_installed};
use ngrok_process::{Agent, AgentOptions, AuthtokenVia, Secret};

use super::{Event, Ngrok};
use crate::{Config, ConfigVersion, Result};

impl Ngrok {
    /// Installs the agent if there is no binary, and writes a default config file if there is none.
    ///
    /// A binary that is there is left alone, whatever its state: the start of it tells what is wrong.
    ///
    /// # Errors
    ///
    /// [`Error::Install`](crate::Error::Install).
    pub fn install(&self) -> Result<()> {
        let config = self.config();
        if std::fs::symlink_metadata(config.ngrok_path()).is_err() {
            let source = config
                .download_url()
                .map_or_else(Source::stable, Source::url);
            Installer::builder()
                .path(config.ngrok_path())
                .source(source)
                .build()?
                .install()?;
        }
        self.install_default_config()
    }

    fn install_default_config(&self) -> Result<()> {
        let config = self.config();
        let version = config.config_version().unwrap_or_default();
        let write = |path: &std::path::Path| match std::fs::symlink_metadata(path) {
            Ok(_) => Ok(()),
            Err(_) => config::install_default_config(path, &serde_json::Value::Null, version),
        };
        match config.explicit_config_path() {
            Some(path) => Ok(write(path)?),
            None => {
                // The agent runs without a file; a home that is missing or cannot be written to is no reason to stop.
                if let Ok(path) = config.config_path() {
                    let _ = write(&path);
                }
                Ok(())
            }
        }
    }

    /// Refuses what cannot work, before anything is downloaded or started.
    pub(super) fn check_start(&self, file: Option<&AgentConfig>) -> Result<()> {
        Ok(options(self.config(), file).build().check()?)
    }

    /// Starts the agent, which is installed by now, but does not wait for it.
    pub(super) fn spawn(&self, file: Option<&AgentConfig>) -> Result<Agent> {
        let path = self.config().ngrok_path();
        // A bare name is looked for on PATH, which is the caller's to trust.
        if path.parent().is_some_and(|folder| folder != Path::new("")) {
            check_place(path)?;
        }
        if self.config().verify_binary() {
            verify_installed(path)?;
        }
        let subscribers = Arc::clone(&self.0.subscribers);
        let options = options(self.config(), file)
            .event_callback(move |event| subscribers.send(&Event::Agent(event.clone())))
            .build();
        Ok(Agent::spawn(options)?)
    }
}

/// What the agent is started with.
pub(super) fn options(
    config: &Config,
    file: Option<&AgentConfig>,
) -> ngrok_process::AgentOptionsBuilder {
    let mut options = AgentOptions::builder(config.ngrok_path())
        .startup_timeout(config.startup_timeout())
        .request_timeout(config.request_timeout())
        .max_logs(config.max_logs())
        .monitor_thread(config.monitor_thread())
        .start_new_session(config.start_new_session());
    if let Some(path) = config.explicit_config_path() {
        options = options.config_path(path);
    }
    if let Some(region) = config.region() {
        options = options.region(region);
    }
    if let Some(callback) = config.log_event_callback().cloned() {
        options = options.log_event_callback(move |line| callback(line));
    }
    if let Some(key) = config.api_key() {
        options = options.api_key(key.clone());
    }
    let in_file = file
        .and_then(AgentConfig::authtoken)
        .map(|token| Secret::new(token.expose()));
    if let Some(file) = file {
        // What the agent may repeat of its file in a message.
        for secret in file.secrets() {
            options = options.redact(secret);
        }
    }
    if let Some(token) = &in_file {
        options = options.authtoken_of_file(token.clone(), place(config, "authtoken"));
    }
    match (config.auth_token(), in_file) {
        (None, _) => options,
        (Some(token), Some(in_file)) if *token == in_file => options,
        (Some(token), None) => options.authtoken(token.clone()),
        // Which of file and environment wins is not documented, but a later file wins over an earlier one.
        (Some(token), Some(_)) => {
            let version = file.and_then(AgentConfig::version).unwrap_or_default();
            if config.explicit_config_path().is_none()
                && let Ok(path) = config.config_path()
            {
                // An agent that is told of one file does not look for its default one.
                options = options.config_path(path);
            }
            options
                .authtoken(token.clone())
                .authtoken_via(AuthtokenVia::Overlay)
                .overlay_version(if version == ConfigVersion::V3 { 3 } else { 2 })
        }
    }
}

/// Where a setting of the agent is: the config file, and the line if it can be found.
fn place(config: &Config, key: &str) -> String {
    let Ok(path) = config.config_path() else {
        return "the config file".to_owned();
    };
    let line = config::line_of(&path, &["agent", key]).or_else(|| config::line_of(&path, &[key]));
    match line {
        Some(line) => format!("{}, line {line}", path.display()),
        None => path.display().to_string(),
    }
}
