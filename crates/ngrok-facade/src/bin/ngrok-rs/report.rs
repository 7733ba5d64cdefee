//! Captured requests as one page for a browser, without scripts and without anything from elsewhere.

use std::time::{Duration, SystemTime};

use ngrok_facade::localapi::{CapturedRequest, Har};
use serde_json::Value;

use crate::{page, text};

const STYLE: &str = include_str!("report.css");

/// The most of a body that is shown, in characters.
const MOST: usize = 64 * 1024;

/// Returns the page. Secrets are masked as in HAR, of which it is made.
pub(crate) fn html(requests: &[CapturedRequest]) -> String {
    let har = Har::new().export(requests);
    let nothing = Vec::new();
    let entries = har
        .pointer("/log/entries")
        .and_then(Value::as_array)
        .unwrap_or(&nothing);
    let span = Span::of(requests);
    let mut body = String::new();
    for entry in entries {
        let id = field(entry, "/_id");
        if let Some(request) = requests.iter().find(|request| request.id == id) {
            body.push_str(&row(entry, request, &span));
        }
    }
    if entries.is_empty() {
        body.push_str("<p class=none>No requests were captured.</p>");
    }
    format!(
        "<!doctype html>\n<html lang=en>\n<head>\n<meta charset=utf-8>\n\
         <meta name=viewport content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=Content-Security-Policy content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>{count} captured requests</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
         <header><h1>Captured requests</h1>{summary}</header>\n<main>\n{body}</main>\n\
         <footer>Written by ngrok-rs {version}. Authorization, cookies and headers named like a token, key or secret are masked; URLs and bodies are as they were sent.</footer>\n\
         </body>\n</html>\n",
        count = entries.len(),
        summary = summary(requests, &span),
        version = env!("CARGO_PKG_VERSION"),
    )
}

/// The time from the first request to the last response.
struct Span {
    start: SystemTime,
    length: Duration,
}

impl Span {
    fn of(requests: &[CapturedRequest]) -> Self {
        let start = requests
            .iter()
            .map(began)
            .min()
            .unwrap_or(SystemTime::UNIX_EPOCH);
        let ends = requests
            .iter()
            .filter_map(|request| began(request).checked_add(request.duration));
        let end = ends.max().unwrap_or(start);
        Self {
            start,
            length: end.duration_since(start).unwrap_or_default(),
        }
    }

    /// Returns where in the span a request lies, in percent: where it begins and how long it is.
    fn place(&self, request: &CapturedRequest) -> (f64, f64) {
        let whole = self.length.as_secs_f64().max(f64::MIN_POSITIVE);
        let since = began(request)
            .duration_since(self.start)
            .unwrap_or_default();
        let left = (since.as_secs_f64() / whole * 100.0).clamp(0.0, 99.5);
        let width = (request.duration.as_secs_f64() / whole * 100.0).clamp(0.5, 100.0 - left);
        (left, width)
    }
}

fn began(request: &CapturedRequest) -> SystemTime {
    request
        .start
        .to_system_time()
        .unwrap_or(SystemTime::UNIX_EPOCH)
}

fn summary(requests: &[CapturedRequest], span: &Span) -> String {
    let failed = requests
        .iter()
        .filter(|request| {
            request
                .response
                .as_ref()
                .is_none_or(|it| it.status_code >= 400)
        })
        .count();
    let mut durations: Vec<Duration> = requests
        .iter()
        .filter(|request| request.response.is_some())
        .map(|request| request.duration)
        .collect();
    durations.sort_unstable();
    let at = |percent: usize| {
        let rank = (durations.len() * percent).div_ceil(100);
        durations
            .get(rank.saturating_sub(1))
            .copied()
            .map_or("–".to_owned(), text::milliseconds)
    };
    let first = requests
        .iter()
        .map(|it| it.start.to_string())
        .min()
        .unwrap_or_default();
    format!(
        "<dl><div><dt>Requests<dd>{}</div><div><dt>Failed<dd>{failed}</div>\
         <div><dt>Median<dd>{}</div><div><dt>95 %<dd>{}</div>\
         <div><dt>Time<dd>{}</div><div><dt>From<dd>{}</div></dl>",
        requests.len(),
        at(50),
        at(95),
        text::milliseconds(span.length),
        escaped(&first),
    )
}

fn row(entry: &Value, request: &CapturedRequest, span: &Span) -> String {
    let status = entry
        .pointer("/response/status")
        .and_then(Value::as_u64)
        .unwrap_or_default();
    let class = match status {
        0 | 500.. => "bad",
        400.. => "warn",
        300.. => "moved",
        _ => "good",
    };
    let shown = if status == 0 {
        "none".to_owned()
    } else {
        status.to_string()
    };
    let (left, width) = span.place(request);
    let replayed = if request.is_replay() {
        " <i>replayed</i>"
    } else {
        ""
    };
    format!(
        "<details>\n<summary><b>{method}</b><span class=path>{path}{replayed}</span>\
         <span class=\"status {class}\">{shown}</span><span class=ms>{ms}</span>\
         <span class=track><span class=\"bar {class}\" style=\"left:{left:.2}%;width:{width:.2}%\"></span></span></summary>\n\
         <section>{asked}{answered}</section>\n</details>\n",
        method = escaped(&request.request.method),
        path = escaped(&request.request.uri),
        ms = text::milliseconds(request.duration),
        asked = message("Request", entry.get("request"), "/postData"),
        answered = message(
            "Response",
            entry.get("response").filter(|_| status != 0),
            "/content"
        ),
    )
}

/// One half of a request: its headers and its body.
fn message(title: &str, message: Option<&Value>, body_at: &str) -> String {
    let Some(message) = message else {
        return format!("<div><h2>{title}</h2><p class=none>There is none.</p></div>");
    };
    let mut headers = String::new();
    for header in message
        .get("headers")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        headers.push_str(&format!(
            "<tr><th>{}<td>{}\n",
            escaped(field(header, "/name")),
            escaped(field(header, "/value"))
        ));
    }
    let body = message.pointer(body_at).map_or(String::new(), body);
    format!("<div><h2>{title}</h2><table>{headers}</table>{body}</div>")
}

fn body(content: &Value) -> String {
    let text = field(content, "/text");
    if text.is_empty() {
        return String::new();
    }
    if field(content, "/encoding") == "base64" {
        let size = content
            .get("size")
            .and_then(Value::as_u64)
            .unwrap_or_default();
        return format!("<p class=none>Binary, {size} bytes.</p>");
    }
    let readable = page::readable(text.as_bytes(), field(content, "/mimeType"));
    let cut = text::shortened(&readable, MOST);
    format!("<pre>{}</pre>", escaped(&cut))
}

fn field<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// Returns text that is text in a page too, whatever it holds.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\n' | '\t' => escaped.push(c),
            c if c.is_control() => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(json: serde_json::Value) -> CapturedRequest {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn secrets_are_masked_and_what_visitors_send_stays_text() {
        let page = html(&[request(serde_json::json!({
            "id": "a", "start": "2026-11-25T10:00:00Z", "duration": 5_000_000,
            "request": {"method": "GET", "uri": "/<script>alert(1)</script>", "proto": "HTTP/1.1",
                "headers": {"Authorization": ["Bearer planted"], "X-Evil": ["\"><img src=x>\u{1b}"]}},
            "response": {"status": "200 OK", "status_code": 200, "proto": "HTTP/1.1",
                "headers": {"Set-Cookie": ["id=planted"]}},
        }))]);
        assert!(!page.contains("planted") && page.contains("***"), "{page}");
        assert!(
            page.contains("/&lt;script&gt;alert(1)&lt;/script&gt;"),
            "{page}"
        );
        assert!(!page.contains("<script") && !page.contains("<img") && !page.contains('\u{1b}'));
        for elsewhere in ["http://", "https://", "url(", "@import", "href"] {
            assert!(!page.contains(elsewhere), "{elsewhere}");
        }
    }

    #[test]
    fn bars_lie_where_the_request_lay_in_time() {
        let at = |start: &str, ms: u64| {
            request(serde_json::json!({"id": start, "start": start, "duration": ms * 1_000_000}))
        };
        let requests = [
            at("2026-11-25T10:00:03Z", 1000),
            at("2026-11-25T10:00:00Z", 2000),
        ];
        let span = Span::of(&requests);
        assert_eq!(span.length, Duration::from_secs(4));
        assert_eq!(span.place(&requests[0]), (75.0, 25.0));
        assert_eq!(span.place(&requests[1]), (0.0, 50.0));
        assert!(html(&[]).contains("No requests"));
    }
}
