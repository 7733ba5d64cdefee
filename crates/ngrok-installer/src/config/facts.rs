//! What the start of an agent has to know of its config file besides the settings: its secrets, and where a key is.

use std::path::Path;

use ngrok_core::mask::{is_secret_name, secrets_of_url};
use serde_json::Value;

use super::model::AgentConfig;
use super::{syntax::Syntax, text};
use crate::Secret;

impl AgentConfig {
    /// Returns every secret in the file by value: what is under a key that names one, and what is before the host in a URL.
    /// For whoever has to mask them in the text of other programs.
    pub fn secrets(&self) -> Vec<Secret> {
        let mut found = Vec::new();
        collect(self.value(), false, &mut found);
        found
    }
}

fn collect(value: &Value, secret: bool, found: &mut Vec<Secret>) {
    match value {
        Value::Object(map) => map
            .iter()
            .for_each(|(key, value)| collect(value, secret || is_secret_name(key), found)),
        Value::Array(list) => list.iter().for_each(|item| collect(item, secret, found)),
        Value::String(text) if secret => {
            found.push(Secret::new(text.as_str()));
            // Of `user:password` the password alone, too.
            if let Some((_, password)) = text.split_once(':') {
                found.push(Secret::new(password));
            }
        }
        Value::String(text) => found.extend(secrets_of_url(text)),
        _ => {}
    }
}

/// Returns the line, counted from 1, of the key that this path of keys leads to; `None` if the file has no such key, or
/// cannot be read.
pub fn line_of(path: impl AsRef<Path>, keys: &[&str]) -> Option<usize> {
    let original = text::read(path.as_ref()).ok()?;
    let (_, body) = text::split_bom(&original);
    let start = Syntax::parse(body)?.start(keys)?;
    let before = body.as_bytes().get(..start)?;
    Some(before.iter().filter(|b| **b == b'\n').count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_found_by_name_and_in_urls() {
        let config: AgentConfig = "version: 3\nagent:\n  authtoken: 2abc_DEF\n  api_key: 2key_GHI\n  proxy_url: http://me:pw1@proxy:3128\n  metadata: plain\ntunnels:\n  x:\n    proto: http\n    addr: 80\n    basic_auth: [\"joe:pw2\"]\n"
            .parse()
            .unwrap();
        let secrets = config.secrets();
        let found: Vec<_> = secrets.iter().map(Secret::expose).collect();
        for expected in ["2abc_DEF", "2key_GHI", "me:pw1", "pw1", "joe:pw2", "pw2"] {
            assert!(found.contains(&expected), "{expected}: {found:?}");
        }
        assert!(!found.contains(&"plain") && !found.contains(&"http"));
    }

    #[test]
    fn a_key_has_a_line() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("ngrok.yml");
        std::fs::write(
            &path,
            "# first\nversion: 3\nagent:\n  authtoken: x\n  web_addr: false\n",
        )
        .unwrap();
        assert_eq!(line_of(&path, &["agent", "web_addr"]), Some(5));
        assert_eq!(line_of(&path, &["version"]), Some(2));
        assert_eq!(line_of(&path, &["nothing"]), None);
        assert_eq!(line_of(home.path().join("none"), &["version"]), None);
    }
}
