//! Captured requests as HAR 1.2, the format that browsers and proxies read.

use std::borrow::Cow;
use std::io::{self, Write};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ngrok_core::MASK;
use ngrok_core::mask::{is_secret_name, mask_text};
use serde_json::{Map, Value, json};

use crate::{Body, CapturedRequest, ErrorKind, Headers, HttpRequest, HttpResponse, Result};

/// How many bytes of decoded bodies one document holds by default. Two small compressed requests of a visitor can unfold to
/// gigabytes.
const BUDGET: usize = 64 * 1024 * 1024;

/// How many bytes of one decoded body a document holds by default.
const BODY_CAP: usize = 16 * 1024 * 1024;

/// An export of captured requests as [HAR 1.2](http://www.softwareishard.com/blog/har-12-spec/).
///
/// Values of `Authorization`, cookies and headers named like a token, API key or secret are masked, unless asked for, and
/// so are values that look like a credential. Bodies and URLs are not searched for secrets.
///
/// A document holds at most 64 MiB of decoded bodies, and 16 MiB of one. A body that does not fit is left out, and the
/// `comment` beside it says so.
///
/// ```no_run
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let client = ngrok_localapi::Client::new("http://127.0.0.1:4040")?;
/// let file = std::fs::File::create("requests.har")?;
/// ngrok_localapi::Har::new().write(&client.requests().list()?, std::io::BufWriter::new(file))?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Har {
    with_secrets: bool,
    budget: usize,
    body_cap: usize,
}

impl Default for Har {
    fn default() -> Self {
        Self {
            with_secrets: false,
            budget: BUDGET,
            body_cap: BODY_CAP,
        }
    }
}

impl Har {
    /// Makes an export with secrets masked.
    pub fn new() -> Self {
        Self::default()
    }

    /// Leaves secrets in.
    pub fn with_secrets(mut self) -> Self {
        self.with_secrets = true;
        self
    }

    /// Limits the decoded bodies of the whole document to this many bytes. Default: 64 MiB.
    pub fn budget(mut self, bytes: usize) -> Self {
        self.budget = bytes;
        self
    }

    /// Limits each decoded body to this many bytes. Default: 16 MiB.
    pub fn body_cap(mut self, bytes: usize) -> Self {
        self.body_cap = bytes;
        self
    }

    /// Returns the whole document, oldest request first.
    pub fn export(&self, requests: &[CapturedRequest]) -> Value {
        let mut left = self.budget;
        let entries: Vec<Value> = oldest_first(requests)
            .into_iter()
            .map(|request| self.entry(request, &mut left))
            .collect();
        json!({ "log": {
            "version": "1.2",
            "creator": creator(),
            "entries": entries,
        }})
    }

    /// Writes the whole document, oldest request first, holding one request's bodies in memory at a time.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn write(&self, requests: &[CapturedRequest], mut to: impl Write) -> io::Result<()> {
        let mut left = self.budget;
        write!(
            to,
            "{{\"log\":{{\"version\":\"1.2\",\"creator\":{},\"entries\":[",
            creator()
        )?;
        for (at, request) in oldest_first(requests).into_iter().enumerate() {
            to.write_all(if at == 0 { b"\n" } else { b",\n" })?;
            serde_json::to_writer(&mut to, &self.entry(request, &mut left))?;
        }
        to.write_all(b"\n]}}\n")?;
        to.flush()
    }

    fn entry(&self, captured: &CapturedRequest, left: &mut usize) -> Value {
        let millis = captured.duration.as_secs_f64() * 1000.0;
        json!({
            "startedDateTime": captured.start,
            "time": millis,
            "request": self.request(&captured.request, left),
            "response": self.response(captured.response.as_ref(), left),
            "cache": {},
            // The agent does not tell the parts of the duration.
            "timings": { "send": 0, "wait": millis, "receive": 0 },
            "_id": captured.id,
            "_tunnelName": captured.tunnel_name,
            "_remoteAddr": captured.remote_addr,
        })
    }

    fn request(&self, request: &HttpRequest, left: &mut usize) -> Value {
        let body = self.body(left, |max| request.body_capped(max));
        let mut json = json!({
            "method": request.method,
            "url": url(request),
            "httpVersion": request.proto,
            "cookies": self.cookies(request.headers.get_all("cookie").flat_map(|line| line.split(';'))),
            "headers": self.headers(&request.headers),
            "queryString": query_string(request),
            "headersSize": -1,
            "bodySize": body.size(),
        });
        if !body.is_nothing()
            && let Value::Object(fields) = &mut json
        {
            fields.insert("postData".to_owned(), content(&body, &request.headers));
        }
        json
    }

    /// A request that has no answer has status 0, as browsers write it.
    fn response(&self, response: Option<&HttpResponse>, left: &mut usize) -> Value {
        let nothing = HttpResponse::default();
        let response = response.unwrap_or(&nothing);
        let body = self.body(left, |max| response.body_capped(max));
        let text = response.status.split_once(' ').map_or("", |(_, text)| text);
        // Of `Set-Cookie`, only what stands before the attributes.
        let cookies = response.headers.get_all("set-cookie");
        let cookies = cookies.filter_map(|line| line.split(';').next());
        json!({
            "status": response.status_code,
            "statusText": text,
            "httpVersion": response.proto,
            "cookies": self.cookies(cookies),
            "headers": self.headers(&response.headers),
            "content": content(&body, &response.headers),
            "redirectURL": response.header("location").unwrap_or_default(),
            "headersSize": -1,
            "bodySize": body.size(),
        })
    }

    /// Takes a body out of what is left of the budget.
    fn body(&self, left: &mut usize, decode: impl Fn(usize) -> Result<Body>) -> Exported {
        let cap = self.body_cap.min(*left);
        match decode(cap) {
            Ok(body) => {
                *left -= body.len();
                Exported::Body(body)
            }
            Err(error) if error.kind() == ErrorKind::TooLarge => {
                Exported::LeftOut(if cap < self.body_cap {
                    format!(
                        "the body is left out: the document holds at most {} bytes of bodies",
                        self.budget
                    )
                } else {
                    format!("the body is left out: it has more than {cap} bytes")
                })
            }
            Err(error) => Exported::LeftOut(format!("the body is left out: {error}")),
        }
    }

    fn headers(&self, headers: &Headers) -> Vec<Value> {
        let shown = headers.iter().map(|(name, value)| {
            let value = if self.with_secrets {
                Cow::Borrowed(value)
            } else if is_secret_name(name) {
                Cow::Borrowed(MASK)
            } else {
                mask_text(value)
            };
            json!({ "name": name, "value": value })
        });
        shown.collect()
    }

    fn cookies<'a>(&self, pairs: impl Iterator<Item = &'a str>) -> Vec<Value> {
        let pairs = pairs.filter_map(|pair| pair.trim().split_once('='));
        pairs
            .map(|(name, value)| json!({ "name": name, "value": self.masked(value) }))
            .collect()
    }

    fn masked<'a>(&self, value: &'a str) -> &'a str {
        if self.with_secrets { value } else { MASK }
    }
}

/// A body as the document has it.
enum Exported {
    Body(Body),
    /// With the reason.
    LeftOut(String),
}

impl Exported {
    fn is_nothing(&self) -> bool {
        matches!(self, Self::Body(body) if body.is_empty())
    }

    /// The number of bytes; -1 is HAR's "unknown".
    fn size(&self) -> i64 {
        match self {
            Self::Body(body) => i64::try_from(body.len()).unwrap_or(-1),
            Self::LeftOut(_) => -1,
        }
    }
}

fn creator() -> Value {
    json!({ "name": env!("CARGO_PKG_NAME"), "version": env!("CARGO_PKG_VERSION") })
}

/// The agent lists the newest first; requests of one moment keep their order.
fn oldest_first(requests: &[CapturedRequest]) -> Vec<&CapturedRequest> {
    let mut sorted: Vec<&CapturedRequest> = requests.iter().rev().collect();
    sorted.sort_by_key(|request| request.start.to_system_time());
    sorted
}

/// The agent keeps the path alone; the rest stands in headers that ngrok's edge sets.
fn url(request: &HttpRequest) -> String {
    if !request.uri.starts_with('/') {
        return request.uri.clone();
    }
    let scheme = request.header("x-forwarded-proto").unwrap_or("http");
    let host = request
        .header("x-forwarded-host")
        .or(request.header("host"))
        .unwrap_or("localhost");
    format!("{scheme}://{host}{}", request.uri)
}

fn query_string(request: &HttpRequest) -> Vec<Value> {
    let decode = |text: &str| {
        let text = text.replace('+', " ");
        let decoded = percent_encoding::percent_decode_str(&text).decode_utf8_lossy();
        decoded.into_owned()
    };
    let pairs = request.query().unwrap_or_default().split('&');
    pairs
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| json!({ "name": decode(name), "value": decode(value) }))
        .collect()
}

/// Size, type and text; bytes that are not UTF-8 go in base64.
fn content(body: &Exported, headers: &Headers) -> Value {
    let mut fields = Map::new();
    let mime = headers
        .get("content-type")
        .unwrap_or("application/octet-stream");
    fields.insert("mimeType".to_owned(), json!(mime));
    fields.insert("size".to_owned(), json!(body.size()));
    let bytes: &[u8] = match body {
        Exported::Body(body) => body,
        Exported::LeftOut(why) => {
            fields.insert("comment".to_owned(), json!(why));
            return Value::Object(fields);
        }
    };
    match str::from_utf8(bytes) {
        Ok(text) => {
            fields.insert("text".to_owned(), json!(text));
        }
        Err(_) => {
            fields.insert("text".to_owned(), json!(BASE64_STANDARD.encode(bytes)));
            fields.insert("encoding".to_owned(), json!("base64"));
        }
    }
    Value::Object(fields)
}
