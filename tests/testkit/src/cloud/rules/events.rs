//! Event subscriptions and sources; their destinations are in a file of their own.

mod destinations;

use serde_json::{Map, Value};

use super::text::is_balanced;
use super::{Change, about, refers_to};
use crate::cloud::answer::{Answer, Checked};
use crate::cloud::store::{Resource, Store};

/// Things whose creation, change and deletion are events, without fields to choose from.
const AUDITED: [&str; 15] = [
    "api_key",
    "certificate_authority",
    "domain",
    "event_destination",
    "event_subscription",
    "ip_policy",
    "ip_policy_rule",
    "ip_restriction",
    "ssh_certificate_authority",
    "ssh_host_certificate",
    "ssh_public_key",
    "ssh_user_certificate",
    "tcp_address",
    "tls_certificate",
    "tunnel_credential",
];

/// Events that may have fields, whose names are not documented.
const SELECTABLE: [&str; 8] = [
    "agent_session_start.v0",
    "agent_session_stop.v0",
    "secret_created.v0",
    "secret_deleted.v0",
    "secret_updated.v0",
    "vault_created.v0",
    "vault_deleted.v0",
    "vault_updated.v0",
];

const HTTP: &str = "http_request_complete.v0";
const TCP: &str = "tcp_connection_closed.v0";

/// Fields of both traffic events.
const TRAFFIC_FIELDS: [&str; 8] = [
    "conn.client_ip",
    "conn.server_ip",
    "conn.server_name",
    "conn.server_port",
    "conn.start_ts",
    "ip_policy.decision",
    "ja4_fingerprint",
    "traffic_policy.logs",
];

const TCP_FIELDS: [&str; 3] = ["conn.bytes_in", "conn.bytes_out", "conn.end_ts"];

const HTTP_FIELDS: [&str; 27] = [
    "backend.connection_reused",
    "basic_auth.decision",
    "basic_auth.username",
    "circuit_breaker.decision",
    "compression.algorithm",
    "compression.bytes_saved",
    "http.request.body_length",
    "http.request.headers",
    "http.request.method",
    "http.request.url.host",
    "http.request.url.path",
    "http.request.url.query",
    "http.request.url.raw",
    "http.request.url.scheme",
    "http.request.user_agent",
    "http.response.body_length",
    "http.response.headers",
    "http.response.status_code",
    "oauth.app_client_id",
    "oauth.decision",
    "oauth.user.id",
    "oauth.user.name",
    "tls.cipher_suite",
    "tls.client_cert.serial_number",
    "tls.client_cert.subject.cn",
    "tls.version",
    "webhook_verification.decision",
];

const FILTERABLE: [&str; 4] = [
    "conn.client_ip",
    "conn.server_ip",
    "conn.server_name",
    "conn.server_port",
];

fn audited(kind: &str) -> bool {
    const ENDS: [&str; 3] = ["_created.v0", "_updated.v0", "_deleted.v0"];
    let thing = ENDS.iter().find_map(|end| kind.strip_suffix(end));
    thing.is_some_and(|thing| AUDITED.contains(&thing))
}

/// Every event type, for the message that lists them.
fn all_types() -> Vec<String> {
    let audited = AUDITED.iter().flat_map(|thing| {
        ["created", "updated", "deleted"].map(|what| format!("{thing}_{what}.v0"))
    });
    let others = SELECTABLE
        .iter()
        .chain(&[HTTP, TCP])
        .map(|kind| (*kind).to_owned());
    let mut all: Vec<String> = audited.chain(others).collect();
    all.sort();
    all
}

pub(super) fn check(change: &Change<'_>) -> Checked {
    match change.service {
        "event_destinations" => destinations::check(change),
        "event_subscriptions" => subscription(change),
        _ => single_source(change),
    }
}

fn subscription(change: &Change<'_>) -> Checked {
    let sources = change.body.get("sources").and_then(Value::as_array);
    let mut seen = Vec::new();
    for given in sources.into_iter().flatten().filter_map(Value::as_object) {
        let kind = given.get("type").and_then(Value::as_str).unwrap_or("");
        source(kind, given, true)?;
        if seen.contains(&kind) {
            return Err(about("5127", kind));
        }
        seen.push(kind);
    }
    for id in change.texts("destination_ids") {
        refers_to(change.store, "event_destinations", id, "227", "5103")?;
    }
    Ok(())
}

fn single_source(change: &Change<'_>) -> Checked {
    let kind = change.id.or(change.text("type")).unwrap_or("");
    source(kind, change.body, change.creates())?;
    let twice = change.creates() && change.store.get(change.collection, kind).is_some();
    if twice {
        Err(about("5127", kind))
    } else {
        Ok(())
    }
}

/// One source of a subscription: its type, the fields that it captures, and which events.
fn source(kind: &str, given: &Map<String, Value>, creates: bool) -> Checked {
    let traffic = kind == HTTP || kind == TCP;
    let selectable = SELECTABLE.contains(&kind);
    if !traffic && !selectable && !audited(kind) {
        let message = format!(
            "'{kind}' is not an event type. Event types: {}.",
            all_types().join(", ")
        );
        return Err(Answer::refuse("238", message));
    }
    let fields = given.get("fields").and_then(Value::as_array);
    let fields: Vec<&str> = fields
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let filter = given
        .get("filter")
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty());
    if selectable {
        return Ok(());
    }
    if !traffic {
        return match (fields.is_empty(), filter) {
            (false, _) => Err(about("5401", kind)),
            (true, Some(_)) => Err(about("5402", kind)),
            (true, None) => Ok(()),
        };
    }
    if fields.is_empty() && (creates || given.contains_key("fields")) {
        return Err(about("5400", kind));
    }
    for field in fields {
        let own: &[&str] = if kind == HTTP {
            &HTTP_FIELDS
        } else {
            &TCP_FIELDS
        };
        let foreign: &[&str] = if kind == HTTP {
            &TCP_FIELDS
        } else {
            &HTTP_FIELDS
        };
        if TRAFFIC_FIELDS.contains(&field) || own.contains(&field) {
            continue;
        }
        let code = if foreign.contains(&field) {
            "5403"
        } else {
            "239"
        };
        return Err(about(code, field));
    }
    filter.map_or(Ok(()), event_filter)
}

/// The filter of events, CEL over `ev`: its form, and the fields that it names.
fn event_filter(text: &str) -> Checked {
    if !is_balanced(text) {
        return Err(about("5404", text));
    }
    let mut found = false;
    for part in outside_quotes(text).split("ev.").skip(1) {
        found = true;
        let end = part.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '.'));
        let (name, rest) = part.split_at(end.unwrap_or(part.len()));
        // What is called is a function of the field.
        let field = match (rest.starts_with('('), name.rsplit_once('.')) {
            (true, Some((field, _))) => field,
            _ => name,
        };
        if FILTERABLE.contains(&field) {
            continue;
        }
        let known = [&TRAFFIC_FIELDS[..], &HTTP_FIELDS, &TCP_FIELDS];
        let code = if known.iter().any(|fields| fields.contains(&field)) {
            "5406"
        } else {
            "5405"
        };
        return Err(about(code, field));
    }
    if found {
        Ok(())
    } else {
        Err(about("5404", text))
    }
}

/// An expression without its strings.
fn outside_quotes(text: &str) -> String {
    let mut outside = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '"' && c != '\'' {
            outside.push(c);
            continue;
        }
        while let Some(inner) = chars.next() {
            match inner {
                '\\' => drop(chars.next()),
                end if end == c => break,
                _ => {}
            }
        }
    }
    outside
}

/// Formats come back in lower case.
pub(super) fn fill(given: &mut Map<String, Value>) {
    if let Some(Value::String(format)) = given.get_mut("format") {
        *format = format.to_lowercase();
    }
}

pub(super) fn check_delete(store: &Store, destination: &Resource) -> Checked {
    let uses = |subscription: &Resource| {
        let ids = subscription
            .value("destination_ids")
            .and_then(Value::as_array);
        ids.into_iter().flatten().any(|id| id == destination.id())
    };
    match store.all("/event_subscriptions").any(uses) {
        true => Err(about("5112", destination.id())),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_55_event_types() {
        let mut all = all_types();
        all.dedup();
        assert_eq!(all.len(), 55);
        assert!(all.iter().all(|kind| audited(kind)
            || SELECTABLE.contains(&kind.as_str())
            || [HTTP, TCP].contains(&kind.as_str())));
    }

    #[test]
    fn filters_of_events_name_what_can_be_filtered() {
        let code = |text: &str| {
            event_filter(text)
                .err()
                .and_then(|e| e.code().map(str::to_owned))
        };
        assert_eq!(
            code(r#"ev.conn.server_name.matches(".*ev.x") && ev.conn.server_port == 80"#),
            None
        );
        assert_eq!(
            code(r#"ev.http.request.method == "get""#).as_deref(),
            Some("5406")
        );
        assert_eq!(code("ev.nope == 1").as_deref(), Some("5405"));
        assert_eq!(code("obj.x == 1").as_deref(), Some("5404"));
        assert_eq!(
            code(r#"ev.conn.server_name == "a"#).as_deref(),
            Some("5404")
        );
    }
}
