//! Questions at a terminal: a secret that is not shown, and a line that is.

use std::io::{self, BufRead, IsTerminal, Write};

use crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use crossterm::terminal;

use crate::exit::{Failure, Outcome};

/// The longest authtoken, API key or answer that is accepted, in bytes.
pub(crate) const LONGEST: usize = 1024;

/// Whether a person can answer.
pub(crate) fn is_possible() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks for a secret in one line, which is not shown as it is typed.
pub(crate) fn secret(question: &str) -> Outcome<String> {
    // Before the question: what is typed at once is not shown either.
    let raw = Raw::enter()?;
    ask(question)?;
    let typed = typed();
    drop(raw);
    // The line break that the user typed was not shown either.
    let _ = writeln!(io::stderr());
    typed
}

/// Asks for one line, shown as it is typed.
pub(crate) fn line(question: &str) -> Outcome<String> {
    ask(question)?;
    let mut line = String::new();
    let limit = u64::try_from(LONGEST).unwrap_or(u64::MAX);
    let mut input = io::Read::take(io::stdin().lock(), limit);
    input.read_line(&mut line).map_err(unreadable)?;
    Ok(line.trim().to_owned())
}

fn ask(question: &str) -> Outcome {
    let mut stderr = io::stderr().lock();
    write!(stderr, "{question} ")
        .and_then(|()| stderr.flush())
        .map_err(|error| Failure::Io("cannot write to the terminal".to_owned(), error))
}

fn unreadable(error: io::Error) -> Failure {
    Failure::Io("cannot read from the terminal".to_owned(), error)
}

/// Raw mode, which ends when this is dropped.
struct Raw;

impl Raw {
    fn enter() -> Outcome<Self> {
        terminal::enable_raw_mode().map_err(unreadable)?;
        Ok(Self)
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        let _ = terminal::disable_raw_mode();
    }
}

fn typed() -> Outcome<String> {
    let mut text = String::new();
    loop {
        match event::read().map_err(unreadable)? {
            Event::Key(key) if key.kind != KeyEventKind::Release => match edit(&mut text, key) {
                Step::More => {}
                Step::Done => return Ok(text),
                Step::Stopped => return Err(Failure::Interrupted),
            },
            Event::Paste(pasted) => text.push_str(&pasted),
            _ => {}
        }
        if text.len() > LONGEST {
            return Err(Failure::Usage(format!(
                "the input is longer than {LONGEST} bytes, which no authtoken or API key is"
            )));
        }
    }
}

#[derive(Debug, PartialEq)]
enum Step {
    More,
    Done,
    Stopped,
}

/// Applies one key to what was typed so far.
fn edit(text: &mut String, key: KeyEvent) -> Step {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    match key.code {
        KeyCode::Enter => return Step::Done,
        KeyCode::Char('c') if control => return Step::Stopped,
        // Ctrl-J and Ctrl-M are what some terminals send for Enter.
        KeyCode::Char('j' | 'm') if control => return Step::Done,
        KeyCode::Char('d') if control => {
            return if text.is_empty() {
                Step::Stopped
            } else {
                Step::Done
            };
        }
        KeyCode::Char('u') if control => text.clear(),
        KeyCode::Backspace => drop(text.pop()),
        KeyCode::Char(c) if !control => text.push(c),
        _ => {}
    }
    Step::More
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_edit_the_line() {
        let mut text = String::new();
        let plain = |c| KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE);
        let control = |c| KeyEvent::new(KeyCode::Char(c), KeyModifiers::CONTROL);
        for c in "abx".chars() {
            assert_eq!(edit(&mut text, plain(c)), Step::More);
        }
        edit(
            &mut text,
            KeyEvent::new(KeyCode::Backspace, KeyModifiers::NONE),
        );
        edit(&mut text, control('x'));
        assert_eq!(text, "ab");
        assert_eq!(edit(&mut text, control('c')), Step::Stopped);
        assert_eq!(edit(&mut text, control('d')), Step::Done);
        edit(&mut text, control('u'));
        assert_eq!(
            (text.as_str(), edit(&mut text.clone(), control('d'))),
            ("", Step::Stopped)
        );
        assert_eq!(
            edit(&mut text, KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE)),
            Step::Done
        );
    }
}
