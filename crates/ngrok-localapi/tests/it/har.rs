//! The export as HAR.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
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
