//! `ngrok config …`: the commands that read or write the configuration file.

use std::path::{Path, PathBuf};

use serde_yaml::{Mapping, Value};

use super::{Invocation, Outcome, upgrade};
use crate::agent::fields::open_error;
use crate::agent::run::all_definitions;

pub(super) fn config(run: &Invocation) -> Outcome {
    let words: Vec<&str> = run.args.words.iter().skip(1).map(String::as_str).collect();
    match words.as_slice() {
        ["add-authtoken", token] => save(run, ["authtoken"; 2], token, "Authtoken"),
        ["add-api-key", key] => save(run, ["api_key"; 2], key, "API key"),
        ["add-connect-url" | "add-server-addr", url] => {
            save(run, ["server_addr", "connect_url"], url, "Connect URL")
        }
        ["add-authtoken", ..] => Err(missing("the authtoken")),
        ["add-api-key", ..] => Err(missing("the API key")),
        ["add-connect-url" | "add-server-addr", ..] => Err(missing("the connect URL")),
        ["check"] => check(run),
        ["upgrade"] => upgrade::upgrade(run, None),
        ["upgrade", version] => upgrade::upgrade(run, Some(version)),
        ["edit"] => edit(run),
        [] => Ok(
            "ngrok config: add-api-key, add-authtoken, add-connect-url, add-server-addr, check, edit, upgrade\n"
                .to_owned(),
        ),
        [other, ..] => Err(format!("Unrecognized command: config {other}")),
    }
}

fn missing(what: &str) -> String {
    format!("You must pass a single argument, {what} to save to configuration file.")
}

/// The one file to write: the last of `--config`, else the default.
pub(super) fn path_to_write(run: &Invocation) -> Result<PathBuf, String> {
    run.args
        .last("config")
        .and_then(|paths| paths.rsplit(',').next())
        .map(PathBuf::from)
        .or_else(|| run.default_path())
        .ok_or_else(|| "could not find a home directory for the configuration file".to_owned())
}

pub(super) fn read_mapping(path: &Path) -> Result<Mapping, String> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(open_error(path, &error)),
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

pub(super) fn write_mapping(path: &Path, mapping: &Mapping) -> Result<(), String> {
    let text = serde_yaml::to_string(mapping).map_err(|error| error.to_string())?;
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(path, text))
        .map_err(|error| open_error(path, &error))
}

/// Rewrites the file as the agent does: other keys stay, comments do not. The key has a name in version 2 and one in 3.
fn save(run: &Invocation, [in_2, in_3]: [&str; 2], value: &str, what: &str) -> Outcome {
    let path = path_to_write(run)?;
    let mut mapping = read_mapping(&path)?;
    if mapping.is_empty() {
        mapping.insert("version".into(), "3".into());
    }
    let version = mapping.get("version");
    let is_v2 = version.is_some_and(|v| v.as_u64() == Some(2) || v.as_str() == Some("2"));
    if is_v2 {
        mapping.insert(in_2.into(), value.into());
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
            .insert(in_3.into(), value.into());
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
        return Err(open_error(&path, &missing));
    };
    let path = path.display().to_string();
    all_definitions(&super::merged(files)?)?;
    Ok(format!("Valid configuration file at {path}\n"))
}

/// Opens the file in the editor of the variable `EDITOR`, and waits for its end.
fn edit(run: &Invocation) -> Outcome {
    let path = path_to_write(run)?;
    let editor = run
        .var("EDITOR")
        .ok_or("EDITOR environment variable not set")?;
    let mut words = editor.split_whitespace();
    let program = words.next().unwrap_or_default();
    let status = std::process::Command::new(program)
        .args(words)
        .arg(&path)
        .status()
        .map_err(|error| format!("exec: \"{program}\": {error}"))?;
    if status.success() {
        Ok(String::new())
    } else {
        Err(format!("{program}: {status}"))
    }
}
