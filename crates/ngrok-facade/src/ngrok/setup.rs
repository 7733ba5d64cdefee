//! The config file as one call reads it: once.

use ngrok_installer::config::AgentConfig;
use serde_json::Value;

use super::Ngrok;
use crate::ConfigVersion;
use crate::error::Result;

/// The config file, if there is one, and what it decides.
pub(super) struct Setup {
    pub(super) file: Option<AgentConfig>,
    /// Whether tunnels or endpoints are opened.
    pub(super) version: ConfigVersion,
}

impl Setup {
    /// All of the file; null if there is none.
    pub(super) fn value(&self) -> &Value {
        self.file.as_ref().map_or(&Value::Null, AgentConfig::value)
    }
}

impl Ngrok {
    pub(super) fn setup(&self) -> Result<Setup> {
        let file = self.config().config_file()?;
        let in_file = || file.as_ref().and_then(AgentConfig::version);
        let version = self.config().config_version().or_else(in_file);
        Ok(Setup {
            version: version.unwrap_or_default(),
            file,
        })
    }
}
