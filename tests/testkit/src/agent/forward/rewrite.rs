//! Who may pass, and what becomes of the headers on the way.

use std::net::SocketAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::wire::Head;
use crate::agent::definition::Definition;
use crate::agent::fields::HeaderEdits;

pub(super) fn is_authorized(request: &Head, credentials: &[String]) -> bool {
    if credentials.is_empty() {
        return true;
    }
    let given = request
        .get("authorization")
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic"))
        .and_then(|(_, encoded)| STANDARD.decode(encoded.trim()).ok());
    given.is_some_and(|given| credentials.iter().any(|known| known.as_bytes() == given))
}

/// What ngrok's edge and agent do to a request's headers.
pub(super) fn rewrite(request: &mut Head, definition: &Definition, peer: SocketAddr) {
    let host = request.get("host").unwrap_or_default().to_owned();
    let new_host = match definition.host_header.as_deref() {
        Some("rewrite") => definition.target.authority().map(str::to_owned),
        other => other.map(str::to_owned),
    };
    request.set("X-Forwarded-For", &peer.ip().to_string());
    request.set("X-Forwarded-Host", &host);
    request.set("X-Forwarded-Proto", "http");
    if let Some(new_host) = new_host {
        request.set("Host", &new_host);
    }
    edit(request, &definition.request_header);
}

pub(super) fn edit(head: &mut Head, edits: &HeaderEdits) {
    for name in &edits.remove {
        head.remove(name);
    }
    for (name, value) in &edits.add {
        head.add(name, value);
    }
}
