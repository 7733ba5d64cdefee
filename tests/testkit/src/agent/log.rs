//! The agent's log lines: what they say, in which format, and where they go.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use serde_json::Value;

use crate::clock;

/// Levels in the agent's spelling, least important first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    Debug,
    Info,
    Warn,
    Error,
    Crit,
}

impl Level {
    /// The value of `--log-level`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "debug" | "dbug" => Self::Debug,
            "info" => Self::Info,
            "warn" => Self::Warn,
            "error" | "eror" => Self::Error,
            "crit" => Self::Crit,
            _ => return None,
        })
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Debug => "dbug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "eror",
            Self::Crit => "crit",
        }
    }
}

/// `term` is logfmt on a pipe, and nothing here is a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Logfmt,
    Json,
}

impl Format {
    /// The value of `--log-format`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "term" | "logfmt" => Self::Logfmt,
            "json" => Self::Json,
            _ => return None,
        })
    }
}

/// Where lines go.
#[derive(Debug)]
pub(crate) enum Sink {
    Nowhere,
    Stdout,
    Stderr,
    File(File),
    /// Kept for whoever holds the other end: an agent in the test's own process.
    Lines(Arc<Mutex<Vec<String>>>),
}

/// A field's value. An error that did not happen is `nil` in logfmt and the text `<nil>` in JSON.
pub(crate) enum Field {
    Text(String),
    Number(u64),
    Nil,
}

impl From<&str> for Field {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Field {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<u16> for Field {
    fn from(number: u16) -> Self {
        Self::Number(number.into())
    }
}

/// Fields in the order in which logfmt prints them.
pub(crate) type Fields<'a> = &'a [(&'a str, Field)];

/// Writes lines of one level and above, one at a time.
#[derive(Debug)]
pub(crate) struct Logger {
    sink: Mutex<Sink>,
    format: Format,
    least: Level,
}

impl Logger {
    pub(crate) fn new(sink: Sink, format: Format, least: Level) -> Self {
        Self {
            sink: Mutex::new(sink),
            format,
            least,
        }
    }

    pub(crate) fn debug(&self, msg: &str, fields: Fields<'_>) {
        self.line(Level::Debug, msg, fields);
    }

    pub(crate) fn info(&self, msg: &str, fields: Fields<'_>) {
        self.line(Level::Info, msg, fields);
    }

    pub(crate) fn warn(&self, msg: &str, fields: Fields<'_>) {
        self.line(Level::Warn, msg, fields);
    }

    pub(crate) fn error(&self, msg: &str, fields: Fields<'_>) {
        self.line(Level::Error, msg, fields);
    }

    pub(crate) fn crit(&self, msg: &str, fields: Fields<'_>) {
        self.line(Level::Crit, msg, fields);
    }

    fn line(&self, level: Level, msg: &str, fields: Fields<'_>) {
        if level >= self.least {
            let now = SystemTime::now();
            let mut line = match self.format {
                Format::Logfmt => logfmt_line(now, level, msg, fields),
                Format::Json => json_line(now, level, msg, fields),
            };
            line.push('\n');
            self.raw(&line);
        }
    }

    /// Writes bytes that need not be a whole line.
    pub(crate) fn raw(&self, text: &str) {
        let mut sink = lock(&self.sink);
        let written = match &mut *sink {
            Sink::Nowhere => Ok(()),
            Sink::Stdout => write_all(&mut std::io::stdout().lock(), text),
            Sink::Stderr => write_all(&mut std::io::stderr().lock(), text),
            Sink::File(file) => write_all(file, text),
            Sink::Lines(lines) => {
                lock(lines).push(text.trim_end_matches('\n').to_owned());
                Ok(())
            }
        };
        if written.is_err() && matches!(*sink, Sink::Stdout | Sink::Stderr) {
            // The agent dies of SIGPIPE when nobody reads its log any more; so does this one, with the same status in a shell.
            std::process::exit(141);
        }
    }
}

fn write_all(to: &mut impl Write, text: &str) -> std::io::Result<()> {
    to.write_all(text.as_bytes())?;
    to.flush()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn logfmt_line(time: SystemTime, level: Level, msg: &str, fields: Fields<'_>) -> String {
    let mut line = format!(
        "t={} lvl={} msg={}",
        clock::logfmt(time),
        level.as_str(),
        quoted(msg)
    );
    for (key, value) in fields {
        line.push(' ');
        line.push_str(key);
        line.push('=');
        match value {
            Field::Text(text) => line.push_str(&quoted(text)),
            Field::Number(number) => line.push_str(&number.to_string()),
            Field::Nil => line.push_str("nil"),
        }
    }
    line
}

/// Bare when it can be, else in double quotes with escapes.
fn quoted(text: &str) -> String {
    if !text
        .chars()
        .any(|c| c <= ' ' || matches!(c, '=' | '"' | '\\'))
    {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

fn json_line(time: SystemTime, level: Level, msg: &str, fields: Fields<'_>) -> String {
    let mut object: BTreeMap<&str, Value> = fields
        .iter()
        .map(|(key, value)| {
            let value = match value {
                Field::Text(text) => text.as_str().into(),
                Field::Number(number) => (*number).into(),
                Field::Nil => "<nil>".into(),
            };
            (*key, value)
        })
        .collect();
    object.insert("t", clock::rfc3339_nanos(time).into());
    object.insert("lvl", level.as_str().into());
    object.insert("msg", msg.into());
    go_json(&object)
}

/// JSON as Go's encoder writes it: `<`, `>` and `&` escaped.
pub(crate) fn go_json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value)
        .unwrap_or_default()
        .replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026")
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    const T: SystemTime = UNIX_EPOCH;

    #[test]
    fn logfmt_quotes_only_what_it_must() {
        let line = logfmt_line(
            T,
            Level::Error,
            "failed to auth",
            &[
                ("obj", "tunnels.session".into()),
                ("err", "a \"b\"\nc\\d".into()),
                ("status", 201_u16.into()),
                ("none", Field::Nil),
            ],
        );
        assert_eq!(
            line,
            r#"t=1970-01-01T00:00:00+0000 lvl=eror msg="failed to auth" obj=tunnels.session err="a \"b\"\nc\\d" status=201 none=nil"#
        );
    }

    #[test]
    fn json_sorts_its_keys_and_escapes_as_go_does() {
        let line = json_line(
            T + Duration::from_nanos(1_500),
            Level::Info,
            "open config file",
            &[("path", "/a&b".into()), ("err", Field::Nil)],
        );
        assert_eq!(
            line,
            r#"{"err":"\u003cnil\u003e","lvl":"info","msg":"open config file","path":"/a\u0026b","t":"1970-01-01T00:00:00.0000015Z"}"#
        );
    }

    #[test]
    fn lines_below_the_level_are_dropped() {
        let lines = Arc::default();
        let logger = Logger::new(
            Sink::Lines(Arc::clone(&lines)),
            Format::Logfmt,
            Level::Error,
        );
        logger.warn("no", &[]);
        logger.crit("yes", &[]);
        assert_eq!(lines.lock().unwrap().len(), 1);
    }
}
