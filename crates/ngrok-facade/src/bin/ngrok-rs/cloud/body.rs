//! The body of a request, from `--data` and from `FIELD=VALUE`.

use std::io;

use clap::ArgMatches;
use ngrok_facade::cloud::table::{Field, Kind, Object, RawJson};
use serde_json::{Map, Value};

use crate::exit::{Failure, Outcome};
use crate::input;

/// What is sent. `None` where nothing was given, which is sent as the empty object.
pub(super) fn read(object: Option<&Object>, matches: &ArgMatches) -> Outcome<Option<RawJson>> {
    let data = matches.get_one::<String>("data");
    let fields: Vec<&String> = match matches.try_get_many::<String>("fields") {
        Ok(fields) => fields.into_iter().flatten().collect(),
        Err(_) => Vec::new(),
    };
    let data = data.map(|data| parse(&content(data)?)).transpose()?;
    if fields.is_empty() {
        return Ok(data);
    }
    let mut body = match data.as_ref().map(RawJson::to_value) {
        None => Map::new(),
        Some(Value::Object(body)) => body,
        Some(_) => {
            return usage(
                "--data has to be an object, so that fields can be put into it".to_owned(),
            );
        }
    };
    for field in fields {
        let Some((path, text)) = field.split_once('=') else {
            return usage(format!(
                "`{field}` is not a field: write FIELD=VALUE, or FIELD=@FILE"
            ));
        };
        let text = match text.strip_prefix('@') {
            Some(file) => file_content(file)?,
            None => text.to_owned(),
        };
        put(&mut body, object, path, path, &text)?;
    }
    RawJson::parse(&Value::Object(body).to_string())
        .map(Some)
        .map_err(|error| Failure::Usage(error.to_string()))
}

/// Puts `text` at `path`, whose first part is a field of `object`. `whole` is what messages call it.
fn put(
    body: &mut Map<String, Value>,
    object: Option<&Object>,
    path: &str,
    whole: &str,
    text: &str,
) -> Outcome {
    let (name, rest) = match path.split_once('.') {
        Some((name, rest)) => (name, Some(rest)),
        None => (path, None),
    };
    let known = object.and_then(|object| object.field(name));
    let Some(rest) = rest else {
        let value = value(known, whole, text)?;
        return match (body.get_mut(name), value) {
            // A list is given an item at a time.
            (Some(Value::Array(items)), Value::Array(more)) => {
                items.extend(more);
                Ok(())
            }
            (_, value) => {
                body.insert(name.to_owned(), value);
                Ok(())
            }
        };
    };
    let inner = match known.map(|field| &field.kind) {
        Some(Kind::Object(inner)) => Some(*inner),
        Some(Kind::Map(_)) | None => None,
        Some(_) => return usage(format!("`{name}` has no parts, so `{whole}` means nothing")),
    };
    let part = body
        .entry(name.to_owned())
        .or_insert_with(|| Value::Object(Map::new()));
    match part {
        Value::Object(part) => put(part, inner, rest, whole, text),
        _ => usage(format!(
            "`{name}` is no object in --data, so `{whole}` cannot be put into it"
        )),
    }
}

/// `text` as the kind of value that the field holds. A field that is not known takes text; the check that follows names it.
fn value(field: Option<&Field>, name: &str, text: &str) -> Outcome<Value> {
    let Some(field) = field else {
        return Ok(Value::from(text));
    };
    of_kind(&field.kind, text).or_else(|expected| {
        // Not the value: it may be a secret.
        usage(format!(
            "the value of `{name}` is of the wrong kind: expected {expected}"
        ))
    })
}

fn of_kind(kind: &Kind, text: &str) -> Result<Value, &'static str> {
    match kind {
        Kind::Text | Kind::Time | Kind::OneOf(_) => Ok(Value::from(text)),
        Kind::Bool => match text.trim() {
            "true" => Ok(Value::Bool(true)),
            "false" => Ok(Value::Bool(false)),
            _ => Err("true or false"),
        },
        Kind::Integer => match text.trim().parse::<i64>() {
            Ok(number) => Ok(Value::from(number)),
            Err(_) => Err("a whole number"),
        },
        Kind::Number => match serde_json::from_str::<serde_json::Number>(text.trim()) {
            Ok(number) => Ok(Value::Number(number)),
            Err(_) => Err("a number"),
        },
        Kind::List(of) => {
            // A whole list as JSON, or one item of it.
            if let Ok(Value::Array(items)) = serde_json::from_str(text) {
                return Ok(Value::Array(items));
            }
            Ok(Value::Array(vec![of_kind(of, text)?]))
        }
        Kind::Map(_) | Kind::Object(_) => match parse(text) {
            Ok(json) if json.to_value().is_object() => Ok(json.to_value()),
            _ => Err("an object in JSON or YAML"),
        },
        _ => Ok(Value::from(text)),
    }
}

/// The text of `--data`.
fn content(data: &str) -> Outcome<String> {
    match data.strip_prefix('@') {
        Some(path) => file_content(path),
        None if data == "-" => input::stdin(LARGEST).map_err(|error| unreadable("stdin", error)),
        None => Ok(data.to_owned()),
    }
}

fn file_content(path: &str) -> Outcome<String> {
    input::file(path, LARGEST).map_err(|error| unreadable(path, error))
}

/// More than the cloud API takes.
const LARGEST: u64 = 16 << 20;

fn unreadable(what: &str, error: io::Error) -> Failure {
    Failure::Io(format!("{what} cannot be read"), error)
}

/// JSON as it is, so that every digit stays, or else YAML.
fn parse(text: &str) -> Outcome<RawJson> {
    let error = match RawJson::parse(text.trim()) {
        Ok(json) => return Ok(json),
        Err(error) => error,
    };
    let is_yaml = !text.trim_start().starts_with(['{', '[', '"']);
    if is_yaml
        && let Ok(value @ Value::Object(_)) = ngrok_facade::installer::config::parse_yaml(text)
        && let Ok(json) = RawJson::parse(&value.to_string())
    {
        return Ok(json);
    }
    // Only where it is wrong, never what is there: a body may hold a secret.
    usage(format!(
        "--data is neither JSON nor YAML: it goes wrong at line {}, column {}",
        error.line(),
        error.column()
    ))
}

fn usage<T>(text: String) -> Outcome<T> {
    Err(Failure::Usage(text))
}
