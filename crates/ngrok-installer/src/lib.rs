#![doc = include_str!("../README.md")]

mod atomic;
#[cfg(feature = "config")]
pub mod config;
mod digest;
mod directory;
#[cfg(feature = "download")]
mod download;
mod env;
mod error;
mod extract;
mod feed;
mod header;
mod installer;
mod lock;
mod platform;
mod progress;
mod receipt;
mod reference;
mod releases;
mod source;
mod trust;

#[cfg(feature = "config")]
pub use config::{get_default_config, get_ngrok_config, install_default_config, validate_config};
pub use env::Environment;
pub use error::{Error, ErrorKind, Result};
pub use installer::{Installer, InstallerBuilder};
pub use ngrok_core::Secret;
pub use platform::{Arch, Os, Platform, default_ngrok_dir};
pub use progress::{Progress, Stage};
pub use receipt::{Outcome, Receipt, verify_installed};
pub use reference::{
    get_arch, get_default_ngrok_dir, get_ngrok_bin, get_ngrok_cdn_url, get_system, install_ngrok,
};
pub use releases::{Release, releases};
pub use source::Source;
pub use trust::check_place;
