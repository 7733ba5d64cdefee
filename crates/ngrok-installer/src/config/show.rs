//! A config file to look at: as it is, without its secrets.

use std::path::Path;

use serde_json::Value;

use super::model::AgentConfig;
use super::schema::is_secret;
use super::syntax::Syntax;
use super::text;
use crate::error::{Error, ErrorKind, Result};

/// What stands in the place of a secret.
const MASK: &str = "***";

/// Below this, a text is too short to be searched for in the rest of the file.
const SEARCHED: usize = 6;

/// The text of a config file with `***` in the place of every secret: tokens, keys, passwords and what else stands under a
/// key that says so, such as `authtoken`, `basic_auth` or `client_secret`, in comments too, and passwords in URLs.
///
/// # Errors
/// Those of [`AgentConfig::load`]: of a file that cannot be read for sure, nothing is shown.
pub fn show(path: impl AsRef<Path>) -> Result<String> {
    let path = path.as_ref();
    masked_text(&text::read(path)?).map_err(|error| error.in_file(path))
}

fn masked_text(original: &str) -> Result<String> {
    let config: AgentConfig = original.parse()?;
    let (bom, body) = text::split_bom(original);
    let mut masked = body.to_owned();
    if config.value() != AgentConfig::default().value() {
        let syntax = Syntax::parse(body).ok_or_else(|| {
            Error::config(
                ErrorKind::ConfigEdit,
                "not shown: its syntax is too unusual to find the secrets",
            )
        })?;
        let mut scalars = syntax.scalars();
        scalars.sort_by_key(|scalar| std::cmp::Reverse(scalar.range.start));
        for scalar in scalars {
            let text = body.get(scalar.range.clone()).unwrap_or_default();
            if scalar.path.iter().any(|key| is_secret(key)) || holds_secret(text) {
                let end = scalar.range.start + text.trim_end().len();
                masked.replace_range(scalar.range.start..end, MASK);
            }
        }
    }
    // What is left of a secret: the anchor that it came from, another key, a comment.
    let mut secrets = Vec::new();
    collect(config.value(), false, &mut secrets);
    for secret in secrets {
        masked = masked.replace(&secret, MASK);
    }
    let lines = masked.split_inclusive('\n').map(mask_comment);
    Ok(format!("{bom}{}", lines.collect::<String>()))
}

impl AgentConfig {
    /// The whole document, as JSON, with `***` in the place of every secret: see [`show`].
    pub fn masked_value(&self) -> Value {
        let mut secrets = Vec::new();
        collect(self.value(), false, &mut secrets);
        let mut value = self.value().clone();
        mask_value(&mut value, false, &secrets);
        value
    }
}

fn mask_value(value: &mut Value, secret: bool, secrets: &[String]) {
    match value {
        Value::Object(map) => map
            .iter_mut()
            .for_each(|(key, value)| mask_value(value, secret || is_secret(key), secrets)),
        Value::Array(list) => list
            .iter_mut()
            .for_each(|item| mask_value(item, secret, secrets)),
        Value::Null => {}
        leaf => {
            let tells =
                |text: &str| holds_secret(text) || secrets.iter().any(|one| text.contains(one));
            if secret || leaf.as_str().is_some_and(tells) {
                *leaf = MASK.into();
            }
        }
    }
}

/// The secrets that are long enough to be looked for.
fn collect(value: &Value, secret: bool, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => map
            .iter()
            .for_each(|(key, value)| collect(value, secret || is_secret(key), found)),
        Value::Array(list) => list.iter().for_each(|item| collect(item, secret, found)),
        Value::String(text) if secret && text.len() >= SEARCHED => found.push(text.clone()),
        _ => {}
    }
}

/// A text that brings a secret along: `name: value` of a secret name, as in a header or a policy within a text, or a URL
/// with a password.
fn holds_secret(text: &str) -> bool {
    let named = text.match_indices([':', '=']).any(|(at, _)| {
        let before = text
            .get(..at)
            .unwrap_or_default()
            .trim_end_matches(['"', '\'', ' ']);
        let is_part = |c: char| c.is_alphanumeric() || "_-".contains(c);
        let name = before.rsplit(|c| !is_part(c)).next().unwrap_or_default();
        is_secret(name)
    });
    let authority = text
        .split_once("://")
        .and_then(|(_, rest)| rest.split(['/', '?', '#']).next());
    named || authority.is_some_and(|authority| authority.contains('@'))
}

/// Masks a comment such as `# authtoken: 2abc` from its first `:` or `=` on.
fn mask_comment(line: &str) -> String {
    let start = if line.trim_start().starts_with('#') {
        line.find('#')
    } else {
        line.find(" #")
    };
    let Some((code, comment)) = start.map(|at| line.split_at(at)) else {
        return line.to_owned();
    };
    if !holds_secret(comment) {
        return line.to_owned();
    }
    let kept = comment.split([':', '=']).next().unwrap_or_default();
    let ending = comment.get(comment.trim_end().len()..).unwrap_or_default();
    format!("{code}{kept}: {MASK}{ending}")
}
