//! Faults of an agent in the test's own process.

use std::time::{Duration, Instant};

use ngrok_testkit::{LoopbackAgent, eventually};
use serde_json::{Value, json};
use ureq::http::Request;

use crate::client::{Api, send};

fn api(faults: &[(&str, &str)]) -> Api {
    let mut builder = LoopbackAgent::builder();
    for (key, value) in faults {
        builder = builder.fault(*key, *value);
    }
    Api(builder.start().unwrap())
}

#[test]
fn answers_are_late_wrong_or_cut_until_the_fault_is_taken_back() {
    let api = Api::start();
    let order = |body: Value| assert_eq!(api.call("POST", "/testkit/faults", &body).status, 204);
    order(json!({"reply_delay_ms": 200}));
    let start = Instant::now();
    assert_eq!(api.get("/api/tunnels").status, 200);
    assert!(start.elapsed() >= Duration::from_millis(200));
    order(json!({"reply_delay_ms": "", "reply_status": 500, "reply_body": "<html>"}));
    let wrong = api.get("/api/tunnels");
    assert_eq!((wrong.status, wrong.text().as_str()), (500, "<html>"));
    order(json!({"reply_status": null, "reply_body": null, "reply_cut": true}));
    let cut = send(
        Request::get(api.url("/api/tunnels"))
            .body(Vec::new())
            .unwrap(),
    );
    assert!(cut.is_err(), "{cut:?}");
    order(json!({"reply_cut": false}));
    assert_eq!(api.get("/api/tunnels").status, 200);
    for wrong in [
        json!({"no_such": 1}),
        json!({"reply_status": "x"}),
        json!([1]),
    ] {
        assert_eq!(
            api.call("POST", "/testkit/faults", &wrong).status,
            400,
            "{wrong}"
        );
    }
}

#[test]
fn tunnels_are_refused_with_the_ordered_code() {
    let api = api(&[("refuse_tunnels", "324")]);
    let body = json!({"name": "web", "proto": "http", "addr": 80});
    let refused = api.call("POST", "/api/tunnels", &body);
    assert_eq!(refused.status, 502);
    assert!(refused.text().contains("ERR_NGROK_324"));
}

#[test]
fn without_a_session_tunnels_are_not_ready() {
    let api = api(&[(
        "no_session",
        "dial tcp: lookup connect.ngrok-agent.com: no such host",
    )]);
    let body = json!({"name": "web", "proto": "http", "addr": 80});
    let refused = api.call("POST", "/api/tunnels", &body);
    assert_eq!(
        (refused.status, refused.json()["error_code"].clone()),
        (503, json!(104))
    );
    assert!(eventually(Duration::from_secs(5), || {
        api.0
            .log_lines()
            .iter()
            .filter(|l| l.contains("no such host"))
            .count()
            > 1
    }));
    api.0.fault("no_session", "").unwrap();
    assert!(eventually(Duration::from_secs(5), || api
        .call("POST", "/api/tunnels", &body)
        .status
        == 201));
}

#[test]
fn a_session_is_lost_and_back_by_the_clock_or_by_a_call() {
    let api = api(&[
        ("lose_session_after_ms", "1"),
        ("session_back_after_ms", "50"),
    ]);
    let status = || api.get("/api/status").json()["status"].clone();
    assert!(eventually(Duration::from_secs(5), || status() == "reconnecting"));
    assert!(eventually(Duration::from_secs(5), || status() == "online"));
    for (up, expected) in [(false, "reconnecting"), (true, "online")] {
        let order = json!({"up": up});
        assert_eq!(api.call("POST", "/testkit/session", &order).status, 204);
        assert_eq!(status(), expected);
    }
}

#[test]
fn a_flood_is_logged_whole() {
    let api = api(&[("log_flood", "1000")]);
    let lines = || {
        api.0
            .log_lines()
            .iter()
            .filter(|l| l.contains("msg=flood"))
            .count()
    };
    assert!(eventually(Duration::from_secs(5), || lines() == 1_000));
    api.0.fault("log_flood", "10").unwrap();
    assert_eq!(lines(), 1_010);
}

#[test]
fn what_would_end_the_program_fails_the_start() {
    for (builder, part) in [
        (
            LoopbackAgent::builder().authtoken("refused-abc"),
            "ERR_NGROK_107",
        ),
        (
            LoopbackAgent::builder().authtoken("refused-108-abc"),
            "ERR_NGROK_108",
        ),
        (
            LoopbackAgent::builder().fault("require_token", "1"),
            "ERR_NGROK_4018",
        ),
        (
            LoopbackAgent::builder().fault("refuse_session", "120"),
            "ERR_NGROK_120",
        ),
        (
            LoopbackAgent::builder().fault("sillent", "1"),
            "no such fault: sillent",
        ),
        (
            LoopbackAgent::builder().config("authtoken: A\n"),
            "`version` property is required",
        ),
        (
            LoopbackAgent::builder().config("version: 2\ntunnels: {w: {proto: udp, addr: 1}}\n"),
            "Invalid protocol name 'udp'",
        ),
        (LoopbackAgent::builder().all(), "at least one tunnel"),
    ] {
        let error = builder.start().unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn a_crash_takes_the_api_and_the_tunnels_along() {
    let api = api(&[("crash_on_request", "2")]);
    let url = api.http("web", 80);
    let addr = url.trim_start_matches("http://").to_owned();
    let died = Request::get(api.url("/api/tunnels"))
        .body(Vec::new())
        .unwrap();
    assert!(send(died).is_err());
    let is_dead = |addr: &str| std::net::TcpStream::connect(addr).is_err();
    let api_addr = api.0.api_url().trim_start_matches("http://").to_owned();
    assert!(eventually(Duration::from_secs(5), || is_dead(&addr)
        && is_dead(&api_addr)));
}
