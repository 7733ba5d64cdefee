//! From nothing to a running agent: install, config file, options.

use std::path::Path;
use std::sync::Arc;

use ngrok_installer::config::{AgentConfig, Severity, WebAddr};
use ngrok_installer::{Installer, Source, check_place, config, verify_installed};
use ngrok_process::{Agent, AgentOptions, AgentOptionsBuilder, AuthtokenVia, Secret};

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
pub(super) fn options(config: &Config, file: Option<&AgentConfig>) -> AgentOptionsBuilder {
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
    let version = file.and_then(AgentConfig::version).unwrap_or_default();
    options = options.overlay_version(if version == ConfigVersion::V3 { 3 } else { 2 });
    let settings = file.map(AgentConfig::settings).unwrap_or_default();
    if settings.web_addr == Some(WebAddr::Disabled) {
        options = options.web_service_off(place(config, "web_addr"));
    }
    if matches!(settings.console_ui.as_deref(), Some("true" | "enable")) {
        options = with_file(config, options.console_ui_off(true));
    }
    match (config.auth_token(), in_file) {
        (None, _) => options,
        (Some(token), Some(in_file)) if *token == in_file => options,
        (Some(token), None) => options.authtoken(token.clone()),
        // Which of file and environment wins is not documented, but a later file wins over an earlier one.
        (Some(token), Some(_)) => {
            if options.clone().build().config_paths().is_empty() {
                options = with_file(config, options);
            }
            options
                .authtoken(token.clone())
                .authtoken_via(AuthtokenVia::Overlay)
        }
    }
}

/// With the default file named, since an agent that is told of one file, such as an overlay, does not look for that.
fn with_file(config: &Config, options: AgentOptionsBuilder) -> AgentOptionsBuilder {
    match config.config_path() {
        Ok(path) if config.explicit_config_path().is_none() => options.config_path(path),
        _ => options,
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

/// The error of a start, with what our own check finds in the config file if it is about that.
pub(super) fn explained(config: &Config, error: ngrok_process::Error) -> ngrok_process::Error {
    if error.kind() != ngrok_process::ErrorKind::Config {
        return error;
    }
    let found = config.config_path().ok().and_then(|path| {
        let problems = config::check(&path).ok()?;
        let first = problems
            .iter()
            .find(|problem| problem.severity() == Severity::Error)?;
        Some(format!(
            "{}, line {}: {}; {}",
            path.display(),
            first.line(),
            first.message(),
            first.remedy()
        ))
    });
    match found {
        Some(found) => error.with_note(found),
        None => error,
    }
}
