//! The examples of ngrok's two reference pages that the project began with, verbatim.

#![allow(deprecated, reason = "they are about deprecated services")]

use ngrok_cloudapi::Patch;
use ngrok_cloudapi::types::*;
use serde_json::{Value, json};

use crate::client;
use crate::recorder::{Answer, Recorder};

const HTTP: &str = "/backends/http_response";
const HTTP_ID: &str = "bkdhr_2TMGJ2ONPI9hANFI6I64gyQsryj";
const HTTP_BACKEND: &str = include_str!("../fixtures/http_response_backend.json");
const HTTP_LIST: &str = include_str!("../fixtures/http_response_backend_list.json");
const GROUP: &str = "/backends/tunnel_group";
const GROUP_ID: &str = "bkdtg_2rwwlBV3giwRa5gGhtBlK6AH8q4";
const GROUP_BACKEND: &str = include_str!("../fixtures/tunnel_group_backend.json");
const GROUP_LIST: &str = include_str!("../fixtures/tunnel_group_backend_list.json");

/// Answers as the pages say.
fn service(path: &'static str, object: &'static str, list: &'static str) -> Recorder {
    Recorder::start(move |request, _| match request.method.as_str() {
        "POST" => Answer::new(201, object),
        "DELETE" => Answer::new(204, ""),
        "GET" if request.target == path => Answer::new(200, list),
        _ => Answer::new(200, object),
    })
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn http_response_backends() {
    let server = service(HTTP, HTTP_BACKEND, HTTP_LIST);
    let client = client(&server);
    let backends = client.http_response_backends();

    let created = backends
        .create(
            &HttpResponseBackendCreate::new()
                .description("acme http response")
                .metadata("{\"environment\": \"staging\"}")
                .body("I'm a teapot")
                .headers([("Content-Type", "text/plain")])
                .status_code(418),
        )
        .unwrap();
    let sent = server.last();
    assert_eq!((sent.method.as_str(), sent.target.as_str()), ("POST", HTTP));
    let expected = r#"{"description":"acme http response","metadata":"{\"environment\": \"staging\"}","body":"I'm a teapot","headers":{"Content-Type":"text/plain"},"status_code":418}"#;
    assert_eq!(sent.json(), json(expected));
    assert_eq!(created.id, HTTP_ID);
    assert_eq!(
        created.uri,
        format!("https://api.ngrok.com{HTTP}/{HTTP_ID}")
    );
    assert_eq!(created.created_at.unix_seconds(), Some(1_690_845_460));
    assert_eq!(created.description, "acme http response");
    assert_eq!(created.metadata, "{\"environment\": \"staging\"}");
    assert_eq!(created.body, "I'm a teapot");
    assert_eq!(
        created.headers.as_ref().unwrap()["content-type"],
        "text/plain"
    );
    assert_eq!(created.status_code, 418);

    assert_eq!(backends.get(HTTP_ID).unwrap(), created);
    assert_eq!(server.last().target, format!("{HTTP}/{HTTP_ID}"));

    let all = backends.list().collect_all().unwrap();
    assert_eq!(server.last().target, HTTP);
    assert_eq!(all.len(), 3);
    assert_eq!((all[0].description.as_str(), &all[0].headers), ("", &None));
    assert_eq!(all[1], created);

    let change = HttpResponseBackendUpdate::new().metadata("{\"environment\": \"production\"}");
    created.update(&client, &change).unwrap();
    let sent = server.last();
    assert_eq!(
        (sent.method.as_str(), sent.target.as_str()),
        ("PATCH", &*format!("{HTTP}/{HTTP_ID}"))
    );
    assert_eq!(
        sent.json(),
        json(r#"{"metadata":"{\"environment\": \"production\"}"}"#)
    );

    created.delete(&client).unwrap();
    let sent = server.last();
    assert_eq!(
        (sent.method.as_str(), sent.target.as_str()),
        ("DELETE", &*format!("{HTTP}/{HTTP_ID}"))
    );
    assert_eq!(sent.body, "");
}

#[test]
fn tunnel_group_backends() {
    let server = service(GROUP, GROUP_BACKEND, GROUP_LIST);
    let client = client(&server);
    let backends = client.tunnel_group_backends();

    let create = TunnelGroupBackendCreate::new()
        .description("acme tunnel group")
        .labels([("baz", "qux"), ("foo", "bar")])
        .metadata("{\"environment\": \"staging\"}");
    let created = backends.create(&create).unwrap();
    let expected = r#"{"description":"acme tunnel group","labels":{"baz":"qux","foo":"bar"},"metadata":"{\"environment\": \"staging\"}"}"#;
    assert_eq!(server.last().json(), json(expected));
    assert_eq!(created.id, GROUP_ID);
    assert_eq!(created.labels["baz"], "qux");
    assert!(created.tunnels.is_empty());
    assert_eq!(backends.get(GROUP_ID).unwrap(), created);
    let all = backends.list().collect_all().unwrap();
    assert_eq!(all, std::slice::from_ref(&created));
    let change = TunnelGroupBackendUpdate::new().metadata("{\"environment\": \"production\"}");
    backends.update(GROUP_ID, &change).unwrap();
    assert_eq!(
        server.last().body,
        r#"{"metadata":"{\"environment\": \"production\"}"}"#
    );
    backends.delete(GROUP_ID).unwrap();
    assert_eq!(server.last().target, format!("{GROUP}/{GROUP_ID}"));
}

#[test]
fn a_patch_has_three_states() {
    let server = service(HTTP, HTTP_BACKEND, HTTP_LIST);
    let client = client(&server);
    let send = |change: HttpResponseBackendUpdate| {
        client
            .http_response_backends()
            .update("x", &change)
            .unwrap();
        server.last().json()
    };
    let unset = HttpResponseBackendUpdate::new();
    assert_eq!(send(unset.clone()), json!({}));
    assert_eq!(
        send(unset.clone().description(Patch::Null)),
        json!({"description": null})
    );
    assert_eq!(
        send(unset.clone().description("")),
        json!({"description": ""})
    );
    assert_eq!(
        send(unset.clone().status_code(200)),
        json!({"status_code": 200})
    );
    assert_eq!(
        send(unset.headers([("a", "b")])),
        json!({"headers": {"a": "b"}})
    );
}
