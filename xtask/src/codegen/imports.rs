//! The `use` lines of a generated file.

use std::collections::BTreeSet;

use super::definition::{Definitions, File};
use super::names::type_name;

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
        "Extra",
        "JsonText",
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
    if words.contains("or_none") {
        ours.insert("error::OrNone");
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
    if words.contains("BTreeMap") {
        lines.insert("use std::collections::BTreeMap;".to_owned());
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
