//! `key=value` lines, parsed in one pass over the bytes.

use std::ops::Range;

use super::{Field, Text};

/// The fields of a logfmt line. Never fails: text that is no field is left out.
pub(super) fn fields(raw: &str) -> Vec<Field> {
    // Positions are kept in 32 bits; a line of the agent is at most 1 MB.
    if u32::try_from(raw.len()).is_err() {
        return Vec::new();
    }
    let bytes = raw.as_bytes();
    let mut fields: Vec<Field> = Vec::new();
    // A bare word may belong to the unquoted value before it: `path=/My Files/ngrok.yml`.
    let mut may_extend = false;
    let mut at = 0;
    while let Some(start) = skip(bytes, at, |b| b == b' ') {
        let word = skip(bytes, start, |b| b != b' ' && b != b'=').unwrap_or(bytes.len());
        if bytes.get(word) != Some(&b'=') {
            if may_extend
                && let Some(Field {
                    value: Text::Raw(value),
                    ..
                }) = fields.last_mut()
            {
                *value = range(value.start as usize..word);
            }
            at = word;
            continue;
        }
        let value_start = word + 1;
        let (value, end) = if bytes.get(value_start) == Some(&b'"') {
            may_extend = false;
            quoted(raw, value_start + 1)
        } else {
            may_extend = !matches!(raw.get(start..word), Some("lvl" | "t"));
            let end = skip(bytes, value_start, |b| b != b' ').unwrap_or(bytes.len());
            (Text::Raw(range(value_start..end)), end)
        };
        if start < word {
            let key = Text::Raw(range(start..word));
            if fields.is_empty() {
                // The agent's lines have five to seven fields.
                fields.reserve(8);
            }
            fields.push(Field { key, value });
        } else {
            may_extend = false;
        }
        at = end;
    }
    fields
}

/// The first position from `at` on whose byte does not satisfy `skipped`.
fn skip(bytes: &[u8], at: usize, skipped: impl Fn(u8) -> bool) -> Option<usize> {
    let rest = bytes.get(at..)?;
    rest.iter().position(|b| !skipped(*b)).map(|n| at + n)
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "the line is checked to be shorter than 4 GB"
)]
fn range(range: Range<usize>) -> Range<u32> {
    range.start as u32..range.end as u32
}

/// The value whose opening quote is just before `start`, and where to go on.
fn quoted(raw: &str, start: usize) -> (Text, usize) {
    let bytes = raw.as_bytes();
    let mut escaped = false;
    let mut at = start;
    loop {
        match bytes.get(at) {
            None => break,
            Some(b'"') => break,
            Some(b'\\') => {
                escaped = true;
                at += 2;
            }
            Some(_) => at += 1,
        }
    }
    let end = at.min(bytes.len());
    let text = if escaped {
        Text::Unescaped(unescape(raw.get(start..end).unwrap_or_default()))
    } else {
        Text::Raw(range(start..end))
    };
    (text, end + 1)
}

/// Resolves the escapes that the agent writes; any other backslash stands for itself.
fn unescape(text: &str) -> Box<str> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        out.push_str(before);
        let mut chars = after.chars();
        rest = match chars.next() {
            Some('n') => push(&mut out, '\n', chars.as_str()),
            Some('r') => push(&mut out, '\r', chars.as_str()),
            Some('t') => push(&mut out, '\t', chars.as_str()),
            Some(c @ ('"' | '\\')) => push(&mut out, c, chars.as_str()),
            Some('u') => match unicode(chars.as_str()) {
                Some((c, rest)) => push(&mut out, c, rest),
                None => push(&mut out, '\\', after),
            },
            _ => push(&mut out, '\\', after),
        };
    }
    out.push_str(rest);
    out.into_boxed_str()
}

fn push<'a>(out: &mut String, c: char, rest: &'a str) -> &'a str {
    out.push(c);
    rest
}

/// The character that four hex digits name, and the text after them.
fn unicode(text: &str) -> Option<(char, &str)> {
    let (digits, rest) = text.split_at_checked(4)?;
    if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let c = char::from_u32(u32::from_str_radix(digits, 16).ok()?)?;
    Some((c, rest))
}
