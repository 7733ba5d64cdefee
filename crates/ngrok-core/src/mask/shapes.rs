//! What a secret looks like, wherever it is: ngrok's tokens, private keys, credentials of HTTP and of URLs.

use std::ops::Range;

/// The shortest half of an authtoken or API key, which has two with `_` between them.
const HALF: usize = 16;

/// The shortest credential after `Bearer` or `Basic`.
const CREDENTIAL: usize = 8;

/// Adds where in `text` something lies that looks like a secret.
pub(super) fn find(text: &str, found: &mut Vec<Range<usize>>) {
    tokens(text, found);
    if text.contains("-----BEGIN") {
        private_keys(text, found);
    }
    schemes(text, found);
    if text.contains('@') {
        userinfos(text, found);
    }
}

/// ngrok's authtokens and API keys: two long halves of letters and digits, joined by an underscore.
fn tokens(text: &str, found: &mut Vec<Range<usize>>) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(sign) = position(bytes, at, |b| b == b'_') {
        at = sign + 1;
        let before = bytes.get(..sign).unwrap_or_default();
        let head = before
            .iter()
            .rev()
            .take_while(|b| b.is_ascii_alphanumeric())
            .count();
        if head < HALF {
            continue;
        }
        let after = bytes.get(at..).unwrap_or_default();
        let tail = after
            .iter()
            .take_while(|b| b.is_ascii_alphanumeric())
            .count();
        let start = sign - head;
        let end = at + tail;
        let neighbour = |b: Option<&u8>| b.is_some_and(|b| *b == b'_');
        let stands_alone = !neighbour(start.checked_sub(1).and_then(|at| bytes.get(at)))
            && !neighbour(bytes.get(end));
        let has_digit = bytes
            .get(start..sign)
            .is_some_and(|head| head.iter().any(u8::is_ascii_digit));
        if tail >= HALF && stands_alone && has_digit {
            found.push(start..end);
            at = end;
        }
    }
}

/// PEM blocks of private keys, whose line ends may be escaped; one that does not end goes to the end of the text.
fn private_keys(text: &str, found: &mut Vec<Range<usize>>) {
    const BEGIN: &str = "-----BEGIN";
    const END: &str = "PRIVATE KEY-----";
    let mut at = 0;
    while let Some(begin) = text.get(at..).and_then(|rest| rest.find(BEGIN)) {
        let start = at + begin;
        at = start + BEGIN.len();
        let rest = text.get(at..).unwrap_or_default();
        // The label is on the same line.
        let Some(label) = rest.find("-----").and_then(|end| rest.get(..end)) else {
            return;
        };
        if !label.trim_end().ends_with("PRIVATE KEY") {
            continue;
        }
        let body = at + label.len() + 5;
        let end = text
            .get(body..)
            .and_then(|rest| rest.find(END))
            .map_or(text.len(), |end| body + end + END.len());
        found.push(start..end);
        at = end;
    }
}

/// What follows `Bearer` and `Basic`, the schemes of the header `Authorization`.
fn schemes(text: &str, found: &mut Vec<Range<usize>>) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(space) = position(bytes, at, |b| b == b' ') {
        at = space + 1;
        let head = bytes.get(..space).unwrap_or_default();
        let is_bearer = ends_with_ignore_case(head, b"bearer");
        let is_basic = ends_with_ignore_case(head, b"basic");
        if !is_bearer && !is_basic {
            continue;
        }
        let rest = bytes.get(at..).unwrap_or_default();
        let is_part = |b: &u8| b.is_ascii_alphanumeric() || b"-._~+/=".contains(b);
        let length = rest.iter().take_while(|b| is_part(b)).count();
        let value = rest.get(..length).unwrap_or_default();
        // "Basic authentication" and "bearer token" are words.
        let is_word = value.iter().all(u8::is_ascii_lowercase);
        if length >= CREDENTIAL && !is_word && (is_bearer || is_base64(value)) {
            found.push(at..at + length);
            at += length;
        }
    }
}

fn is_base64(value: &[u8]) -> bool {
    value.len().is_multiple_of(4) && !value.iter().any(|b| b"-._~".contains(b))
}

/// User and password before the `@` of a URL, with or without its scheme.
fn userinfos(text: &str, found: &mut Vec<Range<usize>>) {
    let bytes = text.as_bytes();
    let is_border =
        |b: u8| b.is_ascii_whitespace() || b.is_ascii_control() || b"\"'`<>".contains(&b);
    let mut at = 0;
    while let Some(sign) = position(bytes, at, |b| b == b'@') {
        let head = bytes.get(at..sign).unwrap_or_default();
        let word = at
            + head
                .iter()
                .rposition(|b| is_border(*b))
                .map_or(0, |border| border + 1);
        let rest = bytes.get(sign..).unwrap_or_default();
        let end = sign
            + rest
                .iter()
                .position(|b| is_border(*b))
                .unwrap_or(rest.len());
        at = end;
        let Some(word_text) = text.get(word..end) else {
            continue;
        };
        let scheme = word_text.find("://").map(|at| at + 3);
        let start = scheme.unwrap_or_else(|| after_key(word_text));
        let Some(url) = word_text.get(start..) else {
            continue;
        };
        let path = url.split(['?', '#']).next().unwrap_or_default();
        let Some(user) = path.rfind('@').and_then(|at| path.get(..at)) else {
            continue;
        };
        // Without a scheme a colon tells a password from an e-mail address.
        let has_password = user
            .split_once(':')
            .is_some_and(|(name, _)| !name.contains('/'));
        let is_mail = user.to_ascii_lowercase().starts_with("mailto:");
        if scheme.is_some() || (has_password && !is_mail) {
            found.push(word + start..word + start + user.len());
        }
    }
}

/// Where the value begins in `key=value`, else 0.
fn after_key(word: &str) -> usize {
    let sign = word.find('=').filter(|at| {
        let key = word.get(..*at).unwrap_or_default();
        key.bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b))
    });
    sign.map_or(0, |at| at + 1)
}

pub(super) fn position(bytes: &[u8], from: usize, wanted: impl Fn(u8) -> bool) -> Option<usize> {
    let rest = bytes.get(from..)?;
    rest.iter().position(|b| wanted(*b)).map(|at| from + at)
}

pub(super) fn ends_with_ignore_case(text: &[u8], end: &[u8]) -> bool {
    text.len()
        .checked_sub(end.len())
        .and_then(|start| text.get(start..))
        .is_some_and(|tail| tail.eq_ignore_ascii_case(end))
}
