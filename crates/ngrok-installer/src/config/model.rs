//! A config file as a value: its version, the agent's settings, the definitions by name.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use serde_json::{Map, Value};

use super::read::{self, Tree};
use super::settings::AgentSettings;
use super::syntax::Syntax;
use super::{rules, text};
use crate::error::{Error, ErrorKind, Result};
use ngrok_core::ConfigVersion;
use ngrok_core::Secret;

/// The content of an `ngrok.yml` of [version 2](https://ngrok.com/docs/agent/config/v2/) or
/// [version 3](https://ngrok.com/docs/agent/config/v3/), with everything in it, known or not.
///
/// An empty file, or one of comments alone, is a config without any key. Of several YAML documents only the first counts,
/// and of two equal keys in one mapping the later one, as for agents before 3.0; later agents refuse such a file. Its `Debug` names the version and the definitions and shows no value.
///
/// ```
/// use ngrok_installer::config::{AgentConfig, ConfigVersion};
///
/// let config: AgentConfig = "version: 3
/// agent:
///   authtoken: 2abc
/// endpoints:
///   - name: web
///     upstream:
///       url: 8080
/// ".parse()?;
/// assert_eq!(config.version(), Some(ConfigVersion::V3));
/// assert!(config.authtoken().is_some());
/// assert_eq!(config.definition_names(), ["web"]);
/// assert_eq!(config.endpoint("web").unwrap()["upstream"]["url"], 8080);
/// # Ok::<(), ngrok_installer::Error>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct AgentConfig {
    value: Value,
    tunnels: Vec<String>,
    version: Option<ConfigVersion>,
}

impl AgentConfig {
    /// Reads a file.
    ///
    /// # Errors
    /// [`is_not_found`](Error::is_not_found) if there is no file; [`ErrorKind::ConfigSyntax`], with line and column, if it is
    /// not YAML; [`ErrorKind::ConfigInvalid`] if it is no config: a list, a directory, a version other than 2 and 3, over 1 MiB.
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        text::read(path)?
            .parse()
            .map_err(|error: Error| error.in_file(path))
    }

    /// The layout that the file asks for, if it says so. `version: 1`, which older agents wrote, counts as not said.
    pub fn version(&self) -> Option<ConfigVersion> {
        self.version
    }

    /// The whole document, as JSON. It holds the secrets too: do not print it.
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// The settings of the agent: the keys under `agent` in version 3, else those at the top.
    pub fn settings(&self) -> AgentSettings {
        self.agent_keys()
            .map(AgentSettings::from_map)
            .unwrap_or_default()
    }

    /// The authtoken that the agent would read from this file.
    pub fn authtoken(&self) -> Option<Secret> {
        self.settings().authtoken
    }

    /// The API key that the agent would read from this file.
    pub fn api_key(&self) -> Option<Secret> {
        self.settings().api_key
    }

    /// The definition of that name under `tunnels`.
    pub fn tunnel(&self, name: &str) -> Option<&Value> {
        self.value.get("tunnels")?.get(name)
    }

    /// The first definition of that name under `endpoints`.
    pub fn endpoint(&self, name: &str) -> Option<&Value> {
        self.endpoints().find(|one| name_of(one) == Some(name))
    }

    /// The names under `tunnels`, in the order of the file.
    pub fn tunnel_names(&self) -> Vec<&str> {
        self.tunnels.iter().map(String::as_str).collect()
    }

    /// The names under `endpoints`, in the order of the file; an endpoint without a name has none here.
    pub fn endpoint_names(&self) -> Vec<&str> {
        self.endpoints().filter_map(name_of).collect()
    }

    /// The names of everything that the agent can start from this file: in version 3 the endpoints and then the tunnels,
    /// each name once, else the tunnels.
    pub fn definition_names(&self) -> Vec<&str> {
        let mut names = Vec::new();
        if self.version == Some(ConfigVersion::V3) {
            names = self.endpoint_names();
        }
        for name in self.tunnel_names() {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// Whether this library can work with it: see [`validate_config`](super::validate_config).
    ///
    /// # Errors
    /// [`ErrorKind::ConfigInvalid`], naming the key.
    pub fn validate(&self) -> Result<()> {
        rules::validate_config(&self.value)
    }

    fn endpoints(&self) -> impl Iterator<Item = &Value> {
        let list = self.value.get("endpoints").and_then(Value::as_array);
        list.into_iter().flatten()
    }

    fn agent_keys(&self) -> Option<&Map<String, Value>> {
        match self.version {
            Some(ConfigVersion::V3) => self.value.get("agent")?.as_object(),
            _ => self.value.as_object(),
        }
    }
}

impl FromStr for AgentConfig {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let (Tree { mut value, tunnels }, _twice) = read::lenient(text)?;
        if value.is_null() {
            value = Value::Object(Map::new());
        }
        if !value.is_object() {
            let message = "no config: expected keys with values at the top";
            return Err(Error::config(ErrorKind::ConfigInvalid, message).at(1, 1));
        }
        let version = version_of(value.get("version")).map_err(|error| {
            let start = Syntax::parse(text).and_then(|syntax| syntax.start(&["version"]));
            let (line, column) = text::position(text, start.unwrap_or(0));
            error.at(line, column)
        })?;
        Ok(Self {
            value,
            tunnels,
            version,
        })
    }
}

/// Returns the layout that the value of `version`, a number or a string, asks for.
pub(super) fn version_of(version: Option<&Value>) -> Result<Option<ConfigVersion>> {
    let text = match version {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    match text.as_str() {
        "1" => Ok(None),
        "2" => Ok(Some(ConfigVersion::V2)),
        "3" => Ok(Some(ConfigVersion::V3)),
        _ => Err(Error::config(
            ErrorKind::ConfigInvalid,
            "`version` is neither 2 nor 3; a newer version needs a newer release of this library",
        )),
    }
}

fn name_of(definition: &Value) -> Option<&str> {
    definition.get("name")?.as_str()
}

impl Default for AgentConfig {
    /// The config of an empty file.
    fn default() -> Self {
        Self {
            value: Value::Object(Map::new()),
            tunnels: Vec::new(),
            version: None,
        }
    }
}

impl fmt::Debug for AgentConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AgentConfig")
            .field("version", &self.version)
            .field("tunnels", &self.tunnels)
            .field("endpoints", &self.endpoint_names())
            .finish_non_exhaustive()
    }
}
