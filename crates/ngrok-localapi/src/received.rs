//! An answer that has come, and its reading as JSON.

use serde::de::DeserializeOwned;
use serde_json::Value;
use ureq::http::{Method, header};

use crate::error::Detail;
use crate::transport::{Call, Transport};
use crate::{Error, Result};

/// An answer and the call that it belongs to, which an error names.
pub(crate) struct Received {
    method: Method,
    url: String,
    status: u16,
    content_type: Option<String>,
    body: Vec<u8>,
}

impl Received {
    /// Sends `call`.
    pub(crate) fn by(transport: &Transport, call: Call<'_>) -> Result<Self> {
        let answer = transport.send(&call)?;
        let content_type = answer.headers.get(header::CONTENT_TYPE);
        Ok(Self {
            method: call.method,
            url: call.url,
            status: answer.status,
            content_type: content_type.map(|v| String::from_utf8_lossy(v.as_bytes()).into_owned()),
            body: answer.body,
        })
    }

    pub(crate) fn json<T: DeserializeOwned>(self) -> Result<T> {
        match &self.content_type {
            Some(kind) if !kind.to_ascii_lowercase().contains("json") => {
                let problem = format!("is {kind:?} and not JSON");
                Err(self.not_understood(problem, None))
            }
            _ => serde_json::from_slice(&self.body).map_err(|e| {
                self.not_understood("is not the JSON that was expected".to_owned(), Some(e))
            }),
        }
    }

    /// The JSON of any shape; null for an empty answer.
    pub(crate) fn json_or_null(self) -> Result<Value> {
        Ok(self.json_or_none()?.unwrap_or_default())
    }

    /// The JSON, if there is any.
    pub(crate) fn json_or_none<T: DeserializeOwned>(self) -> Result<Option<T>> {
        if self.body.is_empty() {
            Ok(None)
        } else {
            self.json().map(Some)
        }
    }

    fn not_understood(self, problem: String, source: Option<serde_json::Error>) -> Error {
        let detail = Detail::Decode {
            problem,
            status: self.status,
            body: self.body,
            source,
        };
        Error::in_call(detail, self.method.as_str(), &self.url)
    }
}
