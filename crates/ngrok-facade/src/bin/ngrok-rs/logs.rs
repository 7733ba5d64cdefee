//! `ngrok-rs logs`: the log of an agent that `ngrok-rs` runs.

use std::fs::File;
use std::io::{BufRead, BufReader, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use ngrok_facade::LogLine;
use ngrok_facade::process::Level;
use serde_json::json;

use crate::args::LogsArgs;
use crate::context::Context;
use crate::exit::{Failure, Outcome};
use crate::output::Output;
use crate::signals;
use crate::state::{self, Entry};
use crate::text::Colour;

/// How often a log is looked at for further lines.
const PAUSE: Duration = Duration::from_millis(100);

pub(crate) fn run(context: &Context, args: &LogsArgs) -> Outcome {
    let printer = Printer {
        output: context.output,
        least: args.level.map(Level::from),
    };
    let mut entries = state::live().into_iter();
    let entry = match &args.of {
        Some(of) => entries.find(|entry| entry.has(of)),
        None => entries.next(),
    };
    match (entry, &args.of) {
        (Some(entry), _) if args.follow => follow(&printer, &entry),
        (Some(entry), _) => entry.logs().iter().try_for_each(|path| printer.whole(path)),
        (None, Some(of)) => Err(Failure::Failed(format!(
            "no agent that ngrok-rs started has the endpoint `{of}`; `ngrok-rs status --all` lists them"
        ))),
        (None, None) => match state::last_log().filter(|_| !args.follow) {
            Some(last) => {
                context
                    .output
                    .note("no agent is running; this is the log of the last one");
                printer.whole(&last)
            }
            None => Err(Failure::Failed(
                "no agent that ngrok-rs started is running".to_owned(),
            )),
        },
    }
}

struct Printer {
    output: Output,
    least: Option<Level>,
}

impl Printer {
    fn whole(&self, path: &Path) -> Outcome {
        let file = File::open(path).map_err(|error| unreadable(path, error))?;
        for line in BufReader::new(file).split(b'\n') {
            let line = line.map_err(|error| unreadable(path, error))?;
            self.line(&String::from_utf8_lossy(&line))?;
        }
        Ok(())
    }

    fn line(&self, raw: &str) -> Outcome {
        let line = LogLine::parse(raw);
        // Text that is no log line has no level; it is how an agent says why it fails.
        let below =
            line.level() != Level::NotSet && self.least.is_some_and(|least| line.level() < least);
        if below || raw.is_empty() {
            return Ok(());
        }
        let colour = match line.level() {
            Level::Warning => Some(Colour::Yellow),
            Level::Error | Level::Critical => Some(Colour::Red),
            Level::Debug => Some(Colour::Dim),
            _ => None,
        };
        self.output.either(
            || {
                json!({
                    "time": line.get("t"),
                    "level": line.level().as_str(),
                    "message": line.msg(),
                    "error": line.err(),
                    "raw": raw,
                })
            },
            || match colour {
                Some(colour) => self.output.paint(colour, raw),
                None => raw.to_owned(),
            },
        )
    }
}

fn unreadable(path: &Path, error: std::io::Error) -> Failure {
    Failure::Io(format!("cannot read {}", path.display()), error)
}

/// Prints the log and what is added to it, until a signal comes or the agent's process ends.
fn follow(printer: &Printer, entry: &Entry) -> Outcome {
    let (sender, signals) = channel();
    signals::forward(sender, |_| (), || ())
        .map_err(|error| Failure::Io("cannot watch for signals".to_owned(), error))?;
    let paths = entry.logs();
    let Some((current, older)) = paths.split_last() else {
        return Ok(());
    };
    older.iter().try_for_each(|path| printer.whole(path))?;
    let mut tail = Tail::new(current.clone());
    loop {
        // Before the look at the log, so that nothing written at the end is missed.
        let gone = entry.wait_gone(Duration::ZERO);
        tail.each(|line| printer.line(line))?;
        if gone {
            return Ok(());
        }
        match signals.recv_timeout(PAUSE) {
            Err(RecvTimeoutError::Timeout) => {}
            _ => return Ok(()),
        }
    }
}

/// A file that grows, and is begun anew when it is too long.
struct Tail {
    path: PathBuf,
    read: u64,
    rest: Vec<u8>,
}

impl Tail {
    fn new(path: PathBuf) -> Self {
        Self {
            path,
            read: 0,
            rest: Vec::new(),
        }
    }

    /// Calls `with` for each line that is new and complete.
    fn each(&mut self, mut with: impl FnMut(&str) -> Outcome) -> Outcome {
        let Ok(mut file) = File::open(&self.path) else {
            return Ok(());
        };
        if file.metadata().is_ok_and(|it| it.len() < self.read) {
            self.read = 0;
            self.rest.clear();
        }
        file.seek(SeekFrom::Start(self.read))
            .map_err(|error| unreadable(&self.path, error))?;
        let mut reader = BufReader::new(file);
        loop {
            let read = reader
                .read_until(b'\n', &mut self.rest)
                .map_err(|error| unreadable(&self.path, error))?;
            self.read += u64::try_from(read).unwrap_or_default();
            if self.rest.pop_if(|last| *last == b'\n').is_none() {
                return Ok(());
            }
            let line = String::from_utf8_lossy(&self.rest).into_owned();
            self.rest.clear();
            with(&line)?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn a_growing_file_is_read_line_by_line_and_from_the_start_when_begun_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let mut file = File::create(&path).unwrap();
        let mut tail = Tail::new(path.clone());
        let mut seen = Vec::new();
        let mut each = |tail: &mut Tail| {
            tail.each(|line| {
                seen.push(line.to_owned());
                Ok(())
            })
            .unwrap();
        };
        write!(file, "one\ntwo, not whole yet").unwrap();
        each(&mut tail);
        write!(file, "\nthree\n").unwrap();
        each(&mut tail);
        std::fs::write(&path, "four\n").unwrap();
        each(&mut tail);
        assert_eq!(seen, ["one", "two, not whole yet", "three", "four"]);
    }
}
