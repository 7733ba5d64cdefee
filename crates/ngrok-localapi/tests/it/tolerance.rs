//! Answers of other agents than ours: each field missing, null, or new.

use ngrok_localapi::{AgentStatus, CapturedRequest, Endpoint, Har, TrafficPolicy, Tunnel};
use proptest::prelude::*;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Decodes `json` with each field, at any depth, removed and nulled, and with a new field in each object.
fn tolerates<T: DeserializeOwned>(json: &Value) {
    let check = |changed: &Value| {
        if let Err(e) = serde_json::from_value::<T>(changed.clone()) {
            panic!("{e}: {changed}");
        }
    };
    check(json);
    let mut objects = Vec::new();
    collect(json, String::new(), &mut objects);
    for (pointer, key) in objects {
        for change in ["remove", "null", "add"] {
            let mut changed = json.clone();
            let object = changed
                .pointer_mut(&pointer)
                .unwrap()
                .as_object_mut()
                .unwrap();
            match change {
                "remove" => drop(object.remove(&key)),
                "null" => drop(object.insert(key.clone(), Value::Null)),
                _ => drop(object.insert("brand_new".to_owned(), json!([{ "x": 1 }]))),
            }
            check(&changed);
        }
    }
    check(&json!({}));
}

/// The place of each object, with each of its keys. Headers are names, not fields.
fn collect(json: &Value, at: String, found: &mut Vec<(String, String)>) {
    for (key, value) in json.as_object().into_iter().flatten() {
        found.push((at.clone(), key.clone()));
        if key != "headers" {
            collect(value, format!("{at}/{key}"), found);
        }
    }
}

#[test]
fn every_kind_of_answer() {
    let meter = json!({ "count": 1, "rate1": 0.5, "rate5": 0.1, "rate15": 0, "p50": 1.5, "p90": 2, "p95": 3, "p99": 4 });
    let metrics = json!({ "conns": meter, "http": meter });
    tolerates::<Tunnel>(&json!({
        "name": "web", "ID": "ep_1", "uri": "/api/tunnels/web", "public_url": "https://x", "proto": "https",
        "config": { "addr": "http://localhost:80", "inspect": true }, "metrics": metrics,
    }));
    tolerates::<Endpoint>(&json!({
        "name": "web", "id": "ep_1", "uri": "/x", "url": "https://x", "inspect": false, "pooling_enabled": true,
        "upstream": { "url": "http://localhost:80", "protocol": "http1", "proxy_protocol": "1" },
        "traffic_policy": {}, "bindings": ["public"], "metadata": "m", "description": "d", "metrics": metrics,
    }));
    tolerates::<AgentStatus>(
        &json!({ "status": "online", "agent_version": "3", "session": {}, "uri": "/x" }),
    );
    tolerates::<CapturedRequest>(&json!({
        "uri": "/x", "id": "1", "tunnel_name": "web", "remote_addr": "::1", "start": "2026-11-21T20:42:24Z", "duration": 1,
        "request": { "method": "GET", "proto": "HTTP/1.1", "headers": { "A": ["b"] }, "uri": "/", "raw": "" },
        "response": { "status": "200 OK", "status_code": 200, "proto": "HTTP/1.1", "headers": {}, "raw": "" },
    }));
}

#[test]
fn an_empty_response_is_none() {
    for response in [
        json!(null),
        json!({ "status": "", "status_code": 0, "proto": "", "headers": null, "raw": null }),
        json!({}),
    ] {
        let request: CapturedRequest =
            serde_json::from_value(json!({ "response": response })).unwrap();
        assert_eq!(request.response, None);
    }
}

#[test]
fn headers_in_any_form_and_case() {
    let request: CapturedRequest = serde_json::from_value(json!({ "request": { "headers": {
        "X-List": ["a", "b"], "x-list": ["c"], "One": "d", "None": null, "Holes": [null, "e"],
    }}}))
    .unwrap();
    let headers = &request.request.headers;
    assert_eq!(
        headers.get_all("x-LIST").collect::<Vec<_>>(),
        ["a", "b", "c"]
    );
    assert_eq!(
        (
            headers.get("one"),
            headers.get("none"),
            headers.get("holes")
        ),
        (Some("d"), None, Some("e"))
    );
    assert_eq!(request.request.header("X-LIST"), Some("a"));
}

/// Any JSON, with the names of our fields in it.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
        Just(json!("SFRUUC8xLjEgMjAwIE9LDQoNCmhp")),
    ];
    let keys = prop_oneof![
        "[a-z]{1,4}",
        proptest::sample::select(vec![
            "id",
            "ID",
            "name",
            "metrics",
            "conns",
            "p50",
            "request",
            "response",
            "headers",
            "raw",
            "uri",
            "status_code",
            "start",
            "duration",
            "config",
            "upstream",
            "on_http_request",
            "actions",
            "type",
            "expressions",
        ])
        .prop_map(str::to_owned),
    ];
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map(keys.clone(), inner, 0..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn nothing_panics(json in any_json()) {
        let _ = serde_json::from_value::<Tunnel>(json.clone());
        let _ = serde_json::from_value::<Endpoint>(json.clone());
        let _ = serde_json::from_value::<AgentStatus>(json.clone());
        if let Ok(request) = serde_json::from_value::<CapturedRequest>(json.clone()) {
            let _ = request.request.body();
            let _ = Har::new().export(&[request]);
        }
        if let Ok(policy) = TrafficPolicy::from_json(&json) {
            prop_assert_eq!(policy.to_json(), json);
        }
    }
}
