//! A config file to look at: as it is, without its secrets.

use std::cmp::Reverse;
use std::path::Path;

use ngrok_core::MASK;
use ngrok_core::definition::{Secrecy, Vocabulary};
use ngrok_core::mask::{self, is_secret_name};
use serde_json::Value;

use super::model::AgentConfig;
use super::{syntax, text};
use crate::error::{Error, ErrorKind, Result};

/// Below this, a text is too short to be searched for in the rest of the file.
const SEARCHED: usize = 6;

/// Returns the text of a config file with `***` in the place of every secret: tokens, keys, passwords and what else is under a
/// key that says so, such as `authtoken`, `basic_auth` or `client_secret`, in comments too, passwords in URLs and private keys.
///
/// # Errors
/// Those of [`AgentConfig::load`]: of a file that cannot be read for sure, nothing is shown.
pub fn show(path: impl AsRef<Path>) -> Result<String> {
    let path = path.as_ref();
    masked_text(Vocabulary::ngrok(), &text::read(path)?).map_err(|error| error.in_file(path))
}

pub(super) fn masked_text(vocabulary: &Vocabulary, original: &str) -> Result<String> {
    let config: AgentConfig = original.parse()?;
    let (bom, body) = text::split_bom(original);
    let mut scalars = syntax::scalars(body).ok_or_else(|| {
        let message = "not shown: its syntax is too unusual to find the secrets";
        Error::config(ErrorKind::ConfigEdit, message)
    })?;
    scalars.sort_by_key(|scalar| Reverse(scalar.range.start));
    let mut masked = body.to_owned();
    for scalar in scalars {
        let text = body.get(scalar.range.clone()).unwrap_or_default();
        if text.trim().is_empty() {
            continue;
        }
        let path: Vec<&str> = scalar.path.iter().map(String::as_str).collect();
        if is_secret(vocabulary, &path) || holds_secret(text) {
            let end = scalar.range.start + text.trim_end().len();
            masked.replace_range(scalar.range.start..end, MASK);
        }
    }
    // What is left of a secret: the anchor that it came from, another key, a comment.
    let mut secrets = Vec::new();
    collect(vocabulary, config.value(), &mut Vec::new(), &mut secrets);
    for secret in secrets {
        masked = masked.replace(&secret, MASK);
    }
    Ok(format!("{bom}{}", mask_comments(&masked)))
}

impl AgentConfig {
    /// The whole document, as JSON, with `***` in the place of every secret: see [`show`].
    pub fn masked_value(&self) -> Value {
        let vocabulary = Vocabulary::ngrok();
        let mut secrets = Vec::new();
        collect(vocabulary, self.value(), &mut Vec::new(), &mut secrets);
        let mut value = self.value().clone();
        mask_value(vocabulary, &mut value, &mut Vec::new(), &secrets);
        value
    }
}

fn is_secret(vocabulary: &Vocabulary, path: &[&str]) -> bool {
    vocabulary.secrecy(path) == Secrecy::Yes
}

fn mask_value(
    vocabulary: &Vocabulary,
    value: &mut Value,
    path: &mut Vec<String>,
    secrets: &[String],
) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                path.push(key.clone());
                mask_value(vocabulary, value, path, secrets);
                path.pop();
            }
        }
        Value::Array(list) => {
            path.push(String::new());
            for item in list {
                mask_value(vocabulary, item, path, secrets);
            }
            path.pop();
        }
        Value::Null => {}
        leaf => {
            let tells =
                |text: &str| holds_secret(text) || secrets.iter().any(|one| text.contains(one));
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            if is_secret(vocabulary, &path) || leaf.as_str().is_some_and(tells) {
                *leaf = MASK.into();
            }
        }
    }
}

/// The secrets that are long enough to be looked for.
fn collect<'a>(
    vocabulary: &Vocabulary,
    value: &'a Value,
    path: &mut Vec<&'a str>,
    found: &mut Vec<String>,
) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                path.push(key);
                collect(vocabulary, value, path, found);
                path.pop();
            }
        }
        Value::Array(list) => {
            path.push("");
            for item in list {
                collect(vocabulary, item, path, found);
            }
            path.pop();
        }
        Value::String(text) if text.len() >= SEARCHED && is_secret(vocabulary, path) => {
            found.push(text.clone())
        }
        _ => {}
    }
}

/// Whether text brings a secret along: `name: value` of a secret name, as in a header or a policy within it, or what has the
/// shape of one, such as a URL with a password or a private key.
fn holds_secret(text: &str) -> bool {
    let named = text.match_indices([':', '=']).any(|(at, _)| {
        let before = text
            .get(..at)
            .unwrap_or_default()
            .trim_end_matches(['"', '\'', ' ']);
        let is_part = |c: char| c.is_alphanumeric() || "_-".contains(c);
        let name = before.rsplit(|c| !is_part(c)).next().unwrap_or_default();
        is_secret_name(name)
    });
    named || mask::holds_secret(text)
}

/// Masks comments such as `# authtoken: 2abc` from the first `:` or `=` on, and lines of comment that go on with a value
/// behind one that ends there.
fn mask_comments(text: &str) -> String {
    let mut masked = String::new();
    let mut goes_on = false;
    for line in text.split_inclusive('\n') {
        let is_alone = line.trim_start().starts_with('#');
        let start = if is_alone {
            line.find('#')
        } else {
            line.find(" #")
        };
        let (code, comment) = line.split_at(start.unwrap_or(line.len()));
        let content = comment.trim_end();
        let ending = comment.get(content.len()..).unwrap_or_default();
        let is_named = content.contains([':', '='])
            && !content.trim_start_matches(['#', ' ']).starts_with('-');
        goes_on = goes_on && is_alone && !is_named;
        masked.push_str(code);
        if goes_on {
            masked.push_str(&format!("# {MASK}{ending}"));
        } else if holds_secret(content) {
            goes_on = is_alone && content.ends_with([':', '=']);
            let name = content.split([':', '=']).next().unwrap_or_default();
            masked.push_str(&format!("{name}: {MASK}{ending}"));
        } else {
            masked.push_str(comment);
        }
    }
    masked
}

#[cfg(test)]
mod tests {
    use ngrok_core::definition::{Key, Kind, Place};

    use super::*;

    #[test]
    fn a_made_up_secret_is_masked_without_a_second_list() {
        let text = "version: 2\ntunnels:\n  web: {addr: 80, moat: deep-and-wide}\n";
        assert_eq!(masked_text(Vocabulary::ngrok(), text).unwrap(), text);
        let vocabulary = Vocabulary::ngrok().clone().with(
            Place::Tunnel,
            Key::new("moat", Kind::Text, "water").secret(),
        );
        let masked = masked_text(&vocabulary, text).unwrap();
        assert!(masked.contains("moat: ***"), "{masked}");
    }
}
