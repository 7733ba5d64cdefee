//! What ngrok's service looks at when something is opened: values that the agent passes on unread.

use std::path::Path;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::Definition;
use super::given;
use crate::agent::fields::{boolean, strings};
use crate::agent::forward::tls::{Acceptor, Trust, acceptor};
use crate::agent::policy::{Policy, Refused};
use crate::agent::target::Kind;

/// The longest `metadata`, in bytes.
const MAX_METADATA: usize = 4096;

/// How a definition is carried out.
#[derive(Clone, Debug, Default)]
pub(crate) struct Armed {
    pub(crate) policy: Arc<Policy>,
    /// Whom an https upstream has to convince.
    pub(crate) trust: Trust,
    /// Ends TLS on public connections.
    pub(crate) acceptor: Option<Acceptor>,
    /// The version of the PROXY protocol that the upstream is greeted with.
    pub(crate) proxy_protocol: Option<u8>,
}

impl Armed {
    /// Reads all that decides who may pass. What cannot be carried out is refused, so that nothing is open by mistake.
    pub(super) fn new(definition: &Definition) -> Result<Self, Refused> {
        let fields = &definition.fields;
        together(fields)?;
        address(definition)?;
        bindings(definition)?;
        if text(fields, "metadata").len() > MAX_METADATA {
            let reason = format!("The metadata must be at most {MAX_METADATA} bytes long.");
            return Err(Refused::code(100, reason));
        }
        match text(&definition.upstream, "protocol") {
            // The documentation's own body of a PUT says `https` here.
            "" | "http1" | "https" => {}
            "http2" => return Err(Refused::not_here("upstream.protocol: http2")),
            other => {
                let reason = format!("'{other}' is not a protocol of upstreams.");
                return Err(Refused::code(2222, reason));
            }
        }
        let policy = definition
            .repeated
            .get("traffic_policy")
            .and_then(Value::as_str);
        Ok(Self {
            policy: Arc::new(Policy::new(fields, policy, definition.kind)?),
            trust: trust(fields)?,
            acceptor: termination(fields)?,
            proxy_protocol: proxy_protocol(definition)?,
        })
    }
}

fn text<'a>(fields: &'a Map<String, Value>, key: &str) -> &'a str {
    fields.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// Keys that exclude each other.
fn together(fields: &Map<String, Value>) -> Result<(), Refused> {
    let count = |keys: &[&str]| {
        keys.iter()
            .filter(|key| given(fields, key).is_some())
            .count()
    };
    if count(&["subdomain", "hostname", "domain"]) > 1 {
        return Err(Refused::code(
            9021,
            "A tunnel may specify only one of subdomain, hostname and domain.",
        ));
    }
    if count(&["policy", "traffic_policy"]) > 1 {
        return Err(Refused::code(
            9025,
            "A tunnel may specify only one of policy and traffic_policy.",
        ));
    }
    if count(&["traffic_policy", "policy", "traffic_policy_file"]) > 1 {
        return Err(Refused::Here(
            "traffic_policy and traffic_policy_file exclude each other; keep one".to_owned(),
        ));
    }
    Ok(())
}

/// The URL that is asked for: its scheme has to be one that the endpoint can have, and its port the one of the scheme.
fn address(definition: &Definition) -> Result<(), Refused> {
    let Some(url) = definition.requested.as_deref() else {
        return Ok(());
    };
    let (scheme, authority) = url.split_once("://").unwrap_or_default();
    let allowed: &[&str] = match definition.kind {
        Kind::Http => &["http", "https"],
        Kind::Tcp => &["tcp"],
        Kind::Tls => &["tls"],
    };
    if !allowed.contains(&scheme) {
        return Err(Refused::code(
            9036,
            format!("The scheme of the URL '{url}' is not allowed."),
        ));
    }
    if authority.contains(['/', '?', '#', '@']) {
        return Err(Refused::code(
            9037,
            format!("The URL '{url}' may have a scheme, a host and a port only."),
        ));
    }
    let port = authority.rsplit_once(':').map(|(_, port)| port);
    // A URL that this agent gave has a port of this machine.
    let own = authority.starts_with("127.0.0.1:");
    match port {
        None => Ok(()),
        Some(port) if port.parse::<u16>().is_err() => Err(Refused::code(
            9033,
            format!("The port of the URL '{url}' is not a number up to 65535."),
        )),
        Some(_)
            if definition.kind == Kind::Http
                && !own
                && !super::requested::host(url).ends_with(".internal") =>
        {
            Err(Refused::code(
                9035,
                format!("The port of the URL '{url}' does not go with its scheme."),
            ))
        }
        Some(_) => Ok(()),
    }
}

fn bindings(definition: &Definition) -> Result<(), Refused> {
    for binding in strings(definition.repeated.get("bindings")) {
        let host = definition
            .requested
            .as_deref()
            .map_or("", super::requested::host);
        match binding.as_str() {
            "public" | "kubernetes" => {}
            "internal" if host.is_empty() => {
                return Err(Refused::code(
                    9028,
                    "An internal endpoint needs a URL with a domain.",
                ));
            }
            "internal" if !host.ends_with(".internal") => {
                return Err(Refused::code(
                    9029,
                    "The domain of an internal endpoint must end in .internal.",
                ));
            }
            "internal" => {}
            other => {
                return Err(Refused::code(
                    15005,
                    format!("The binding '{other}' does not exist."),
                ));
            }
        }
    }
    Ok(())
}

fn trust(fields: &Map<String, Value>) -> Result<Trust, Refused> {
    let verify = boolean(fields, "upstream_tls_verify").map_err(Refused::Here)?;
    let file = Some(text(fields, "upstream_tls_verify_cas")).filter(|path| !path.is_empty());
    if verify == Some(false) || verify.is_none() && file.is_none() {
        return Ok(Trust::Anyone);
    }
    Trust::authorities(file.map(Path::new)).map_err(Refused::Here)
}

/// TLS that ends at the edge or in the agent ends here in both cases.
fn termination(fields: &Map<String, Value>) -> Result<Option<Acceptor>, Refused> {
    let none = Map::new();
    let own = fields
        .get("agent_tls_termination")
        .and_then(Value::as_object);
    let own = own.unwrap_or(&none);
    let certificate = [text(fields, "crt"), text(own, "server_certificate")].concat();
    let key = [text(fields, "key"), text(own, "server_private_key")].concat();
    let clients = match own.get("mutual_tls_certificate_authorities") {
        Some(authorities) => strings(Some(authorities)),
        None => strings(fields.get("mutual_tls_cas")),
    };
    match (
        text(fields, "terminate_at"),
        certificate.as_str(),
        key.as_str(),
    ) {
        ("" | "upstream" | "edge" | "agent", ..) => {}
        (other, ..) => {
            return Err(Refused::code(
                2222,
                format!("'{other}' is not a value of terminate_at."),
            ));
        }
    }
    let ends = matches!(text(fields, "terminate_at"), "edge" | "agent");
    match (certificate.as_str(), key.as_str()) {
        ("", "") if !ends && clients.is_empty() => Ok(None),
        ("", "") => Err(Refused::Here(
            "the loopback agent has no certificate of its own to end TLS with; give it a certificate and its key".to_owned(),
        )),
        ("", _) | (_, "") => Err(Refused::Here(
            "a certificate and its key go together; give both or neither".to_owned(),
        )),
        (certificate, key) => acceptor(certificate, key, &clients)
            .map(Some)
            .map_err(Refused::Here),
    }
}

fn proxy_protocol(definition: &Definition) -> Result<Option<u8>, Refused> {
    let given = given(&definition.fields, "proxy_proto")
        .or_else(|| given(&definition.upstream, "proxy_protocol"));
    let shown = match given {
        None => return Ok(None),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    match shown.as_str() {
        "" => Ok(None),
        "1" => Ok(Some(1)),
        "2" => Ok(Some(2)),
        other => Err(Refused::code(
            2222,
            format!("'{other}' is not a version of the PROXY protocol; the versions are 1 and 2."),
        )),
    }
}
