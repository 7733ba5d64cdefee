//! The keys that agents take, from the one table of ngrok's keys.

use ngrok_core::AgentVersion;
use ngrok_core::definition::{Key, Kind as ValueKind, Place, Protocol, Vocabulary};
use serde_json::{Map, Value};

use crate::agent::fields::not_found;
use crate::agent::target::Kind;

/// What the documentation's own body of a PUT holds beside a definition.
pub(super) const PUT: &[&str] = &["uri"];

/// Refuses keys that a tunnel of this kind does not have.
pub(super) fn check_tunnel(
    fields: &Map<String, Value>,
    kind: Kind,
    typ: &str,
) -> Result<(), String> {
    let protocol = match kind {
        Kind::Http => Protocol::Http,
        Kind::Tcp => Protocol::Tcp,
        Kind::Tls => Protocol::Tls,
    };
    let known = |key: &Key| {
        let of_labels = key.protocols().contains(Protocol::Labelled);
        // A tunnel with labels has no protocol of its own; that it is not opened is said later.
        key.protocols().contains(protocol) || key.name() == "labels" && of_labels
    };
    check(fields, Vocabulary::ngrok().keys(Place::Tunnel), &known, typ)
}

/// Refuses keys that an endpoint does not have, but for those in `also`.
pub(super) fn check_endpoint(fields: &Map<String, Value>, also: &[&str]) -> Result<(), String> {
    let mut fields = fields.clone();
    fields.retain(|key, _| !also.contains(&key.as_str()));
    let keys = Vocabulary::ngrok().keys(Place::Endpoint);
    check(&fields, keys, &|_| true, "Endpoint")
}

/// Looks at the names of keys, and at the values that hold further keys or lists.
fn check(
    fields: &Map<String, Value>,
    keys: &[Key],
    known: &dyn Fn(&Key) -> bool,
    typ: &str,
) -> Result<(), String> {
    for (name, value) in fields {
        let row = keys.iter().find(|key| key.name() == name).filter(|key| {
            key.is_known_to(AgentVersion::NEWEST) && !key.is_reported_only() && known(key)
        });
        let Some(row) = row else {
            return Err(not_found(name, typ));
        };
        match (row.kind(AgentVersion::NEWEST), value) {
            (ValueKind::Mapping(inner), Value::Object(fields)) => {
                check(fields, inner, &|_| true, &format!("{typ}.{name}"))?;
            }
            (ValueKind::Mapping(_), Value::Null)
            | (ValueKind::List(_), Value::Array(_) | Value::Null) => {}
            (ValueKind::Mapping(_), _) => return Err(wrong_type(name, "map")),
            (ValueKind::List(_), _) => return Err(wrong_type(name, "list")),
            _ => {}
        }
    }
    Ok(())
}

fn wrong_type(name: &str, wanted: &str) -> String {
    format!("yaml: unmarshal errors:\n  line 1: cannot unmarshal '{name}' into {wanted}")
}
