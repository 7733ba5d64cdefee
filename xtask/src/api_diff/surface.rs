//! The API in the form in which two descriptions of it are compared.

use std::collections::BTreeMap;
use std::fmt;

use crate::codegen::definition::{Definitions, Field, Role};

#[derive(Debug, Default)]
pub(super) struct Surface {
    /// By method and path, with the arguments' names left out: `GET /things/{}`.
    pub(super) operations: BTreeMap<String, Operation>,
    pub(super) types: BTreeMap<String, BTreeMap<String, Shape>>,
}

#[derive(Debug, Default)]
pub(super) struct Operation {
    /// Service and operation, as `things.get`; what a description calls it if it does not tell them apart.
    pub(super) name: String,
    pub(super) status: u16,
    pub(super) body: Option<String>,
    pub(super) answer: Option<String>,
    /// What a filter may look at, if that is told.
    pub(super) filters: Option<Vec<String>>,
    /// The description wraps the body in a type of its own, so it cannot be compared by name.
    pub(super) loose_body: bool,
}

/// A field in words; empty if only its name is known.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) kind: String,
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.kind.is_empty() {
            "a field"
        } else {
            &self.kind
        })
    }
}

/// What a field's shape is told by.
#[derive(Default)]
pub(super) struct Traits {
    pub(super) kind: String,
    pub(super) optional: bool,
    pub(super) nullable: bool,
    pub(super) absent: bool,
    pub(super) secret: bool,
    pub(super) values: Vec<String>,
}

impl From<Traits> for Shape {
    fn from(traits: Traits) -> Self {
        let mut kind = traits.kind;
        for (mark, is) in [
            ("optional", traits.optional),
            ("nullable", traits.nullable),
            ("absent", traits.absent),
            ("secret", traits.secret),
        ] {
            if is {
                kind = format!("{kind}, {mark}");
            }
        }
        if !traits.values.is_empty() {
            kind = format!("{kind}, one of {}", traits.values.join(" "));
        }
        Self { kind }
    }
}

/// `GET /things/{id}` becomes `GET /things/{}`.
pub(super) fn key(method: &str, path: &str) -> String {
    let segments = path
        .split('/')
        .map(|s| if s.starts_with('{') { "{}" } else { s });
    let path: Vec<&str> = segments.collect();
    format!("{} {}", method.to_ascii_uppercase(), path.join("/"))
}

pub(super) fn of_definitions(definitions: &Definitions) -> Surface {
    let mut surface = Surface::default();
    for file in &definitions.files {
        for (name, operation) in &file.operations {
            let list = operation.list.as_ref();
            let of = Operation {
                name: format!("{}.{name}", file.name),
                status: operation.status,
                body: operation.body.clone(),
                answer: list
                    .map(|l| format!("{}List", l.of))
                    .or_else(|| operation.returns.clone()),
                filters: list.map(|l| l.filters.clone()),
                loose_body: false,
            };
            surface
                .operations
                .insert(key(&operation.method, &operation.path), of);
            if let Some(list) = list {
                let text = || Shape {
                    kind: "string".to_owned(),
                };
                let items = Shape {
                    kind: format!("list<{}>", list.of),
                };
                let mut page =
                    BTreeMap::from([("uri".to_owned(), text()), (list.field.clone(), items)]);
                if list.paged {
                    let next = Shape {
                        kind: "string, nullable".to_owned(),
                    };
                    page.insert("next_page_uri".to_owned(), next);
                }
                surface.types.insert(format!("{}List", list.of), page);
            }
        }
        for (name, ty) in &file.types {
            let shape = |(name, field): &(String, Field)| {
                (name.clone(), shape(field, ty.role, definitions))
            };
            surface
                .types
                .insert(name.clone(), ty.fields.iter().map(shape).collect());
        }
    }
    surface
}

fn shape(field: &Field, role: Role, definitions: &Definitions) -> Shape {
    let inner = field.kind.trim_start_matches("list<").trim_end_matches('>');
    let mut enums = definitions.files.iter().flat_map(|file| file.enums.iter());
    let values = enums.find(|(name, _)| name == inner);
    let values: Vec<String> = values
        .map(|(_, e)| e.values.iter().map(|(value, _)| value.clone()).collect())
        .unwrap_or_default();
    let plain = values.is_empty() && inner != "timestamp";
    Traits {
        kind: if plain {
            field.kind.clone()
        } else {
            field.kind.replace(inner, "string")
        },
        optional: role != Role::Response && field.optional,
        nullable: field.nullable,
        absent: field.absent,
        secret: field.secret,
        values,
    }
    .into()
}
