//! The functions of pyngrok's installer, under their own names, for this machine and the process's environment.

use std::path::{Path, PathBuf};

use crate::env::Environment;
use crate::error::Result;
use crate::installer::Installer;
use crate::platform::{Platform, default_ngrok_dir};
use crate::receipt::Receipt;

/// The directory that holds `ngrok.yml` and the binary: [`default_ngrok_dir`] of this machine.
///
/// # Errors
/// [`Platform`](crate::ErrorKind::Platform), [`NoHome`](crate::ErrorKind::NoHome).
pub fn get_default_ngrok_dir() -> Result<PathBuf> {
    default_ngrok_dir(&Environment::process(), Platform::current()?)
}

/// The name of this operating system: `darwin`, `windows`, `linux` or `freebsd`.
///
/// # Errors
/// [`Platform`](crate::ErrorKind::Platform) if ngrok publishes no agent for it.
pub fn get_system() -> Result<&'static str> {
    Ok(Platform::current()?.os().name())
}

/// The class of this processor: `i386` or `x86_64`, with `_arm` appended for ARM, or `s390x`, `ppc64`, `ppc64le`.
///
/// # Errors
/// [`Platform`](crate::ErrorKind::Platform) if ngrok publishes no agent for it.
pub fn get_arch() -> Result<&'static str> {
    Ok(Platform::current()?.arch().name())
}

/// The binary's file name on this system: `ngrok` or `ngrok.exe`.
///
/// # Errors
/// [`Platform`](crate::ErrorKind::Platform) if ngrok publishes no agent for it.
pub fn get_ngrok_bin() -> Result<&'static str> {
    Ok(Platform::current()?.binary_name())
}

/// Where the stable channel's build for this machine is downloaded from.
///
/// # Errors
/// [`Platform`](crate::ErrorKind::Platform) if ngrok publishes no agent for it.
pub fn get_ngrok_cdn_url() -> Result<String> {
    Ok(Platform::current()?.stable_url())
}

/// Downloads the stable channel's build and puts it at `path`, overwriting what is there.
///
/// [`Installer`] does the same with options, and without overwriting by default.
///
/// # Errors
/// See [`Installer::install`].
pub fn install_ngrok(path: impl AsRef<Path>) -> Result<Receipt> {
    Installer::builder()
        .path(path.as_ref())
        .force(true)
        .build()?
        .install()
}
