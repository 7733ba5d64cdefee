//! Masks secrets in what an agent prints: those known by value, and those that are known by name or shape.

use std::fmt;
use std::ops::Range;

use super::text::{cut_out, mask_text};
use crate::Secret;

/// Shorter "secrets" are left alone by value: masking every `a` of a log helps nobody.
const SHORTEST: usize = 4;

/// A shorter secret is masked only where it stands alone, so that no code or address is garbled by it.
const STANDS_ALONE: usize = 16;

/// A number that is no longer than this is no token: it may be a port or part of a code.
const LONGEST_NUMBER: usize = 5;

/// Words of agents' own messages. A token that is one of them is none, and masking it would garble what they say.
const WORDS: [&str; 44] = [
    "accept",
    "addr",
    "agent",
    "authtoken",
    "client",
    "closed",
    "command",
    "config",
    "connect",
    "crit",
    "dbug",
    "default",
    "endpoint",
    "endpoints",
    "error",
    "established",
    "failed",
    "false",
    "file",
    "http",
    "https",
    "info",
    "inspect",
    "listen",
    "localhost",
    "name",
    "ngrok",
    "none",
    "null",
    "online",
    "path",
    "service",
    "session",
    "sessions",
    "start",
    "started",
    "starting",
    "test",
    "token",
    "true",
    "tunnel",
    "tunnels",
    "update",
    "warn",
];

/// Knows the live secrets of one program.
///
/// A value that is a small number or a word of the agent's own messages, such as `4040` or `tunnel`, is not masked by value:
/// that would garble what it is shown in, and no token looks like it. Where a name or shape shows that it is a secret, it is masked all the same.
///
/// ```
/// use ngrok_core::Secret;
/// use ngrok_core::mask::Redactor;
///
/// let redactor = Redactor::new(&[Secret::new("hunter22")]);
/// assert_eq!(redactor.redact("login with hunter22".into()), "login with ***");
/// ```
#[derive(Clone, Default)]
pub struct Redactor {
    secrets: Vec<Secret>,
}

impl Redactor {
    /// Returns a redactor that knows these secrets by value, besides all that have the name or shape of one.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a Secret>) -> Self {
        let mut known: Vec<Secret> = Vec::new();
        for secret in secrets {
            let secret = secret.expose().trim();
            if secret.len() < SHORTEST || is_word(secret) {
                continue;
            }
            // In a quoted value an agent escapes quotes, backslashes and line ends.
            let quoted = serde_json::Value::from(secret).to_string();
            let escaped = quoted.get(1..quoted.len() - 1).unwrap_or_default();
            known.push(Secret::new(secret));
            known.push(Secret::new(escaped));
        }
        // Longest first, so that a secret that begins with another leaves no rest.
        known.sort_by(|a, b| {
            let (a, b) = (a.expose(), b.expose());
            b.len().cmp(&a.len()).then_with(|| a.cmp(b))
        });
        known.dedup();
        Self { secrets: known }
    }

    /// Returns the text without the secrets. It allocates only if there are some.
    pub fn redact(&self, mut text: String) -> String {
        for secret in &self.secrets {
            let secret = secret.expose();
            let found: Vec<Range<usize>> = text
                .match_indices(secret)
                .map(|(at, _)| at..at + secret.len())
                .filter(|range| secret.len() >= STANDS_ALONE || stands_alone(&text, range))
                .collect();
            if !found.is_empty() {
                text = cut_out(&text, found).into_owned();
            }
        }
        match mask_text(&text) {
            std::borrow::Cow::Borrowed(_) => text,
            std::borrow::Cow::Owned(masked) => masked,
        }
    }

    /// Does what [`redact`](Self::redact) does, for text that was cut off, maybe within a secret: its beginning goes too.
    pub fn redact_cut(&self, text: String) -> String {
        let mut text = self.redact(text);
        let shown = self.secrets.iter().filter_map(|secret| {
            let secret = secret.expose();
            (1..secret.len())
                .rev()
                .filter_map(|n| secret.get(..n))
                .find(|head| text.ends_with(head))
                .map(str::len)
        });
        let keep = text.len() - shown.max().unwrap_or(0);
        text.truncate(keep);
        text
    }
}

/// A redactor shows how many secrets it knows, and none of them.
impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Redactor({})", self.secrets.len())
    }
}

fn is_word(text: &str) -> bool {
    let is_number = text.bytes().all(|b| b.is_ascii_digit());
    (is_number && text.len() <= LONGEST_NUMBER)
        || WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// Whether no letter or digit touches the place.
fn stands_alone(text: &str, range: &Range<usize>) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let before = text
        .get(..range.start)
        .and_then(|head| head.chars().next_back());
    let after = text.get(range.end..).and_then(|tail| tail.chars().next());
    // An escape such as the `n` of `\n` is no part of a word.
    let escaped = text.get(..range.start).is_some_and(|head| {
        let mut chars = head.chars().rev();
        matches!(chars.next(), Some('n' | 'r' | 't')) && chars.next() == Some('\\')
    });
    (escaped || !before.is_some_and(is_part)) && !after.is_some_and(is_part)
}
