//! What errors tell, whatever the service leaves out, and what the HTTP layer refuses to do.

use std::error::Error as _;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use ngrok_cloudapi::{Client, Error, ErrorKind, Method, RetryPolicy};
use serde_json::json;

use crate::recorder::{Answer, Recorder};

pub(crate) fn impatient(url: &str) -> Client {
    Client::builder("key")
        .base_url(url)
        .retry(RetryPolicy::never())
        .timeout(Duration::from_secs(20))
        .build()
        .unwrap()
}

pub(crate) fn error(answer: Answer) -> Error {
    let server = Recorder::start(move |_, _| answer.clone());
    impatient(&server.url).endpoints().get("ep_1").unwrap_err()
}

#[test]
fn the_whole_of_an_error() {
    let body = r#"{"error_code":"ERR_NGROK_218","status_code":400,"msg":"Missing header.\n","details":{"operation_id":"op_1","name":"Ngrok-Version"}}"#;
    let error = error(Answer::new(400, body).header("ngrok-operation-id", "op_header"));
    assert_eq!(error.kind(), ErrorKind::Api);
    assert_eq!(error.status(), Some(400));
    assert_eq!(error.code().unwrap().number(), Some(218));
    assert_eq!(error.method(), Some(Method::Get));
    assert!(error.url().unwrap().ends_with("/endpoints/ep_1"));
    assert!(error.has_code("ERR_NGROK_218") && !error.has_code("ERR_NGROK_21"));
    assert_eq!(error.message(), Some("Missing header.\n"));
    assert_eq!(error.details().unwrap()["name"], "Ngrok-Version");
    assert_eq!(error.operation_id(), Some("op_1"));
    assert_eq!(error.request(), Some("GET /endpoints/ep_1"));
    assert_eq!(
        error.to_string(),
        "GET /endpoints/ep_1: the service answered 400 ERR_NGROK_218: Missing header."
    );
}

#[test]
fn any_part_of_an_error_may_be_missing_or_odd() {
    for body in [
        "",
        "{}",
        "null",
        "[]",
        "\"text\"",
        "{\"msg\":1}",
        "{\"error_code\":null,\"msg\":null,\"details\":null}",
        "{\"details\":[1]}",
        "{\"details\":\"x\"}",
        "{\"details\":{\"operation_id\":5}}",
        "{\"error_code\":",
    ] {
        let error = error(Answer::new(404, body).header("ngrok-operation-id", "op_header"));
        assert_eq!(error.status(), Some(404), "{body}");
        assert!(error.is_not_found());
        assert_eq!(error.operation_id(), Some("op_header"), "{body}");
        assert_eq!(error.code(), None);
        assert!(
            error
                .to_string()
                .starts_with("GET /endpoints/ep_1: the service answered 404"),
            "{error}"
        );
    }
    let numbered = error(Answer::new(400, r#"{"error_code":226}"#));
    assert!(numbered.has_code("ERR_NGROK_226"));
    let details = error(Answer::new(400, r#"{"details":{"a":[1]}}"#));
    assert_eq!(details.details(), Some(&json!({"a": [1]})));
}

#[test]
fn an_answer_that_cannot_be_read_is_told_with_its_cause() {
    let error = error(Answer::new(200, r#"{"id": 5}"#));
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(error.source().unwrap().to_string().contains("invalid type"));
    assert!(!error.is_retryable());
}

#[test]
fn redirects_are_not_followed() {
    let target = Recorder::start(|_, _| Answer::new(200, "{}"));
    for status in [301, 302, 303, 307, 308] {
        let location = format!("{}/endpoints/ep_1", target.url);
        let error = error(Answer::new(status, "").header("location", location));
        assert_eq!(error.status(), Some(status));
        assert!(error.to_string().contains("redirect"), "{error}");
    }
    assert!(target.requests().is_empty(), "the key does not leave");
}

#[test]
fn a_deadline_ends_a_call_that_gets_no_answer() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let client = impatient(&url).with_timeout(Duration::from_millis(150));
    let start = Instant::now();
    let error = client.request(Method::Post, "/x", &[], None).unwrap_err();
    assert!(error.is_timeout() && error.is_retryable(), "{error:?}");
    assert!(error.source().is_some());
    assert!(
        start.elapsed() < Duration::from_secs(5),
        "{:?}",
        start.elapsed()
    );
}

#[test]
fn no_time_is_a_timeout_and_all_the_time_is_none() {
    let server = Recorder::start(|_, _| Answer::new(200, "{}"));
    let none = impatient(&server.url).with_timeout(Duration::ZERO);
    let error = none.request(Method::Get, "/x", &[], None).unwrap_err();
    assert!(error.is_timeout(), "{error:?}");
    let forever = Client::builder("key")
        .base_url(&server.url)
        .timeout(Duration::MAX)
        .attempt_timeout(Duration::MAX);
    forever
        .build()
        .unwrap()
        .request(Method::Get, "/x", &[], None)
        .unwrap();
}

#[test]
fn a_port_where_nobody_listens_is_a_connection_fault() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    let error = impatient(&url)
        .request(Method::Post, "/x", &[], None)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection);
    assert!(
        error.source().unwrap().to_string().contains("refused"),
        "{error:?}"
    );
}

#[test]
fn what_cannot_be_sent_is_refused() {
    let builder = || Client::builder("key").base_url("http://127.0.0.1:1");
    for (what, result) in [
        ("empty key", Client::new(" ").map(drop)),
        ("key with a line break", Client::new("a\nb").map(drop)),
        (
            "http elsewhere",
            Client::builder("k")
                .base_url("http://api.ngrok.com")
                .build()
                .map(drop),
        ),
        ("user agent", builder().user_agent("a\nb").build().map(drop)),
        ("proxy", builder().proxy("::::").build().map(drop)),
        (
            "certificates",
            builder().root_certs("none").build().map(drop),
        ),
        (
            "body of a GET",
            builder()
                .build()
                .unwrap()
                .request(Method::Get, "/x", &[], Some(&json!({})))
                .map(drop),
        ),
        (
            "path",
            builder()
                .build()
                .unwrap()
                .request(Method::Get, "x", &[], None)
                .map(drop),
        ),
        (
            "dots",
            builder()
                .build()
                .unwrap()
                .request(Method::Get, "/a/../b", &[], None)
                .map(drop),
        ),
        (
            "query in the path",
            builder()
                .build()
                .unwrap()
                .request(Method::Get, "/a?b", &[], None)
                .map(drop),
        ),
    ] {
        let error = result.expect_err(what);
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{what}: {error}");
    }
}

#[test]
fn raw_requests_and_headers() {
    let server = Recorder::start(|request, _| match request.method.as_str() {
        "DELETE" => Answer::new(204, ""),
        _ => Answer::new(200, r#"{"new": true}"#),
    });
    let client = Client::builder("key")
        .base_url(&server.url)
        .user_agent("operator/1.2")
        .build()
        .unwrap();
    let answer = client
        .request(Method::Get, "/new/things", &[("a", "1&2")], None)
        .unwrap();
    assert_eq!(answer, json!({"new": true}));
    let sent = server.last();
    assert_eq!(sent.target, "/new/things?a=1%262");
    assert!(
        sent.header("user-agent")
            .unwrap()
            .ends_with(" operator/1.2")
    );
    assert!(
        client
            .request(Method::Delete, "/x", &[], None)
            .unwrap()
            .is_null()
    );
    client
        .request(Method::Patch, "/x", &[], Some(&json!({"a": null})))
        .unwrap();
    assert_eq!(server.last().body, r#"{"a":null}"#);
    client.tunnel_sessions().stop("ts_1").unwrap();
    let sent = server.last();
    assert_eq!((sent.method.as_str(), sent.body.as_str()), ("POST", "{}"));
    assert_eq!(sent.header("content-type"), Some("application/json"));
    client.request(Method::Put, "/x", &[], None).unwrap();
    assert_eq!(server.last().body, "{}");
}

#[test]
fn a_client_is_shared_by_threads() {
    fn shared<T: Send + Sync + Clone + 'static>(_: &T) {}
    fn sent<T: Send + Sync + 'static>() {}
    sent::<Error>();
    sent::<ngrok_cloudapi::List<ngrok_cloudapi::types::Endpoint>>();
    assert_eq!(size_of::<Error>(), size_of::<usize>());
    let server = Recorder::start(|_, _| Answer::new(200, "{}"));
    let client = impatient(&server.url);
    shared(&client);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| client.endpoints().get("ep_1").unwrap());
        }
    });
    assert_eq!(client.clone().stats().requests, 8);
}

#[test]
fn one_connection_serves_many_calls() {
    let server = Recorder::start(|_, before| match before % 4 {
        0 => Answer::new(200, "{}"),
        1 => Answer::new(204, ""),
        2 => Answer::new(404, r#"{"msg":"no"}"#),
        _ => Answer::new(502, "x".repeat(5000)),
    });
    let client = impatient(&server.url);
    for _ in 0..20 {
        let _ = client.request(Method::Post, "/x", &[], Some(&json!({"a": 1})));
    }
    assert_eq!((server.requests().len(), server.connections()), (20, 1));
}

#[test]
fn a_connection_that_was_closed_in_between_is_not_used_for_a_post() {
    let server = Recorder::start(|_, _| Answer::new(200, "{}").closing());
    let client = impatient(&server.url);
    for calls in 1..=5 {
        client.request(Method::Post, "/x", &[], None).unwrap();
        // The end of the connection has to arrive before the next call.
        assert!(ngrok_testkit::eventually(Duration::from_secs(10), || {
            server.closed() == calls
        }));
    }
    assert_eq!(server.connections(), 5);
}

#[test]
fn an_answer_without_end_is_not_read_to_its_end() {
    let server = Recorder::start(|_, _| Answer::new(200, " ".repeat(33 << 20)));
    let error = impatient(&server.url).endpoints().get("ep_1").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    assert!(!error.is_retryable() && error.source().is_some());
}
