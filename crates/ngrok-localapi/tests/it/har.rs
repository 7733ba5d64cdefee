//! The export as HAR.

use std::io::Read;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use flate2::Compression;
use flate2::read::GzEncoder;
use ngrok_localapi::{CapturedRequest, Har};
use serde_json::{Value, json};

fn captured() -> Vec<CapturedRequest> {
    let request = b"POST /in?a=1&b=x%20y+z&c HTTP/1.1\r\nHost: app.test\r\n\r\n{\"n\":1}";
    let response = b"HTTP/1.1 201 Created\r\nContent-Type: image/png\r\n\r\n\xff\xfe";
    let newest = json!({
        "id": "r2", "tunnel_name": "web", "start": "2026-11-21T20:00:02Z", "duration": 1_500_000,
        "request": {
            "method": "POST", "proto": "HTTP/1.1", "uri": "/in?a=1&b=x%20y+z&c",
            "headers": {
                "Host": ["app.test"], "X-Forwarded-Proto": ["https"], "Content-Type": ["application/json"],
                "Authorization": ["Bearer s3cr3t-token"], "cookie": ["sid=s3cr3t-sid; theme=s3cr3t-dark"],
                "X-Gitlab-Token": ["s3cr3t-hook"], "X-API-Key": ["s3cr3t-key"], "X-Telegram-Bot-Api-Secret-Token": ["s3cr3t-bot"],
            },
            "raw": BASE64_STANDARD.encode(request),
        },
        "response": {
            "status": "201 Created", "status_code": 201, "proto": "HTTP/1.1",
            "headers": { "Set-Cookie": ["sid=s3cr3t-new; Path=/"], "Location": ["/out"], "Content-Type": ["image/png"] },
            "raw": BASE64_STANDARD.encode(response),
        },
    });
    let oldest = json!({ "id": "r1", "start": "2026-11-21T20:00:01Z", "request": { "method": "GET", "uri": "/" } });
    serde_json::from_value(json!([newest, oldest])).unwrap()
}

#[test]
fn a_request_and_its_answer() {
    let har = Har::new().export(&captured());
    assert_eq!(har["log"]["version"], "1.2");
    let entries = har["log"]["entries"].as_array().unwrap();
    let ids: Vec<&Value> = entries.iter().map(|e| &e["_id"]).collect();
    assert_eq!(ids, ["r1", "r2"]);

    let entry = &entries[1];
    assert_eq!(entry["time"], 1.5);
    assert_eq!(
        entry["request"]["url"],
        "https://app.test/in?a=1&b=x%20y+z&c"
    );
    let query = json!([{ "name": "a", "value": "1" }, { "name": "b", "value": "x y z" }, { "name": "c", "value": "" }]);
    assert_eq!(entry["request"]["queryString"], query);
    assert_eq!(entry["request"]["postData"]["text"], "{\"n\":1}");
    assert_eq!(entry["request"]["postData"]["mimeType"], "application/json");
    assert_eq!(entry["response"]["status"], 201);
    assert_eq!(entry["response"]["statusText"], "Created");
    assert_eq!(entry["response"]["redirectURL"], "/out");
    assert_eq!(entry["response"]["content"]["encoding"], "base64");
    assert_eq!(entry["response"]["content"]["text"], "//4=");
    // No answer came.
    assert_eq!(entries[0]["response"]["status"], 0);
}

#[test]
fn secrets_are_masked_unless_asked_for() {
    let shown = format!("{:?}", captured());
    assert!(
        !shown.contains("s3cr3t") && shown.contains("app.test"),
        "{shown}"
    );
    let masked = Har::new().export(&captured());
    assert!(!masked.to_string().contains("s3cr3t"), "{masked}");
    let request = &masked["log"]["entries"][1]["request"];
    assert_eq!(
        request["cookies"][1],
        json!({ "name": "theme", "value": "***" })
    );
    let open = Har::new().with_secrets().export(&captured()).to_string();
    for secret in [
        "s3cr3t-token",
        "s3cr3t-sid",
        "s3cr3t-dark",
        "s3cr3t-new",
        "s3cr3t-hook",
        "s3cr3t-bot",
    ] {
        assert!(open.contains(secret), "{secret}");
    }
}

/// All that the specification requires of each entry is there.
#[test]
fn the_captures_make_a_complete_document() {
    let line = include_str!("../fixtures/api/requests.jsonl")
        .lines()
        .find(|line| line.contains("\"183-list\""))
        .unwrap();
    let exchange: Value = serde_json::from_str(line).unwrap();
    let answer: Value = serde_json::from_str(exchange["answer"].as_str().unwrap()).unwrap();
    let requests: Vec<CapturedRequest> =
        serde_json::from_value(answer["requests"].clone()).unwrap();
    let har = Har::new().export(&requests);
    let entries = har["log"]["entries"].as_array().unwrap();
    assert_eq!(entries.len(), requests.len());
    for entry in entries {
        for key in [
            "startedDateTime",
            "time",
            "request",
            "response",
            "cache",
            "timings",
        ] {
            assert!(!entry[key].is_null(), "{key}");
        }
        for key in [
            "method",
            "url",
            "httpVersion",
            "cookies",
            "headers",
            "queryString",
            "headersSize",
            "bodySize",
        ] {
            assert!(!entry["request"][key].is_null(), "{key}");
        }
        for key in [
            "status",
            "statusText",
            "httpVersion",
            "cookies",
            "headers",
            "content",
            "redirectURL",
            "headersSize",
            "bodySize",
        ] {
            assert!(!entry["response"][key].is_null(), "{key}");
        }
        assert!(entry["request"]["url"].as_str().unwrap().contains("://"));
    }
}

/// A request whose small body unfolds to `size` bytes, `times` encoded.
fn bomb(size: usize, codings: &str) -> CapturedRequest {
    let mut packed = Vec::new();
    let zeros = std::io::repeat(0).take(size as u64);
    GzEncoder::new(zeros, Compression::best())
        .read_to_end(&mut packed)
        .unwrap();
    let mut raw = format!("POST / HTTP/1.1\r\nContent-Encoding: {codings}\r\n\r\n").into_bytes();
    raw.extend(packed);
    serde_json::from_value(json!({ "id": size.to_string(), "request": {
        "method": "POST", "uri": "/", "raw": BASE64_STANDARD.encode(raw),
    }}))
    .unwrap()
}

#[test]
fn bodies_that_unfold_are_held_to_the_budget_and_the_comment_says_so() {
    let requests = [
        bomb(600_000, "gzip"),
        bomb(500_000, "gzip"),
        bomb(3_000_000, "gzip"),
        bomb(10, "gzip"),
    ];
    let har = Har::new()
        .budget(1_000_000)
        .body_cap(800_000)
        .export(&requests);
    let shown: Vec<(i64, String)> = har["log"]["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| {
            let data = &entry["request"]["postData"];
            (
                data["size"].as_i64().unwrap(),
                data["comment"].as_str().unwrap_or_default().to_owned(),
            )
        })
        .collect();
    assert_eq!(shown[0], (10, String::new()));
    assert_eq!(shown[1].0, -1);
    assert!(shown[1].1.contains("more than 800000 bytes"), "{shown:?}");
    assert_eq!(shown[2], (500_000, String::new()));
    assert_eq!(shown[3].0, -1);
    assert!(shown[3].1.contains("at most 1000000 bytes"), "{shown:?}");
    assert!(har.to_string().len() < 4_000_000);
}

#[test]
fn thousands_of_encodings_are_refused_at_once_and_those_that_change_nothing_are_free() {
    let request = bomb(10, &"gzip,".repeat(5000));
    let begin = std::time::Instant::now();
    assert!(
        request
            .request
            .body()
            .unwrap_err()
            .to_string()
            .contains("more than 8 times")
    );
    assert!(begin.elapsed() < std::time::Duration::from_secs(2));
    let request = bomb(
        10,
        &format!("{}gzip,{}", "identity,".repeat(5000), ", ".repeat(5000)),
    );
    assert_eq!(request.request.body().unwrap().len(), 10);
}

#[test]
fn what_is_written_is_what_is_exported() {
    let mut written = Vec::new();
    Har::new().write(&captured(), &mut written).unwrap();
    let read: Value = serde_json::from_slice(&written).unwrap();
    assert_eq!(read, Har::new().export(&captured()));
    let mut nothing = Vec::new();
    Har::new().write(&[], &mut nothing).unwrap();
    let read: Value = serde_json::from_slice(&nothing).unwrap();
    assert_eq!(read["log"]["entries"], json!([]));
}
