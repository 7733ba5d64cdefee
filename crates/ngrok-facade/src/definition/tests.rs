//! The connect rules, as tables of input and request.

use serde_json::{Value, json};

use super::{Request, changed, names, plan};
use crate::ConfigVersion::{self, V2, V3};
use crate::{ConnectOptions, Error};
use ngrok_localapi::{EndpointConfig, OAuth, Oidc, TunnelConfig, Upstream};

fn body(config: &Value, options: ConnectOptions, version: ConfigVersion) -> Value {
    let start = plan(config, &options, version, "ID").unwrap();
    let is_endpoint = matches!(start.request, Request::Endpoint(_));
    assert_eq!(is_endpoint, version == V3);
    Value::Object(start.request.fields().clone())
}

fn error(options: ConnectOptions, version: ConfigVersion) -> Error {
    plan(&json!({}), &options, version, "ID").unwrap_err()
}

#[test]
fn rule_1_an_endpoint_option_in_v2_names_the_option_and_the_setting() {
    for options in [
        ConnectOptions::new().upstream(Upstream::new("http://localhost:80")),
        ConnectOptions::new().binding("internal"),
        ConnectOptions::new().description("text"),
    ] {
        let option = options.fields.keys().next().unwrap().clone();
        let error = error(options, V2).to_string();
        assert!(
            error.contains(&format!("`{option}`")) && error.contains("config_version"),
            "{error}"
        );
    }
}

#[test]
fn rule_2_endpoints_win_over_tunnels_in_v3_and_v2_reads_tunnels_alone() {
    let config = json!({
        "endpoints": [{"name": "web", "url": "https://a.example", "upstream": {"url": "http://localhost:1"}}],
        "tunnels": {"web": {"proto": "http", "addr": 2}, "old": {"proto": "tcp", "addr": "22", "metadata": "m"}},
    });
    let web = ConnectOptions::named("web");
    assert_eq!(
        body(&config, web.clone(), V3),
        json!({"name": "web-api", "url": "https://a.example", "upstream": {"url": "http://localhost:1"}})
    );
    assert_eq!(
        body(&config, web, V2),
        json!({"name": "web-api", "proto": "http", "addr": "2"})
    );
    assert_eq!(
        body(&config, ConnectOptions::named("old"), V3),
        json!({"name": "old-api", "url": "tcp://", "inspect": false, "metadata": "m", "upstream": {"url": "localhost:22"}})
    );
}

#[test]
fn rule_3_a_default_definition_is_used_when_no_name_is_given() {
    for name in ["pyngrok-default", "ngrok-default"] {
        let config =
            json!({"tunnels": {name: {"proto": "http", "addr": 5000, "subdomain": "sub"}}});
        assert_eq!(
            body(&config, ConnectOptions::new(), V2),
            json!({"name": format!("{name}-api"), "proto": "http", "addr": "5000", "subdomain": "sub"})
        );
        assert_eq!(
            body(&config, ConnectOptions::named("x"), V2),
            json!({"name": "x", "proto": "http", "addr": "80"})
        );
    }
    let config = json!({"endpoints": [{"name": "pyngrok-default", "upstream": {"url": "5000"}}]});
    assert_eq!(
        body(&config, ConnectOptions::new(), V3),
        json!({"name": "pyngrok-default-api", "upstream": {"url": "5000"}})
    );
    // Of both, pyngrok's name is first, wherever it stands.
    let config = json!({
        "endpoints": [{"name": "ngrok-default", "upstream": {"url": "1"}}],
        "tunnels": {"pyngrok-default": {"addr": 2}},
    });
    assert_eq!(
        body(&config, ConnectOptions::new(), V3)["name"],
        "pyngrok-default-api"
    );
}

#[test]
fn rule_4_given_options_override_the_definition_key_by_key() {
    let config = json!({"tunnels": {"web": {
        "proto": "http", "addr": 5000, "subdomain": "sub", "inspect": true, "request_header": {"add": ["a: b"]},
    }}});
    let options = ConnectOptions::named("web")
        .addr(6000)
        .inspect(false)
        .add_request_header("c: d");
    assert_eq!(
        body(&config, options, V2),
        json!({
            "name": "web-api", "proto": "http", "addr": "6000", "subdomain": "sub", "inspect": false,
            "request_header": {"add": ["c: d"]},
        })
    );
}

#[test]
fn rule_5_address_protocol_and_name_have_defaults() {
    for (options, expected) in [
        (
            ConnectOptions::new(),
            json!({"addr": "80", "proto": "http", "name": "http-80-ID"}),
        ),
        (
            8080.into(),
            json!({"addr": "8080", "proto": "http", "name": "http-8080-ID"}),
        ),
        (
            ConnectOptions::tcp(22),
            json!({"addr": "22", "proto": "tcp", "name": "tcp-22-ID"}),
        ),
        (
            "tcp://22".into(),
            json!({"addr": "22", "proto": "tcp", "name": "tcp-22-ID"}),
        ),
        (
            "file:///srv/a/b".into(),
            json!({"addr": "file:///srv/a/b", "proto": "http", "name": "http-file-ID"}),
        ),
        (
            "https://localhost:8443".into(),
            json!({"addr": "https://localhost:8443", "proto": "http", "name": "http-localhost:8443-ID"}),
        ),
        (
            "192.168.0.5:80".into(),
            json!({"addr": "192.168.0.5:80", "proto": "http", "name": "http-192.168.0.5:80-ID"}),
        ),
        (
            ConnectOptions::named("mine"),
            json!({"addr": "80", "proto": "http", "name": "mine"}),
        ),
        (
            ConnectOptions::new().labels(["a=b"]),
            json!({"addr": "80", "labels": ["a=b"], "name": "http-80-ID"}),
        ),
    ] {
        assert_eq!(body(&json!({}), options, V2), expected);
    }
}

#[test]
fn rule_6_an_address_becomes_the_upstream_of_an_endpoint() {
    let upstream = |url: &str| json!({ "url": url });
    for (options, expected) in [
        (
            8080.into(),
            json!({"name": "http-8080-ID", "upstream": upstream("http://localhost:8080")}),
        ),
        (
            ConnectOptions::tcp(22),
            json!({"name": "tcp-22-ID", "url": "tcp://", "inspect": false, "upstream": upstream("localhost:22")}),
        ),
        (
            ConnectOptions::tls(443)
                .url("tls://x.example")
                .inspect(true),
            json!({"name": "tls-443-ID", "url": "tls://x.example", "inspect": true, "upstream": upstream("localhost:443")}),
        ),
        (
            "https://localhost:8443".into(),
            json!({"name": "http-localhost:8443-ID", "upstream": upstream("https://localhost:8443")}),
        ),
        (
            "192.168.0.5:80".into(),
            json!({"name": "http-192.168.0.5:80-ID", "upstream": upstream("http://192.168.0.5:80")}),
        ),
        (
            "file:///srv".into(),
            json!({"name": "http-file-ID", "upstream": upstream("file:///srv")}),
        ),
        (
            ConnectOptions::named("n").addr(1).upstream(
                Upstream::new("http://h")
                    .protocol("http2")
                    .proxy_protocol(2),
            ),
            json!({"name": "n", "upstream": {"url": "http://h", "protocol": "http2", "proxy_protocol": "2"}}),
        ),
    ] {
        assert_eq!(body(&json!({}), options, V3), expected);
    }
}

#[test]
fn rule_6_a_definition_keeps_its_upstream_unless_an_address_is_given() {
    let config = json!({"endpoints": [
        {"name": "web", "upstream": {"url": "http://localhost:1", "protocol": "http2"}},
        {"name": "ssh", "url": "tcp://", "upstream": {"url": "22"}},
    ]});
    let kept = json!({"name": "web-api", "upstream": {"url": "http://localhost:1", "protocol": "http2"}, "metadata": "m"});
    assert_eq!(
        body(&config, ConnectOptions::named("web").metadata("m"), V3),
        kept
    );
    assert_eq!(
        body(&config, ConnectOptions::named("web").addr(2), V3),
        json!({"name": "web-api", "upstream": {"url": "http://localhost:2", "protocol": "http2"}})
    );
    // No protocol is given, but the endpoint's URL tells it.
    assert_eq!(
        body(&config, ConnectOptions::named("ssh").addr(2222), V3),
        json!({"name": "ssh-api", "url": "tcp://", "inspect": false, "upstream": {"url": "localhost:2222"}})
    );
}

#[test]
fn rule_7_older_names_are_translated() {
    for (options, key, expected) in [
        (
            ConnectOptions::new().bind_tls(true),
            "schemes",
            json!(["https"]),
        ),
        (
            ConnectOptions::new().bind_tls(false),
            "schemes",
            json!(["http"]),
        ),
        (
            ConnectOptions::new().option("bind_tls", "true"),
            "schemes",
            json!(["https"]),
        ),
        (
            ConnectOptions::new().option("bind_tls", "false"),
            "schemes",
            json!(["http"]),
        ),
        (
            ConnectOptions::new().option("bind_tls", "both"),
            "schemes",
            json!(["http", "https"]),
        ),
        (
            ConnectOptions::new().auth("u:p"),
            "basic_auth",
            json!(["u:p"]),
        ),
        (
            ConnectOptions::new().option("auth", json!(["u:p", "v:q"])),
            "basic_auth",
            json!(["u:p", "v:q"]),
        ),
    ] {
        let body = body(&json!({}), options, V2);
        assert_eq!(body[key], expected);
        assert!(body.get("bind_tls").is_none() && body.get("auth").is_none());
    }
}

#[test]
fn a_guard_is_never_dropped_in_endpoint_mode() {
    let guards = [
        (ConnectOptions::new().auth("u:planted"), "basic-auth"),
        (
            ConnectOptions::new().basic_auth("u", "planted"),
            "basic-auth",
        ),
        (ConnectOptions::new().oauth(OAuth::new("google")), "oauth"),
        (
            ConnectOptions::new().oidc(Oidc::new("https://i", "c", "planted")),
            "openid-connect",
        ),
        (
            ConnectOptions::new().allow_cidrs(["10.0.0.0/8"]),
            "restrict-ips",
        ),
        (
            ConnectOptions::new().mutual_tls_cas("/ca.pem"),
            "terminate-tls",
        ),
        (
            ConnectOptions::new().verify_webhook("slack", "planted"),
            "verify-webhook",
        ),
        (ConnectOptions::new().deny_user_agents(["bot"]), "deny"),
    ];
    for (options, action) in guards {
        let option = options.fields.keys().next().unwrap().clone();
        assert!(plan(&json!({}), &options, V2, "ID").is_ok(), "{option}");
        // Whether the caller says it or the config file.
        let config = json!({"tunnels": {"web": options.fields.clone()}});
        for (config, options) in [(json!({}), options), (config, ConnectOptions::named("web"))] {
            let error = plan(&config, &options, V3, "ID").unwrap_err();
            assert!(matches!(error, Error::GuardDropped { .. }));
            let text = error.to_string();
            assert!(
                text.contains(&format!("`{option}`")) && text.contains(action),
                "{text}"
            );
            assert!(!format!("{error:?}{text}").contains("planted"));
        }
    }
}

#[test]
fn a_tunnel_option_in_v3_names_the_option_and_the_setting() {
    for options in [
        ConnectOptions::new().domain("x"),
        ConnectOptions::new().hostname("x"),
        ConnectOptions::new().subdomain("x"),
        ConnectOptions::new().schemes(["http"]),
        ConnectOptions::new().bind_tls(true),
        ConnectOptions::new().host_header("rewrite"),
        ConnectOptions::new().circuit_breaker(0.5),
        ConnectOptions::new().compression(true),
        ConnectOptions::new().proxy_proto(1),
        ConnectOptions::new().add_request_header("a: b"),
        ConnectOptions::new().remove_request_header("a"),
        ConnectOptions::new().add_response_header("a: b"),
        ConnectOptions::new().remove_response_header("a"),
        ConnectOptions::new().websocket_tcp_converter(true),
        ConnectOptions::new().policy(json!({})),
        ConnectOptions::new().remote_addr("1.tcp.ngrok.io:1"),
        ConnectOptions::new().crt("c.pem"),
        ConnectOptions::new().key("k.pem"),
        ConnectOptions::new().terminate_at("edge"),
        ConnectOptions::new().labels(["a=b"]),
    ] {
        let option = options.fields.keys().next().unwrap().clone();
        assert!(plan(&json!({}), &options, V2, "ID").is_ok(), "{option}");
        let error = error(options, V3).to_string();
        assert!(
            error.contains(&format!("`{option}`")) && error.contains("config_version"),
            "{error}"
        );
    }
}

#[test]
fn what_both_know_and_what_is_new_is_sent_as_given() {
    let options = ConnectOptions::named("n")
        .metadata("m")
        .inspect(false)
        .url("https://x.example")
        .pooling_enabled(true)
        .option("traffic_policy", json!({"on_http_request": []}))
        .option("of_tomorrow", json!([1, null]));
    for version in [V2, V3] {
        let body = body(&json!({}), options.clone(), version);
        for (key, value) in &options.fields {
            assert_eq!(&body[key], value);
        }
    }
}

#[test]
fn a_traffic_policy_given_as_text_goes_out_as_an_object() {
    let options = ConnectOptions::new().option(
        "traffic_policy",
        "on_http_request:\n- actions:\n  - type: deny\n",
    );
    for version in [V2, V3] {
        let body = body(&json!({}), options.clone(), version);
        assert_eq!(
            body["traffic_policy"],
            json!({"on_http_request": [{"actions": [{"type": "deny"}]}]})
        );
    }
    assert!(error(ConnectOptions::new().option("traffic_policy", "- x"), V2).is_wrong_use());
}

#[test]
fn a_name_that_the_agent_could_not_delete_is_refused() {
    for name in ["", "a/b", "a?b", "a#b", "100%", ".", ".."] {
        let error = error(ConnectOptions::named(name), V2);
        assert!(
            error.is_wrong_use() && error.to_string().contains(&format!("{name:?}")),
            "{name}"
        );
    }
    for name in ["web (http)", "ü", "a:b", "..."] {
        assert_eq!(
            body(&json!({}), ConnectOptions::named(name), V2)["name"],
            name
        );
    }
}

#[test]
fn odd_config_files_do_not_stop_a_start() {
    let plain = json!({"name": "n", "proto": "http", "addr": "80"});
    for config in [
        json!(null),
        json!([]),
        json!({"tunnels": null, "endpoints": null}),
        json!({"tunnels": [], "endpoints": {}}),
        json!({"tunnels": {"n": null}, "endpoints": [null, 1, {"name": 5}]}),
    ] {
        assert_eq!(body(&config, ConnectOptions::named("n"), V2), plain);
    }
}

#[test]
fn connect_all_takes_every_name_once_but_the_default_ones() {
    let endpoints = ["b", "ngrok-default", "a"];
    let tunnels = ["pyngrok-default", "a", "c"];
    assert_eq!(names(&endpoints, &tunnels, V2), ["a", "c"]);
    assert_eq!(names(&endpoints, &tunnels, V3), ["b", "a", "c"]);
}

#[test]
fn typed_definitions_are_options_too() {
    let tunnel = TunnelConfig::http("web", 8080)
        .domain("x.example")
        .extra("of_tomorrow", 1);
    assert_eq!(
        body(&json!({}), tunnel.clone().into(), V2),
        Value::Object(tunnel.into_fields())
    );
    let endpoint = EndpointConfig::new("web", "http://localhost:1").extra("of_tomorrow", 1);
    assert_eq!(
        body(&json!({}), endpoint.clone().into(), V3),
        Value::Object(endpoint.into_fields())
    );
}

#[test]
fn an_update_keeps_what_it_does_not_name() {
    let current = EndpointConfig::from_fields(
        json!({
            "name": "web", "url": "https://x", "metadata": "m", "of_tomorrow": {"kept": [1]},
            "upstream": {"url": "http://localhost:1", "protocol": "http2", "of_tomorrow": 2},
            "traffic_policy": "on_http_request:\n- actions:\n  - type: deny\n",
        })
        .as_object()
        .unwrap()
        .clone(),
    );
    let options = ConnectOptions::new().addr(2).description("d");
    assert_eq!(
        Value::Object(changed(current.clone(), &options).unwrap().into_fields()),
        json!({
            "name": "web", "url": "https://x", "metadata": "m", "description": "d", "of_tomorrow": {"kept": [1]},
            "upstream": {"url": "http://localhost:2", "protocol": "http2", "of_tomorrow": 2},
            "traffic_policy": {"on_http_request": [{"actions": [{"type": "deny"}]}]},
        })
    );
    assert!(changed(current, &ConnectOptions::new().basic_auth("u", "p")).is_err());
}
