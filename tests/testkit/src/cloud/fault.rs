//! What can go wrong with an answer of the loopback cloud when a test asks for it.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use bytes::Bytes;
use hyper::Response;
use serde_json::Value;

use super::answer::Answer;
use super::facts::Facts;
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

    /// A 429 that asks to come back after this many seconds.
    #[must_use]
    pub fn too_many(retry_after: u64) -> Self {
        let mut fault = Self::refusal("ERR_NGROK_226");
        if let Self::Answer { headers, .. } = &mut fault {
            headers.push(("retry-after".to_owned(), retry_after.to_string()));
        }
        fault
    }

    /// A refusal that depends on what a loopback cloud does not have, by its code: a plan (`ERR_NGROK_1905`), a suspended account
    /// (`ERR_NGROK_205`), too many of something (`ERR_NGROK_415`), maintenance (`ERR_NGROK_1500`). The status and a message come with the code;
    /// 400 for a code that is not known.
    ///
    /// ```
    /// use ngrok_testkit::{CloudFault, LoopbackCloud};
    ///
    /// let cloud = LoopbackCloud::start()?;
    /// // The next request is refused with 403.
    /// cloud.fail(1, CloudFault::refusal("ERR_NGROK_205"));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn refusal(code: &str) -> Self {
        let code = code.strip_prefix("ERR_NGROK_").unwrap_or(code);
        let (_, meaning) = Facts::get().error(code);
        let answer = Answer::refuse(code, format!("{meaning}."));
        Self::Answer {
            status: answer.status,
            headers: vec![
                ("content-type".to_owned(), "application/json".to_owned()),
                ("ngrok-operation-id".to_owned(), answer.operation()),
            ],
            body: answer.body.unwrap_or_default().to_string(),
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
    let mut builder = Response::builder()
        .status(answer.status)
        .header("ngrok-operation-id", answer.operation());
    for (name, value) in &answer.headers {
        builder = builder.header(name, value);
    }
    let done = match &answer.body {
        None => builder.body(full(Bytes::new())),
        Some(body) => builder
            .header("content-type", "application/json")
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
