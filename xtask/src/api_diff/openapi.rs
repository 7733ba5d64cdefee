//! Reads an OpenAPI file: operations, and the names of the fields that they send and get.

use std::collections::BTreeMap;

use serde_yaml::Value;

use super::surface::{Operation, Shape, Surface, key};

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

pub(super) fn surface(file: &Value) -> Result<Surface, String> {
    let mut surface = Surface::default();
    let paths = file
        .get("paths")
        .and_then(Value::as_mapping)
        .ok_or("it has no paths")?;
    for (path, item) in paths {
        let path = path.as_str().ok_or("a path is no text")?;
        for method in METHODS {
            let Some(found) = item.get(method) else {
                continue;
            };
            let operation = operation(found);
            // The body of a PUT is described with the id beside the module, and sent without.
            let body = operation.body.as_deref().filter(|_| !operation.loose_body);
            for name in body.into_iter().chain(operation.answer.as_deref()) {
                gather(file, name, path, &mut surface);
            }
            surface.operations.insert(key(method, path), operation);
        }
    }
    Ok(surface)
}

fn operation(found: &Value) -> Operation {
    let responses = found.get("responses").and_then(Value::as_mapping);
    let success = responses
        .into_iter()
        .flatten()
        .find_map(|(status, response)| {
            let status: u16 = match status {
                Value::String(text) => text.parse().ok()?,
                other => u16::try_from(other.as_u64()?).ok()?,
            };
            (200..300)
                .contains(&status)
                .then(|| (status, content(response)))
        });
    let (status, answer) = success.unwrap_or_default();
    let body = found.get("requestBody").and_then(content);
    Operation {
        name: found
            .get("operationId")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned(),
        status,
        loose_body: body
            .as_deref()
            .is_some_and(|name| name.ends_with("Replace") || name == "EventSourceUpdate"),
        body,
        answer: answer.filter(|name| name != "Empty"),
        filters: None,
    }
}

/// The name of the JSON schema of a body or an answer.
fn content(value: &Value) -> Option<String> {
    referred(
        value
            .get("content")?
            .get("application/json")?
            .get("schema")?,
    )
}

fn referred(schema: &Value) -> Option<String> {
    let target = schema.get("$ref")?.as_str()?;
    target.rsplit('/').next().map(str::to_owned)
}

/// Takes up a schema and those that it refers to. Fields that fill the path are no part of a body.
fn gather(file: &Value, name: &str, path: &str, surface: &mut Surface) {
    if surface.types.contains_key(name) {
        return;
    }
    let schema = file
        .get("components")
        .and_then(|c| c.get("schemas")?.get(name));
    let properties = schema.and_then(|s| s.get("properties")?.as_mapping());
    let mut fields = BTreeMap::new();
    let mut inner = Vec::new();
    for (field, schema) in properties.into_iter().flatten() {
        let Some(field) = field.as_str() else {
            continue;
        };
        let is_body = name.ends_with("Create") || name.ends_with("Update");
        if is_body && path.contains(&format!("{{{field}}}")) {
            continue;
        }
        inner.extend(referred(schema).or_else(|| referred(schema.get("items")?)));
        fields.insert(field.to_owned(), Shape::default());
    }
    surface.types.insert(name.to_owned(), fields);
    for name in inner {
        gather(file, &name, path, surface);
    }
}
