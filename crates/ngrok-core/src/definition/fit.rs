//! Whether a key that the table has is one for this reader: this agent, layout, place and protocol.

use super::check::{Reader, Site};
use super::issue::{Issue, IssueKind};
use super::key::{Guard, Key, Versions};
use super::protocol::Protocol;
use super::remedy::{instead, renamed};
use super::vocabulary::Place;
use crate::ConfigVersion;

impl Site<'_> {
    /// Why a key that the table has is not one for this reader.
    pub(super) fn unfit(&self, keys: &[Key], key: &Key, path: &[&str]) -> Option<Issue> {
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
}
