//! The keys of a definition, by what it opens.

pub(super) const COMMON: &[&str] = &[
    "name",
    "addr",
    "proto",
    "metadata",
    "inspect",
    "labels",
    "url",
    "pooling_enabled",
    "traffic_policy",
    "policy",
    "ip_restriction",
    "proxy_proto",
    "description",
    "binding",
    "traffic_policy_file",
];
pub(super) const HTTP: &[&str] = &[
    "basic_auth",
    "circuit_breaker",
    "compression",
    "domain",
    "hostname",
    "subdomain",
    "host_header",
    "mutual_tls_cas",
    "oauth",
    "oidc",
    "request_header",
    "response_header",
    "schemes",
    "user_agent_filter",
    "verify_webhook",
    "websocket_tcp_converter",
    "app_protocol",
    "upstream_protocol",
    "upstream_tls_verify",
    "upstream_tls_verify_cas",
];
pub(super) const TCP: &[&str] = &["remote_addr"];
pub(super) const TLS: &[&str] = &[
    "domain",
    "hostname",
    "subdomain",
    "upstream_tls_verify",
    "upstream_tls_verify_cas",
    "crt",
    "key",
    "terminate_at",
    "mutual_tls_cas",
];
pub(super) const ENDPOINT: &[&str] = &[
    "name",
    "url",
    "upstream",
    "bindings",
    "metadata",
    "description",
    "traffic_policy",
    "traffic_policy_file",
    "pooling_enabled",
    "inspect",
    "agent_tls_termination",
];

/// What the documentation's own body of a PUT holds beside a definition.
pub(super) const PUT: &[&str] = &["uri"];
/// The keys of an endpoint's `upstream`.
pub(super) const UPSTREAM: &[&str] = &["url", "protocol", "proxy_protocol"];
