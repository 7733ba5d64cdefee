//! `ngrok api SERVICE OPERATION`: answers without an account behind them.

use serde_json::{Map, Value, json};

use super::{Invocation, Outcome};
use crate::agent::config::Config;
use crate::agent::ids;
use crate::agent::log::go_json;

/// Answers a list with an empty one, and a creation with what was to be created.
pub(super) fn api(run: &Invocation) -> Outcome {
    let words: Vec<&str> = run.args.words.iter().skip(1).map(String::as_str).collect();
    let [service, operation, rest @ ..] = words.as_slice() else {
        return Ok("ngrok api SERVICE OPERATION [flags]\n".to_owned());
    };
    let config = run.config().ok();
    let key = run
        .args
        .last("api-key")
        .map(str::to_owned)
        .or_else(|| run.var("NGROK_API_KEY"))
        .or_else(|| config.as_ref().and_then(Config::api_key).map(str::to_owned));
    let Some(key) = key else {
        let text = "The API authentication you specified is missing. Create an API key at https://dashboard.ngrok.com/api-keys, and save it with `ngrok config add-api-key`.";
        return Err(refused(401, "Unauthorized", 200, text));
    };
    if key.starts_with("refused-") {
        let text = format!(
            "The API authentication you specified is properly formed, but it is invalid.\nYour authentication: {key}"
        );
        return Err(refused(401, "Unauthorized", 203, &text));
    }
    let collection = service.replace('-', "_");
    let uri = format!("https://api.ngrok.com/{collection}");
    Ok(match *operation {
        "list" => {
            let list = json!({collection: [], "uri": uri, "next_page_uri": null});
            format!("200 OK\n{}\n", go_json(&list))
        }
        "delete" => "204 No Content\n".to_owned(),
        "create" => {
            let id = format!("{}_{}", prefix(service), ids::hex(27));
            format!("201 Created\n{}\n", go_json(&object(run, &uri, &id)))
        }
        _ => {
            let id = rest.first().copied().unwrap_or("loopback_1");
            format!("200 OK\n{}\n", go_json(&object(run, &uri, id)))
        }
    })
}

/// An object with the fields that the flags gave, so `--domain a.test` is in the answer of a creation.
fn object(run: &Invocation, uri: &str, id: &str) -> Value {
    let mut fields = Map::new();
    fields.insert("id".to_owned(), id.into());
    fields.insert("uri".to_owned(), format!("{uri}/{id}").into());
    let own = ["api-key", "config", "log", "log-format", "log-level"];
    for (flag, value) in run.args.flags().filter(|(flag, _)| !own.contains(flag)) {
        fields.insert(flag.replace('-', "_"), value.into());
    }
    fields.into()
}

/// The beginning of an id: the initials of the service.
fn prefix(service: &str) -> String {
    service
        .split('-')
        .filter_map(|word| word.chars().next())
        .collect()
}

/// As the agent prints an error of the API: its status, then its JSON.
fn refused(status: u16, reason: &str, code: u16, text: &str) -> String {
    let error = json!({
        "error_code": format!("ERR_NGROK_{code}"),
        "status_code": status,
        "msg": text,
        "details": {},
    });
    format!(
        "HTTP {status} {reason}: {text}\n\n{}\n\nERR_NGROK_{code}",
        go_json(&error)
    )
}
