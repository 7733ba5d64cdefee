//! Fields of a definition, refused in the words of Go's decoders where they are of the wrong type.

use std::io;
use std::path::Path;

use serde_json::{Map, Value};

/// Headers to add and to remove.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct HeaderEdits {
    pub(crate) add: Vec<(String, String)>,
    pub(crate) remove: Vec<String>,
}

pub(crate) fn object(document: &Value) -> Result<&Map<String, Value>, String> {
    document.as_object().ok_or_else(|| {
        format!(
            "json: cannot unmarshal {} into Go value of type config.Tunnel",
            go_type(document)
        )
    })
}

fn go_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

pub(crate) fn go_string<'a>(fields: &'a Map<String, Value>, key: &str) -> Result<&'a str, String> {
    match fields.get(key) {
        None | Some(Value::Null) => Ok(""),
        Some(Value::String(text)) => Ok(text),
        Some(other) => Err(format!(
            "json: cannot unmarshal {} into Go struct field .{key} of type string",
            go_type(other)
        )),
    }
}

pub(crate) fn boolean(fields: &Map<String, Value>, key: &str) -> Result<Option<bool>, String> {
    match fields.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Bool(value)) => Ok(Some(*value)),
        Some(Value::String(text)) => Err(format!(
            "yaml: unmarshal errors:\n  line 1: cannot unmarshal !!str `{text}` into bool"
        )),
        Some(other) => Err(format!(
            "yaml: unmarshal errors:\n  line 1: cannot unmarshal `{other}` into bool"
        )),
    }
}

pub(crate) fn refuse_unknown(
    fields: &Map<String, Value>,
    known: &[&[&str]],
    typ: &str,
) -> Result<(), String> {
    let mut unknown = fields
        .keys()
        .filter(|key| !known.iter().any(|keys| keys.contains(&key.as_str())));
    match unknown.next() {
        None => Ok(()),
        Some(key) => Err(format!(
            "yaml: unmarshal errors:\n  line 1: field {key} not found in type config.{typ}"
        )),
    }
}

/// A list of texts, or one alone.
pub(crate) fn strings(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(text)) => vec![text.clone()],
        Some(Value::Array(items)) => items
            .iter()
            .filter_map(|item| item.as_str().map(str::to_owned))
            .collect(),
        _ => Vec::new(),
    }
}

/// The credentials of a policy's `basic-auth` actions, the one action that the stand-in carries out.
pub(crate) fn policy_credentials(policy: Option<&Value>) -> Vec<String> {
    let parsed;
    let policy = match policy {
        Some(Value::String(text)) => {
            parsed = serde_yaml::from_str(text).unwrap_or(Value::Null);
            &parsed
        }
        Some(policy) => policy,
        None => return Vec::new(),
    };
    let rules = policy["on_http_request"].as_array().into_iter().flatten();
    rules
        .flat_map(|rule| rule["actions"].as_array().into_iter().flatten())
        .filter(|action| action["type"] == "basic-auth")
        .flat_map(|action| strings(action["config"].get("credentials")))
        .collect()
}

pub(crate) fn host_header(value: Option<&Value>) -> Option<String> {
    let text = value?.as_str()?;
    Some(text.to_owned()).filter(|text| !matches!(text.as_str(), "" | "preserve"))
}

impl HeaderEdits {
    /// Reads `{add: ["Name: value"], remove: ["Name"]}`.
    pub(crate) fn parse(value: Option<&Value>) -> Self {
        let part = |key| strings(value.and_then(|v| v.get(key)));
        Self {
            add: part("add")
                .iter()
                .filter_map(|line| line.split_once(':'))
                .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
                .collect(),
            remove: part("remove"),
        }
    }
}

/// A failed `open` in Go's words.
pub(crate) fn open_error(path: &Path, error: &io::Error) -> String {
    let reason = match error.kind() {
        io::ErrorKind::NotFound => "no such file or directory".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    };
    format!("open {}: {reason}", path.display())
}
