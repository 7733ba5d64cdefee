//! The agent's configuration: `ngrok.yml` files, merged, in version 2 or 3.

use std::path::{Path, PathBuf};

use ngrok_core::definition::{Key, Mismatch, Place, Versions, Vocabulary};
use ngrok_core::{AgentVersion, ConfigVersion};
use serde_json::{Map, Value};

use super::fields::{not_found, strings};

/// The region of a session if nothing says which.
const REGION: &str = "us";

/// Where the web service listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum WebAddr {
    /// 4040, or the next free port.
    Default,
    At(String),
    /// `web_addr: false`
    Off,
}

/// The merged files.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    /// Agent keys at the top, `tunnels` and `endpoints` beside them.
    fields: Map<String, Value>,
}

impl Config {
    /// Merges texts, later ones over earlier ones; each with its path for the refusal.
    pub(crate) fn merge(files: &[(PathBuf, String)]) -> Result<Self, String> {
        let mut fields = Map::new();
        for (path, text) in files {
            let read = parse(text).map_err(|reason| {
                format!(
                    "Error reading configuration file '{}': {reason}",
                    path.display()
                )
            })?;
            merge(&mut fields, read);
        }
        let config = Self { fields };
        config.check()?;
        Ok(config)
    }

    /// Refuses values that no agent takes.
    fn check(&self) -> Result<(), String> {
        for (key, value) in &self.fields {
            if !fits(key, value) {
                let shown = value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned);
                return Err(format!(
                    "Invalid configuration property value for '{key}', '{shown}'"
                ));
            }
        }
        Ok(())
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.fields.get(key)?.as_str().filter(|t| !t.is_empty())
    }

    pub(crate) fn authtoken(&self) -> Option<&str> {
        self.text("authtoken")
    }

    pub(crate) fn api_key(&self) -> Option<&str> {
        self.text("api_key")
    }

    pub(crate) fn log(&self) -> Option<&str> {
        self.text("log")
    }

    pub(crate) fn log_format(&self) -> Option<&str> {
        self.text("log_format")
    }

    pub(crate) fn log_level(&self) -> Option<&str> {
        self.text("log_level")
    }

    /// Takes the place of the files' `region`, as the flag does.
    pub(crate) fn set_region(&mut self, region: &str) -> Result<(), String> {
        self.fields.insert("region".to_owned(), region.into());
        self.check()
    }

    /// The region of the session: the one that was asked for, or that of the server's name, `connect.au.ngrok-agent.com:443`.
    pub(crate) fn region(&self) -> &str {
        let server = self.text("connect_url").or(self.text("server_addr"));
        let of_server = server.and_then(|server| match server.split('.').collect::<Vec<_>>()[..] {
            ["connect" | "tunnel", region, "ngrok-agent" | "ngrok", ..] => Some(region),
            _ => None,
        });
        let asked = self.text("region").filter(|region| *region != "auto");
        asked.or(of_server).unwrap_or(REGION)
    }

    pub(crate) fn web_addr(&self) -> WebAddr {
        match self.fields.get("web_addr") {
            Some(Value::Bool(false)) => WebAddr::Off,
            Some(Value::String(addr)) if addr == "false" => WebAddr::Off,
            Some(Value::String(addr)) if !addr.is_empty() => WebAddr::At(addr.clone()),
            Some(Value::Number(port)) => WebAddr::At(format!("127.0.0.1:{port}")),
            _ => WebAddr::Default,
        }
    }

    pub(crate) fn web_allow_hosts(&self) -> Vec<String> {
        strings(self.fields.get("web_allow_hosts"))
    }

    /// Bytes of captured traffic to keep: 50 MB unless set; 0 is the default too, and less is none.
    pub(crate) fn inspect_db_size(&self) -> usize {
        match self.fields.get("inspect_db_size").and_then(Value::as_i64) {
            None | Some(0) => 50_000_000,
            Some(size) => usize::try_from(size).unwrap_or(0),
        }
    }

    /// Definitions of `tunnels:` with their names put in.
    pub(crate) fn tunnels(&self) -> Vec<Value> {
        let tunnels = self.fields.get("tunnels").and_then(Value::as_object);
        tunnels
            .into_iter()
            .flatten()
            .map(|(name, definition)| {
                let mut definition = definition.clone();
                if let Some(fields) = definition.as_object_mut() {
                    fields.insert("name".to_owned(), name.as_str().into());
                }
                definition
            })
            .collect()
    }

    /// Definitions of `endpoints:`.
    pub(crate) fn endpoints(&self) -> Vec<Value> {
        let endpoints = self.fields.get("endpoints").and_then(Value::as_array);
        endpoints.cloned().unwrap_or_default()
    }

    /// Every name that the files define.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self
            .tunnels()
            .iter()
            .chain(&self.endpoints())
            .filter_map(|definition| definition["name"].as_str().map(str::to_owned))
            .collect();
        names.sort();
        names
    }
}

/// One file: checked, and brought into the shape of version 2.
fn parse(text: &str) -> Result<Map<String, Value>, String> {
    if text.lines().any(|line| line.starts_with('\t')) {
        return Err(
            "config contains tab characters, YAML must use spaces for indentation".to_owned(),
        );
    }
    let document: Value =
        serde_yaml::from_str(text).map_err(|error| format!("YAML parsing error: {error}"))?;
    let mut fields = match document {
        Value::Null => return Ok(Map::new()),
        Value::Object(fields) => fields,
        _ => return Err("YAML parsing error: not a mapping".to_owned()),
    };
    let version = match fields.remove("version") {
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::String(text)) => text,
        _ => {
            return Err("`version` property is required.\n\nIf you're upgrading from an older version of ngrok, you can run:\n\n    ngrok config upgrade\n\nto upgrade to the new format and add the version number.".to_owned());
        }
    };
    let unknown = |fields: &Map<String, Value>, places: &[Place], version, typ: &str| {
        let mut keys = fields.keys();
        match keys.find(|key| !is_key(key, places, version)) {
            None => Ok(()),
            Some(key) => Err(format!("YAML parsing error: {}", not_found(key, typ))),
        }
    };
    match version.as_str() {
        "2" => unknown(
            &fields,
            &[Place::Top, Place::Agent],
            ConfigVersion::V2,
            "v2yamlConfig",
        )?,
        "3" => {
            let agent = match fields.remove("agent") {
                Some(Value::Object(agent)) => agent,
                None | Some(Value::Null) => Map::new(),
                Some(_) => return Err("YAML parsing error: 'agent' is not a mapping".to_owned()),
            };
            unknown(&fields, &[Place::Top], ConfigVersion::V3, "v3yamlConfig")?;
            unknown(&agent, &[Place::Agent], ConfigVersion::V3, "Agent")?;
            fields.extend(agent);
        }
        other => {
            return Err(format!(
                "unknown version '{other}'. valid versions: '2', '3'"
            ));
        }
    }
    let tunnels = fields.get("tunnels").and_then(Value::as_object);
    for tunnel in tunnels.into_iter().flat_map(Map::values) {
        let proto = tunnel.get("proto").and_then(Value::as_str);
        if let Some(proto) = proto.filter(|proto| !matches!(*proto, "http" | "tcp" | "tls")) {
            return Err(format!(
                "YAML parsing error: Invalid protocol name '{proto}'"
            ));
        }
    }
    let is_a = |key: &str, check: fn(&Value) -> bool| {
        fields.get(key).is_none_or(|v| v.is_null() || check(v))
    };
    if !is_a("tunnels", Value::is_object) {
        return Err("YAML parsing error: yaml: unmarshal errors:\n  cannot unmarshal into map[string]config.yamlTunnel".to_owned());
    }
    if !is_a("endpoints", Value::is_array) {
        return Err("YAML parsing error: yaml: unmarshal errors:\n  cannot unmarshal into []config.Endpoint".to_owned());
    }
    Ok(fields)
}

/// Whether a name is a key of one of these places in this version of the file.
fn is_key(name: &str, places: &[Place], version: ConfigVersion) -> bool {
    let of_version = |key: &Key| match key.config_versions() {
        Versions::Both => true,
        Versions::V2 => version == ConfigVersion::V2,
        Versions::V3 => version == ConfigVersion::V3,
        Versions::Neither => false,
    };
    let keys = places
        .iter()
        .filter_map(|place| Vocabulary::ngrok().key(*place, name));
    keys.into_iter()
        .any(|key| key.is_known_to(AgentVersion::NEWEST) && of_version(key))
}

/// Whether agents take this value for this key of theirs.
fn fits(name: &str, value: &Value) -> bool {
    let Some(key) = Vocabulary::ngrok().key(Place::Agent, name) else {
        return true;
    };
    !matches!(
        key.kind(AgentVersion::NEWEST).mismatch(value),
        Some(Mismatch::Type | Mismatch::Value)
    )
}

/// Mappings are merged key by key, all else is replaced, lists too.
fn merge(base: &mut Map<String, Value>, over: Map<String, Value>) {
    for (key, value) in over {
        match (base.get_mut(&key), value) {
            (Some(Value::Object(old)), Value::Object(new)) => merge(old, new),
            (_, value) => {
                base.insert(key, value);
            }
        }
    }
}

/// The file that is read when no `--config` names one.
pub(crate) fn default_path(var: impl Fn(&str) -> Option<String>) -> Option<PathBuf> {
    let home = || {
        var("HOME")
            .filter(|home| !home.is_empty())
            .map(PathBuf::from)
    };
    let dir = if cfg!(target_os = "macos") {
        home()?.join("Library/Application Support/ngrok")
    } else if cfg!(windows) {
        Path::new(&var("USERPROFILE")?).join("AppData/Local/ngrok")
    } else {
        match var("XDG_CONFIG_HOME").filter(|dir| !dir.is_empty()) {
            Some(dir) => Path::new(&dir).join("ngrok"),
            None => home()?.join(".config/ngrok"),
        }
    };
    Some(dir.join("ngrok.yml"))
}

#[cfg(test)]
mod tests;
