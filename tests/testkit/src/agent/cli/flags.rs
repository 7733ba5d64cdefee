//! The flags of the agent's commands: what each takes, which key of a definition it sets, and which commands have it.

/// What a flag takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Takes {
    Text,
    /// May be repeated; the values are a list.
    Many,
    /// A switch; `--flag=false` turns it off.
    Switch,
    Number,
}

use Takes::{Many, Number, Switch, Text};

/// One flag.
#[derive(Debug)]
pub(super) struct Flag {
    pub(super) name: &'static str,
    pub(super) takes: Takes,
    /// The key of a tunnel that it sets, `oauth.provider` for one within another; empty if it is not about a tunnel.
    pub(super) key: &'static str,
    /// The commands that have it; all have it if there are none.
    commands: &'static [&'static str],
    /// What the agent says when it is used.
    pub(super) deprecated: &'static str,
}

const HTTP: &[&str] = &["http"];
const TLS: &[&str] = &["tls"];
const HTTP_TLS: &[&str] = &["http", "tls"];
const OPENING: &[&str] = &["http", "tcp", "tls"];
const RUNNING: &[&str] = &["http", "start", "tcp", "tls"];
const START: &[&str] = &["start"];

const POLICY: &str = "use traffic policy instead";
const URL: &str = "use --url instead";
const DOMAIN: &str = "use --domain instead";
const REGION: &str = "ngrok automatically chooses the region with lowest latency";
const TERMINATE: &str = "this flag is deprecated and will be removed in a future release; use terminate-tls via Traffic Policy or agent_tls_termination via agent configuration instead";

const fn flag(
    name: &'static str,
    takes: Takes,
    key: &'static str,
    commands: &'static [&'static str],
    deprecated: &'static str,
) -> Flag {
    Flag {
        name,
        takes,
        key,
        commands,
        deprecated,
    }
}

const FLAGS: &[Flag] = &[
    flag("config", Many, "", &[], ""),
    flag("log", Text, "", &[], ""),
    flag("log-format", Text, "", &[], ""),
    flag("log-level", Text, "", &[], ""),
    flag("help", Switch, "", &[], ""),
    flag("version", Switch, "", &[], ""),
    flag("metadata", Text, "metadata", &[], ""),
    flag("all", Switch, "", START, ""),
    flag("none", Switch, "", START, ""),
    flag("authtoken", Text, "", RUNNING, ""),
    flag("region", Text, "", RUNNING, REGION),
    flag("dry-run", Switch, "", &["config"], ""),
    flag("relocate", Switch, "", &["config"], ""),
    flag("channel", Text, "", &["update"], ""),
    flag("name", Text, "name", OPENING, ""),
    flag("url", Text, "url", OPENING, ""),
    flag("binding", Many, "binding", OPENING, ""),
    flag("description", Text, "description", OPENING, ""),
    flag("pooling-enabled", Switch, "pooling_enabled", OPENING, ""),
    flag(
        "traffic-policy-file",
        Text,
        "traffic_policy_file",
        OPENING,
        "",
    ),
    flag(
        "traffic-policy-url",
        Text,
        "traffic_policy_url",
        OPENING,
        "",
    ),
    flag(
        "policy-file",
        Text,
        "traffic_policy_file",
        OPENING,
        "use --traffic-policy-file instead",
    ),
    flag(
        "cidr-allow",
        Many,
        "ip_restriction.allow_cidrs",
        OPENING,
        POLICY,
    ),
    flag(
        "cidr-deny",
        Many,
        "ip_restriction.deny_cidrs",
        OPENING,
        POLICY,
    ),
    flag("upstream-proxy-protocol", Text, "proxy_proto", OPENING, ""),
    flag(
        "proxy-proto",
        Text,
        "proxy_proto",
        OPENING,
        "use --upstream-proxy-protocol instead",
    ),
    flag("inspect", Switch, "inspect", HTTP, ""),
    flag("domain", Text, "domain", HTTP_TLS, URL),
    flag("hostname", Text, "hostname", HTTP_TLS, DOMAIN),
    flag("subdomain", Text, "subdomain", HTTP_TLS, DOMAIN),
    flag("remote-addr", Text, "remote_addr", &["tcp"], URL),
    flag("scheme", Many, "schemes", HTTP, URL),
    flag("host-header", Text, "host_header", HTTP, POLICY),
    flag("basic-auth", Many, "basic_auth", HTTP, POLICY),
    flag("circuit-breaker", Number, "circuit_breaker", HTTP, POLICY),
    flag("compression", Switch, "compression", HTTP, POLICY),
    flag(
        "websocket-tcp-converter",
        Switch,
        "websocket_tcp_converter",
        HTTP,
        POLICY,
    ),
    flag("mutual-tls-cas", Text, "mutual_tls_cas", HTTP_TLS, POLICY),
    flag("oauth", Text, "oauth.provider", HTTP, POLICY),
    flag(
        "oauth-allow-domain",
        Many,
        "oauth.allow_domains",
        HTTP,
        POLICY,
    ),
    flag(
        "oauth-allow-email",
        Many,
        "oauth.allow_emails",
        HTTP,
        POLICY,
    ),
    flag("oauth-client-id", Text, "oauth.client_id", HTTP, POLICY),
    flag(
        "oauth-client-secret",
        Text,
        "oauth.client_secret",
        HTTP,
        POLICY,
    ),
    flag("oauth-scope", Many, "oauth.scopes", HTTP, POLICY),
    flag("oidc", Text, "oidc.issuer_url", HTTP, POLICY),
    flag("oidc-client-id", Text, "oidc.client_id", HTTP, POLICY),
    flag(
        "oidc-client-secret",
        Text,
        "oidc.client_secret",
        HTTP,
        POLICY,
    ),
    flag("oidc-scope", Many, "oidc.scopes", HTTP, POLICY),
    flag(
        "request-header-add",
        Many,
        "request_header.add",
        HTTP,
        POLICY,
    ),
    flag(
        "request-header-remove",
        Many,
        "request_header.remove",
        HTTP,
        POLICY,
    ),
    flag(
        "response-header-add",
        Many,
        "response_header.add",
        HTTP,
        POLICY,
    ),
    flag(
        "response-header-remove",
        Many,
        "response_header.remove",
        HTTP,
        POLICY,
    ),
    flag(
        "ua-filter-allow",
        Many,
        "user_agent_filter.allow",
        HTTP,
        POLICY,
    ),
    flag(
        "ua-filter-deny",
        Many,
        "user_agent_filter.deny",
        HTTP,
        POLICY,
    ),
    flag(
        "verify-webhook",
        Text,
        "verify_webhook.provider",
        HTTP,
        POLICY,
    ),
    flag(
        "verify-webhook-secret",
        Text,
        "verify_webhook.secret",
        HTTP,
        POLICY,
    ),
    flag("upstream-protocol", Text, "upstream_protocol", HTTP, POLICY),
    flag("app-protocol", Text, "app_protocol", HTTP, POLICY),
    flag(
        "upstream-tls-verify",
        Switch,
        "upstream_tls_verify",
        HTTP_TLS,
        "",
    ),
    flag(
        "upstream-tls-verify-cas",
        Text,
        "upstream_tls_verify_cas",
        HTTP_TLS,
        "",
    ),
    flag("crt", Text, "crt", TLS, ""),
    flag("key", Text, "key", TLS, ""),
    flag("terminate-at", Text, "terminate_at", TLS, TERMINATE),
];

/// The flag of a name, without its dashes.
pub(super) fn find(name: &str) -> Option<&'static Flag> {
    FLAGS.iter().find(|flag| flag.name == name)
}

impl Flag {
    /// Whether a command has this flag.
    pub(super) fn is_of(&self, command: &str) -> bool {
        self.commands.is_empty() || self.commands.contains(&command)
    }
}
