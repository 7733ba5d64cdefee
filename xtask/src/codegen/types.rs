//! Structs, their setters, and enums.

use std::fmt::Write;

use super::definition::{Definitions, Enum, Field, File, Role, Type};
use super::names::{camel, ident, type_name};
use super::setters::setters;

/// A doc comment: a paragraph for each line of `text`.
pub(super) fn docs(mark: &str, text: &str) -> String {
    let mut out = String::new();
    for line in text.trim().lines() {
        out.push_str(format!("{mark} {}", line.trim()).trim_end());
        out.push('\n');
    }
    out
}

/// A field's type, taken apart.
pub(super) struct Kind {
    /// In Rust, without what presence adds.
    pub(super) base: String,
    /// What a setter takes, and how `value` becomes the field's value.
    pub(super) taken: String,
    pub(super) convert: &'static str,
}

pub(super) fn kind(field: &Field, definitions: &Definitions) -> Kind {
    let (base, taken, convert) = if field.secret {
        (
            "Secret".to_owned(),
            "impl Into<Secret>".to_owned(),
            ".into()",
        )
    } else {
        plain_kind(&field.kind, definitions)
    };
    Kind {
        base,
        taken,
        convert,
    }
}

fn plain_kind(kind: &str, definitions: &Definitions) -> (String, String, &'static str) {
    let is_enum = |name: &str| {
        let home = definitions.home(name);
        home.is_some_and(|file| file.enums.iter().any(|(known, _)| known == name))
    };
    if let Some(inner) = kind.strip_prefix("list<").and_then(|k| k.strip_suffix('>')) {
        let (base, taken, convert) = plain_kind(inner, definitions);
        let collect = if convert.is_empty() {
            ".into_iter().collect()"
        } else {
            ".into_iter().map(Into::into).collect()"
        };
        return (
            format!("Vec<{base}>"),
            format!("impl IntoIterator<Item = {taken}>"),
            collect,
        );
    }
    if let Some(inner) = kind
        .strip_prefix("map<string,")
        .and_then(|k| k.strip_suffix('>'))
    {
        let (base, taken, convert) = plain_kind(inner, definitions);
        let collect = if convert.is_empty() {
            ".into_iter().map(|(k, v)| (k.into(), v)).collect()"
        } else {
            ".into_iter().map(|(k, v)| (k.into(), v.into())).collect()"
        };
        let taken = format!("impl IntoIterator<Item = (impl Into<String>, {taken})>");
        return (format!("BTreeMap<String, {base}>"), taken, collect);
    }
    let number = match kind {
        "int32" => "i32",
        "int64" => "i64",
        "uint32" => "u32",
        "uint64" => "u64",
        "float64" => "f64",
        "bool" => "bool",
        _ => "",
    };
    if !number.is_empty() {
        return (number.to_owned(), number.to_owned(), "");
    }
    match kind {
        "string" => (
            "String".to_owned(),
            "impl Into<String>".to_owned(),
            ".into()",
        ),
        "timestamp" => (
            "Timestamp".to_owned(),
            "impl Into<Timestamp>".to_owned(),
            ".into()",
        ),
        name if is_enum(name) => (name.to_owned(), format!("impl Into<{name}>"), ".into()"),
        name => {
            let name = type_name(name, definitions);
            (name.clone(), name, "")
        }
    }
}

/// How a field's presence shows in its type.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Presence {
    Plain,
    Option,
    Patch,
}

/// In the body of a PATCH every field that may be left out may also be null: what that means is for the service to say.
fn presence(field: &Field, role: Role, patches: bool) -> Presence {
    match role {
        Role::Response if field.nullable => Presence::Option,
        Role::Response => Presence::Plain,
        _ if field.optional && (field.nullable || patches) => Presence::Patch,
        _ if field.optional || (field.nullable && role == Role::Both) => Presence::Option,
        _ => Presence::Plain,
    }
}

pub(super) fn structure(
    out: &mut String,
    file: &File,
    name: &str,
    ty: &Type,
    definitions: &Definitions,
) {
    let rust = type_name(name, definitions);
    out.push_str(&docs("///", &about(file, name, ty)));
    let patches = definitions.is_patch_body(name);
    let presence = |field: &Field| presence(field, ty.role, patches);
    let required = |field: &Field| presence(field) == Presence::Plain;
    // A type that cannot do without some part has no default, so that the part cannot be forgotten.
    let no_default = match ty.role {
        Role::Request => ty.fields.iter().any(|(_, f)| required(f)),
        Role::Both => ty.fields.iter().any(|(_, f)| !f.optional),
        Role::Response => false,
    };
    let default = if no_default { "" } else { "Default, " };
    let by_container = if no_default {
        ""
    } else {
        "#[serde(default)]\n"
    };
    out.push_str(&match ty.role {
        Role::Request => format!(
            "#[derive(Clone, Debug, {default}PartialEq, Serialize)]\n#[cfg_attr(feature = \"serde-full\", derive(serde::Deserialize))]\n"
        ),
        Role::Response => format!(
            "#[derive(Clone, Debug, {default}PartialEq, Deserialize)]\n#[cfg_attr(feature = \"serde-full\", derive(serde::Serialize))]\n{by_container}"
        ),
        Role::Both => format!(
            "#[derive(Clone, Debug, {default}PartialEq, Serialize, Deserialize)]\n{by_container}"
        ),
    });
    let _ = writeln!(out, "#[non_exhaustive]\npub struct {rust} {{");
    for (field_name, field) in &ty.fields {
        let kind = kind(field, definitions);
        out.push_str(&docs("///", definitions.about(field_name, field)));
        let presence = presence(field);
        for attribute in attributes(field, presence, ty.role, no_default) {
            out.push_str(&attribute);
        }
        if let Some(instead) = &field.deprecated {
            let _ = writeln!(out, "#[deprecated(note = {:?})]", instead.trim());
        }
        let wrapped = match presence {
            Presence::Plain => kind.base,
            Presence::Option => format!("Option<{}>", kind.base),
            Presence::Patch => format!("Patch<{}>", kind.base),
        };
        let _ = writeln!(out, "pub {}: {wrapped},", ident(field_name));
    }
    let _ = match ty.role {
        Role::Request => writeln!(
            out,
            "/// Fields that this version does not know. They are sent as they are."
        ),
        _ => writeln!(
            out,
            "/// Fields that this version does not know, as the service sent them."
        ),
    };
    out.push_str("#[serde(flatten)]\npub extra: Extra,\n");
    out.push_str("}\n\n");
    if ty.role != Role::Response {
        setters(out, &rust, ty, &presence, definitions);
    }
}

fn attributes(field: &Field, presence: Presence, role: Role, no_default: bool) -> Vec<String> {
    let mut attributes = Vec::new();
    // Answers, and shared parts that can be empty, have their defaults from the whole struct.
    if (role == Role::Request && presence != Presence::Plain) || (role == Role::Both && no_default)
    {
        attributes.push("default");
    }
    if field.secret {
        attributes.push("with = \"wire::secret\"");
    } else if role != Role::Request && presence == Presence::Plain {
        attributes.push("deserialize_with = \"wire::or_default\"");
    }
    match (role, presence) {
        (Role::Response, _) | (_, Presence::Plain) => {}
        // What cannot be left out is null without a value.
        (_, Presence::Option) if !field.optional => {}
        (_, Presence::Option) => attributes.push("skip_serializing_if = \"Option::is_none\""),
        (_, Presence::Patch) => attributes.push("skip_serializing_if = \"Patch::is_unset\""),
    }
    let mut lines = Vec::new();
    if !attributes.is_empty() {
        lines.push(format!("#[serde({})]\n", attributes.join(", ")));
    }
    // What the service leaves out is not made up when the answer is written again.
    if role == Role::Response && field.absent {
        lines.push("#[cfg_attr(feature = \"serde-full\", serde(skip_serializing_if = \"wire::is_default\"))]\n".to_owned());
    }
    lines
}

/// What a type is: its own words, or whose body it is.
fn about(file: &File, name: &str, ty: &Type) -> String {
    if let Some(about) = &ty.about {
        return about.clone();
    }
    let service = camel(&file.name);
    let sent_by: Vec<String> = file
        .operations
        .iter()
        .filter(|(_, o)| o.body.as_deref() == Some(name))
        .map(|(o, _)| format!("[`{service}::{o}`]"))
        .collect();
    format!("What {} sends.", sent_by.join(" and "))
}

pub(super) fn text_enum(out: &mut String, name: &str, definition: &Enum) {
    out.push_str("text_enum! {\n");
    out.push_str(&docs("    ///", &definition.about));
    let ignore_case = if definition.ignore_case {
        "(ignore_case) "
    } else {
        ""
    };
    let _ = writeln!(out, "    pub enum {ignore_case}{name} {{");
    for (value, about) in &definition.values {
        out.push_str(&docs("        ///", about));
        let _ = writeln!(out, "        {} = {value:?},", camel(value));
    }
    out.push_str("    }\n}\n\n");
}
