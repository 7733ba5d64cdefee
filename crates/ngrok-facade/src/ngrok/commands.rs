//! Commands of the agent's binary, and the secrets in its config file.

use std::ffi::OsString;
use std::process::ExitStatus;

use ngrok_installer::config;
use ngrok_process::{ApiResponse, Secret};
use serde_json::Value;

use super::Ngrok;
use crate::Result;

impl Ngrok {
    /// Saves the authtoken in the config file, which is made if there is none; its comments and the order of its keys
    /// stay. The token shows in no process list.
    ///
    /// # Errors
    ///
    /// [`Error::Install`](crate::Error::Install) if the file cannot be edited; it is then as it was.
    pub fn set_auth_token(&self, token: impl Into<Secret>) -> Result<()> {
        let token = ngrok_installer::Secret::new(token.into().expose());
        self.prepare_config_file()?;
        Ok(config::set_authtoken(self.config().config_path()?, &token)?)
    }

    /// Saves the key of ngrok's cloud API in the config file, as [`set_auth_token`](Self::set_auth_token) does the token.
    ///
    /// # Errors
    ///
    /// As for [`set_auth_token`](Self::set_auth_token).
    pub fn set_api_key(&self, key: impl Into<Secret>) -> Result<()> {
        let key = ngrok_installer::Secret::new(key.into().expose());
        self.prepare_config_file()?;
        Ok(config::set_api_key(self.config().config_path()?, &key)?)
    }

    /// A new file gets the version that was asked for, and so the secret its right place.
    fn prepare_config_file(&self) -> Result<()> {
        let (path, version) = (self.config().config_path()?, self.config().config_version());
        if let Some(version) = version.filter(|_| std::fs::symlink_metadata(&path).is_err()) {
            config::install_default_config(&path, &Value::Null, version)?;
        }
        Ok(())
    }

    /// The versions of the agent, which is installed if it is missing, and of this crate.
    ///
    /// # Errors
    ///
    /// [`Error::Install`](crate::Error::Install) and [`Error::Agent`](crate::Error::Agent).
    pub fn version(&self) -> Result<(String, &'static str)> {
        self.install()?;
        let agent = ngrok_process::version(self.config().ngrok_path())?;
        Ok((agent, env!("CARGO_PKG_VERSION")))
    }

    /// Lets the agent, which is installed if it is missing, update itself, and returns what it printed.
    ///
    /// # Errors
    ///
    /// [`Error::Install`](crate::Error::Install) and [`Error::Agent`](crate::Error::Agent).
    pub fn update(&self) -> Result<String> {
        self.install()?;
        Ok(ngrok_process::update(self.config().ngrok_path())?)
    }

    /// Runs `ngrok api` with these arguments: the agent's own way to the cloud API. It needs an API key, which goes to the
    /// agent by its environment or the config file.
    ///
    /// # Errors
    ///
    /// [`Error::Install`](crate::Error::Install), and [`Error::Agent`](crate::Error::Agent) if the agent fails.
    pub fn api<T: Into<OsString>>(&self, args: impl IntoIterator<Item = T>) -> Result<ApiResponse> {
        self.install()?;
        let file = self.config().config_file()?;
        let options = super::start::options(self.config(), file.as_ref()).build();
        Ok(ngrok_process::api(&options, args)?)
    }

    /// Runs the agent with these arguments, its stdin, stdout and stderr those of this program, and waits for its end.
    ///
    /// # Errors
    ///
    /// [`Error::Install`](crate::Error::Install), and [`Error::Agent`](crate::Error::Agent) if it cannot be run.
    pub fn run<T: Into<OsString>>(&self, args: impl IntoIterator<Item = T>) -> Result<ExitStatus> {
        self.install()?;
        Ok(ngrok_process::run_process(
            self.config().ngrok_path(),
            args,
        )?)
    }
}
