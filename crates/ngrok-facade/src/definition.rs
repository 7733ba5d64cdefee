//! From a config file, a caller's options and a config version to the definition that starts a tunnel or an endpoint.
//!
//! Everything here is a function from data to data, so that the rules are tested as a table. What ngrok calls things is
//! asked of a [`Vocabulary`]; there is no list of options here.

mod endpoint;
mod find;
mod said;
#[cfg(test)]
mod tests;
mod tunnel;

use std::io;
use std::path::Path;

use ngrok_core::definition::{Protocol, Vocabulary};
use ngrok_core::{Address, ConfigVersion};
use ngrok_localapi::{EndpointConfig, TunnelConfig};
use serde_json::{Map, Value};

use crate::error::Result;
use crate::finding::Finding;
use crate::options::ConnectOptions;

pub(crate) use endpoint::changed;
pub(crate) use find::{all, names};

/// What a plan depends on beside the options.
pub(crate) struct Context<'a> {
    pub(crate) vocabulary: &'a Vocabulary,
    /// All of the config file; null if there is none.
    pub(crate) config: &'a Value,
    /// The folder of the config file, which its relative paths start from.
    pub(crate) folder: Option<&'a Path>,
    /// Whether tunnels or endpoints are opened.
    pub(crate) version: ConfigVersion,
    /// The end of a generated name.
    pub(crate) unique: &'a str,
    /// Reads a file of a traffic policy.
    pub(crate) read: &'a dyn Fn(&Path) -> io::Result<String>,
}

/// What to start.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Start {
    pub(crate) request: Request,
    /// Where the traffic goes, as far as it is known.
    pub(crate) upstream: Option<Address>,
    /// What is odd about it, and no error.
    pub(crate) odd: Option<Finding>,
}

/// A definition, by what it starts.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Request {
    /// With the names that the caller used: [`for_agent`](tunnel::for_agent) makes it what an agent takes.
    Tunnel(TunnelConfig, Protocol),
    Endpoint(EndpointConfig),
}

pub(crate) use tunnel::{Ignored, depends_on_agent, for_agent};

/// What to open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sort {
    Tunnel,
    Endpoint,
}

/// Plans what `options` ask for: an endpoint in version 3, unless a tunnel of the config file is meant.
pub(crate) fn plan(context: &Context<'_>, options: &ConnectOptions) -> Result<Start> {
    let found = find::definition(context.config, options.name.as_deref(), context.version);
    let sort = match (context.version, &found) {
        (ConfigVersion::V2, _) => Sort::Tunnel,
        (_, Some(found)) => found.sort,
        (_, None) => Sort::Endpoint,
    };
    plan_as(context, options, sort)
}

/// Plans the same as a tunnel or as an endpoint.
pub(crate) fn plan_as(
    context: &Context<'_>,
    options: &ConnectOptions,
    sort: Sort,
) -> Result<Start> {
    // What the caller says is checked before anything is looked up, so that a wrong option is always reported as such.
    said::check_types(options)?;
    let given = said::canonical(context.vocabulary, sort, options.fields.clone())?;
    if sort == Sort::Tunnel {
        tunnel::refuse_endpoint_options(context.vocabulary, &given)?;
    }
    let found = find::definition(context.config, options.name.as_deref(), context.version);
    let odd = match &found {
        None if options.name.is_some()
            && options.addr.is_none()
            && !given.contains_key("upstream") =>
        {
            Some(find::missing(context, options.name.as_deref()))
        }
        _ => None,
    };
    let said = said::read(context, options, given, found, sort)?;
    let (request, upstream) = match sort {
        Sort::Tunnel => tunnel::request(said)?,
        Sort::Endpoint => endpoint::request(context.vocabulary, said)?,
    };
    Ok(Start {
        request,
        upstream,
        odd,
    })
}

/// A scalar of a config file as text: `addr: 8080` is a number to YAML.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) if number.is_u64() => Some(number.to_string()),
        _ => None,
    }
}

/// A policy that was given as YAML or JSON in a string goes out as an object.
fn read_policy(fields: &mut Map<String, Value>) -> Result<()> {
    if let Some(policy @ Value::String(_)) = fields.get_mut("traffic_policy") {
        let read = crate::options::read_policy(policy.as_str().unwrap_or_default())?;
        *policy = read.to_json();
    }
    Ok(())
}
