//! The terminal as a whole: taken over, drawn on, and given back however the program ends.

use std::io::{self, Stdout};
use std::sync::mpsc::Sender;

use crossterm::event::{self, KeyEventKind};
use crossterm::{cursor, execute, terminal};
use ratatui_core::terminal::{Frame, Terminal};
use ratatui_crossterm::CrosstermBackend;

use crate::hold::Message;

/// The terminal's second page. Dropping it brings the first one back.
pub(super) struct FullScreen(Terminal<CrosstermBackend<Stdout>>);

impl FullScreen {
    pub(super) fn enter() -> io::Result<Self> {
        terminal::enable_raw_mode()?;
        // From here on, leaving undoes what was done.
        let left = Leave;
        execute!(io::stdout(), terminal::EnterAlternateScreen, cursor::Hide)?;
        let screen = Terminal::new(CrosstermBackend::new(io::stdout()))?;
        std::mem::forget(left);
        Ok(Self(screen))
    }

    /// Draws what has changed. The size of the terminal is looked at each time.
    pub(super) fn draw(&mut self, with: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        self.0.draw(with).map(drop)
    }
}

impl Drop for FullScreen {
    fn drop(&mut self) {
        drop(Leave);
    }
}

struct Leave;

impl Drop for Leave {
    fn drop(&mut self) {
        leave();
    }
}

/// Gives the terminal back; does no harm where it was not taken.
pub(crate) fn leave() {
    if terminal::is_raw_mode_enabled().unwrap_or(false) {
        let _ = execute!(io::stdout(), terminal::LeaveAlternateScreen, cursor::Show);
        let _ = terminal::disable_raw_mode();
    }
}

/// Sends each key, and word of each change of size, until no one listens.
pub(super) fn read_keys(to: &Sender<Message>) {
    loop {
        let message = match event::read() {
            Ok(event::Event::Key(key)) if key.kind != KeyEventKind::Release => Message::Key(key),
            Ok(event::Event::Resize(..)) => Message::Resized,
            Ok(_) => continue,
            Err(_) => return,
        };
        if to.send(message).is_err() {
            return;
        }
    }
}
