//! The definition of an endpoint: a new one, or a running one with changes.

use ngrok_core::definition::{Protocol, Vocabulary};
use ngrok_core::{Address, ConfigVersion};
use ngrok_localapi::EndpointConfig;
use serde_json::{Map, Value};

use super::said::{self, Said};
use super::{Request, Sort, read_policy, text};
use crate::error::{Error, Result};
use crate::options::ConnectOptions;

pub(super) fn request(vocabulary: &Vocabulary, said: Said) -> Result<(Request, Option<Address>)> {
    let protocol = said.protocol;
    let mut fields = translated(vocabulary, &said.fields, protocol)?;
    fields.insert("name".to_owned(), said.name.into());
    let upstream = if said.has_upstream || (names_upstream(&fields) && !said.addressed) {
        upstream_address(&fields)
    } else {
        forward_to(&mut fields, &said.address, protocol);
        Some(said.address)
    };
    if protocol != Protocol::Http {
        fields
            .entry("url")
            .or_insert_with(|| format!("{protocol}://").into());
        fields.entry("inspect").or_insert(Value::Bool(false));
    }
    let config = EndpointConfig::from_fields(fields);
    config.check()?;
    Ok((Request::Endpoint(config), upstream))
}

/// The options of a tunnel as those of an endpoint, where nothing is lost.
fn translated(
    vocabulary: &Vocabulary,
    fields: &Map<String, Value>,
    protocol: Protocol,
) -> Result<Map<String, Value>> {
    vocabulary
        .to_endpoint(fields, protocol, None)
        .map_err(|refused| match refused.action {
            Some(_) if refused.is_guard => Error::GuardDropped {
                option: refused.option,
                instead: refused.instead,
            },
            _ => Error::WrongConfigVersion {
                option: refused.option,
                instead: Some(refused.instead),
                version: ConfigVersion::V3,
            },
        })
}

fn names_upstream(fields: &Map<String, Value>) -> bool {
    let url = fields.get("upstream").and_then(|it| it.get("url"));
    url.is_some_and(|url| !url.is_null() && url != "")
}

/// Sets the URL of an endpoint's upstream, and leaves what else is said of it.
fn forward_to(fields: &mut Map<String, Value>, address: &Address, protocol: Protocol) {
    let url = address.upstream_url(protocol.as_str());
    match fields.get_mut("upstream") {
        Some(Value::Object(upstream)) => drop(upstream.insert("url".to_owned(), url.into())),
        _ => {
            let upstream = Map::from_iter([("url".to_owned(), url.into())]);
            fields.insert("upstream".to_owned(), upstream.into());
        }
    }
}

/// Where the upstream that a definition names is, if it can be read.
fn upstream_address(fields: &Map<String, Value>) -> Option<Address> {
    let url = fields.get("upstream").and_then(|it| it.get("url"))?;
    Address::parse(&text(url)?).ok()
}

/// The definition of a running endpoint with the options in place of what it has for them.
///
/// It replaces the endpoint's, so what the caller leaves out is taken from the endpoint as it is.
pub(crate) fn changed(
    vocabulary: &Vocabulary,
    current: EndpointConfig,
    options: &ConnectOptions,
) -> Result<EndpointConfig> {
    said::check_types(options)?;
    let mut fields = current.into_fields();
    // A policy of the agent's that this crate cannot read goes back as it came.
    let _ = read_policy(&mut fields);
    let by_url = url_protocol(&fields);
    let protocol = match &options.proto {
        Some(word) => word.parse()?,
        None => by_url,
    };
    if protocol != by_url {
        let reason = format!("the endpoint speaks {by_url}: open another one for {protocol}");
        return Err(Error::option("proto", reason));
    }
    let given = said::canonical(vocabulary, Sort::Endpoint, options.fields.clone())?;
    let mut given = translated(vocabulary, &given, protocol)?;
    read_policy(&mut given)?;
    fields.extend(given);
    if let Some(addr) = &options.addr {
        let address = Address::parse(addr)?;
        if let Some(other) = address.proto().filter(|other| *other != protocol.as_str()) {
            let reason = format!("it says {other}, and the endpoint speaks {protocol}");
            return Err(Error::option("addr", reason));
        }
        forward_to(&mut fields, &address, protocol);
    }
    let config = EndpointConfig::from_fields(fields);
    config.check()?;
    Ok(config)
}

/// The protocol that an endpoint's `url` says; http without one.
fn url_protocol(fields: &Map<String, Value>) -> Protocol {
    let url = fields
        .get("url")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let scheme = url.split_once("://").map_or("http", |(scheme, _)| scheme);
    scheme.parse().unwrap_or(Protocol::Http)
}
