//! What the definitions must keep to before anything is written from them.

use std::collections::BTreeSet;

use super::definition::{Definitions, File};

/// All that is wrong with `definitions`, a line each.
pub(super) fn check(definitions: &Definitions) -> Result<(), String> {
    let mut problems = Vec::new();
    let mut used = BTreeSet::new();
    for file in &definitions.files {
        let mut say = |what: String| problems.push(format!("{}: {what}", file.name));
        group(file, definitions, &mut say);
        let legacy = file.group.as_deref() == Some("legacy") && file.is_service();
        if legacy && file.deprecated.is_none() {
            say("the group `legacy` needs a note on what replaces it".to_owned());
        }
        operations(file, definitions, &mut say);
        fields(file, definitions, &mut used, &mut say);
    }
    for name in definitions
        .glossary
        .keys()
        .filter(|name| !used.contains(*name))
    {
        problems.push(format!("glossary: no field is called `{name}`"));
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems.join("\n"))
    }
}

fn group(file: &File, definitions: &Definitions, say: &mut impl FnMut(String)) {
    match &file.group {
        Some(group) if !definitions.groups.contains_key(group) => {
            say(format!("there is no group `{group}`"))
        }
        None if file.is_service() => say("a service needs a group".to_owned()),
        _ => {}
    }
}

fn operations(file: &File, definitions: &Definitions, say: &mut impl FnMut(String)) {
    let mut mentioned = Vec::new();
    for (name, operation) in &file.operations {
        if operation.about.trim().is_empty() {
            say(format!("{name} says nothing about itself"));
        }
        let wants_body = operation.sends_body();
        if !wants_body && !matches!(operation.method.as_str(), "GET" | "DELETE") {
            say(format!("{name}: there is no method {}", operation.method));
        }
        if operation.body.is_some() && !wants_body {
            say(format!("{name}: a {} has no body", operation.method));
        }
        if operation.refuses_empty.is_some() && operation.method != "PATCH" {
            say(format!("{name}: only a PATCH can be an empty update"));
        }
        if operation.list.is_some() && operation.returns.is_some() {
            say(format!("{name}: it returns a list or an object, not both"));
        }
        mentioned.extend(operation.body.iter().chain(&operation.returns));
        mentioned.extend(operation.list.iter().map(|list| &list.of));
    }
    for name in mentioned {
        known(file, name, definitions, say);
    }
}

fn fields(
    file: &File,
    definitions: &Definitions,
    used: &mut BTreeSet<String>,
    say: &mut impl FnMut(String),
) {
    for (type_name, ty) in &file.types {
        let is_body = file
            .operations
            .iter()
            .any(|(_, o)| o.body.as_ref() == Some(type_name));
        if ty.about.is_none() && !is_body {
            say(format!("{type_name} says nothing about itself"));
        }
        for (name, field) in &ty.fields {
            if field.about.is_none() {
                used.insert(name.clone());
            }
            if definitions.about(name, field).trim().is_empty() {
                say(format!("{type_name}.{name} is not in the glossary"));
            }
            if looks_secret(name) && !field.secret && field.kind == "string" {
                say(format!(
                    "{type_name}.{name} sounds like a secret and is not marked as one"
                ));
            }
            if field.default.is_some()
                && (field.optional || definitions.values(&field.kind).is_none())
            {
                say(format!(
                    "{type_name}.{name}: only a required enum can have a default"
                ));
            }
            if field.secret && field.kind != "string" {
                say(format!("{type_name}.{name}: only a string can be a secret"));
            }
            let inner = field.inner_kind();
            let plain = [
                "string",
                "timestamp",
                "bool",
                "int32",
                "int64",
                "uint32",
                "uint64",
                "float64",
            ];
            if !plain.contains(&inner) {
                known(file, inner, definitions, say);
            }
        }
    }
}

/// A type must be defined, and compiled whenever this file is.
fn known(file: &File, name: &str, definitions: &Definitions, say: &mut impl FnMut(String)) {
    match definitions.home(name) {
        None => say(format!("there is no type `{name}`")),
        Some(home) if home.group.is_some() && home.group != file.group => {
            say(format!(
                "`{name}` is in another group; move it to a shared file"
            ));
        }
        Some(_) => {}
    }
}

/// Names that hold something which lets its reader in.
fn looks_secret(name: &str) -> bool {
    matches!(
        name,
        "token" | "secret" | "password" | "api_key" | "private_key" | "private_key_pem"
    ) || ["_secret", "_token", "_password", "_secret_access_key"]
        .iter()
        .any(|end| name.ends_with(end))
}
