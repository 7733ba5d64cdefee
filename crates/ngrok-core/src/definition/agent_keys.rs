//! The keys of the agent itself: at the top of a file of version 2, under `agent` in version 3.
//!
//! Facts from <https://ngrok.com/docs/agent/config/v2/>, <https://ngrok.com/docs/agent/config/v3/>, the agent's changelog, and
//! from what agent 2.3.41 accepts.

use super::key::{Key, Versions};
use super::kind::Kind;
use super::protocol::Protocols;
use Kind::{Any, Duration, Flag, HostPort, Integer, List, Text, Word, WordOr};

/// Agents before 3.0 know the key, too.
const ALL: Protocols = Protocols::ALL;

/// The regions of agents from 3.0 on.
pub(super) const REGIONS: &[&str] = &[
    "auto", "us", "us-cal-1", "eu", "eu-lon-1", "ap", "au", "sa", "jp", "in",
];
/// The regions of agents before 3.0.
pub(super) const REGIONS_BEFORE_3: &[&str] = &["us", "eu", "ap", "au", "sa", "jp", "in"];

const CAS: Kind = WordOr(&["trusted", "host"], &Kind::Path);
const PROXIES: &[&str] = &["http", "https", "socks5"];

/// One row a key.
pub(super) const ROWS: &[Key] = &[
    Key::new("api_key", Text, "key of ngrok's API, for `ngrok api` alone").secret(),
    Key::new(
        "authtoken",
        Text,
        "authtoken, which says whose session it is",
    )
    .before_3(ALL)
    .flag("--authtoken")
    .secret(),
    Key::new(
        "connect_cas",
        CAS,
        "authorities to trust for ngrok's service: `trusted`, `host` or the path of a PEM file",
    )
    .versions(Versions::V3)
    .since(3, 16, 0),
    Key::new(
        "connect_interface",
        Text,
        "network interface, or its address, to connect from (Linux)",
    ),
    Key::new(
        "connect_timeout",
        Duration,
        "how long a connection attempt may take (default 10s)",
    )
    .before_3(ALL),
    Key::new("connect_url", HostPort, "host and port of ngrok's service")
        .versions(Versions::V3)
        .since(3, 16, 0),
    Key::new(
        "console_ui",
        Word(&["true", "false", "iftty"]),
        "whether to draw the console (default iftty)",
    )
    .before_3(ALL)
    .kind_before_3(Text),
    Key::new(
        "console_ui_color",
        Word(&["black", "transparent"]),
        "background of the console",
    )
    .before_3(ALL),
    Key::new(
        "crl_noverify",
        Flag,
        "skip the check for revoked certificates",
    )
    .since(3, 9, 0),
    Key::new(
        "crl_url",
        Text,
        "where a certificate revocation list of your own is",
    )
    .since(3, 39, 7),
    Key::new("dns_resolver_ips", List(&Kind::Ip), "DNS servers to ask").before_3(ALL),
    Key::new(
        "heartbeat_interval",
        Duration,
        "time between two heartbeats (default 10s)",
    )
    .before_3(ALL),
    Key::new(
        "heartbeat_tolerance",
        Duration,
        "how late a heartbeat may be before the agent connects again (default 15s)",
    )
    .before_3(ALL),
    Key::new(
        "inspect_db_size",
        Integer,
        "bytes for captured requests: 0 is 50 MB, a negative number turns capturing off",
    )
    .before_3(ALL),
    Key::new(
        "local_storage",
        Any,
        "whether the agent keeps captured requests",
    )
    .since(3, 32, 0),
    Key::new(
        "log",
        WordOr(&["stdout", "stderr", "false"], &Kind::Path),
        "where the log goes: `stdout`, `stderr`, `false` or a path",
    )
    .before_3(ALL)
    .flag("--log"),
    Key::new(
        "log_format",
        Word(&["term", "logfmt", "json"]),
        "format of the log (default term)",
    )
    .before_3(ALL)
    .flag("--log-format"),
    Key::new(
        "log_level",
        Word(&["debug", "info", "warn", "error", "crit"]),
        "level of the log (default info)",
    )
    .before_3(ALL)
    .flag("--log-level"),
    Key::new(
        "metadata",
        Kind::Free,
        "text that ngrok's API shows with the session (at most 4096 bytes)",
    )
    .before_3(ALL)
    .flag("--metadata"),
    Key::new(
        "proxy_url",
        Kind::Url(PROXIES),
        "proxy to connect through; needs a paid plan",
    )
    .may_be_secret(),
    Key::new(
        "region",
        Word(REGIONS),
        "region to connect to; ngrok picks the closest one if it is absent",
    )
    .versions(Versions::V2)
    .before_3(ALL)
    .kind_before_3(Word(REGIONS_BEFORE_3))
    .flag("--region")
    .deprecated(),
    Key::new(
        "remote_management",
        Flag,
        "let the dashboard stop and update the agent",
    )
    .before_3(ALL),
    Key::new(
        "root_cas",
        CAS,
        "authorities to trust for ngrok's service: `trusted`, `host` or the path of a PEM file",
    )
    .versions(Versions::V2)
    .before_3(ALL)
    .renamed_to("connect_cas"),
    Key::new("server_addr", HostPort, "host and port of ngrok's service")
        .versions(Versions::V2)
        .before_3(ALL)
        .renamed_to("connect_url"),
    Key::new(
        "update_channel",
        Word(&["stable", "unstable", "beta"]),
        "which releases to update to (default stable)",
    )
    .before_3(ALL)
    .kind_before_3(Word(&["stable", "beta", "testing"])),
    Key::new("update_check", Flag, "look for a newer agent").before_3(ALL),
    Key::new(
        "web_addr",
        WordOr(&["false"], &Kind::Listen),
        "where the local API listens (default 127.0.0.1:4040); `false` turns it off",
    )
    .before_3(ALL),
    Key::new(
        "web_allow_hosts",
        List(&Kind::HostPattern),
        "hosts that may be used to reach the local API",
    )
    .since(3, 1, 1),
    // Of agents before 3.0 alone.
    Key::new(
        "compress_conn",
        Flag,
        "compress the connection to ngrok's service",
    )
    .versions(Versions::Neither)
    .before_3(ALL),
    Key::new("crash_report_url", Text, "where crash reports go")
        .versions(Versions::Neither)
        .before_3(ALL),
    Key::new(
        "http_proxy",
        Kind::Url(&["http", "https"]),
        "proxy to connect through; needs a paid plan",
    )
    .versions(Versions::Neither)
    .before_3(ALL)
    .renamed_to("proxy_url")
    .may_be_secret(),
    Key::new("json_resolver_url", Text, "resolver of names over HTTP")
        .versions(Versions::Neither)
        .before_3(ALL),
    Key::new("pprof_addr", Text, "where profiles are served")
        .versions(Versions::Neither)
        .before_3(ALL),
    Key::new(
        "server_sni",
        Text,
        "name to ask for in the TLS handshake with ngrok's service",
    )
    .versions(Versions::Neither)
    .before_3(ALL),
    Key::new(
        "socks5_proxy",
        Kind::Url(&["socks5"]),
        "SOCKS proxy to connect through; needs a paid plan",
    )
    .versions(Versions::Neither)
    .before_3(ALL)
    .renamed_to("proxy_url")
    .may_be_secret(),
    Key::new("update", Flag, "install updates without asking")
        .versions(Versions::Neither)
        .before_3(ALL)
        .renamed_to("update_check"),
    // Of agents before 2.0 alone; files that hold them are still found.
    Key::new(
        "auth_token",
        Text,
        "authtoken, which says whose session it is",
    )
    .versions(Versions::Neither)
    .renamed_to("authtoken")
    .secret(),
    Key::new(
        "trust_host_root_certs",
        Flag,
        "trust the authorities of this machine, as `root_cas: host` does",
    )
    .versions(Versions::Neither)
    .renamed_to("root_cas"),
];

/// The keys beside them, at the top of the file.
pub(super) const TOP: &[Key] = &[
    Key::new("version", Word(&["2", "3"]), "layout of the file: 2 or 3").required(),
    Key::new("agent", Kind::Mapping(&[]), "keys of the agent itself")
        .versions(Versions::V3)
        .since(3, 16, 0),
    Key::new(
        "endpoints",
        List(&Kind::Mapping(&[])),
        "endpoints that the agent can start",
    )
    .versions(Versions::V3)
    .since(3, 16, 0),
    Key::new(
        "tunnels",
        Kind::Mapping(&[]),
        "tunnels that the agent can start, by name",
    )
    .before_3(ALL),
];
