//! Whether an answer is an agent's at all: another program may listen where the agent is expected.

use serde_json::Value;
use ureq::http::Method;

/// Whether a success of this call can be an agent's answer. `target` is the path with its query.
pub(crate) fn is_success_of_agent(method: &Method, target: &str, status: u16, body: &[u8]) -> bool {
    let path = target.split('?').next().unwrap_or_default();
    let served = [
        "/api/tunnels",
        "/api/endpoints",
        "/api/requests/http",
        "/api/status",
    ];
    if !served.iter().any(|known| path.starts_with(known)) {
        // Pages of the web interface, and what this crate does not know, are anything.
        return true;
    }
    // Commands are answered by nothing at all.
    let is_replay = *method == Method::POST && path == "/api/requests/http";
    if *method == Method::DELETE || is_replay {
        return status == 204 && body.is_empty();
    }
    if body.is_empty() {
        return *method != Method::GET;
    }
    let Ok(Value::Object(fields)) = serde_json::from_slice(body) else {
        return false;
    };
    if fields.is_empty() && *method != Method::GET {
        return true;
    }
    let known: &[&str] = match path {
        "/api/tunnels" if *method == Method::GET => &["tunnels"],
        "/api/endpoints" if *method == Method::GET => &["endpoints", "tunnels"],
        "/api/requests/http" => &["requests"],
        "/api/status" => &["status", "agent_version", "session"],
        _ => &["uri", "name", "public_url", "url", "id", "ID"],
    };
    known.iter().any(|key| fields.contains_key(*key))
}

/// Whether a refusal can be an agent's: its error object, its words about the header `Host`, or plain text of the library
/// that it is written with.
pub(crate) fn is_refusal_of_agent(path: &str, status: u16, body: &[u8]) -> bool {
    if !path.starts_with("/api/") {
        return true;
    }
    if (300..400).contains(&status) {
        return false;
    }
    if let Ok(json) = serde_json::from_slice::<Value>(body) {
        return ["msg", "error_code", "details"]
            .iter()
            .any(|key| json.get(key).is_some());
    }
    let text = String::from_utf8_lossy(body.get(..256).unwrap_or(body)).to_ascii_lowercase();
    let is_page = text.contains("<html") || text.contains("<!doctype") || text.contains("<a href");
    let is_rejected_host = text.starts_with("rejected host");
    !is_page && (status != 401 || is_rejected_host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_of_agents_and_of_others() {
        for (method, target, status, body, expected) in [
            (
                Method::GET,
                "/api/tunnels",
                200,
                r#"{"tunnels":[],"uri":"/api/tunnels"}"#,
                true,
            ),
            (Method::GET, "/api/tunnels", 200, r#"{"ok":true}"#, false),
            (Method::GET, "/api/tunnels", 200, "[]", false),
            (Method::GET, "/api/tunnels", 200, "<html>", false),
            (Method::GET, "/api/tunnels", 200, "", false),
            (Method::GET, "/api/tunnels/x", 200, r#"{"name":"x"}"#, true),
            (
                Method::GET,
                "/api/requests/http?limit=1",
                200,
                r#"{"requests":null}"#,
                true,
            ),
            (
                Method::GET,
                "/api/requests/http/1",
                200,
                r#"{"id":"1"}"#,
                true,
            ),
            (
                Method::GET,
                "/api/requests/http/1",
                200,
                r#"{"ok":1}"#,
                false,
            ),
            (
                Method::GET,
                "/api/status",
                200,
                r#"{"status":"online"}"#,
                true,
            ),
            (Method::GET, "/api/endpoints", 200, r#"{"ok":true}"#, false),
            (
                Method::POST,
                "/api/tunnels",
                201,
                r#"{"public_url":"x"}"#,
                true,
            ),
            (Method::POST, "/api/tunnels", 200, r#"{"ok":true}"#, false),
            (Method::POST, "/api/requests/http", 204, "", true),
            (
                Method::POST,
                "/api/requests/http",
                200,
                r#"{"ok":true}"#,
                false,
            ),
            (Method::POST, "/api/requests/http", 200, "", false),
            (Method::DELETE, "/api/tunnels/x", 204, "", true),
            (
                Method::DELETE,
                "/api/requests/http",
                200,
                r#"{"ok":true}"#,
                false,
            ),
            (Method::GET, "/inspect/http", 200, "<html>", true),
        ] {
            let found = is_success_of_agent(&method, target, status, body.as_bytes());
            assert_eq!(found, expected, "{method} {target} {status} {body}");
        }
    }

    #[test]
    fn refusals_of_agents_and_of_others() {
        for (status, body, expected) in [
            (
                404,
                r#"{"error_code":100,"status_code":404,"msg":"no","details":{}}"#,
                true,
            ),
            (
                404,
                r#"{"status_code":404,"msg":"Not Found","details":{"path":"/api/x"}}"#,
                true,
            ),
            (404, r#"{"detail":"Not Found"}"#, false),
            (404, r#"{"error":"nope"}"#, false),
            (404, "404 page not found\n", true),
            (404, "<!DOCTYPE html><html>", false),
            (401, "Rejected host \"x\".", true),
            (401, "Unauthorized", false),
            (401, "", false),
            (302, "<a href=\"/x\">Found</a>.", false),
            (502, "<html><h1>502 Bad Gateway</h1>", false),
            (500, "", true),
        ] {
            let found = is_refusal_of_agent("/api/tunnels", status, body.as_bytes());
            assert_eq!(found, expected, "{status} {body}");
        }
        assert!(is_refusal_of_agent("/", 302, b""));
    }
}
