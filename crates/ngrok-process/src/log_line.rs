//! One line of the agent's output: the raw text, and the fields of it if it is a log line.

mod json;
mod logfmt;
#[cfg(test)]
mod properties;
mod term;

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use ngrok_core::MASK;
use ngrok_core::mask::{Redactor, is_secret_name};

/// How grave a log line is, under the names that pyngrok gave them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Level {
    /// The line has no level, or one that is not known.
    #[default]
    NotSet,
    /// `dbug`.
    Debug,
    /// `info`.
    Info,
    /// `warn`.
    Warning,
    /// `eror`.
    Error,
    /// `crit`.
    Critical,
}

impl Level {
    /// Reads a level as agents write it (`dbug`, `eror`, `crit`) or as people do (`debug`, `ERROR`, `critical`).
    pub fn parse(text: &str) -> Self {
        const NAMES: [(&str, Level); 10] = [
            ("info", Level::Info),
            ("dbug", Level::Debug),
            ("debug", Level::Debug),
            ("warn", Level::Warning),
            ("warning", Level::Warning),
            ("eror", Level::Error),
            ("error", Level::Error),
            ("err", Level::Error),
            ("crit", Level::Critical),
            ("critical", Level::Critical),
        ];
        NAMES
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(text))
            .map_or(Self::NotSet, |(_, level)| *level)
    }

    /// pyngrok's name of the level, such as `WARNING`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotSet => "NOTSET",
            Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::Warning => "WARNING",
            Self::Error => "ERROR",
            Self::Critical => "CRITICAL",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One line that the agent printed, on either stream.
///
/// The agent writes logfmt, or JSON or its form for terminals if its configuration says so for its first lines; whatever
/// else it prints, such as `ERROR:  …`, is kept as a line without fields. The secrets of an agent's lines
/// are masked before anyone sees them.
///
/// ```
/// use ngrok_process::{Level, LogLine};
///
/// let line = LogLine::parse(r#"t=2026-11-21T20:18:29+0000 lvl=eror msg="failed to auth" obj=csess err="no \"luck\"""#);
/// assert_eq!(line.level(), Level::Error);
/// assert_eq!(line.msg(), Some("failed to auth"));
/// assert_eq!(line.err(), Some(r#"no "luck""#));
/// assert_eq!(line.get("obj"), Some("csess"));
/// ```
///
/// A clone is cheap: it shares the text.
#[derive(Clone, PartialEq, Eq)]
pub struct LogLine(Arc<Line>);

#[derive(PartialEq, Eq)]
struct Line {
    raw: Box<str>,
    fields: Vec<Field>,
    level: Level,
    truncated: bool,
}

/// One `key=value`: the texts stay where they are in the raw line unless they had to be unescaped.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Field {
    key: Text,
    value: Text,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Text {
    Raw(Range<u32>),
    Unescaped(Box<str>),
}

impl Text {
    fn get<'a>(&'a self, raw: &'a str) -> &'a str {
        match self {
            Self::Raw(range) => raw
                .get(range.start as usize..range.end as usize)
                .unwrap_or_default(),
            Self::Unescaped(text) => text,
        }
    }
}

impl LogLine {
    /// Parses a line. Any text is a line: what does not look like a log line has no fields.
    pub fn parse(raw: impl Into<String>) -> Self {
        Self::new(raw.into(), false)
    }

    pub(crate) fn new(raw: String, truncated: bool) -> Self {
        let raw = raw.into_boxed_str();
        let mut fields = json::fields(&raw)
            .or_else(|| term::fields(&raw))
            .unwrap_or_else(|| logfmt::fields(&raw));
        let mut level = last(&fields, &raw, "lvl").map_or(Level::NotSet, Level::parse);
        let inner = last(&fields, &raw, "msg").and_then(nested);
        if let Some((inner_level, inner)) = inner {
            level = level.max(inner_level);
            fields.extend(inner);
        }
        Self(Arc::new(Line {
            raw,
            fields,
            level,
            truncated,
        }))
    }

    /// The line without its secrets. What it means was read before, so that no secret can change that: each value is
    /// masked by itself, and no other one moves.
    pub(crate) fn masked(self, redactor: &Redactor) -> Self {
        let line = &self.0;
        let raw = if line.truncated {
            redactor.redact_cut(line.raw.to_string())
        } else {
            redactor.redact(line.raw.to_string())
        };
        if *raw == *line.raw {
            return self;
        }
        let fields = line.fields.iter().map(|field| {
            let key = field.key.get(&line.raw);
            let value = field.value.get(&line.raw);
            let value = if is_secret_name(key) {
                MASK.to_owned()
            } else {
                redactor.redact(value.to_owned())
            };
            Field {
                key: Text::Unescaped(key.into()),
                value: Text::Unescaped(value.into()),
            }
        });
        Self(Arc::new(Line {
            fields: fields.collect(),
            raw: raw.into_boxed_str(),
            level: line.level,
            truncated: line.truncated,
        }))
    }

    /// About how many bytes of memory it takes.
    pub(crate) fn weight(&self) -> usize {
        self.0.raw.len() + self.0.fields.len() * size_of::<Field>() + size_of::<Line>()
    }

    /// The whole line as printed, without its line end; secrets are masked and invalid UTF-8 is replaced.
    pub fn raw(&self) -> &str {
        &self.0.raw
    }

    /// The same under pyngrok's name.
    pub fn line(&self) -> &str {
        self.raw()
    }

    /// Whether the line was longer than 1 MB, so that its end is missing.
    pub fn is_truncated(&self) -> bool {
        self.0.truncated
    }

    /// Whether this is a line of the agent's log, as opposed to other text that it printed.
    pub fn is_log(&self) -> bool {
        self.get("lvl").is_some() || (self.get("msg").is_some() && self.get("t").is_some())
    }

    /// How grave the line is.
    pub fn level(&self) -> Level {
        self.0.level
    }

    /// The level as the agent wrote it, such as `eror`.
    pub fn lvl(&self) -> Option<&str> {
        self.get("lvl")
    }

    /// When it was logged, as the agent wrote it.
    pub fn t(&self) -> Option<&str> {
        self.get("t")
    }

    /// What happened, such as `started tunnel`.
    pub fn msg(&self) -> Option<&str> {
        self.get("msg")
    }

    /// The error, unless the agent says that there was none (`nil`).
    pub fn err(&self) -> Option<&str> {
        self.get("err")
            .filter(|err| !matches!(*err, "" | "nil" | "<nil>"))
    }

    /// The part of the agent that logged it, such as `tunnels.session`.
    pub fn obj(&self) -> Option<&str> {
        self.get("obj")
    }

    /// The address that it is about, such as that of the web service.
    pub fn addr(&self) -> Option<&str> {
        self.get("addr")
    }

    /// The value of `key`; when the key is repeated, the last one.
    pub fn get(&self, key: &str) -> Option<&str> {
        last(&self.0.fields, &self.0.raw, key)
    }

    /// All fields in order, repeated keys included.
    pub fn fields(&self) -> impl DoubleEndedIterator<Item = (&str, &str)> {
        self.0
            .fields
            .iter()
            .map(|field| (field.key.get(&self.0.raw), field.value.get(&self.0.raw)))
    }

    /// Whether it only tells of a call of the agent's local API, such as our own checks make: two lines a call.
    pub fn is_api_call(&self) -> bool {
        self.get("pg").is_some() && matches!(self.msg(), Some("start" | "end"))
    }
}

/// The level and fields within a message. Agents of 2026 log some lines of their own as text at level `info`:
/// `msg="ERROR terminating with error obj=app err=…"`.
fn nested(message: &str) -> Option<(Level, Vec<Field>)> {
    let (level, rest) = message.split_once(' ')?;
    let is_level = matches!(level, "DEBUG" | "INFO" | "WARN" | "ERROR" | "CRIT");
    if !is_level || !rest.contains(" obj=") {
        return None;
    }
    let fields = logfmt::fields(rest).into_iter().map(|field| Field {
        key: Text::Unescaped(field.key.get(rest).into()),
        value: Text::Unescaped(field.value.get(rest).into()),
    });
    Some((Level::parse(level), fields.collect()))
}

fn last<'a>(fields: &'a [Field], raw: &'a str, key: &str) -> Option<&'a str> {
    fields
        .iter()
        .rfind(|field| field.key.get(raw) == key)
        .map(|field| field.value.get(raw))
}

impl fmt::Display for LogLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.raw)
    }
}

impl fmt::Debug for LogLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0.raw, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(line: &str) -> Vec<(String, String)> {
        LogLine::parse(line)
            .fields()
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
            .collect()
    }

    fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect()
    }

    #[test]
    fn lines_and_their_fields() {
        for (line, expected) in [
            ("", &[][..]),
            ("no fields here", &[]),
            ("ERROR:  ERR_NGROK_107", &[]),
            (
                "t=1 lvl=info msg=start",
                &[("t", "1"), ("lvl", "info"), ("msg", "start")],
            ),
            (
                r#"msg="a b" err="x\n\"y\" \\z""#,
                &[("msg", "a b"), ("err", "x\n\"y\" \\z")],
            ),
            (
                "url=https://a/?b=c&d=e lvl=info",
                &[("url", "https://a/?b=c&d=e"), ("lvl", "info")],
            ),
            (
                "obj=tunnels.session obj=csess",
                &[("obj", "tunnels.session"), ("obj", "csess")],
            ),
            (
                "path=/home/a b c/ngrok.yml err=nil",
                &[("path", "/home/a b c/ngrok.yml"), ("err", "nil")],
            ),
            ("lvl=info loose msg=x", &[("lvl", "info"), ("msg", "x")]),
            (
                r#"loose msg="x" loose err= lvl="#,
                &[("msg", "x"), ("err", ""), ("lvl", "")],
            ),
            (r#"err="never closed"#, &[("err", "never closed")]),
            (
                r#"err="ends in a backslash\"#,
                &[("err", "ends in a backslash\\")],
            ),
            (r#"err="\q\u00e9\x""#, &[("err", "\\qé\\x")]),
            ("=x y==z", &[("y", "=z")]),
            (r#"a="b"c=d"#, &[("a", "b"), ("c", "d")]),
            (
                r#"{"lvl":"info","n":1,"o":null,"err":"\u003cnil\u003e"}"#,
                &[("lvl", "info"), ("n", "1"), ("o", "null"), ("err", "<nil>")],
            ),
            (r#"{"lvl":"info""#, &[]),
            (
                "CRIT[11-21|20:41:21] command failed                           err=\"no\\nluck\" n=1",
                &[
                    ("lvl", "crit"),
                    ("t", "11-21|20:41:21"),
                    ("msg", "command failed"),
                    ("err", "no\nluck"),
                    ("n", "1"),
                ],
            ),
            (
                "\u{1b}[32mINFO\u{1b}[0m[11-21|20:41:21] open file  \u{1b}[32mpath\u{1b}[0m=/a \u{1b}[32merr\u{1b}[0m=nil",
                &[
                    ("lvl", "info"),
                    ("t", "11-21|20:41:21"),
                    ("msg", "open file"),
                    ("path", "/a"),
                    ("err", "nil"),
                ],
            ),
            (
                "EROR[11-21|20:41:21] alone",
                &[("lvl", "eror"), ("t", "11-21|20:41:21"), ("msg", "alone")],
            ),
            ("WARN[0000] a=b", &[("a", "b")]),
            ("INFO[x] y", &[]),
            (r#"[1,2]"#, &[]),
            (
                "path=/\u{e9}\u{1f600} lvl=info",
                &[("path", "/\u{e9}\u{1f600}"), ("lvl", "info")],
            ),
        ] {
            assert_eq!(fields(line), owned(expected), "{line}");
            let parsed = LogLine::parse(line);
            assert_eq!((parsed.raw(), parsed.line()), (line, line));
        }
    }

    #[test]
    fn levels_and_absent_errors() {
        for (text, level) in [
            ("dbug", Level::Debug),
            ("info", Level::Info),
            ("warn", Level::Warning),
            ("eror", Level::Error),
            ("err", Level::Error),
            ("crit", Level::Critical),
            ("CRITICAL", Level::Critical),
            ("", Level::NotSet),
            ("loud", Level::NotSet),
        ] {
            assert_eq!(
                LogLine::parse(format!("lvl={text}")).level(),
                level,
                "{text}"
            );
        }
        assert_eq!(LogLine::parse("msg=x").level().to_string(), "NOTSET");
        assert_eq!(LogLine::parse("err=nil").err(), None);
        assert_eq!(LogLine::parse(r#"{"err":"<nil>"}"#).err(), None);
        assert_eq!(LogLine::parse("err=nils").err(), Some("nils"));
    }

    #[test]
    fn the_level_and_fields_within_a_message_count() {
        let text = r#"t=1 lvl=info msg="ERROR terminating with error obj=app err=\"no\\r\\n\\r\\nERR_NGROK_334\"""#;
        let line = LogLine::parse(text);
        assert_eq!((line.level(), line.lvl()), (Level::Error, Some("info")));
        assert_eq!(line.err(), Some("no\r\n\r\nERR_NGROK_334"));
        assert_eq!(line.obj(), Some("app"));
        let plain = LogLine::parse(r#"lvl=info msg="ERROR is a word here""#);
        assert_eq!(plain.level(), Level::Info);
    }

    #[test]
    fn the_last_of_repeated_keys_counts_and_plain_text_is_no_log() {
        let line = LogLine::parse("t=1 lvl=info obj=a obj=b");
        assert_eq!(line.obj(), Some("b"));
        assert!(line.is_log());
        assert!(!LogLine::parse("usage: addr=PORT").is_log());
    }

    #[test]
    fn api_calls_are_marked() {
        assert!(LogLine::parse("lvl=info msg=start pg=/api/tunnels id=1").is_api_call());
        assert!(LogLine::parse("lvl=info msg=end pg=/api/tunnels id=1 status=200").is_api_call());
        assert!(
            !LogLine::parse("lvl=warn msg=\"tunnel not found\" pg=/api/tunnels/x").is_api_call()
        );
    }
}
