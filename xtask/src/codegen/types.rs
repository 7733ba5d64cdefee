//! Structs, their setters, and enums.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::definition::{Definitions, Enum, Field, File, Role, Type};
use super::names::{camel, ident, type_name};

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
struct Kind {
    /// In Rust, without what presence adds.
    base: String,
    /// What a setter takes, and how `value` becomes the field's value.
    taken: String,
    convert: &'static str,
}

fn kind(field: &Field, definitions: &Definitions) -> Kind {
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
enum Presence {
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
    let no_default = ty.role == Role::Request && ty.fields.iter().any(|(_, f)| required(f));
    let default = if no_default { "" } else { "Default, " };
    out.push_str(&match ty.role {
        Role::Request => format!(
            "#[derive(Clone, Debug, {default}PartialEq, Serialize)]\n#[cfg_attr(feature = \"serde-full\", derive(serde::Deserialize), serde(deny_unknown_fields))]\n"
        ),
        Role::Response => format!(
            "#[derive(Clone, Debug, {default}PartialEq, Deserialize)]\n#[cfg_attr(feature = \"serde-full\", derive(serde::Serialize))]\n#[serde(default)]\n"
        ),
        Role::Both => format!(
            "#[derive(Clone, Debug, {default}PartialEq, Serialize, Deserialize)]\n#[serde(default)]\n"
        ),
    });
    let _ = writeln!(out, "#[non_exhaustive]\npub struct {rust} {{");
    for (field_name, field) in &ty.fields {
        let kind = kind(field, definitions);
        out.push_str(&docs("///", definitions.about(field_name, field)));
        let presence = presence(field);
        let attributes = attributes(field, presence, ty.role);
        if !attributes.is_empty() {
            let _ = writeln!(out, "#[serde({})]", attributes.join(", "));
        }
        let wrapped = match presence {
            Presence::Plain => kind.base,
            Presence::Option => format!("Option<{}>", kind.base),
            Presence::Patch => format!("Patch<{}>", kind.base),
        };
        let _ = writeln!(out, "pub {}: {wrapped},", ident(field_name));
    }
    if ty.is_object() {
        out.push_str("/// Fields that this version does not know, as the service sent them.\n#[serde(flatten)]\npub extra: BTreeMap<String, Value>,\n");
    }
    out.push_str("}\n\n");
    if ty.role != Role::Response {
        setters(out, &rust, ty, default.is_empty(), &presence, definitions);
    }
}

fn attributes(field: &Field, presence: Presence, role: Role) -> Vec<&'static str> {
    let mut attributes = Vec::new();
    // Answers and shared parts have their defaults from the whole struct.
    if role == Role::Request && presence != Presence::Plain {
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
    attributes
}

fn setters(
    out: &mut String,
    rust: &str,
    ty: &Type,
    all_fields: bool,
    presence: &dyn Fn(&Field) -> Presence,
    definitions: &Definitions,
) {
    let (required, optional): (Vec<_>, Vec<_>) = ty.fields.iter().partition(|(_, f)| !f.optional);
    let _ = writeln!(out, "impl {rust} {{");
    if required.is_empty() {
        out.push_str("/// With nothing set.\npub fn new() -> Self { Self::default() }\n\n");
    } else {
        out.push_str("/// With what it cannot do without.\npub fn new(");
        for (name, field) in &required {
            let _ = write!(out, "{}: {}, ", ident(name), kind(field, definitions).taken);
        }
        out.push_str(") -> Self { Self { ");
        for (name, field) in &required {
            let name = ident(name);
            let convert = kind(field, definitions).convert;
            let wrap = presence(field) == Presence::Option;
            let _ = match (wrap, convert) {
                (true, _) => write!(out, "{name}: Some({name}{convert}), "),
                (false, "") => write!(out, "{name}, "),
                (false, _) => write!(out, "{name}: {name}{convert}, "),
            };
        }
        for (name, field) in &optional {
            let empty = if presence(field) == Presence::Patch {
                "Patch::Unset"
            } else {
                "None"
            };
            if all_fields {
                let _ = write!(out, "{}: {empty}, ", ident(name));
            }
        }
        if !all_fields && !optional.is_empty() {
            out.push_str("..Self::default() ");
        }
        out.push_str("} }\n\n");
    }
    for (name, field) in &optional {
        let Kind {
            base,
            taken,
            convert,
        } = kind(field, definitions);
        let name = ident(name);
        let (taken, value) = match presence(field) {
            Presence::Patch => (
                format!("impl Into<Patch<{base}>>"),
                format!("{name}.into()"),
            ),
            _ => (taken, format!("Some({name}{convert})")),
        };
        let allow = match name.as_str() {
            "add" => {
                "#[allow(clippy::should_implement_trait, reason = \"it is the field's name\")]\n"
            }
            _ => "",
        };
        let _ = writeln!(
            out,
            "/// Sets [`{name}`](Self#structfield.{}).\n{allow}#[must_use]\npub fn {name}(mut self, {name}: {taken}) -> Self {{ self.{name} = {value}; self }}\n",
            name.trim_start_matches("r#"),
        );
    }
    out.push_str("}\n\n");
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
    let _ = writeln!(out, "    pub enum {name} {{");
    for (value, about) in &definition.values {
        out.push_str(&docs("        ///", about));
        let _ = writeln!(out, "        {} = {value:?},", camel(value));
    }
    out.push_str("    }\n}\n\n");
}

/// The `use` lines that `body` needs.
pub(super) fn imports(out: &mut String, file: &File, body: &str, definitions: &Definitions) {
    // Texts and comments may hold any word.
    let code: String = body
        .replace("\\\"", "")
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| line.split('"').step_by(2).chain(["\n"]))
        .collect();
    let words: BTreeSet<&str> = code
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .collect();
    let mut ours = BTreeSet::new();
    for word in [
        "Client",
        "List",
        "Method",
        "Patch",
        "Result",
        "Secret",
        "Timestamp",
    ] {
        let used = match word {
            // Not the method of that name.
            "Patch" => code.contains("Patch<"),
            _ => words.contains(word),
        };
        if used {
            ours.insert(word);
        }
    }
    if words.contains("text_enum") {
        ours.insert("text_enum::text_enum");
    }
    // Only serde's attributes name it, in texts.
    if body.contains("\"wire::") {
        ours.insert("wire");
    }
    let derives =
        ["Deserialize", "Serialize"].map(|d| code.contains(&format!(", {d}")).then_some(d));
    let derives: BTreeSet<&str> = derives.into_iter().flatten().collect();
    let mut lines = BTreeSet::new();
    for (names, path) in [(ours, "crate"), (derives, "serde")] {
        let names: Vec<&str> = names.into_iter().collect();
        match names.as_slice() {
            [] => {}
            [name] => drop(lines.insert(format!("use {path}::{name};"))),
            names => drop(lines.insert(format!("use {path}::{{{}}};", names.join(", ")))),
        }
    }
    for (word, path) in [("BTreeMap", "std::collections"), ("Value", "serde_json")] {
        if words.contains(word) {
            lines.insert(format!("use {path}::{word};"));
        }
    }
    for other in &definitions.files {
        if other.name == file.name {
            continue;
        }
        let types = other
            .types
            .iter()
            .map(|(name, _)| type_name(name, definitions));
        let enums = other.enums.iter().map(|(name, _)| name.clone());
        for name in types
            .chain(enums)
            .filter(|name| words.contains(name.as_str()))
        {
            lines.insert(format!("use super::{}::{name};", other.name));
        }
    }
    // Std, others, ours, with a blank line between.
    for group in [
        &["use std::"][..],
        &["use serde"],
        &["use crate::", "use super::"],
    ] {
        let members = lines
            .iter()
            .filter(|line| group.iter().any(|start| line.starts_with(start)));
        let members: String = members.map(|line| format!("{line}\n")).collect();
        if !members.is_empty() {
            out.push_str(&members);
            out.push('\n');
        }
    }
}
