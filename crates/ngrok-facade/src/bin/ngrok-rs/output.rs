//! Prints results on stdout and everything else on stderr, through one filter for control characters.

use std::io::{self, IsTerminal, Write};

use serde_json::Value;

use crate::exit::{Failure, Outcome};
use crate::text;
pub(crate) use crate::text::Colour;

/// How to print, as the global options say.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    pub(crate) json: bool,
    pub(crate) quiet: bool,
    pub(crate) verbose: bool,
    pub(crate) terminal: bool,
    colour: bool,
    note_colour: bool,
}

impl Output {
    pub(crate) fn new(json: bool, quiet: bool, verbose: bool) -> Self {
        let wanted = wants_colour();
        let terminal = io::stdout().is_terminal();
        let stdout_paints = || terminal && interprets_colours(&Stream::Stdout);
        let stderr_paints = || io::stderr().is_terminal() && interprets_colours(&Stream::Stderr);
        Self {
            json,
            quiet,
            verbose,
            terminal,
            colour: wanted && !json && stdout_paints(),
            note_colour: wanted && stderr_paints(),
        }
    }

    /// Returns an output without colours, for text that is drawn in another way.
    pub(crate) const fn plain() -> Self {
        Self {
            json: false,
            quiet: false,
            verbose: false,
            terminal: false,
            colour: false,
            note_colour: false,
        }
    }

    /// Prints one line of result, or several.
    pub(crate) fn line(self, text: impl AsRef<str>) -> Outcome {
        write_line(io::stdout().lock(), text.as_ref()).map_err(Failure::Stdout)
    }

    /// Prints one object for scripts.
    pub(crate) fn object(self, object: &Value) -> Outcome {
        write_object(io::stdout().lock(), object).map_err(Failure::Stdout)
    }

    /// Prints one object for scripts, or text for people.
    pub(crate) fn either(
        self,
        object: impl FnOnce() -> Value,
        text: impl FnOnce() -> String,
    ) -> Outcome {
        if self.json {
            self.object(&object())
        } else {
            self.line(text())
        }
    }

    /// Reports success: an object for scripts, a note for people.
    pub(crate) fn done(self, text: &str, object: &Value) -> Outcome {
        if self.json {
            return self.object(object);
        }
        self.note(text);
        Ok(())
    }

    /// Prints something that is good to know, for people only. A note that cannot be printed is dropped.
    pub(crate) fn note(self, text: impl AsRef<str>) {
        if !self.quiet && !self.json {
            let _ = write_line(io::stderr().lock(), text.as_ref());
        }
    }

    /// Returns `text` in colour for stdout, on a terminal.
    pub(crate) fn paint(self, colour: Colour, text: impl AsRef<str>) -> String {
        text::painted(self.colour, colour, text.as_ref())
    }

    /// Returns `text` in colour for a note, if stderr is a terminal.
    pub(crate) fn paint_note(self, colour: Colour, text: impl AsRef<str>) -> String {
        text::painted(self.note_colour, colour, text.as_ref())
    }

    /// Returns the columns that a line on stdout may use; `None` where lines are not cut.
    pub(crate) fn width(self) -> Option<usize> {
        if !self.terminal {
            return None;
        }
        let size = terminal_size::terminal_size_of(io::stdout());
        let columns = size.map_or(0, |(width, _)| usize::from(width.0));
        Some(if columns == 0 { 80 } else { columns })
    }
}

enum Stream {
    Stdout,
    Stderr,
}

/// Terminals interpret colours; a console of Windows does so once its VT mode is on, which old ones do not have.
fn interprets_colours(stream: &Stream) -> bool {
    #[cfg(windows)]
    {
        let console = match stream {
            Stream::Stdout => console::Term::stdout(),
            Stream::Stderr => console::Term::stderr(),
        };
        console.features().colors_supported()
    }
    #[cfg(not(windows))]
    {
        let _ = stream;
        true
    }
}

/// Whether the user's environment allows colours, on a terminal.
pub(crate) fn wants_colour() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()) && !is_dumb()
}

/// Whether the terminal understands no escape sequences at all.
pub(crate) fn is_dumb() -> bool {
    std::env::var_os("TERM").is_some_and(|term| term == "dumb")
}

/// Writes a line in one call, so that lines of several threads do not mix and a reader sees it now.
pub(crate) fn write_line(mut to: impl Write, text: &str) -> io::Result<()> {
    let mut safe = text::safe(text);
    safe.push('\n');
    to.write_all(safe.as_bytes())?;
    to.flush()
}

/// Writes an object in one line.
pub(crate) fn write_object(mut to: impl Write, object: &Value) -> io::Result<()> {
    let mut safe = text::safe_json(&object.to_string());
    safe.push('\n');
    to.write_all(safe.as_bytes())?;
    to.flush()
}

/// Returns an object with further fields.
pub(crate) fn with(mut object: Value, more: Value) -> Value {
    if let (Value::Object(object), Value::Object(more)) = (&mut object, more) {
        object.extend(more);
    }
    object
}
