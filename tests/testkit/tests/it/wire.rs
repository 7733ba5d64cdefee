//! The API's door: hosts, media types, methods, broken bodies.

use std::io::{Read, Write};

use serde_json::{Value, json};
use ureq::http::Request;

use crate::client::{Api, connect, send};

#[test]
fn only_this_machine_may_call() {
    let api = Api::start();
    for (host, status) in [
        ("localhost", 200),
        ("127.0.0.1:1", 200),
        ("[::1]:4040", 200),
        ("evil.example", 401),
        ("localhost.evil.example", 401),
        ("LOCALHOST", 401),
    ] {
        let mut stream = connect(&api.0.api_url());
        write!(
            stream,
            "GET /api/ HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}")),
            "{host}: {answer}"
        );
    }
}

#[test]
fn media_types_methods_and_paths_are_checked() {
    let api = Api::start();
    let table = [
        ("PUT", "/api/tunnels", "application/json", "{}", 405),
        ("DELETE", "/api/tunnels", "", "", 405),
        ("POST", "/api/tunnels/web", "application/json", "{}", 405),
        ("POST", "/api/", "application/json", "{}", 405),
        ("DELETE", "/api/requests/http/x", "", "", 405),
        ("PATCH", "/api/requests/http", "application/json", "{}", 405),
        ("POST", "/api/tunnels", "text/plain", "{}", 415),
        ("POST", "/api/tunnels", "", "{}", 415),
        ("POST", "/api/tunnels", "application/json", "", 400),
        ("POST", "/api/tunnels", "application/json", "{", 400),
        ("POST", "/api/tunnels", "application/json", "hello", 400),
        ("POST", "/api/tunnels", "application/json", "[]", 400),
        ("GET", "/api/nope", "", "", 404),
        ("GET", "/nope", "", "", 404),
        ("GET", "/api/tunnels/a%2Fb", "", "", 404),
        ("GET", "/", "", "", 302),
        ("GET", "/api", "", "", 200),
        ("GET", "/api/tunnels/", "", "", 200),
        ("HEAD", "/api/tunnels", "", "", 200),
    ];
    for (method, path, content_type, body, status) in table {
        let mut request = Request::builder().method(method).uri(api.url(path));
        if !content_type.is_empty() {
            request = request.header("content-type", content_type);
        }
        let answer = send(request.body(body.into()).unwrap()).unwrap();
        assert_eq!(
            answer.status,
            status,
            "{method} {path} {body}: {}",
            answer.text()
        );
        if status >= 400 {
            assert_eq!(answer.json()["status_code"], status);
        }
    }
    let request = Request::get(api.url("/api/tunnels")).header("accept", "text/html");
    assert_eq!(send(request.body(Vec::new()).unwrap()).unwrap().status, 406);
}

#[test]
fn broken_bodies_are_told_in_the_words_of_go() {
    let api = Api::start();
    for (body, err) in [
        ("", "EOF"),
        ("{\"name\": ", "unexpected EOF"),
        (
            "hello",
            "invalid character 'h' looking for beginning of value",
        ),
    ] {
        let request =
            Request::post(api.url("/api/tunnels")).header("content-type", "application/json");
        let answer = send(request.body(body.into()).unwrap()).unwrap();
        assert_eq!(
            answer.json(),
            json!({"status_code": 400, "msg": "failed to deserialize request parameter", "details": {"err": err}})
        );
    }
    let twice = b"{\"name\": \"tg\", \"proto\": \"tcp\", \"addr\": \"8191\"} xyz".to_vec();
    let request = Request::post(api.url("/api/tunnels"))
        .header("content-type", "application/json; charset=utf-8");
    assert_eq!(send(request.body(twice).unwrap()).unwrap().status, 201);
    assert_ne!(api.get("/api/tunnels/tg").json()["metrics"], Value::Null);
}
