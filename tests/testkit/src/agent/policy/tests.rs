//! Policies and options that are taken, and those that are refused, with what is said.

use serde_json::json;

use super::*;

fn read(policy: &str, kind: Kind) -> Result<Policy, Refused> {
    Policy::new(&Map::new(), Some(policy), kind)
}

/// The code of a refusal; 0 for one of the stand-in's own.
fn code(refused: Result<Policy, Refused>) -> u16 {
    match refused {
        Ok(_) => panic!("it was taken"),
        Err(Refused::Service { code, .. }) => code,
        Err(Refused::Here(_)) => 0,
    }
}

fn action(name: &str, config: &Value) -> String {
    json!({"on_http_request": [{"actions": [{"type": name, "config": config}]}]}).to_string()
}

#[test]
fn every_action_that_is_carried_out_is_taken() {
    for (name, config) in [
        (
            "add-headers",
            json!({"headers": {"x-a": "${req.method}", "x-n": 5}}),
        ),
        (
            "basic-auth",
            json!({"credentials": ["user:password"], "realm": "r", "enforce": true}),
        ),
        ("close-connection", json!({})),
        (
            "custom-response",
            json!({"status_code": 503, "body": "b", "headers": {"a": "b"}}),
        ),
        ("deny", json!({"status_code": "404"})),
        ("oauth", json!({"provider": "google"})),
        (
            "openid-connect",
            json!({"issuer_url": "https://accounts.test", "client_id": "i", "client_secret": "s"}),
        ),
        (
            "rate-limit",
            json!({"name": "n", "algorithm": "sliding_window", "capacity": 5, "rate": "1m30s", "bucket_key": ["conn.client_ip"]}),
        ),
        (
            "redirect",
            json!({"from": "/a/(.*)", "to": "/b/$1", "status_code": 301}),
        ),
        ("remove-headers", json!({"headers": ["x-a"]})),
        (
            "restrict-ips",
            json!({"enforce": true, "allow": ["10.0.0.0/8"], "deny": ["10.1.0.0/16"]}),
        ),
        (
            "verify-webhook",
            json!({"provider": "github", "secret": "s"}),
        ),
    ] {
        let policy = read(&action(name, &config), Kind::Http);
        assert!(policy.is_ok(), "{name}: {policy:?}");
    }
    for kind in [Kind::Tcp, Kind::Tls] {
        for phase in ["on_tcp_connect", "inbound"] {
            let text = format!(
                "{phase}:\n  - actions:\n      - type: restrict-ips\n        config: {{deny: [10.0.0.1]}}\n"
            );
            assert_eq!(read(&text, kind).unwrap().connect.len(), 1);
        }
    }
    let older = read("inbound:\n  - actions: [{type: deny}]\noutbound:\n  - actions: [{type: remove-headers, config: {headers: [a]}}]\n", Kind::Http).unwrap();
    assert_eq!((older.request.len(), older.response.len()), (1, 1));
    assert!(older.sees_responses() && !older.needs_body());
    assert!(read("", Kind::Http).is_ok());
    assert!(read("on_http_request:\n", Kind::Http).is_ok());
    let unenforced = read(
        &action(
            "basic-auth",
            &json!({"credentials": ["user:password"], "enforce": false}),
        ),
        Kind::Http,
    )
    .unwrap();
    assert!(unenforced.request[0].actions.is_empty());
}

#[test]
fn actions_with_wrong_values_are_refused_with_ngroks_codes() {
    let limit = |key: &str, value: Value| {
        let mut config = json!({"name": "n", "algorithm": "sliding_window", "capacity": 5, "rate": "60s", "bucket_key": ["conn.client_ip"]});
        config[key] = value;
        ("rate-limit", config)
    };
    for (expected, (name, config)) in [
        (2201, ("nope", json!({}))),
        (2201, ("", json!({}))),
        (0, ("jwt-validation", json!({}))),
        (0, ("http-request", json!({"url": "https://a.test"}))),
        (2203, ("deny", json!({"statuscode": 404}))),
        (2215, ("deny", json!({"status_code": 700}))),
        (
            2203,
            ("basic-auth", json!({"credentials": "user:password"})),
        ),
        (2218, ("basic-auth", json!({}))),
        (2237, ("basic-auth", json!({"credentials": ["user:short"]}))),
        (2204, ("basic-auth", json!({"credentials": ["password"]}))),
        (
            2203,
            (
                "basic-auth",
                json!({"credentials": ["user:password"], "enforce": "no"}),
            ),
        ),
        (2217, ("restrict-ips", json!({"allow": ["allowed"]}))),
        (2217, ("restrict-ips", json!({"deny": ["10.0.0.0/33"]}))),
        (2234, ("restrict-ips", json!({"enforce": true}))),
        (0, ("restrict-ips", json!({"ip_policies": ["ipp_1"]}))),
        (
            2204,
            ("custom-response", json!({"status_code": 204, "body": "b"})),
        ),
        (2224, ("custom-response", json!({"body": "${open"}))),
        (0, ("custom-response", json!({"body": "${conn.geo.city}"}))),
        (2234, ("redirect", json!({"from": "a"}))),
        (2261, ("redirect", json!({"from": "(", "to": "b"}))),
        (2215, ("redirect", json!({"to": "b", "status_code": 200}))),
        (2234, ("add-headers", json!({}))),
        (2203, ("add-headers", json!({"headers": ["a:b"]}))),
        (2210, ("add-headers", json!({"headers": {"a b": "c"}}))),
        (
            2211,
            ("add-headers", json!({"headers": {"a": "b\r\nc: d"}})),
        ),
        (
            2210,
            ("add-headers", json!({"headers": {"Content-Length": "0"}})),
        ),
        (
            2210,
            ("remove-headers", json!({"headers": ["transfer-encoding"]})),
        ),
        limit("algorithm", json!("token_bucket")).into_code(2222),
        limit("capacity", json!(0)).into_code(2215),
        limit("rate", json!("soon")).into_code(2204),
        limit("rate", json!("0s")).into_code(2204),
        limit("bucket_key", json!([])).into_code(2218),
        limit("bucket_key", json!(["=="])).into_code(2224),
        limit("bucket_key", json!(["conn.geo.city"])).into_code(0),
        (363, ("verify-webhook", json!({"secret": "s"}))),
        (2234, ("verify-webhook", json!({"provider": "github"}))),
        (
            0,
            (
                "verify-webhook",
                json!({"provider": "twilio", "secret": "s"}),
            ),
        ),
        (2234, ("oauth", json!({}))),
    ] {
        assert_eq!(
            code(read(&action(name, &config), Kind::Http)),
            expected,
            "{name} {config}"
        );
    }
}

trait WithCode: Sized {
    fn into_code(self, code: u16) -> (u16, Self) {
        (code, self)
    }
}

impl WithCode for (&'static str, Value) {}

#[test]
fn policies_of_a_wrong_shape_are_refused() {
    for (expected, kind, text) in [
        (2236, Kind::Http, "on_http_request: [\n"),
        (9026, Kind::Http, "[1]"),
        (9026, Kind::Http, "on_request: []"),
        (9026, Kind::Http, "on_http_request: {actions: []}"),
        (9026, Kind::Http, "on_http_request: [5]"),
        (
            9026,
            Kind::Http,
            "on_http_request: [{actions: [{type: deny}], when: now}]",
        ),
        (
            9026,
            Kind::Http,
            "on_http_request: [{actions: [{type: deny, with: 1}]}]",
        ),
        (
            9026,
            Kind::Http,
            "on_http_request: [{actions: {type: deny}}]",
        ),
        (
            2203,
            Kind::Http,
            "on_http_request: [{actions: [{type: deny, config: 5}]}]",
        ),
        (
            2206,
            Kind::Http,
            "on_http_request: [{expressions: ['true']}]",
        ),
        (
            2207,
            Kind::Http,
            "on_http_request: [{actions: [{type: deny}, {type: deny}]}]",
        ),
        (
            2200,
            Kind::Http,
            "on_http_request: [{expressions: ['req.method =='], actions: [{type: deny}]}]",
        ),
        (
            0,
            Kind::Http,
            "on_http_request: [{expressions: ['conn.geo.city == \"x\"'], actions: [{type: deny}]}]",
        ),
        (
            2202,
            Kind::Http,
            "on_http_response: [{actions: [{type: deny}]}]",
        ),
        (
            2202,
            Kind::Tcp,
            "on_tcp_connect: [{actions: [{type: basic-auth}]}]",
        ),
        (
            2230,
            Kind::Tcp,
            "on_http_request: [{actions: [{type: deny}]}]",
        ),
        (2230, Kind::Tls, "outbound: [{actions: [{type: deny}]}]"),
        (0, Kind::Http, "on_event_stream_message: []"),
    ] {
        assert_eq!(code(read(text, kind)), expected, "{text}");
    }
}

#[test]
fn options_are_carried_out_or_refused() {
    let new = |fields: Value, kind| Policy::new(fields.as_object().unwrap(), None, kind);
    for (expected, fields) in [
        (360, json!({"basic_auth": ["user:short"]})),
        (359, json!({"basic_auth": [":password"]})),
        (360, json!({"basic_auth": ["auth-token"]})),
        (361, json!({"circuit_breaker": 20})),
        (0, json!({"circuit_breaker": 0.5})),
        (362, json!({"ip_restriction": {"allow_cidrs": ["allowed"]}})),
        (
            393,
            json!({"ip_restriction": {"deny_cidrs": ["10.0.0.0/8"]}}),
        ),
        (363, json!({"oauth": {"allow_emails": ["a@b.test"]}})),
        (
            383,
            json!({"oauth": {"provider": "google", "client_id": "i"}}),
        ),
        (
            384,
            json!({"oauth": {"provider": "google", "client_secret": "s"}}),
        ),
        (
            390,
            json!({"oauth": {"provider": "google", "scopes": ["s"]}}),
        ),
        (387, json!({"oidc": {"client_id": "i"}})),
        (363, json!({"verify_webhook": {"secret": "s"}})),
        (2032, json!({"verify_webhook": {"provider": "slack"}})),
        (
            0,
            json!({"verify_webhook": {"provider": "provider", "secret": "s"}}),
        ),
        (370, json!({"request_header": {"add": ["addition"]}})),
        (371, json!({"response_header": {"add": ["addition"]}})),
        (372, json!({"request_header": {"remove": ["a b"]}})),
        (374, json!({"request_header": {"add": ["a: b\r\nc: d"]}})),
        (2261, json!({"user_agent_filter": {"deny": ["("]}})),
        (0, json!({"compression": true})),
        (0, json!({"websocket_tcp_converter": true})),
        (0, json!({"mutual_tls_cas": "/ca.pem"})),
        (0, json!({"upstream_protocol": "http2"})),
        (2222, json!({"app_protocol": "http9"})),
        (0, json!({"labels": ["a=b"]})),
        (0, json!({"traffic_policy_url": "https://a.test"})),
    ] {
        assert_eq!(code(new(fields.clone(), Kind::Http)), expected, "{fields}");
    }
    let harmless = json!({
        "compression": false, "websocket_tcp_converter": false, "app_protocol": "http1", "labels": [],
        "basic_auth": null, "oauth": {},
    });
    let policy = new(harmless, Kind::Http).unwrap();
    assert!(policy.request.is_empty() && policy.response.is_empty());
    let tcp = new(
        json!({"ip_restriction": {"allow_cidrs": ["127.0.0.0/8"]}}),
        Kind::Tcp,
    )
    .unwrap();
    assert_eq!((tcp.connect.len(), tcp.request.len()), (1, 0));
}
