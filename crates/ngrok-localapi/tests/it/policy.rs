//! Traffic policies: what is built, what is taken, and where a bad one is wrong.

use ngrok_localapi::{Action, EndpointConfig, ErrorKind, Rule, TrafficPolicy, TunnelConfig};
use serde_json::json;

use crate::server::{Server, json};

/// The actions that ngrok documents.
const ACTIONS: &[&str] = &[
    "add-headers",
    "ai-gateway",
    "basic-auth",
    "circuit-breaker",
    "close-connection",
    "compress-response",
    "custom-response",
    "deny",
    "forward-internal",
    "http-request",
    "jwt-validation",
    "log",
    "oauth",
    "openid-connect",
    "owasp-crs-request",
    "owasp-crs-response",
    "rate-limit",
    "redirect",
    "remove-headers",
    "request-body-find-replace",
    "response-body-find-replace",
    "restrict-ips",
    "saml",
    "set-vars",
    "sse-find-replace",
    "terminate-tls",
    "url-rewrite",
    "verify-webhook",
];

#[test]
fn each_documented_action_goes_through() {
    assert_eq!(ACTIONS.len(), 28);
    for kind in ACTIONS {
        let config = json!({ "a": [1, { "b": null }] });
        let action = Action::new(*kind, config.clone());
        let policy = TrafficPolicy::new().on_http_request(Rule::when("true").action(action));
        let expected = json!({ "on_http_request": [
            { "expressions": ["true"], "actions": [{ "type": kind, "config": config }] },
        ]});
        assert_eq!(policy.to_json(), expected);
        assert_eq!(TrafficPolicy::from_json(&expected).unwrap(), policy);
        assert_eq!(
            TrafficPolicy::from_json_str(&policy.to_string()).unwrap(),
            policy
        );
    }
}

#[test]
fn built_with_everything() {
    let policy = TrafficPolicy::new()
        .on_tcp_connect(Rule::new().action(Action::new("restrict-ips", json!({ "enforce": true }))))
        .on_http_request(
            Rule::when("req.method == 'GET'")
                .and("req.url.path == '/'")
                .name("front")
                .action(Action::add_headers([("x-a", "1")]))
                .action(Action::custom_response(200, "hello")),
        )
        .on_http_request(Rule::new().action(Action::forward_internal("https://app.internal")))
        .on_http_response(Rule::new().action(Action::new("log", json!(null))));
    let expected = json!({
        "on_tcp_connect": [{ "actions": [{ "type": "restrict-ips", "config": { "enforce": true } }] }],
        "on_http_request": [
            {
                "name": "front",
                "expressions": ["req.method == 'GET'", "req.url.path == '/'"],
                "actions": [
                    { "type": "add-headers", "config": { "headers": { "x-a": "1" } } },
                    { "type": "custom-response", "config": { "status_code": 200, "body": "hello" } },
                ],
            },
            { "actions": [{ "type": "forward-internal", "config": { "url": "https://app.internal" } }] },
        ],
        "on_http_response": [{ "actions": [{ "type": "log" }] }],
    });
    assert_eq!(policy.to_json(), expected);
    assert_eq!(policy.rule_count(), 4);
    let config = EndpointConfig::new("web", 80).traffic_policy(&policy);
    assert_eq!(config.as_json()["traffic_policy"], expected);
}

#[test]
fn the_place_that_is_wrong_is_named() {
    let rule = |rule| json!({ "on_http_request": [rule] });
    let action = |action| rule(json!({ "actions": [{ "type": "deny" }, action] }));
    for (json, at) in [
        (json!([]), "root"),
        (json!("on_http_request"), "root"),
        (json!({ "on_http_requests": [] }), "on_http_requests"),
        (json!({ "inbound": [] }), "inbound"),
        (json!({ "outbound": [] }), "outbound"),
        // ngrok/ngrok-docs#1260: an example that was refused by the service.
        (
            json!({ "on_http_request": { "actions": { "type": "custom-response", "config": {} } } }),
            "on_http_request",
        ),
        (rule(json!("deny")), "on_http_request[0]"),
        (rule(json!({})), "on_http_request[0].actions"),
        (rule(json!({ "actions": [] })), "on_http_request[0].actions"),
        (
            rule(json!({ "actions": null })),
            "on_http_request[0].actions",
        ),
        (
            rule(json!({ "actions": { "type": "deny" } })),
            "on_http_request[0].actions",
        ),
        (
            rule(json!({ "action": [{ "type": "deny" }] })),
            "on_http_request[0].action",
        ),
        (
            rule(json!({ "expressions": "true", "actions": [{ "type": "deny" }] })),
            "on_http_request[0].expressions",
        ),
        (
            rule(json!({ "expressions": ["a", 7], "actions": [{ "type": "deny" }] })),
            "on_http_request[0].expressions[1]",
        ),
        (
            rule(json!({ "name": 5, "actions": [{ "type": "deny" }] })),
            "on_http_request[0].name",
        ),
        (action(json!("deny")), "on_http_request[0].actions[1]"),
        (action(json!({})), "on_http_request[0].actions[1].type"),
        (
            action(json!({ "type": "" })),
            "on_http_request[0].actions[1].type",
        ),
        (
            action(json!({ "type": ["deny"] })),
            "on_http_request[0].actions[1].type",
        ),
        (
            action(json!({ "type": "deny", "config": 404 })),
            "on_http_request[0].actions[1].config",
        ),
        (
            action(json!({ "type": "deny", "status_code": 404 })),
            "on_http_request[0].actions[1].status_code",
        ),
    ] {
        let error = TrafficPolicy::from_json(&json).unwrap_err();
        assert_eq!(error.path(), at, "{json}");
        assert!(error.to_string().starts_with(at), "{error}");
    }
    assert!(TrafficPolicy::from_json_str("on_http_request:").is_err());
    for fine in [
        json!({ "on_http_request": null }),
        json!({ "on_event_stream_message": [{ "actions": [{ "type": "sse-find-replace" }] }] }),
    ] {
        assert!(TrafficPolicy::from_json(&fine).is_ok(), "{fine}");
    }
    let older = json!({ "inbound": [{ "actions": [{ "type": "deny" }] }], "outbound": [] });
    assert!(TrafficPolicy::from_tunnel_json(&older).is_ok());
}

#[test]
fn debug_shows_no_password() {
    let policy = TrafficPolicy::new()
        .on_http_request(Rule::new().action(Action::basic_auth(["ada:planted-1"])))
        .on_http_request(Rule::new().action(Action::new(
            "openid-connect",
            json!({ "client_secret": "planted-2", "client_id": "shown" }),
        )))
        .on_http_request(Rule::new().action(Action::add_headers([("Authorization", "planted-3")])));
    let shown = format!(
        "{policy:?} {:?}",
        EndpointConfig::new("web", 80).traffic_policy(&policy)
    );
    assert!(
        !shown.contains("planted") && shown.contains("shown"),
        "{shown}"
    );
    assert!(policy.to_string().contains("planted-1"));
}

#[test]
fn a_bad_policy_is_not_sent() {
    let server = Server::start(|_| json(201, "{}"));
    let client = server.client();
    let empty = TrafficPolicy::new().on_http_request(Rule::when("true"));
    let text = json!({ "on_http_request": { "actions": [] } });
    let tunnel = TunnelConfig::http("web", 80);
    for (error, at) in [
        (
            client
                .tunnels()
                .start(&tunnel.clone().traffic_policy(&empty))
                .unwrap_err(),
            "on_http_request[0].actions",
        ),
        (
            client
                .tunnels()
                .start(&tunnel.clone().extra("traffic_policy", text))
                .unwrap_err(),
            "on_http_request",
        ),
        (
            client
                .endpoints()
                .create(&EndpointConfig::new("web", 80).traffic_policy(&empty))
                .unwrap_err(),
            "on_http_request[0].actions",
        ),
        (
            client
                .endpoints()
                .replace(&EndpointConfig::new("web", 80).traffic_policy(&empty))
                .unwrap_err(),
            "on_http_request[0].actions",
        ),
    ] {
        assert_eq!(error.kind(), ErrorKind::BadConfig);
        assert_eq!(error.policy_path(), Some(at), "{error}");
    }
    assert_eq!(server.connections(), 0);
    client
        .tunnels()
        .start(&tunnel.extra("traffic_policy", "on_http_request: []"))
        .unwrap();
}
