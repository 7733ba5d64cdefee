//! JSON text laid out on one line or on many, without reading it into values: every digit and the order of fields stay.

/// `json`, which must be valid, on one line.
pub(super) fn compact(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for token in tokens(json) {
        out.push_str(token);
    }
    out
}

/// `json`, which must be valid, with a line for each field and item.
pub(super) fn pretty(json: &str) -> String {
    let mut out = String::with_capacity(json.len() * 2);
    let mut depth = 0_usize;
    let mut tokens = tokens(json).peekable();
    while let Some(token) = tokens.next() {
        match token {
            "{" | "[" => {
                out.push_str(token);
                if let Some(end) = tokens.next_if(|next| matches!(*next, "}" | "]")) {
                    out.push_str(end);
                } else {
                    depth += 1;
                    new_line(&mut out, depth);
                }
            }
            "}" | "]" => {
                depth = depth.saturating_sub(1);
                new_line(&mut out, depth);
                out.push_str(token);
            }
            "," => {
                out.push(',');
                new_line(&mut out, depth);
            }
            ":" => out.push_str(": "),
            other => out.push_str(other),
        }
    }
    out
}

fn new_line(out: &mut String, depth: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n("  ", depth));
}

/// The punctuation, strings, numbers and words of valid JSON.
fn tokens(json: &str) -> impl Iterator<Item = &str> {
    let mut rest = json;
    std::iter::from_fn(move || {
        rest = rest.trim_start();
        let length = match rest.as_bytes().first()? {
            b'"' => string_length(rest),
            b'{' | b'}' | b'[' | b']' | b',' | b':' => 1,
            _ => rest
                .find(|c: char| c.is_ascii_whitespace() || matches!(c, ',' | ']' | '}' | ':'))
                .unwrap_or(rest.len()),
        };
        let (token, after) = rest.split_at_checked(length)?;
        rest = after;
        Some(token)
    })
}

/// How long the string at the beginning of `text` is, with its quotes.
fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_keeps_its_digits_and_its_order() {
        let text = "{ \"z\" : 123456789012345678901234567890.10 ,\n \"a\":[ ], \"s\": \"a, \\\"b\\\": [\\\\\" ,\"o\":{},\"l\":[1e400, null] }";
        assert_eq!(
            compact(text),
            r#"{"z":123456789012345678901234567890.10,"a":[],"s":"a, \"b\": [\\","o":{},"l":[1e400,null]}"#
        );
        let expected = "{\n  \"z\": 123456789012345678901234567890.10,\n  \"a\": [],\n  \"s\": \"a, \\\"b\\\": [\\\\\",\n  \"o\": {},\n  \"l\": [\n    1e400,\n    null\n  ]\n}";
        assert_eq!(pretty(text), expected);
        assert_eq!(compact(&pretty(text)), compact(text));
        for plain in ["7", "\"x\"", "null"] {
            assert_eq!(
                (compact(plain).as_str(), pretty(plain).as_str()),
                (plain, plain)
            );
        }
    }

    #[test]
    fn broken_text_does_no_harm() {
        for text in ["", "\"", "\"\\", "{", "}}", "ü", "{\"ü"] {
            let _ = (compact(text), pretty(text));
        }
    }
}
