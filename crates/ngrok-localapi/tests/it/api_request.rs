//! Calls of any URL.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use ngrok_localapi::{ErrorKind, api_request};
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection};
use serde_json::{Value, json};

use crate::server::{Server, answer, json};

#[test]
fn parameters_body_and_key_are_sent() {
    let server = Server::start(|_| json(200, r#"{"ok":true}"#));
    let call = api_request(format!("{}/some route?x=1", server.url()))
        .method("POST")
        .data(json!({ "foo": "bar" }))
        .params([("a b", "c&d"), ("n", "1")])
        .auth("planted-key");
    assert!(!format!("{call:?}").contains("planted-key"));
    assert_eq!(call.send().unwrap(), json!({ "ok": true }));
    let asked = &server.asked()[0];
    assert_eq!(
        (&*asked.method, &*asked.target),
        ("POST", "/some%20route?x=1&a%20b=c%26d&n=1")
    );
    assert_eq!(asked.json(), json!({ "foo": "bar" }));
    assert_eq!(asked.header("authorization"), Some("Bearer planted-key"));
    assert_eq!(asked.header("ngrok-version"), Some("2"));
    assert!(asked.header("ngrok-skip-browser-warning").is_some());

    api_request(server.url()).send().unwrap();
    let asked = &server.asked()[1];
    assert_eq!((&*asked.method, &*asked.target), ("GET", "/"));
    assert_eq!(asked.header("authorization"), None);
    assert_eq!(asked.header("ngrok-version"), None);
}

#[test]
fn no_content_is_null_and_a_refusal_carries_its_parts() {
    let server = Server::start(|asked| match asked.target.as_str() {
        "/204" => json(204, ""),
        "/text" => answer(200, "text/plain", b"hello"),
        _ => json(
            400,
            r#"{"error_code":"ERR_NGROK_218","status_code":400,"msg":"no version","details":{"operation_id":"op_1"}}"#,
        ),
    });
    let call = |path: &str| {
        api_request(format!("{}{path}", server.url()))
            .auth("planted-key")
            .send()
    };
    assert_eq!(call("/204").unwrap(), Value::Null);
    assert_eq!(call("/text").unwrap_err().kind(), ErrorKind::Decode);
    let error = call("/x").unwrap_err();
    assert_eq!(error.status(), Some(400));
    assert_eq!(error.error_code().unwrap().number(), Some(218));
    assert_eq!(error.agent_code(), None);
    assert_eq!(error.details()["operation_id"], "op_1");
    assert!(error.headers().any(|(name, _)| name == "content-type"));
    assert!(String::from_utf8_lossy(error.body()).contains("no version"));
    assert!(!format!("{error:?} {error}").contains("planted-key"));
}

#[test]
fn urls_that_are_not_safe_are_refused() {
    for url in [
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "http://user:pw@127.0.0.1/",
        "http://example.com/",
    ] {
        let error = api_request(url).auth("planted-key").send().unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::Security | ErrorKind::BadConfig),
            "{url}: {error}"
        );
    }
    for url in ["", "/api", "http://", "nonsense"] {
        assert_eq!(
            api_request(url).send().unwrap_err().kind(),
            ErrorKind::BadConfig,
            "{url}"
        );
    }
    assert!(
        api_request("http://127.0.0.1:1/")
            .method("GE T")
            .send()
            .is_err()
    );
}

#[test]
fn https_is_spoken_and_silence_ends_in_time() {
    let plain = Server::start(|_| json(200, "{}"));
    let error = api_request(plain.url().replace("http:", "https:"))
        .send()
        .unwrap_err();
    // The server does not speak TLS, and the error says so down its chain of causes.
    assert_eq!(error.kind(), ErrorKind::Transport);
    assert!(error.source().is_some());

    let silent = Server::raw(|stream| drop(std::io::copy(&mut &stream, &mut std::io::sink())));
    let error = api_request(silent.url())
        .timeout(Duration::from_millis(100))
        .send()
        .unwrap_err();
    assert!(error.is_timeout());
}

#[test]
fn an_unknown_certificate_is_refused() {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let config = Arc::new(config);
    let server = Server::raw(move |mut stream| {
        let mut tls = ServerConnection::new(config.clone()).unwrap();
        // The client breaks it off.
        let _ = tls.complete_io(&mut stream);
    });
    let url = server.url().replace("http:", "https:");
    let error = api_request(url).auth("planted-key").send().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transport, "{error:?}");
    let cause = format!("{:?}", error.source().unwrap());
    assert!(cause.contains("UnknownIssuer"), "{cause}");
}
