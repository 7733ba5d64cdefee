//! From a config file, a caller's options and a config version to the definition that starts a tunnel or an endpoint.
//!
//! Everything here is a function from data to data, so that the rules are tested as a table.

mod dialect;
#[cfg(test)]
mod tests;

use ngrok_core::Address;
use ngrok_localapi::{EndpointConfig, TunnelConfig};
use serde_json::{Map, Value};

pub(crate) use dialect::guard;

use crate::ConfigVersion;
use crate::error::Result;
use crate::options::{self, ConnectOptions};

/// Definitions that [`connect`](crate::Ngrok::connect) takes when it is given no name, first come first served.
const DEFAULT_NAMES: [&str; 2] = ["pyngrok-default", "ngrok-default"];

/// What to start.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Start {
    pub(crate) request: Request,
    /// Where the traffic goes, as far as it is known.
    pub(crate) upstream: Option<Address>,
}

/// A definition, by what it starts.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Request {
    Tunnel(TunnelConfig),
    Endpoint(EndpointConfig),
}

impl Request {
    /// The definition as it is sent.
    pub(crate) fn fields(&self) -> &Map<String, Value> {
        match self {
            Self::Tunnel(config) => config.as_json(),
            Self::Endpoint(config) => config.as_json(),
        }
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
    dialect::check(&options.fields, version)?;
    let matched = find(config, options.name.as_deref(), version);
    let upstream_given = options.fields.contains_key("upstream");
    let mut body = options.fields.clone();
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
    body.insert("name".to_owned(), name.into());
    read_policy(&mut body)?;
    if !is_v3(version) {
        body.insert("addr".to_owned(), address.tunnel_addr().into());
        // A labelled tunnel belongs to an edge, which knows the protocol.
        if !body.contains_key("labels") {
            body.insert("proto".to_owned(), proto.into());
        }
        dialect::rename_old(&mut body);
        let config = TunnelConfig::from_fields(body);
        config.check()?;
        return Ok(Start {
            request: Request::Tunnel(config),
            upstream: Some(address),
        });
    }
    let addressed = options.addr.is_some() || options.proto.is_some();
    let upstream = if upstream_given || (body.contains_key("upstream") && !addressed) {
        upstream_address(&body)
    } else {
        forward_to(&mut body, &address, &proto);
        Some(address)
    };
    if proto == "tcp" || proto == "tls" {
        body.entry("url")
            .or_insert_with(|| format!("{proto}://").into());
        body.entry("inspect").or_insert(Value::Bool(false));
    }
    let config = EndpointConfig::from_fields(body);
    config.check()?;
    Ok(Start {
        request: Request::Endpoint(config),
        upstream,
    })
}

/// Sets the URL of an endpoint's upstream, and leaves what else is said of it.
fn forward_to(body: &mut Map<String, Value>, address: &Address, proto: &str) {
    let url = address.upstream_url(proto);
    match body.get_mut("upstream") {
        Some(Value::Object(upstream)) => drop(upstream.insert("url".to_owned(), url.into())),
        _ => {
            let upstream = Map::from_iter([("url".to_owned(), url.into())]);
            body.insert("upstream".to_owned(), upstream.into());
        }
    }
}

/// Where the upstream that a definition names is, if it can be read.
fn upstream_address(body: &Map<String, Value>) -> Option<Address> {
    let url = body.get("upstream").and_then(|it| it.get("url"))?;
    Address::parse(&text(url)?).ok()
}

/// A policy that was given as YAML or JSON in a string goes out as an object.
fn read_policy(body: &mut Map<String, Value>) -> Result<()> {
    if let Some(policy @ Value::String(_)) = body.get_mut("traffic_policy") {
        let read = options::read_policy(policy.as_str().unwrap_or_default())?;
        *policy = read.to_json();
    }
    Ok(())
}

/// The definition of a running endpoint with the options in place of what it has for them.
///
/// It replaces the endpoint's, so what the caller leaves out is taken from the endpoint as it is.
pub(crate) fn changed(current: EndpointConfig, options: &ConnectOptions) -> Result<EndpointConfig> {
    dialect::check(&options.fields, ConfigVersion::V3)?;
    let mut body = current.into_fields();
    // A policy of the agent's that this crate cannot read goes back as it came.
    let _ = read_policy(&mut body);
    let mut given = options.fields.clone();
    read_policy(&mut given)?;
    body.extend(given);
    if let Some(addr) = &options.addr {
        let address = Address::parse(addr)?;
        let proto = options
            .proto
            .as_deref()
            .or_else(|| url_proto(&body))
            .unwrap_or("http");
        forward_to(&mut body, &address, proto);
    }
    let config = EndpointConfig::from_fields(body);
    config.check()?;
    Ok(config)
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
