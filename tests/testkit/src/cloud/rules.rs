//! The rules of each service: which values it takes, what it fills in, and what it does not delete.

mod addresses;
mod certificates;
mod domains;
mod edges;
mod endpoints;
mod events;
mod gateway;
mod ingresses;
mod ip;
mod keys;
mod modules;
mod operators;
mod sessions;
mod ssh;
mod text;
mod users;
mod vaults;

use serde_json::{Map, Value};

use super::answer::{Answer, Checked};
use super::api::Account;
use super::catalog::Catalog;
use super::facts::Facts;
use super::ids;
use super::store::{Resource, Store, prefix};
use super::variant::Options;

/// A resource that is about to be created or changed.
pub(super) struct Change<'a> {
    store: &'a Store,
    options: &'a Options,
    service: &'a str,
    /// The path of its collection.
    collection: &'a str,
    /// Its id, if it is there already.
    id: Option<&'a str>,
    /// What the request sets.
    body: &'a Map<String, Value>,
    /// What was set before.
    old: &'a Map<String, Value>,
}

impl<'a> Change<'a> {
    pub(super) fn new(
        account: &'a Account,
        service: &'a str,
        collection: &'a str,
        id: Option<&'a str>,
        body: &'a Map<String, Value>,
        old: &'a Map<String, Value>,
    ) -> Self {
        Self {
            store: &account.store,
            options: &account.options,
            service,
            collection,
            id,
            body,
            old,
        }
    }

    fn creates(&self) -> bool {
        self.id.is_none()
    }

    /// A text that the request sets, unless it clears it.
    fn text(&self, name: &str) -> Option<&'a str> {
        self.body
            .get(name)?
            .as_str()
            .filter(|text| !text.is_empty())
    }

    /// The texts of a list that the request sets.
    fn texts(&self, name: &str) -> Vec<&'a str> {
        let list = self.body.get(name).and_then(Value::as_array);
        list.into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect()
    }

    /// An object that the request sets.
    fn object(&self, name: &str) -> Option<&'a Map<String, Value>> {
        self.body.get(name)?.as_object()
    }

    /// A value as it will be after the change.
    fn after(&self, name: &str) -> Option<&'a Value> {
        self.body
            .get(name)
            .or_else(|| self.old.get(name))
            .filter(|value| !value.is_null())
    }

    fn after_text(&self, name: &str) -> Option<&'a str> {
        self.after(name)?.as_str().filter(|text| !text.is_empty())
    }

    /// The other resources of a collection.
    fn others(&self, collection: &str) -> impl Iterator<Item = &'a Resource> {
        let own = self.id;
        self.store
            .all(collection)
            .filter(move |r| Some(r.id()) != own)
    }
}

/// Refuses what the service refuses.
pub(super) fn check(change: &Change<'_>) -> Checked {
    empty_update(change)?;
    lengths(change)?;
    match change.service {
        "access_tokens" | "api_keys" | "credentials" | "ssh_credentials" => keys::check(change),
        "agent_ingresses" => ingresses::check(change),
        "ai_gateway_api_keys" => gateway::check(change),
        "certificate_authorities" | "tls_certificates" => certificates::check(change),
        "edges_https" | "edges_tcp" | "edges_tls" | "edges_https_routes" => edges::check(change),
        "endpoints" => endpoints::check(change),
        "event_destinations" | "event_sources" | "event_subscriptions" => events::check(change),
        "ip_policy_rules" | "ip_restrictions" => ip::check(change),
        "kubernetes_operators" => operators::check(change),
        "reserved_addrs" => addresses::check(change),
        "reserved_domains" => domains::check(change),
        "bot_users" | "service_users" => users::check(change),
        "ssh_certificate_authorities" | "ssh_host_certificates" | "ssh_user_certificates" => {
            ssh::check(change)
        }
        "secrets" | "vaults" => vaults::check(change),
        service if service.ends_with("_backends") => edges::check_backend(change),
        _ => Ok(()),
    }
}

/// Fills what the service fills, into `own`, and brings what was given into the form that answers have.
pub(super) fn fill(
    store: &mut Store,
    options: &Options,
    service: &str,
    id: &str,
    given: &mut Map<String, Value>,
    own: &mut Map<String, Value>,
) {
    match service {
        "abuse_reports" => gateway::fill_report(given, own),
        "api_keys" | "credentials" | "ssh_credentials" => keys::fill(store, given, own),
        "agent_ingresses" => ingresses::fill(given, own),
        "ai_gateway_api_keys" => gateway::fill(store, given, own),
        "certificate_authorities" | "tls_certificates" => certificates::fill(service, given, own),
        "edges_https_routes" => {}
        "endpoints" => endpoints::fill(store, options, given, own),
        "event_destinations" => events::fill(given),
        "ip_policy_rules" => ip::fill(given),
        "kubernetes_operators" => operators::fill(store, given, own),
        "reserved_addrs" => addresses::fill(given, own),
        "reserved_domains" => domains::fill(given, own),
        "bot_users" | "service_users" => users::fill(given),
        "ssh_certificate_authorities" | "ssh_host_certificates" | "ssh_user_certificates" => {
            ssh::fill(store, service, given, own);
        }
        "secrets" | "vaults" => vaults::fill(store, service, given, own),
        "tunnel_sessions" | "tunnels" => sessions::fill(store, service, id, given, own),
        _ => {}
    }
}

/// Refuses to delete what is used.
pub(super) fn check_delete(store: &Store, service: &str, resource: &Resource) -> Checked {
    match service {
        "reserved_domains" => domains::check_delete(store, resource),
        "ip_policies" | "ip_policy_rules" => ip::check_delete(store, service, resource),
        "ssh_certificate_authorities" => ssh::check_delete(store, resource),
        "tls_certificates" => certificates::check_delete(store, resource),
        "event_destinations" => events::check_delete(store, resource),
        "vaults" => vaults::check_delete(store, resource),
        service if service.ends_with("_backends") => edges::check_delete(store, resource),
        _ => Ok(()),
    }
}

pub(super) use endpoints::scheme as endpoint_scheme;
pub(super) use modules::check as check_module;
pub(super) use sessions::check as check_session;

/// Refuses an update that sets nothing, where that is an error.
fn empty_update(change: &Change<'_>) -> Checked {
    let code = Facts::get()
        .service(change.service)
        .and_then(|s| s.empty_update.as_deref());
    match code {
        Some(code) if !change.creates() && change.body.is_empty() => {
            Err(Answer::refuse(code, "An update needs at least one value."))
        }
        _ => Ok(()),
    }
}

/// Descriptions have 255 bytes at most, metadata 4096; endpoints and event subscriptions count characters.
fn lengths(change: &Change<'_>) -> Checked {
    for (name, limit) in [("description", 255), ("metadata", 4096)] {
        let Some(text) = change.text(name) else {
            continue;
        };
        let (length, unit) = match change.service {
            "endpoints" | "event_subscriptions" | "ai_gateway_api_keys" => {
                (text.chars().count(), "characters")
            }
            _ => (text.len(), "bytes"),
        };
        if length > limit {
            let code = Facts::get()
                .service(change.service)
                .map_or("215", |s| s.too_long(name));
            let message = format!("The {name} may have {limit} {unit}, not {length}.");
            return Err(Answer::refuse(code, message));
        }
    }
    Ok(())
}

/// Refuses an id that is not one of `service`: `code`, or the general one for a wrong prefix.
fn id_of(service: &str, id: &str, code: &str) -> Checked {
    let expected = prefix(service);
    match ids::prefix(id) {
        None => Err(Answer::refuse(
            "223",
            format!("'{id}' is not the id of a resource."),
        )),
        Some(found) if found != expected => {
            let message = format!("'{id}' must be an id that begins with {expected}_.");
            Err(Answer::refuse(code, message))
        }
        Some(_) => Ok(()),
    }
}

/// Refuses an id that is of another service (`code`) or leads nowhere (`missing`).
fn refers_to(store: &Store, service: &str, id: &str, code: &str, missing: &str) -> Checked {
    id_of(service, id, code)?;
    let collection = Catalog::get().home(service).map_or("", |(path, _)| path);
    if store.get(collection, id).is_some() {
        return Ok(());
    }
    let (_, meaning) = Facts::get().error(missing);
    Err(Answer::refuse(missing, format!("{meaning}: '{id}'.")))
}

/// A refusal with what the catalogue of errors says of it.
fn plain(code: &str) -> Answer {
    let (_, meaning) = Facts::get().error(code);
    Answer::refuse(code, format!("{meaning}."))
}

/// The same, with the value that it is about.
fn about(code: &str, value: &str) -> Answer {
    let (_, meaning) = Facts::get().error(code);
    Answer::refuse(code, format!("{meaning}: '{value}'."))
}

/// Sets a value that no one gave.
fn default(map: &mut Map<String, Value>, name: &str, value: impl Into<Value>) {
    if map.get(name).is_none_or(Value::is_null) {
        map.insert(name.to_owned(), value.into());
    }
}

#[cfg(test)]
mod tests;
