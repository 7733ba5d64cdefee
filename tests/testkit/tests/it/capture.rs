//! Captured requests: the bytes, the list, the replay.

use std::time::Duration;

use ngrok_testkit::{Upstream, eventually};
use serde_json::{Value, json};
use ureq::http::Request;

use crate::client::{Api, converse, get, raw, send};

#[test]
fn both_messages_are_kept_byte_for_byte() {
    let (api, upstream) = (Api::start(), Upstream::start().unwrap());
    let url = api.http("web (http)", upstream.port());
    let answer = converse(
        &url,
        b"POST /raw?q=1 HTTP/1.1\r\nhost: a\r\nX-Twice: 1\r\nx-twice: 2\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    );
    let captured = &api.captured()[0];
    assert_eq!(captured["tunnel_name"], "web (http)");
    assert_eq!(captured["remote_addr"], "127.0.0.1");
    assert!(captured["duration"].as_u64().unwrap() > 0);
    let request = &captured["request"];
    assert_eq!(request["method"], "POST");
    assert_eq!(request["uri"], "/raw?q=1");
    assert_eq!(request["headers"]["X-Twice"], json!(["1", "2"]));
    assert_eq!(
        String::from_utf8(raw(request)).unwrap(),
        "POST /raw?q=1 HTTP/1.1\r\nhost: a\r\nX-Twice: 1\r\nx-twice: 2\r\nTransfer-Encoding: chunked\r\nConnection: close\r\nX-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Host: a\r\nX-Forwarded-Proto: http\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    );
    let response = &captured["response"];
    assert_eq!(response["status"], "200 OK");
    assert_eq!(response["status_code"], 200);
    assert_eq!(String::from_utf8(raw(response)).unwrap(), answer);
    let path = captured["uri"].as_str().unwrap();
    assert_eq!(&api.get(path).json(), captured);
}

#[test]
fn a_request_in_flight_or_failed_has_an_empty_answer() {
    let (api, upstream) = (Api::start(), Upstream::start().unwrap());
    let url = api.http("web", upstream.port());
    let slow = format!("{url}/slow/0.5");
    let client = std::thread::spawn(move || get(&slow).status);
    let empty = json!({"status": "", "status_code": 0, "proto": "", "headers": null, "raw": null});
    assert!(eventually(Duration::from_secs(5), || !api
        .captured()
        .is_empty()));
    let in_flight = api.captured().remove(0);
    assert_eq!(in_flight["response"], empty);
    assert_eq!(in_flight["duration"], 0);
    assert_eq!(client.join().unwrap(), 200);
    assert!(eventually(Duration::from_secs(5), || {
        api.captured()[0]["response"]["status_code"] == 200
    }));
    assert_eq!(get(&format!("{url}/close")).status, 502);
    let failed = api.captured().remove(0);
    assert_eq!(failed["response"], empty);
    assert_eq!(failed["duration"], 0);
}

#[test]
fn a_replay_is_a_new_request_to_the_upstream() {
    let (api, upstream) = (Api::start(), Upstream::start().unwrap());
    let url = api.http("web", upstream.port());
    let other = Upstream::start().unwrap();
    api.http("other", other.port());
    let request = Request::post(format!("{url}/hook"))
        .body(b"payload".to_vec())
        .unwrap();
    send(request).unwrap();
    let id = api.captured()[0]["id"].clone();
    let replayed = api.call("POST", "/api/requests/http", &json!({"id": id}));
    assert_eq!(replayed.status, 204);
    assert_eq!(upstream.received()[1].body, b"payload");
    let elsewhere = json!({"id": id, "tunnel_name": "other"});
    assert_eq!(
        api.call("POST", "/api/requests/http", &elsewhere).status,
        204
    );
    assert_eq!(other.received()[0].path, "/hook");
    let list = api.captured();
    assert_eq!(list.len(), 3);
    assert_eq!(list[0]["remote_addr"], "replayed");
    assert_eq!(list[0]["tunnel_name"], "other");
    assert_eq!(list[1]["response"]["status_code"], 200);
    assert_eq!(raw(&list[1]["request"]), raw(&list[2]["request"]));
    for (body, status, code) in [
        (json!({"id": "airt_missing"}), 404, json!(106)),
        (json!({}), 404, json!(106)),
        (json!({"id": id, "tunnel_name": "nope"}), 404, json!(100)),
        (json!({"id": 5}), 400, Value::Null),
    ] {
        let answer = api.call("POST", "/api/requests/http", &body);
        assert_eq!(answer.status, status, "{body}");
        assert_eq!(answer.json()["error_code"], code, "{body}");
    }
}

#[test]
fn lists_are_newest_first_limited_and_filtered() {
    let (api, upstream) = (Api::start(), Upstream::start().unwrap());
    let (one, two) = (
        api.http("web one", upstream.port()),
        api.http("two", upstream.port()),
    );
    for n in 0..3 {
        get(&format!("{one}/{n}"));
        get(&format!("{two}/{n}"));
    }
    let paths = |query: &str| {
        let list = api.get(&format!("/api/requests/http{query}")).json();
        let requests = list["requests"].as_array().unwrap().clone();
        let path = |r: &Value| r["request"]["uri"].as_str().unwrap().to_owned();
        requests.iter().map(path).collect::<Vec<_>>()
    };
    assert_eq!(paths("").len(), 6);
    assert_eq!(paths("?limit=0").len(), 6);
    assert_eq!(paths("?limit=-1").len(), 0);
    assert_eq!(paths("?limit=2&tunnel_name=two"), ["/2", "/1"]);
    assert_eq!(paths("?tunnel_name=web+one").len(), 3);
    assert_eq!(paths("?tunnel_name=eb%20o").len(), 3);
    assert_eq!(paths("?tunnel_name=WEB").len(), 0);
    for query in ["?limit=abc", "?limit=", "?colour=red"] {
        assert_eq!(api.get(&format!("/api/requests/http{query}")).status, 400);
    }
    let cleared = api.call("DELETE", "/api/requests/http", &Value::Null);
    assert_eq!(cleared.status, 204);
    assert_eq!(paths("").len(), 0);
}

#[test]
fn a_tunnel_that_does_not_inspect_keeps_nothing() {
    let (api, upstream) = (Api::start(), Upstream::start().unwrap());
    let url =
        api.open(&json!({"name": "w", "proto": "http", "addr": upstream.port(), "inspect": false}));
    get(&url);
    assert!(api.captured().is_empty());
}
