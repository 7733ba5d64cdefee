//! Which options belong to tunnels (config version 2), which to endpoints (version 3), and their older names.

use serde_json::{Map, Value, json};

use crate::ConfigVersion;
use crate::error::{Error, Result};

/// Options that only endpoints know.
const ENDPOINT_ONLY: [&str; 4] = [
    "upstream",
    "bindings",
    "description",
    "agent_tls_termination",
];

/// Options that guard who gets through, and the traffic-policy action that does the same for an endpoint.
const GUARDS: [(&str, &str); 8] = [
    ("auth", "basic-auth"),
    ("basic_auth", "basic-auth"),
    ("oauth", "oauth"),
    ("oidc", "openid-connect"),
    ("ip_restriction", "restrict-ips"),
    ("mutual_tls_cas", "terminate-tls"),
    ("verify_webhook", "verify-webhook"),
    ("user_agent_filter", "deny"),
];

/// Options that only tunnels know, and what an endpoint has for them.
const TUNNEL_ONLY: [(&str, &str); 17] = [
    ("bind_tls", "`url` with a bare scheme, such as http://"),
    (
        "circuit_breaker",
        "the traffic-policy action `circuit-breaker`",
    ),
    (
        "compression",
        "the traffic-policy action `compress-response`",
    ),
    ("crt", "`agent_tls_termination`"),
    ("domain", "`url`"),
    ("host_header", "the traffic-policy action `add-headers`"),
    ("hostname", "`url`"),
    ("key", "`agent_tls_termination`"),
    ("labels", "`url`"),
    ("policy", "`traffic_policy`"),
    ("proxy_proto", "`upstream` with `proxy_protocol`"),
    ("remote_addr", "`url`"),
    (
        "request_header",
        "the traffic-policy actions `add-headers` and `remove-headers`",
    ),
    (
        "response_header",
        "the traffic-policy actions `add-headers` and `remove-headers`",
    ),
    ("schemes", "`url` with a bare scheme, such as http://"),
    ("subdomain", "`url`"),
    ("terminate_at", "`agent_tls_termination`"),
];

/// Options of tunnels that an endpoint has nothing for.
const TUNNEL_ONLY_BARE: [&str; 1] = ["websocket_tcp_converter"];

/// Refuses options that the other config version knows, and guards that an endpoint would ignore.
pub(super) fn check(options: &Map<String, Value>, version: ConfigVersion) -> Result<()> {
    let given = |key: &str| options.get(key).is_some_and(|value| !value.is_null());
    let wrong = |option: &'static str, instead| {
        Err(Error::WrongConfigVersion {
            option,
            instead,
            version,
        })
    };
    if version == ConfigVersion::V2 {
        return match ENDPOINT_ONLY.into_iter().find(|key| given(key)) {
            Some(option) => wrong(option, None),
            None => Ok(()),
        };
    }
    if let Some((option, action)) = GUARDS.into_iter().find(|(key, _)| given(key)) {
        return Err(Error::GuardDropped { option, action });
    }
    if let Some((option, instead)) = TUNNEL_ONLY.into_iter().find(|(key, _)| given(key)) {
        return wrong(option, Some(instead));
    }
    match TUNNEL_ONLY_BARE.into_iter().find(|key| given(key)) {
        Some(option) => wrong(option, None),
        None => Ok(()),
    }
}

/// The option of a request that guards who gets through, if it has one.
pub(crate) fn guard(body: &Map<String, Value>) -> Option<&'static str> {
    let keys = GUARDS.into_iter().map(|(key, _)| key);
    keys.into_iter()
        .find(|key| body.get(*key).is_some_and(|value| !value.is_null()))
}

/// Writes options by the names that the agent knows since version 3.
pub(super) fn rename_old(body: &mut Map<String, Value>) {
    if let Some(bind_tls) = body.remove("bind_tls") {
        let schemes =
            match bind_tls
                .as_str()
                .unwrap_or(if bind_tls == true { "true" } else { "false" })
            {
                "true" => json!(["https"]),
                "both" => json!(["http", "https"]),
                _ => json!(["http"]),
            };
        body.entry("schemes").or_insert(schemes);
    }
    if let Some(auth) = body.remove("auth") {
        let pairs = if auth.is_array() { auth } else { json!([auth]) };
        body.entry("basic_auth").or_insert(pairs);
    }
}
