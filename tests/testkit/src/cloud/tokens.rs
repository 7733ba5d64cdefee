//! Tokens that the cloud makes up, and shows in the answer that creates them and never again.

use serde_json::{Map, Value};

use super::catalog::Catalog;
use super::ids;
use super::store::Resource;

/// Puts the token of a new resource into `own`, if its type has one.
pub(super) fn make(
    service: &str,
    kind: &str,
    id: &str,
    given: &mut Map<String, Value>,
    own: &mut Map<String, Value>,
) {
    let fields = Catalog::get().fields(kind);
    if !fields.iter().any(|f| f.name == "token" && f.secret) {
        return;
    }
    // A token that was computed before is taken as it is; so is one that a test gave.
    let given = given
        .remove("token")
        .or_else(|| given.remove("precomputed_token"));
    let (_, bare) = id.split_once('_').unwrap_or(("", id));
    let token = given.unwrap_or_else(|| {
        let made = match service {
            "access_tokens" => format!("ngrok_pat_{}", ids::letters(40)),
            "ai_gateway_api_keys" => format!("ng_{}", ids::letters(40)),
            _ => format!("{bare}_{}", ids::secret()),
        };
        made.into()
    });
    own.insert("token".to_owned(), token);
}

/// Adds the token to the answer that creates its resource.
pub(super) fn reveal(resource: &Resource, answer: &mut Map<String, Value>) {
    if let Some(token) = resource.own.get("token") {
        answer.insert("token".to_owned(), token.clone());
    }
}
