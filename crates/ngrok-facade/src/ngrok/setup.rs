//! The config file as one call reads it: once.

use std::path::PathBuf;

use ngrok_core::ConfigVersion;
use ngrok_core::definition::Vocabulary;
use ngrok_installer::config::AgentConfig;
use serde_json::Value;

use super::Ngrok;
use crate::definition::{self, Context, Sort, Start};
use crate::error::Result;
use crate::options::ConnectOptions;
use crate::unique;

/// The config file, if there is one, and what it decides.
pub(super) struct Setup {
    pub(super) file: Option<AgentConfig>,
    folder: Option<PathBuf>,
    /// Whether tunnels or endpoints are opened.
    pub(super) version: ConfigVersion,
}

impl Setup {
    /// All of the file; null if there is none.
    pub(super) fn value(&self) -> &Value {
        self.file.as_ref().map_or(&Value::Null, AgentConfig::value)
    }

    /// Plans what the options ask for, or the same as a tunnel or an endpoint.
    pub(super) fn plan(&self, options: &ConnectOptions, sort: Option<Sort>) -> Result<Start> {
        let unique = unique::id();
        let context = Context {
            vocabulary: Vocabulary::ngrok(),
            config: self.value(),
            folder: self.folder.as_deref(),
            version: self.version,
            unique: &unique,
            read: &|path| std::fs::read_to_string(path),
        };
        match sort {
            Some(sort) => definition::plan_as(&context, options, sort),
            None => definition::plan(&context, options),
        }
    }
}

impl Ngrok {
    pub(super) fn setup(&self) -> Result<Setup> {
        let file = self.config().config_file()?;
        let in_file = || file.as_ref().and_then(AgentConfig::version);
        let version = self.config().config_version().or_else(in_file);
        let path = file.is_some().then(|| self.config().config_path().ok());
        Ok(Setup {
            folder: path.flatten().and_then(|it| Some(it.parent()?.to_owned())),
            version: version.unwrap_or_default(),
            file,
        })
    }
}
