//! The commands that run and end: `config …`, `api …`, `diagnose`.

use std::path::{Path, PathBuf};

use serde_json::json;
use serde_yaml::{Mapping, Value};

use super::{Invocation, Outcome};
use crate::agent::config::Config;
use crate::agent::engine;
use crate::agent::faults::Faults;
use crate::agent::log::go_json;
use crate::agent::run::all_definitions;

pub(super) fn diagnose(faults: &Faults) -> String {
    format!(
        "ngrok diagnose, version {}\n\nTesting tunnel connectivity...\n  the loopback agent needs none                           [ OK ]\n",
        engine::version(faults)
    )
}

pub(super) fn config(run: &Invocation) -> Outcome {
    let words: Vec<&str> = run.args.words.iter().skip(1).map(String::as_str).collect();
    match words.as_slice() {
        ["add-authtoken", token] => save(run, "authtoken", token, "Authtoken"),
        ["add-api-key", key] => save(run, "api_key", key, "API key"),
        ["add-connect-url", url] => save(run, "connect_url", url, "Connect URL"),
        ["add-authtoken", ..] => Err(
            "You must pass a single argument, the authtoken to save to configuration file."
                .to_owned(),
        ),
        ["add-api-key", ..] => Err(
            "You must pass a single argument, the API key to save to configuration file."
                .to_owned(),
        ),
        ["check"] => check(run),
        ["upgrade"] => upgrade(run),
        ["edit"] => Err("EDITOR environment variable not set".to_owned()),
        [] => Ok(
            "ngrok config: add-api-key, add-authtoken, add-connect-url, check, edit, upgrade\n"
                .to_owned(),
        ),
        [other, ..] => Err(format!("Unrecognized command: config {other}")),
    }
}

/// The one file to write: the last of `--config`, else the default.
fn path_to_write(run: &Invocation) -> Result<PathBuf, String> {
    run.args
        .last("config")
        .map(PathBuf::from)
        .or_else(|| run.default_path())
        .ok_or_else(|| "could not find a home directory for the configuration file".to_owned())
}

fn read_mapping(path: &Path) -> Result<Mapping, String> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(super::open_error(path, &error)),
    };
    match serde_yaml::from_str(&text) {
        Ok(Value::Null) => Ok(Mapping::new()),
        Ok(Value::Mapping(mapping)) => Ok(mapping),
        _ => Err(format!(
            "Error reading configuration file '{}': YAML parsing error",
            path.display()
        )),
    }
}

fn write_mapping(path: &Path, mapping: &Mapping) -> Result<(), String> {
    let text = serde_yaml::to_string(mapping).map_err(|error| error.to_string())?;
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(path, text))
        .map_err(|error| super::open_error(path, &error))
}

/// Rewrites the file as the agent does: other keys stay, comments do not.
fn save(run: &Invocation, key: &str, value: &str, what: &str) -> Outcome {
    let path = path_to_write(run)?;
    let mut mapping = read_mapping(&path)?;
    if mapping.is_empty() {
        mapping.insert("version".into(), "3".into());
    }
    let version = mapping.get("version");
    let is_v2 = version.is_some_and(|v| v.as_u64() == Some(2) || v.as_str() == Some("2"));
    if is_v2 {
        mapping.insert(key.into(), value.into());
    } else {
        let agent = mapping
            .entry("agent".into())
            .or_insert_with(|| Mapping::new().into());
        if agent.is_null() {
            *agent = Mapping::new().into();
        }
        agent
            .as_mapping_mut()
            .ok_or("YAML parsing error: 'agent' is not a mapping")?
            .insert(key.into(), value.into());
    }
    write_mapping(&path, &mapping)?;
    Ok(format!(
        "{what} saved to configuration file: {}\n",
        path.display()
    ))
}

fn check(run: &Invocation) -> Outcome {
    let files = run.read_files();
    let Some((path, _)) = files.last() else {
        let path = run.default_path().unwrap_or_default();
        let missing = std::io::ErrorKind::NotFound.into();
        return Err(super::open_error(&path, &missing));
    };
    let path = path.display().to_string();
    let config = super::merged(files)?;
    if let Some(key) = config.unknown_key() {
        return Err(format!(
            "Error reading configuration file '{path}': YAML parsing error: yaml: unmarshal errors:\n  field {key} not found"
        ));
    }
    all_definitions(&config)?;
    Ok(format!("Valid configuration file at {path}\n"))
}

fn upgrade(run: &Invocation) -> Outcome {
    let path = path_to_write(run)?;
    let mut mapping = read_mapping(&path)?;
    let version = mapping.get("version");
    if version.is_some_and(|v| v.as_u64() == Some(3) || v.as_str() == Some("3")) {
        return Ok(format!(
            "Configuration file '{}' is already at the latest version\n",
            path.display()
        ));
    }
    let mut agent = Mapping::new();
    let keys: Vec<Value> = mapping.keys().cloned().collect();
    for key in keys {
        if !matches!(key.as_str(), Some("version" | "tunnels" | "endpoints"))
            && let Some(value) = mapping.shift_remove(&key)
        {
            let renamed = match key.as_str() {
                Some("server_addr") => "connect_url".into(),
                Some("root_cas") => "connect_cas".into(),
                _ => key,
            };
            agent.insert(renamed, value);
        }
    }
    mapping.insert("version".into(), "3".into());
    if !agent.is_empty() {
        mapping.insert("agent".into(), agent.into());
    }
    if run.args.is_set("dry-run") {
        return serde_yaml::to_string(&mapping).map_err(|error| error.to_string());
    }
    write_mapping(&path, &mapping)?;
    Ok(format!(
        "Upgraded config file: '{}' to version 3\n",
        path.display()
    ))
}

/// Answers every operation with an empty list, or with what was asked for: there is no account behind it.
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
        return Err("An API key is required to use the ngrok API.\nRun `ngrok config add-api-key`, or pass --api-key.\n\nERR_NGROK_4019".to_owned());
    };
    if key.starts_with("refused-") {
        let error = json!({"error_code": "ERR_NGROK_206", "status_code": 401, "msg": format!("The API authentication you specified is invalid: {key}"), "details": {}});
        return Err(format!("HTTP/2.0 401 Unauthorized\n{}", go_json(&error)));
    }
    let collection = service.replace('-', "_");
    let uri = format!("https://api.ngrok.com/{collection}");
    Ok(match *operation {
        "list" => {
            let list = json!({collection: [], "uri": uri, "next_page_uri": null});
            format!("200 OK\n{}\n", go_json(&list))
        }
        "delete" => "204 No Content\n".to_owned(),
        operation => {
            let id = rest.first().copied().unwrap_or("loopback_1");
            let one = json!({"id": id, "uri": format!("{uri}/{id}")});
            let status = match operation {
                "create" => "201 Created",
                _ => "200 OK",
            };
            format!("{status}\n{}\n", go_json(&one))
        }
    })
}
