//! Reads a table of facts about the API, the form in which several published clients were merged.

use serde::Deserialize;

use super::surface::{Operation, Surface, Traits, key};

#[derive(Deserialize)]
struct Facts {
    services: Vec<Service>,
    types: serde_yaml::Mapping,
}

#[derive(Deserialize)]
struct Service {
    name: String,
    operations: Vec<Fact>,
}

#[derive(Deserialize)]
struct Fact {
    name: String,
    method: String,
    path: String,
    body: Option<String>,
    response: Option<String>,
    success_status: u16,
    list_field: Option<String>,
    #[serde(default)]
    filterable_fields: Vec<String>,
}

#[derive(Deserialize)]
struct Type {
    #[serde(default)]
    fields: Vec<Field>,
}

#[derive(Deserialize)]
struct Field {
    name: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    optional_in_request: bool,
    #[serde(default)]
    nullable: bool,
    #[serde(default)]
    may_be_absent: bool,
    #[serde(default)]
    secret: bool,
    #[serde(default)]
    path_param: bool,
    #[serde(default, rename = "enum")]
    values: Vec<String>,
}

pub(super) fn surface(value: serde_yaml::Value) -> Result<Surface, serde_yaml::Error> {
    let facts: Facts = serde_yaml::from_value(value)?;
    let mut surface = Surface::default();
    for service in facts.services {
        for fact in service.operations {
            let operation = Operation {
                name: format!("{}.{}", service.name, fact.name),
                status: fact.success_status,
                body: fact.body,
                answer: fact.response,
                filters: fact.list_field.map(|_| fact.filterable_fields),
                loose_body: false,
            };
            surface
                .operations
                .insert(key(&fact.method, &fact.path), operation);
        }
    }
    for (name, ty) in facts.types {
        let ty: Type = serde_yaml::from_value(ty)?;
        let fields = ty.fields.into_iter().filter(|field| !field.path_param);
        let shaped = fields.map(|field| {
            let traits = Traits {
                kind: field.kind,
                optional: field.optional_in_request,
                nullable: field.nullable,
                absent: field.may_be_absent,
                secret: field.secret,
                values: field.values,
            };
            (field.name, traits.into())
        });
        let name = name.as_str().unwrap_or_default().to_owned();
        surface.types.insert(name, shaped.collect());
    }
    Ok(surface)
}
