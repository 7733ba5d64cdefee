//! Why an agent or a command of it ended, in its own words: a fold over what it printed besides log lines.

mod noise;
mod sentence;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use crate::ErrorCode;

pub(crate) use sentence::{first_part, sentence, shorten};

/// More lines than this say nothing new.
const MOST_LINES: usize = 40;

/// A longer line loses its end: no sentence is made of so much.
const LONGEST_LINE: usize = 2000;

/// The text lines so far, as far as they may hold the reason.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reason {
    /// The last block of `ERROR:` lines, without that word.
    block: Vec<String>,
    block_goes_on: bool,
    /// What a Go program prints when it crashes.
    crash: Option<String>,
    /// The last lines that are neither a warning nor usage text.
    text: VecDeque<String>,
    in_usage: bool,
}

impl Reason {
    /// Takes all lines of a text in.
    pub(crate) fn of(text: &str) -> Self {
        let mut reason = Self::default();
        for line in text.lines() {
            reason.feed(line);
        }
        reason
    }

    /// Takes one line in that is not a log line.
    pub(crate) fn feed(&mut self, line: &str) {
        let line = noise::printable(line, LONGEST_LINE);
        if line.trim().is_empty() {
            // Agents print a blank line before a block; between two lines of one it means nothing.
            self.push_text(String::new());
            return;
        }
        if let Some(error) = noise::error_line(&line) {
            if !self.block_goes_on {
                self.block.clear();
                self.block_goes_on = true;
            }
            if self.block.len() < MOST_LINES {
                self.block.push(error.to_owned());
            }
            self.in_usage = false;
            return;
        }
        if noise::is_crash(&line) {
            self.crash.get_or_insert(line);
            return;
        }
        if noise::is_usage_heading(&line) {
            self.in_usage = true;
            return;
        }
        if self.in_usage && line.starts_with(' ') {
            return;
        }
        self.in_usage = false;
        if noise::is_warning(&line) {
            return;
        }
        self.block_goes_on = false;
        self.push_text(line);
    }

    fn push_text(&mut self, line: String) {
        if line.is_empty() && self.text.back().is_none_or(String::is_empty) {
            return;
        }
        if self.text.len() == MOST_LINES {
            self.text.pop_front();
        }
        self.text.push_back(line);
    }

    /// Forgets everything: the agent has got over it.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Returns what the agent reported on purpose: the message of a crash, or else its last block of `ERROR:` lines.
    pub(crate) fn reported(&self) -> Option<String> {
        self.crash
            .clone()
            .or_else(|| sentence(self.block.iter().map(String::as_str)))
    }

    /// Returns whether the agent crashed.
    pub(crate) fn is_crash(&self) -> bool {
        self.crash.is_some()
    }

    /// Returns the last thing printed, whatever it is. A message that ends with one of ngrok's codes is taken whole.
    pub(crate) fn last_words(&self) -> Option<String> {
        let lines = || self.text.iter().map(String::as_str);
        if lines().any(|line| ErrorCode::find(line).is_some()) {
            return sentence(lines());
        }
        let last = self.text.iter().rposition(|line| !line.is_empty())?;
        // A line that announces what follows belongs to it.
        let mut first = last;
        while let Some(line) = first.checked_sub(1).and_then(|at| self.text.get(at)) {
            if !line.ends_with(':') {
                break;
            }
            first -= 1;
        }
        sentence(lines().skip(first).take(last + 1 - first))
    }
}
