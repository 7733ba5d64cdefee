//! The definition of a tunnel, and what an agent's version makes of it.

use ngrok_core::definition::{Becomes, Key, Place, Protocol, Vocabulary, as_flag, as_text};
use ngrok_core::{Address, AgentVersion, ConfigVersion};
use ngrok_localapi::TunnelConfig;
use serde_json::{Map, Value, json};

use super::Request;
use super::said::Said;
use crate::error::{Error, Result};

/// Refuses options that only endpoints have.
pub(super) fn refuse_endpoint_options(
    vocabulary: &Vocabulary,
    given: &Map<String, Value>,
) -> Result<()> {
    let only_of_endpoints = |name: &str| {
        let key = vocabulary.key(Place::Endpoint, name);
        key.is_some_and(|key| !key.is_reported_only())
            && vocabulary.key(Place::Tunnel, name).is_none()
    };
    match given
        .iter()
        .find(|(name, value)| !value.is_null() && only_of_endpoints(name))
    {
        Some((option, _)) => Err(Error::WrongConfigVersion {
            option: option.clone(),
            instead: None,
            version: ConfigVersion::V2,
        }),
        None => Ok(()),
    }
}

pub(super) fn request(said: Said) -> Result<(Request, Option<Address>)> {
    let mut fields = said.fields;
    fields.insert("name".to_owned(), said.name.into());
    fields.insert("addr".to_owned(), said.address.tunnel_addr().into());
    // A labelled tunnel belongs to an edge, which knows the protocol.
    let protocol = if fields.contains_key("labels") {
        Protocol::Labelled
    } else {
        fields.insert("proto".to_owned(), said.protocol.as_str().into());
        said.protocol
    };
    let config = TunnelConfig::from_fields(fields);
    config.check()?;
    Ok((Request::Tunnel(config, protocol), Some(said.address)))
}

/// Whether agents before 3.0 and later ones read it differently, so that the agent has to be asked for its version.
pub(crate) fn depends_on_agent(
    vocabulary: &Vocabulary,
    config: &TunnelConfig,
    protocol: Protocol,
) -> bool {
    let same = |name: &str| {
        let key = vocabulary.key(Place::Tunnel, name);
        key.is_some_and(|key| {
            key.protocols_of(AgentVersion::LAST_2).contains(protocol)
                && key.is_known_to(AgentVersion::NEWEST)
        })
    };
    config
        .as_json()
        .iter()
        .any(|(name, value)| !value.is_null() && !same(name))
}

/// What an agent would ignore.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ignored {
    pub(crate) option: String,
    pub(crate) is_guard: bool,
    /// What this agent has in its place.
    pub(crate) instead: Option<&'static str>,
}

/// Writes a tunnel as an agent of this version takes it.
///
/// Agents from 3.0 on get the newer names. Those before get what they know under the names they know, and nothing else,
/// since they ignore it: a tunnel would be open that was to be guarded.
pub(crate) fn for_agent(
    vocabulary: &Vocabulary,
    config: TunnelConfig,
    protocol: Protocol,
    agent: AgentVersion,
) -> Result<TunnelConfig, Ignored> {
    let mut fields = config.into_fields();
    if agent.is_before_3() {
        return match ignored(vocabulary, &fields, protocol, agent) {
            Some(ignored) => Err(ignored),
            None => Ok(TunnelConfig::from_fields(fields)),
        };
    }
    for key in vocabulary.keys(Place::Tunnel) {
        let Some(new) = key.new_name().filter(|_| !key.is_known_to(agent)) else {
            continue;
        };
        if let Some(value) = fields.get(key.name()).and_then(|value| renamed(key, value)) {
            fields.remove(key.name());
            fields.entry(new).or_insert(value);
        }
    }
    Ok(TunnelConfig::from_fields(fields))
}

/// The value of a key under its newer name; none where that says something else.
fn renamed(key: &Key, value: &Value) -> Option<Value> {
    match key.in_endpoint() {
        // `bind_tls`, which became the list of `schemes`.
        Becomes::Url => Some(match as_text(value)?.as_str() {
            "both" => json!(["http", "https"]),
            "true" => json!(["https"]),
            _ if as_flag(value) == Some(true) => json!(["https"]),
            _ => json!(["http"]),
        }),
        // `auth`, which became the list `basic_auth`.
        Becomes::Action {
            action: "basic-auth",
            ..
        } => Some(if value.is_array() {
            value.clone()
        } else {
            json!([value])
        }),
        _ => None,
    }
}

fn ignored(
    vocabulary: &Vocabulary,
    fields: &Map<String, Value>,
    protocol: Protocol,
    agent: AgentVersion,
) -> Option<Ignored> {
    let of = |option: &str, is_guard| Ignored {
        option: option.to_owned(),
        is_guard,
        instead: vocabulary
            .key(Place::Tunnel, option)
            .and_then(|key| vocabulary.old_name(Place::Tunnel, key))
            .filter(|old| old.protocols_of(agent).contains(protocol))
            .map(Key::name),
    };
    if let Some((option, _)) = vocabulary.ignored_guard(fields, protocol, agent) {
        return Some(of(option, true));
    }
    let knows = |name: &str| {
        let key = vocabulary.key(Place::Tunnel, name);
        key.is_some_and(|key| key.protocols_of(agent).contains(protocol))
    };
    // What is turned off is off there too.
    let matters = |value: &Value| !value.is_null() && as_flag(value) != Some(false);
    fields
        .iter()
        .find(|(name, value)| matters(value) && !knows(name))
        .map(|(option, _)| of(option, false))
}
