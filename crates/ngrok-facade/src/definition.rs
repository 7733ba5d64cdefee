//! From a config file, a caller's options and a config version to the request that starts a tunnel or an endpoint.
//!
//! Everything here is a function from data to data, so that the rules are tested as a table.

mod dialect;
#[cfg(test)]
mod tests;

use ngrok_localapi::TrafficPolicy;
use serde_json::{Map, Value};

pub(crate) use dialect::guard;

use crate::{ConfigVersion, ConnectOptions, Error, Result};
use ngrok_core::Address;

/// Definitions that [`connect`](crate::Ngrok::connect) takes when it is given no name, first come first served.
const DEFAULT_NAMES: [&str; 2] = ["pyngrok-default", "ngrok-default"];

/// What to POST to the agent.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Start {
    /// `/api/tunnels` or `/api/endpoints`.
    pub(crate) path: &'static str,
    /// The tunnel's name, which is in the body too.
    pub(crate) name: String,
    /// Where the traffic goes, as far as it can be told.
    pub(crate) upstream: Option<String>,
    /// The request's body.
    pub(crate) body: Map<String, Value>,
}

/// Where the local API keeps what `version` calls a tunnel or an endpoint.
pub(crate) fn api_path(version: ConfigVersion) -> &'static str {
    if is_v3(version) {
        "/api/endpoints"
    } else {
        "/api/tunnels"
    }
}

fn is_v3(version: ConfigVersion) -> bool {
    version == ConfigVersion::V3
}

/// The request that starts what `options` ask for. `config` is the whole config file, `unique` ends a made-up name.
pub(crate) fn plan(
    config: &Value,
    options: &ConnectOptions,
    version: ConfigVersion,
    unique: &str,
) -> Result<Start> {
    // What the caller says is checked before anything is looked up, so that a wrong option is always told as such.
    dialect::check(&options.options, version)?;
    let matched = find(config, options.name.as_deref(), version);
    let upstream_given = options.options.contains_key("upstream");
    let mut body = options.options.clone();
    let mut addr = options.addr.clone();
    let mut proto = options.proto.clone();
    let mut name = options.name.clone();
    if let Some((found, definition)) = matched {
        for (key, value) in definition {
            match (key.as_str(), text(value)) {
                ("name", _) => {}
                ("addr", given) => addr = addr.or(given),
                ("proto", given) => proto = proto.or(given),
                _ => {
                    body.entry(key.as_str()).or_insert_with(|| value.clone());
                }
            }
        }
        dialect::check(&body, version)?;
        // Since 3.29 the agent refuses a name that its config file holds already, even if nothing of it runs.
        name = Some(format!("{found}-api"));
    }
    let address = Address::parse(addr.as_deref().unwrap_or("80"))?;
    let proto = proto
        .or_else(|| address.proto().map(str::to_owned))
        .or_else(|| url_proto(&body).map(str::to_owned))
        .unwrap_or_else(|| "http".to_owned());
    let name = name.unwrap_or_else(|| format!("{proto}-{}-{unique}", address.label()));
    let mut upstream = Some(address.upstream_url(&proto));
    if is_v3(version) {
        let addressed = options.addr.is_some() || options.proto.is_some();
        if upstream_given || (body.contains_key("upstream") && !addressed) {
            upstream = body
                .get("upstream")
                .and_then(|it| it.get("url"))
                .and_then(text);
        } else {
            let block = body.entry("upstream").or_insert_with(|| Map::new().into());
            if !block.is_object() {
                *block = Map::new().into();
            }
            if let Value::Object(block) = block {
                block.insert("url".to_owned(), address.upstream_url(&proto).into());
            }
        }
        if proto == "tcp" || proto == "tls" {
            body.entry("url")
                .or_insert_with(|| format!("{proto}://").into());
            body.entry("inspect").or_insert(Value::Bool(false));
        }
    } else {
        body.insert("addr".to_owned(), address.tunnel_addr().into());
        // A labelled tunnel belongs to an edge, which knows the protocol.
        if !body.contains_key("labels") {
            body.insert("proto".to_owned(), proto.into());
        }
        dialect::rename_old(&mut body);
    }
    check_name(&name)?;
    match body.get("traffic_policy") {
        Some(Value::String(text)) => {
            let policy = crate::options::read_policy(text)?;
            body.insert("traffic_policy".to_owned(), policy.to_json());
        }
        Some(policy @ Value::Object(_)) => drop(TrafficPolicy::from_json(policy)?),
        _ => {}
    }
    body.insert("name".to_owned(), name.clone().into());
    Ok(Start {
        path: api_path(version),
        name,
        upstream,
        body,
    })
}

/// Refuses names that agents take but can then neither show nor delete.
fn check_name(name: &str) -> Result<()> {
    let reason = if name.is_empty() {
        "it is empty"
    } else if name.contains(['/', '?', '#', '%']) || name == "." || name == ".." {
        "the agent could not find it again: leave out `/`, `?`, `#` and `%`"
    } else {
        return Ok(());
    };
    Err(Error::Name {
        name: name.to_owned(),
        reason,
    })
}

/// What to change in a running endpoint: `current` is its body as the agent shows it.
///
/// A PUT replaces the endpoint, so what the caller leaves out is taken from the endpoint as it is.
pub(crate) fn replacement(
    current: &Map<String, Value>,
    options: &ConnectOptions,
) -> Result<Map<String, Value>> {
    dialect::check(&options.options, ConfigVersion::V3)?;
    let mut body: Map<String, Value> = current
        .iter()
        .filter(|(key, value)| dialect::is_endpoint_field(key) && !value.is_null())
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    body.extend(options.options.clone());
    if let Some(addr) = &options.addr {
        let address = Address::parse(addr)?;
        let proto = options
            .proto
            .as_deref()
            .or_else(|| url_proto(&body))
            .unwrap_or("http");
        let url = address.upstream_url(proto);
        match body.get_mut("upstream") {
            Some(Value::Object(block)) => {
                block.insert("url".to_owned(), url.into());
            }
            _ => {
                body.insert("upstream".to_owned(), serde_json::json!({ "url": url }));
            }
        }
    }
    Ok(body)
}

/// All definitions of the config file but the default ones, in the file's order, endpoints first.
pub(crate) fn names<'a>(
    endpoints: &[&'a str],
    tunnels: &[&'a str],
    version: ConfigVersion,
) -> Vec<&'a str> {
    let endpoints = endpoints.iter().filter(|_| is_v3(version));
    let mut names = Vec::new();
    for name in endpoints.chain(tunnels) {
        // An endpoint wins over a tunnel of the same name, so each name is started once.
        if !DEFAULT_NAMES.contains(name) && !names.contains(name) {
            names.push(*name);
        }
    }
    names
}

/// The definition called `name`, or a default one if there is no name.
fn find<'a>(
    config: &'a Value,
    name: Option<&str>,
    version: ConfigVersion,
) -> Option<(&'a str, &'a Map<String, Value>)> {
    let wanted = name.map_or_else(|| DEFAULT_NAMES.to_vec(), |name| vec![name]);
    let named = |wanted: &str| {
        let in_endpoints = endpoints(config, version).find_map(|(name, definition)| {
            name.filter(|&name| name == wanted)
                .map(|name| (name, definition))
        });
        in_endpoints.or_else(|| tunnels(config).find(|(name, _)| *name == wanted))
    };
    wanted.into_iter().find_map(named)
}

fn endpoints(
    config: &Value,
    version: ConfigVersion,
) -> impl Iterator<Item = (Option<&str>, &Map<String, Value>)> {
    let list = config
        .get("endpoints")
        .filter(|_| is_v3(version))
        .and_then(Value::as_array);
    list.into_iter()
        .flatten()
        .filter_map(Value::as_object)
        .map(|definition| (definition.get("name").and_then(Value::as_str), definition))
}

fn tunnels(config: &Value) -> impl Iterator<Item = (&str, &Map<String, Value>)> {
    let map = config.get("tunnels").and_then(Value::as_object);
    map.into_iter()
        .flatten()
        .filter_map(|(name, definition)| Some((name.as_str(), definition.as_object()?)))
}

/// A scalar of a config file as text: `addr: 8080` is a number to YAML.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The protocol that an endpoint's `url` implies where nobody names one.
fn url_proto(body: &Map<String, Value>) -> Option<&'static str> {
    let url = body.get("url").and_then(Value::as_str)?;
    ["tcp", "tls"].into_iter().find(|proto| {
        url.strip_prefix(proto)
            .is_some_and(|rest| rest.starts_with("://"))
    })
}

/// The public URL of a tunnel (`public_url`) or an endpoint (`url`), which every answer must hold.
pub(crate) fn public_url(data: &Value, name: &str) -> Result<String> {
    let url = data
        .get("public_url")
        .filter(|url| !url.is_null())
        .or_else(|| data.get("url"));
    match url.and_then(Value::as_str) {
        Some(url) if !url.is_empty() => Ok(url.to_owned()),
        _ => Err(Error::NoPublicUrl {
            name: name.to_owned(),
        }),
    }
}
