//! The resources of an account: what clients created and changed, kept by the path of their collection.

use std::collections::{BTreeMap, HashMap};
use std::time::SystemTime;

use serde_json::{Map, Value};

use super::catalog::{Catalog, Kind};
use super::facts::Facts;
use super::ids::{self, Ids};
use super::shape::shape;
use crate::clock;

/// Everything that exists.
#[derive(Debug)]
pub(super) struct Store {
    /// What every URI starts with.
    base: String,
    ids: Ids,
    /// The account, and the user that the first key belongs to.
    pub(super) account: String,
    pub(super) user: String,
    pub(super) since: String,
    /// Resources by what they are sorted by: their id, or the time at which they came.
    collections: HashMap<String, BTreeMap<String, Resource>>,
    /// Where in its collection a resource is, by its path.
    places: HashMap<String, String>,
    /// The path of each resource, by its id.
    paths: HashMap<String, String>,
    /// The path of the resource that each token belongs to.
    tokens: HashMap<String, String>,
}

#[derive(Debug)]
pub(super) struct Resource {
    /// The type that shows it.
    pub(super) kind: String,
    /// What was set, by request field.
    pub(super) given: Map<String, Value>,
    /// What the cloud itself set, by response field: `id`, `uri`, times, addresses.
    pub(super) own: Map<String, Value>,
}

/// The value that an answer shows for `name`, a request field or one that the cloud filled.
impl Resource {
    pub(super) fn value(&self, name: &str) -> Option<&Value> {
        self.given.get(name).or_else(|| self.own.get(name))
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.value(name)?.as_str()
    }

    pub(super) fn id(&self) -> &str {
        self.own.get("id").and_then(Value::as_str).unwrap_or("")
    }
}

impl Store {
    pub(super) fn new(base: String) -> Self {
        let mut ids = Ids::default();
        Self {
            base,
            account: format!("ac_{}", ids.next()),
            user: format!("usr_{}", ids.next()),
            since: now(),
            ids,
            collections: HashMap::new(),
            places: HashMap::new(),
            paths: HashMap::new(),
            tokens: HashMap::new(),
        }
    }

    pub(super) fn base(&self) -> &str {
        &self.base
    }

    /// A fresh id of a service.
    pub(super) fn new_id(&mut self, service: &str) -> String {
        format!("{}_{}", prefix(service), self.ids.next())
    }

    /// Adds a resource of type `kind`. It replaces one of the same id.
    pub(super) fn insert(
        &mut self,
        collection: &str,
        id: &str,
        kind: &str,
        given: Map<String, Value>,
        own: Map<String, Value>,
    ) {
        let path = format!("{collection}/{id}");
        let uri = match kind {
            // The documented answers have no host in these.
            "AgentIngress" => path.clone(),
            _ => format!("{}{path}", self.base),
        };
        let now = Value::from(now());
        let mut all: Map<String, Value> = [
            ("id", id.into()),
            ("uri", uri.into()),
            ("created_at", now.clone()),
            ("updated_at", now),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into_iter()
        .collect();
        all.extend(own);
        let resource = Resource {
            kind: kind.to_owned(),
            given,
            own: all,
        };
        self.remove(collection, id);
        // Event sources are addressed by their type, and sorted by when they came.
        let place = match ids::prefix(id) {
            Some(_) => id.to_owned(),
            None => self.ids.next(),
        };
        if let Some(token) = resource.text("token") {
            self.tokens.insert(token.to_owned(), path.clone());
        }
        self.paths.insert(id.to_owned(), path.clone());
        self.places.insert(path, place.clone());
        self.collections
            .entry(collection.to_owned())
            .or_default()
            .insert(place, resource);
    }

    pub(super) fn get(&self, collection: &str, id: &str) -> Option<&Resource> {
        let place = self.places.get(&format!("{collection}/{id}"))?;
        self.collections.get(collection)?.get(place)
    }

    pub(super) fn get_mut(&mut self, collection: &str, id: &str) -> Option<&mut Resource> {
        let place = self.places.get(&format!("{collection}/{id}"))?;
        self.collections.get_mut(collection)?.get_mut(place)
    }

    /// The resource at a whole path.
    pub(super) fn at(&self, path: &str) -> Option<&Resource> {
        let (collection, id) = path.rsplit_once('/')?;
        self.get(collection, id)
    }

    /// The resource with that id, wherever it is, and the path of its collection.
    pub(super) fn by_id(&self, id: &str) -> Option<(&str, &Resource)> {
        let path = self.paths.get(id)?;
        let (collection, _) = path.rsplit_once('/')?;
        Some((collection, self.at(path)?))
    }

    /// The collection and the resource that a token belongs to.
    pub(super) fn by_token(&self, token: &str) -> Option<(&str, &Resource)> {
        let path = self.tokens.get(token)?;
        let (collection, _) = path.rsplit_once('/')?;
        Some((collection, self.at(path)?))
    }

    /// All that lies in a collection, the oldest first.
    pub(super) fn all<'s>(&'s self, collection: &str) -> impl Iterator<Item = &'s Resource> {
        self.collections
            .get(collection)
            .into_iter()
            .flatten()
            .map(|(_, r)| r)
    }

    /// All resources of all collections.
    pub(super) fn everything(&self) -> impl Iterator<Item = &Resource> {
        self.collections.values().flat_map(BTreeMap::values)
    }

    /// Whether a resource has this path.
    pub(super) fn holds(&self, path: &str) -> bool {
        self.places.contains_key(path)
    }

    /// Removes a resource with all that lies below its path.
    pub(super) fn remove(&mut self, collection: &str, id: &str) -> bool {
        let path = format!("{collection}/{id}");
        let Some(place) = self.places.remove(&path) else {
            return false;
        };
        if self.paths.get(id) == Some(&path) {
            self.paths.remove(id);
        }
        let below = format!("{path}/");
        let children: Vec<String> = self
            .collections
            .keys()
            .filter(|name| name.starts_with(&below))
            .cloned()
            .collect();
        for child in children {
            self.clear(&child);
        }
        let removed = self
            .collections
            .get_mut(collection)
            .and_then(|resources| resources.remove(&place));
        if let Some(token) = removed.as_ref().and_then(|r| r.text("token")) {
            self.tokens.remove(token);
        }
        removed.is_some()
    }

    /// Removes all that lies in a collection.
    pub(super) fn clear(&mut self, collection: &str) {
        let ids: Vec<String> = self.all(collection).map(|r| r.id().to_owned()).collect();
        for id in ids {
            self.remove(collection, &id);
        }
    }

    /// The resource as an answer shows it.
    pub(super) fn show(&self, collection: &str, id: &str) -> Option<Map<String, Value>> {
        Some(self.shown(collection, self.get(collection, id)?))
    }

    fn shown(&self, collection: &str, resource: &Resource) -> Map<String, Value> {
        let mut shown = shape(resource, &|id| self.uri_of(id));
        self.show_children(collection, resource, &mut shown);
        shown
    }

    /// An HTTPS edge shows its routes, which are resources below its path, and a subscription its sources.
    fn show_children(&self, collection: &str, resource: &Resource, shown: &mut Map<String, Value>) {
        for field in Catalog::get().fields(&resource.kind) {
            if let Kind::List(_) = field.kind() {
                let below = format!("{collection}/{}/{}", resource.id(), field.name);
                if self.collections.contains_key(&below) {
                    let children = self.all(&below).map(|child| self.shown(&below, child));
                    shown.insert(field.name.clone(), children.collect());
                }
            }
        }
    }

    pub(super) fn uri_of(&self, id: &str) -> Option<String> {
        let path = self.paths.get(id)?;
        Some(format!("{}{path}", self.base))
    }

    /// A reference to a resource, as answers have them.
    pub(super) fn reference(&self, id: &str) -> Value {
        let uri = self.uri_of(id).unwrap_or_default();
        serde_json::json!({"id": id, "uri": uri})
    }

    /// The resources of a collection, the newest first, with ids below `before`. That one need not be there any more.
    pub(super) fn newest_first<'s>(
        &'s self,
        collection: &'s str,
        before: Option<&str>,
    ) -> Box<dyn Iterator<Item = (&'s Resource, Value)> + 's> {
        let Some(resources) = self.collections.get(collection) else {
            return Box::new(std::iter::empty());
        };
        let show = move |(_, r): (_, &'s Resource)| (r, self.shown(collection, r).into());
        match before {
            Some(before) => Box::new(resources.range(..before.to_owned()).rev().map(show)),
            None => Box::new(resources.iter().rev().map(show)),
        }
    }
}

/// This second, as answers have it.
pub(super) fn now() -> String {
    clock::rfc3339(SystemTime::now())
}

/// How ids of a service begin. Where that is not documented, the initials of its name.
pub(super) fn prefix(service: &str) -> String {
    let documented = Facts::get().service(service).and_then(|s| s.prefix.clone());
    documented.unwrap_or_else(|| {
        let initials = service.split('_').filter_map(|word| word.chars().next());
        initials.collect()
    })
}
