//! Checks a document as a whole: its version, and which keys are at which level.

use ngrok_core::definition::{Found, Kind, Place, Reader, Severity, as_flag, quoted};
use ngrok_core::{AgentVersion, ConfigVersion};
use serde_json::{Map, Value};

use super::Checker;
use crate::config::model::version_of;

/// The first agent that reads version 3 of the file.
const FIRST_WITH_V3: AgentVersion = AgentVersion::new(3, 16, 0);

impl Checker<'_> {
    /// A file without any key.
    pub(super) fn empty(&mut self) {
        if !self.agent.is_before_3() {
            self.warning(
                &[],
                "the file is empty, and agents from 3.0 on want a `version` in it",
                "write `version: 2` or `version: 3`",
            );
        }
    }

    pub(super) fn document(&mut self, top: &Map<String, Value>) {
        let version = match version_of(top.get("version")) {
            Ok(version) => version,
            Err(error) => {
                let message = error.config_message().unwrap_or_default().to_owned();
                self.error(&["version"], message, "write `version: 2` or `version: 3`");
                return;
            }
        };
        self.holds_secrets = super::file::holds_secrets(self.vocabulary, top);
        self.version(top, version);
        if version == Some(ConfigVersion::V3) && self.agent.is_before_3() {
            return;
        }
        for (name, value) in top {
            let wrong = match self
                .vocabulary
                .key(Place::Top, name)
                .map(|key| key.kind(self.agent))
            {
                Some(Kind::List(_)) => !value.is_array() && !value.is_null(),
                Some(Kind::Mapping(_)) => !value.is_object() && !value.is_null(),
                _ => false,
            };
            if wrong {
                let right = if name == "endpoints" {
                    "a list"
                } else {
                    "a mapping"
                };
                self.error(
                    &[name],
                    format!("`{name}` has a wrong type"),
                    format!("make it {right}"),
                );
            }
        }
        match version {
            Some(ConfigVersion::V3) => self.version_3(top),
            version => self.version_2(top, version),
        }
        if let Some(Value::Object(tunnels)) = top.get("tunnels") {
            self.tunnels(tunnels, version);
        }
        if let Some(Value::Array(endpoints)) = top.get("endpoints")
            && version == Some(ConfigVersion::V3)
        {
            self.endpoints(endpoints);
        }
    }

    fn version(&mut self, top: &Map<String, Value>, version: Option<ConfigVersion>) {
        let agent = self.agent;
        match version {
            None if agent.is_before_3() => {}
            None => {
                let said = top.get("version").is_some_and(|version| !version.is_null());
                let message = if said {
                    "`version: 1`, which agents from 3.0 on refuse"
                } else {
                    "no `version`, without which agents from 3.0 on refuse the file"
                };
                let is_3 = ["agent", "endpoints"]
                    .iter()
                    .any(|key| top.contains_key(*key));
                let remedy = match is_3 {
                    true => "write `version: 3`",
                    false => "write `version: 2`, or run `ngrok config upgrade`",
                };
                self.error(&["version"], message, remedy);
            }
            Some(ConfigVersion::V2) => {}
            Some(ConfigVersion::V3) if agent.is_before_3() => self.error(
                &["version"],
                format!("`version: 3`, of which agent {agent} reads nothing"),
                "update the agent, or write the file as version 2",
            ),
            Some(ConfigVersion::V3) if agent < FIRST_WITH_V3 => self.error(
                &["version"],
                format!("`version: 3` needs agent {FIRST_WITH_V3}, and agent {agent} refuses it"),
                "update the agent, or write the file as version 2",
            ),
            Some(ConfigVersion::V3) => {}
        }
    }

    fn version_2(&mut self, top: &Map<String, Value>, version: Option<ConfigVersion>) {
        let mut keys = top.clone();
        for name in ["agent", "endpoints"] {
            if keys.remove(name).is_none_or(|value| value.is_null()) {
                continue;
            }
            // Without a version the file is refused for that.
            let severity = match version {
                Some(_) if !self.agent.is_before_3() => Severity::Error,
                _ => Severity::Warning,
            };
            let message = format!("`{name}`, which the agent reads in version 3 alone");
            let remedy = "write `version: 3`, or move its keys to the top";
            self.report(severity, &[name], message, remedy.into());
        }
        keys.retain(|name, value| {
            let known = self.vocabulary.find(Place::Agent, name).key().is_some()
                || self.vocabulary.find(Place::Top, name).key().is_some();
            known || !self.misplaced_definition(name, value)
        });
        let reader = Reader::file(self.agent, version);
        self.issues(&[], self.vocabulary.check_agent(&keys, reader));
        self.settings(&[], top);
    }

    fn version_3(&mut self, top: &Map<String, Value>) {
        let reader = Reader::file(self.agent, Some(ConfigVersion::V3));
        for (name, value) in top {
            if self.vocabulary.key(Place::Top, name).is_some() {
                continue;
            }
            if let Some(key) = self.vocabulary.find(Place::Agent, name).key() {
                let message = format!(
                    "{} is at the top, where version 3 does not read it",
                    quoted(name)
                );
                let remedy = match (key.new_name(), key.name()) {
                    (Some(new), _) => format!("move it under `agent` and call it `{new}`"),
                    (None, "region") => {
                        "leave it out: the agent finds the closest region by itself".into()
                    }
                    (None, _) => "move it under `agent`".into(),
                };
                self.error(&[name], message, remedy);
            } else if !self.misplaced_definition(name, value) {
                let remedy = match self.vocabulary.find(Place::Top, name) {
                    Found::Misspelled(key) | Found::Near(key) => {
                        format!("did you mean `{}`?", key.name())
                    }
                    _ => {
                        "at the top of version 3 are `version`, `agent`, `endpoints` and `tunnels`"
                            .into()
                    }
                };
                let severity = match self.agent > AgentVersion::NEWEST || self.agent.is_before_3() {
                    true => Severity::Warning,
                    false => Severity::Error,
                };
                self.report(
                    severity,
                    &[name],
                    format!("unknown key {}", quoted(name)),
                    remedy,
                );
            }
        }
        if let Some(Value::Object(agent)) = top.get("agent") {
            self.issues(&["agent"], self.vocabulary.check_agent(agent, reader));
            self.settings(&["agent"], agent);
        }
    }

    /// Reports a definition that is not under `tunnels` or `endpoints`, if this is one.
    fn misplaced_definition(&mut self, name: &str, value: &Value) -> bool {
        let has = |keys: &[&str]| keys.iter().any(|key| value.get(key).is_some());
        let place = if has(&["upstream"]) {
            "endpoints"
        } else if has(&["addr", "proto", "labels"]) {
            "tunnels"
        } else {
            return false;
        };
        let message = format!("{} is a definition at the top of the file", quoted(name));
        let remedy = match place {
            "tunnels" => "indent it under `tunnels:`".to_owned(),
            _ => format!("make it an item of `{place}:`, with its name as `name`"),
        };
        // Agents before 3.0 ignore it, which is not what was meant either.
        let severity = match self.agent.is_before_3() {
            true => Severity::Warning,
            false => Severity::Error,
        };
        self.report(severity, &[name], message, remedy);
        true
    }

    /// What this library needs of the agent, beyond what the agent takes.
    fn settings(&mut self, parents: &[&str], keys: &Map<String, Value>) {
        if keys
            .get("web_addr")
            .is_some_and(super::super::rules::turns_off)
        {
            self.error(
                &[parents, &["web_addr"]].concat(),
                "`web_addr` is false, and the agent's API is needed to open tunnels",
                "write an address such as `127.0.0.1:4040`",
            );
        }
        let console = keys.get("console_ui");
        if console.is_some_and(|value| as_flag(value) == Some(true) || value == "true") {
            self.warning(
                &[parents, &["console_ui"]].concat(),
                "`console_ui` is true, and an agent whose log a program reads cannot draw a console",
                "make it `iftty`, the default",
            );
        }
    }
}
