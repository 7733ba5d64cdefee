//! What is known of ngrok's cloud beyond the definitions of its types: codes, statuses, prefixes, filterable fields.
//!
//! The files in `data/` were put together in November 2026 from public sources: ngrok's API reference with its examples,
//! its catalogue of errors, its OpenAPI file, the official Go, Rust, Python and Ruby clients, ngrok's Terraform provider and
//! Kubernetes operator, and published exchanges with the real service. Hardly any page names an HTTP status:
//! 400 is assumed where none does, as in every exchange that was seen for a request that is wrong.

use std::collections::HashMap;
use std::sync::OnceLock;

use serde::Deserialize;

/// The facts of all services.
#[derive(Debug, Default)]
pub(super) struct Facts {
    services: HashMap<String, ServiceFacts>,
    errors: HashMap<String, (u16, String, String)>,
    fields: HashMap<String, HashMap<String, FieldFacts>>,
}

/// The facts of one service.
#[derive(Debug, Default, Deserialize)]
pub(super) struct ServiceFacts {
    /// How its ids begin, if that is documented.
    pub(super) prefix: Option<String>,
    /// The fields that a filter may name; none where lists take no filter.
    #[serde(default)]
    pub(super) filter: Vec<String>,
    /// The code of an update that changes nothing, where that is an error.
    pub(super) empty_update: Option<String>,
    /// The codes of a description and of metadata that are too long.
    #[serde(default)]
    length: HashMap<String, String>,
}

/// What goes for one field of a request, and which codes its faults have.
#[derive(Debug, Default, Deserialize)]
pub(super) struct FieldFacts {
    /// The code if it is missing or empty.
    pub(super) missing: Option<String>,
    /// The code if it is none of the known values.
    pub(super) value: Option<String>,
    /// Whether it is needed, where that differs from the definitions.
    pub(super) required: Option<bool>,
    /// The known values, where they differ from the definitions.
    pub(super) values: Option<Vec<String>>,
    /// Whether values are compared in any case.
    #[serde(default)]
    pub(super) any_case: bool,
}

/// What kind of refusal a code is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    Conflict,
    NotFound,
    /// A value of a field that is wrong, too long or missing.
    Value,
    Other,
}

impl Facts {
    /// The one set of facts, read at first use.
    pub(super) fn get() -> &'static Self {
        static FACTS: OnceLock<Facts> = OnceLock::new();
        FACTS.get_or_init(|| {
            // The files are part of this crate and a test reads them, so the defaults are never seen.
            Facts {
                services: serde_json::from_str(include_str!("data/services.json"))
                    .unwrap_or_default(),
                errors: serde_json::from_str(include_str!("data/errors.json")).unwrap_or_default(),
                fields: serde_json::from_str(include_str!("data/fields.json")).unwrap_or_default(),
            }
        })
    }

    pub(super) fn service(&self, name: &str) -> Option<&ServiceFacts> {
        self.services.get(name)
    }

    /// The HTTP status of a code (`413` or a word) and a message that fits everywhere; 400 for one that is not known.
    pub(super) fn error(&self, code: &str) -> (u16, &str) {
        match self.errors.get(code) {
            Some((status, _, meaning)) => (*status, meaning),
            None => (400, "The request was refused"),
        }
    }

    #[cfg(test)]
    pub(super) fn knows(&self, code: &str) -> bool {
        self.errors.contains_key(code)
    }

    pub(super) fn refusal(&self, code: &str) -> Refusal {
        let kind = self.errors.get(code).map(|(_, kind, _)| kind.as_str());
        match kind {
            Some("conflict") => Refusal::Conflict,
            Some("not_found") => Refusal::NotFound,
            Some("value" | "length" | "id" | "empty_update") => Refusal::Value,
            _ => Refusal::Other,
        }
    }

    pub(super) fn field(&self, kind: &str, field: &str) -> Option<&FieldFacts> {
        self.fields.get(kind)?.get(field)
    }
}

impl ServiceFacts {
    /// The code of a `field` that is too long; 215 where the service has none of its own.
    pub(super) fn too_long(&self, field: &str) -> &str {
        self.length.get(field).map_or("215", String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::super::catalog::Catalog;
    use super::*;

    #[test]
    fn the_files_are_read_and_fit_the_catalog() {
        let (facts, catalog) = (Facts::get(), Catalog::get());
        assert_eq!(facts.errors.len(), 446);
        assert_eq!(
            facts.error("413"),
            (400, "Domain already reserved by this account")
        );
        let filtered = facts.services.values().filter(|s| !s.filter.is_empty());
        assert_eq!(filtered.count(), 19);
        for name in facts.services.keys() {
            assert!(catalog.services.iter().any(|s| s.name == *name), "{name}");
        }
        for (kind, fields) in &facts.fields {
            for (name, facts_of_field) in fields {
                let known = catalog.fields(kind).iter().any(|f| f.name == *name);
                assert!(known, "{kind}.{name}");
                for code in [&facts_of_field.missing, &facts_of_field.value]
                    .into_iter()
                    .flatten()
                {
                    assert!(facts.knows(code), "{kind}.{name}: {code}");
                }
            }
        }
        for (name, service) in &facts.services {
            for code in service.length.values().chain(&service.empty_update) {
                assert!(facts.knows(code), "{name}: {code}");
            }
        }
    }
}
