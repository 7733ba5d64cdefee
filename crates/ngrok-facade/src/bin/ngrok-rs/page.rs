//! One captured request for a person: headers, and bodies decoded as far as their kind is known.

use ngrok_facade::localapi::{Body, CapturedRequest, Headers};

use crate::live;
use crate::output::Output;
use crate::text::{self, Colour};

/// The most of a body that is decoded, in bytes.
const MOST: usize = 1024 * 1024;
/// The most of a binary body that is shown, in bytes.
const HEX: usize = 256;

/// Returns the two messages of a request as text.
pub(crate) fn page(output: Output, request: &CapturedRequest) -> String {
    let asked = &request.request;
    let mut page = format!(
        "{} {} {}\n",
        output.paint(Colour::Bold, &asked.method),
        asked.uri,
        asked.proto
    );
    push_headers(&mut page, output, &asked.headers);
    push_body(
        &mut page,
        asked.body_capped(MOST),
        asked.header("content-type"),
    );
    match &request.response {
        Some(response) => {
            let colour = live::status_colour(response.status_code);
            page.push_str(&format!(
                "\n{} {}  {}\n",
                response.proto,
                output.paint(colour, &response.status),
                output.paint(Colour::Dim, text::milliseconds(request.duration)),
            ));
            push_headers(&mut page, output, &response.headers);
            push_body(
                &mut page,
                response.body_capped(MOST),
                response.header("content-type"),
            );
        }
        None => page.push_str("\n(no response)\n"),
    }
    page.trim_end().to_owned()
}

fn push_headers(page: &mut String, output: Output, headers: &Headers) {
    for (name, value) in headers.iter() {
        page.push_str(&format!(
            "{} {value}\n",
            output.paint(Colour::Dim, format!("{name}:"))
        ));
    }
}

fn push_body(page: &mut String, body: ngrok_facade::localapi::Result<Body>, kind: Option<&str>) {
    let shown = match body {
        Ok(body) if body.is_empty() => return,
        Ok(body) => {
            let cut = if body.is_truncated() {
                "\n(the agent kept no more)"
            } else {
                ""
            };
            format!("{}{cut}", readable(&body, kind.unwrap_or_default()))
        }
        Err(error) => format!("(the body cannot be decoded: {error})"),
    };
    page.push_str(&format!("\n{shown}\n"));
}

/// Returns a body as people read it: JSON indented, a form one field a line, binary as a hex dump of its head.
pub(crate) fn readable(body: &[u8], kind: &str) -> String {
    let kind = kind
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    let is_json = kind.is_empty() || kind == "application/json" || kind.ends_with("+json");
    if is_json
        && let Ok(value) = serde_json::from_slice::<serde_json::Value>(body)
        && (value.is_object() || value.is_array())
    {
        return format!("{value:#}");
    }
    match std::str::from_utf8(body) {
        Ok(text) if kind == "application/x-www-form-urlencoded" => form(text),
        Ok(text) if is_text(text) => text.to_owned(),
        _ => hex(body),
    }
}

/// Few control characters, as text has.
fn is_text(text: &str) -> bool {
    let odd = text
        .chars()
        .filter(|c| c.is_control() && !c.is_whitespace())
        .count();
    odd * 20 <= text.chars().count()
}

/// One field a line, decoded.
fn form(text: &str) -> String {
    let fields: Vec<(String, String)> = text
        .split('&')
        .filter(|field| !field.is_empty())
        .map(|field| {
            let (name, value) = field.split_once('=').unwrap_or((field, ""));
            (decoded(name), decoded(value))
        })
        .collect();
    let width = fields
        .iter()
        .map(|(name, _)| name.chars().count())
        .max()
        .unwrap_or_default()
        .min(30);
    let lines: Vec<String> = fields
        .iter()
        .map(|(name, value)| format!("{name:<width$} = {value}"))
        .collect();
    lines.join("\n")
}

/// Decodes `+` and `%XX` of a form.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let hex = |byte: Option<u8>| char::from(byte?).to_digit(16);
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let mut ahead = rest.clone();
                let pair = hex(ahead.next()).zip(hex(ahead.next()));
                match pair.and_then(|(high, low)| u8::try_from(high * 16 + low).ok()) {
                    Some(value) => {
                        bytes.push(value);
                        rest = ahead;
                    }
                    None => bytes.push(byte),
                }
            }
            other => bytes.push(other),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The head of binary data, sixteen bytes a line.
fn hex(body: &[u8]) -> String {
    let mut lines: Vec<String> = body
        .chunks(16)
        .take(HEX / 16)
        .enumerate()
        .map(|(at, chunk)| {
            let bytes: Vec<String> = chunk.iter().map(|byte| format!("{byte:02x}")).collect();
            let shown: String = chunk
                .iter()
                .map(|byte| {
                    if matches!(byte, 0x20..0x7f) {
                        char::from(*byte)
                    } else {
                        '.'
                    }
                })
                .collect();
            format!("{:06x}  {:<47}  {shown}", at * 16, bytes.join(" "))
        })
        .collect();
    if body.len() > HEX {
        lines.push(format!("… {} bytes in all", body.len()));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_shown_by_their_kind() {
        for (body, kind, shown) in [
            (
                &b"{\"a\":[1]}"[..],
                "application/json; charset=utf-8",
                "{\n  \"a\": [\n    1\n  ]\n}",
            ),
            (b"{\"a\":1}", "application/vnd.api+json", "{\n  \"a\": 1\n}"),
            (b"{\"a\":1}", "", "{\n  \"a\": 1\n}"),
            (b"{broken", "application/json", "{broken"),
            (
                b"a=1&name=J%C3%BCrgen+K%&&x",
                "application/x-www-form-urlencoded",
                "a    = 1\nname = Jürgen K%\nx    = ",
            ),
            (b"plain\ntext", "text/plain", "plain\ntext"),
            (b"42", "text/plain", "42"),
            (
                b"\x89PNG\x0d\x0a\x1a\x0a\x00\xff",
                "image/png",
                "000000  89 50 4e 47 0d 0a 1a 0a 00 ff                    .PNG......",
            ),
        ] {
            assert_eq!(readable(body, kind), shown, "{kind}");
        }
    }

    #[test]
    fn of_binary_data_the_head_is_shown() {
        let shown = readable(&[0; 5000], "application/octet-stream");
        assert_eq!(shown.lines().count(), 17);
        assert!(shown.ends_with("… 5000 bytes in all"), "{shown}");
    }
}
