//! Calls to the local API and to public URLs.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use ngrok_testkit::LoopbackAgent;
use serde_json::{Value, json};
use ureq::http::{Request, Response};

/// An answer with its body read.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: ureq::http::HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.text()))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().unwrap())
    }
}

pub(crate) fn send(request: Request<Vec<u8>>) -> Result<Answer, ureq::Error> {
    let agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .allow_non_standard_methods(true)
        .max_redirects(0)
        .proxy(None)
        .timeout_global(Some(Duration::from_secs(20)))
        .build()
        .new_agent();
    let response: Response<ureq::Body> = agent.run(request)?;
    let (head, mut body) = response.into_parts();
    let body = body.with_config().limit(64 << 20).read_to_vec()?;
    Ok(Answer {
        status: head.status.as_u16(),
        headers: head.headers,
        body,
    })
}

pub(crate) fn get(url: &str) -> Answer {
    send(Request::get(url).body(Vec::new()).unwrap()).unwrap()
}

pub(crate) fn call(method: &str, url: &str, body: &Value) -> Answer {
    let request = Request::builder()
        .method(method)
        .uri(url)
        .header("content-type", "application/json");
    let body = match body {
        Value::Null => Vec::new(),
        body => body.to_string().into_bytes(),
    };
    send(request.body(body).unwrap()).unwrap()
}

/// An agent with calls that must succeed.
pub(crate) struct Api(pub(crate) LoopbackAgent);

impl Api {
    pub(crate) fn start() -> Self {
        Self(LoopbackAgent::builder().start().unwrap())
    }

    pub(crate) fn url(&self, path: &str) -> String {
        self.0.api_url() + path
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        get(&self.url(path))
    }

    pub(crate) fn call(&self, method: &str, path: &str, body: &Value) -> Answer {
        call(method, &self.url(path), body)
    }

    /// Opens a tunnel and returns its public URL.
    pub(crate) fn open(&self, definition: &Value) -> String {
        let path = if definition.get("upstream").is_some() {
            "/api/endpoints"
        } else {
            "/api/tunnels"
        };
        let opened = self.call("POST", path, definition);
        assert_eq!(opened.status, 201, "{}", opened.text());
        let opened = opened.json();
        let url = opened.get("public_url").or(opened.get("url"));
        url.unwrap().as_str().unwrap().to_owned()
    }

    pub(crate) fn http(&self, name: &str, addr: impl ToString) -> String {
        self.open(&json!({"name": name, "proto": "http", "addr": addr.to_string()}))
    }

    pub(crate) fn captured(&self) -> Vec<Value> {
        let list = self.get("/api/requests/http").json();
        list["requests"].as_array().unwrap().clone()
    }
}

/// A connection to the host and port of a URL.
pub(crate) fn connect(url: &str) -> TcpStream {
    let stream = TcpStream::connect(url.split("://").nth(1).unwrap()).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    stream
}

/// Sends bytes and reads to the end of the connection.
pub(crate) fn converse(url: &str, bytes: &[u8]) -> String {
    let mut stream = connect(url);
    stream.write_all(bytes).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

/// Bytes that were captured as base64.
pub(crate) fn raw(message: &Value) -> Vec<u8> {
    use base64::Engine;
    let raw = message["raw"].as_str().unwrap();
    base64::engine::general_purpose::STANDARD
        .decode(raw)
        .unwrap()
}
