//! `ngrok config upgrade`: an older configuration file in the form of a newer version.

use std::path::{Path, PathBuf};

use serde_yaml::{Mapping, Value};

use super::config_file::{path_to_write, read_mapping, write_mapping};
use super::{Invocation, Outcome};
use crate::agent::fields::open_error;

/// Files of agents before 3.0 have no version.
const UNVERSIONED: u64 = 1;
const LATEST: u64 = 3;

/// Names that changed with agent 3.0, at the top of the file and in a tunnel.
const AGENT_RENAMES: &[(&str, &str)] = &[
    ("http_proxy", "proxy_url"),
    ("socks5_proxy", "proxy_url"),
    ("update", "update_check"),
];
const TUNNEL_RENAMES: &[(&str, &str)] = &[
    ("client_cas", "mutual_tls_cas"),
    ("verify_upstream_tls", "upstream_tls_verify"),
    ("upstream_ca_path", "upstream_tls_verify_cas"),
];

/// Upgrades the file in its place, or into the default place, and shows the result. The original is kept beside it.
pub(super) fn upgrade(run: &Invocation, version: Option<&str>) -> Outcome {
    let target = match version {
        None => LATEST,
        Some("2") => 2,
        Some("3") => 3,
        Some(other) => {
            return Err(format!(
                "unknown version '{other}'. valid versions: '2', '3'"
            ));
        }
    };
    let path = path_to_write(run)?;
    let mut mapping = read_mapping(&path)?;
    let current = current(&mapping);
    if current > target {
        return Err(format!(
            "cannot downgrade configuration file '{}' from version {current} to version {target}",
            path.display()
        ));
    }
    let relocated = run
        .args
        .is_set("relocate")
        .then(|| run.default_path())
        .flatten()
        .filter(|default| *default != path);
    if current == target && relocated.is_none() {
        return Ok(format!(
            "Configuration file '{}' is already at version {target}\n",
            path.display()
        ));
    }
    if current < 2 {
        from_unversioned(&mut mapping);
    }
    if current < 3 && target == 3 {
        mapping = to_version_3(mapping);
    }
    let text = serde_yaml::to_string(&mapping).map_err(|error| error.to_string())?;
    if run.args.is_set("dry-run") {
        return Ok(text);
    }
    let backup = keep_original(&path)?;
    let place = relocated.as_deref().unwrap_or(&path);
    write_mapping(place, &mapping)?;
    if relocated.is_some() {
        std::fs::remove_file(&path).map_err(|error| open_error(&path, &error))?;
    }
    Ok(format!(
        "{text}---\nUpgraded configuration file to version {target}: {}\nThe original file is kept as: {}\n",
        place.display(),
        backup.display()
    ))
}

fn current(mapping: &Mapping) -> u64 {
    match mapping.get("version") {
        Some(Value::Number(number)) => number.as_u64().unwrap_or(UNVERSIONED),
        Some(Value::String(text)) => text.parse().unwrap_or(UNVERSIONED),
        _ => UNVERSIONED,
    }
}

/// Copies the file to the first free name beside it.
fn keep_original(path: &Path) -> Result<PathBuf, String> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let names = std::iter::once(format!("{name}.bak"))
        .chain((1..).map(|number| format!("{name}.bak.{number}")));
    let mut free = names
        .map(|name| path.with_file_name(name))
        .filter(|backup| !backup.exists());
    let backup = free.next().unwrap_or_default();
    std::fs::copy(path, &backup).map_err(|error| open_error(path, &error))?;
    Ok(backup)
}

fn rename(mapping: &mut Mapping, names: &[(&str, &str)]) {
    for (old, new) in names {
        if let Some(value) = mapping.shift_remove(*old)
            && !mapping.contains_key(*new)
        {
            mapping.insert((*new).into(), value);
        }
    }
}

/// What an agent before 3.0 read, in version 2: its names, and the region that used to be the default.
fn from_unversioned(mapping: &mut Mapping) {
    rename(mapping, AGENT_RENAMES);
    if let Some(Value::Mapping(tunnels)) = mapping.get_mut("tunnels") {
        for tunnel in tunnels.values_mut().filter_map(Value::as_mapping_mut) {
            rename(tunnel, TUNNEL_RENAMES);
            if let Some(pair) = tunnel.shift_remove("auth") {
                let pairs = match pair {
                    Value::Sequence(pairs) => pairs,
                    pair => vec![pair],
                };
                tunnel.insert("basic_auth".into(), pairs.into());
            }
            if let Some(bind_tls) = tunnel.shift_remove("bind_tls") {
                tunnel.insert("schemes".into(), schemes(&bind_tls).into());
            }
        }
    }
    if !mapping.contains_key("region") && !mapping.contains_key("server_addr") {
        mapping.insert("region".into(), "us".into());
    }
    mapping.insert("version".into(), "2".into());
}

fn schemes(bind_tls: &Value) -> Vec<Value> {
    let names: &[&str] = match bind_tls {
        Value::Bool(false) => &["http"],
        Value::String(text) if text == "false" => &["http"],
        Value::String(text) if text == "both" => &["http", "https"],
        _ => &["https"],
    };
    names.iter().map(|name| (*name).into()).collect()
}

/// Version 3 has the keys of the agent under `agent`, two of them under new names, and no region.
fn to_version_3(mut mapping: Mapping) -> Mapping {
    let mut agent = Mapping::new();
    let keys: Vec<Value> = mapping.keys().cloned().collect();
    for key in keys {
        if matches!(key.as_str(), Some("version" | "tunnels" | "endpoints")) {
            continue;
        }
        let Some(value) = mapping.shift_remove(&key) else {
            continue;
        };
        match key.as_str() {
            Some("region") => {}
            Some("server_addr") => drop(agent.insert("connect_url".into(), value)),
            Some("root_cas") => drop(agent.insert("connect_cas".into(), value)),
            _ => drop(agent.insert(key, value)),
        }
    }
    mapping.insert("version".into(), "3".into());
    if !agent.is_empty() {
        mapping.insert("agent".into(), agent.into());
    }
    mapping
}
