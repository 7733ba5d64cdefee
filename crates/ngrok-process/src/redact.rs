//! Masks secrets in whatever the agent prints: those we know by value, those of its error messages by shape.

use std::ops::Range;

use crate::Secret;

const MASK: &str = "***";

/// Shorter "secrets" are left alone by value: masking every `a` of a log helps nobody.
const SHORTEST: usize = 4;

/// What stands before a credential in the messages that echo one (ERR_NGROK_105, 107, 202, 203, 206, 207).
const ECHOES: [&str; 6] = [
    "your authtoken:",
    "your credential:",
    "your key:",
    "your api key:",
    "your api token:",
    "your token:",
];

/// Knows the live secrets of one agent.
#[derive(Clone, Default)]
pub(crate) struct Redactor {
    secrets: Vec<Box<str>>,
}

impl Redactor {
    pub(crate) fn new<'a>(secrets: impl IntoIterator<Item = &'a Secret>) -> Self {
        let mut known: Vec<Box<str>> = Vec::new();
        for secret in secrets {
            let secret = secret.expose().trim();
            if secret.len() < SHORTEST {
                continue;
            }
            // In a quoted value the agent escapes quotes, backslashes and line ends.
            let quoted = serde_json::Value::from(secret).to_string();
            let escaped = quoted.get(1..quoted.len() - 1).unwrap_or_default();
            known.push(secret.into());
            known.push(escaped.into());
        }
        // Longest first, so that a secret that begins with another leaves no rest.
        known.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        known.dedup();
        Self { secrets: known }
    }

    /// The text without the secrets; allocates only if there were some.
    pub(crate) fn redact(&self, mut text: String) -> String {
        for secret in &self.secrets {
            if text.contains(&**secret) {
                text = text.replace(&**secret, MASK);
            }
        }
        mask_echoes(text)
    }

    /// As [`redact`](Self::redact), for a text that was cut off, maybe within a secret: its beginning goes too.
    pub(crate) fn redact_cut(&self, text: String) -> String {
        let mut text = self.redact(text);
        let shown = self.secrets.iter().filter_map(|secret| {
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

/// Masks what follows `Your authtoken:` and its like, and the token of debug lines (`Authtoken:… `). One pass, however
/// many there are.
fn mask_echoes(text: String) -> String {
    let mut masked = String::new();
    let mut rest = 0;
    while let Some(credential) = next_echo(&text, rest) {
        masked.push_str(text.get(rest..credential.start).unwrap_or_default());
        masked.push_str(MASK);
        rest = credential.end;
    }
    if rest == 0 {
        return text;
    }
    masked.push_str(text.get(rest..).unwrap_or_default());
    masked
}

/// Where the next credential stands at or after `from`.
fn next_echo(text: &str, from: usize) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let mut at = from;
    // Every shape has a colon or an equals sign right before the credential, and not every line has such a word.
    while let Some(rest) = bytes.get(at..) {
        let sign = at + rest.iter().position(|b| matches!(b, b':' | b'='))?;
        at = sign + 1;
        let credential = credential_after(text, sign);
        if credential.as_ref().is_some_and(|found| !found.is_empty()) {
            return credential;
        }
    }
    None
}

/// The credential after the sign at `sign`, if the words before it announce one.
fn credential_after(text: &str, sign: usize) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let head = bytes.get(..=sign)?;
    let is_echo = ECHOES
        .iter()
        .any(|echo| ends_with_ignore_case(head, echo.as_bytes()));
    // In JSON and in quoted JSON the key is closed by a quote first.
    let is_key = || {
        let key = bytes.get(..sign).unwrap_or_default();
        let key = key.strip_suffix(b"\"").unwrap_or(key);
        let key = key.strip_suffix(b"\\").unwrap_or(key);
        ends_with_ignore_case(key, b"authtoken")
    };
    if !is_echo && !is_key() {
        return None;
    }
    let mut start = sign + 1;
    while let (Some(b' ' | b'"' | b'\''), _) | (Some(b'\\'), Some(b'"' | b'\'')) =
        (bytes.get(start), bytes.get(start + 1))
    {
        start += 1;
    }
    let rest = bytes.get(start..)?;
    // "Install your authtoken: https://dashboard…" is advice, not a credential; another mask stays as it is.
    let others: [&[u8]; 3] = [b"http://", b"https://", MASK.as_bytes()];
    if others.iter().any(|other| rest.starts_with(other)) {
        return None;
    }
    let length = if is_echo {
        (0..rest.len()).find(|at| ends_line(rest.get(*at..).unwrap_or_default()))
    } else {
        rest.iter().position(|b| b" \n\\\"',}]".contains(b))
    };
    Some(start..start + length.unwrap_or(rest.len()))
}

/// A malformed authtoken may hold anything, so an echoed one ends only with its line, which may be escaped, or with the
/// sentence that goes on after it.
fn ends_line(rest: &[u8]) -> bool {
    let ends: [&[u8]; 5] = [b"\n", b"\r", b"\\n", b"\\r", b". Please "];
    ends.iter().any(|end| rest.starts_with(end))
}

fn ends_with_ignore_case(text: &[u8], end: &[u8]) -> bool {
    text.len()
        .checked_sub(end.len())
        .and_then(|start| text.get(start..))
        .is_some_and(|tail| tail.eq_ignore_ascii_case(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "2abcDEFghiJKLmnoPQRstuVWXyz_3kLmNoPqRsTuVwXyZaB1c";

    #[test]
    fn known_secrets_go_wherever_they_stand() {
        let redactor = Redactor::new(&[
            Secret::new("hunter22"),
            Secret::new("hunter22-long"),
            Secret::new("q\"u\\o"),
        ]);
        assert_eq!(
            redactor.redact("a hunter22-long b=hunter22".into()),
            "a *** b=***"
        );
        assert_eq!(
            redactor.redact(r#"err="q\"u\\o" raw q"u\o"#.into()),
            r#"err="***" raw ***"#
        );
        assert_eq!(
            Redactor::new(&[Secret::new(""), Secret::new("ab")]).redact("ab".into()),
            "ab"
        );
    }

    #[test]
    fn a_line_cut_within_a_secret_loses_its_beginning_too() {
        let redactor = Redactor::new(&[Secret::new("hunter22")]);
        assert_eq!(redactor.redact_cut("x hunter2".into()), "x ");
        assert_eq!(redactor.redact_cut("x hunter22".into()), "x ***");
    }

    #[test]
    fn credentials_that_error_messages_echo_are_masked_by_shape() {
        let none = Redactor::default();
        for text in [
            format!(
                "The authtoken is invalid.\\nYour authtoken: {TOKEN}\\nThis happens\\nERR_NGROK_107"
            ),
            format!("Your authtoken: {TOKEN}"),
            format!("err=\"bad\\nYour authtoken: two words {TOKEN}\\nERR_NGROK_105\""),
            format!("Your credential: '{TOKEN}'.\\r\\n\\r\\nERR_NGROK_202"),
            format!(
                "Your credential: {TOKEN}. Please check your records for an API key. ERR_NGROK_206"
            ),
            format!("Your key: {TOKEN}\r\n\r\nERR_NGROK_207"),
            format!("req=\"&{{Arch:amd64 Authtoken:{TOKEN} Version:2.3.41}}\""),
            format!("resp={{\\\"Authtoken\\\":\\\"{TOKEN}\\\",\\\"Version\\\":\\\"2\\\"}}"),
            format!("argv=[start --authtoken={TOKEN} --none]"),
            format!("{{\"authtoken\": \"{TOKEN}\"}}"),
        ] {
            let masked = none.redact(text.clone());
            assert!(!masked.contains(&TOKEN[..8]), "{masked}");
            assert!(masked.contains("***"), "{masked}");
            for kept in [
                "ERR_NGROK_105",
                "ERR_NGROK_107",
                "ERR_NGROK_202",
                "ERR_NGROK_206",
                "ERR_NGROK_207",
                "Version",
            ] {
                assert_eq!(text.contains(kept), masked.contains(kept), "{masked}");
            }
        }
    }

    #[test]
    fn a_megabyte_of_echoes_takes_no_time() {
        for echo in [
            "authtoken:a ",
            "Your authtoken: http ",
            "authtoken=\\\"",
            "your key: \\",
        ] {
            let text = echo.repeat(1_000_000 / echo.len());
            let begin = std::time::Instant::now();
            Redactor::default().redact(text);
            assert!(
                begin.elapsed() < std::time::Duration::from_secs(5),
                "{echo}"
            );
        }
    }

    #[test]
    fn advice_is_left_alone() {
        let none = Redactor::default();
        for text in [
            "Install your authtoken: https://dashboard.ngrok.com/get-started/your-authtoken",
            "Authtoken saved to configuration file: /home/a/ngrok.yml",
            "Your authtoken:",
            "Your authtoken: \\nThis usually happens",
            "a=b c:d",
        ] {
            assert_eq!(none.redact(text.into()), text);
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic_or_show_a_known_secret(before: String, after: String, cut in 0usize..60) {
            let redactor = Redactor::new(&[Secret::new(TOKEN)]);
            let text = format!("{before}{TOKEN}{after} authtoken={before}:{after}");
            proptest::prop_assert!(!redactor.redact(text.clone()).contains(TOKEN));
            let head = text.chars().take(before.chars().count() + cut).collect();
            proptest::prop_assert!(!redactor.redact_cut(head).contains(TOKEN));
        }
    }
}
