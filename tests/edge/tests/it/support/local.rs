//! The agent's local API, raw: what the scenarios without `ngrok-localapi` need of it.

use serde_json::Value;

use super::child::Agent;
use super::public;

/// One exchange: the status and the body, `null` if there is none.
pub(crate) fn call(agent: &Agent, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
    let body = body.map(Value::to_string).unwrap_or_default();
    let headers = [
        ("Content-Type", "application/json"),
        ("Connection", "close"),
    ];
    let answer = public::plain(agent.config.web_addr(), "localhost").request(
        method,
        path,
        &headers,
        body.as_bytes(),
    );
    (
        answer.status,
        serde_json::from_slice(&answer.body).unwrap_or_default(),
    )
}

/// Starts a tunnel and answers its public URL.
pub(crate) fn open(agent: &Agent, tunnel: &Value) -> String {
    let (status, answer) = call(agent, "POST", "/api/tunnels", Some(tunnel));
    assert_eq!(status, 201, "{answer}");
    answer["public_url"].as_str().unwrap().to_owned()
}
