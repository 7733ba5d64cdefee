//! Calls from pages of other origins, which the API allows.

use super::answer::Answer;
use super::request::CloudRequest;

/// The origin of the page that a request comes from, if a browser says so.
#[derive(Debug)]
pub(super) struct Origin(Option<String>);

impl Origin {
    pub(super) fn of(request: &CloudRequest) -> Self {
        Self(request.header("origin").map(str::to_owned))
    }

    /// The answer to a browser that asks what it may send, before any other check.
    pub(super) fn preflight(&self, request: &CloudRequest) -> Option<Answer> {
        let asked = request.header("access-control-request-method");
        if request.method != "OPTIONS" || self.0.is_none() || asked.is_none() {
            return None;
        }
        let headers = request
            .header("access-control-request-headers")
            .unwrap_or("");
        let answer = Answer::new(204, None)
            .header(
                "access-control-allow-methods",
                "GET, POST, PUT, PATCH, DELETE, OPTIONS",
            )
            .header("access-control-allow-headers", headers)
            .header("access-control-max-age", "600");
        Some(self.allow(answer))
    }

    pub(super) fn allow(&self, answer: Answer) -> Answer {
        match &self.0 {
            None => answer,
            Some(origin) => answer
                .header("access-control-allow-origin", origin.as_str())
                .header("access-control-allow-credentials", "true")
                .header("vary", "Origin"),
        }
    }
}
