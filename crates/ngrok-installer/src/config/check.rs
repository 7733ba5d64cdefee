//! What is wrong with a config file, with the place and the remedy.

use std::fmt;
use std::path::Path;

use serde_json::{Map, Value};

use super::model::version_of;
use super::schema::{self, Kind, Table};
use super::syntax::Syntax;
use super::{definitions, read, rules, text};
use crate::error::{Error, ErrorKind, Result};
use ngrok_core::ConfigVersion;

/// Where a report ends: whoever has more has one mistake a hundred times.
const MAX_PROBLEMS: usize = 100;

/// How bad a [`Problem`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Works, but some agents refuse or ignore it, or it is not what it looks like.
    Warning,
    /// The agent refuses the file, ignores it, or cannot be used with this library.
    Error,
}

/// Something wrong in a config file.
///
/// `Display` is `LINE:COLUMN: SEVERITY: MESSAGE; REMEDY`. No part of it holds a value of the file, only keys and the names
/// of definitions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    line: usize,
    column: usize,
    severity: Severity,
    message: String,
    remedy: String,
}

impl Problem {
    /// The line, counted from 1.
    pub fn line(&self) -> usize {
        self.line
    }

    /// The column, in characters, counted from 1.
    pub fn column(&self) -> usize {
        self.column
    }

    /// How bad it is.
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// What is wrong.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What to do about it.
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

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// Looks through a config file for everything that the agent would refuse, ignore or misread, in the order of the file.
/// An empty list means that nothing was found, and it holds no more than 100; whether files and domains that it names exist is not looked at.
///
/// # Errors
/// Only if the file cannot be read: what is wrong *in* it is in the list.
pub fn check(path: impl AsRef<Path>) -> Result<Vec<Problem>> {
    match text::read(path.as_ref()) {
        Ok(text) => Ok(check_text(&text)),
        Err(error) if error.kind() == ErrorKind::ConfigSyntax => Ok(vec![malformed(&error)]),
        Err(error) => Err(error),
    }
}

/// As [`check`], for a text.
///
/// ```
/// let problems = ngrok_installer::config::check_text("version: 2\ntunnels:\n  web:\n    proto: udp\n    addr: 80\n");
/// assert_eq!(
///     problems[0].to_string(),
///     "4:5: error: `proto` of tunnel `web` has a wrong value; make it one of http, tcp, tls"
/// );
/// ```
pub fn check_text(text: &str) -> Vec<Problem> {
    let value = match read::tree(text) {
        Ok(tree) => tree.value,
        Err(error) => return vec![malformed(&error)],
    };
    let mut checker = Checker {
        text,
        syntax: Syntax::parse(text),
        problems: Vec::new(),
    };
    checker.tabs();
    checker.other_documents();
    match value {
        Value::Null => {}
        Value::Object(top) => checker.document(&top),
        _ => checker.error(
            &[],
            "the file holds no keys",
            "write settings as `key: value` at the top",
        ),
    }
    checker
        .problems
        .sort_by_key(|problem| (problem.line, problem.column));
    checker.problems
}

fn malformed(error: &Error) -> Problem {
    let cause = std::error::Error::source(error).map(|cause| format!(": {cause}"));
    // The position stands in front already.
    let message = error.config_message().unwrap_or_default();
    Problem {
        line: error.line().unwrap_or(1),
        column: error.column().unwrap_or(1),
        severity: Severity::Error,
        message: format!("{message}{}", cause.unwrap_or_default()),
        remedy: "mend it: most agents refuse or ignore such a file as a whole".into(),
    }
}

/// A name out of the file, unless it is long enough to be a token that was written in the wrong place.
pub(super) fn quoted(name: &str) -> String {
    if name.chars().count() > 40 {
        return "(a long name)".into();
    }
    format!("`{name}`")
}

pub(super) struct Checker<'a> {
    text: &'a str,
    syntax: Option<Syntax>,
    problems: Vec<Problem>,
}

impl Checker<'_> {
    pub(super) fn error(
        &mut self,
        path: &[&str],
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.report(Severity::Error, path, message.into(), remedy.into());
    }

    pub(super) fn warning(
        &mut self,
        path: &[&str],
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.report(Severity::Warning, path, message.into(), remedy.into());
    }

    fn report(&mut self, severity: Severity, path: &[&str], message: String, remedy: String) {
        // Finding the place takes a walk through the file.
        if self.problems.len() < MAX_PROBLEMS {
            self.add(severity, self.offset(path), message, remedy);
        }
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

    /// Where the value that `path` leads to begins, or the nearest above it that stands in the text: one that comes by
    /// an alias does not.
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

    fn tabs(&mut self) {
        if let Some(offset) = self.text.find('\t') {
            let message =
                "a tab character, for which some agents refuse the file, even in a comment";
            self.add(
                Severity::Warning,
                offset,
                message.into(),
                "use spaces".into(),
            );
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
            self.add(
                Severity::Warning,
                offset,
                message.into(),
                "move its keys up and remove the `---`".into(),
            );
        }
    }

    fn document(&mut self, top: &Map<String, Value>) {
        let version = match version_of(&Value::Object(top.clone())) {
            Ok(version) => version,
            Err(error) => {
                let message = error.config_message().unwrap_or_default().to_owned();
                self.error(
                    &["version"],
                    message,
                    "run `ngrok config upgrade`, or write 2 or 3",
                );
                return;
            }
        };
        if version.is_none() {
            let message = match top.get("version") {
                None | Some(Value::Null) => {
                    "no `version`, without which agents from 3.0 on refuse the file"
                }
                Some(_) => "`version: 1`, which agents from 3.0 on refuse",
            };
            self.warning(
                &["version"],
                message,
                "write `version: 2` or run `ngrok config upgrade`",
            );
        }
        match version {
            Some(ConfigVersion::V3) => self.version_3(top),
            _ => self.version_2(top),
        }
        if let Some(Value::Object(tunnels)) = top.get("tunnels") {
            definitions::check_tunnels(self, tunnels, version);
        }
    }

    fn version_2(&mut self, top: &Map<String, Value>) {
        for key in ["agent", "endpoints"] {
            if top.contains_key(key) {
                let message = format!("`{key}`, which the agent reads in version 3 alone");
                self.warning(
                    &[key],
                    message,
                    "write `version: 3`, or move its keys to the top",
                );
            }
        }
        self.settings(&[], top);
        self.table(&[], top, &[schema::AGENT, schema::TOP_V2], "");
    }

    fn version_3(&mut self, top: &Map<String, Value>) {
        for (key, value) in top {
            let misplaced = schema::kind_of(&[schema::AGENT, schema::TOP_V2], key).is_some()
                && schema::kind_of(&[schema::TOP_V3], key).is_none();
            if misplaced {
                let message =
                    format!("`{key}` stands at the top, where version 3 does not read it");
                self.error(&[key], message, "move it under `agent`");
            } else {
                self.value(&[key], value, &[schema::TOP_V3], "");
            }
        }
        if let Some(Value::Object(agent)) = top.get("agent") {
            self.settings(&["agent"], agent);
            for (key, value) in agent {
                match schema::RENAMED.iter().find(|(old, _)| old == key) {
                    Some((_, new)) => {
                        let message = format!("`{key}` is a name of version 2");
                        self.error(&["agent", key], message, format!("call it `{new}`"));
                    }
                    None => self.value(&["agent", key], value, &[schema::AGENT], ""),
                }
            }
        }
        if let Some(Value::Array(endpoints)) = top.get("endpoints") {
            definitions::check_endpoints(self, endpoints);
        }
    }

    /// What the types of the keys do not say.
    fn settings(&mut self, parents: &[&str], keys: &Map<String, Value>) {
        if let Some((key, rule)) = rules::broken_rule(keys)
            && schema::kind_of(&[schema::AGENT], key)
                .is_some_and(|kind| kind.fits(keys.get(key).unwrap_or(&Value::Null)))
        {
            self.error(&[parents, &[key]].concat(), rule, "change or remove it");
        }
        for key in ["server_addr", "connect_url"] {
            let address = keys.get(key).and_then(Value::as_str);
            if address.is_some_and(|address| !address.contains(':')) {
                self.error(
                    &[parents, &[key]].concat(),
                    format!("`{key}` has no port"),
                    "write it as `host:port`",
                );
            }
            if keys.get("region").is_some_and(|region| !region.is_null()) && address.is_some() {
                let message =
                    format!("`region` beside `{key}`, with which the agent does not start");
                self.error(
                    &[parents, &["region"]].concat(),
                    message,
                    "remove one of them",
                );
            }
        }
    }

    /// Types and names of all keys of a mapping. `of` says whose keys they are, as in ` of tunnel web`.
    pub(super) fn table(
        &mut self,
        parents: &[&str],
        keys: &Map<String, Value>,
        tables: &[Table],
        of: &str,
    ) {
        for (key, value) in keys {
            self.value(&[parents, &[key.as_str()]].concat(), value, tables, of);
        }
    }

    fn value(&mut self, path: &[&str], value: &Value, tables: &[Table], of: &str) {
        let Some(key) = path.last() else { return };
        match schema::kind_of(tables, key) {
            Some(kind) if kind.fits(value) => {}
            Some(kind) => {
                let what = if matches!(kind, Kind::Word(_)) {
                    "value"
                } else {
                    "type"
                };
                let message = format!("`{key}`{of} has a wrong {what}");
                self.error(path, message, format!("make it {}", kind.describe()));
            }
            // Reported with its version already.
            None if matches!(*key, "agent" | "endpoints") && path.len() == 1 => {}
            None => {
                let remedy = match schema::nearest(tables, key) {
                    Some(known) => format!("did you mean `{known}`?"),
                    None => {
                        "agents before 3.0 ignore it, later ones refuse the file; remove it".into()
                    }
                };
                self.warning(path, format!("unknown key {}{of}", quoted(key)), remedy);
            }
        }
    }
}
