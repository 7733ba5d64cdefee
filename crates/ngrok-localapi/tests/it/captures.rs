//! Every captured exchange with a real agent (2.3.41): the client sends the same request and reads the same answer.
//!
//! `fixtures/api/GROUP.jsonl` holds one exchange a line. The server of this test gives the captured answer, whatever it is asked.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ngrok_localapi::{CapturedRequest, Client, Error, ErrorKind, Result, Tunnel, TunnelConfig};
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::server::{Asked, Server};

/// Requests that the client cannot send: other headers than its own, or bodies that are no JSON. Their answers are decoded.
const ANSWER_ONLY: &[&str] = &[
    "005-bad-json",
    "019-api-accept-xml",
    "020-tunnels-accept-xml",
    "021-tunnels-accept-html",
    "022-api-origin",
    "023-host-other",
    "024-host-localhost",
    "025-host-other-port",
    "026-host-other-page",
    "044-create-accept-xml",
    "045-get-accept-xml",
    "046-list-accept-xml",
    "047-get-missing-accept-xml",
    "090-create-bad-json",
    "091-create-not-json",
    "092-create-empty-body",
    "096-create-trailing-garbage",
    "097-create-content-type-text",
    "098-create-content-type-none",
    "099-create-content-type-charset",
    "100-create-content-type-form",
    "101-create-content-type-xml",
    "172-host-00",
    "173-host-01",
    "174-host-02",
    "175-host-03",
    "176-host-04",
    "177-host-05",
    "178-host-06",
    "179-host-07",
    "180-host-08",
    "181-host-09",
    "182-host-10",
    "225-replay-bad-json",
    "228-replay-content-type",
];

#[derive(Deserialize)]
struct Exchange {
    name: String,
    method: String,
    path: String,
    body: Option<Value>,
    /// None: the agent gave no answer in 6 s.
    status: Option<u16>,
    #[serde(default)]
    answer_headers: Vec<(String, String)>,
    #[serde(default)]
    answer: String,
}

#[test]
fn tunnels() {
    replay(include_str!("../fixtures/api/tunnels.jsonl"), 85);
}

#[test]
fn duplicates() {
    replay(include_str!("../fixtures/api/duplicates.jsonl"), 8);
}

#[test]
fn names() {
    replay(include_str!("../fixtures/api/names.jsonl"), 48);
}

#[test]
fn requests() {
    replay(include_str!("../fixtures/api/requests.jsonl"), 53);
}

#[test]
fn root() {
    replay(include_str!("../fixtures/api/root.jsonl"), 27);
}

#[test]
fn hosts() {
    replay(include_str!("../fixtures/api/hosts.jsonl"), 11);
}

#[test]
fn sessions() {
    // The client asks again until its deadline whether the session is back, which here it never is.
    let deadline = Duration::from_secs(1);
    replay_within(deadline, include_str!("../fixtures/api/nosession.jsonl"), 7);
    replay_within(deadline, include_str!("../fixtures/api/edge.jsonl"), 8);
}

#[test]
fn traffic() {
    replay(include_str!("../fixtures/api/more.jsonl"), 9);
}

fn replay(fixtures: &str, count: usize) {
    replay_within(Duration::from_secs(20), fixtures, count);
}

fn replay_within(deadline: Duration, fixtures: &str, count: usize) {
    let answer = Arc::new(Mutex::new(Vec::new()));
    let current = answer.clone();
    let server = Server::start(move |_| current.lock().unwrap().clone());
    let client = Client::builder(server.url())
        .deadline(deadline)
        .build()
        .unwrap();
    let exchanges: Vec<Exchange> = fixtures
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(exchanges.len(), count);
    for exchange in exchanges {
        println!("{}", exchange.name);
        if exchange.status.is_none() {
            no_answer(&exchange);
            continue;
        }
        *answer.lock().unwrap() = exchange.wire();
        let outcome = exchange.call(&client);
        if !ANSWER_ONLY.contains(&exchange.name.as_str()) {
            exchange.check_request(server.asked().last().unwrap());
        }
        exchange.check_outcome(outcome);
    }
}

/// What a call gave, as far as it is typed.
enum Typed {
    Tunnels(Vec<Tunnel>),
    Requests(Vec<CapturedRequest>),
    Nothing,
    Json(Value),
}

impl Exchange {
    /// The answer as it stood on the wire, but for `Date`.
    fn wire(&self) -> Vec<u8> {
        let mut bytes = format!("HTTP/1.1 {} X\r\n", self.status.unwrap()).into_bytes();
        let mut chunked = false;
        for (name, value) in &self.answer_headers {
            chunked |= name == "Transfer-Encoding";
            bytes.extend(format!("{name}: {value}\r\n").bytes());
        }
        let body = self.answer.as_bytes();
        if chunked {
            bytes.extend(format!("\r\n{:x}\r\n", body.len()).bytes());
            bytes.extend(body);
            bytes.extend(b"\r\n0\r\n\r\n");
        } else {
            bytes.extend(format!("Content-Length: {}\r\n\r\n", body.len()).bytes());
            bytes.extend(body);
        }
        bytes
    }

    /// The body that was sent; one that was sent as text may be JSON too.
    fn json_body(&self) -> Option<Value> {
        match self.body.clone()? {
            Value::String(text) => serde_json::from_str(&text).ok(),
            json => Some(json),
        }
    }

    /// The call that a user of this crate would make, by the typed method if there is one.
    fn call(&self, client: &Client) -> Result<Typed> {
        let (path, query) = self.path.split_once('?').unwrap_or((&self.path, ""));
        let untyped = || {
            let json = client.request(&self.method, &self.path, &[], self.json_body().as_ref())?;
            Ok(Typed::Json(json))
        };
        if let Some(name) = path.strip_prefix("/api/tunnels/").filter(|n| !n.is_empty()) {
            let name = decode(name);
            return match self.method.as_str() {
                "GET" => Ok(Typed::Tunnels(vec![client.tunnels().get(&name)?])),
                "DELETE" => client.tunnels().stop(&name).map(|()| Typed::Nothing),
                _ => untyped(),
            };
        }
        let body = self.json_body().unwrap_or_default();
        match (self.method.as_str(), path) {
            ("GET", "/api/tunnels") => client.tunnels().list().map(Typed::Tunnels),
            ("POST", "/api/tunnels") => match TunnelConfig::from_json(body) {
                // What the agent could never find again is not created by the typed method.
                Ok(config) if addressable(config.name()) => {
                    let tunnel = client.tunnels().start(&config)?;
                    Ok(Typed::Tunnels(vec![tunnel]))
                }
                _ => untyped(),
            },
            ("GET", "/api/requests/http") => {
                let query = pairs(query);
                let typed = query.keys().all(|k| k == "limit" || k == "tunnel_name");
                let limit = query.get("limit").map(|limit| limit.parse());
                let mut requests = client.requests();
                if let Some(name) = query.get("tunnel_name") {
                    requests = requests.tunnel(name);
                }
                match limit {
                    _ if !typed => return untyped(),
                    Some(Ok(limit)) => requests = requests.limit(limit),
                    Some(Err(_)) => return untyped(),
                    None => {}
                }
                requests.list().map(Typed::Requests)
            }
            ("POST", "/api/requests/http") => {
                let id = body.get("id").and_then(Value::as_str);
                let tunnel = body.get("tunnel_name").and_then(Value::as_str);
                let known = usize::from(id.is_some()) + usize::from(tunnel.is_some());
                let done = match (id, tunnel) {
                    _ if body.as_object().map(serde_json::Map::len) != Some(known) => {
                        return untyped();
                    }
                    (Some(id), None) => client.requests().replay(id),
                    (Some(id), Some(tunnel)) => client.requests().replay_to(id, tunnel),
                    _ => return untyped(),
                };
                done.map(|()| Typed::Nothing)
            }
            ("DELETE", "/api/requests/http") => client.requests().delete().map(|()| Typed::Nothing),
            ("GET", "/api/status") => client.status().map(|_| panic!("this agent has no status")),
            ("GET", "/api/endpoints") => client.endpoints().list().map(|_| panic!("nor endpoints")),
            ("GET", one) if one.starts_with("/api/requests/http/") => {
                let id = decode(&one["/api/requests/http/".len()..]);
                client.requests().get(&id).map(|r| Typed::Requests(vec![r]))
            }
            _ => untyped(),
        }
    }

    fn check_request(&self, asked: &Asked) {
        assert_eq!(asked.method, self.method);
        let split = |target: &str| {
            let (path, query) = target.split_once('?').unwrap_or((target, ""));
            (decode(path), pairs(query))
        };
        assert_eq!(split(&asked.target), split(&self.path));
        match self.json_body() {
            Some(body) => {
                assert_eq!(asked.json(), body);
                assert_eq!(asked.header("content-type"), Some("application/json"));
            }
            None => assert!(asked.body.is_empty()),
        }
    }

    fn check_outcome(&self, outcome: Result<Typed>) {
        let is_json = self
            .answer_headers
            .iter()
            .any(|(name, value)| name == "Content-Type" && value.contains("json"));
        let body: Value = serde_json::from_str(&self.answer).unwrap_or_default();
        match outcome {
            Err(error) if self.status >= Some(300) => self.check_fault(&error, &body),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Decode, "{error}");
                assert!(!is_json && error.body() == self.answer.as_bytes());
            }
            Ok(_) if self.status >= Some(300) => panic!("{} is no success", self.name),
            Ok(Typed::Nothing) => assert_eq!(self.answer, ""),
            Ok(Typed::Json(json)) => assert_eq!(json, body),
            Ok(Typed::Tunnels(tunnels)) => {
                let all = body.get("tunnels").and_then(Value::as_array).cloned();
                let expected = all.unwrap_or_else(|| vec![body]);
                assert_eq!(tunnels.len(), expected.len());
                tunnels
                    .iter()
                    .zip(&expected)
                    .for_each(|(t, e)| check_tunnel(t, e));
            }
            Ok(Typed::Requests(requests)) => {
                let all = body.get("requests").and_then(Value::as_array).cloned();
                let expected = all.unwrap_or_else(|| vec![body]);
                assert_eq!(requests.len(), expected.len());
                requests
                    .iter()
                    .zip(&expected)
                    .for_each(|(r, e)| check_captured(r, e));
            }
        }
    }

    fn check_fault(&self, error: &Error, body: &Value) {
        assert_eq!(error.status(), self.status, "{error:?}");
        let code = error.agent_code().map(|code| u64::from(code.number()));
        assert_eq!(code, body["error_code"].as_u64());
        let cause = body["details"]["err"].as_str().unwrap_or_default();
        if let Some(message) = body["msg"].as_str() {
            assert_eq!(error.message(), Some(message));
            assert_eq!(error.details(), &body["details"]);
            assert!(error.to_string().contains(message), "{error}");
        }
        let number = cause
            .split("ERR_NGROK_")
            .nth(1)
            .map(|n| n.trim().parse().unwrap());
        assert_eq!(error.error_code().and_then(|code| code.number()), number);
        let expected = match (self.status.unwrap(), code) {
            (404, _) => ErrorKind::NotFound,
            (503, Some(104)) => ErrorKind::NotReady,
            _ if cause == "session closed" => ErrorKind::SessionClosed,
            _ if cause.contains("is already bound") => ErrorKind::AlreadyExists,
            (400, None | Some(102)) => ErrorKind::BadConfig,
            _ => ErrorKind::Http,
        };
        assert_eq!(error.kind(), expected, "{error}");
        assert_eq!(error.is_unknown_path(), body["msg"] == "Not Found");
        assert_eq!(error.to_string().lines().count(), 1);
    }
}

fn check_tunnel(tunnel: &Tunnel, json: &Value) {
    let mut written = serde_json::to_value(tunnel).unwrap();
    let mut expected = json.clone();
    let metrics = expected.as_object_mut().unwrap().remove("metrics").unwrap();
    written.as_object_mut().unwrap().remove("metrics");
    assert_eq!(written, expected);
    let ours = tunnel.metrics.as_ref().unwrap();
    assert_eq!(ours.conns.count, metrics["conns"]["count"]);
    assert_eq!(json!(ours.conns.gauge), metrics["conns"]["gauge"]);
    assert_eq!(ours.http.gauge, None);
    assert_eq!(
        ours.conns.rate1,
        metrics["conns"]["rate1"].as_f64().unwrap()
    );
    assert_eq!(ours.http.count, metrics["http"]["count"]);
    assert_eq!(
        ours.http.rate15,
        metrics["http"]["rate15"].as_f64().unwrap()
    );
    for (ours, nanos) in [
        (ours.conns.p50, &metrics["conns"]["p50"]),
        (ours.conns.p99, &metrics["conns"]["p99"]),
        (ours.http.p90, &metrics["http"]["p90"]),
        (ours.http.p95, &metrics["http"]["p95"]),
    ] {
        let nanos = nanos.as_f64().unwrap();
        assert!(
            (ours.as_nanos() as f64 - nanos).abs() <= 0.5,
            "{ours:?} {nanos}"
        );
    }
}

fn check_captured(request: &CapturedRequest, json: &Value) {
    let mut written = serde_json::to_value(request).unwrap();
    let mut expected = json.clone();
    if json["response"]["status_code"] == 0 {
        assert_eq!(request.response, None);
        expected["response"] = Value::Null;
    }
    // The agent writes no list as null.
    for half in ["request", "response"] {
        for message in [&mut written, &mut expected] {
            if message[half]["headers"] == json!({}) {
                message[half]["headers"] = Value::Null;
            }
        }
    }
    assert_eq!(written, expected);
    assert!(request.start.to_system_time().is_some());
    check_body(request.request.body(), &json["request"]);
    if let Some(response) = &request.response {
        check_body(response.body(), &json["response"]);
        let first = json["response"]["headers"]["Content-Type"][0].as_str();
        assert_eq!(response.header("content-TYPE"), first);
    }
}

/// In these captures only `/chunked` has a body that is not the rest of the message.
fn check_body(body: Result<ngrok_localapi::Body>, json: &Value) {
    let raw = json["raw"].as_str().unwrap_or_default();
    let raw = BASE64_STANDARD.decode(raw).unwrap();
    let head = raw
        .windows(4)
        .position(|w| w == b"\r\n\r\n")
        .map_or(0, |at| at + 4);
    let body = body.unwrap();
    if raw[..head].windows(9).any(|w| w == b": chunked") {
        assert_eq!(&*body, b"onetwothree");
    } else {
        assert_eq!(&*body, &raw[head..]);
    }
}

/// What the agent left without an answer ends with the deadline.
fn no_answer(exchange: &Exchange) {
    let silent = Server::raw(|mut stream| {
        // Reads on until the client has gone.
        let _ = std::io::copy(&mut stream, &mut std::io::sink());
    });
    let client = Client::builder(silent.url())
        .deadline(Duration::from_millis(100))
        .build()
        .unwrap();
    let error = exchange.call(&client).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
}

fn addressable(name: &str) -> bool {
    !name.is_empty() && !name.contains(['/', '?', '#']) && name != "a%20b"
}

fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8().unwrap().into_owned()
}

fn pairs(query: &str) -> BTreeMap<String, String> {
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs
        .map(|(k, v)| (decode(k), decode(&v.replace('+', " "))))
        .collect()
}
