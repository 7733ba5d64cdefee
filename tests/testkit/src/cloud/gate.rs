//! The door of the loopback cloud: the key, the version header and the rate limit, before any resource is looked at.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use hyper::http::request::Parts;
use serde_json::Value;

use super::api::Answer;

const MINUTE: Duration = Duration::from_secs(60);

/// A request as it came in.
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
        let header = |value: &hyper::header::HeaderValue| {
            String::from_utf8_lossy(value.as_bytes()).into_owned()
        };
        Self {
            method: head.method.to_string(),
            path: head.uri.path().to_owned(),
            query: head.uri.query().unwrap_or("").to_owned(),
            headers: head
                .headers
                .iter()
                .map(|(name, value)| (name.to_string(), header(value)))
                .collect(),
            body: serde_json::from_slice(body).unwrap_or_default(),
        }
    }

    /// The first header of that name, whatever its case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(given, _)| given.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

#[derive(Debug)]
pub(super) struct Gate {
    api_key: String,
    prefix: String,
    per_minute: Option<usize>,
    /// When the requests of the last minute came.
    recent: VecDeque<Instant>,
}

impl Gate {
    pub(super) fn new(api_key: String, prefix: String, per_minute: Option<usize>) -> Self {
        Self {
            api_key,
            prefix,
            per_minute,
            recent: VecDeque::new(),
        }
    }

    pub(super) fn api_key(&self) -> &str {
        &self.api_key
    }

    /// The path without the prefix that stands before every other; a path outside it leads nowhere.
    pub(super) fn within<'p>(&self, path: &'p str) -> &'p str {
        path.strip_prefix(self.prefix.as_str()).unwrap_or("")
    }

    /// The refusal that ngrok gives before it looks at the path, if there is cause for one.
    pub(super) fn refuses(&mut self, request: &CloudRequest) -> Option<Answer> {
        if request.header("authorization") != Some(&format!("Bearer {}", self.api_key)) {
            return Some(Answer::error(
                401,
                "ERR_NGROK_202",
                "The API authentication you specified does not look like a valid credential.",
            ));
        }
        if request.header("ngrok-version") != Some("2") {
            return Some(Answer::error(
                400,
                "ERR_NGROK_218",
                "The 'ngrok-version' header must be specified and be '2'.",
            ));
        }
        let limit = self.per_minute?;
        let now = Instant::now();
        while self.recent.front().is_some_and(|at| now - *at >= MINUTE) {
            self.recent.pop_front();
        }
        if self.recent.len() >= limit {
            return Some(Answer::error(
                429,
                "ERR_NGROK_226",
                format!("Your account may not send more than {limit} requests in a minute."),
            ));
        }
        self.recent.push_back(now);
        None
    }
}
