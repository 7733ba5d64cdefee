//! pyngrok's functions over one default handle.

use std::ffi::OsString;
use std::process::ExitStatus;
use std::sync::{Mutex, PoisonError};

use ngrok_process::{Agent, Secret};

use crate::{ApiResponse, Config, ConnectOptions, Ngrok, Result, Tunnel};

static DEFAULT: Mutex<Option<Ngrok>> = Mutex::new(None);

/// The handle that the free functions use.
///
/// # Errors
///
/// Those of [`ConfigBuilder::build`](crate::ConfigBuilder::build), on first use.
pub fn default_ngrok() -> Result<Ngrok> {
    let mut slot = DEFAULT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(ngrok) = slot.as_ref() {
        return Ok(ngrok.clone());
    }
    Ok(slot.insert(Ngrok::new(Config::builder().build()?)).clone())
}

/// The config that the free functions use.
///
/// # Errors
///
/// As for [`default_ngrok`].
pub fn default_config() -> Result<Config> {
    Ok(default_ngrok()?.config().clone())
}

/// Sets the config that the free functions use from now on. What was opened with the one before stays open as long as
/// a [`Tunnel`] or a [`Ngrok`] of it lives.
pub fn set_default_config(config: Config) {
    let fresh = Ngrok::new(config);
    let old = DEFAULT
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .replace(fresh);
    // Dropped here, with the lock free again: the agent may take a moment to end.
    drop(old);
}

/// [`Ngrok::install`] of the default handle.
///
/// # Errors
///
/// As for the method.
pub fn install_ngrok() -> Result<()> {
    default_ngrok()?.install()
}

/// [`Ngrok::set_auth_token`] of the default handle.
///
/// # Errors
///
/// As for the method.
pub fn set_auth_token(token: impl Into<Secret>) -> Result<()> {
    default_ngrok()?.set_auth_token(token)
}

/// [`Ngrok::set_api_key`] of the default handle.
///
/// # Errors
///
/// As for the method.
pub fn set_api_key(key: impl Into<Secret>) -> Result<()> {
    default_ngrok()?.set_api_key(key)
}

/// [`Ngrok::process`] of the default handle.
///
/// # Errors
///
/// As for the method.
pub fn get_ngrok_process() -> Result<Agent> {
    default_ngrok()?.process()
}

/// [`Ngrok::connect`] of the default handle.
///
/// ```no_run
/// # fn main() -> ngrok_facade::Result<()> {
/// let tunnel = ngrok_facade::connect(8080)?;
/// println!("{}", tunnel.public_url());
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// As for the method.
pub fn connect(options: impl Into<ConnectOptions>) -> Result<Tunnel> {
    default_ngrok()?.connect(options)
}

/// [`Ngrok::connect_all`] of the default handle.
///
/// # Errors
///
/// As for the method.
pub fn connect_all() -> Result<Vec<Tunnel>> {
    default_ngrok()?.connect_all()
}

/// [`Ngrok::disconnect`] of the default handle.
///
/// # Errors
///
/// As for the method.
pub fn disconnect(public_url: impl AsRef<str>) -> Result<()> {
    default_ngrok()?.disconnect(public_url)
}

/// [`Ngrok::tunnels`] of the default handle.
///
/// # Errors
///
/// As for the method.
pub fn get_tunnels() -> Result<Vec<Tunnel>> {
    default_ngrok()?.tunnels()
}

/// [`Ngrok::kill`] of the default handle.
///
/// # Errors
///
/// As for [`default_ngrok`].
pub fn kill() -> Result<()> {
    default_ngrok()?.kill();
    Ok(())
}

/// [`Ngrok::api`] of the default handle.
///
/// # Errors
///
/// As for the method.
pub fn api<T: Into<OsString>>(args: impl IntoIterator<Item = T>) -> Result<ApiResponse> {
    default_ngrok()?.api(args)
}

/// [`Ngrok::version`] of the default handle.
///
/// # Errors
///
/// As for the method.
pub fn get_version() -> Result<(String, &'static str)> {
    default_ngrok()?.version()
}

/// [`Ngrok::update`] of the default handle.
///
/// # Errors
///
/// As for the method.
pub fn update() -> Result<String> {
    default_ngrok()?.update()
}

/// [`Ngrok::run`] of the default handle.
///
/// # Errors
///
/// As for the method.
pub fn run<T: Into<OsString>>(args: impl IntoIterator<Item = T>) -> Result<ExitStatus> {
    default_ngrok()?.run(args)
}
