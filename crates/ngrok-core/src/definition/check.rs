//! Checks the keys of a mapping against the table: names, values, what this agent knows.

use serde_json::{Map, Value};

use super::issue::{Issue, IssueKind, quoted};
use super::key::{Guard, Key};
use super::kind::{Kind, Mismatch};
use super::protocol::Protocol;
use super::remedy::{instead, often_written, renamed};
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
    /// Checks the keys of the agent itself: those at the top of version 2, where keys of [`Place::Top`] are passed over, or
    /// those under `agent` in version 3.
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
            let is_top = self.key(Place::Top, name).is_some();
            if is_top && reader.version == Some(ConfigVersion::V3) {
                issues.push(Issue::error(
                    IssueKind::Misplaced,
                    &[name],
                    format!("`{name}` is under `agent`, where version 3 does not read it"),
                    "move it to the top of the file, to the left of where it is",
                ));
            } else if !is_top {
                site.check_key(self.keys(Place::Agent), &[name], value, &mut issues);
            }
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
            let remedy = format!("{remedy} (agents before 3.0 ignore it)");
            return Issue::warning(IssueKind::Unknown, path, message, remedy);
        }
        if self.reader.agent > AgentVersion::NEWEST {
            return Issue::warning(IssueKind::Unknown, path, message, remedy);
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
            // A newer agent may know more words.
            Some(Mismatch::Value)
                if self.reader.agent > AgentVersion::NEWEST && matches!(kind, Kind::Word(_)) =>
            {
                issues.push(Issue::warning(
                    IssueKind::WrongValue,
                    path,
                    format!("{shown} has a value that is not known"),
                    format!("make it {}", kind.describe()),
                ));
            }
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
                    format!("make it {}", kind.describe()),
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
        let is_long = path.iter().any(|name| !quoted(name).starts_with('`'));
        let name = match is_long {
            true => quoted(path.iter().max_by_key(|name| name.len()).unwrap_or(&"")),
            false => format!("`{}`", path.join(".")),
        };
        format!("{name}{}", self.of)
    }
}
