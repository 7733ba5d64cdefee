//! Tables: tunnels with the endpoint that they become, or why they cannot become one.

use serde_json::{Value, json};

use super::map;
use crate::definition::{Guard, Place, Protocol, Vocabulary};

#[test]
fn tunnels_become_endpoints_where_nothing_is_lost() {
    use Protocol::{Http, Tcp, Tls};
    let cases: &[(Protocol, Value, Value)] = &[
        (
            Http,
            json!({"addr": 80, "proto": "http", "name": "n"}),
            json!({"name": "n"}),
        ),
        (
            Http,
            json!({"domain": "a.example.com"}),
            json!({"url": "https://a.example.com"}),
        ),
        (
            Http,
            json!({"hostname": "a.example.com", "bind_tls": false}),
            json!({"url": "http://a.example.com"}),
        ),
        (
            Http,
            json!({"schemes": ["http"]}),
            json!({"url": "http://"}),
        ),
        (Http, json!({"bind_tls": true}), json!({"url": "https://"})),
        (
            Http,
            json!({"bind_tls": "true"}),
            json!({"url": "https://"}),
        ),
        (
            Tls,
            json!({"domain": "a.example.com"}),
            json!({"url": "tls://a.example.com"}),
        ),
        (
            Tcp,
            json!({"remote_addr": "1.tcp.ngrok.io:12345"}),
            json!({"url": "tcp://1.tcp.ngrok.io:12345"}),
        ),
        (
            Http,
            json!({"proxy_proto": 2, "app_protocol": "http2"}),
            json!({"upstream": {"proxy_protocol": 2, "protocol": "http2"}}),
        ),
        (
            Http,
            json!({"proxy_proto": 2, "upstream": {"url": "http://h:1"}}),
            json!({"upstream": {"proxy_protocol": 2, "url": "http://h:1"}}),
        ),
        (
            Http,
            json!({"binding": "internal", "metadata": "m", "inspect": false}),
            json!({"bindings": ["internal"], "metadata": "m", "inspect": false}),
        ),
        (
            Http,
            json!({"compression": false, "host_header": "preserve", "basic_auth": null}),
            json!({}),
        ),
        (Http, json!({"moon": 1}), json!({"moon": 1})),
        (
            Http,
            json!({"policy": {"inbound": [1], "outbound": [2]}}),
            json!({"traffic_policy": {"on_http_request": [1], "on_http_response": [2]}}),
        ),
        (
            Tcp,
            json!({"traffic_policy": {"inbound": [1]}}),
            json!({"traffic_policy": {"on_tcp_connect": [1]}}),
        ),
        (
            Tls,
            json!({"crt": "c", "key": "k", "terminate_at": "agent", "mutual_tls_cas": "ca"}),
            json!({"agent_tls_termination": {
                "server_certificate": "c", "server_private_key": "k", "mutual_tls_certificate_authorities": ["ca"]}}),
        ),
        (Tls, json!({"terminate_at": "upstream"}), json!({})),
    ];
    for (protocol, options, expected) in cases {
        let endpoint = Vocabulary::ngrok().to_endpoint(&map(options.clone()), *protocol, None);
        assert_eq!(
            endpoint.map(Value::Object),
            Ok(expected.clone()),
            "{options}"
        );
    }
    let subdomain = map(json!({"subdomain": "x"}));
    let endpoint = Vocabulary::ngrok()
        .to_endpoint(&subdomain, Http, Some("eu.ngrok.io"))
        .unwrap();
    assert_eq!(endpoint["url"], "https://x.eu.ngrok.io");
}

#[test]
fn what_would_be_lost_is_refused_with_what_to_write_instead() {
    use Protocol::{Http, Tcp, Tls};
    let cases: &[(Protocol, Value, bool, &str)] = &[
        (
            Http,
            json!({"basic_auth": ["a:b"]}),
            true,
            "action `basic-auth` in `on_http_request`",
        ),
        (
            Http,
            json!({"basic-auth": ["a:b"]}),
            true,
            "option `basic-auth` guards access",
        ),
        (Http, json!({"auth": "a:b"}), true, "action `basic-auth`"),
        (
            Tcp,
            json!({"ip_restriction": {"allow_cidrs": []}}),
            true,
            "action `restrict-ips` in `on_tcp_connect`",
        ),
        (
            Http,
            json!({"mutual_tls_cas": "c"}),
            true,
            "action `terminate-tls` in `on_tcp_connect`",
        ),
        (
            Http,
            json!({"verify_webhook": {}}),
            true,
            "`verify-webhook`",
        ),
        (
            Http,
            json!({"user_agent_filter": {"deny": ["x"]}}),
            true,
            "req.user_agent.matches",
        ),
        (Http, json!({"oidc": {}}), true, "`openid-connect`"),
        (
            Http,
            json!({"oauth": {"provider": "google", "allow_emails": ["a@b.c", "o'x@b.c"], "allow_domains": ["d.e"]}}),
            true,
            r"!(actions.ngrok.oauth.identity.email in ['a@b.c', 'o\'x@b.c'] || actions.ngrok.oauth.identity.email.endsWith('@d.e'))",
        ),
        (
            Http,
            json!({"compression": true}),
            false,
            "action `compress-response` in `on_http_response`",
        ),
        (
            Http,
            json!({"request_header": {"add": ["a:b"]}}),
            false,
            "actions `add-headers` and `remove-headers`",
        ),
        (
            Http,
            json!({"websocket_tcp_converter": true}),
            false,
            "keep this definition under `tunnels`",
        ),
        (
            Http,
            json!({"subdomain": "x"}),
            false,
            "write the whole domain in `url`",
        ),
        (
            Http,
            json!({"schemes": ["http", "https"]}),
            false,
            "write two endpoints",
        ),
        (
            Http,
            json!({"bind_tls": "both"}),
            false,
            "write two endpoints",
        ),
        (
            Http,
            json!({"domain": "a", "url": "https://b"}),
            false,
            "keep one of them",
        ),
        (
            Http,
            json!({"domain": "a", "hostname": "b"}),
            false,
            "keep one of them",
        ),
        (
            Tls,
            json!({"crt": "c", "key": "k"}),
            false,
            "`terminate-tls`",
        ),
        (
            Tcp,
            json!({"policy": {"outbound": [1]}}),
            true,
            "no phase for `outbound`",
        ),
    ];
    for (protocol, options, is_guard, part) in cases {
        let refused = Vocabulary::ngrok()
            .to_endpoint(&map(options.clone()), *protocol, None)
            .unwrap_err();
        assert_eq!(refused.is_guard, *is_guard, "{options}: {refused}");
        assert!(refused.to_string().contains(part), "{options}: {refused}");
    }
}

/// No guard of a tunnel is ever dropped on the way to an endpoint.
#[test]
fn no_guard_is_lost_in_translation() {
    let vocabulary = Vocabulary::ngrok();
    for key in vocabulary
        .keys(Place::Tunnel)
        .iter()
        .filter(|key| key.guard() != Guard::No)
    {
        for protocol in key.protocols().iter() {
            let fields =
                map(json!({ key.name(): {"on_tcp_connect": [{"actions": [{"type": "deny"}]}]} }));
            match vocabulary.to_endpoint(&fields, protocol, None) {
                Err(refused) => assert!(refused.is_guard, "{}", key.name()),
                Ok(endpoint) => {
                    let kept = vocabulary.guards(Place::Endpoint, &endpoint).count();
                    assert_eq!(kept, 1, "{}: {endpoint:?}", key.name());
                }
            }
        }
    }
}
