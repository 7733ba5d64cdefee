//! What options and definition say together: an address, a protocol, a name, and the rest by its right names.

use std::path::Path;

use ngrok_core::definition::{Found as Named, Place, Protocol, Vocabulary};
use ngrok_core::{Address, ParseError};
use serde_json::{Map, Value};

use super::find::Found;
use super::{Context, Sort, read_policy, text};
use crate::error::{Error, Result};
use crate::options::ConnectOptions;

const POLICY: &str = "traffic_policy";
const POLICY_FILE: &str = "traffic_policy_file";

/// All that is said, read and checked.
pub(super) struct Said {
    pub(super) name: String,
    pub(super) address: Address,
    pub(super) protocol: Protocol,
    /// Everything but the three above.
    pub(super) fields: Map<String, Value>,
    /// Whether the caller gave an address or a protocol.
    pub(super) addressed: bool,
    /// Whether the caller gave an upstream.
    pub(super) has_upstream: bool,
}

/// Refuses an address, a protocol or a name that is no string and no number.
pub(super) fn check_types(options: &ConnectOptions) -> Result<()> {
    match ["addr", "proto", "name"]
        .into_iter()
        .find(|key| options.fields.contains_key(*key))
    {
        Some(key) => Err(wrong_type(key)),
        None => Ok(()),
    }
}

fn wrong_type(key: &str) -> Error {
    let right = match key {
        "addr" => "a port, `host:port` or a URL",
        "proto" => "`http`, `tcp` or `tls`",
        _ => "a string",
    };
    Error::option(key, format!("it has to be {right}"))
}

/// Gives options their right names: `basic-auth` was meant to guard too.
pub(super) fn canonical(
    vocabulary: &Vocabulary,
    sort: Sort,
    fields: Map<String, Value>,
) -> Result<Map<String, Value>> {
    let mut named = Map::new();
    for (written, value) in fields {
        let name = right_name(vocabulary, sort, &written);
        if named.insert(name.to_owned(), value).is_some() {
            return Err(Error::option(
                &written,
                format!("it is given twice: call it `{name}`, once"),
            ));
        }
    }
    Ok(named)
}

fn right_name<'a>(vocabulary: &'a Vocabulary, sort: Sort, written: &'a str) -> &'a str {
    let places: &[Place] = match sort {
        Sort::Tunnel => &[Place::Tunnel, Place::Endpoint],
        Sort::Endpoint => &[Place::Endpoint, Place::Tunnel],
    };
    for place in places {
        match vocabulary.find(*place, written) {
            Named::Key(_) => return written,
            Named::Misspelled(key) => return key.name(),
            _ => {}
        }
    }
    written
}

/// Puts the caller's options over the definition, key by key.
pub(super) fn read(
    context: &Context<'_>,
    options: &ConnectOptions,
    mut fields: Map<String, Value>,
    found: Option<Found<'_>>,
    sort: Sort,
) -> Result<Said> {
    let has_upstream = fields.contains_key("upstream");
    let mut addr = options.addr.clone();
    let mut proto = options.proto.clone();
    let mut name = options.name.clone();
    read_policy_file(context, &mut fields, None)?;
    if let Some(found) = found {
        let defined = canonical(context.vocabulary, sort, found.fields.clone())?;
        let mut defined = without_overridden(context.vocabulary, defined, &fields);
        read_policy_file(context, &mut defined, context.folder)?;
        for (key, value) in defined {
            match key.as_str() {
                "name" => {}
                "addr" => or_defined(&mut addr, &key, &value)?,
                "proto" => or_defined(&mut proto, &key, &value)?,
                _ => drop(fields.entry(key).or_insert(value)),
            }
        }
        // Since 3.29 the agent refuses a name that its config file holds already, even if nothing of it runs.
        name = Some(format!("{}-api", found.name));
    }
    let address = Address::parse(addr.as_deref().unwrap_or("80"))?;
    let protocol = protocol(&address, proto.as_deref(), &mut fields)?;
    let name = name.unwrap_or_else(|| format!("{protocol}-{}-{}", address.label(), context.unique));
    read_policy(&mut fields)?;
    Ok(Said {
        name,
        address,
        protocol,
        fields,
        addressed: options.addr.is_some() || options.proto.is_some(),
        has_upstream,
    })
}

fn or_defined(said: &mut Option<String>, key: &str, value: &Value) -> Result<()> {
    if said.is_none() && !value.is_null() {
        *said = Some(text(value).ok_or_else(|| wrong_type(key))?);
    }
    Ok(())
}

/// What of a definition the caller's options leave: not what excludes them, as `domain` does `url`.
fn without_overridden(
    vocabulary: &Vocabulary,
    mut defined: Map<String, Value>,
    given: &Map<String, Value>,
) -> Map<String, Value> {
    let excludes = |one: &str, other: &str| {
        [Place::Tunnel, Place::Endpoint].iter().any(|place| {
            vocabulary
                .key(*place, one)
                .is_some_and(|key| key.conflicting().contains(&other))
        })
    };
    defined.retain(|name, _| {
        !given
            .keys()
            .any(|key| excludes(key, name) || excludes(name, key))
    });
    defined
}

/// Replaces the name of a policy's file by what is in it: whether agents read one for a request is documented nowhere.
fn read_policy_file(
    context: &Context<'_>,
    fields: &mut Map<String, Value>,
    folder: Option<&Path>,
) -> Result<()> {
    let Some(file) = fields
        .remove(POLICY_FILE)
        .filter(|file| !file.is_null() && file != "")
    else {
        return Ok(());
    };
    if fields.get(POLICY).is_some_and(|policy| !policy.is_null()) {
        return Err(Error::option(
            POLICY_FILE,
            "it is beside `traffic_policy`: keep one of them",
        ));
    }
    let file = file
        .as_str()
        .map(Path::new)
        .ok_or_else(|| Error::option(POLICY_FILE, "it has to be the path of a file"))?;
    let path = folder.map_or_else(|| file.to_owned(), |folder| folder.join(file));
    let content = (context.read)(&path).map_err(|source| Error::PolicyFile { path, source })?;
    let policy = crate::options::read_policy(&content)?;
    fields.insert(POLICY.to_owned(), policy.to_json());
    Ok(())
}

/// Which protocol is meant. Nothing that is said may contradict it, and a `url` of tcp or tls gets its scheme.
fn protocol(
    address: &Address,
    proto: Option<&str>,
    fields: &mut Map<String, Value>,
) -> Result<Protocol> {
    let by_word = proto.map(str::parse::<Protocol>).transpose()?;
    let by_address = match address {
        Address::Url { scheme, .. } => match scheme.as_str() {
            "http" | "https" => Some(Protocol::Http),
            "tcp" => Some(Protocol::Tcp),
            "tls" => Some(Protocol::Tls),
            _ => {
                return Err(ParseError::new(format!(
                    "address with the scheme `{scheme}` cannot be forwarded to: use http, https, tcp, tls or file"
                ))
                .into());
            }
        },
        Address::Directory(_) => Some(Protocol::Http),
        Address::Port(_) | Address::Host(_) => None,
    };
    let url = fields
        .get("url")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let by_url = match url.split_once("://") {
        None => None,
        Some((scheme, _)) => Some(match scheme.to_ascii_lowercase().as_str() {
            "https" => Protocol::Http,
            other => other.parse()?,
        }),
    };
    let protocol = by_word.or(by_address).or(by_url).unwrap_or(Protocol::Http);
    for (other, what) in [(by_address, "address"), (by_url, "`url`")] {
        if let Some(other) = other.filter(|other| *other != protocol) {
            let said = if by_word.is_some() {
                "protocol"
            } else {
                "address"
            };
            return Err(ParseError::new(format!(
                "{said} says {protocol} and the {what} says {other}: leave one of them out, or make them the same"
            ))
            .into());
        }
    }
    if protocol != Protocol::Http && !url.is_empty() && by_url.is_none() {
        let whole = format!("{protocol}://{url}");
        fields.insert("url".to_owned(), whole.into());
    }
    Ok(protocol)
}
