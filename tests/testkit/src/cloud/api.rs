//! From a request to its answer, by the catalog: a function over the store, with no socket in sight.

mod account;
mod part;

use serde_json::{Map, Value};

use super::answer::{Answer, Checked};
use super::auth::{self, Caller};
use super::catalog::{Catalog, Kind, Operation, Route};
use super::facts::Facts;
use super::gate::{self, RateLimit};
use super::list::{self, Page};
use super::request::CloudRequest;
use super::rules::{self, Change};
use super::store::Store;
use super::variant::{CloudVariant, Options};
use super::{bots, ids, tokens};

/// An account with everything in it.
#[derive(Debug)]
pub(super) struct Account {
    pub(super) store: Store,
    pub(super) options: Options,
    pub(super) rate: RateLimit,
}

/// A request that has passed the gate.
struct Call<'a> {
    route: Route,
    /// The path's arguments, decoded.
    args: Vec<&'a str>,
    /// The path, decoded.
    path: String,
    parameters: Vec<(String, String)>,
    body: Map<String, Value>,
    caller: Caller,
}

/// Answers a request to `path`, the path without the prefix of the whole API.
pub(super) fn answer(
    account: &mut Account,
    request: &CloudRequest,
    path: &str,
    body: Result<&[u8], ()>,
) -> Answer {
    let mut segments: Vec<String> = path.split('/').skip(1).map(super::decode).collect();
    let bots = bots::enter(&mut segments);
    let mut answer = match answered(account, request, &segments, body) {
        Ok(answer) | Err(answer) => answer,
    };
    account.options.adjust(&mut answer);
    if let (true, Some(body)) = (bots, &mut answer.body) {
        bots::leave(body);
    }
    answer
}

/// The checks in ngrok's order: the route, the key, the version, the query, the body; then the operation itself.
fn answered(
    account: &mut Account,
    request: &CloudRequest,
    segments: &[String],
    bytes: Result<&[u8], ()>,
) -> Result<Answer, Answer> {
    let routes = Catalog::get().at(segments);
    let (route, args) = routes
        .into_iter()
        .find(|(route, _)| route.operation.method == request.method)
        .ok_or_else(|| Answer::no_such_path(&request.path))?;
    let store = &account.store;
    let caller = auth::caller(store, request.header("authorization"))?;
    auth::ip_restriction(store, &account.options)?;
    auth::scope(store, &caller, route)?;
    gate::version(request, &account.options)?;
    account.rate.count(&account.options)?;
    let service = &route.service.name;
    let parameters = gate::query(service, route.operation, &request.query)?;
    let bytes =
        bytes.map_err(|()| Answer::refuse("212", "The body could not be read to its end."))?;
    let body = gate::body(route.operation, request, bytes, &account.options)?;
    malformed_ids(&account.options, route, &args)?;
    let call = Call {
        route,
        args,
        path: format!("/{}", segments.join("/")),
        parameters,
        body,
        caller,
    };
    run(account, &call)
}

/// Where chosen, refuses an id in the path that has not the form of one.
fn malformed_ids(options: &Options, route: Route, args: &[&str]) -> Checked {
    if !options.has(CloudVariant::MalformedIds400) || route.operation.path.ends_with("{type}") {
        return Ok(());
    }
    for id in args {
        let Some(prefix) = ids::prefix(id) else {
            return Err(Answer::refuse("223", format!("'{id}' is not an id.")));
        };
        let documented = Facts::get().service(&route.service.name);
        let expected = documented.and_then(|s| s.prefix.as_deref());
        if let ([_], Some(expected)) = (args, expected)
            && expected != prefix
        {
            let message =
                format!("'{id}' is not an id of this service, which begin with {expected}_.");
            return Err(Answer::refuse("227", message));
        }
    }
    Ok(())
}

fn run(account: &mut Account, call: &Call<'_>) -> Result<Answer, Answer> {
    let operation = call.route.operation;
    let service = call.route.service.name.as_str();
    let (above, last) = call.path.rsplit_once('/').unwrap_or(("", ""));
    let store = &mut account.store;
    let page = |of, collection| Page {
        service,
        operation,
        path: &call.path,
        of,
        collection,
        parameters: &call.parameters,
    };
    match operation.name.as_str() {
        "self" => Ok(account::whoami(store, operation, &call.caller)),
        "get" if service == "root" => Ok(account::root(store, operation)),
        "create" => create(account, call),
        "list" if service == "event_sources" => {
            exists(store, &operation.path, &call.path)?;
            Ok(list::whole(store, operation, &call.path))
        }
        "list" => page(service, &call.path).answer(store, &account.options, &|_| true),
        "get_bound_endpoints" => {
            exists(store, &operation.path, &call.path)?;
            let bound = |endpoint: &super::store::Resource| {
                let bindings = endpoint.value("bindings").and_then(Value::as_array);
                bindings.into_iter().flatten().any(|b| b == "kubernetes")
            };
            page("endpoints", "/endpoints").answer(store, &account.options, &bound)
        }
        "get_secrets_by_vault" => {
            exists(store, &operation.path, &call.path)?;
            let vault = call.args.first().copied();
            let inside = |secret: &super::store::Resource| secret.text("vault_id") == vault;
            page("secrets", "/vault_secrets").answer(store, &account.options, &inside)
        }
        "get" if operation.path.ends_with('}') => shown(store, operation, above, last),
        "update" if operation.path.ends_with('}') => update(account, call, above, last),
        "delete" if operation.path.ends_with('}') => {
            let resource = store.get(above, last).ok_or_else(Answer::not_found)?;
            if account.options.rules {
                rules::check_delete(store, service, resource)?;
            }
            store.remove(above, last);
            Ok(Answer::new(operation.status, None))
        }
        _ => part::part(account, call, above, last),
    }
}

fn shown(
    store: &Store,
    operation: &Operation,
    collection: &str,
    id: &str,
) -> Result<Answer, Answer> {
    let body = store.show(collection, id).ok_or_else(Answer::not_found)?;
    let body = operation.response.is_some().then(|| body.into());
    Ok(Answer::new(operation.status, body))
}

fn create(account: &mut Account, call: &Call<'_>) -> Result<Answer, Answer> {
    let operation = call.route.operation;
    let service = call.route.service.name.as_str();
    exists(&account.store, &operation.path, &call.path)?;
    if account.options.rules {
        let none = Map::new();
        let change = Change::new(account, service, &call.path, None, &call.body, &none);
        rules::check(&change)?;
    }
    let kind = operation.response.as_deref().unwrap_or("");
    let id = add(account, service, &call.path, kind, call.body.clone());
    let mut answer = shown(&account.store, operation, &call.path, &id)?;
    if let (Some(body), Some(resource)) = (answer.object(), account.store.get(&call.path, &id)) {
        tokens::reveal(resource, body);
    }
    Ok(answer)
}

/// Adds a resource, filled with what the service fills.
pub(super) fn add(
    account: &mut Account,
    service: &str,
    collection: &str,
    kind: &str,
    mut given: Map<String, Value>,
) -> String {
    let store = &mut account.store;
    let has_id = Catalog::get().fields(kind).iter().any(|f| f.name == "id");
    let id = match (given.remove("id"), given.get("type")) {
        (Some(Value::String(id)), _) => id,
        // An event source is addressed by its type.
        (_, Some(Value::String(kind))) if !has_id => kind.clone(),
        _ => store.new_id(service),
    };
    let mut own = Map::new();
    tokens::make(service, kind, &id, &mut given, &mut own);
    rules::fill(store, &account.options, service, &id, &mut given, &mut own);
    store.insert(collection, &id, kind, given, own);
    adopt_children(account, kind, collection, &id);
    id
}

fn update(
    account: &mut Account,
    call: &Call<'_>,
    above: &str,
    last: &str,
) -> Result<Answer, Answer> {
    let operation = call.route.operation;
    let service = call.route.service.name.as_str();
    let mut body = call.body.clone();
    for name in ["id", "edge_id", "subscription_id"] {
        body.remove(name);
    }
    if operation.path.ends_with("{type}") {
        body.remove("type");
    }
    leave_out_empty(operation, &mut body);
    let resource = account
        .store
        .get(above, last)
        .ok_or_else(Answer::not_found)?;
    if account.options.rules {
        let change = Change::new(account, service, above, Some(last), &body, &resource.given);
        rules::check(&change)?;
    }
    let (mut given, mut own) = (resource.given.clone(), resource.own.clone());
    for (name, value) in body {
        if value.is_null() {
            given.remove(&name);
        } else {
            given.insert(name, value);
        }
    }
    own.insert("updated_at".to_owned(), super::store::now().into());
    rules::fill(
        &mut account.store,
        &account.options,
        service,
        last,
        &mut given,
        &mut own,
    );
    if let Some(resource) = account.store.get_mut(above, last) {
        resource.given = given;
        resource.own = own;
    }
    adopt_children(
        account,
        operation.response.as_deref().unwrap_or(""),
        above,
        last,
    );
    shown(&account.store, operation, above, last)
}

/// Official clients send a list or map that cannot be null as an empty one if it was not set. Only those that can be null are cleared so.
fn leave_out_empty(operation: &Operation, body: &mut Map<String, Value>) {
    for field in Catalog::get().fields(operation.body.as_deref().unwrap_or("")) {
        let empty = match body.get(&field.name) {
            Some(Value::Array(items)) => items.is_empty(),
            Some(Value::Object(fields)) => fields.is_empty(),
            _ => false,
        };
        let plural = matches!(field.kind(), Kind::List(_) | Kind::Map(_));
        if empty && plural && !field.nullable {
            body.remove(&field.name);
        }
    }
}

/// Every resource that a path leads through has to be there; `template` tells ids from names.
fn exists(store: &Store, template: &str, path: &str) -> Checked {
    let mut so_far = String::new();
    for (part, segment) in template.split('/').zip(path.split('/')).skip(1) {
        so_far = format!("{so_far}/{segment}");
        if part.starts_with('{') && !store.holds(&so_far) {
            return Err(Answer::not_found());
        }
    }
    Ok(())
}

/// Lists of a body that are resources of their own, such as a subscription's sources, become that.
fn adopt_children(account: &mut Account, kind: &str, collection: &str, id: &str) {
    for field in Catalog::get().fields(kind) {
        let (Kind::List(child), Some(resource)) =
            (field.kind(), account.store.get_mut(collection, id))
        else {
            continue;
        };
        if !resource.given.contains_key(&field.name) {
            continue;
        }
        let below = format!("{collection}/{id}/{}", field.name);
        let segments: Vec<String> = below.split('/').skip(1).map(str::to_owned).collect();
        let routes = Catalog::get().at(&segments);
        let Some((route, _)) = routes.iter().find(|(r, _)| r.operation.name == "create") else {
            continue;
        };
        if let Some(Value::Array(children)) = resource.given.remove(&field.name) {
            account.store.clear(&below);
            for given in children {
                if let Value::Object(given) = given {
                    add(account, &route.service.name, &below, child, given);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
