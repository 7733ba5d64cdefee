//! What of an agent's text says nothing about why it ended: usage text, warnings, and what the system adds.

/// The headings of the usage text of agents 2.x and of later ones, which are alone on their line.
const HEADINGS: [&str; 16] = [
    "NAME:",
    "USAGE:",
    "VERSION:",
    "DESCRIPTION:",
    "AUTHOR:",
    "AUTHORS:",
    "EXAMPLES:",
    "COMMANDS:",
    "ALIASES:",
    "OPTIONS:",
    "FLAGS:",
    "GLOBAL OPTIONS:",
    "GLOBAL FLAGS:",
    "AVAILABLE COMMANDS:",
    "ADDITIONAL HELP TOPICS:",
    "MORE INFORMATION:",
];

/// Returns the line as a terminal would show it: without escape sequences and control characters, tabs as spaces.
pub(super) fn printable(line: &str, longest: usize) -> String {
    let mut shown = String::new();
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        if shown.len() >= longest {
            break;
        }
        match c {
            '\u{1b}' => skip_sequence(&mut chars),
            '\t' => shown.push(' '),
            c if c.is_control() => {}
            c => shown.push(c),
        }
    }
    shown.truncate(shown.trim_end().len());
    shown
}

/// Skips what follows an escape character: `[`, parameters and a letter, or two characters.
fn skip_sequence(chars: &mut std::str::Chars<'_>) {
    match chars.next() {
        Some('[') => {
            chars.find(|c| matches!(c, '@'..='~'));
        }
        Some('(' | ')') => {
            chars.next();
        }
        _ => {}
    }
}

/// Returns the text of an `ERROR:` line of the agent, with the indentation that it has beyond the usual one.
pub(super) fn error_line(line: &str) -> Option<&str> {
    let text = line.strip_prefix("ERROR:")?;
    // The dynamic loader reports a library that it ignores in the same way.
    if text.trim_start().starts_with("ld.so:") {
        return None;
    }
    Some(text.strip_prefix("  ").unwrap_or(text.trim_start()))
}

/// Returns whether a Go program says here that it crashes.
pub(super) fn is_crash(line: &str) -> bool {
    ["panic: ", "fatal error: ", "runtime: out of memory"]
        .iter()
        .any(|start| line.starts_with(start))
}

pub(super) fn is_usage_heading(line: &str) -> bool {
    HEADINGS.iter().any(|heading| {
        line.get(..heading.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(heading))
            // `Usage:` may have its text on the same line.
            && (line.len() == heading.len() || *heading == "USAGE:")
    })
}

/// Returns whether the line warns of something that the agent goes on with.
pub(super) fn is_warning(line: &str) -> bool {
    const STARTS: [&str; 6] = [
        "warning",
        "warn[",
        "warn:",
        "error: ld.so:",
        "note:",
        "deprecated",
    ];
    let lower = line.trim_start().to_ascii_lowercase();
    STARTS.iter().any(|start| lower.starts_with(start))
        || lower.contains(" has been deprecated")
        || lower.contains(": warning: ")
        || lower.contains("--help\" for more information")
        || (lower.contains("cgroup") && lower.contains("proceeding"))
}
