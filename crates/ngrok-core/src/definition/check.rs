//! Checks the keys of a mapping against the table: names, values, what this agent knows.

use serde_json::{Map, Value};

use super::issue::{Issue, IssueKind, quoted};
use super::key::{Becomes, Guard, Key, Versions};
use super::kind::{Kind, Mismatch};
use super::protocol::Protocol;
use super::vocabulary::{Found, Place, Vocabulary, find};
use crate::{AgentVersion, ConfigVersion};

/// Who reads a definition: which agent, and from where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reader {
    /// The agent.
    pub agent: AgentVersion,
    /// The layout of the file that holds the definition, if it says so.
    pub version: Option<ConfigVersion>,
    /// Whether it is in the body of a request rather than in a file.
    pub is_request: bool,
}

impl Reader {
    /// An agent that reads a file of this layout.
    pub const fn file(agent: AgentVersion, version: Option<ConfigVersion>) -> Self {
        Self {
            agent,
            version,
            is_request: false,
        }
    }

    /// An agent that reads a request to its local API.
    pub const fn request(agent: AgentVersion) -> Self {
        Self {
            agent,
            version: None,
            is_request: true,
        }
    }
}

/// A mapping that is being checked.
#[derive(Clone, Copy)]
pub(super) struct Site<'a> {
    pub(super) vocabulary: &'a Vocabulary,
    pub(super) place: Place,
    pub(super) reader: Reader,
    /// Of a tunnel, if it is known.
    pub(super) protocol: Option<Protocol>,
    /// Behind a key in messages, as in " of tunnel `web`".
    pub(super) of: &'a str,
}

impl Vocabulary {
    /// Checks the keys of the agent itself: those at the top of version 2, or under `agent` in version 3. Keys of
    /// [`Place::Top`] are passed over.
    pub fn check_agent(&self, keys: &Map<String, Value>, reader: Reader) -> Vec<Issue> {
        let site = Site {
            vocabulary: self,
            place: Place::Agent,
            reader,
            protocol: None,
            of: "",
        };
        let mut issues = Vec::new();
        for (name, value) in keys {
            if reader.version != Some(ConfigVersion::V3) && self.key(Place::Top, name).is_some() {
                continue;
            }
            site.check_key(self.keys(Place::Agent), &[name], value, &mut issues);
        }
        let given = |name: &str| keys.get(name).is_some_and(|value| !value.is_null());
        if given("region") && given("server_addr") {
            issues.push(Issue::error(
                IssueKind::Conflict,
                &["region"],
                "`region` beside `server_addr`, with which the agent does not start",
                "keep one of them",
            ));
        }
        issues
    }
}

impl Site<'_> {
    /// Checks the names and values of a mapping, and of the mappings in it.
    pub(super) fn check_fields(
        &self,
        keys: &[Key],
        parents: &[&str],
        fields: &Map<String, Value>,
        issues: &mut Vec<Issue>,
    ) {
        for (name, value) in fields {
            let path = [parents, &[name.as_str()]].concat();
            self.check_key(keys, &path, value, issues);
        }
    }

    fn check_key(&self, keys: &[Key], path: &[&str], value: &Value, issues: &mut Vec<Issue>) {
        let Some(name) = path.last() else { return };
        match find(keys, name) {
            Found::Key(key) => match self.unfit(keys, key, path) {
                Some(issue) if value.is_null() && issue.kind != IssueKind::Unknown => {}
                Some(issue) => issues.push(issue),
                None => self.check_value(key, path, value, issues),
            },
            Found::Misspelled(key) => issues.push(self.misspelled(keys, key, path)),
            found => issues.push(self.unknown(found, path)),
        }
    }

    /// Why a key that the table has is not one for this reader.
    fn unfit(&self, keys: &[Key], key: &Key, path: &[&str]) -> Option<Issue> {
        let Reader { agent, version, .. } = self.reader;
        let shown = self.shown(path);
        let is_nested = path.len() > 1;
        if key.is_reported_only() && !self.reader.is_request {
            let remedy = match self.vocabulary.key(Place::Tunnel, key.name()) {
                Some(tunnel) => instead(tunnel, None),
                None => "leave it out: the agent reports it and does not read it".into(),
            };
            return Some(Issue::error(
                IssueKind::ReportedOnly,
                path,
                format!("{shown}, which only answers of the agent have"),
                remedy,
            ));
        }
        if key.is_body_only() && !self.reader.is_request {
            let remedy = "leave it out: in a file the name is the key above the definition";
            return Some(Issue::error(
                IssueKind::Misplaced,
                path,
                format!("{shown}, which only requests have"),
                remedy,
            ));
        }
        if self.place == Place::Endpoint || is_nested {
            return self.too_new_or_renamed(keys, key, path);
        }
        if let Some(protocol) = self.protocol
            && !key.protocols_of(agent).contains(protocol)
            && !(agent.is_before_3() && key.is_unknown_before_3())
        {
            return Some(self.wrong_protocol(key, protocol, path));
        }
        if agent.is_before_3() {
            return key.is_unknown_before_3().then(|| self.ignored(key, path));
        }
        match (key.config_versions(), version) {
            (Versions::V2, Some(ConfigVersion::V3)) => {
                let remedy = match key.new_name() {
                    Some(name) => format!("call it `{name}`"),
                    None if key.name() == "region" => {
                        "leave it out: the agent finds the closest region by itself".into()
                    }
                    None => "write the file as version 2".into(),
                };
                Some(Issue::error(
                    IssueKind::Renamed,
                    path,
                    format!("{shown} is a key of version 2, and agents refuse it in version 3"),
                    remedy,
                ))
            }
            (Versions::V3, version) if version != Some(ConfigVersion::V3) => {
                let remedy = match self.vocabulary.old_name(self.place, key) {
                    Some(old) => format!("call it `{}`", old.name()),
                    None => "write the file as version 3".into(),
                };
                Some(Issue::error(
                    IssueKind::Renamed,
                    path,
                    format!("{shown} is a key of version 3, and agents refuse it in version 2"),
                    remedy,
                ))
            }
            _ => self.too_new_or_renamed(keys, key, path),
        }
    }

    fn too_new_or_renamed(&self, keys: &[Key], key: &Key, path: &[&str]) -> Option<Issue> {
        let agent = self.reader.agent;
        let shown = self.shown(path);
        if let Some(since) = key.known_since().filter(|since| agent < *since) {
            let older = keys
                .iter()
                .find(|row| row.new_name() == Some(key.name()) && row.is_known_to(agent));
            let remedy = match older {
                Some(older) => format!("update the agent, or call it `{}`", older.name()),
                None => "update the agent".into(),
            };
            return Some(Issue::error(
                IssueKind::TooNew,
                path,
                format!("{shown} needs agent {since}, and agent {agent} refuses it"),
                remedy,
            ));
        }
        let gone = key.known_until().is_some_and(|until| until <= agent)
            || key.config_versions() == Versions::Neither;
        if !gone {
            return None;
        }
        let remedy = match key.new_name() {
            Some(name) => renamed(key, name),
            None => "leave it out: only agents before 3.0 have it".into(),
        };
        Some(Issue::error(
            IssueKind::Renamed,
            path,
            format!("{shown} is of older agents, and agent {agent} refuses it"),
            remedy,
        ))
    }

    /// A key that an agent before 3.0 does not know.
    fn ignored(&self, key: &Key, path: &[&str]) -> Issue {
        let agent = self.reader.agent;
        let shown = self.shown(path);
        let older = self
            .vocabulary
            .old_name(self.place, key)
            .filter(|old| !old.is_unknown_before_3());
        let mut remedy = match older {
            Some(older) => format!("update the agent, or use `{}`", older.name()),
            None => "update the agent".into(),
        };
        if key.config_versions() == Versions::Neither
            && let Some(name) = key.new_name()
        {
            remedy = format!("call it `{name}`");
        }
        if key.guard() != Guard::No {
            return Issue::error(
                IssueKind::GuardIgnored,
                path,
                format!(
                    "agent {agent} ignores {shown}, so that the tunnel would be open to everyone"
                ),
                remedy,
            );
        }
        let message = format!("agent {agent} ignores {shown}");
        if self.place == Place::Agent {
            // It starts all the same, and what it opens is what was meant.
            return Issue::warning(IssueKind::Ignored, path, message, remedy);
        }
        Issue::error(IssueKind::Ignored, path, message, remedy)
    }

    fn wrong_protocol(&self, key: &Key, protocol: Protocol, path: &[&str]) -> Issue {
        let agent = self.reader.agent;
        let shown = self.shown(path);
        let has = key.protocols_of(agent);
        let guards = key.guard() != Guard::No;
        let remedy = match protocol {
            Protocol::Tcp | Protocol::Tls if guards && !agent.is_before_3() => {
                format!(
                    "it needs `proto: {has}`; for {protocol}, `ip_restriction` or `traffic_policy` says who gets in"
                )
            }
            _ => format!("it needs `proto: {has}`"),
        };
        let kind = if guards && agent.is_before_3() {
            IssueKind::GuardIgnored
        } else {
            IssueKind::Misplaced
        };
        let verb = if agent.is_before_3() {
            "ignores"
        } else {
            "refuses"
        };
        let message = format!("{shown}, which agent {agent} {verb} for protocol {protocol}");
        Issue::error(kind, path, message, remedy)
    }

    fn misspelled(&self, keys: &[Key], key: &Key, path: &[&str]) -> Issue {
        let remedy = match key.new_name() {
            Some(new) if !key.is_known_to(self.reader.agent) => renamed(key, new),
            _ if keys.iter().any(Key::is_reported_only) && key.is_reported_only() => {
                "leave it out".into()
            }
            _ => format!("call it `{}`", key.name()),
        };
        let kind = if key.guard() == Guard::No {
            IssueKind::Unknown
        } else {
            IssueKind::GuardIgnored
        };
        Issue::error(
            kind,
            path,
            format!("unknown key {}", self.shown(path)),
            remedy,
        )
    }

    fn unknown(&self, found: Found<'_>, path: &[&str]) -> Issue {
        let name = path.last().copied().unwrap_or_default();
        let message = format!("unknown key {}", self.shown(path));
        let is_nested = path.len() > 1;
        let elsewhere = match self.place {
            Place::Endpoint if !is_nested => self.vocabulary.find(Place::Tunnel, name).key(),
            Place::Tunnel if !is_nested => self
                .vocabulary
                .find(Place::Endpoint, name)
                .key()
                .filter(|key| !key.is_reported_only()),
            _ => None,
        };
        if let Some(key) = elsewhere {
            let (message, remedy) = if self.place == Place::Endpoint {
                (
                    format!("{}, which is a key of tunnels", self.shown(path)),
                    instead(key, self.protocol),
                )
            } else {
                let remedy = "write the definition under `endpoints`, in version 3";
                (
                    format!("{}, which is a key of endpoints", self.shown(path)),
                    remedy.to_owned(),
                )
            };
            return Issue::error(IssueKind::Misplaced, path, message, remedy);
        }
        let remedy = match (often_written(self.place, name), found) {
            (Some(remedy), _) if !is_nested => remedy.into(),
            (_, Found::Near(key)) => match key.new_name() {
                Some(new) if !key.is_known_to(self.reader.agent) => {
                    format!("did you mean `{new}`?")
                }
                _ => format!("did you mean `{}`?", key.name()),
            },
            _ => {
                "check its name at https://ngrok.com/docs/agent/config/: this agent has no such key"
                    .into()
            }
        };
        if self.reader.agent.is_before_3() {
            return Issue::warning(
                IssueKind::Unknown,
                path,
                message,
                format!("{remedy} (agents before 3.0 ignore it)"),
            );
        }
        Issue::error(IssueKind::Unknown, path, message, remedy)
    }

    fn check_value(&self, key: &Key, path: &[&str], value: &Value, issues: &mut Vec<Issue>) {
        let kind = key.kind(self.reader.agent);
        let shown = self.shown(path);
        match kind.mismatch(value) {
            None => {}
            // What an agent reports is taken back as it is.
            Some(Mismatch::Value) if self.reader.is_request && key.name() == "protocol" => {}
            Some(Mismatch::Type) => issues.push(Issue::error(
                IssueKind::WrongType,
                path,
                format!("{shown} has a wrong type"),
                format!("make it {}", kind.describe()),
            )),
            Some(Mismatch::Value) => issues.push(Issue::error(
                IssueKind::WrongValue,
                path,
                format!("{shown} has a wrong value"),
                format!("make it {}", kind.describe()),
            )),
            Some(Mismatch::Odd(why)) => {
                issues.push(Issue::warning(
                    IssueKind::Odd,
                    path,
                    format!("{shown}: {why}"),
                    "say which is meant",
                ));
            }
            Some(Mismatch::Placeholder) => issues.push(Issue::error(
                IssueKind::Placeholder,
                path,
                format!(
                    "{shown} waits to be filled in: agents expand no variables and no templates"
                ),
                "write the value itself, or expand the file before the agent reads it",
            )),
        }
        match (kind, value) {
            (Kind::Mapping(fields), Value::Object(map)) if !fields.is_empty() => {
                self.check_fields(fields, path, map, issues);
                self.required(fields, path, map, issues);
            }
            _ => {}
        }
    }

    /// Reports required keys that are missing.
    pub(super) fn required(
        &self,
        keys: &[Key],
        path: &[&str],
        map: &Map<String, Value>,
        issues: &mut Vec<Issue>,
    ) {
        for key in keys
            .iter()
            .filter(|key| key.is_required() && !key.is_body_only())
        {
            if map.get(key.name()).is_none_or(Value::is_null) {
                let inside = match path {
                    [] => self.of.to_owned(),
                    path => format!(" in {}", self.shown(path)),
                };
                let message = format!("no `{}`{inside}", key.name());
                issues.push(Issue::error(
                    IssueKind::Missing,
                    path,
                    message,
                    format!("add it: {}", key.doc()),
                ));
            }
        }
    }

    /// A key with its place, as in "`oauth.scopes` of tunnel `web`".
    pub(super) fn shown(&self, path: &[&str]) -> String {
        format!("{}{}", quoted(&path.join(".")), self.of)
    }
}

/// How to say it in the new way.
fn renamed(key: &Key, name: &str) -> String {
    match key.name() {
        "bind_tls" => format!(
            "call it `{name}`: `[https]` for true, `[http]` for false, `[http, https]` for both"
        ),
        "auth" => format!("call it `{name}` and make it a list of `user:password`"),
        "ip_policy" => format!(
            "use `{name}` with `allow_cidrs` and `deny_cidrs`, or the traffic-policy action `restrict-ips` with `ip_policies`"
        ),
        _ => format!("call it `{name}`"),
    }
}

/// What an endpoint has for a key of a tunnel.
pub(super) fn instead(key: &Key, protocol: Option<Protocol>) -> String {
    match key.in_endpoint() {
        Becomes::Same => format!("call it `{}`", key.new_name().unwrap_or(key.name())),
        Becomes::Url => "say it in `url`".into(),
        Becomes::Key(name) => format!("say it in `{name}`"),
        Becomes::Policy => "call it `traffic_policy`".into(),
        Becomes::Termination => {
            "use `agent_tls_termination` to end TLS in the agent, or the traffic-policy action `terminate-tls`".into()
        }
        Becomes::Action { action, phase, how } => {
            let phase = match protocol {
                Some(Protocol::Tcp | Protocol::Tls) => "on_tcp_connect",
                _ => phase,
            };
            let actions = action.replace(", ", "` and `");
            let noun = if action.contains(',') { "actions" } else { "action" };
            format!("use the traffic-policy {noun} `{actions}` in `{phase}`: {how}")
        }
        Becomes::Nothing(why) => why.into(),
    }
}

/// Names that people write and no agent has.
fn often_written(place: Place, name: &str) -> Option<&'static str> {
    match (place, name) {
        (Place::Tunnel, "remote_port") => Some("use `remote_addr`, as `host:port`"),
        (Place::Tunnel, "hostname_binding") => Some("use `domain`"),
        (Place::Tunnel, "tunnel") => {
            Some("move its keys one level up, under the name of the tunnel")
        }
        (Place::Agent | Place::Top, "authtoken_from_env") => {
            Some("leave it out: the agent reads NGROK_AUTHTOKEN by itself")
        }
        (Place::Agent | Place::Top, "inlets") => {
            Some("call it `tunnels`, or `endpoints` in version 3")
        }
        _ => None,
    }
}
