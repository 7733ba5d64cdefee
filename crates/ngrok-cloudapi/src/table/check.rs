//! Whether a body is what an operation takes, said before it is sent. Pure, and silent about values: they may be secrets.

use serde_json::{Map, Value};

use super::schema::{Field, Kind, Object};

/// How nulls are judged.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Nulls {
    /// Only where the definitions allow it.
    AsDefined,
    /// Also in every field of the outermost object, as an update may send it.
    Everywhere,
}

/// Says what is wrong with `body`, in one clause. Names in `path` may be repeated in it, as ngrok's own examples do.
pub(super) fn check(
    object: &Object,
    body: &Value,
    path: &[&str],
    nulls: Nulls,
) -> Result<(), String> {
    let fields = fields_of(body, "the body")?;
    for (name, value) in fields {
        if object.field(name).is_none() && path.contains(&name.as_str()) {
            scalar(value, name)?;
        } else {
            field(object, name, value, "", nulls)?;
        }
    }
    missing(object, fields, "the body")
}

fn inner(object: &Object, value: &Value, at: &str) -> Result<(), String> {
    let fields = fields_of(value, at)?;
    for (name, value) in fields {
        field(object, name, value, at, Nulls::AsDefined)?;
    }
    missing(object, fields, at)
}

fn field(object: &Object, name: &str, value: &Value, at: &str, nulls: Nulls) -> Result<(), String> {
    let place = if at.is_empty() {
        name.to_owned()
    } else {
        format!("{}.{name}", at.trim_matches('`'))
    };
    let place = format!("`{place}`");
    let Some(known) = object.field(name) else {
        return Err(format!("there is no field {place}; {}", names(object)));
    };
    if value.is_null() {
        return null(known, &place, nulls);
    }
    kind(&known.kind, value, &place)
}

fn null(field: &Field, place: &str, nulls: Nulls) -> Result<(), String> {
    if field.nullable || nulls == Nulls::Everywhere {
        Ok(())
    } else {
        Err(format!(
            "{place} cannot be null; leave it out or give a value"
        ))
    }
}

fn kind(kind: &Kind, value: &Value, place: &str) -> Result<(), String> {
    let fits = match (kind, value) {
        (Kind::Text | Kind::Time | Kind::OneOf(_), Value::String(_))
        | (Kind::Bool, Value::Bool(_)) => true,
        (Kind::Integer, Value::Number(number)) => number.is_i64() || number.is_u64(),
        (Kind::Number, Value::Number(_)) => true,
        (Kind::List(of), Value::Array(items)) => {
            for (at, item) in items.iter().enumerate() {
                let place = format!("`{}.{at}`", place.trim_matches('`'));
                self::kind(of, item, &place)?;
            }
            true
        }
        (Kind::Map(of), Value::Object(entries)) => {
            for (name, value) in entries {
                let place = format!("`{}.{name}`", place.trim_matches('`'));
                self::kind(of, value, &place)?;
            }
            true
        }
        (Kind::Object(object), value) => return inner(object, value, place),
        _ => false,
    };
    if fits {
        Ok(())
    } else {
        Err(format!(
            "{place} is of the wrong kind: expected {}, found {}",
            expected(kind),
            found(value)
        ))
    }
}

fn expected(kind: &Kind) -> &'static str {
    match kind {
        Kind::Text => "a string",
        Kind::Time => "a string such as \"2027-01-31T12:00:00Z\"",
        Kind::OneOf(_) => "a string",
        Kind::Bool => "true or false",
        Kind::Integer => "a whole number",
        Kind::Number => "a number",
        Kind::List(_) => "an array",
        Kind::Map(_) | Kind::Object(_) => "an object",
    }
}

fn found(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

fn fields_of<'v>(value: &'v Value, place: &str) -> Result<&'v Map<String, Value>, String> {
    value.as_object().ok_or_else(|| {
        format!(
            "{place} is of the wrong kind: expected an object, found {}",
            found(value)
        )
    })
}

fn scalar(value: &Value, name: &str) -> Result<(), String> {
    match value {
        Value::String(_) => Ok(()),
        other => Err(format!(
            "`{name}` is of the wrong kind: expected a string, found {}",
            found(other)
        )),
    }
}

fn missing(object: &Object, given: &Map<String, Value>, place: &str) -> Result<(), String> {
    let lacks: Vec<String> = object
        .fields
        .iter()
        .filter(|field| field.required && !given.contains_key(field.name))
        .map(|field| format!("`{}`", field.name))
        .collect();
    if lacks.is_empty() {
        return Ok(());
    }
    Err(format!("{place} lacks {}", lacks.join(" and ")))
}

/// The fields that there are.
fn names(object: &Object) -> String {
    let names: Vec<String> = object
        .fields
        .iter()
        .map(|field| format!("`{}`", field.name))
        .collect();
    match names.as_slice() {
        [] => "it has none".to_owned(),
        names => format!("there are {}", names.join(", ")),
    }
}

/// The body with the fields that this crate fills in.
pub(super) fn filled(object: &Object, body: &Value) -> Option<Value> {
    let given = body.as_object()?;
    let lacking: Vec<_> = object
        .fields
        .iter()
        .filter(|field| !given.contains_key(field.name))
        .filter_map(|field| Some((field.name.to_owned(), Value::from(field.default?))))
        .collect();
    if lacking.is_empty() {
        return None;
    }
    let mut fields = given.clone();
    fields.extend(lacking);
    Some(Value::Object(fields))
}
