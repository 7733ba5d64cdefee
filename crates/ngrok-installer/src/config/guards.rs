//! What must not reach the YAML library: it would take for ever, or read something else than is written.

use std::collections::BTreeSet;

use super::text;
use crate::error::{Error, ErrorKind, Result};

/// Open `[` and `{` at one place. The YAML library needs quadratic time for them.
const MAX_OPEN_BRACKETS: usize = 200;

/// Finds what the YAML library would choke on, and control characters, which it reports without their place.
pub(super) fn refuse_what_takes_for_ever(text: &str) -> Result<()> {
    let mut open = 0_usize;
    for (offset, character) in text.char_indices() {
        let fault = match character {
            '[' | '{' => {
                open += 1;
                (open > MAX_OPEN_BRACKETS).then_some("nested too deeply")
            }
            ']' | '}' => {
                open = open.saturating_sub(1);
                None
            }
            '\t' | '\r' | '\n' | '\u{85}' => None,
            other => other
                .is_control()
                .then_some("a control character; this is no text file"),
        };
        if let Some(fault) = fault {
            let (line, column) = text::position(text, offset);
            return Err(Error::config(ErrorKind::ConfigSyntax, fault).at(line, column));
        }
    }
    Ok(())
}

/// An alias to a name that two anchors have: YAML means the nearer one above, the library may take yet another.
pub(super) fn refuse_what_is_misread(text: &str) -> Result<()> {
    let used: BTreeSet<&str> = names_after('*', text).map(|(_, name)| name).collect();
    let mut defined = BTreeSet::new();
    for (offset, name) in names_after('&', text) {
        if !defined.insert(name) && used.contains(name) {
            let fault = "two anchors of one name and an alias to it; give each a name of its own";
            let (line, column) = text::position(text, offset);
            return Err(Error::config(ErrorKind::ConfigSyntax, fault).at(line, column));
        }
    }
    Ok(())
}

/// The names behind a sigil that begins a word, with the place of the sigil. Some may stand in comments and strings.
fn names_after(sigil: char, text: &str) -> impl Iterator<Item = (usize, &str)> {
    let outside = |c: char| c.is_whitespace() || ",[]{}".contains(c);
    text.match_indices(sigil)
        .filter_map(move |(offset, sigil)| {
            let (before, behind) = text.split_at_checked(offset + sigil.len())?;
            let begins = before.strip_suffix(sigil)?;
            let name = behind.split(outside).next()?;
            let is_word = (begins.is_empty() || begins.ends_with(outside)) && !name.is_empty();
            is_word.then_some((offset, name))
        })
}
