//! Definitions: each option is sent under its key, and nothing else is.

use ngrok_localapi::{
    AgentTls, Endpoint, EndpointConfig, ErrorKind, OAuth, Oidc, Rule, TrafficPolicy, TunnelConfig,
    Upstream,
};
use serde_json::{Value, json};

fn tunnel() -> TunnelConfig {
    TunnelConfig::http("t", 80)
}

/// Every key of a version 2 definition.
#[test]
fn each_tunnel_option_has_its_key() {
    let policy =
        TrafficPolicy::new().on_http_request(Rule::new().action(ngrok_localapi::Action::deny(403)));
    for (config, key, value) in [
        (tunnel().metadata("m"), "metadata", json!("m")),
        (tunnel().inspect(false), "inspect", json!(false)),
        (tunnel().labels(["a=b"]), "labels", json!(["a=b"])),
        (
            tunnel().basic_auth("u", "p").basic_auth("v", "q"),
            "basic_auth",
            json!(["u:p", "v:q"]),
        ),
        (tunnel().circuit_breaker(0.5), "circuit_breaker", json!(0.5)),
        (tunnel().compression(true), "compression", json!(true)),
        (tunnel().domain("d"), "domain", json!("d")),
        (tunnel().hostname("h"), "hostname", json!("h")),
        (tunnel().subdomain("s"), "subdomain", json!("s")),
        (
            tunnel().host_header("rewrite"),
            "host_header",
            json!("rewrite"),
        ),
        (
            tunnel().allow_cidrs(["10.0.0.0/8"]).deny_cidrs(["::/0"]),
            "ip_restriction",
            json!({ "allow_cidrs": ["10.0.0.0/8"], "deny_cidrs": ["::/0"] }),
        ),
        (
            tunnel().mutual_tls_cas("ca.pem"),
            "mutual_tls_cas",
            json!("ca.pem"),
        ),
        (
            tunnel().oauth(
                OAuth::new("google")
                    .allow_domains(["a.b"])
                    .allow_emails(["c@d"])
                    .scopes(["e"])
                    .client("f", "g"),
            ),
            "oauth",
            json!({
                "provider": "google", "allow_domains": ["a.b"], "allow_emails": ["c@d"], "scopes": ["e"],
                "client_id": "f", "client_secret": "g",
            }),
        ),
        (
            tunnel().oidc(Oidc::new("https://i", "id", "secret").scopes(["e"])),
            "oidc",
            json!({ "issuer_url": "https://i", "client_id": "id", "client_secret": "secret", "scopes": ["e"] }),
        ),
        (
            tunnel().policy(json!({ "inbound": [] })),
            "policy",
            json!({ "inbound": [] }),
        ),
        (
            tunnel().traffic_policy(&policy),
            "traffic_policy",
            policy.to_json(),
        ),
        (tunnel().proxy_proto(2), "proxy_proto", json!("2")),
        (
            tunnel()
                .add_request_header("a: b")
                .add_request_header("d: e")
                .remove_request_header("c"),
            "request_header",
            json!({ "add": ["a: b", "d: e"], "remove": ["c"] }),
        ),
        (
            tunnel()
                .add_response_header("a: b")
                .add_response_header("d: e")
                .remove_response_header("c"),
            "response_header",
            json!({ "add": ["a: b", "d: e"], "remove": ["c"] }),
        ),
        (
            tunnel().schemes(["http", "https"]),
            "schemes",
            json!(["http", "https"]),
        ),
        (
            tunnel().allow_user_agents(["a"]).deny_user_agents(["b"]),
            "user_agent_filter",
            json!({ "allow": ["a"], "deny": ["b"] }),
        ),
        (
            tunnel().verify_webhook("github", "s"),
            "verify_webhook",
            json!({ "provider": "github", "secret": "s" }),
        ),
        (
            tunnel().websocket_tcp_converter(true),
            "websocket_tcp_converter",
            json!(true),
        ),
        (
            tunnel().pooling_enabled(true),
            "pooling_enabled",
            json!(true),
        ),
        (tunnel().url("https://x"), "url", json!("https://x")),
        (
            tunnel().remote_addr("1.tcp.ngrok.io:1"),
            "remote_addr",
            json!("1.tcp.ngrok.io:1"),
        ),
        (tunnel().crt("c.pem"), "crt", json!("c.pem")),
        (tunnel().key("k.pem"), "key", json!("k.pem")),
        (
            tunnel().terminate_at("agent"),
            "terminate_at",
            json!("agent"),
        ),
        (
            tunnel().extra("brand_new", json!({ "x": 1 })),
            "brand_new",
            json!({ "x": 1 }),
        ),
    ] {
        let expected = json!({ "name": "t", "proto": "http", "addr": "80", key: value });
        assert_eq!(Value::Object(config.as_json().clone()), expected);
    }
    assert_eq!(
        TunnelConfig::tcp("t", "localhost:22").as_json()["proto"],
        "tcp"
    );
    assert_eq!(TunnelConfig::tls("t", 443).as_json()["addr"], "443");
}

#[test]
fn each_endpoint_option_has_its_key() {
    let endpoint = || EndpointConfig::new("e", "http://localhost:80");
    for (config, key, value) in [
        (endpoint().url("tcp://"), "url", json!("tcp://")),
        (
            endpoint().binding("internal"),
            "bindings",
            json!(["internal"]),
        ),
        (endpoint().metadata("m"), "metadata", json!("m")),
        (endpoint().description("d"), "description", json!("d")),
        (
            endpoint().traffic_policy(&TrafficPolicy::new()),
            "traffic_policy",
            json!({}),
        ),
        (endpoint().inspect(true), "inspect", json!(true)),
        (
            endpoint().pooling_enabled(true),
            "pooling_enabled",
            json!(true),
        ),
        (
            endpoint().agent_tls_termination(
                AgentTls::new("c.pem", "k.pem").client_authorities(["ca.pem"]),
            ),
            "agent_tls_termination",
            json!({
                "server_certificate": "c.pem", "server_private_key": "k.pem",
                "mutual_tls_certificate_authorities": ["ca.pem"],
            }),
        ),
        (endpoint().extra("new", 1), "new", json!(1)),
    ] {
        let expected =
            json!({ "name": "e", "upstream": { "url": "http://localhost:80" }, key: value });
        assert_eq!(Value::Object(config.as_json().clone()), expected);
    }
    let upstream = endpoint().upstream(
        Upstream::new("http://localhost:80")
            .protocol("http2")
            .proxy_protocol(1),
    );
    let expected =
        json!({ "url": "http://localhost:80", "protocol": "http2", "proxy_protocol": "1" });
    assert_eq!(upstream.as_json()["upstream"], expected);
}

#[test]
fn json_is_taken_as_it_is() {
    let json = json!({ "name": "x", "addr": 80, "auth": "a:b" });
    let config = TunnelConfig::from_json(json.clone()).unwrap();
    assert_eq!(config.name(), "x");
    assert_eq!(Value::Object(config.as_json().clone()), json);
    for bad in [json!({}), json!([]), json!({ "name": 5 }), Value::Null] {
        assert_eq!(
            TunnelConfig::from_json(bad.clone()).unwrap_err().kind(),
            ErrorKind::BadConfig
        );
        assert_eq!(
            EndpointConfig::from_json(bad).unwrap_err().kind(),
            ErrorKind::BadConfig
        );
    }
}

#[test]
fn debug_shows_no_secret() {
    let config = tunnel()
        .basic_auth("ada", "planted-1")
        .verify_webhook("github", "planted-2")
        .oidc(Oidc::new("https://i", "client-id", "planted-3"))
        .oauth(OAuth::new("google").client("i", "planted-6"))
        .add_request_header("Authorization: planted-4")
        .extra("auth", "u:planted-5");
    let login = OAuth::new("google").client("i", "planted-6");
    let shown = format!("{config:?} {login:?} {:?}", AgentTls::new("c", "planted-7"));
    assert!(!shown.contains("planted"), "{shown}");
    assert!(
        shown.contains("client-id") && shown.contains("github"),
        "{shown}"
    );
}

#[test]
fn debug_shows_no_secret_of_a_policy() {
    let policy = json!({ "on_http_request": [{ "actions": [
        { "type": "basic-auth", "config": { "credentials": ["ada:hunter22"] } }
    ]}]});
    let as_text = EndpointConfig::new("web", 80).extra("traffic_policy", policy.to_string());
    let answer = json!({ "name": "web", "traffic_policy": policy });
    let answered: Endpoint = serde_json::from_value(answer).unwrap();
    for shown in [format!("{as_text:?}"), format!("{answered:?}")] {
        assert!(!shown.contains("hunter22"), "{shown}");
        assert!(shown.contains("***"), "{shown}");
    }
}
