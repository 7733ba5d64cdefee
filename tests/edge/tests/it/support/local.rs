//! The agent's local API, raw: what the scenarios without `ngrok-localapi` need of it.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::Value;

use super::child::Agent;

/// One exchange: the status and the body, `null` if there is none.
pub(crate) fn call(agent: &Agent, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
    let mut socket = TcpStream::connect(agent.config.web_addr()).unwrap();
    let body = body.map(Value::to_string).unwrap_or_default();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    socket.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, serde_json::from_str(body).unwrap_or_default())
}

/// Starts a tunnel and answers its public URL.
pub(crate) fn open(agent: &Agent, tunnel: &Value) -> String {
    let (status, answer) = call(agent, "POST", "/api/tunnels", Some(tunnel));
    assert_eq!(status, 201, "{answer}");
    answer["public_url"].as_str().unwrap().to_owned()
}
