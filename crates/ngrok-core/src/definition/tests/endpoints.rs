//! Tables: endpoints, and the keys of the agent, with what is wrong with them.

use serde_json::{Value, json};

use super::*;

#[test]
fn what_is_wrong_with_an_endpoint() {
    let cases: &[(Value, &[&str])] = &[
        (json!({"upstream": {"url": 80}}), &[]),
        (
            json!({"upstream": {"url": 80}, "traffic_policy_file": "tp.yml"}),
            &[],
        ),
        (
            json!({"upstream": {"url": "https://"}, "url": "tls://a.example.com"}),
            &[],
        ),
        (json!({}), &["error no `upstream` of endpoint `x`"]),
        (
            json!({"upstream": {}}),
            &["error no `url` in `upstream` of endpoint `x`"],
        ),
        (
            json!({"upstream": {"url": 80, "protocol": "https"}}),
            &["make it one of http1, http2"],
        ),
        (
            json!({"upstream": {"url": 80}, "bindings": ["public", "internal"]}),
            &["more than one item"],
        ),
        (
            json!({"upstream": {"url": 80}, "bindings": ["nowhere"]}),
            &["`bindings` of endpoint `x` has a wrong value"],
        ),
        (
            json!({"upstream": {"url": 80}, "uri": "/x"}),
            &["which only answers of the agent have; leave it out"],
        ),
        (
            json!({"upstream": {"url": 80}, "proto": "http"}),
            &["say it in `url`"],
        ),
        (
            json!({"upstream": {"url": 80}, "addr": 80}),
            &["which is a key of tunnels; say it in `upstream.url`"],
        ),
        (
            json!({"upstream": {"url": 80}, "basic_auth": ["a:bbbbbbbb"]}),
            &["use the traffic-policy action `basic-auth` in `on_http_request`"],
        ),
        (
            json!({"url": "tcp://", "upstream": {"url": 80}, "ip_restriction": {}}),
            &["use the traffic-policy action `restrict-ips` in `on_tcp_connect`"],
        ),
        (
            json!({"upstream": {"url": 80}, "agent_tls_termination": {"server_certificate": "c"}}),
            &["works for tls:// URLs alone"],
        ),
        (
            json!({"url": "tls://a", "upstream": {"url": 80}, "agent_tls_termination": {"server_key": "k", "nope": 1}}),
            &[
                "call it `server_private_key`",
                "unknown key `agent_tls_termination.nope`",
            ],
        ),
        (
            json!({"url": "tls://a", "upstream": {"url": 80}, "agent_tls_termination": {"mutual_tls_certificate_authorities": "c"}}),
            &["warning", "ngrok documents a list here"],
        ),
        (
            json!({"upstream": {"url": 80}, "traffic_policy": {"on_http_requests": []}}),
            &["unknown phase `on_http_requests`"],
        ),
        (
            json!({"upstream": {"url": 80}, "traffic_policy": {"on_event_stream_message": [{"actions": [
                {"type": "sse-find-replace", "config": {"replacements": [{"from": "a"}]}}]}]}}),
            &[],
        ),
        (
            json!({"upstream": {"url": 80}, "traffic_policy": {"on_http_response": [{"actions": [{"type": "basic-auth"}]}]}}),
            &[
                "warning action `basic-auth` in `on_http_response`",
                "warning no `credentials`",
            ],
        ),
    ];
    for (more, expected) in cases {
        let mut fields = map(json!({"name": "x"}));
        fields.extend(map(more.clone()));
        expect(&endpoint(fields.into()), expected, more);
    }
}

#[test]
fn what_is_wrong_with_the_keys_of_the_agent() {
    const V2: Option<ConfigVersion> = Some(ConfigVersion::V2);
    const V3: Option<ConfigVersion> = Some(ConfigVersion::V3);
    let cases: &[(Value, AgentVersion, Option<ConfigVersion>, &[&str])] = &[
        (json!({"region": "auto"}), NEW, V2, &[]),
        (json!({"region": "eu-lon-1"}), NEW, V2, &[]),
        (
            json!({"region": "auto"}),
            OLD,
            None,
            &["`region` has a wrong value"],
        ),
        (
            json!({"region": "eu"}),
            NEW,
            V3,
            &["a key of version 2", "leave it out"],
        ),
        (
            json!({"connect_url": "a:443"}),
            NEW,
            V2,
            &["a key of version 3", "call it `server_addr`"],
        ),
        (
            json!({"server_addr": "a:443"}),
            NEW,
            V3,
            &["call it `connect_url`"],
        ),
        (
            json!({"http_proxy": "http://h:1"}),
            NEW,
            V2,
            &["call it `proxy_url`"],
        ),
        (json!({"http_proxy": "http://h:1"}), OLD, None, &[]),
        (
            json!({"update": true}),
            NEW,
            V2,
            &["call it `update_check`"],
        ),
        (
            json!({"console_ui": "maybe"}),
            NEW,
            V2,
            &["one of true, false, iftty"],
        ),
        (json!({"console_ui": "maybe"}), OLD, None, &[]),
        (
            json!({"log_format": "json", "log_level": "crit"}),
            NEW,
            V3,
            &[],
        ),
        (
            json!({"crl_url": "https://x"}),
            AgentVersion::new(3, 20, 0),
            V3,
            &["needs agent 3.39.7, and agent 3.20.0 refuses it"],
        ),
        (
            json!({"api_key": "x"}),
            OLD,
            None,
            &["warning agent 2.3.42 ignores `api_key`"],
        ),
        (
            json!({"region": "eu", "server_addr": "a:1"}),
            OLD,
            None,
            &["does not start"],
        ),
        (
            json!({"heartbeat_interval": "soon", "dns_resolver_ips": ["x"]}),
            NEW,
            V3,
            &["a duration", "an IP address"],
        ),
        (json!({"version": 2, "tunnels": {}}), NEW, V2, &[]),
        (
            json!({"authtoken_from_env": true}),
            NEW,
            V2,
            &["reads NGROK_AUTHTOKEN by itself"],
        ),
    ];
    for (keys, agent, version, expected) in cases {
        let reader = Reader::file(*agent, *version);
        let issues = shown(Vocabulary::ngrok().check_agent(&map(keys.clone()), reader));
        expect(&issues, expected, keys);
    }
}

#[test]
fn a_made_up_key_is_known_to_every_question() {
    let moat = Key::new(
        "moat",
        Kind::Word(&["wide", "deep"]),
        "water around the tunnel",
    )
    .on(Protocols::HTTP)
    .guards()
    .secret()
    .becomes(Becomes::Action {
        action: "dig",
        phase: "on_http_request",
        how: "as it is",
    });
    let vocabulary = Vocabulary::ngrok().clone().with(Place::Tunnel, moat);
    let fields = map(json!({"proto": "http", "addr": 80, "moat": "deep"}));
    let check = |vocabulary: &Vocabulary, agent| {
        vocabulary
            .check_tunnel(&fields, "tunnel `x`", Reader::request(agent))
            .first()
            .map(|issue| issue.kind)
    };
    assert_eq!(check(&vocabulary, NEW), None);
    assert_eq!(check(&vocabulary, OLD), Some(IssueKind::GuardIgnored));
    assert_eq!(check(Vocabulary::ngrok(), NEW), Some(IssueKind::Unknown));
    let refused = vocabulary
        .to_endpoint(&fields, Protocol::Http, None)
        .unwrap_err();
    assert_eq!((refused.action, refused.is_guard), (Some("dig"), true));
    assert_eq!(vocabulary.secrecy(&["tunnels", "x", "moat"]), Secrecy::Yes);
    assert_eq!(
        Vocabulary::ngrok().secrecy(&["tunnels", "x", "moat"]),
        Secrecy::No
    );
}
