//! What the help of an operation says: its request, its fields, its filters, an example. Made from the table.

use std::fmt::Write;

use ngrok_facade::cloud::table::{Field, Kind, Object, Operation, Service};

/// What a service is for, and what to use instead if ngrok has deprecated it.
pub(super) fn about(service: &Service) -> String {
    match service.deprecated {
        // The note is written for programs, where a service is a method.
        Some(note) => format!(
            "{} (deprecated: {})",
            service.about,
            note.replace("Client::", "")
        ),
        None => service.about.to_owned(),
    }
}

pub(super) fn of_operation(service: &Service, operation: &Operation) -> String {
    let mut text = format!("Request: {} {}\n", operation.method, operation.path);
    if let Some(note) = service.deprecated {
        let note = format!("Deprecated: {}", note.replace("Client::", ""));
        wrap(&mut text, &note, 0);
    }
    if let Some(body) = operation.body.filter(|body| !body.fields.is_empty()) {
        text.push_str("\nFields:\n");
        fields(&mut text, body, "", 0);
    }
    if let Some(listing) = &operation.list {
        text.push('\n');
        if listing.filters.is_empty() {
            text.push_str("ngrok documents no filter for this list.\n");
        } else {
            let fields = format!(
                "Filters can look at: obj.{}",
                listing.filters.join(", obj.")
            );
            wrap(&mut text, &fields, 0);
        }
    }
    if let Some(code) = operation.refuses_empty {
        let _ = writeln!(text, "\nWithout any field it is refused ({code}).");
    }
    text.push_str("\nExample:\n");
    wrap(&mut text, &example(service, operation), 2);
    text.trim_end().to_owned()
}

/// How the operation is used; names of services are long, so that it may take two lines.
pub(super) fn usage(service: &Service, operation: &Operation) -> String {
    let mut call = format!("ngrok-rs cloud {} {}", service.name, operation.name);
    for arg in operation.args() {
        let _ = write!(call, " <{}>", arg.to_uppercase());
    }
    call.push_str(" [OPTIONS]");
    if operation.has_body() {
        call.push_str(" [FIELD=VALUE]...");
    }
    after_usage(&call)
}

/// How the commands of a service are used.
pub(super) fn service_usage(service: &Service) -> String {
    after_usage(&format!(
        "ngrok-rs cloud {} [OPTIONS] [OPERATION]",
        service.name
    ))
}

fn after_usage(call: &str) -> String {
    let mut text = String::new();
    wrap(&mut text, call, "Usage: ".len());
    text.trim().to_owned()
}

/// Help is at most this wide.
const COLUMNS: usize = 80;

/// Adds `line`, broken between words; what is broken off is indented further.
fn wrap(text: &mut String, line: &str, indent: usize) {
    let mut used = 0;
    let mut indent = indent;
    for word in line.split_whitespace() {
        let length = word.chars().count();
        if used > 0 && used + 1 + length > COLUMNS {
            text.push('\n');
            used = 0;
        }
        if used == 0 {
            text.extend(std::iter::repeat_n(' ', indent));
            used = indent + length;
            if indent < 6 {
                indent += 4;
            }
        } else {
            text.push(' ');
            used += 1 + length;
        }
        text.push_str(word);
    }
    text.push('\n');
}

/// How deep parts of parts are shown.
const DEEPEST: usize = 3;

fn fields(text: &mut String, object: &Object, prefix: &str, depth: usize) {
    for field in object.fields {
        let name = format!("{prefix}{}", field.name);
        let required = if field.required { ", required" } else { "" };
        wrap(
            text,
            &format!("{name} <{}{required}>", kind(&field.kind)),
            2,
        );
        let about = match field.deprecated {
            Some(instead) => format!("Deprecated: {instead}"),
            None => field.about.to_owned(),
        };
        wrap(text, &about, 6);
        if let Kind::Object(inner) = &field.kind
            && depth < DEEPEST
        {
            fields(text, inner, &format!("{name}."), depth + 1);
        }
    }
}

fn kind(kind: &Kind) -> String {
    match kind {
        Kind::Text => "text".to_owned(),
        Kind::Time => "time".to_owned(),
        Kind::OneOf(values) => values.join("|"),
        Kind::Bool => "true|false".to_owned(),
        Kind::Integer => "whole number".to_owned(),
        Kind::Number => "number".to_owned(),
        Kind::List(of) => format!("list of {}", self::kind(of)),
        Kind::Map(of) => format!("names with {}", self::kind(of)),
        Kind::Object(object) if object.fields.is_empty() => "object".to_owned(),
        Kind::Object(_) => "part".to_owned(),
        _ => "value".to_owned(),
    }
}

/// A call with the required fields, or with one that is not.
fn example(service: &Service, operation: &Operation) -> String {
    let mut call = format!(
        "ngrok-rs cloud {} {}",
        service.name.replace('_', "-"),
        operation.name
    );
    for arg in operation.args() {
        let _ = write!(call, " {}", arg.to_uppercase());
    }
    if let Some(listing) = &operation.list {
        if listing.paged {
            call.push_str(" --all");
        }
        return call;
    }
    let Some(body) = operation.body else {
        return call;
    };
    let required: Vec<&Field> = body.fields.iter().filter(|field| field.required).collect();
    let shown = if required.is_empty() {
        let first = body.fields.iter().find(|field| field.sample.is_some());
        first.into_iter().collect()
    } else {
        required
    };
    for field in shown {
        let _ = write!(call, " {}", sample(field));
    }
    call
}

fn sample(field: &Field) -> String {
    let value = match (&field.kind, field.sample) {
        (_, Some(sample)) => sample,
        (Kind::OneOf(values), _) => values.first().copied().unwrap_or_default(),
        (Kind::Bool, _) => "true",
        (Kind::Integer | Kind::Number, _) => "1",
        (Kind::Object(_), _) => "@part.yml",
        _ => "…",
    };
    if value
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"_-./:@".contains(&b))
    {
        format!("{}={value}", field.name)
    } else {
        format!("'{}={value}'", field.name)
    }
}
