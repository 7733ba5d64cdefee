//! Checks that need more than the text: traffic-policy files, and who may read the file.

use std::path::Path;

use ngrok_core::definition::{Protocol, Secrecy, Vocabulary, as_text, is_placeholder};
use serde_json::{Map, Value};

use super::Checker;
use crate::config::policy;

impl Checker<'_> {
    /// Reads the file that `traffic_policy_file` names and checks what it holds.
    pub(super) fn policy_file(
        &mut self,
        path: &[&str],
        fields: &Map<String, Value>,
        subject: &str,
        protocol: Option<Protocol>,
    ) {
        let key = "traffic_policy_file";
        let Some(file) = fields
            .get(key)
            .and_then(as_text)
            .filter(|file| !file.is_empty())
        else {
            return;
        };
        let Some(folder) = self.folder.filter(|_| !is_placeholder(&file)) else {
            return;
        };
        let path = [path, &[key]].concat();
        match policy::read_in(folder, &file) {
            Ok(policy) => {
                for issue in self.vocabulary.check_policy(&policy, protocol) {
                    let message = format!("{} in the file of `{key}` of {subject}", issue.message);
                    self.report(issue.severity, &path, message, issue.remedy);
                }
            }
            Err(error) => {
                let message = format!("`{key}` of {subject} cannot be used: {error}");
                self.error(
                    &path,
                    message,
                    "name a file with a traffic policy, relative to the config file",
                );
            }
        }
    }

    /// Reports a file with secrets that other users of the machine may read.
    pub(super) fn readers(&mut self, path: &Path) {
        if self.holds_secrets && is_open_to_others(path) {
            self.warning(
                &[],
                "the file holds secrets, and other users of this machine may read it",
                format!("run `chmod 600 {}`", path.display()),
            );
        }
    }
}

/// Whether a value in the document is a secret.
pub(super) fn holds_secrets(vocabulary: &Vocabulary, top: &Map<String, Value>) -> bool {
    let mut path = Vec::new();
    top.iter()
        .any(|(key, value)| holds_secret(vocabulary, key, value, &mut path))
}

fn holds_secret<'a>(
    vocabulary: &Vocabulary,
    key: &'a str,
    value: &'a Value,
    path: &mut Vec<&'a str>,
) -> bool {
    path.push(key);
    let found = match value {
        Value::Object(map) => map
            .iter()
            .any(|(key, value)| holds_secret(vocabulary, key, value, path)),
        Value::Array(items) => items
            .iter()
            .any(|item| holds_secret(vocabulary, "", item, path)),
        Value::Null => false,
        leaf => {
            let empty_or_open = leaf
                .as_str()
                .is_some_and(|text| text.is_empty() || is_placeholder(text));
            !empty_or_open && vocabulary.secrecy(path) == Secrecy::Yes
        }
    };
    path.pop();
    found
}

#[cfg(unix)]
fn is_open_to_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0)
}

/// Folders of a user are private by default elsewhere.
#[cfg(not(unix))]
fn is_open_to_others(_path: &Path) -> bool {
    false
}
