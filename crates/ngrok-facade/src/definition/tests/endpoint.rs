//! Endpoints: upstreams, guards, what is translated, and changes of a running one.

use super::*;

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
        assert!(plan(&json!({}), &options, V2).is_ok(), "{option}");
        // Whether the caller says it or the config file.
        let mut defined = options.fields.clone();
        defined.insert("name".to_owned(), "web".into());
        let config = json!({"endpoints": [defined]});
        for (config, options) in [(json!({}), options), (config, ConnectOptions::named("web"))] {
            let error = plan(&config, &options, V3).unwrap_err();
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
        ConnectOptions::new().subdomain("x"),
        ConnectOptions::new().schemes(["http", "https"]),
        ConnectOptions::new().option("bind_tls", "both"),
        ConnectOptions::new().host_header("rewrite"),
        ConnectOptions::new().circuit_breaker(0.5),
        ConnectOptions::new().compression(true),
        ConnectOptions::new().add_request_header("a: b"),
        ConnectOptions::new().remove_request_header("a"),
        ConnectOptions::new().add_response_header("a: b"),
        ConnectOptions::new().remove_response_header("a"),
        ConnectOptions::new().websocket_tcp_converter(true),
        ConnectOptions::new().crt("c.pem"),
        ConnectOptions::new().key("k.pem"),
        ConnectOptions::new().labels(["a=b"]),
        ConnectOptions::new().domain("x").url("https://y"),
    ] {
        let option = options.fields.keys().next().unwrap().clone();
        assert!(plan(&json!({}), &options, V2).is_ok(), "{option}");
        let error = error(options, V3).to_string();
        assert!(
            error.contains(&format!("`{option}`")) && error.contains("config_version"),
            "{error}"
        );
    }
}

#[test]
fn what_loses_nothing_is_translated_for_an_endpoint() {
    for (options, key, expected) in [
        (
            ConnectOptions::http(80).domain("a.example"),
            "url",
            json!("https://a.example"),
        ),
        (
            ConnectOptions::http(80).hostname("a.example"),
            "url",
            json!("https://a.example"),
        ),
        (
            ConnectOptions::tls(80).domain("a.example"),
            "url",
            json!("tls://a.example"),
        ),
        (
            ConnectOptions::http(80)
                .domain("a.example")
                .schemes(["http"]),
            "url",
            json!("http://a.example"),
        ),
        (
            ConnectOptions::http(80).schemes(["http"]),
            "url",
            json!("http://"),
        ),
        (
            ConnectOptions::http(80).bind_tls(true),
            "url",
            json!("https://"),
        ),
        (
            ConnectOptions::http(80).bind_tls(false),
            "url",
            json!("http://"),
        ),
        (
            ConnectOptions::tcp(22).remote_addr("1.tcp.ngrok.io:1"),
            "url",
            json!("tcp://1.tcp.ngrok.io:1"),
        ),
        (
            ConnectOptions::tcp(22).url("1.tcp.ngrok.io:1"),
            "url",
            json!("tcp://1.tcp.ngrok.io:1"),
        ),
        (
            ConnectOptions::tls(22).url("a.example"),
            "url",
            json!("tls://a.example"),
        ),
        (
            ConnectOptions::http(80).proxy_proto(1),
            "upstream",
            json!({"url": "http://localhost:80", "proxy_protocol": "1"}),
        ),
        (
            ConnectOptions::http(80).option("binding", "internal"),
            "bindings",
            json!(["internal"]),
        ),
        (
            ConnectOptions::http(443),
            "upstream",
            json!({"url": "https://localhost:443"}),
        ),
    ] {
        let body = body(&json!({}), options, V3);
        assert_eq!(body[key], expected, "{body}");
    }
    // A URL of the caller's takes the place of the definition's domain, in either mode.
    let config = json!({"tunnels": {"web": {"proto": "http", "addr": 1, "domain": "old.example"}}});
    let options = ConnectOptions::named("web").url("https://new.example");
    let tunnel = body(&config, options.clone(), V2);
    assert_eq!(
        (tunnel.get("domain"), &tunnel["url"]),
        (None, &json!("https://new.example"))
    );
    let endpoint = super::super::plan_as(&context(&config, V3), &options, Sort::Endpoint).unwrap();
    assert_eq!(sent(endpoint)["url"], "https://new.example");
}

#[test]
fn a_guard_by_another_spelling_is_a_guard() {
    for written in ["basic-auth", "basic_auth", "Basic_Auth", "basicauth"] {
        let options = ConnectOptions::new().option(written, json!(["u:planted-password"]));
        let sent = body(&json!({}), options.clone(), V2);
        assert_eq!(sent["basic_auth"], json!(["u:planted-password"]), "{sent}");
        let error = error(options, V3);
        assert!(matches!(error, Error::GuardDropped { .. }), "{error}");
    }
    let twice = ConnectOptions::new()
        .option("ip-restriction", json!({"allow_cidrs": ["10.0.0.0/8"]}))
        .option("ip_restriction", json!({"deny_cidrs": ["10.0.0.0/8"]}));
    assert!(error(twice, V2).to_string().contains("given twice"));
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
        Value::Object(
            changed(Vocabulary::ngrok(), current.clone(), &options)
                .unwrap()
                .into_fields()
        ),
        json!({
            "name": "web", "url": "https://x", "metadata": "m", "description": "d", "of_tomorrow": {"kept": [1]},
            "upstream": {"url": "http://localhost:2", "protocol": "http2", "of_tomorrow": 2},
            "traffic_policy": {"on_http_request": [{"actions": [{"type": "deny"}]}]},
        })
    );
    assert!(
        changed(
            Vocabulary::ngrok(),
            current,
            &ConnectOptions::new().basic_auth("u", "p")
        )
        .is_err()
    );
}
