//! Captured requests as HAR 1.2, the format that browsers and proxies read.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value, json};

use crate::captured::is_secret;
use crate::{Body, CapturedRequest, Headers, HttpRequest, HttpResponse};

const MASK: &str = "***";

/// An export of captured requests as [HAR 1.2](http://www.softwareishard.com/blog/har-12-spec/).
///
/// Values of `Authorization`, cookies and headers named like a token, API key or secret are masked, unless asked for. Bodies and URLs are not searched for secrets.
///
/// ```no_run
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let client = ngrok_localapi::Client::new("http://127.0.0.1:4040")?;
/// let har = ngrok_localapi::Har::new().export(&client.requests().list()?);
/// std::fs::write("requests.har", har.to_string())?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Har {
    with_secrets: bool,
}

impl Har {
    /// An export with secrets masked.
    pub fn new() -> Self {
        Self::default()
    }

    /// Leaves secrets in.
    pub fn with_secrets(mut self) -> Self {
        self.with_secrets = true;
        self
    }

    /// The whole document, oldest request first.
    pub fn export(&self, requests: &[CapturedRequest]) -> Value {
        let mut sorted: Vec<&CapturedRequest> = requests.iter().rev().collect();
        sorted.sort_by_key(|request| request.start.to_system_time());
        let entries: Vec<Value> = sorted
            .into_iter()
            .map(|request| self.entry(request))
            .collect();
        json!({ "log": {
            "version": "1.2",
            "creator": { "name": env!("CARGO_PKG_NAME"), "version": env!("CARGO_PKG_VERSION") },
            "entries": entries,
        }})
    }

    fn entry(&self, captured: &CapturedRequest) -> Value {
        let millis = captured.duration.as_secs_f64() * 1000.0;
        json!({
            "startedDateTime": captured.start,
            "time": millis,
            "request": self.request(&captured.request),
            "response": self.response(captured.response.as_ref()),
            "cache": {},
            // The agent does not tell the parts of the duration.
            "timings": { "send": 0, "wait": millis, "receive": 0 },
            "_id": captured.id,
            "_tunnelName": captured.tunnel_name,
            "_remoteAddr": captured.remote_addr,
        })
    }

    fn request(&self, request: &HttpRequest) -> Value {
        let body = request.body().unwrap_or_default();
        let mut json = json!({
            "method": request.method,
            "url": url(request),
            "httpVersion": request.proto,
            "cookies": self.cookies(request.headers.get_all("cookie").flat_map(|line| line.split(';'))),
            "headers": self.headers(&request.headers),
            "queryString": query_string(request),
            "headersSize": -1,
            "bodySize": body.len(),
        });
        if !body.is_empty()
            && let Value::Object(fields) = &mut json
        {
            fields.insert("postData".to_owned(), content(&body, &request.headers));
        }
        json
    }

    /// A request that has no answer has status 0, as browsers write it.
    fn response(&self, response: Option<&HttpResponse>) -> Value {
        let nothing = HttpResponse::default();
        let response = response.unwrap_or(&nothing);
        let body = response.body().unwrap_or_default();
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
            "bodySize": body.len(),
        })
    }

    fn headers(&self, headers: &Headers) -> Vec<Value> {
        let shown = headers.iter().map(|(name, value)| {
            let secret = is_secret(name);
            let value = if secret { self.masked(value) } else { value };
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

/// Size, type and text; what is no text goes in base64.
fn content(body: &Body, headers: &Headers) -> Value {
    let mut fields = Map::new();
    let mime = headers
        .get("content-type")
        .unwrap_or("application/octet-stream");
    fields.insert("mimeType".to_owned(), json!(mime));
    fields.insert("size".to_owned(), json!(body.len()));
    match str::from_utf8(body) {
        Ok(text) => {
            fields.insert("text".to_owned(), json!(text));
        }
        Err(_) => {
            fields.insert("text".to_owned(), json!(BASE64_STANDARD.encode(&**body)));
            fields.insert("encoding".to_owned(), json!("base64"));
        }
    }
    Value::Object(fields)
}
