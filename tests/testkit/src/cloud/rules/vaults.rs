//! Vaults and their secrets.

use serde_json::{Map, Value, json};

use super::{Change, about, default, id_of, plain};
use crate::cloud::answer::Checked;
use crate::cloud::store::{Resource, Store};
use crate::cloud::variant::{CloudPlan, CloudVariant};

/// The longest name, which is not documented, and the longest value in bytes, neither.
const LONGEST_NAME: usize = 255;
const LONGEST_VALUE: usize = 64 * 1024;

/// The codes of a name.
struct Codes {
    character: &'static str,
    empty: &'static str,
    too_long: &'static str,
    taken: &'static str,
}

pub(super) fn check(change: &Change<'_>) -> Checked {
    let is_vault = change.service == "vaults";
    let codes = if is_vault {
        Codes {
            character: "23000",
            empty: "23001",
            too_long: "23002",
            taken: "23004",
        }
    } else {
        Codes {
            character: "24000",
            empty: "24001",
            too_long: "24002",
            taken: "24005",
        }
    };
    name(change, &codes)?;
    if !is_vault {
        secret(change)?;
    }
    let vault = vault_of(change);
    let rivals = || {
        let others = change.others(change.collection);
        others.filter(|other| is_vault || other.text("vault_id") == vault.as_deref())
    };
    let name = change.text("name");
    if rivals().any(|other| name.is_some() && other.text("name") == name) {
        return Err(about(codes.taken, name.unwrap_or("")));
    }
    let most = match (is_vault, change.options.plan) {
        (_, CloudPlan::Unlimited) => return Ok(()),
        (true, _) | (false, CloudPlan::Free) => 5,
        (false, CloudPlan::Hobbyist) => 25,
        (false, CloudPlan::PayAsYouGo) => 500,
    };
    // The numbers of secrets are those of the account.
    if change.creates() && change.others(change.collection).count() >= most {
        return Err(plain(if is_vault { "23005" } else { "24007" }));
    }
    Ok(())
}

fn name(change: &Change<'_>, codes: &Codes) -> Checked {
    let Some(name) = change.body.get("name").and_then(Value::as_str) else {
        return Ok(());
    };
    if name.is_empty() {
        return Err(plain(codes.empty));
    }
    let hyphens = !change.options.has(CloudVariant::NoHyphensInNames);
    let fits = |c: char| c.is_ascii_alphanumeric() || "_/.".contains(c) || (hyphens && c == '-');
    if !name.chars().all(fits) {
        return Err(about(codes.character, name));
    }
    match name.len() > LONGEST_NAME {
        true => Err(plain(codes.too_long)),
        false => Ok(()),
    }
}

fn secret(change: &Change<'_>) -> Checked {
    match change.body.get("value").and_then(Value::as_str) {
        Some("") => return Err(plain("24003")),
        Some(value) if value.len() > LONGEST_VALUE => return Err(plain("24004")),
        _ => {}
    }
    if !change.creates() {
        return Ok(());
    }
    match (change.text("vault_id"), change.text("vault_name")) {
        (None, None) => Err(plain("24008")),
        (Some(id), _) => {
            id_of("vaults", id, "227")?;
            match change.store.get("/vaults", id) {
                Some(_) => Ok(()),
                None => Err(about("24006", id)),
            }
        }
        (None, Some(name)) => match by_name(change.store, name) {
            Some(_) => Ok(()),
            None => Err(about("24009", name)),
        },
    }
}

fn by_name<'s>(store: &'s Store, name: &str) -> Option<&'s Resource> {
    store
        .all("/vaults")
        .find(|vault| vault.text("name") == Some(name))
}

/// The id of the vault that a secret is in, or goes to.
fn vault_of(change: &Change<'_>) -> Option<String> {
    let id = change.after_text("vault_id").map(str::to_owned);
    id.or_else(|| {
        let vault = by_name(change.store, change.after_text("vault_name")?)?;
        Some(vault.id().to_owned())
    })
}

pub(super) fn fill(
    store: &Store,
    service: &str,
    given: &mut Map<String, Value>,
    own: &mut Map<String, Value>,
) {
    // The same user in two forms: vaults have the id alone, secrets a reference without a URI.
    let user: Value = match service {
        "vaults" => store.user.clone().into(),
        _ => json!({"id": store.user, "uri": ""}),
    };
    default(own, "created_by", user.clone());
    default(own, "last_updated_by", user);
    if service == "vaults" {
        return;
    }
    let id = given.get("vault_id").and_then(Value::as_str);
    let vault = match (id, given.get("vault_name").and_then(Value::as_str)) {
        (Some(id), _) => store.get("/vaults", id),
        (None, Some(name)) => by_name(store, name),
        (None, None) => None,
    };
    if let Some(vault) = vault {
        given.insert("vault_id".to_owned(), vault.id().into());
        given.insert("vault_name".to_owned(), vault.text("name").into());
    }
}

pub(super) fn check_delete(store: &Store, vault: &Resource) -> Checked {
    let inside = |secret: &Resource| secret.text("vault_id") == Some(vault.id());
    match store.all("/vault_secrets").any(inside) {
        true => Err(about("23003", vault.id())),
        false => Ok(()),
    }
}
