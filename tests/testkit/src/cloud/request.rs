//! A request as it came in.

use hyper::HeaderMap;
use hyper::http::request::Parts;
use serde_json::Value;

/// A request that reached a [`LoopbackCloud`](crate::LoopbackCloud), refused or not.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CloudRequest {
    /// `GET`, `POST`, ….
    pub method: String,
    /// The path as it was sent, escapes and all.
    pub path: String,
    /// The query as it was sent, without the `?`.
    pub query: String,
    /// Names in lower case, in the order in which they were sent. The key is among them: it is a test's.
    pub headers: Vec<(String, String)>,
    /// The body, null if there was none or it was not JSON.
    pub body: Value,
}

impl CloudRequest {
    pub(super) fn new(head: &Parts, body: &[u8]) -> Self {
        Self {
            method: head.method.to_string(),
            path: head.uri.path().to_owned(),
            query: head.uri.query().unwrap_or("").to_owned(),
            headers: headers(&head.headers),
            body: serde_json::from_slice(body).unwrap_or_default(),
        }
    }

    /// Returns the first header of that name, in any case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(given, _)| given.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

fn headers(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    headers
        .iter()
        .map(|(name, value)| (name.to_string(), text(value.as_bytes())))
        .collect()
}
