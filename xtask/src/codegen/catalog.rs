//! The same definitions as one JSON file, for the loopback cloud of the test kit: one service or type a line.

use serde::Serialize;
use serde_json::Value;

use super::definition::{Definitions, Field, File, ListOf, Operation, Role};

pub(super) fn catalog(definitions: &Definitions) -> Result<String, String> {
    let mut services = Vec::new();
    let mut types = vec![named(ANYTHING, Vec::new())?];
    for file in &definitions.files {
        if file.is_service() {
            services.push(service(file)?);
        }
        for (name, ty) in &file.types {
            let field =
                |(name, f): &(String, Field)| CatalogField::new(name, f, ty.role, definitions);
            types.push(named(name, ty.fields.iter().map(field).collect())?);
        }
        for (_, operation) in &file.operations {
            let Some(list) = &operation.list else {
                continue;
            };
            let line = named(&page_type(list), page_fields(list))?;
            if !types.contains(&line) {
                types.push(line);
            }
        }
    }
    Ok(format!(
        "{{\"services\":[\n{}\n],\"types\":{{\n{}\n}}}}\n",
        services.join(",\n"),
        types.join(",\n")
    ))
}

/// What ngrok calls the body of an operation that has nothing to say: an empty object.
const ANYTHING: &str = "Item";

#[derive(Serialize)]
struct CatalogService<'d> {
    name: &'d str,
    operations: Vec<CatalogOperation<'d>>,
}

#[derive(Serialize)]
struct CatalogOperation<'d> {
    name: &'d str,
    method: &'d str,
    path: &'d str,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<&'d str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response: Option<String>,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    list_field: Option<&'d str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    query: Vec<&'d str>,
}

#[derive(Serialize)]
struct CatalogField {
    name: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    required: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    nullable: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    absent: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    secret: bool,
    #[serde(rename = "enum", skip_serializing_if = "Vec::is_empty")]
    values: Vec<String>,
}

fn service(file: &File) -> Result<String, String> {
    json(&CatalogService {
        name: &file.name,
        operations: file
            .operations
            .iter()
            .map(|(name, o)| operation(name, o))
            .collect(),
    })
}

fn operation<'d>(name: &'d str, operation: &'d Operation) -> CatalogOperation<'d> {
    let list = operation.list.as_ref();
    CatalogOperation {
        name,
        method: &operation.method,
        path: &operation.path,
        body: operation
            .body
            .as_deref()
            .or(operation.sends_body().then_some(ANYTHING)),
        response: list.map(page_type).or_else(|| operation.returns.clone()),
        status: operation.status,
        list_field: list.map(|list| list.field.as_str()),
        query: list.map(ListOf::query).unwrap_or_default(),
    }
}

/// What ngrok calls the type of a page of these.
fn page_type(list: &ListOf) -> String {
    format!("{}List", list.of)
}

fn page_fields(list: &ListOf) -> Vec<CatalogField> {
    let text = |name: &str, nullable| CatalogField {
        name: name.to_owned(),
        kind: "string".to_owned(),
        required: false,
        nullable,
        absent: false,
        secret: false,
        values: Vec::new(),
    };
    let mut fields = vec![
        CatalogField {
            kind: format!("list<{}>", list.of),
            ..text(&list.field, false)
        },
        text("uri", false),
    ];
    if list.paged {
        fields.push(text("next_page_uri", true));
    }
    fields
}

impl CatalogField {
    fn new(name: &str, field: &Field, role: Role, definitions: &Definitions) -> Self {
        let inner = field.inner_kind();
        let values = definitions.values(inner).unwrap_or_default();
        let values: Vec<String> = values.into_iter().map(str::to_owned).collect();
        let kind = if values.is_empty() && inner != "timestamp" {
            field.kind.clone()
        } else {
            field.kind.replace(inner, "string")
        };
        Self {
            name: name.to_owned(),
            kind,
            required: role != Role::Response && field.is_required(),
            nullable: field.nullable,
            absent: role == Role::Response && field.absent,
            secret: field.secret,
            values,
        }
    }
}

fn named(name: &str, fields: Vec<CatalogField>) -> Result<String, String> {
    Ok(format!("{}:{}", Value::from(name), json(&fields)?))
}

fn json<T: Serialize>(value: &T) -> Result<String, String> {
    serde_json::to_string(value).map_err(|e| format!("catalog: {e}"))
}
