//! The definitions as data, with bodies and answers made up from them.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

/// `cargo xtask codegen` writes it from the files that the services are generated from.
const CATALOG: &str = include_str!("../../../../tests/testkit/src/cloud/catalog.json");

#[derive(Deserialize)]
pub(crate) struct Catalog {
    pub(crate) services: Vec<Service>,
    pub(crate) types: BTreeMap<String, Vec<Field>>,
}

#[derive(Deserialize)]
pub(crate) struct Service {
    pub(crate) name: String,
    pub(crate) operations: Vec<Operation>,
}

#[derive(Deserialize)]
pub(crate) struct Operation {
    pub(crate) name: String,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) body: Option<String>,
    pub(crate) response: Option<String>,
    pub(crate) status: u16,
    pub(crate) list_field: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Field {
    pub(crate) name: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    pub(crate) required: bool,
    #[serde(default)]
    pub(crate) nullable: bool,
    #[serde(default)]
    pub(crate) secret: bool,
    #[serde(default, rename = "enum")]
    values: Vec<String>,
}

/// Which of an object's fields are filled in, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fill {
    Everything,
    /// Only what cannot be left out of a request.
    Required,
    /// What may be null is.
    Nulls,
    /// Texts, lists and maps are there, with nothing in them.
    Empty,
    /// Everything, and in each object a field that nobody knows.
    Unknown,
    /// Everything, with enum values that nobody knows.
    Future,
}

impl Catalog {
    pub(crate) fn load() -> Self {
        serde_json::from_str(CATALOG).unwrap()
    }

    pub(crate) fn object(&self, name: &str, fill: Fill) -> Value {
        let mut object = Map::new();
        for field in &self.types[name] {
            let value = match fill {
                Fill::Required if !field.required => continue,
                Fill::Nulls if field.nullable && !field.required => Value::Null,
                _ => self.value(&field.kind, field, fill),
            };
            object.insert(field.name.clone(), value);
        }
        if fill == Fill::Unknown {
            object.insert("brand_new".to_owned(), json!({"deep": [1, null]}));
        }
        Value::Object(object)
    }

    fn value(&self, kind: &str, field: &Field, fill: Fill) -> Value {
        let empty = fill == Fill::Empty;
        if let Some(inner) = kind.strip_prefix("list<").and_then(|k| k.strip_suffix('>')) {
            return if empty {
                json!([])
            } else {
                json!([self.value(inner, field, fill)])
            };
        }
        if let Some(inner) = kind
            .strip_prefix("map<string,")
            .and_then(|k| k.strip_suffix('>'))
        {
            return if empty {
                json!({})
            } else {
                json!({"k \"1\"": self.value(inner, field, fill)})
            };
        }
        match kind {
            "string" if fill == Fill::Future => json!("from the future"),
            "string" if !field.values.is_empty() => json!(field.values[0]),
            "string" if empty => json!(""),
            "string" => json!(format!("ü \"{}\"", field.name)),
            "bool" => json!(true),
            "float64" => json!(0.25),
            "int32" | "int64" | "uint32" | "uint64" => json!(7),
            name => self.object(name, fill),
        }
    }

    /// Each operation with the name of its service.
    pub(crate) fn operations(&self) -> impl Iterator<Item = (&str, &Operation)> {
        self.services
            .iter()
            .flat_map(|s| s.operations.iter().map(move |o| (s.name.as_str(), o)))
    }
}
