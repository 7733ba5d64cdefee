//! Credentials of a request, and what becomes of its headers on the way.

use std::net::SocketAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::wire::Head;
use crate::agent::definition::Definition;

/// Whether a request has one of these credentials, `user:password`.
pub(crate) fn is_authorized(request: &Head, credentials: &[String]) -> bool {
    let given = request
        .get("authorization")
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic"))
        .and_then(|(_, encoded)| STANDARD.decode(encoded.trim()).ok());
    given.is_some_and(|given| credentials.iter().any(|known| known.as_bytes() == given))
}

/// What ngrok's edge and agent do to a request's headers. `host` is the one that the visitor asked for.
pub(super) fn rewrite(request: &mut Head, definition: &Definition, peer: SocketAddr, host: &str) {
    let new_host = match definition.host_header.as_deref() {
        Some("rewrite") => definition.target.authority().map(str::to_owned),
        other => other.map(str::to_owned),
    };
    request.set("X-Forwarded-For", &peer.ip().to_string());
    request.set("X-Forwarded-Host", host);
    request.set("X-Forwarded-Proto", "http");
    if let Some(new_host) = new_host {
        request.set("Host", &new_host);
    }
}
