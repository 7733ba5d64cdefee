//! What is wrong with a config file, with the place and the remedy.

mod definitions;
mod document;
mod file;

use std::fmt;
use std::path::Path;

use ngrok_core::AgentVersion;
use ngrok_core::definition::{Issue, Severity, Vocabulary};
use serde_json::Value;

use super::syntax::Syntax;
use super::{read, text};
use crate::error::{Error, ErrorKind, Result};

/// Where a report ends: a file with more problems has one mistake a hundred times.
const MAX_PROBLEMS: usize = 100;

/// Something wrong in a config file.
///
/// `Display` is `LINE:COLUMN: SEVERITY: MESSAGE; REMEDY`. No part of it holds a value of the file, only keys and the names
/// of definitions. A remedy never takes a guard away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    line: usize,
    column: usize,
    severity: Severity,
    message: String,
    remedy: String,
}

impl Problem {
    /// Returns the line, counted from 1.
    pub fn line(&self) -> usize {
        self.line
    }

    /// Returns the column, in characters, counted from 1.
    pub fn column(&self) -> usize {
        self.column
    }

    /// Returns how bad it is.
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// Returns what is wrong.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Returns what to do about it.
    pub fn remedy(&self) -> &str {
        &self.remedy
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            line,
            column,
            severity,
            message,
            remedy,
        } = self;
        write!(f, "{line}:{column}: {severity}: {message}; {remedy}")
    }
}

/// Looks through a config file for everything that an agent would refuse, ignore or misread.
///
/// What is wrong depends on the agent: those before 3.0 ignore keys that they do not know, later ones refuse the file.
/// Without [`agent`](Self::agent) it is the newest that this crate knows.
///
/// ```
/// use ngrok_installer::config::Check;
///
/// let text = "version: 2\ntunnels:\n  web:\n    proto: http\n    addr: 80\n    bind_tls: true\n";
/// let problems = Check::new().text(text);
/// assert!(problems[0].message().contains("`bind_tls`") && problems[0].remedy().contains("`schemes`"));
/// assert!(Check::new().agent("2.3.41".parse()?).text(text).is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Check {
    agent: AgentVersion,
    vocabulary: &'static Vocabulary,
}

impl Default for Check {
    fn default() -> Self {
        Self::new()
    }
}

impl Check {
    /// Makes a check for the newest agent that this crate knows.
    pub fn new() -> Self {
        Self {
            agent: AgentVersion::NEWEST,
            vocabulary: Vocabulary::ngrok(),
        }
    }

    /// Sets the agent that is to read the file.
    pub fn agent(self, agent: AgentVersion) -> Self {
        Self { agent, ..self }
    }

    /// Returns the problems of a file, in the order of the file; none means that the agent takes it. There are at most 100
    /// and, beyond that, the first error.
    ///
    /// Traffic-policy files that it names are read, relative to its own folder, and checked. Whether certificates that it
    /// names exist is not looked at. On Unix a file with secrets that other users may read is a problem, too.
    ///
    /// # Errors
    /// Only if the file cannot be read: what is wrong *in* it is in the list.
    pub fn file(&self, path: impl AsRef<Path>) -> Result<Vec<Problem>> {
        let path = path.as_ref();
        match text::read(path) {
            Ok(text) => {
                let mut checker = self.checker(&text);
                checker.folder = Some(path.parent().unwrap_or(Path::new("")));
                checker.run();
                checker.readers(path);
                Ok(checker.finish())
            }
            Err(error) if error.kind() == ErrorKind::ConfigSyntax => Ok(vec![malformed(&error)]),
            Err(error) => Err(error),
        }
    }

    /// Returns the problems of a text, as [`file`](Self::file) does; files that it names are not looked at.
    pub fn text(&self, text: &str) -> Vec<Problem> {
        let mut checker = self.checker(text);
        checker.run();
        checker.finish()
    }

    fn checker<'a>(&self, text: &'a str) -> Checker<'a> {
        Checker {
            text,
            syntax: Syntax::parse(text),
            problems: Vec::new(),
            vocabulary: self.vocabulary,
            agent: self.agent,
            folder: None,
            holds_secrets: false,
        }
    }
}

/// Checks a file for the newest agent that this crate knows: see [`Check`].
///
/// # Errors
/// Only if the file cannot be read: what is wrong *in* it is in the list.
pub fn check(path: impl AsRef<Path>) -> Result<Vec<Problem>> {
    Check::new().file(path)
}

/// Checks a text for the newest agent that this crate knows: see [`Check`].
///
/// ```
/// let problems = ngrok_installer::config::check_text("version: 2\ntunnels:\n  web:\n    proto: udp\n    addr: 80\n");
/// assert_eq!(
///     problems[0].to_string(),
///     "4:5: error: `proto` of tunnel `web` has a wrong value; make it one of http, tcp, tls"
/// );
/// ```
pub fn check_text(text: &str) -> Vec<Problem> {
    Check::new().text(text)
}

fn malformed(error: &Error) -> Problem {
    let cause = std::error::Error::source(error).map(|cause| format!(": {cause}"));
    // The position is in front already.
    let message = error.config_message().unwrap_or_default();
    Problem {
        line: error.line().unwrap_or(1),
        column: error.column().unwrap_or(1),
        severity: Severity::Error,
        message: format!("{message}{}", cause.unwrap_or_default()),
        remedy: "fix it: agents refuse or ignore such a file as a whole".into(),
    }
}

/// A check that is under way.
struct Checker<'a> {
    text: &'a str,
    syntax: Option<Syntax>,
    problems: Vec<Problem>,
    vocabulary: &'a Vocabulary,
    agent: AgentVersion,
    /// Where files are that the config names relative to itself.
    folder: Option<&'a Path>,
    holds_secrets: bool,
}

impl Checker<'_> {
    fn run(&mut self) {
        let value = match read::lenient(self.text) {
            Ok((tree, None)) => tree.value,
            Ok((tree, Some(twice))) => {
                self.duplicate(&twice);
                tree.value
            }
            Err(error) => {
                self.problems.push(malformed(&error));
                return;
            }
        };
        self.tabs();
        self.other_documents();
        match value {
            Value::Null => self.empty(),
            Value::Object(top) => self.document(&top),
            _ => self.error(
                &[],
                "the file holds no keys",
                "write settings as `key: value` at the top",
            ),
        }
    }

    fn finish(mut self) -> Vec<Problem> {
        self.problems
            .sort_by_key(|problem| (problem.line, problem.column));
        self.problems
    }

    fn error(&mut self, path: &[&str], message: impl Into<String>, remedy: impl Into<String>) {
        self.report(Severity::Error, path, message.into(), remedy.into());
    }

    fn warning(&mut self, path: &[&str], message: impl Into<String>, remedy: impl Into<String>) {
        self.report(Severity::Warning, path, message.into(), remedy.into());
    }

    /// Reports issues whose paths begin below `parents`.
    fn issues(&mut self, parents: &[&str], issues: Vec<Issue>) {
        for issue in issues {
            let below = issue.path.iter().map(String::as_str);
            let path: Vec<&str> = parents.iter().copied().chain(below).collect();
            self.report(issue.severity, &path, issue.message, issue.remedy);
        }
    }

    fn report(&mut self, severity: Severity, path: &[&str], message: String, remedy: String) {
        // Finding the place takes a walk through the file.
        if self.has_room(severity) {
            self.add(severity, self.offset(path), message, remedy);
        }
    }

    /// Whether a problem is still worth a line. An error is, if all lines before are warnings.
    fn has_room(&self, severity: Severity) -> bool {
        let is_error = |problem: &Problem| problem.severity == Severity::Error;
        self.problems.len() < MAX_PROBLEMS
            || (severity == Severity::Error && !self.problems.iter().any(is_error))
    }

    fn add(&mut self, severity: Severity, offset: usize, message: String, remedy: String) {
        let (line, column) = text::position(self.text, offset);
        self.problems.push(Problem {
            line,
            column,
            severity,
            message,
            remedy,
        });
    }

    /// Returns where the value that `path` leads to begins, or the nearest above it that is in the text: one that comes by
    /// an alias is not.
    fn offset(&self, path: &[&str]) -> usize {
        let Some(syntax) = &self.syntax else { return 0 };
        let mut path = path;
        while let Some((_, parents)) = path.split_last() {
            if let Some(start) = syntax.start(path) {
                return start;
            }
            path = parents;
        }
        0
    }

    /// A key that is twice in one mapping: agents before 3.0 take the later one, later agents refuse the file.
    fn duplicate(&mut self, twice: &Error) {
        let is_taken = self.agent.is_before_3();
        self.problems.push(Problem {
            line: twice.line().unwrap_or(1),
            column: twice.column().unwrap_or(1),
            severity: if is_taken {
                Severity::Warning
            } else {
                Severity::Error
            },
            message: "this key is twice in one mapping".into(),
            remedy: if is_taken {
                "keep one of them: this agent takes the later one, newer ones refuse the file"
                    .into()
            } else {
                "keep one of them: the agent refuses the file".into()
            },
        });
    }

    fn tabs(&mut self) {
        if let Some(offset) = self.text.find('\t') {
            let message = "a tab character, for which agents refuse the file, even in a comment";
            let remedy = "use spaces".into();
            self.add(Severity::Error, offset, message.into(), remedy);
        }
    }

    fn other_documents(&mut self) {
        let separators = self.text.match_indices("\n---").filter(|(offset, found)| {
            let rest = self.text.get(offset + found.len()..).unwrap_or_default();
            let content_before = self.text.get(..*offset).unwrap_or_default();
            let has_content = content_before.lines().any(|line| {
                let line = line.trim();
                !line.is_empty() && !line.starts_with(['#', '%']) && line != "---"
            });
            has_content && (rest.is_empty() || rest.starts_with([' ', '\r', '\n', '\t']))
        });
        // Inside a block scalar the line is indented, so a match is a separator.
        if let Some(offset) = separators.map(|(offset, _)| offset + 1).next() {
            let message = "a second YAML document, which the agent never reads";
            let remedy = "move its keys up and remove the `---`".into();
            self.add(Severity::Warning, offset, message.into(), remedy);
        }
    }
}

#[cfg(test)]
mod tests {
    use ngrok_core::definition::{Key, Kind, Place};

    use super::*;

    #[test]
    fn a_made_up_key_is_known_without_a_second_list() {
        let text = "version: 3\nagent: {moon: 1}\ntunnels:\n  web: {proto: http, addr: 80, moat: wide}\n\
                    endpoints:\n  - {name: a, upstream: {url: 80}, drawbridge: up}\n";
        assert_eq!(Check::new().text(text).len(), 3);
        let vocabulary = Vocabulary::ngrok()
            .clone()
            .with(Place::Agent, Key::new("moon", Kind::Integer, "moons"))
            .with(
                Place::Tunnel,
                Key::new("moat", Kind::Word(&["wide"]), "water"),
            )
            .with(
                Place::Endpoint,
                Key::new("drawbridge", Kind::Text, "way in"),
            );
        let mut checker = Check::new().checker(text);
        checker.vocabulary = &vocabulary;
        checker.run();
        assert_eq!(checker.finish(), []);
    }

    #[test]
    fn a_hundred_warnings_do_not_hide_an_error() {
        let warnings = "  w: {url: 'https://a', addr: 80}\n";
        let tunnels: String = (0..120)
            .map(|n| warnings.replace('w', &format!("w{n}")))
            .collect();
        let text = format!("version: 2\ntunnels:\n{tunnels}  x: {{proto: udp, addr: 80}}\n");
        let problems = Check::new().text(&text);
        assert_eq!(problems.len(), MAX_PROBLEMS + 1);
        assert!(
            problems
                .iter()
                .any(|problem| problem.severity() == Severity::Error)
        );
    }
}
