//! Endpoints and status, as agents from version 3 on answer.

use ngrok_localapi::{EndpointConfig, ErrorKind};
use serde_json::json;

use crate::server::{Server, json};

const WEB: &str = r#"{"name":"web (a)","uri":"/api/endpoints/web%20%28a%29","url":"https://a.ngrok.app","ID":"ep_1",
    "upstream":{"url":"http://localhost:80","protocol":"http1","proxy_protocol":null},"inspect":true,
    "traffic_policy":{"on_http_request":[]},"pooling_enabled":false,"bindings":["public"],"metadata":null,
    "metrics":{"conns":{"count":2},"http":{"p99":2000000}},"tls_termination":"edge"}"#;

#[test]
fn create_get_replace_list_delete() {
    let server = Server::start(
        |asked| match (asked.method.as_str(), asked.target.as_str()) {
            ("POST", _) => json(201, WEB),
            ("DELETE", _) => json(204, ""),
            (_, "/api/endpoints") => json(
                200,
                &format!(r#"{{"endpoints":[{WEB},{{"name":"b"}}],"uri":"/api/endpoints"}}"#),
            ),
            _ => json(200, WEB),
        },
    );
    let client = server.client();
    let config = EndpointConfig::new("web (a)", 80).url("https://a.ngrok.app");
    let created = client.endpoints().create(&config).unwrap();
    assert_eq!(created.url, "https://a.ngrok.app");
    assert_eq!(created.id.as_deref(), Some("ep_1"));
    assert_eq!(created.upstream.url, "http://localhost:80");
    assert_eq!(
        created.traffic_policy,
        Some(json!({ "on_http_request": [] }))
    );
    assert_eq!(created.metrics.as_ref().unwrap().http.p99.as_millis(), 2);
    assert_eq!(created.extra["tls_termination"], "edge");
    assert_eq!(client.endpoints().replace(&config).unwrap(), created);
    assert_eq!(client.endpoints().get("web (a)").unwrap(), created);
    let list = client.endpoints().list().unwrap();
    assert_eq!((list.len(), &list[0]), (2, &created));
    client.endpoints().delete("web (a)").unwrap();

    let asked = server.asked();
    let lines: Vec<String> = asked
        .iter()
        .map(|a| format!("{} {}", a.method, a.target))
        .collect();
    let one = "/api/endpoints/web%20%28a%29";
    assert_eq!(
        lines,
        [
            "POST /api/endpoints".to_owned(),
            format!("PUT {one}"),
            format!("GET {one}"),
            "GET /api/endpoints".to_owned(),
            format!("DELETE {one}")
        ]
    );
    let sent =
        json!({ "name": "web (a)", "url": "https://a.ngrok.app", "upstream": { "url": "80" } });
    assert_eq!((asked[0].json(), asked[1].json()), (sent.clone(), sent));
    assert_eq!(server.connections(), 1);
}

#[test]
fn a_definition_goes_out_as_it_came_without_what_the_agent_only_reports() {
    let by_url = r#"{"name":"web","uri":"/api/endpoints/web","url":"https://a.example","upstream":{"url":"80","new":1},
        "inspect":false,"metadata":null,"metrics":{},"ID":"ep_1","of_tomorrow":{"kept":true}}"#;
    let by_public_url = r#"{"name":"web","ID":"ep_1","uri":"/api/tunnels/web","public_url":"https://a.example",
        "proto":"https","config":{"addr":"80","inspect":true},"metrics":{},"of_tomorrow":{"kept":true}}"#;
    for (shown, expected) in [
        (
            by_url,
            json!({"name": "web", "url": "https://a.example", "upstream": {"url": "80", "new": 1}, "inspect": false,
                "of_tomorrow": {"kept": true}}),
        ),
        (
            by_public_url,
            json!({"name": "web", "url": "https://a.example", "upstream": {"url": "80"}, "of_tomorrow": {"kept": true}}),
        ),
    ] {
        // A PUT that is answered with nothing is followed by a look at the endpoint.
        let server = Server::start(move |asked| match asked.method.as_str() {
            "PUT" => json(204, ""),
            _ => json(200, shown),
        });
        let client = server.client();
        let definition = client.endpoints().definition("web").unwrap();
        let replaced = client.endpoints().replace(&definition).unwrap();
        assert_eq!(replaced.url, "https://a.example");
        assert_eq!(server.asked()[1].json(), expected);
    }
}

#[test]
fn names_and_paths_that_an_agent_leaves_out_are_filled_in() {
    let server = Server::start(|asked| match asked.method.as_str() {
        "POST" => json(201, r#"{"url":"https://a"}"#),
        _ => json(
            200,
            r#"{"tunnels":[{"name":"b (c)","public_url":"https://b"}]}"#,
        ),
    });
    let client = server.client();
    let config = EndpointConfig::new("a b", 80);
    let created = client.endpoints().create(&config).unwrap();
    assert_eq!(
        (created.name.as_str(), created.uri.as_str()),
        ("a b", "/api/endpoints/a%20b")
    );
    let listed = client.endpoints().list().unwrap();
    assert_eq!(
        (listed[0].uri.as_str(), listed[0].url.as_str()),
        ("/api/endpoints/b%20%28c%29", "https://b")
    );
}

#[test]
fn an_old_agent_is_told_from_a_missing_endpoint() {
    let server = Server::start(|asked| match asked.target.as_str() {
        "/api/endpoints/gone" => json(
            404,
            r#"{"error_code":100,"status_code":404,"msg":"endpoint not found","details":{"name":"gone"}}"#,
        ),
        path => json(
            404,
            &format!(r#"{{"status_code":404,"msg":"Not Found","details":{{"path":"{path}"}}}}"#),
        ),
    });
    let endpoints = server.client();
    let old = endpoints.endpoints().list().unwrap_err();
    assert!(old.is_not_found() && old.is_unknown_path());
    assert!(old.to_string().contains("older than 3.30"), "{old}");
    let old = endpoints
        .endpoints()
        .create(&EndpointConfig::new("x", 80))
        .unwrap_err();
    assert!(old.to_string().contains("older than 3.30"), "{old}");
    let gone = endpoints.endpoints().get("gone").unwrap_err();
    assert!(gone.is_not_found() && !gone.is_unknown_path());
    assert!(!gone.to_string().contains("3.30"), "{gone}");
    let no_status = endpoints.status().unwrap_err();
    assert!(no_status.to_string().contains("version 3"), "{no_status}");
}

#[test]
fn a_name_that_is_taken() {
    for answer in [
        json(409, r#"{"status_code":409,"msg":"conflict"}"#),
        json(
            400,
            r#"{"error_code":102,"status_code":400,"msg":"invalid tunnel configuration","details":{"err":"a tunnel named \"web\" already exists"}}"#,
        ),
        json(
            502,
            r#"{"error_code":103,"msg":"failed to start tunnel","details":{"err":"endpoint 'https://x' is already online.\n\nERR_NGROK_334"}}"#,
        ),
    ] {
        let server = Server::start(move |_| answer.clone());
        let error = server
            .client()
            .endpoints()
            .create(&EndpointConfig::new("web", 80))
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AlreadyExists, "{error}");
    }
}

#[test]
fn the_status_keeps_what_it_does_not_know() {
    let server = Server::start(|_| {
        json(
            200,
            r#"{"status":"online","agent_version":"3.39.9","session":{"legs":[{"region":"eu"}]},"uri":"/api/status","new":1}"#,
        )
    });
    let status = server.client().status().unwrap();
    assert_eq!(
        (&*status.status, &*status.agent_version),
        ("online", "3.39.9")
    );
    assert_eq!(status.session["legs"][0]["region"], "eu");
    assert_eq!(status.extra["new"], 1);
}
