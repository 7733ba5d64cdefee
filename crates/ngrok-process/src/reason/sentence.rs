//! From the lines of a message to one readable sentence.

/// A message longer than this is cut where a sentence or a part of one ends.
const LONGEST: usize = 400;

/// Joins the lines of a message: parts are separated by semicolons, lines of running text by spaces. Lines that hold only
/// one of ngrok's codes, the address of its page or an echoed credential are left out.
pub(crate) fn sentence<'a>(lines: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let lines: Vec<&str> = lines.into_iter().collect();
    let mut joined = String::new();
    let mut blank_before = false;
    for (at, line) in lines.iter().enumerate() {
        let text = line.trim();
        if text.is_empty() {
            blank_before = true;
            continue;
        }
        if is_left_out(text) {
            continue;
        }
        let is_item = ["* ", "- ", "• "].iter().find_map(|b| text.strip_prefix(b));
        let part = is_item.unwrap_or(text).trim();
        let stands_alone =
            blank_before && lines.get(at + 1).is_none_or(|next| next.trim().is_empty());
        let is_command = stands_alone && line.starts_with("    ") && is_item.is_none();
        if !joined.is_empty() {
            let is_part = is_item.is_some() || blank_before || begins_anew(part);
            joined.push_str(separator(&joined, is_part && !is_command));
        }
        if is_command {
            joined.push_str(&format!("`{part}`"));
            // What follows a command goes on with its sentence.
            blank_before = false;
            joined.push(' ');
        } else {
            joined.push_str(part);
            blank_before = false;
        }
    }
    let joined = joined.trim().trim_end_matches(':');
    (!joined.is_empty()).then(|| joined.to_owned())
}

/// What goes between the text so far and the next line.
fn separator(before: &str, is_part: bool) -> &'static str {
    match before.chars().next_back() {
        Some(' ') => "",
        Some('.' | '!' | '?' | ':' | ';' | ',' | '`') | None => " ",
        Some(_) if is_part => "; ",
        Some(_) => " ",
    }
}

/// Whether a line cannot be the rest of the sentence before it.
fn begins_anew(line: &str) -> bool {
    let mut chars = line.chars();
    let first = chars.next();
    first.is_some_and(char::is_uppercase) && chars.next().is_some_and(|c| !c.is_uppercase())
        || line.strip_prefix("line ").is_some_and(|rest| {
            rest.starts_with(|c: char| c.is_ascii_digit()) && rest.contains(':')
        })
}

fn is_left_out(line: &str) -> bool {
    let lower = line.to_ascii_lowercase();
    if lower.starts_with("your ") && line.contains(':') {
        // "Your authtoken: …" only repeats a secret.
        let name = lower.split(':').next().unwrap_or_default();
        let named = ["token", "credential", "key", "authentication", "header"];
        return named.iter().any(|end| name.ends_with(end)) && !line.contains("://");
    }
    let word = lower.trim_end_matches('.');
    let is_word = !word.contains(' ');
    is_word && (word.starts_with("err_ngrok_") || word.contains("ngrok.com/docs/errors"))
}

/// Returns the first sentence, or part of one, of what [`sentence`] made.
pub(crate) fn first_part(text: &str) -> &str {
    // Shorter ones are abbreviations and such.
    const LEAST: usize = 8;
    let ends = |border: &str, keep: usize| {
        let mut found = text.match_indices(border).map(|(at, _)| at + keep);
        found.find(|end| *end >= LEAST)
    };
    let end = [ends(". ", 1), ends("! ", 1), ends("; ", 0)]
        .into_iter()
        .flatten()
        .min();
    end.and_then(|end| text.get(..end)).unwrap_or(text)
}

/// Cuts a sentence that is too long where one of its parts ends.
pub(crate) fn shorten(text: &str) -> String {
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    let end = text
        .char_indices()
        .nth(LONGEST)
        .map_or(text.len(), |(at, _)| at);
    let head = text.get(..end).unwrap_or_default();
    let least = LONGEST / 4;
    // The end of a sentence is best, then that of a part, then that of a word.
    for (border, keep, mark) in [(". ", 1, ""), ("; ", 0, " …"), (" ", 0, " …")] {
        if let Some(at) = head.rfind(border).filter(|at| *at >= least) {
            return format!("{}{mark}", head.get(..at + keep).unwrap_or_default());
        }
    }
    format!("{head}…")
}
