//! Text for a terminal: colours of ours, no control characters of others, and lines that fit.

use std::time::Duration;

/// Colours for a terminal.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Colour {
    Bold,
    Green,
    Yellow,
    Red,
    Dim,
}

/// Marks in a text where a colour begins, in the order of [`Colour`], and the one that ends it.
///
/// They are noncharacters, which no text holds by accident; [`safe`] turns them into escape sequences. A text of others that
/// holds one can change a colour and nothing else.
const MARKS: [(char, &str); 6] = [
    ('\u{fdd0}', "\x1b[1m"),
    ('\u{fdd1}', "\x1b[32m"),
    ('\u{fdd2}', "\x1b[33m"),
    ('\u{fdd3}', "\x1b[31m"),
    ('\u{fdd4}', "\x1b[2m"),
    (END, "\x1b[0m"),
];
const END: char = '\u{fdd5}';

/// Shown in place of a character that could steer the terminal.
const REPLACEMENT: char = '\u{fffd}';

/// Returns `text` with marks for a colour around it.
pub(crate) fn painted(wanted: bool, colour: Colour, text: &str) -> String {
    let text: String = text.chars().filter(|c| !is_mark(*c)).collect();
    if !wanted {
        return text;
    }
    let mark = match colour {
        Colour::Bold => '\u{fdd0}',
        Colour::Green => '\u{fdd1}',
        Colour::Yellow => '\u{fdd2}',
        Colour::Red => '\u{fdd3}',
        Colour::Dim => '\u{fdd4}',
    };
    format!("{mark}{text}{END}")
}

fn is_mark(c: char) -> bool {
    MARKS.iter().any(|(mark, _)| *mark == c)
}

/// Whether a character could steer the terminal or reorder what it shows.
fn is_control(c: char) -> bool {
    c.is_control() || is_bidi(c)
}

fn is_bidi(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Returns `text` as it may reach a terminal: line breaks and tabs stay, other control characters are replaced.
pub(crate) fn safe(text: &str) -> String {
    let mut safe = String::with_capacity(text.len() + 1);
    for c in text.chars() {
        match c {
            '\n' | '\t' => safe.push(c),
            c if is_control(c) => safe.push(REPLACEMENT),
            c => match MARKS.iter().find(|(mark, _)| *mark == c) {
                Some((_, sequence)) => safe.push_str(sequence),
                None => safe.push(c),
            },
        }
    }
    safe
}

/// Returns JSON with the control characters escaped that JSON itself allows.
pub(crate) fn safe_json(json: &str) -> String {
    let mut safe = String::with_capacity(json.len() + 1);
    for c in json.chars() {
        if is_control(c) {
            safe.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            safe.push(c);
        }
    }
    safe
}

/// Returns `text` as one line without control characters, for a place among other text.
pub(crate) fn one_line(text: &str) -> String {
    text.chars()
        .filter(|c| !is_mark(*c))
        .map(|c| if is_control(c) { REPLACEMENT } else { c })
        .collect()
}

/// Returns `text` cut to `width` columns, with an ellipsis at the end if something is missing.
pub(crate) fn shortened(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let kept = width.saturating_sub(1);
    text.chars().take(kept).chain(['…']).collect()
}

/// Returns a duration as people read it, such as `4.2 ms`.
pub(crate) fn milliseconds(duration: Duration) -> String {
    let ms = duration.as_secs_f64() * 1000.0;
    match ms {
        0.0..10.0 => format!("{ms:.1} ms"),
        10.0..10_000.0 => format!("{ms:.0} ms"),
        _ => format!("{:.1} s", ms / 1000.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequences_of_others_never_pass() {
        for (text, expected) in [
            ("a\x1b[2Jb", "a\u{fffd}[2Jb"),
            ("a\u{9b}31mb", "a\u{fffd}31mb"),
            ("a\x07\x08\rb\x7f", "a\u{fffd}\u{fffd}\u{fffd}b\u{fffd}"),
            ("\u{202e}gpj.exe", "\u{fffd}gpj.exe"),
            ("kept:\tä ✓\nnext", "kept:\tä ✓\nnext"),
        ] {
            assert_eq!(safe(text), expected, "{text:?}");
        }
    }

    #[test]
    fn colours_of_ours_pass_and_only_around_what_is_painted() {
        let painted = painted(true, Colour::Red, "500 \x1b[5m\u{fdd0}oops");
        assert_eq!(safe(&painted), "\x1b[31m500 \u{fffd}[5moops\x1b[0m");
        assert_eq!(super::painted(false, Colour::Red, "x"), "x");
    }

    #[test]
    fn json_stays_the_same_value() {
        let value = serde_json::json!({"a": "\u{9b}2J\x7f\x1b\u{202e}ü"});
        let safe = safe_json(&value.to_string());
        assert!(safe.chars().all(|c| !is_control(c)), "{safe}");
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&safe).unwrap(),
            value
        );
    }

    #[test]
    fn texts_are_cut_by_characters() {
        assert_eq!(shortened("äöü", 3), "äöü");
        assert_eq!(shortened("äöüß", 3), "äö…");
        assert_eq!(shortened("abc", 0), "…");
    }
}
