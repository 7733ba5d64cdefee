//! A request that the agent captured, with its answer.

mod body;
mod headers;

pub use body::Body;
pub use headers::Headers;

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use ngrok_core::Deadline;

use crate::{Result, Timestamp, lenient};

/// The most that `body()` gives back, so that a small compressed body cannot fill the memory.
const MAX_BODY: usize = 64 * 1024 * 1024;

/// The longest that decoding one body takes: what a visitor sent must not hold the caller up.
const MAX_DECODING: Duration = Duration::from_secs(10);

/// A request that came through a tunnel, as the agent captured it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct CapturedRequest {
    /// What the agent calls it.
    #[serde(deserialize_with = "lenient::or_default")]
    pub id: String,
    /// The path of its description in this API.
    #[serde(deserialize_with = "lenient::or_default")]
    pub uri: String,
    /// The tunnel or endpoint that it came through.
    #[serde(deserialize_with = "lenient::or_default")]
    pub tunnel_name: String,
    /// Who called; `replayed` for a replay.
    #[serde(deserialize_with = "lenient::or_default")]
    pub remote_addr: String,
    /// When it came.
    #[serde(deserialize_with = "lenient::or_default")]
    pub start: Timestamp,
    /// How long the answer took; zero while there is none.
    #[serde(with = "lenient::nanos")]
    pub duration: Duration,
    /// What was asked.
    #[serde(deserialize_with = "lenient::or_default")]
    pub request: HttpRequest,
    /// What the upstream, or the agent in its place, answered. None while it is under way and for ever if it failed.
    #[serde(deserialize_with = "answered")]
    pub response: Option<HttpResponse>,
    /// What this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// The request of a [`CapturedRequest`].
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct HttpRequest {
    /// `GET`, `POST` and so on.
    #[serde(deserialize_with = "lenient::or_default")]
    pub method: String,
    /// `HTTP/1.1`.
    #[serde(deserialize_with = "lenient::or_default")]
    pub proto: String,
    /// The headers, as the agent parsed them.
    #[serde(deserialize_with = "lenient::or_default")]
    pub headers: Headers,
    /// Path and query.
    #[serde(deserialize_with = "lenient::or_default")]
    pub uri: String,
    /// The whole message in base64, if the agent kept it.
    pub raw: Option<String>,
    /// What this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// The answer of a [`CapturedRequest`].
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct HttpResponse {
    /// `200 OK`.
    #[serde(deserialize_with = "lenient::or_default")]
    pub status: String,
    /// `200`.
    #[serde(deserialize_with = "lenient::or_default")]
    pub status_code: u16,
    /// `HTTP/1.1`.
    #[serde(deserialize_with = "lenient::or_default")]
    pub proto: String,
    /// The headers, as the agent parsed them.
    #[serde(deserialize_with = "lenient::or_default")]
    pub headers: Headers,
    /// The whole message in base64, if the agent kept it.
    pub raw: Option<String>,
    /// What this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl CapturedRequest {
    /// Whether it is a replay of another request.
    pub fn is_replay(&self) -> bool {
        self.remote_addr == "replayed"
    }
}

impl HttpRequest {
    /// The path without the query, as it was sent.
    pub fn path(&self) -> &str {
        self.uri.split('?').next().unwrap_or_default()
    }

    /// What stands after `?`, as it was sent.
    pub fn query(&self) -> Option<&str> {
        self.uri.split_once('?').map(|(_, query)| query)
    }
}

/// What the two halves of a [`CapturedRequest`] have in common.
macro_rules! captured_message {
    ($($half:ty),*) => {$(
        impl $half {
            /// The first value of a header; case does not matter.
            pub fn header(&self, name: &str) -> Option<&str> {
                self.headers.get(name)
            }

            /// The message as it was on the wire, or as much as the agent kept of it; empty if that is nothing.
            ///
            /// # Errors
            ///
            /// [`Decode`](crate::ErrorKind::Decode) if the agent's base64 is broken.
            pub fn raw_bytes(&self) -> Result<Vec<u8>> {
                body::raw_bytes(self.raw.as_deref())
            }

            /// Returns the body, without chunks and decompressed (gzip, deflate). At most 64 MiB of it, within ten
            /// seconds.
            ///
            /// # Errors
            ///
            /// [`Decode`](crate::ErrorKind::Decode) if it is broken, encoded in another way or more than eight times over,
            /// [`TooLarge`](crate::ErrorKind::TooLarge) if it unfolds to more than the cap,
            /// [`Timeout`](crate::ErrorKind::Timeout) if decoding takes too long.
            pub fn body(&self) -> Result<Body> {
                self.body_capped(MAX_BODY)
            }

            /// [`body`](Self::body) with another cap, in bytes.
            ///
            /// # Errors
            ///
            /// Those of [`body`](Self::body).
            pub fn body_capped(&self, max: usize) -> Result<Body> {
                body::decode(&self.raw_bytes()?, max, Deadline::after(MAX_DECODING))
            }
        }
    )*};
}

captured_message!(HttpRequest, HttpResponse);

// `Debug` leaves the raw message out, and `Headers` masks what is secret.
impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpRequest")
            .field("method", &self.method)
            .field("uri", &self.uri)
            .field("headers", &self.headers)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for HttpResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpResponse")
            .field("status", &self.status)
            .field("headers", &self.headers)
            .finish_non_exhaustive()
    }
}

/// An answer that has not come is null, or an object whose fields are all empty.
fn answered<'de, D: Deserializer<'de>>(from: D) -> Result<Option<HttpResponse>, D::Error> {
    let response = Option::<HttpResponse>::deserialize(from)?;
    Ok(response.filter(|r| r.status_code != 0 || !r.status.is_empty() || r.raw.is_some()))
}
