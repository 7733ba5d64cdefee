//! What a command line needs to know of the operations: the table of a service, and the fields of the bodies it takes.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::definition::{Definitions, Field, File, Operation, Role};
use super::names::{camel, constant, ident};

/// The service's entry in the table by which a command line calls it.
pub(super) fn table(out: &mut String, file: &File, definitions: &Definitions) {
    let _ = writeln!(
        out,
        "#[cfg(feature = \"table\")]\npub(crate) static TABLE: crate::table::Service = {{\nuse crate::table::*;\nService {{ name: {:?}, about: {:?}, group: {:?}, deprecated: {:?}, operations: &[",
        file.name,
        first_line(&file.about),
        file.group.as_deref().unwrap_or_default(),
        file.deprecated.as_deref().map(str::trim),
    );
    for (name, operation) in &file.operations {
        entry(out, file, name, operation, definitions);
    }
    out.push_str("] }\n};\n");
}

fn first_line(text: &str) -> String {
    text.trim().lines().next().unwrap_or_default().to_owned()
}

fn entry(
    out: &mut String,
    file: &File,
    name: &str,
    operation: &Operation,
    definitions: &Definitions,
) {
    let _ = writeln!(
        out,
        "Operation {{ name: {name:?}, about: {:?}, method: Method::{}, path: {:?}, status: {},",
        first_line(&operation.about),
        camel(&operation.method.to_ascii_lowercase()),
        operation.path,
        operation.status,
    );
    let body = operation
        .body
        .as_deref()
        .map(|name| format!("&{}", schema_path(name, file, definitions)));
    let _ = writeln!(out, "body: {},", some(body));
    let list = operation.list.as_ref().map(|list| {
        format!(
            "Listing {{ field: {:?}, paged: {}, filters: &{:?}, parameters: &{:?} }}",
            list.fields(),
            list.paged,
            list.filters,
            list.parameters
        )
    });
    let _ = writeln!(out, "list: {},", some(list));
    let empty = operation.refuses_empty.as_ref();
    let _ = writeln!(out, "refuses_empty: {empty:?},");
    let _ = writeln!(
        out,
        "#[cfg(feature = \"serde-full\")]\nrun: {} }},",
        run(file, name, operation)
    );
}

fn some(text: Option<String>) -> String {
    text.map_or("None".to_owned(), |text| format!("Some({text})"))
}

/// The typed function of an operation, in the form in which the table calls it.
fn run(file: &File, name: &str, operation: &Operation) -> String {
    let args = operation.args();
    let mut given: Vec<String> = (0..args.len()).map(|i| format!("arg(a, {i})?")).collect();
    if operation.body.is_some() {
        given.push("&read(b)?".to_owned());
    }
    let call = format!("c.{}().{}({})", file.name, ident(name), given.join(", "));
    let a = if args.is_empty() { "_" } else { "a" };
    match (&operation.list, &operation.body, &operation.returns) {
        (Some(_), ..) => format!("Run::List(|c, {a}, o| Ok(pages({call}, o)))"),
        (None, Some(_), Some(_)) => format!("Run::Body(|c, {a}, b| one({call}))"),
        (None, Some(_), None) => format!("Run::Body(|c, {a}, b| none({call}))"),
        (None, None, Some(_)) => format!("Run::Plain(|c, {a}| one({call}))"),
        (None, None, None) => format!("Run::Plain(|c, {a}| none({call}))"),
    }
}

/// The fields of the bodies that this file's types are, or are parts of.
pub(super) fn schemas(out: &mut String, file: &File, definitions: &Definitions) {
    let sent = sent_types(definitions);
    let types: Vec<_> = file
        .types
        .iter()
        .filter(|(name, ty)| ty.role != Role::Response && sent.contains(name.as_str()))
        .collect();
    if types.is_empty() {
        return;
    }
    out.push_str(
        "#[cfg(feature = \"table\")]\npub(crate) mod schema {\nuse crate::table::schema::*;\n\n",
    );
    for (name, ty) in types {
        let _ = writeln!(
            out,
            "pub(crate) static {}: Object = Object {{ name: {name:?}, fields: &[",
            constant(name)
        );
        for (name, field) in &ty.fields {
            field_entry(out, file, name, field, definitions);
        }
        out.push_str("] };\n\n");
    }
    out.push_str("}\n\n");
}

fn field_entry(
    out: &mut String,
    file: &File,
    name: &str,
    field: &Field,
    definitions: &Definitions,
) {
    let mut flags = Vec::new();
    for (flag, is) in [
        ("REQUIRED", field.is_required()),
        ("NULLABLE", field.nullable),
        ("SECRET", field.secret),
    ] {
        if is {
            flags.push(flag);
        }
    }
    let flags = if flags.is_empty() {
        "0".to_owned()
    } else {
        flags.join(" | ")
    };
    let _ = write!(
        out,
        "field({name:?}, {}, {flags}, {:?})",
        kind(&field.kind, file, definitions),
        definitions.about(name, field).trim(),
    );
    if let Some(sample) = definitions.sample(name, field) {
        let _ = write!(out, ".sample({sample:?})");
    }
    if let Some(default) = &field.default {
        let _ = write!(out, ".or({default:?})");
    }
    if let Some(instead) = &field.deprecated {
        let _ = write!(out, ".instead({:?})", instead.trim());
    }
    out.push_str(",\n");
}

fn kind(kind: &str, file: &File, definitions: &Definitions) -> String {
    let inner = |start: &str| kind.strip_prefix(start).and_then(|k| k.strip_suffix('>'));
    if let Some(inner) = inner("list<") {
        return format!("Kind::List(&{})", self::kind(inner, file, definitions));
    }
    if let Some(inner) = inner("map<string,") {
        return format!("Kind::Map(&{})", self::kind(inner, file, definitions));
    }
    match kind {
        "string" => "Kind::Text".to_owned(),
        "timestamp" => "Kind::Time".to_owned(),
        "bool" => "Kind::Bool".to_owned(),
        "float64" => "Kind::Number".to_owned(),
        "int32" | "int64" | "uint32" | "uint64" => "Kind::Integer".to_owned(),
        name => match definitions.values(name) {
            Some(values) => format!("Kind::OneOf(&{values:?})"),
            None => format!("Kind::Object(&{})", schema_path(name, file, definitions)),
        },
    }
}

/// Where the fields of the type `name` are, as seen from within `schema` or `TABLE` of `file`.
fn schema_path(name: &str, file: &File, definitions: &Definitions) -> String {
    let home = definitions.home(name).map_or(&file.name, |home| &home.name);
    format!("crate::generated::{home}::schema::{}", constant(name))
}

/// The types that are bodies of operations, and all their parts.
fn sent_types(definitions: &Definitions) -> BTreeSet<&str> {
    let mut sent = BTreeSet::new();
    let operations = definitions.files.iter().flat_map(|file| &*file.operations);
    let mut left: Vec<&str> = operations.filter_map(|(_, o)| o.body.as_deref()).collect();
    while let Some(name) = left.pop() {
        let ty = definitions.ty(name);
        if let Some(ty) = ty.filter(|_| sent.insert(name)) {
            left.extend(ty.fields.iter().map(|(_, field)| field.inner_kind()));
        }
    }
    sent
}
