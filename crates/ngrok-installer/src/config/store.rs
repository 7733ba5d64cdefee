//! The file: one writer at a time, all of the old content or all of the new, and the owner's permissions.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::model::AgentConfig;
use super::rules::get_default_config;
use super::{edit, text};
use crate::atomic::{self, Access, Content, Staged};
use crate::env::Environment;
use crate::error::{Error, ErrorKind, Result};
use crate::lock::FileLock;
use crate::platform::{Platform, default_ngrok_dir};
use ngrok_core::ConfigVersion;
use ngrok_core::Deadline;
use ngrok_core::Secret;

/// How long a writer waits for another one, each of which needs milliseconds.
const LOCK_WAIT: Duration = Duration::from_secs(10);

/// Where the agent looks for its config: `ngrok.yml` in the [default directory](default_ngrok_dir).
///
/// # Errors
/// [`ErrorKind::NoHome`] if the home directory is unknown, [`ErrorKind::Platform`] if there is no agent for this machine.
pub fn default_config_path() -> Result<PathBuf> {
    let directory = default_ngrok_dir(&Environment::process(), Platform::current()?)?;
    Ok(directory.join("ngrok.yml"))
}

/// Reads a config file, now, whatever it held before. Without any key in it, it is the default config of `version`.
///
/// # Errors
/// Those of [`AgentConfig::load`].
pub fn get_ngrok_config(path: impl AsRef<Path>, version: ConfigVersion) -> Result<AgentConfig> {
    let config = AgentConfig::load(path)?;
    if config != AgentConfig::default() {
        return Ok(config);
    }
    format!("version: \"{version}\"\n").parse()
}

/// Writes `data` into the config file, which is made, with its directories, if there is none. Mappings are merged key by
/// key, other values replace what was there; every byte that need not change stays. `version` is only written into a
/// file without one. Nothing is written when nothing changes.
///
/// ```
/// use ngrok_installer::config::{ConfigVersion, install_default_config};
///
/// let directory = tempfile::tempdir()?;
/// let path = directory.path().join("ngrok.yml");
/// std::fs::write(&path, "version: 3\nagent:\n  region: eu # near\n")?;
/// install_default_config(&path, &serde_json::json!({"agent": {"log_level": "debug"}}), ConfigVersion::V3)?;
/// assert_eq!(
///     std::fs::read_to_string(&path)?,
///     "version: 3\nagent:\n  region: eu # near\n  log_level: debug\n"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`ErrorKind::ConfigInvalid`] if the result would break a rule of [`validate_config`](super::validate_config), or `data` is neither a mapping
/// nor null; [`ErrorKind::ConfigEdit`] if the edit cannot be made without touching something else. The file is then as
/// it was. Also the errors of [`AgentConfig::load`] and of writing, and a [timeout](Error::is_timeout) after 10 s behind
/// another writer.
pub fn install_default_config(
    path: impl AsRef<Path>,
    data: &Value,
    version: ConfigVersion,
) -> Result<()> {
    let data = match data {
        Value::Null => Map::new(),
        Value::Object(map) => map.clone(),
        _ => {
            return Err(Error::config(
                ErrorKind::ConfigInvalid,
                "the data to install is no mapping",
            ));
        }
    };
    update(path.as_ref(), |old| {
        let mut wanted = data;
        if old.parse::<AgentConfig>()?.value().get("version").is_none() {
            let default = get_default_config(version);
            for (key, value) in default.as_object().into_iter().flatten() {
                wanted.entry(key).or_insert_with(|| value.clone());
            }
        }
        let new = edit::merge(old, &wanted)?;
        new.parse::<AgentConfig>()?.validate()?;
        Ok(new)
    })
}

/// Puts the authtoken into the config file: at the top in version 2, under `agent` in version 3. A file that is made, or
/// that is empty, gets version 2. Nothing else in the file changes.
///
/// ```
/// use ngrok_installer::config::set_authtoken;
///
/// let directory = tempfile::tempdir()?;
/// let path = directory.path().join("ngrok.yml");
/// std::fs::write(&path, "version: 3\nagent:\n  authtoken: 'old' # mine\n")?;
/// set_authtoken(&path, &"2abc".into())?;
/// assert_eq!(std::fs::read_to_string(&path)?, "version: 3\nagent:\n  authtoken: '2abc' # mine\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`ErrorKind::ConfigInvalid`] if the token is empty or holds white space or control characters, else as
/// [`install_default_config`]. No error holds the token.
pub fn set_authtoken(path: impl AsRef<Path>, token: &Secret) -> Result<()> {
    set_secret(path.as_ref(), "authtoken", token)
}

/// Puts the API key into the config file, as [`set_authtoken`] does the authtoken.
///
/// # Errors
/// Those of [`set_authtoken`].
pub fn set_api_key(path: impl AsRef<Path>, key: &Secret) -> Result<()> {
    set_secret(path.as_ref(), "api_key", key)
}

fn set_secret(path: &Path, key: &'static str, secret: &Secret) -> Result<()> {
    let invalid = |what: &str| {
        Err(Error::config(
            ErrorKind::ConfigInvalid,
            format!("the new `{key}` {what}"),
        ))
    };
    if secret.is_empty() {
        return invalid("is empty");
    }
    if key == "authtoken" {
        ngrok_core::check_authtoken(secret.expose())
            .map_err(|error| Error::config(ErrorKind::ConfigInvalid, error.to_string()))?;
    }
    if secret
        .expose()
        .contains(|c: char| c.is_whitespace() || c.is_control())
    {
        return invalid("holds white space or a control character");
    }
    update(path, |old| {
        let current = old.parse::<AgentConfig>()?;
        let entry = json!({key: secret.expose()});
        let wanted = match (current.version(), current.value().get("agent")) {
            (Some(ConfigVersion::V3), None | Some(Value::Null | Value::Object(_))) => {
                json!({"agent": entry})
            }
            (Some(ConfigVersion::V3), Some(_)) => return refuse("`agent` is no mapping"),
            (None, Some(_)) => {
                return refuse(
                    "it has `agent`, as in version 3, but no `version`; add `version: 3` first",
                );
            }
            (None, None) if current == AgentConfig::default() => {
                json!({"version": ConfigVersion::default().as_str(), key: secret.expose()})
            }
            _ => entry,
        };
        edit::merge(old, wanted.as_object().unwrap_or(&Map::new()))
    })
}

fn refuse<T>(reason: &str) -> Result<T> {
    let message = format!("left as it was: {reason}");
    Err(Error::config(ErrorKind::ConfigEdit, message))
}

/// Replaces the content of the file, nothing where there is none yet, by what `change` makes of it.
fn update(path: &Path, change: impl FnOnce(&str) -> Result<String>) -> Result<()> {
    let directory = atomic::parent(path);
    fs::create_dir_all(directory).map_err(|e| Error::io("create", directory, e))?;
    let target = follow_links(path)?;
    let _lock = FileLock::acquire(&target, Deadline::after(LOCK_WAIT), || Ok(()))?;
    atomic::clear_leftovers(&target, Content::Data);
    let old = match text::read(&target) {
        Err(error) if error.is_not_found() => None,
        other => Some(other?),
    };
    let new = change(old.as_deref().unwrap_or_default()).map_err(|error| error.in_file(path))?;
    if old.as_ref() == Some(&new) {
        return Ok(());
    }
    let before = fs::metadata(&target).ok();
    let mut staged = Staged::with(&target, new.as_bytes(), access(before.as_ref()))?;
    if let Some(before) = before {
        keep_owner(staged.file(), &before);
    }
    staged.place()
}

/// The file itself where `path` is a symbolic link, as it is with files that are kept in a repository: it is what gets
/// replaced, and the link stays.
fn follow_links(path: &Path) -> Result<PathBuf> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_symlink() => {
            fs::canonicalize(path).map_err(|e| Error::io("follow the link", path, e))
        }
        _ => Ok(path.to_path_buf()),
    }
}

#[cfg(unix)]
fn access(before: Option<&fs::Metadata>) -> Access {
    use std::os::unix::fs::PermissionsExt;
    before.map_or(Access::OwnerData, |found| {
        Access::Mode(found.permissions().mode())
    })
}

#[cfg(not(unix))]
fn access(_before: Option<&fs::Metadata>) -> Access {
    Access::OwnerData
}

/// Root edits a user's file: it stays the user's, who could not read it otherwise. It is the open file that is given
/// away, before it has its name: in the user's directory a link to any file could take that name.
#[cfg(unix)]
fn keep_owner(file: &File, before: &fs::Metadata) {
    use std::os::unix::fs::{MetadataExt, fchown};
    let owner = |found: &fs::Metadata| (found.uid(), found.gid());
    if file
        .metadata()
        .is_ok_and(|now| owner(&now) != owner(before))
    {
        // Best effort: nobody but root may give files away.
        let _ = fchown(file, Some(before.uid()), Some(before.gid()));
    }
}

#[cfg(not(unix))]
fn keep_owner(_file: &File, _before: &fs::Metadata) {}
