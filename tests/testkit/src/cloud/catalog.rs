//! What the cloud API consists of, as data: its services, operations and types.
//!
//! `catalog.json` is written by `cargo xtask codegen` from the definitions that the client is generated from.
//! `data/additions.json` adds what is documented or sent by official clients and is not in them.

use std::collections::HashMap;
use std::sync::OnceLock;

use serde::Deserialize;

/// The whole API.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Catalog {
    pub(super) services: Vec<Service>,
    pub(super) types: HashMap<String, Vec<Field>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Service {
    pub(super) name: String,
    pub(super) operations: Vec<Operation>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Operation {
    pub(super) name: String,
    pub(super) method: String,
    pub(super) path: String,
    /// The type of the body, by name.
    pub(super) body: Option<String>,
    /// The type of the answer, by name; none means an empty 204.
    pub(super) response: Option<String>,
    pub(super) status: u16,
    /// The field of a list's answer that holds the items.
    pub(super) list_field: Option<String>,
    /// The query parameters that it knows.
    #[serde(default)]
    pub(super) query: Vec<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Field {
    pub(super) name: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    pub(super) required: bool,
    #[serde(default)]
    pub(super) nullable: bool,
    #[serde(default)]
    pub(super) secret: bool,
    #[serde(default, rename = "enum")]
    pub(super) values: Vec<String>,
}

/// The kind of a value, read from its notation: `string`, `list<Ref>`, `map<string,int64>`, `IPPolicy`, ….
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind<'a> {
    Text,
    Bool,
    Whole,
    Decimal,
    List(&'a str),
    Map(&'a str),
    Object(&'a str),
}

impl Kind<'_> {
    pub(super) fn of(notation: &str) -> Kind<'_> {
        let inner = |head: &str| notation.strip_prefix(head)?.strip_suffix('>');
        match notation {
            "string" => Kind::Text,
            "bool" => Kind::Bool,
            "int32" | "int64" | "uint32" | "uint64" => Kind::Whole,
            "float64" => Kind::Decimal,
            _ => match (inner("list<"), inner("map<string,")) {
                (Some(items), _) => Kind::List(items),
                (None, Some(values)) => Kind::Map(values),
                (None, None) => Kind::Object(notation),
            },
        }
    }
}

impl Field {
    pub(super) fn kind(&self) -> Kind<'_> {
        Kind::of(&self.kind)
    }
}

impl Catalog {
    /// The one catalog, read at first use.
    pub(super) fn get() -> &'static Self {
        static CATALOG: OnceLock<Catalog> = OnceLock::new();
        CATALOG.get_or_init(|| {
            // The files are part of this crate and a test reads them, so empty ones are never seen.
            let mut catalog: Self =
                serde_json::from_str(include_str!("catalog.json")).unwrap_or_default();
            let additions = include_str!("data/additions.json");
            catalog.add(serde_json::from_str(additions).unwrap_or_default());
            catalog
        })
    }

    /// Adds services, operations, types and fields that are not there, and the bodies of operations that have none.
    fn add(&mut self, additions: Self) {
        for added in additions.services {
            let Some(service) = self.services.iter_mut().find(|s| s.name == added.name) else {
                self.services.push(added);
                continue;
            };
            for operation in added.operations {
                let known = service
                    .operations
                    .iter_mut()
                    .find(|o| o.name == operation.name);
                match known {
                    Some(known) => known.body = known.body.take().or(operation.body),
                    None => service.operations.push(operation),
                }
            }
        }
        for (name, fields) in additions.types {
            let known = self.types.entry(name).or_default();
            for field in fields {
                if known.iter().all(|k| k.name != field.name) {
                    known.push(field);
                }
            }
        }
    }

    /// The fields of a type; none for one that is not there.
    pub(super) fn fields(&self, name: &str) -> &[Field] {
        self.types.get(name).map_or(&[], Vec::as_slice)
    }

    /// The collection of a service that stands on its own, and the type of its resources.
    pub(super) fn home(&self, service: &str) -> Option<(&str, &str)> {
        let service = self.services.iter().find(|s| s.name == service)?;
        let named = |name: &str| service.operations.iter().find(|o| o.name == name);
        let path = named("list").or_else(|| named("create"))?.path.as_str();
        let kind = named("get")?.response.as_deref()?;
        (!path.contains('{')).then_some((path, kind))
    }

    /// The operations that a path leads to, each with its method and the path's arguments in order.
    pub(super) fn at<'p>(&'static self, path: &'p [String]) -> Vec<(Route, Vec<&'p str>)> {
        let mut found = Vec::new();
        for service in &self.services {
            for operation in &service.operations {
                if let Some(args) = matches(&operation.path, path) {
                    found.push((Route { service, operation }, args));
                }
            }
        }
        found
    }
}

/// An operation and the service that it belongs to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Route {
    pub(super) service: &'static Service,
    pub(super) operation: &'static Operation,
}

/// The arguments of `path` if it is one of `template`, such as `/vaults/{id}/secrets`.
fn matches<'p>(template: &str, path: &'p [String]) -> Option<Vec<&'p str>> {
    let mut args = Vec::new();
    let mut parts = template.split('/').skip(1);
    for segment in path {
        let part = parts.next()?;
        if part.starts_with('{') && !segment.is_empty() {
            args.push(segment.as_str());
        } else if part != segment {
            return None;
        }
    }
    parts.next().is_none().then_some(args)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalog_is_whole_and_every_type_it_names_is_there() {
        let catalog = Catalog::get();
        let operations = catalog.services.iter().flat_map(|s| &s.operations);
        assert_eq!(catalog.services.len(), 63);
        assert_eq!(operations.clone().count(), 260);
        let bodiless = operations.clone().filter(|o| o.body.is_none());
        for operation in bodiless {
            assert!(
                ["GET", "DELETE"].contains(&operation.method.as_str()),
                "{operation:?}"
            );
        }
        let mut names: Vec<&str> = operations
            .flat_map(|o| o.body.iter().chain(&o.response))
            .map(String::as_str)
            .collect();
        for field in catalog.types.values().flatten() {
            let mut kind = field.kind();
            while let Kind::List(inner) | Kind::Map(inner) = kind {
                kind = Kind::of(inner);
            }
            if let Kind::Object(name) = kind {
                names.push(name);
            }
        }
        for name in names {
            assert!(catalog.types.contains_key(name), "{name}");
        }
    }

    #[test]
    fn a_path_gives_its_arguments() {
        let path = |text: &str| -> Vec<String> { text.split('/').map(str::to_owned).collect() };
        assert_eq!(
            matches(
                "/edges/https/{edge_id}/routes/{id}",
                &path("edges/https/a/routes/b")
            ),
            Some(vec!["a", "b"])
        );
        assert_eq!(matches("/vaults/{id}", &path("vaults")), None);
        assert_eq!(matches("/vaults", &path("vaults/x")), None);
    }
}
