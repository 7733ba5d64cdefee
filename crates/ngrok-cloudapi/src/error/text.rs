//! What errors say: times as people write them, and the first text of a page that should have been JSON.

use std::fmt;
use std::time::Duration;

/// A duration as people write it: `30 s`, `1.5 s`, `250 ms`, `2 min`.
pub(super) struct Spoken(pub(super) Duration);

impl fmt::Display for Spoken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, millis) = (self.0.as_secs(), self.0.subsec_millis());
        match (seconds, millis) {
            (0, 0) if self.0.is_zero() => f.write_str("0 s"),
            (0, 0) => f.write_str("less than 1 ms"),
            (0, millis) => write!(f, "{millis} ms"),
            (120.., _) if seconds % 60 == 0 => write!(f, "{} min", seconds / 60),
            (120.., _) => write!(f, "{} min {} s", seconds / 60, seconds % 60),
            (_, 0) => write!(f, "{seconds} s"),
            (10.., _) => write!(f, "{seconds} s"),
            _ => write!(f, "{seconds}.{} s", millis / 100),
        }
    }
}

/// At most this many characters of a page are shown.
const SHOWN: usize = 120;

/// Returns the first text of `body` on one line, for HTML the text that a browser would show. Empty without text.
pub(super) fn excerpt(body: &str) -> String {
    let is_markup = body.trim_start().starts_with('<');
    let text = if is_markup {
        without_markup(body)
    } else {
        body.to_owned()
    };
    let mut shown = String::new();
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()) {
        if word.is_empty() {
            continue;
        }
        if shown.chars().count() + word.chars().count() >= SHOWN {
            let room = SHOWN.saturating_sub(shown.chars().count() + 1);
            shown.push(' ');
            shown.extend(word.chars().take(room));
            shown.push('…');
            break;
        }
        if !shown.is_empty() {
            shown.push(' ');
        }
        shown.push_str(word);
    }
    shown.trim().to_owned()
}

/// The text between the tags, without scripts and styles.
fn without_markup(page: &str) -> String {
    let mut text = String::new();
    let mut rest = page;
    while let Some((before, tag)) = rest.split_once('<') {
        text.push_str(before);
        text.push(' ');
        let lower: String = tag.chars().take(8).collect::<String>().to_ascii_lowercase();
        let hidden = ["script", "style"]
            .into_iter()
            .find(|name| lower.starts_with(name));
        let end = match hidden {
            Some(name) => find_ignoring_case(tag, &format!("</{name}")).unwrap_or(tag.len()),
            None => 0,
        };
        let tag = tag.get(end..).unwrap_or_default();
        rest = tag.split_once('>').map_or("", |(_, after)| after);
    }
    text.push_str(rest);
    for (name, sign) in [
        ("&nbsp;", " "),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&amp;", "&"),
    ] {
        text = text.replace(name, sign);
    }
    text
}

fn find_ignoring_case(text: &str, wanted: &str) -> Option<usize> {
    text.as_bytes()
        .windows(wanted.len())
        .position(|window| window.eq_ignore_ascii_case(wanted.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn durations() {
        for (millis, text) in [
            (0, "0 s"),
            (150, "150 ms"),
            (1000, "1 s"),
            (1500, "1.5 s"),
            (30_000, "30 s"),
            (30_400, "30 s"),
            (90_000, "90 s"),
            (120_000, "2 min"),
            (150_000, "2 min 30 s"),
        ] {
            assert_eq!(Spoken(Duration::from_millis(millis)).to_string(), text);
        }
        let short = Duration::from_micros(3);
        assert_eq!(Spoken(short).to_string(), "less than 1 ms");
        let _ = Spoken(Duration::MAX).to_string();
    }

    #[test]
    fn pages() {
        for (page, text) in [
            ("", ""),
            ("  upstream\n timed   out ", "upstream timed out"),
            (
                "<!DOCTYPE html><html><head><title>502 Bad Gateway</title><style>b{c:d}</style></head><body><script>if(a<b){}</script><h1>nginx</h1></body>",
                "502 Bad Gateway nginx",
            ),
            ("<html", ""),
            ("<p>a&nbsp;&amp;&lt;b", "a &<b"),
            ("<script>never closed", ""),
        ] {
            assert_eq!(excerpt(page), text, "{page}");
        }
        let long = excerpt(&"word ".repeat(100));
        assert!(
            long.ends_with('…') && long.chars().count() <= SHOWN + 1,
            "{long}"
        );
    }

    proptest! {
        #[test]
        fn no_page_makes_it_panic(page in any::<String>(), tags in "[<>/a-z &;ü]{0,60}") {
            for page in [page, format!("<{tags}"), tags] {
                prop_assert!(excerpt(&page).chars().count() <= SHOWN + 2);
            }
        }
    }
}
