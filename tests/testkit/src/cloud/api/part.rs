//! Operations on a part of a resource: modules, certificates, and what is asked of a session or token.

use serde_json::{Map, Value};

use super::{Account, Call, add};
use crate::cloud::answer::Answer;
use crate::cloud::rules;
use crate::cloud::store::now;
use crate::cloud::variant::CloudVariant;

/// What is done to a part of a resource, `/edges/https/{id}/mutual_tls`: the part is a field of its owner.
pub(super) fn part(
    account: &mut Account,
    call: &Call<'_>,
    owner: &str,
    name: &str,
) -> Result<Answer, Answer> {
    let operation = call.route.operation;
    let (collection, id) = owner.rsplit_once('/').unwrap_or(("", ""));
    let resource = account
        .store
        .get(collection, id)
        .ok_or_else(Answer::not_found)?;
    match operation.name.as_str() {
        "replace" => {
            if account.options.rules {
                rules::check_module(&account.store, &call.route.service.name, name, &call.body)?;
            }
            set(account, collection, id, |given, _| {
                given.insert(name.to_owned(), call.body.clone().into());
            });
        }
        "get" if !resource.given.contains_key(name) => return Err(Answer::not_found()),
        "delete_certificate" if resource.given.contains_key("certificate_management_policy") => {
            let message = "The certificate is managed by ngrok: remove the domain's certificate management policy instead.";
            return Err(Answer::refuse("436", message));
        }
        "delete" | "delete_certificate" | "delete_certificate_management_policy" => {
            set(account, collection, id, |given, own| {
                for name in [
                    name.to_owned(),
                    format!("{name}_id"),
                    format!("{name}_status"),
                ] {
                    given.remove(&name);
                    own.remove(&name);
                }
                if operation.name == "delete_certificate_management_policy" {
                    own.remove("certificate_management_status");
                }
            });
        }
        "revoke" => {
            set(account, collection, id, |_, own| {
                own.insert("revoked_at".to_owned(), now().into());
            });
            if account.options.has(CloudVariant::Revoke204) {
                return Ok(Answer::new(204, None));
            }
            let token = account.store.show(collection, id).map(Value::from);
            return Ok(Answer::new(200, token));
        }
        "stop" | "restart" | "update" => {
            rules::check_session(resource, &operation.name)?;
            if operation.name == "stop" {
                account.store.remove(collection, id);
            }
            if operation.name == "restart" {
                restart(account, collection, id);
            }
            return Ok(Answer::new(operation.status, None));
        }
        _ => {}
    }
    if operation.response.is_none() {
        return Ok(Answer::new(operation.status, None));
    }
    let mut owner = account
        .store
        .show(collection, id)
        .ok_or_else(Answer::not_found)?;
    Ok(Answer::new(operation.status, owner.remove(name)))
}

fn set(
    account: &mut Account,
    collection: &str,
    id: &str,
    change: impl FnOnce(&mut Map<String, Value>, &mut Map<String, Value>),
) {
    if let Some(resource) = account.store.get_mut(collection, id) {
        change(&mut resource.given, &mut resource.own);
    }
}

/// An agent that restarts comes back as a new session.
fn restart(account: &mut Account, collection: &str, id: &str) {
    if let Some(session) = account.store.get(collection, id) {
        let (kind, given) = (session.kind.clone(), session.given.clone());
        account.store.remove(collection, id);
        add(account, "tunnel_sessions", collection, &kind, given);
    }
}
