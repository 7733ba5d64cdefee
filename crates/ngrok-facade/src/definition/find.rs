//! Looks definitions up in the config file.

use ngrok_core::ConfigVersion;
use serde_json::{Map, Value};

use super::{Context, Sort};
use crate::finding::{Finding, FindingCode};

/// Definitions that [`connect`](crate::Ngrok::connect) takes when it is given no name, first come first served.
const DEFAULT_NAMES: [&str; 2] = ["pyngrok-default", "ngrok-default"];

/// A definition of the config file.
pub(super) struct Found<'a> {
    pub(super) name: &'a str,
    pub(super) fields: &'a Map<String, Value>,
    pub(super) sort: Sort,
}

/// Returns the definition called `name`, or a default one if there is no name. An endpoint wins over a tunnel.
pub(super) fn definition<'a>(
    config: &'a Value,
    name: Option<&str>,
    version: ConfigVersion,
) -> Option<Found<'a>> {
    let wanted = name.map_or_else(|| DEFAULT_NAMES.to_vec(), |name| vec![name]);
    wanted.into_iter().find_map(|wanted| {
        let mut all = endpoints(config, version).chain(tunnels(config));
        all.find(|found| found.name == wanted)
    })
}

/// Returns the names of all definitions, in the order in which the file has them, endpoints first.
pub(crate) fn all<'a>(
    endpoints: &[&'a str],
    tunnels: &[&'a str],
    version: ConfigVersion,
) -> Vec<&'a str> {
    let endpoints = endpoints.iter().filter(|_| version == ConfigVersion::V3);
    let mut names = Vec::new();
    for name in endpoints.chain(tunnels) {
        // An endpoint wins over a tunnel of the same name, so each name is there once.
        if !names.contains(name) {
            names.push(*name);
        }
    }
    names
}

/// Returns the names of all definitions but the default ones.
pub(crate) fn names<'a>(
    endpoints: &[&'a str],
    tunnels: &[&'a str],
    version: ConfigVersion,
) -> Vec<&'a str> {
    let mut names = all(endpoints, tunnels, version);
    names.retain(|name| !DEFAULT_NAMES.contains(name));
    names
}

/// What is odd about a name that no definition has, where nothing says what to forward to.
pub(super) fn missing(context: &Context<'_>, name: Option<&str>) -> Finding {
    let defined = endpoints(context.config, context.version).chain(tunnels(context.config));
    let names: Vec<String> = defined.map(|it| format!("`{}`", it.name)).collect();
    let remedy = if names.is_empty() {
        "give a port, or add the definition to the config file".to_owned()
    } else {
        format!(
            "give a port, or one of the defined names: {}",
            names.join(", ")
        )
    };
    Finding::warning(
        FindingCode::DefinitionMissing,
        format!(
            "no tunnel or endpoint called `{}` is defined, so port 80 is forwarded",
            name.unwrap_or_default()
        ),
        remedy,
    )
}

fn endpoints(config: &Value, version: ConfigVersion) -> impl Iterator<Item = Found<'_>> {
    let list = config
        .get("endpoints")
        .filter(|_| version == ConfigVersion::V3)
        .and_then(Value::as_array);
    list.into_iter().flatten().filter_map(|item| {
        let fields = item.as_object()?;
        Some(Found {
            name: fields.get("name")?.as_str()?,
            fields,
            sort: Sort::Endpoint,
        })
    })
}

fn tunnels(config: &Value) -> impl Iterator<Item = Found<'_>> {
    let map = config.get("tunnels").and_then(Value::as_object);
    map.into_iter().flatten().filter_map(|(name, definition)| {
        Some(Found {
            name,
            fields: definition.as_object()?,
            sort: Sort::Tunnel,
        })
    })
}
