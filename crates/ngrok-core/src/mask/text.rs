//! Text that another program wrote: what in it is a secret by the words before it, or by its shape.

use std::borrow::Cow;
use std::ops::Range;

use super::shapes::{self, ends_with_ignore_case, position};
use super::{MASK, is_secret_name};

/// What stands before a credential in the messages of ngrok that echo one (ERR_NGROK_105 to 107, 201 to 203, 206 to 208).
const ECHOES: [&str; 10] = [
    "your authtoken:",
    "your credential:",
    "your key:",
    "your api key:",
    "your api key id:",
    "your api token:",
    "your token:",
    "your authentication:",
    "your authorization:",
    "authorization header:",
];

/// Names whose value follows after a space too, and how far it reaches.
const LINES: [&str; 4] = ["authorization", "cookie", "basic_auth", "credentials"];

/// What the agent says of a value that it does not take; the name and the value are quoted after it.
const PROPERTY: &str = "Invalid configuration property value for '";

/// Returns the text with its secrets masked. It allocates only if there are some, and takes time in proportion to the text.
///
/// ```
/// use ngrok_core::mask::mask_text;
///
/// assert_eq!(mask_text("dial http://me:hunter2@proxy:3128: EOF"), "dial http://***@proxy:3128: EOF");
/// assert_eq!(mask_text("Authorization: Bearer abcdefgh1"), "Authorization: ***");
/// assert_eq!(mask_text("Basic authentication is required"), "Basic authentication is required");
/// ```
pub fn mask_text(text: &str) -> Cow<'_, str> {
    let mut found = Vec::new();
    named(text, &mut found);
    properties(text, &mut found);
    shapes::find(text, &mut found);
    cut_out(text, found)
}

/// Returns whether [`mask_text`] would mask some of it.
pub fn holds_secret(text: &str) -> bool {
    matches!(mask_text(text), Cow::Owned(_))
}

/// Puts the mask in the place of what was found, which may overlap.
pub(super) fn cut_out(text: &str, mut found: Vec<Range<usize>>) -> Cow<'_, str> {
    found.retain(|range| !range.is_empty() && text.get(range.clone()) != Some(MASK));
    if found.is_empty() {
        return Cow::Borrowed(text);
    }
    found.sort_by_key(|range| (range.start, range.end));
    let mut masked = String::with_capacity(text.len());
    let mut at = 0;
    for range in found {
        if range.start >= at {
            masked.push_str(text.get(at..range.start).unwrap_or_default());
            masked.push_str(MASK);
        }
        at = at.max(range.end);
    }
    masked.push_str(text.get(at..).unwrap_or_default());
    Cow::Owned(masked)
}

/// What follows `Your authtoken:` and its like, and the values of `name=value`, `name:value` and `"name": "value"`.
fn named(text: &str, found: &mut Vec<Range<usize>>) {
    let bytes = text.as_bytes();
    let mut at = 0;
    // Each has a colon or an equals sign right before the value, and not every line has such a word.
    while let Some(sign) = position(bytes, at, |b| matches!(b, b':' | b'=')) {
        at = sign + 1;
        if let Some(value) = value_after(text, sign) {
            at = at.max(value.end);
            found.push(value);
        }
    }
}

/// The secret after the sign at `sign`, if the words before it announce one.
fn value_after(text: &str, sign: usize) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let head = bytes.get(..=sign)?;
    let is_echo = ECHOES
        .iter()
        .any(|echo| ends_with_ignore_case(head, echo.as_bytes()));
    // In JSON and in quoted JSON the name is closed by a quote first.
    let before = bytes.get(..sign)?;
    let unquoted = before
        .strip_suffix(b"\"")
        .or_else(|| before.strip_suffix(b"'"));
    let before = unquoted.unwrap_or(before);
    let before = before.strip_suffix(b"\\").unwrap_or(before);
    let is_part = |b: &u8| b.is_ascii_alphanumeric() || b"_-".contains(b);
    let length = before
        .iter()
        .rev()
        .take(65)
        .take_while(|b| is_part(b))
        .count();
    let name = before.get(before.len() - length..)?;
    let name = str::from_utf8(name).ok()?;
    if !is_echo && !is_secret_name(name) {
        return None;
    }
    let mut start = sign + 1;
    let spaced = bytes.get(start) == Some(&b' ');
    let mut quote = None;
    loop {
        match (bytes.get(start), bytes.get(start + 1)) {
            (Some(b' '), _) => {}
            (Some(q @ (b'"' | b'\'')), _) => quote = Some(*q),
            (Some(b'\\'), Some(b'"' | b'\'')) => {}
            _ => break,
        }
        start += 1;
    }
    let rest = bytes.get(start..)?;
    // "Install your authtoken: https://dashboard…" is advice, not a credential.
    if [&b"http://"[..], b"https://"]
        .iter()
        .any(|url| rest.starts_with(url))
    {
        return None;
    }
    let is_line = !is_echo && is_line_name(name);
    if spaced && !is_echo && !is_line && quote.is_none() && !names_clearly(name) {
        // "unexpected token: x" is a sentence.
        return None;
    }
    let length = if is_echo || (is_line && quote.is_none()) {
        (0..rest.len()).find(|at| ends_line(rest.get(*at..).unwrap_or_default()))
    } else if let (Some(quote), true) = (quote, is_line) {
        rest.iter().position(|b| *b == quote || *b == b'\n')
    } else {
        rest.iter().position(|b| b" \n\r\\\"',}]&;".contains(b))
    };
    Some(start..start + length.unwrap_or(rest.len()))
}

/// Headers and lists, whose values hold spaces.
fn is_line_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace('-', "_");
    LINES.iter().any(|line| name.ends_with(line))
}

/// Names that are no word of a sentence.
fn names_clearly(name: &str) -> bool {
    name.contains(['_', '-'])
        || ["authtoken", "apikey", "password", "passwd"]
            .iter()
            .any(|clear| name.eq_ignore_ascii_case(clear))
}

/// A malformed credential may hold anything, so an echoed one ends only with its line, which may be escaped, or with the
/// sentence that goes on after it.
fn ends_line(rest: &[u8]) -> bool {
    let ends: [&[u8]; 5] = [b"\n", b"\r", b"\\n", b"\\r", b". Please "];
    ends.iter().any(|end| rest.starts_with(end))
}

/// The value in `Invalid configuration property value for 'proxy_url', 'me:hunter2@proxy'`: whole for the name of a secret,
/// up to the host for a proxy.
fn properties(text: &str, found: &mut Vec<Range<usize>>) {
    // Each part is looked at once: it ends where the next one begins.
    let mut parts = text.split(PROPERTY);
    let mut at = parts.next().map_or(0, str::len);
    for part in parts {
        let start = at + PROPERTY.len();
        at = start + part.len();
        let Some((name, after)) = part.split_once("', '") else {
            continue;
        };
        let start = start + name.len() + 4;
        // The value may hold quotes itself; what follows it is a colon.
        let line = after.lines().next().unwrap_or_default();
        let end = line.rfind("': ").or_else(|| line.find('\''));
        let value = end.and_then(|end| line.get(..end)).unwrap_or(line);
        if is_secret_name(name) {
            found.push(start..start + value.len());
        } else if name.to_ascii_lowercase().contains("proxy") {
            let scheme = value.find("://").map_or(0, |at| at + 3);
            if let Some(end) = value.rfind('@').filter(|end| *end > scheme) {
                found.push(start + scheme..start + end);
            }
        }
    }
}
