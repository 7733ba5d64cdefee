//! Answers, and refusals in ngrok's own form.

use serde_json::{Map, Value, json};

use super::facts::Facts;
use super::ids;

/// An answer: a status, headers of its own, and a body unless it is a 204.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Option<Value>,
    pub(super) headers: Vec<(String, String)>,
}

/// The outcome of a check.
pub(super) type Checked = Result<(), Answer>;

impl Answer {
    pub(super) fn new(status: u16, body: Option<Value>) -> Self {
        Self {
            status,
            body,
            headers: Vec::new(),
        }
    }

    /// A refusal with one of ngrok's codes, `413` or a word, which decides the status.
    pub(super) fn refuse(code: &str, message: impl Into<String>) -> Self {
        let (status, _) = Facts::get().error(code);
        let number = code.bytes().all(|b| b.is_ascii_digit());
        let name = if number {
            format!("ERR_NGROK_{code}")
        } else {
            code.to_owned()
        };
        let details = match code {
            // The documented example of this one has no operation in its details.
            "invalid_region_target" => json!({}),
            _ => json!({"operation_id": ids::operation()}),
        };
        let body = json!({
            "error_code": name,
            "status_code": status,
            "msg": message.into(),
            "details": details,
        });
        Self::new(status, Some(body))
    }

    /// A resource that is not there. ngrok's 404s have no code.
    pub(super) fn not_found() -> Self {
        let details = json!({"operation_id": ids::operation()});
        let body = json!({"status_code": 404, "msg": "Resource not found", "details": details});
        Self::new(404, Some(body))
    }

    /// A path that leads nowhere, or does not know the method.
    pub(super) fn no_such_path(path: &str) -> Self {
        let body = json!({"status_code": 404, "msg": "Not Found", "details": {"path": path}});
        Self::new(404, Some(body))
    }

    /// The code of a refusal, without `ERR_NGROK_`.
    pub(super) fn code(&self) -> Option<&str> {
        let code = self.body.as_ref()?.get("error_code")?.as_str()?;
        Some(code.strip_prefix("ERR_NGROK_").unwrap_or(code))
    }

    /// The same refusal with another status.
    pub(super) fn set_status(&mut self, status: u16) {
        self.status = status;
        self.set("status_code", status.into());
    }

    /// The same refusal with another code.
    pub(super) fn set_code(&mut self, code: &str) {
        self.set("error_code", code.into());
    }

    fn set(&mut self, name: &str, value: Value) {
        if let Some(Value::Object(body)) = &mut self.body {
            body.insert(name.to_owned(), value);
        }
    }

    pub(super) fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// The operation that the body names, or a fresh one: each answer has one in its header.
    pub(super) fn operation(&self) -> String {
        let named = self
            .body
            .as_ref()
            .and_then(|body| body.pointer("/details/operation_id")?.as_str());
        named.map_or_else(ids::operation, str::to_owned)
    }

    pub(super) fn object(&mut self) -> Option<&mut Map<String, Value>> {
        self.body.as_mut()?.as_object_mut()
    }
}
