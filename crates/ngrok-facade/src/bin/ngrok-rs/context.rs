//! What all commands share: the global options, and what follows from them.

use std::io;
use std::path::Path;

use ngrok_facade::{Config, ConfigBuilder, ConfigVersion, Ngrok};

use crate::args::{ApiUrl, Globals};
use crate::exit::Outcome;
use crate::output::{Output, write_line};
use crate::state::{self, LogFile};

/// The global options of one run.
pub(crate) struct Context {
    pub(crate) output: Output,
    globals: Globals,
}

impl Context {
    pub(crate) fn new(globals: Globals) -> Self {
        Self {
            output: Output::new(globals.json, globals.quiet, globals.verbose),
            globals,
        }
    }

    fn builder(&self) -> ConfigBuilder {
        let globals = &self.globals;
        let mut builder = Config::builder().config_version(self.config_version());
        if let Some(path) = &globals.ngrok_path {
            builder = builder.ngrok_path(path);
        }
        if let Some(path) = &globals.config {
            builder = builder.config_path(path);
        }
        if let Some(region) = &globals.region {
            builder = builder.region(region);
        }
        builder
    }

    /// Returns the config that the options ask for.
    pub(crate) fn config(&self) -> Outcome<Config> {
        Ok(self.builder().build()?)
    }

    /// Returns a handle that starts an agent of its own when it needs one.
    pub(crate) fn ngrok(&self) -> Outcome<Ngrok> {
        Ok(Ngrok::new(self.config()?))
    }

    /// Returns a handle that starts an agent whose log goes to `log`, and to stderr with `--verbose`.
    pub(crate) fn ngrok_logging_to(&self, log: Option<LogFile>) -> Outcome<Ngrok> {
        let verbose = self.output.verbose;
        let mut builder = self.builder();
        if verbose || log.is_some() {
            builder = builder.log_event_callback(move |line| {
                if let Some(log) = &log {
                    log.write(line.raw());
                }
                if verbose {
                    let _ = write_line(io::stderr().lock(), line.raw());
                }
            });
        }
        Ok(Ngrok::new(builder.build()?))
    }

    /// Returns a handle on the agent that runs already, and that never starts one.
    pub(crate) fn attached(&self, agent: &ApiUrl) -> Outcome<Ngrok> {
        let mut config = self.config()?;
        if agent.allow_remote {
            config = config.to_builder().allow_remote(true).build()?;
        }
        let api_url = match &agent.api_url {
            Some(url) => url.clone(),
            None => self.known_api_url(&config)?,
        };
        Ok(Ngrok::attach(config, api_url))
    }

    /// Returns the address of the agent that `ngrok-rs` started last, else the one that the config file leads to.
    fn known_api_url(&self, config: &Config) -> Outcome<String> {
        let wanted = self.config_path();
        let mut known = state::live().into_iter();
        // With --config, only an agent with that file is meant.
        let found = known.find(|entry| wanted.is_none_or(|path| entry.has_config(path)));
        Ok(match found {
            Some(entry) => entry.api_url,
            None => config.local_api_url()?,
        })
    }

    /// Returns the value of `--config-version`.
    pub(crate) fn config_version(&self) -> Option<ConfigVersion> {
        self.globals.config_version.map(ConfigVersion::from)
    }

    /// Returns the value of `--config`.
    pub(crate) fn config_path(&self) -> Option<&Path> {
        self.globals.config.as_deref()
    }
}
