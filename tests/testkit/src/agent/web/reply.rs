//! Answers of the local API, its errors with their numeric codes.

use std::io;

use hyper::Response;
use hyper::header::CONTENT_TYPE;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::Call;
use crate::agent::engine::Refusal;
use crate::agent::log::go_json;
use crate::server::{Body, full};

/// An answer before it is one of HTTP.
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
    content_type: &'static str,
    /// What the agent logs about it: message, key, value.
    pub(super) complaint: Option<(&'static str, &'static str, String)>,
}

/// An error as the API writes it; its fields in this order.
#[derive(Serialize)]
struct Error<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    error_code: Option<u16>,
    status_code: u16,
    msg: &'a str,
    details: Value,
}

impl Reply {
    pub(super) fn json(status: u16, body: &impl Serialize) -> Self {
        let mut body = go_json(body).into_bytes();
        body.push(b'\n');
        Self {
            status,
            body,
            content_type: "application/json",
            complaint: None,
        }
    }

    pub(super) fn text(status: u16, body: String) -> Self {
        Self {
            status,
            body: body.into_bytes(),
            content_type: "text/plain; charset=utf-8",
            complaint: None,
        }
    }

    pub(super) fn no_content() -> Self {
        Self::text(204, String::new())
    }

    pub(super) fn error(
        error_code: Option<u16>,
        status_code: u16,
        msg: &'static str,
        details: Value,
    ) -> Self {
        let complaint = details
            .get("err")
            .map(|err| (msg, "err", err))
            .or_else(|| details.get("name").map(|name| (msg, "name", name)))
            .and_then(|(msg, key, value)| Some((msg, key, value.as_str()?.to_owned())));
        let error = Error {
            error_code,
            status_code,
            msg,
            details,
        };
        Self {
            complaint,
            ..Self::json(status_code, &error)
        }
    }

    pub(super) fn not_found(call: &Call) -> Self {
        Self::error(None, 404, "Not Found", json!({"path": call.path}))
    }

    pub(super) fn method_not_allowed(call: &Call, allowed: &str) -> Self {
        let details = json!({"allowed": allowed, "method": call.method.as_str()});
        Self::error(None, 405, "Method Not Allowed", details)
    }

    pub(super) fn no_such_tunnel(name: &str) -> Self {
        Self::error(Some(100), 404, "tunnel not found", json!({"name": name}))
    }

    pub(super) fn invalid(reason: &str) -> Self {
        let details = json!({"err": reason});
        Self::error(Some(102), 400, "invalid tunnel configuration", details)
    }

    pub(super) fn no_such_request(id: &str) -> Self {
        Self::error(Some(106), 404, "request entry not found", json!({"id": id}))
    }

    pub(super) fn internal(reason: &str) -> Self {
        Self::error(Some(107), 500, "internal error", json!({"err": reason}))
    }

    pub(super) fn bad_parameter(reason: &str) -> Self {
        let details = json!({"err": reason});
        Self::error(
            None,
            400,
            "failed to deserialize request parameter",
            details,
        )
    }

    pub(super) fn into_response(self) -> io::Result<Response<Body>> {
        let mut response = Response::builder().status(self.status);
        if self.status != 204 {
            response = response.header(CONTENT_TYPE, self.content_type);
        }
        response.body(full(self.body)).map_err(io::Error::other)
    }
}

impl From<Refusal> for Reply {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotReady => Self::error(
                Some(104),
                503,
                "ngrok is not yet ready to start tunnels",
                json!({"err": "a successful ngrok tunnel session has not yet been established"}),
            ),
            Refusal::Invalid(reason) => Self::invalid(&reason),
            Refusal::Failed(reason) => Self::error(
                Some(103),
                502,
                "failed to start tunnel",
                json!({"err": reason}),
            ),
        }
    }
}

/// The JSON of a body, in Go's manner: the first value counts, the rest is not looked at.
pub(super) fn body<T: DeserializeOwned>(call: &Call) -> Result<T, Reply> {
    let essence = call.content_type.split(';').next().unwrap_or_default();
    if essence.trim() != "application/json" {
        let details = json!({"available": ["application/json", "text/xml", "application/xml"], "content-type": call.content_type});
        return Err(Reply::error(
            None,
            415,
            "unsupported request Content-Type",
            details,
        ));
    }
    let mut values = serde_json::Deserializer::from_slice(&call.body).into_iter::<T>();
    match values.next() {
        None => Err(Reply::bad_parameter("EOF")),
        Some(Ok(value)) => Ok(value),
        Some(Err(error)) if error.is_eof() => Err(Reply::bad_parameter("unexpected EOF")),
        Some(Err(error)) if error.is_data() => Err(Reply::bad_parameter(&format!("json: {error}"))),
        Some(Err(_)) => {
            let text = String::from_utf8_lossy(&call.body);
            let first = text.trim_start().chars().next().unwrap_or(' ');
            Err(Reply::bad_parameter(&format!(
                "invalid character '{first}' looking for beginning of value"
            )))
        }
    }
}
