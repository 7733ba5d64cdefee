//! Reserved TCP addresses.

use serde_json::{Map, Value};

use super::{Change, default, plain};
use crate::cloud::answer::{Answer, Checked};
use crate::cloud::ids;
use crate::cloud::variant::{CloudPlan, CloudVariant};

pub(super) fn check(change: &Change<'_>) -> Checked {
    if !change.creates() {
        return Ok(());
    }
    if change.options.has(CloudVariant::AddressNeedsRegion) && change.text("region").is_none() {
        return Err(Answer::refuse("500", "The field 'region' is required."));
    }
    if change.options.plan == CloudPlan::Free {
        return Err(plain("501"));
    }
    Ok(())
}

/// The service chooses host and port.
pub(super) fn fill(given: &mut Map<String, Value>, own: &mut Map<String, Value>) {
    if given.get("region").is_none_or(|region| region == "") {
        given.insert("region".to_owned(), "us".into());
    }
    let host = match given.get("region").and_then(Value::as_str) {
        Some("us") | None => "tcp.ngrok.io".to_owned(),
        Some(region) => format!("tcp.{region}.ngrok.io"),
    };
    let (number, port) = (ids::random() % 9 + 1, ids::random() % 10_000 + 20_000);
    default(own, "addr", format!("{number}.{host}:{port}"));
}
