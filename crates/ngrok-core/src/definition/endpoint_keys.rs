//! The keys of an endpoint: an item of `endpoints`, the body of `POST /api/endpoints`, and what agents report about one.
//!
//! Facts from <https://ngrok.com/docs/agent/config/v3/>, <https://ngrok.com/docs/agent/api/> and the agent's changelog.

use super::key::Key;
use super::kind::Kind;
use Kind::{Any, Flag, List, Mapping, Pem, Text, Word};

/// Who can reach an endpoint.
pub(super) const BINDINGS: &[&str] = &["public", "internal", "kubernetes"];

/// One row a key. Agents before 3.0 know none of them.
pub(super) const ROWS: &[Key] = &[
    Key::new("name", Text, "name of the endpoint, once in a file")
        .flag("--name")
        .required(),
    Key::new(
        "url",
        Kind::PublicUrl,
        "public address: a domain, a URL or a scheme alone; without it ngrok picks an https one",
    )
    .flag("--url"),
    Key::new(
        "upstream",
        Mapping(UPSTREAM),
        "where to forward to, and how",
    )
    .required(),
    Key::new(
        "bindings",
        List(&Word(BINDINGS)),
        "who can reach it, a list of one: public, internal or kubernetes",
    )
    .since(3, 20, 0)
    .flag("--binding")
    .may_guard(),
    Key::new(
        "metadata",
        Kind::Free,
        "text that ngrok's API shows with the endpoint (at most 4096 bytes)",
    )
    .flag("--metadata"),
    Key::new(
        "description",
        Kind::Free,
        "text that ngrok's API shows with the endpoint (at most 255 bytes)",
    )
    .flag("--description"),
    Key::new(
        "traffic_policy",
        Kind::Policy,
        "traffic policy: rules for who gets in and what happens to the traffic",
    )
    .conflicts(&["traffic_policy_file", "traffic_policy_url"])
    .may_guard()
    .may_be_secret(),
    Key::new(
        "traffic_policy_file",
        Kind::Path,
        "file that holds the traffic policy",
    )
    .conflicts(&["traffic_policy_url"])
    .flag("--traffic-policy-file")
    .may_guard(),
    Key::new(
        "traffic_policy_url",
        Kind::Url(&["https", "http"]),
        "URL of the traffic policy",
    )
    .since(3, 26, 0)
    .flag("--traffic-policy-url")
    .may_guard(),
    Key::new(
        "agent_tls_termination",
        Mapping(TERMINATION),
        "end TLS in the agent (for tls:// URLs)",
    )
    .since(3, 19, 0)
    .may_guard()
    .may_be_secret(),
    Key::new(
        "pooling_enabled",
        Flag,
        "share the URL with other endpoints that say so",
    )
    .flag("--pooling-enabled"),
    Key::new("inspect", Flag, "capture requests (default true for http)").flag("--inspect"),
    // What agents report about an endpoint, in one of the two shapes that answers have.
    Key::new("uri", Text, "path of the endpoint in the local API").reported_only(),
    Key::new("metrics", Any, "connections and requests so far").reported_only(),
    Key::new("ID", Text, "id of the endpoint").reported_only(),
    Key::new("id", Text, "id of the endpoint").reported_only(),
    Key::new("public_url", Text, "public URL").reported_only(),
    Key::new("proto", Text, "protocol of the public URL").reported_only(),
    Key::new("config", Any, "address and `inspect`, as tunnels have them").reported_only(),
];

const UPSTREAM: &[Key] = &[
    Key::new(
        "url",
        Kind::Upstream,
        "where to forward to: a port, `host:port`, a URL, or `file://` and a directory",
    )
    .required(),
    Key::new(
        "protocol",
        Word(&["http1", "http2"]),
        "protocol of the upstream (default http1)",
    )
    .flag("--upstream-protocol"),
    Key::new(
        "proxy_protocol",
        Word(&["1", "2"]),
        "version of the PROXY protocol to greet the upstream with",
    )
    .flag("--upstream-proxy-protocol"),
];

const TERMINATION: &[Key] = &[
    Key::new(
        "server_certificate",
        Pem,
        "certificate, as a path or in PEM",
    ),
    Key::new(
        "server_private_key",
        Pem,
        "private key of the certificate, as a path or in PEM",
    )
    .secret(),
    Key::new(
        "mutual_tls_certificate_authorities",
        Kind::ListOrOne(&Pem),
        "authorities whose client certificates may enter, as paths or in PEM",
    )
    .guards(),
    Key::new("server_key", Pem, "private key of the certificate")
        .until(3, 0, 0)
        .renamed_to("server_private_key")
        .secret(),
];
