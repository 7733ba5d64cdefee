//! `/testkit/…`: what a test orders of a running stand-in. No agent of ngrok's has these paths.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::Call;
use super::reply::{self, Reply};
use crate::agent::engine::Engine;
use crate::agent::session;

pub(super) fn answer(engine: &Arc<Engine>, call: &Call) -> Reply {
    let done = match (call.method.as_str(), call.path.as_str()) {
        ("POST", "/testkit/faults") => faults(engine, call),
        ("POST", "/testkit/session") => session(engine, call),
        _ => Err(Reply::not_found(call)),
    };
    match done {
        Ok(()) => Reply::no_content(),
        Err(refused) => refused,
    }
}

/// Sets faults by the names of their variables in lower case, without the prefix.
fn faults(engine: &Engine, call: &Call) -> Result<(), Reply> {
    let orders: BTreeMap<String, Value> = reply::body(call)?;
    for (key, value) in orders {
        let text = match value {
            Value::String(text) => text,
            Value::Null => String::new(),
            other => other.to_string(),
        };
        engine
            .order(&key, &text)
            .map_err(|reason| Reply::error(None, 400, "no such fault", json!({"err": reason})))?;
    }
    Ok(())
}

/// Loses the session, or brings it back.
fn session(engine: &Arc<Engine>, call: &Call) -> Result<(), Reply> {
    let order: Value = reply::body(call)?;
    match order.get("up").and_then(Value::as_bool) {
        Some(true) => session::restore(engine),
        Some(false) => session::lose(engine),
        None => return Err(Reply::bad_parameter("{\"up\": true} or {\"up\": false}")),
    }
    Ok(())
}
