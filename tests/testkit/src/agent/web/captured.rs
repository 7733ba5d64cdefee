//! `/api/requests/http`: captured requests listed, shown, replayed, forgotten.

use std::sync::Arc;

use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::Call;
use super::reply::{self, Reply};
use crate::agent::engine::Engine;
use crate::agent::forward::replay::replay as send_again;
use crate::agent::target::Kind;

/// How many a list shows unless told.
const DEFAULT_LIMIT: usize = 100;

pub(super) async fn answer(engine: &Arc<Engine>, call: &Call) -> Reply {
    let mut segments = call.path.split('/').skip(4);
    match (segments.next(), segments.next(), call.method.as_str()) {
        (None, _, "GET") => list(engine, call).unwrap_or_else(|refused| refused),
        (None, _, "POST") => replay(engine, call).await.unwrap_or_else(|refused| refused),
        (None, _, "DELETE") => {
            engine.captures.clear();
            Reply::no_content()
        }
        (None, ..) => Reply::method_not_allowed(call, "GET, POST, DELETE"),
        (Some(id), None, "GET") => match engine.captures.get(id) {
            Some(exchange) => Reply::json(200, &exchange.json()),
            None => Reply::no_such_request(id),
        },
        (Some(_), None, _) => Reply::method_not_allowed(call, "GET"),
        _ => Reply::not_found(call),
    }
}

fn list(engine: &Engine, call: &Call) -> Result<Reply, Reply> {
    let (mut limit, mut tunnel) = (DEFAULT_LIMIT, String::new());
    for pair in call.query.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let value = value.replace('+', " ");
        let value = percent_decode_str(&value).decode_utf8_lossy();
        match key {
            "limit" => {
                let number: i64 = value.parse().map_err(|_| {
                    Reply::bad_parameter(&format!(
                        "param: error parsing key \"limit\" as int: strconv.ParseInt: parsing \"{value}\": invalid syntax"
                    ))
                })?;
                limit = match number {
                    0 => DEFAULT_LIMIT,
                    number => usize::try_from(number).unwrap_or(0),
                };
            }
            "tunnel_name" => tunnel = value.into_owned(),
            unknown => {
                return Err(Reply::bad_parameter(&format!(
                    "param: error parsing key \"{unknown}\": unknown field \"{unknown}\" on struct \"{unknown}\" of type web.getRequestsParam"
                )));
            }
        }
    }
    let found = engine.captures.list(limit, &tunnel);
    let requests: Vec<Value> = found.iter().map(|exchange| exchange.json()).collect();
    Ok(Reply::json(
        200,
        &json!({"uri": "/api/requests/http", "requests": requests}),
    ))
}

async fn replay(engine: &Engine, call: &Call) -> Result<Reply, Reply> {
    let asked: Value = reply::body(call)?;
    let text = |key: &str| match asked.get(key) {
        None | Some(Value::Null) => Ok(""),
        Some(Value::String(text)) => Ok(text.as_str()),
        Some(_) => Err(Reply::bad_parameter(&format!(
            "json: cannot unmarshal value into Go struct field playRequestInput.{key} of type string"
        ))),
    };
    let (id, tunnel) = (text("id")?, text("tunnel_name")?);
    let original = engine
        .captures
        .get(id)
        .ok_or_else(|| Reply::no_such_request(id))?;
    let name = if tunnel.is_empty() {
        original.tunnel()
    } else {
        tunnel
    };
    let tunnel = engine
        .tunnel(name)
        .filter(|tunnel| tunnel.definition().kind == Kind::Http)
        .ok_or_else(|| Reply::no_such_tunnel(name))?;
    send_again(engine, &tunnel, &original).await;
    engine.captures.trim();
    Ok(Reply::no_content())
}
