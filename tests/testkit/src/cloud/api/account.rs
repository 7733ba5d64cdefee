//! The root of the API and its caller.

use serde_json::{Map, json};

use crate::cloud::answer::Answer;
use crate::cloud::auth::Caller;
use crate::cloud::catalog::{Catalog, Operation};
use crate::cloud::store::Store;

/// The names of all collections, by what they are called in paths.
pub(super) fn root(store: &Store, operation: &Operation) -> Answer {
    let mut uris = Map::new();
    for service in &Catalog::get().services {
        if let Some((path, _)) = Catalog::get().home(&service.name) {
            uris.insert(
                service.name.clone(),
                format!("{}{path}", store.base()).into(),
            );
        }
    }
    let body = json!({"uri": format!("{}/", store.base()), "subresource_uris": uris});
    Answer::new(operation.status, Some(body))
}

/// The account, the key of the request and the user behind it.
pub(super) fn whoami(store: &Store, operation: &Operation, caller: &Caller) -> Answer {
    let account = json!({
        "id": store.account,
        "name": "loopback",
        "created_at": store.since,
        "suspended": false,
        "enforce_sso": false,
        "min_api_version": 2,
        "min_agent_version": "",
        "user_mfa_required": false,
        "traffic_full_capture": false,
    });
    let mut body = json!({"account": account, "user": "loopback@example.com"});
    let (collection, id) = caller.key.rsplit_once('/').unwrap_or(("", ""));
    // An access token is no API key, and has no place in this answer.
    if collection == "/api_keys"
        && let Some(mut key) = store.show(collection, id)
    {
        key.insert("uri".to_owned(), caller.key.clone().into());
        if let Some(body) = body.as_object_mut() {
            body.insert("api_key".to_owned(), key.into());
        }
    }
    Answer::new(operation.status, Some(body))
}
