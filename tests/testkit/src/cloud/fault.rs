//! What can go wrong with an answer of the loopback cloud when a test asks for it.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use bytes::Bytes;
use hyper::Response;
use serde_json::Value;

use super::api::Answer;
use crate::server::{Body, full, streamed};

/// One fault. The request is carried out all the same, unless it is the answer that says otherwise.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum CloudFault {
    /// This status, these headers and this body instead of the answer: a 502 in HTML, a 429 with `Retry-After`, a redirect.
    Answer {
        /// The HTTP status.
        status: u16,
        /// Headers by name.
        headers: Vec<(String, String)>,
        /// The body as it is sent.
        body: String,
    },
    /// The answer comes late.
    Delay(Duration),
    /// The connection is closed without an answer.
    Close,
    /// The connection is closed in the middle of the body, after this many bytes.
    Cut(usize),
    /// A list whose `next_page_uri` is this: another origin, the same page again, an empty text.
    NextPage(String),
    /// A list without items that names the next page all the same.
    EmptyPage,
}

impl CloudFault {
    /// This status with an HTML page, as a gateway on the way answers.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self::Answer {
            status,
            headers: vec![("content-type".to_owned(), "text/html".to_owned())],
            body: format!("<html><body><h1>{status}</h1></body></html>"),
        }
    }

    /// A 429 that asks to come back after so many seconds.
    #[must_use]
    pub fn too_many(retry_after: u64) -> Self {
        Self::Answer {
            status: 429,
            headers: vec![("retry-after".to_owned(), retry_after.to_string())],
            body:
                r#"{"error_code":"ERR_NGROK_226","status_code":429,"msg":"slow down","details":{}}"#
                    .to_owned(),
        }
    }
}

/// Faults that wait for their request.
#[derive(Debug, Default)]
pub(super) struct Faults {
    answered: usize,
    waiting: BTreeMap<usize, CloudFault>,
}

impl Faults {
    pub(super) fn add(&mut self, nth: usize, fault: CloudFault) {
        self.waiting.insert(self.answered + nth, fault);
    }

    /// The fault of the request that is being answered.
    pub(super) fn next(&mut self) -> Option<CloudFault> {
        self.answered += 1;
        self.waiting.remove(&self.answered)
    }
}

/// Sends the answer, with its fault.
pub(super) async fn deliver(
    mut answer: Answer,
    fault: Option<CloudFault>,
) -> io::Result<Response<Body>> {
    match fault {
        None => response(&answer),
        Some(CloudFault::Answer {
            status,
            headers,
            body,
        }) => {
            let mut builder = Response::builder().status(status);
            for (name, value) in headers {
                builder = builder.header(name, value);
            }
            builder.body(full(body)).map_err(io::Error::other)
        }
        Some(CloudFault::Delay(delay)) => {
            tokio::time::sleep(delay).await;
            response(&answer)
        }
        Some(CloudFault::Close) => Err(io::Error::other("closed on request")),
        Some(CloudFault::Cut(after)) => cut(&answer, after),
        Some(CloudFault::NextPage(uri)) => {
            if let Some(Value::Object(body)) = &mut answer.body {
                body.insert("next_page_uri".to_owned(), uri.into());
            }
            response(&answer)
        }
        Some(CloudFault::EmptyPage) => {
            if let Some(Value::Object(body)) = &mut answer.body {
                for value in body.values_mut().filter(|value| value.is_array()) {
                    *value = Value::Array(Vec::new());
                }
            }
            response(&answer)
        }
    }
}

fn response(answer: &Answer) -> io::Result<Response<Body>> {
    let builder = Response::builder().status(answer.status);
    let done = match &answer.body {
        None => builder.body(full(Bytes::new())),
        Some(body) => builder
            .header("content-type", "application/json")
            .header("ngrok-operation-id", "op_loopback")
            .body(full(body.to_string())),
    };
    done.map_err(io::Error::other)
}

/// A body that promises all its bytes and ends with an error after some of them.
fn cut(answer: &Answer, after: usize) -> io::Result<Response<Body>> {
    let text = answer.body.as_ref().map(Value::to_string);
    let mut bytes = Bytes::from(text.unwrap_or_default());
    let length = bytes.len();
    let body = streamed(move |mut pieces| async move {
        let _ = pieces.send_data(bytes.split_to(after.min(length))).await;
        // The server flushes when a body makes it wait; without that, the error would take the head along.
        tokio::task::yield_now().await;
        (pieces, Err(io::Error::other("cut on request")))
    });
    Response::builder()
        .status(answer.status)
        .header("content-type", "application/json")
        .header("content-length", length)
        .body(body)
        .map_err(io::Error::other)
}
