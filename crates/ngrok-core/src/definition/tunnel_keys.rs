//! The keys of a tunnel: an entry of `tunnels`, and the body of `POST /api/tunnels`.
//!
//! Facts from <https://ngrok.com/docs/agent/config/v2/>, the agent's changelog and help, and from what agent 2.3.41 accepts.

use super::key::Becomes::{Action, Nothing, Policy, Termination, Url};
use super::key::{Becomes, Key};
use super::kind::Kind;
use super::protocol::{Protocol, Protocols};
use Kind::{Flag, List, Mapping, Text, Word};

const HTTP: Protocols = Protocols::HTTP;
const TCP: Protocols = Protocols::TCP;
const TLS: Protocols = Protocols::TLS;
const HTTP_TLS: Protocols = HTTP.and(TLS);
const NAMED: Protocols = Protocols::NAMED;

const REQUEST: &str = "on_http_request";
const RESPONSE: &str = "on_http_response";

const fn action(action: &'static str, phase: &'static str, how: &'static str) -> Becomes {
    Action { action, phase, how }
}

/// One row a key.
pub(super) const ROWS: &[Key] = &[
    Key::new("addr", Kind::Address, "where to forward to: a port, `host:port`, a URL, or `file://` and a directory")
        .before_3(NAMED)
        .becomes(Becomes::Key("upstream.url"))
        .required(),
    Key::new("proto", Word(Protocol::WORDS), "protocol: http, tcp or tls")
        .on(NAMED)
        .before_3(NAMED)
        .becomes(Url),
    Key::new("name", Text, "name of the tunnel; in a file, the key above the definition")
        .on(NAMED)
        .before_3(NAMED)
        .body_only(),
    Key::new("metadata", Kind::Free, "text that ngrok's API shows with the tunnel (at most 4096 bytes)")
        .before_3(NAMED)
        .flag("--metadata"),
    Key::new("inspect", Flag, "capture requests (default true for http)")
        .before_3(NAMED)
        .flag("--inspect"),
    Key::new("url", Kind::PublicUrl, "public address: a domain, a URL or a scheme alone")
        .on(NAMED)
        .since(3, 16, 0)
        .conflicts(&["domain", "hostname", "subdomain", "remote_addr"])
        .flag("--url"),
    Key::new("pooling_enabled", Flag, "share the URL with other endpoints that say so")
        .on(NAMED)
        .flag("--pooling-enabled"),
    Key::new("description", Kind::Free, "text that ngrok's API shows with the endpoint (at most 255 bytes)")
        .on(NAMED)
        .since(3, 16, 0)
        .flag("--description"),
    Key::new("binding", Word(super::endpoint_keys::BINDINGS), "who can reach it: public, internal or kubernetes")
        .on(NAMED)
        .since(3, 20, 0)
        .becomes(Becomes::Key("bindings"))
        .flag("--binding"),
    // Who gets in.
    Key::new("basic_auth", List(&Kind::Credential), "users who may enter, each `user:password` (password of 8 to 128 characters)")
        .on(HTTP)
        .becomes(action("basic-auth", REQUEST, "the same list is its `credentials`"))
        .flag("--basic-auth")
        .guards()
        .secret(),
    Key::new("auth", Text, "the one user who may enter, as `user:password`")
        .on(HTTP)
        .before_3(HTTP)
        .until(3, 0, 0)
        .renamed_to("basic_auth")
        .becomes(action("basic-auth", REQUEST, "a list of this pair is its `credentials`"))
        .flag("--auth")
        .guards()
        .secret(),
    Key::new("oauth", Mapping(OAUTH), "log visitors in with an OAuth provider, and let in those on the lists")
        .on(HTTP)
        .becomes(action(
            "oauth",
            REQUEST,
            "`provider`, `scopes`, `client_id` and `client_secret` keep their names; `allow_emails` and `allow_domains` need a rule of their own",
        ))
        .guards()
        .may_be_secret(),
    Key::new("oidc", Mapping(OIDC), "log visitors in with an OpenID Connect provider")
        .on(HTTP)
        .becomes(action("openid-connect", REQUEST, "all keys keep their names"))
        .guards()
        .may_be_secret(),
    Key::new("ip_restriction", Mapping(IP_RESTRICTION), "addresses that may enter, and those that may not")
        .on(NAMED)
        .becomes(action("restrict-ips", REQUEST, "`allow_cidrs` is its `allow`, `deny_cidrs` its `deny`"))
        .guards(),
    Key::new("ip_policy", Text, "id of an IP policy that decides who may enter")
        .on(NAMED)
        .before_3(NAMED)
        .until(3, 0, 0)
        .renamed_to("ip_restriction")
        .becomes(action("restrict-ips", REQUEST, "a list of the id is its `ip_policies`"))
        .guards(),
    Key::new("mutual_tls_cas", Kind::Path, "file of the authorities whose client certificates may enter")
        .on(HTTP_TLS)
        .becomes(action("terminate-tls", "on_tcp_connect", "the content of the file is its `mutual_tls_certificate_authorities`"))
        .flag("--mutual-tls-cas")
        .guards(),
    Key::new("client_cas", Kind::Path, "file of the authorities whose client certificates may enter")
        .on(TLS)
        .before_3(TLS)
        .until(3, 0, 0)
        .renamed_to("mutual_tls_cas")
        .becomes(action("terminate-tls", "on_tcp_connect", "the content of the file is its `mutual_tls_certificate_authorities`"))
        .needs(&["crt", "key"])
        .flag("--client-cas")
        .guards(),
    Key::new("verify_webhook", Mapping(VERIFY_WEBHOOK), "let in webhooks alone that their provider has signed")
        .on(HTTP)
        .becomes(action("verify-webhook", REQUEST, "`provider` and `secret` keep their names"))
        .guards()
        .secret(),
    Key::new("user_agent_filter", Mapping(USER_AGENT_FILTER), "browsers and programs that may enter, and those that may not, as patterns")
        .on(HTTP)
        .since(3, 3, 5)
        .becomes(action("deny", REQUEST, "a rule with the expression `req.user_agent.matches('PATTERN')` for each pattern to deny"))
        .guards(),
    Key::new("traffic_policy", Kind::Policy, "traffic policy")
        .on(NAMED)
        .since(3, 14, 0)
        .becomes(Policy)
        .conflicts(&["policy", "traffic_policy_file"])
        .may_guard()
        .may_be_secret(),
    Key::new("traffic_policy_file", Kind::Path, "file that holds the traffic policy")
        .on(NAMED)
        .since(3, 12, 1)
        .flag("--traffic-policy-file")
        .may_guard(),
    Key::new("policy", Kind::Policy, "traffic policy with the older phases `inbound` and `outbound`")
        .on(NAMED)
        .since(3, 6, 0)
        .deprecated()
        .renamed_to("traffic_policy")
        .becomes(Policy)
        .flag("--policy-file")
        .may_guard()
        .may_be_secret(),
    // The address.
    Key::new("domain", Kind::Domain, "public domain")
        .on(HTTP_TLS)
        .since(3, 2, 1)
        .becomes(Url)
        .conflicts(&["hostname", "subdomain"])
        .flag("--domain"),
    Key::new("hostname", Kind::Domain, "public domain")
        .on(HTTP_TLS)
        .before_3(HTTP_TLS)
        .deprecated()
        .renamed_to("domain")
        .becomes(Url)
        .conflicts(&["subdomain"])
        .flag("--hostname"),
    Key::new("subdomain", Kind::Domain, "name in front of ngrok's own domain")
        .on(HTTP_TLS)
        .before_3(HTTP_TLS)
        .deprecated()
        .renamed_to("domain")
        .becomes(Url)
        .flag("--subdomain"),
    Key::new("remote_addr", Kind::HostPort, "reserved public address, as `host:port`")
        .on(TCP)
        .before_3(TCP)
        .becomes(Url)
        .flag("--remote-addr"),
    Key::new("schemes", List(&Word(&["http", "https"])), "schemes of the public URL (default https)")
        .on(HTTP)
        .becomes(Url)
        .flag("--scheme"),
    Key::new("bind_tls", Word(&["true", "false", "both"]), "serve https, http or both (default both)")
        .on(HTTP)
        .before_3(HTTP)
        .until(3, 0, 0)
        .renamed_to("schemes")
        .becomes(Url)
        .flag("--bind-tls"),
    // What happens to the traffic.
    Key::new("circuit_breaker", Kind::Fraction, "share of failed responses from which on requests are refused for a while")
        .on(HTTP)
        .becomes(action("circuit-breaker", REQUEST, "it is its `error_threshold`"))
        .flag("--circuit-breaker"),
    Key::new("compression", Flag, "compress responses with gzip")
        .on(HTTP)
        .becomes(action("compress-response", RESPONSE, "its `algorithms` are `[gzip]`"))
        .flag("--compression"),
    Key::new("host_header", Text, "`Host` header for the upstream: `rewrite`, `preserve` or a host")
        .on(HTTP)
        .before_3(HTTP)
        .becomes(action("add-headers", REQUEST, "it is `host` of its `headers`; for `rewrite`, the host of the upstream"))
        .flag("--host-header"),
    Key::new("request_header", Mapping(REQUEST_HEADER), "headers to add to requests and to remove from them")
        .on(HTTP)
        .becomes(action("add-headers, remove-headers", REQUEST, "`add` is the first one's `headers`, as a mapping; `remove` the second one's"))
        .may_be_secret(),
    Key::new("response_header", Mapping(RESPONSE_HEADER), "headers to add to responses and to remove from them")
        .on(HTTP)
        .becomes(action("add-headers, remove-headers", RESPONSE, "`add` is the first one's `headers`, as a mapping; `remove` the second one's"))
        .may_be_secret(),
    Key::new("proxy_proto", Word(&["1", "2"]), "version of the PROXY protocol to greet the upstream with")
        .on(NAMED)
        .becomes(Becomes::Key("upstream.proxy_protocol"))
        .flag("--proxy-proto"),
    Key::new("websocket_tcp_converter", Flag, "turn WebSocket connections into TCP ones")
        .on(HTTP)
        .becomes(Nothing("an endpoint cannot do it; keep this definition under `tunnels`"))
        .flag("--websocket-tcp-converter"),
    Key::new("app_protocol", Word(&["http1", "http2"]), "protocol of the upstream: http1 or http2")
        .on(HTTP)
        .since(3, 5, 0)
        .becomes(Becomes::Key("upstream.protocol"))
        .flag("--app-protocol"),
    Key::new("upstream_protocol", Word(&["http1", "http2"]), "protocol of the upstream: http1 or http2")
        .on(HTTP)
        .becomes(Becomes::Key("upstream.protocol"))
        .flag("--upstream-protocol"),
    Key::new("upstream_tls_verify", Flag, "check the upstream's certificate")
        .on(HTTP_TLS)
        .since(3, 5, 0)
        .becomes(Nothing("an endpoint cannot do it; keep this definition under `tunnels`"))
        .flag("--upstream-tls-verify"),
    Key::new("upstream_tls_verify_cas", Kind::Path, "file of the authorities to trust for the upstream")
        .on(HTTP_TLS)
        .since(3, 5, 0)
        .becomes(Nothing("an endpoint cannot do it; keep this definition under `tunnels`"))
        .flag("--upstream-tls-verify-cas"),
    Key::new("verify_upstream_tls", Flag, "check the upstream's certificate")
        .on(HTTP_TLS)
        .since(3, 4, 0)
        .until(3, 5, 0)
        .renamed_to("upstream_tls_verify"),
    Key::new("upstream_ca_path", Kind::Path, "file of the authorities to trust for the upstream")
        .on(HTTP_TLS)
        .since(3, 4, 0)
        .until(3, 5, 0)
        .renamed_to("upstream_tls_verify_cas"),
    Key::new("crt", Kind::Pem, "file of the certificate for TLS")
        .on(TLS.and(Protocols::LABELLED))
        .before_3(TLS)
        .becomes(Termination)
        .needs(&["key"])
        .flag("--crt"),
    Key::new("key", Kind::Pem, "file of the certificate's private key")
        .on(TLS.and(Protocols::LABELLED))
        .before_3(TLS)
        .becomes(Termination)
        .needs(&["crt"])
        .flag("--key")
        .may_be_secret(),
    Key::new("terminate_at", Word(&["edge", "agent", "upstream"]), "where TLS ends (default upstream; edge if there is a `crt`)")
        .on(TLS)
        .becomes(Termination)
        .flag("--terminate-at"),
    Key::new("labels", List(&Kind::Label), "labels, each `name=value`, of the edge that has the URL")
        .on(Protocols::LABELLED)
        .becomes(Nothing("labelled tunnels and edges are retired; use an endpoint whose URL ends in .internal, and a cloud endpoint"))
        .conflicts(&["proto"])
        .flag("--label"),
];

const OAUTH: &[Key] = &[
    Key::new("provider", Text, "provider: google, github, …")
        .flag("--oauth")
        .required(),
    Key::new(
        "allow_domains",
        List(&Kind::Domain),
        "domains whose mail addresses may enter",
    )
    .flag("--oauth-allow-domain")
    .guards(),
    Key::new("allow_emails", List(&Text), "mail addresses that may enter")
        .flag("--oauth-allow-email")
        .guards(),
    Key::new(
        "scopes",
        List(&Text),
        "scopes to ask for; needs an OAuth application of your own",
    )
    .flag("--oauth-scope"),
    Key::new("client_id", Text, "id of an OAuth application of your own").flag("--oauth-client-id"),
    Key::new(
        "client_secret",
        Text,
        "secret of an OAuth application of your own",
    )
    .flag("--oauth-client-secret")
    .secret(),
    Key::new("oauth_scopes", List(&Text), "scopes to ask for")
        .until(3, 0, 0)
        .renamed_to("scopes"),
];

const OIDC: &[Key] = &[
    Key::new(
        "issuer_url",
        Kind::Url(&["https", "http"]),
        "URL of the provider",
    )
    .flag("--oidc")
    .required(),
    Key::new("client_id", Text, "id of your application")
        .flag("--oidc-client-id")
        .required(),
    Key::new("client_secret", Text, "secret of your application")
        .flag("--oidc-client-secret")
        .required()
        .secret(),
    Key::new("scopes", List(&Text), "scopes to ask for").flag("--oidc-scope"),
];

const IP_RESTRICTION: &[Key] = &[
    Key::new(
        "allow_cidrs",
        List(&Kind::Cidr),
        "addresses and blocks that may enter",
    )
    .flag("--cidr-allow")
    .guards(),
    Key::new(
        "deny_cidrs",
        List(&Kind::Cidr),
        "addresses and blocks that may not enter",
    )
    .flag("--cidr-deny")
    .guards(),
];

const VERIFY_WEBHOOK: &[Key] = &[
    Key::new("provider", Text, "provider whose signature is checked")
        .flag("--verify-webhook")
        .required(),
    Key::new("secret", Text, "secret that the provider signs with")
        .flag("--verify-webhook-secret")
        .secret(),
];

const USER_AGENT_FILTER: &[Key] = &[
    Key::new("allow", List(&Text), "patterns of those that may enter")
        .flag("--ua-filter-allow")
        .guards(),
    Key::new("deny", List(&Text), "patterns of those that may not enter")
        .flag("--ua-filter-deny")
        .guards(),
];

const REQUEST_HEADER: &[Key] = &[
    Key::new(
        "add",
        List(&Kind::Header),
        "headers to add, each `name:value`",
    )
    .flag("--request-header-add")
    .may_be_secret(),
    Key::new("remove", List(&Text), "names of headers to remove").flag("--request-header-remove"),
];

const RESPONSE_HEADER: &[Key] = &[
    Key::new(
        "add",
        List(&Kind::Header),
        "headers to add, each `name:value`",
    )
    .flag("--response-header-add")
    .may_be_secret(),
    Key::new("remove", List(&Text), "names of headers to remove").flag("--response-header-remove"),
];

#[cfg(test)]
mod tests {
    use super::super::key::Becomes::Same;
    use super::*;

    #[test]
    fn every_row_says_what_becomes_of_it_in_an_endpoint() {
        let endpoint = |name: &str| {
            super::super::endpoint_keys::ROWS
                .iter()
                .any(|key| key.name() == name)
        };
        for key in ROWS.iter().filter(|key| key.in_endpoint() == Same) {
            let name = key.new_name().unwrap_or(key.name());
            let renamed = ROWS
                .iter()
                .find(|row| row.name() == name)
                .is_some_and(|row| row.in_endpoint() != Same);
            assert!(endpoint(name) || renamed, "{name}");
        }
    }
}
