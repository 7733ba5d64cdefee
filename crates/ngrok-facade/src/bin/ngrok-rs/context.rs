//! What all commands share: the global options, and what follows from them.

use std::path::PathBuf;

use clap::ArgMatches;
use ngrok_facade::{Config, ConfigVersion, Ngrok};

use crate::exit::Outcome;
use crate::output::{Output, write_line};

/// The global options of one run.
pub(crate) struct Context {
    pub(crate) output: Output,
    ngrok_path: Option<PathBuf>,
    config_path: Option<PathBuf>,
    config_version: Option<ConfigVersion>,
    region: Option<String>,
}

impl Context {
    pub(crate) fn new(matches: &ArgMatches) -> Self {
        let path = |name| matches.get_one::<PathBuf>(name).cloned();
        let version = matches
            .get_one::<String>("config-version")
            .map(String::as_str);
        Self {
            output: Output::new(
                matches.get_flag("json"),
                matches.get_flag("quiet"),
                matches.get_flag("verbose"),
            ),
            ngrok_path: path("ngrok-path"),
            config_path: path("config"),
            config_version: version.map(|it| {
                if it == "3" {
                    ConfigVersion::V3
                } else {
                    ConfigVersion::V2
                }
            }),
            region: matches.get_one("region").cloned(),
        }
    }

    /// The config that the options ask for.
    pub(crate) fn config(&self) -> Outcome<Config> {
        let mut builder = Config::builder().config_version(self.config_version);
        if let Some(path) = &self.ngrok_path {
            builder = builder.ngrok_path(path);
        }
        if let Some(path) = &self.config_path {
            builder = builder.config_path(path);
        }
        if let Some(region) = &self.region {
            builder = builder.region(region);
        }
        if self.output.verbose {
            builder = builder.log_event_callback(|line| {
                let _ = write_line(std::io::stderr().lock(), line.raw());
            });
        }
        Ok(builder.build()?)
    }

    /// A handle that starts an agent of its own when it needs one.
    pub(crate) fn ngrok(&self) -> Outcome<Ngrok> {
        Ok(Ngrok::new(self.config()?))
    }

    /// A handle on the agent that runs already, and that never starts one.
    pub(crate) fn attached(&self, matches: &ArgMatches) -> Outcome<Ngrok> {
        let config = self.config()?;
        let api_url = match matches.get_one::<String>("api-url") {
            Some(url) => url.clone(),
            None => config.local_api_url()?,
        };
        Ok(Ngrok::attach(config, api_url))
    }

    /// Whether `--config-version` was given.
    pub(crate) fn config_version(&self) -> Option<ConfigVersion> {
        self.config_version
    }
}
