//! An answer with an error status, read into its parts. No part of it shows the key.

use std::time::{Duration, SystemTime};

use ngrok_core::{ErrorCode, MASK, Timestamp};
use serde_json::{Map, Value};
use ureq::Body;
use ureq::http::{HeaderMap, Response};

use super::Transport;
use crate::call::Call;
use crate::error::ApiError;

/// As much is kept of a body that is not JSON.
const KEPT: usize = 1 << 10;

impl Transport {
    pub(super) fn api_error(
        &self,
        call: &Call,
        response: &Response<Body>,
        body: &[u8],
        now: SystemTime,
    ) -> ApiError {
        let headers = response.headers();
        let mut error = ApiError {
            request: self.describe(call),
            status: response.status().as_u16(),
            code: None,
            message: None,
            details: None,
            operation_id: text(headers, "ngrok-operation-id").map(str::to_owned),
            body: None,
            retry_after: text(headers, "retry-after").and_then(|v| retry_after(v, now)),
        };
        match serde_json::from_slice::<Map<String, Value>>(body) {
            Ok(mut fields) => {
                // Parts that are missing or of another type than promised are left out, so that none of them can hide the rest.
                let details = self.redact_value(fields.remove("details").unwrap_or_default());
                let id = details.get("operation_id").and_then(Value::as_str);
                error.operation_id = id.map(str::to_owned).or(error.operation_id);
                error.details = Some(details).filter(|details| !details.is_null());
                error.code = fields.get("error_code").and_then(code);
                let message = fields.get("msg").and_then(Value::as_str);
                error.message = message
                    .filter(|message| !message.trim().is_empty())
                    .map(|message| self.redact(message));
            }
            Err(_) => error.body = Some(self.beginning(body)).filter(|text| !text.is_empty()),
        }
        error
    }

    /// The beginning of a body as text. Masked before it is cut, so that no part of the key is left at the cut.
    pub(super) fn beginning(&self, body: &[u8]) -> String {
        let mut shown = self.redact(&String::from_utf8_lossy(body));
        let end = (0..=KEPT).rfind(|&at| shown.is_char_boundary(at));
        shown.truncate(end.unwrap_or_default());
        shown
    }

    /// The service repeats the key in some messages (ERR_NGROK_202 and its neighbours).
    fn redact(&self, text: &str) -> String {
        text.replace(self.key.expose(), MASK)
    }

    fn redact_value(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.redact(&text)),
            Value::Array(items) => items.into_iter().map(|v| self.redact_value(v)).collect(),
            Value::Object(fields) => fields
                .into_iter()
                .map(|(name, v)| (name, self.redact_value(v)))
                .collect(),
            other => other,
        }
    }
}

/// Codes are strings, but a bare number is as good.
fn code(value: &Value) -> Option<ErrorCode> {
    match value {
        Value::String(text) => text.trim().parse().ok(),
        Value::Number(number) => number.to_string().parse().ok(),
        _ => None,
    }
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

/// `Retry-After` in both its forms: seconds, or a date.
fn retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    match value.trim().parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => {
            let at = Timestamp::from_http_date(value)?.to_system_time()?;
            Some(at.duration_since(now).unwrap_or_default())
        }
    }
}
