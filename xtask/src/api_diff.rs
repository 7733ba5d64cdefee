//! `cargo xtask api-diff FILE`: how what ngrok publishes differs from our definitions.
//!
//! FILE is an OpenAPI file (YAML or JSON) or a table of facts (`api-facts.json`), which also knows types and presence.

mod facts;
mod openapi;
mod surface;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::codegen::API;
use crate::codegen::definition::Definitions;
use crate::workspace;
use surface::{Operation, Shape, Surface};

pub(crate) fn run(args: &[String]) -> Result<(), String> {
    let [file] = args else {
        return Err("usage: cargo xtask api-diff OPENAPI.yaml".to_owned());
    };
    let ours = ours()?;
    let theirs = read(Path::new(file))?;
    let differences = diff(&ours, &theirs);
    for difference in &differences {
        println!("{difference}");
    }
    println!(
        "api-diff: {} differences; {} operations here, {} there",
        differences.len(),
        ours.operations.len(),
        theirs.operations.len()
    );
    Ok(())
}

fn ours() -> Result<Surface, String> {
    let definitions = Definitions::load(&workspace::root().join(API))?;
    Ok(surface::of_definitions(&definitions))
}

fn read(path: &Path) -> Result<Surface, String> {
    let said = |e: &dyn std::fmt::Display| format!("{}: {e}", path.display());
    let text = fs::read_to_string(path).map_err(|e| said(&e))?;
    // JSON is YAML too.
    let value: serde_yaml::Value = serde_yaml::from_str(&text).map_err(|e| said(&e))?;
    if value.get("openapi").is_some() {
        openapi::surface(&value).map_err(|e| said(&e))
    } else {
        facts::surface(value).map_err(|e| said(&e))
    }
}

/// A line for each difference: `+` is there and not here, `-` is here and not there, `~` is in both and differs.
fn diff(ours: &Surface, theirs: &Surface) -> Vec<String> {
    let mut lines = Vec::new();
    let keys: BTreeSet<&String> = ours
        .operations
        .keys()
        .chain(theirs.operations.keys())
        .collect();
    for key in keys {
        match (ours.operations.get(key), theirs.operations.get(key)) {
            (None, Some(new)) => lines.push(format!("+ {key} ({})", new.name)),
            (Some(gone), None) => lines.push(format!("- {key} ({})", gone.name)),
            (Some(here), Some(there)) => operation(key, here, there, &mut lines),
            (None, None) => {}
        }
    }
    for (name, fields) in &theirs.types {
        let Some(known) = ours.types.get(name) else {
            lines.push(format!("+ type {name}"));
            continue;
        };
        let names: BTreeSet<&String> = known.keys().chain(fields.keys()).collect();
        for field in names {
            match (known.get(field), fields.get(field)) {
                (None, Some(new)) => lines.push(format!("+ {name}.{field}: {new}")),
                (Some(gone), None) => lines.push(format!("- {name}.{field}: {gone}")),
                (Some(here), Some(there)) if !here.agrees(there) => {
                    lines.push(format!("~ {name}.{field}: {here} here, {there} there"));
                }
                _ => {}
            }
        }
    }
    lines
}

fn operation(key: &str, here: &Operation, there: &Operation, lines: &mut Vec<String>) {
    let mut compare = |what: &str, here: &dyn std::fmt::Debug, there: &dyn std::fmt::Debug| {
        let (here, there) = (format!("{here:?}"), format!("{there:?}"));
        if here != there {
            lines.push(format!("~ {key}: {what} {here} here, {there} there"));
        }
    };
    compare("status", &here.status, &there.status);
    if let Some(name) = there.name.contains('.').then_some(&there.name) {
        compare("name", &here.name, name);
    }
    if !there.loose_body {
        compare("body", &here.body, &there.body);
    }
    compare("answer", &here.answer, &there.answer);
    if let Some(filters) = &there.filters {
        compare(
            "filters",
            &here.filters.clone().unwrap_or_default(),
            filters,
        );
    }
}

impl Shape {
    /// Whether two descriptions of a field fit. What one side does not tell is no difference.
    fn agrees(&self, other: &Self) -> bool {
        self.kind == other.kind || self.kind.is_empty() || other.kind.is_empty()
    }
}

#[cfg(test)]
mod tests;
