//! One request on the screen: headers and decoded bodies, line by line.

use ngrok_facade::localapi::CapturedRequest;

use crate::output::Output;
use crate::{page, text};

/// The most lines that are kept of one request.
const MOST: usize = 5_000;

/// Returns the lines, none wider than `width`.
pub(super) fn lines(request: &CapturedRequest, width: usize) -> Vec<String> {
    let plain = page::page(Output::plain(), request);
    let mut lines = Vec::new();
    for line in plain.lines() {
        let line = text::one_line(&line.replace('\t', "    "));
        let characters: Vec<char> = line.chars().collect();
        if characters.is_empty() {
            lines.push(String::new());
        }
        lines.extend(
            characters
                .chunks(width.max(1))
                .map(|part| part.iter().collect()),
        );
        if lines.len() >= MOST {
            break;
        }
    }
    lines
}
