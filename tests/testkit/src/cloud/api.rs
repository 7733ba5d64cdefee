//! From a request to its answer, by the catalog: a function over the store, with no socket in sight.

use serde_json::{Map, Value, json};

use super::catalog::{Catalog, Field, Kind, Operation, Route};
use super::check;
use super::filter::Filter;
use super::store::Store;

/// A request that has passed the door: its key and version are right.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) method: String,
    /// The path's segments, decoded.
    pub(super) path: Vec<String>,
    /// The query's parameters, decoded, in order.
    pub(super) query: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

/// An answer: a status, and a body unless it is a 204.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Option<Value>,
}

/// The most items of one page.
const PAGE: usize = 100;

impl Answer {
    /// An error in ngrok's own form.
    pub(super) fn error(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self {
            status,
            body: Some(json!({
                "error_code": code,
                "status_code": status,
                "msg": message.into(),
                "details": {"operation_id": "op_loopback"},
            })),
        }
    }

    fn bad(message: impl Into<String>) -> Self {
        Self::error(400, "ERR_NGROK_400", message)
    }

    /// ngrok's own 404s carry no code of their own, and neither do these.
    fn not_found() -> Self {
        Self::error(404, "", "Resource not found")
    }
}

/// Carries `call` out on `store`.
pub(super) fn answer(store: &mut Store, call: &Call) -> Answer {
    let routes = Catalog::get().at(&call.path);
    let Some((route, args)) = routes
        .iter()
        .find(|(r, _)| r.operation.method == call.method)
    else {
        return match routes.is_empty() {
            true => Answer::not_found(),
            false => Answer::error(405, "", format!("{} is not allowed here", call.method)),
        };
    };
    let done = query_is_known(route.operation, call).and_then(|()| run(store, *route, args, call));
    done.unwrap_or_else(|refusal| refusal)
}

fn query_is_known(operation: &Operation, call: &Call) -> Result<(), Answer> {
    match call
        .query
        .iter()
        .find(|(name, _)| !operation.query.contains(name))
    {
        None => Ok(()),
        Some((name, _)) => Err(Answer::error(
            400,
            "ERR_NGROK_214",
            format!("The parameter '{name}' is not known."),
        )),
    }
}

fn run(store: &mut Store, route: Route, args: &[&str], call: &Call) -> Result<Answer, Answer> {
    let operation = route.operation;
    let body = body(operation, call)?;
    let path = format!("/{}", call.path.join("/"));
    let (above, last) = path.rsplit_once('/').unwrap_or(("", ""));
    let is_item = operation.path.ends_with('}');
    let shown = |store: &Store, collection: &str, id: &str| {
        let body = store.show(collection, id).ok_or_else(Answer::not_found)?;
        Ok(Answer {
            status: operation.status,
            body: operation.response.is_some().then(|| body.into()),
        })
    };
    match operation.name.as_str() {
        "create" => {
            exists(store, &operation.path, &path)?;
            let kind = operation.response.as_deref().unwrap_or("");
            let secrets = once_shown(operation, &body);
            let id = store.insert(&route.service.name, &path, kind, body);
            adopt_children(store, operation, &path, &id);
            let mut answer = shown(store, &path, &id)?;
            if let Some(Value::Object(body)) = &mut answer.body {
                for name in secrets {
                    body.insert(name, format!("{id}_loopback-secret").into());
                }
            }
            Ok(answer)
        }
        "list" | "get_bound_endpoints" => {
            exists(store, &operation.path, &path)?;
            list(store, operation, &path, &|_| true, call)
        }
        "get_secrets_by_vault" => {
            let vault = args.first().copied().unwrap_or("");
            exists(store, &operation.path, &path)?;
            let of_vault =
                |secret: &Value| secret.pointer("/vault/id").and_then(Value::as_str) == Some(vault);
            list(store, operation, "/vault_secrets", &of_vault, call)
        }
        "get" if is_item => shown(store, above, last),
        "update" if is_item => {
            let resource = store.get_mut(above, last).ok_or_else(Answer::not_found)?;
            resource.patch(body);
            adopt_children(store, operation, above, last);
            shown(store, above, last)
        }
        "delete" if is_item => match store.remove(above, last) {
            true => Ok(empty(operation)),
            false => Err(Answer::not_found()),
        },
        _ => part(store, operation, above, last, body),
    }
}

/// What is done to a part of a resource, `/edges/https/{id}/mutual_tls`: the part is a field of its owner.
fn part(
    store: &mut Store,
    operation: &Operation,
    owner: &str,
    name: &str,
    body: Map<String, Value>,
) -> Result<Answer, Answer> {
    let (collection, id) = owner.rsplit_once('/').unwrap_or(("", ""));
    let resource = store
        .get_mut(collection, id)
        .ok_or_else(Answer::not_found)?;
    match operation.name.as_str() {
        "replace" => {
            resource.given.insert(name.to_owned(), body.into());
        }
        "get" if !resource.given.contains_key(name) => return Err(Answer::not_found()),
        "delete" | "delete_certificate" | "delete_certificate_management_policy" => {
            resource.given.remove(name);
            resource.given.remove(&format!("{name}_id"));
        }
        "stop" => {
            store.remove(collection, id);
            return Ok(empty(operation));
        }
        _ => {}
    }
    if operation.response.is_none() {
        return Ok(empty(operation));
    }
    let mut owner = store.show(collection, id).ok_or_else(Answer::not_found)?;
    Ok(Answer {
        status: operation.status,
        body: owner.remove(name),
    })
}

fn empty(operation: &Operation) -> Answer {
    Answer {
        status: operation.status,
        body: None,
    }
}

/// Every resource that a path leads through has to be there; `template` tells ids from names.
fn exists(store: &Store, template: &str, path: &str) -> Result<(), Answer> {
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
fn adopt_children(store: &mut Store, operation: &Operation, path: &str, id: &str) {
    let item = format!("{path}/{id}");
    let kind = operation.response.as_deref().unwrap_or("");
    for field in Catalog::get().fields(kind) {
        let (Kind::List(child), Some(resource)) = (field.kind(), store.get_mut(path, id)) else {
            continue;
        };
        let below = format!("{item}/{}", field.name);
        let segments: Vec<String> = below.split('/').skip(1).map(str::to_owned).collect();
        let routes = Catalog::get().at(&segments);
        let Some((route, _)) = routes.iter().find(|(r, _)| r.operation.name == "create") else {
            continue;
        };
        if let Some(Value::Array(children)) = resource.given.remove(&field.name) {
            store.clear(&below);
            for given in children {
                if let Value::Object(given) = given {
                    store.insert(&route.service.name, &below, child, given);
                }
            }
        }
    }
}

fn body(operation: &Operation, call: &Call) -> Result<Map<String, Value>, Answer> {
    let Some(kind) = &operation.body else {
        return match call.body.is_empty() {
            true => Ok(Map::new()),
            false => Err(Answer::bad("this operation takes no body.")),
        };
    };
    let value: Value = serde_json::from_slice(&call.body)
        .map_err(|e| Answer::bad(format!("the body is not JSON: {e}.")))?;
    check::body(Catalog::get(), kind, &value).map_err(Answer::bad)?;
    match value {
        Value::Object(body) => Ok(body),
        _ => Ok(Map::new()),
    }
}

/// The secret fields of the answer that the cloud makes up, and shows in this answer alone.
fn once_shown(operation: &Operation, body: &Map<String, Value>) -> Vec<String> {
    let kind = operation.response.as_deref().unwrap_or("");
    let made_up = |field: &&Field| {
        field.secret && field.kind() == Kind::Text && !body.contains_key(&field.name)
    };
    Catalog::get()
        .fields(kind)
        .iter()
        .filter(made_up)
        .map(|field| field.name.clone())
        .collect()
}

fn list(
    store: &Store,
    operation: &Operation,
    collection: &str,
    belongs: &dyn Fn(&Value) -> bool,
    call: &Call,
) -> Result<Answer, Answer> {
    let parameter = |name: &str| {
        let found = call.query.iter().find(|(given, _)| given == name);
        found.map(|(_, value)| value.as_str())
    };
    let limit = match parameter("limit") {
        None => PAGE,
        Some(text) => match text.parse() {
            Ok(limit @ 1..=PAGE) => limit,
            _ => {
                return Err(Answer::bad(format!(
                    "limit must be 1 to {PAGE}, not '{text}'."
                )));
            }
        },
    };
    let filter = parameter("filter")
        .map(Filter::parse)
        .transpose()
        .map_err(Answer::bad)?;
    let mut found = store
        .newest_first(collection, parameter("before_id"))
        .filter(|(_, shown)| belongs(shown))
        .filter(|(_, shown)| filter.as_ref().is_none_or(|filter| filter.passes(shown)));
    let page: Vec<(&str, Value)> = found.by_ref().take(limit).collect();
    let next = match (page.last(), found.next()) {
        (Some((last, _)), Some(_)) => next_page(store, call, last, limit).into(),
        _ => Value::Null,
    };
    let items: Value = page.into_iter().map(|(_, shown)| shown).collect();
    let mut body = Map::new();
    body.insert(operation.list_field.clone().unwrap_or_default(), items);
    let uri = format!("{}/{}", store.base(), call.path.join("/"));
    body.insert("uri".to_owned(), uri.into());
    body.insert("next_page_uri".to_owned(), next);
    Ok(Answer {
        status: operation.status,
        body: Some(body.into()),
    })
}

fn next_page(store: &Store, call: &Call, last: &str, limit: usize) -> String {
    let kept = call
        .query
        .iter()
        .filter(|(name, _)| name != "before_id" && name != "limit")
        .map(|(name, value)| format!("&{name}={}", super::encode(value)));
    format!(
        "{}/{}?before_id={last}&limit={limit}{}",
        store.base(),
        call.path.join("/"),
        kept.collect::<String>()
    )
}

#[cfg(test)]
mod tests;
