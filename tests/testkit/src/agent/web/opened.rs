//! `/api/tunnels` and `/api/endpoints`: two views of what is open, and how to open, change and close it.

use std::sync::Arc;

use serde_json::{Value, json};

use super::Call;
use super::reply::{self, Reply};
use crate::agent::definition::Definition;
use crate::agent::engine::{Engine, Refusal, Session, online_already};
use crate::agent::tunnel::Tunnel;

/// Answers a path of either API; the two differ in their shapes and in PUT.
pub(super) fn answer(engine: &Arc<Engine>, call: &Call, endpoints: bool) -> Reply {
    let mut segments = call.path.split('/').skip(3);
    match (segments.next(), segments.next()) {
        (None, _) => collection(engine, call, endpoints),
        (Some(name), None) => one(engine, call, endpoints, name),
        // A name with a slash can be made, but not be asked for.
        _ => Reply::not_found(call),
    }
}

fn parse(document: &Value, endpoints: bool) -> Result<Definition, Reply> {
    let parsed = if endpoints {
        Definition::endpoint(document)
    } else {
        Definition::tunnel(document)
    };
    parsed.map_err(|reason| Reply::invalid(&reason))
}

fn collection(engine: &Arc<Engine>, call: &Call, endpoints: bool) -> Reply {
    match call.method.as_str() {
        "GET" if endpoints => {
            let open: Vec<Value> = engine.list().iter().map(|it| it.endpoint_view()).collect();
            Reply::json(200, &json!({"endpoints": open}))
        }
        "GET" => {
            let open: Vec<Value> = engine.list().iter().map(|it| it.tunnel_view()).collect();
            Reply::json(200, &json!({"tunnels": open, "uri": "/api/tunnels"}))
        }
        "POST" => create(engine, call, endpoints).unwrap_or_else(|refused| refused),
        _ => Reply::method_not_allowed(call, "POST, GET"),
    }
}

fn create(engine: &Arc<Engine>, call: &Call, endpoints: bool) -> Result<Reply, Reply> {
    let document: Value = reply::body(call)?;
    // Without a session the agent does not even look at what it is to open.
    if *engine.session.borrow() == Session::Connecting {
        return Err(Refusal::NotReady.into());
    }
    let definition = parse(&document, endpoints)?;
    let tunnel = engine.open(definition, false)?;
    Ok(Reply::json(201, &detail(&tunnel, endpoints)))
}

/// One tunnel or endpoint, as either API describes it.
fn detail(tunnel: &Tunnel, endpoints: bool) -> Value {
    if endpoints {
        tunnel.both_views()
    } else {
        tunnel.tunnel_view()
    }
}

fn one(engine: &Arc<Engine>, call: &Call, endpoints: bool, name: &str) -> Reply {
    match (call.method.as_str(), engine.tunnel(name)) {
        ("GET", Some(tunnel)) => Reply::json(200, &detail(&tunnel, endpoints)),
        ("DELETE", Some(_)) if !engine.is_online() => Reply::internal("session closed"),
        ("DELETE", Some(_)) => {
            engine.close(name);
            Reply::no_content()
        }
        ("GET" | "DELETE", None) => Reply::no_such_tunnel(name),
        ("PUT", _) if endpoints => put(engine, call, name).unwrap_or_else(|refused| refused),
        _ => {
            let allowed = if endpoints {
                "GET, PUT, DELETE"
            } else {
                "GET, DELETE"
            };
            Reply::method_not_allowed(call, allowed)
        }
    }
}

/// Changes an endpoint while it stays online under its address, or creates it.
fn put(engine: &Arc<Engine>, call: &Call, name: &str) -> Result<Reply, Reply> {
    let mut document: Value = reply::body(call)?;
    match document.get("name").and_then(Value::as_str) {
        Some(other) if other != name => {
            return Err(Reply::invalid(&format!(
                "endpoint name '{other}' does not match '{name}' of the path"
            )));
        }
        _ => {
            if let Some(fields) = document.as_object_mut() {
                fields.insert("name".to_owned(), name.into());
            }
        }
    }
    let mut definition = Definition::put(&document).map_err(|reason| Reply::invalid(&reason))?;
    let Some(tunnel) = engine.tunnel(name) else {
        let tunnel = engine.open(definition, false)?;
        return Ok(Reply::json(201, &tunnel.both_views()));
    };
    let old = tunnel.definition();
    if old.kind != definition.kind {
        return Err(Reply::invalid(&format!(
            "endpoint '{name}' cannot change its protocol"
        )));
    }
    if !engine.is_online() {
        return Err(Reply::internal("session closed"));
    }
    definition.arm().map_err(Refusal::from)?;
    let others = engine.list();
    let others = others.iter().filter(|other| !Arc::ptr_eq(other, &tunnel));
    if let Some(reason) = online_already(others, &definition) {
        return Err(Refusal::Failed(reason).into());
    }
    tunnel.redefine(definition);
    Ok(Reply::json(200, &tunnel.both_views()))
}
