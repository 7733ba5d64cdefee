//! What the config files of both versions may hold, as data. Facts from <https://ngrok.com/docs/agent/config/v2/>,
//! <https://ngrok.com/docs/agent/config/v3/> and from what agents accept.

use serde_json::Value;

use super::settings::{as_flag, as_text};

/// The type of a value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    /// Any scalar: the agent reads numbers and booleans as text, too.
    Text,
    Flag,
    Integer,
    List,
    Mapping,
    /// One of these words.
    Word(&'static [&'static str]),
    /// What it must be depends on other keys, or on the version of the agent.
    Any,
}

impl Kind {
    /// Whether the value fits; null always does, since the agent takes it for absent.
    pub(super) fn fits(self, value: &Value) -> bool {
        let fits = match self {
            Self::Text => as_text(value).is_some(),
            Self::Flag => as_flag(value).is_some(),
            Self::Integer => value.is_i64(),
            Self::List => value.is_array(),
            Self::Mapping => value.is_object(),
            Self::Word(words) => as_text(value).is_some_and(|text| words.contains(&text.as_str())),
            Self::Any => true,
        };
        fits || value.is_null()
    }

    /// As a remedy names it.
    pub(super) fn describe(self) -> String {
        match self {
            Self::Text => "a text".into(),
            Self::Flag => "true or false".into(),
            Self::Integer => "a whole number".into(),
            Self::List => "a list".into(),
            Self::Mapping => "a mapping".into(),
            Self::Word(words) => format!("one of {}", words.join(", ")),
            Self::Any => "something else".into(),
        }
    }
}

use Kind::{Any, Flag, Integer, List, Mapping, Text, Word};

/// Keys and the types of their values.
pub(super) type Table = &'static [(&'static str, Kind)];

const REGIONS: Kind = Word(&["us", "us-cal-1", "eu", "ap", "au", "sa", "jp", "in"]);

/// Settings of the agent: at the top in version 2, under `agent` in version 3.
pub(super) const AGENT: Table = &[
    ("api_key", Text),
    ("authtoken", Text),
    ("connect_cas", Text),
    ("connect_interface", Text),
    ("connect_timeout", Text),
    ("connect_url", Text),
    ("console_ui", Text),
    ("console_ui_color", Text),
    ("crl_noverify", Flag),
    ("crl_url", Text),
    ("dns_resolver_ips", List),
    ("heartbeat_interval", Text),
    ("heartbeat_tolerance", Text),
    ("inspect_db_size", Integer),
    ("local_storage", Any),
    ("log", Text),
    ("log_format", Word(&["term", "logfmt", "json"])),
    (
        "log_level",
        Word(&["debug", "info", "warn", "error", "crit"]),
    ),
    ("metadata", Text),
    ("proxy_url", Text),
    ("region", REGIONS),
    ("remote_management", Flag),
    ("update_channel", Text),
    ("update_check", Flag),
    ("web_addr", Text),
    ("web_allow_hosts", List),
];

/// Names that only version 2 knows, with those of version 3.
pub(super) const RENAMED: &[(&str, &str)] =
    &[("server_addr", "connect_url"), ("root_cas", "connect_cas")];

/// Further keys at the top of version 2. `update` and the two proxies are of 2.x agents.
pub(super) const TOP_V2: Table = &[
    ("version", Text),
    ("tunnels", Mapping),
    ("server_addr", Text),
    ("root_cas", Text),
    ("update", Flag),
    ("http_proxy", Text),
    ("socks5_proxy", Text),
];

/// Keys at the top of version 3.
pub(super) const TOP_V3: Table = &[
    ("version", Text),
    ("agent", Mapping),
    ("endpoints", List),
    ("tunnels", Mapping),
];

/// A definition under `tunnels`, of any protocol.
pub(super) const TUNNEL: Table = &[
    ("addr", Text),
    ("proto", Word(&["http", "tcp", "tls"])),
    ("metadata", Text),
    ("inspect", Flag),
    ("labels", List),
    ("auth", Text),
    ("basic_auth", List),
    ("bind_tls", Word(&["true", "false", "both"])),
    ("circuit_breaker", Any),
    ("compression", Flag),
    ("crt", Text),
    ("domain", Text),
    ("host_header", Text),
    ("hostname", Text),
    ("ip_restriction", Mapping),
    ("key", Text),
    ("mutual_tls_cas", Text),
    ("oauth", Mapping),
    ("oidc", Mapping),
    ("policy", Any),
    ("pooling_enabled", Flag),
    ("proxy_proto", Text),
    ("remote_addr", Text),
    ("request_header", Mapping),
    ("response_header", Mapping),
    ("schemes", List),
    ("subdomain", Text),
    ("terminate_at", Text),
    ("traffic_policy", Any),
    ("url", Text),
    ("user_agent_filter", Mapping),
    ("verify_webhook", Mapping),
    ("websocket_tcp_converter", Flag),
];

/// A definition under `endpoints`.
pub(super) const ENDPOINT: Table = &[
    ("name", Text),
    ("url", Text),
    ("upstream", Mapping),
    ("bindings", List),
    ("metadata", Text),
    ("description", Text),
    ("inspect", Flag),
    ("pooling_enabled", Flag),
    ("traffic_policy", Any),
    ("agent_tls_termination", Mapping),
];

/// The key `upstream` of an endpoint.
pub(super) const UPSTREAM: Table = &[
    ("url", Text),
    ("protocol", Word(&["http1", "http2"])),
    ("proxy_protocol", Word(&["1", "2"])),
];

/// What an endpoint may be bound to.
pub(super) const BINDINGS: &[&str] = &["public", "internal", "kubernetes"];

pub(super) fn kind_of(tables: &[Table], key: &str) -> Option<Kind> {
    let mut entries = tables.iter().flat_map(|table| table.iter());
    entries
        .find(|(name, _)| *name == key)
        .map(|(_, kind)| *kind)
}

/// The known key that an unknown one was probably meant to be: one edit apart, or other in case and dashes alone.
pub(super) fn nearest(tables: &[Table], unknown: &str) -> Option<&'static str> {
    let plain = |key: &str| key.to_ascii_lowercase().replace(['-', '_'], "");
    let mut names = tables
        .iter()
        .flat_map(|table| table.iter())
        .map(|(name, _)| *name);
    names.find(|name| one_edit_apart(&plain(name), &plain(unknown)))
}

fn one_edit_apart(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let same = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let tails = a.iter().rev().zip(b.iter().rev());
    let longest = a.len().max(b.len());
    let shortest = a.len().min(b.len());
    let ends = tails
        .take(shortest - same)
        .take_while(|(x, y)| x == y)
        .count();
    longest - same - ends <= 1
}

/// Whether the values under such a key are nobody's business: tokens, passwords, keys, headers that carry them.
pub(super) fn is_secret(key: &str) -> bool {
    const PARTS: &[&str] = &[
        "token",
        "secret",
        "passw",
        "credential",
        "authorization",
        "api_key",
        "apikey",
        "private_key",
        "basic_auth",
        "proxy_url",
        "_proxy",
        "cookie",
    ];
    let key = key.to_ascii_lowercase().replace('-', "_");
    key == "auth" || (PARTS.iter().any(|part| key.contains(part)) && key != "proxy_proto")
}
