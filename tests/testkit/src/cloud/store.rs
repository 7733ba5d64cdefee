//! The resources of an account: what clients created and changed, kept by the path of their collection.

use std::collections::{BTreeMap, HashMap};
use std::time::SystemTime;

use serde_json::{Map, Value};

use super::catalog::{Catalog, Kind};
use super::shape::shape;
use crate::clock;

/// Everything that exists.
#[derive(Debug)]
pub(super) struct Store {
    /// What every URI starts with.
    base: String,
    last: u64,
    collections: HashMap<String, BTreeMap<u64, Resource>>,
    /// The place of each resource in its collection, by its path.
    places: HashMap<String, u64>,
    /// The path of each resource, by its id.
    paths: HashMap<String, String>,
}

#[derive(Debug)]
pub(super) struct Resource {
    /// The type that shows it.
    kind: String,
    /// What was set, by request field.
    pub(super) given: Map<String, Value>,
    /// What the cloud itself set: `id`, `uri`, times.
    own: HashMap<String, Value>,
}

impl Store {
    pub(super) fn new(base: String) -> Self {
        Self {
            base,
            last: 0,
            collections: HashMap::new(),
            places: HashMap::new(),
            paths: HashMap::new(),
        }
    }

    pub(super) fn base(&self) -> &str {
        &self.base
    }

    /// Adds a resource of type `kind` and returns its id. An `id` in `given` is kept.
    pub(super) fn insert(
        &mut self,
        service: &str,
        collection: &str,
        kind: &str,
        mut given: Map<String, Value>,
    ) -> String {
        self.last += 1;
        let has_id = Catalog::get().fields(kind).iter().any(|f| f.name == "id");
        let id = match (given.remove("id"), given.get("type")) {
            (Some(Value::String(id)), _) => id,
            // An event source is addressed by its type.
            (_, Some(Value::String(kind))) if !has_id => kind.clone(),
            _ => format!("{}_{}", prefix(service), unique(self.last)),
        };
        let path = format!("{collection}/{id}");
        let now = Value::from(clock::rfc3339(SystemTime::now()));
        let own = [
            ("id", id.clone().into()),
            ("uri", format!("{}{path}", self.base).into()),
            ("created_at", now.clone()),
            ("updated_at", now),
        ];
        let resource = Resource {
            kind: kind.to_owned(),
            given,
            own: own.map(|(name, value)| (name.to_owned(), value)).into(),
        };
        self.remove(collection, &id);
        self.collections
            .entry(collection.to_owned())
            .or_default()
            .insert(self.last, resource);
        self.paths.insert(id.clone(), path.clone());
        self.places.insert(path, self.last);
        id
    }

    fn get(&self, collection: &str, id: &str) -> Option<&Resource> {
        let place = self.places.get(&format!("{collection}/{id}"))?;
        self.collections.get(collection)?.get(place)
    }

    pub(super) fn get_mut(&mut self, collection: &str, id: &str) -> Option<&mut Resource> {
        let place = self.places.get(&format!("{collection}/{id}"))?;
        self.collections.get_mut(collection)?.get_mut(place)
    }

    /// Whether a resource has this path.
    pub(super) fn holds(&self, path: &str) -> bool {
        self.places.contains_key(path)
    }

    pub(super) fn remove(&mut self, collection: &str, id: &str) -> bool {
        let Some(place) = self.places.remove(&format!("{collection}/{id}")) else {
            return false;
        };
        self.paths.remove(id);
        self.collections
            .get_mut(collection)
            .is_some_and(|resources| resources.remove(&place).is_some())
    }

    /// Removes all that lies in a collection.
    pub(super) fn clear(&mut self, collection: &str) {
        for id in self.ids(collection) {
            self.remove(collection, &id);
        }
    }

    fn ids(&self, collection: &str) -> Vec<String> {
        let resources = self.collections.get(collection).into_iter().flatten();
        resources
            .map(|(_, resource)| resource.id().to_owned())
            .collect()
    }

    /// The resource as an answer shows it.
    pub(super) fn show(&self, collection: &str, id: &str) -> Option<Map<String, Value>> {
        Some(self.shown(collection, self.get(collection, id)?))
    }

    fn shown(&self, collection: &str, resource: &Resource) -> Map<String, Value> {
        let catalog = Catalog::get();
        let mut shown = shape(catalog, &resource.kind, &resource.given, &|id| {
            self.uri_of(id)
        });
        for (name, value) in &resource.own {
            // A type shows only the fields that it has: not every one has `updated_at`.
            if let Some(slot) = shown.get_mut(name)
                && !resource.given.contains_key(name)
            {
                *slot = value.clone();
            }
        }
        self.show_children(collection, resource, &mut shown);
        shown
    }

    /// An HTTPS edge shows its routes, which are resources below its path.
    fn show_children(&self, collection: &str, resource: &Resource, shown: &mut Map<String, Value>) {
        for field in Catalog::get().fields(&resource.kind) {
            if let Kind::List(_) = field.kind() {
                let below = format!("{collection}/{}/{}", resource.id(), field.name);
                if self.collections.contains_key(&below) {
                    let children = self.newest_first(&below, None);
                    shown.insert(
                        field.name.clone(),
                        children.map(|(_, child)| child).collect(),
                    );
                }
            }
        }
    }

    fn uri_of(&self, id: &str) -> Option<String> {
        let path = self.paths.get(id)?;
        Some(format!("{}{path}", self.base))
    }

    /// The ids and resources of a collection, the newest first, after the one with the id `before`.
    pub(super) fn newest_first<'s>(
        &'s self,
        collection: &'s str,
        before: Option<&str>,
    ) -> impl Iterator<Item = (&'s str, Value)> + 's {
        let end = match before {
            None => u64::MAX,
            Some(id) => {
                let path = format!("{collection}/{id}");
                self.places.get(&path).copied().unwrap_or(0)
            }
        };
        self.collections
            .get(collection)
            .into_iter()
            .flat_map(move |resources| resources.range(..end).rev())
            .map(move |(_, resource)| (resource.id(), self.shown(collection, resource).into()))
    }
}

impl Resource {
    fn id(&self) -> &str {
        self.own.get("id").and_then(Value::as_str).unwrap_or("")
    }

    /// Sets what a PATCH names; null clears.
    pub(super) fn patch(&mut self, changes: Map<String, Value>) {
        for (name, value) in changes {
            if value.is_null() {
                self.given.remove(&name);
            } else {
                self.given.insert(name, value);
            }
        }
        let now = clock::rfc3339(SystemTime::now());
        self.own.insert("updated_at".to_owned(), now.into());
    }
}

/// How ids of a service begin.
fn prefix(service: &str) -> String {
    let known = match service {
        "api_keys" => "ak",
        "certificate_authorities" => "ca",
        "credentials" => "cr",
        "endpoints" => "ep",
        "event_destinations" => "ed",
        "event_subscriptions" => "esb",
        "failover_backends" => "bkdfo",
        "http_response_backends" => "bkdhr",
        "tunnel_group_backends" => "bkdtg",
        "weighted_backends" => "bkdwd",
        "ip_policies" => "ipp",
        "ip_policy_rules" => "ipr",
        "ip_restrictions" => "ipx",
        "reserved_addrs" => "ra",
        "reserved_domains" => "rd",
        "tls_certificates" => "cert",
        "tunnel_sessions" => "ts",
        _ => "",
    };
    if known.is_empty() {
        service
            .split('_')
            .filter_map(|word| word.chars().next())
            .collect()
    } else {
        known.to_owned()
    }
}

/// 27 letters and digits, as ngrok's ids have, that differ for every number and sort by it.
fn unique(number: u64) -> String {
    format!(
        "{number:011}{:016x}",
        number.wrapping_mul(0x9E37_79B9_7F4A_7C15)
    )
}
