//! What is printed where: results on stdout, everything else on stderr.

use std::io::{self, IsTerminal, Write};

use serde_json::Value;

use crate::exit::{Failure, Outcome};

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

/// Colours for a terminal.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Colour {
    Bold,
    Green,
    Yellow,
    Red,
    Dim,
}

impl Output {
    pub(crate) fn new(json: bool, quiet: bool, verbose: bool) -> Self {
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
            && std::env::var_os("TERM").is_none_or(|term| term != "dumb");
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

    /// One line of result.
    pub(crate) fn line(self, text: impl AsRef<str>) -> Outcome {
        write_line(io::stdout().lock(), text.as_ref()).map_err(Failure::Stdout)
    }

    /// One line of result for scripts.
    pub(crate) fn object(self, object: &Value) -> Outcome {
        self.line(object.to_string())
    }

    /// One object for scripts, or text for people.
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

    /// Something that is good to know, for people only. Nobody is told if it cannot be printed.
    pub(crate) fn note(self, text: impl AsRef<str>) {
        if !self.quiet && !self.json {
            let _ = write_line(io::stderr().lock(), text.as_ref());
        }
    }

    /// `text` in colour for stdout, on a terminal.
    pub(crate) fn paint(self, colour: Colour, text: impl AsRef<str>) -> String {
        painted(self.colour, colour, text.as_ref())
    }

    /// `text` in colour for a note, if stderr is a terminal.
    pub(crate) fn paint_note(self, colour: Colour, text: impl AsRef<str>) -> String {
        painted(self.note_colour, colour, text.as_ref())
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

fn painted(wanted: bool, colour: Colour, text: &str) -> String {
    if !wanted {
        return text.to_owned();
    }
    let code = match colour {
        Colour::Bold => 1,
        Colour::Green => 32,
        Colour::Yellow => 33,
        Colour::Red => 31,
        Colour::Dim => 2,
    };
    format!("\x1b[{code}m{text}\x1b[0m")
}

/// Writes a line at once, so that lines of several threads do not mix and a reader sees it now.
pub(crate) fn write_line(mut to: impl Write, text: &str) -> io::Result<()> {
    to.write_all(format!("{text}\n").as_bytes())?;
    to.flush()
}

/// An object with further fields.
pub(crate) fn with(mut object: Value, more: Value) -> Value {
    if let (Value::Object(object), Value::Object(more)) = (&mut object, more) {
        object.extend(more);
    }
    object
}
