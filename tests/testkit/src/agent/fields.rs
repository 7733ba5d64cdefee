//! Fields of a definition, refused in the words of Go's decoders where they are of the wrong type.

use std::io;
use std::path::Path;
use std::time::Duration;

use serde_json::{Map, Value};

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

/// The refusal of a key that a type does not have.
pub(crate) fn not_found(key: &str, typ: &str) -> String {
    format!("yaml: unmarshal errors:\n  line 1: field {key} not found in type config.{typ}")
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

pub(crate) fn host_header(value: Option<&Value>) -> Option<String> {
    let text = value?.as_str()?;
    Some(text.to_owned()).filter(|text| !matches!(text.as_str(), "" | "preserve"))
}

/// A duration as Go writes it: numbers, each with its unit, as `1m30s`.
pub(crate) fn duration(text: &str) -> Option<Duration> {
    let mut total = Duration::ZERO;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, after) = rest.split_at(digits);
        // Longer units first, or `ms` would be minutes.
        let (seconds, after) = [
            ("ns", 1e-9),
            ("us", 1e-6),
            ("µs", 1e-6),
            ("ms", 1e-3),
            ("h", 3600.0),
            ("m", 60.0),
            ("s", 1.0),
        ]
        .into_iter()
        .find_map(|(unit, seconds)| Some((seconds, after.strip_prefix(unit)?)))?;
        let part = number.parse::<f64>().ok()? * seconds;
        total = total.checked_add(Duration::try_from_secs_f64(part).ok()?)?;
        rest = after;
    }
    (!text.is_empty()).then_some(total)
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
