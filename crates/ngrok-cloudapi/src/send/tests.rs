//! Pace, retries and deadlines, with counted requests and time that passes only by waiting.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::clock::virtual_clock::{Shared, VirtualClock};
use crate::recorder::{Answer, Recorder};
use crate::{Client, ClientBuilder, Error, ErrorKind, Method, RateLimit, RetryPolicy, Stats};

const METHODS: [Method; 5] = [
    Method::Get,
    Method::Post,
    Method::Put,
    Method::Patch,
    Method::Delete,
];

/// A server, a clock, and a client of both; the client's key is `key-4711`.
fn parts(
    script: impl Fn(usize) -> Answer + Send + Sync + 'static,
    settings: impl Fn(ClientBuilder) -> ClientBuilder,
) -> (Recorder, Arc<VirtualClock>, Client) {
    let server = Recorder::start(move |_, before| script(before));
    let clock = Arc::new(VirtualClock::new());
    let builder = Client::builder("key-4711")
        .base_url(&server.url)
        .clock(Shared(clock.clone()));
    let client = settings(builder).build().unwrap();
    (server, clock, client)
}

fn ok() -> Answer {
    Answer::new(200, "{}")
}

fn call(client: &Client, method: Method) -> Result<Value, Error> {
    client.request(method, "/things", &[], None)
}

#[test]
fn a_429_is_waited_for_with_every_method() {
    for method in METHODS {
        let (server, clock, client) = parts(
            |before| match before {
                0 => Answer::new(429, "{}").header("retry-after", "7"),
                _ => ok(),
            },
            |builder| builder,
        );
        call(&client, method).unwrap();
        assert_eq!(server.requests().len(), 2, "{method}");
        assert_eq!(clock.pauses(), [Duration::from_secs(7)]);
        let expected = Stats {
            requests: 2,
            retries: 1,
            waits: 1,
            waited: Duration::from_secs(7),
        };
        assert_eq!(client.stats(), expected);
    }
}

#[test]
fn retry_after_may_be_a_date_or_absent() {
    let (_server, clock, client) = parts(
        // The virtual clock starts on 15 January 2027 at 08:00:00.
        |before| match before {
            0 => Answer::new(429, "").header("retry-after", "Fri, 15 Jan 2027 08:00:30 GMT"),
            // It has passed: the second wait in a row is not nothing all the same.
            1 => Answer::new(429, "").header("retry-after", "Fri, 15 Jan 2027 08:00:10 GMT"),
            2 | 3 => Answer::new(429, "<html>"),
            _ => ok(),
        },
        |builder| builder,
    );
    call(&client, Method::Post).unwrap();
    let millis: Vec<u128> = clock.pauses().iter().map(Duration::as_millis).collect();
    assert_eq!(millis, [30_000, 500, 2000, 4000]);
}

#[test]
fn a_429_that_the_deadline_does_not_cover_is_returned_at_once() {
    let (server, clock, client) = parts(
        |_| Answer::new(429, r#"{"error_code":"ERR_NGROK_226"}"#).header("retry-after", "50"),
        |builder| builder.timeout(Duration::from_secs(120)),
    );
    let error = call(&client, Method::Get).unwrap_err();
    assert!(error.is_rate_limited() && error.is_retryable() && error.has_code("ERR_NGROK_226"));
    assert_eq!(error.retry_after(), Some(Duration::from_secs(50)));
    // Two waits fit into the deadline, a third does not.
    assert_eq!(
        (server.requests().len(), clock.elapsed().as_secs()),
        (3, 100)
    );
}

#[test]
fn a_5xx_or_a_cut_connection_is_repeated_only_where_that_is_safe() {
    for fault in [Answer::new(502, "<html>bad gateway</html>"), Answer::cut()] {
        for method in METHODS {
            let fault = fault.clone();
            let cut = fault.cut;
            let (server, clock, client) = parts(move |_| fault.clone(), |builder| builder);
            let error = call(&client, method).unwrap_err();
            let safe = matches!(method, Method::Get | Method::Put | Method::Delete);
            assert_eq!(
                server.requests().len(),
                if safe { 4 } else { 1 },
                "{method} {cut}"
            );
            assert!(error.is_retryable());
            if safe {
                let millis: Vec<u128> = clock.pauses().iter().map(Duration::as_millis).collect();
                assert_eq!(millis, [500, 1000, 2000]);
            }
            let kind = if cut {
                ErrorKind::Connection
            } else {
                ErrorKind::Api
            };
            assert_eq!(error.kind(), kind, "{error}");
            assert_eq!(cut, std::error::Error::source(&error).is_some());
        }
    }
}

#[test]
fn what_is_repeated_can_be_chosen() {
    let down = |_| Answer::new(503, "");
    for (policy, get, post) in [
        (RetryPolicy::never(), 1, 1),
        (RetryPolicy::default().max_retries(1), 2, 1),
        (RetryPolicy::default().repeat_writes(true), 4, 4),
    ] {
        for (method, expected) in [(Method::Get, get), (Method::Post, post)] {
            let (server, _, client) = parts(down, |builder| builder.retry(policy));
            call(&client, method).unwrap_err();
            assert_eq!(server.requests().len(), expected, "{policy:?} {method}");
        }
    }
    let limited = |_| Answer::new(429, "");
    let (server, _, client) = parts(limited, |builder| builder.retry(RetryPolicy::never()));
    call(&client, Method::Get).unwrap_err();
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn other_errors_are_final() {
    for status in [301, 307, 400, 401, 403, 404, 409, 422, 501] {
        let (server, _, client) = parts(
            move |_| Answer::new(status, "{}").header("location", "/elsewhere"),
            |builder| builder,
        );
        let error = call(&client, Method::Get).unwrap_err();
        assert_eq!(error.status(), Some(status));
        assert!(!error.is_retryable());
        assert_eq!(error.is_not_found(), status == 404);
        assert_eq!(error.is_conflict(), status == 409);
        assert_eq!(error.is_auth(), matches!(status, 401 | 403), "{status}");
        assert_eq!(
            server.lines(),
            ["GET /things"],
            "a redirect is never followed"
        );
    }
}

#[test]
fn clones_share_the_pace() {
    let (server, clock, client) = parts(
        |_| ok(),
        |builder| builder.rate_limit(RateLimit::new(3, Duration::from_secs(60))),
    );
    let other = client.clone();
    for _ in 0..2 {
        call(&client, Method::Get).unwrap();
        call(&other, Method::Post).unwrap();
    }
    assert_eq!(server.requests().len(), 4);
    assert_eq!(clock.elapsed(), Duration::from_secs(60));
    assert_eq!((client.stats().waits, client.stats().retries), (1, 0));
    let hurried = client.with_timeout(Duration::from_secs(5));
    call(&hurried, Method::Get).unwrap();
    call(&hurried, Method::Get).unwrap();
    let error = call(&hurried, Method::Get).unwrap_err();
    assert!(error.is_timeout(), "{error}");
    assert_eq!(
        server.requests().len(),
        6,
        "nothing is sent without a place"
    );
}

#[test]
fn the_pace_is_on_for_ngrok_alone() {
    let limited = |url: &str| {
        let client = Client::builder("k").base_url(url).build().unwrap();
        client.sender.limiter.is_some()
    };
    assert!(limited("https://api.ngrok.com") && limited("https://API.ngrok.com:443/"));
    assert!(!limited("https://proxy.example") && !limited("http://127.0.0.1:1"));
    let off = Client::builder("k").no_rate_limit().build().unwrap();
    assert!(off.sender.limiter.is_none());
}

#[test]
fn the_environment_names_a_proxy_and_authorities() {
    let build = |url: &str, variables: fn(&str) -> Option<String>| {
        let builder = Client::builder("k").base_url(url).no_rate_limit();
        builder
            .variables(variables)
            .retry(RetryPolicy::never())
            .build()
    };
    let proxied: fn(&str) -> Option<String> = |name| {
        (name.to_lowercase() == "https_proxy").then(|| "http://me:planted@127.0.0.1:1".into())
    };
    let error = call(&build("https://api.example", proxied).unwrap(), Method::Get).unwrap_err();
    let said = error.to_string();
    assert!(
        said.contains("the proxy http://***@127.0.0.1:1 of "),
        "{said}"
    );
    assert!(error.is_retryable() && !format!("{error:?}").contains("planted"));
    // Nothing on this machine goes through it.
    let server = Recorder::start(|_, _| ok());
    call(&build(&server.url, proxied).unwrap(), Method::Get).unwrap();
    assert_eq!(server.lines(), ["GET /things"]);
    for (what, variables) in [
        (
            "SOCKS5",
            (|name| (name.to_lowercase() == "https_proxy").then(|| "SOCKS5://127.0.0.1:1".into()))
                as fn(&str) -> Option<String>,
        ),
        ("/no/such/roots.pem", |name| {
            (name == "SSL_CERT_FILE").then(|| "/no/such/roots.pem".into())
        }),
    ] {
        let error = build("https://api.example", variables).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains(what), "{error}");
        // What the caller says goes before it.
        let builder = Client::builder("k").variables(variables);
        let roots = rcgen::generate_simple_self_signed(Vec::new()).unwrap();
        builder
            .no_proxy()
            .root_certs(roots.cert.pem())
            .build()
            .unwrap();
    }
    for proxy in [
        "socks5://u:planted@127.0.0.1:1",
        "ftp://h",
        "://",
        "http://",
    ] {
        let error = Client::builder("k").proxy(proxy).build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(!error.to_string().contains("planted"), "{error}");
    }
}

#[test]
fn the_environment_names_key_and_address() {
    let client = |key: Option<&str>, url: Option<&str>| {
        Client::from_variables(|name| match name {
            "NGROK_API_KEY" => key.map(str::to_owned),
            "NGROK_API_URL" => url.map(str::to_owned),
            other => panic!("{other} is read"),
        })
    };
    let shown = format!(
        "{:?}",
        client(Some("s3cret"), Some("https://x.example/p")).unwrap()
    );
    assert!(
        shown.contains("https://x.example/p") && !shown.contains("s3cret"),
        "{shown}"
    );
    assert!(client(Some("k"), None).is_ok());
    for (key, url) in [
        (None, None),
        (Some("k"), Some("http://x.example")),
        (Some("k\n\u{7}x"), None),
    ] {
        let error = client(key, url).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    }
}
