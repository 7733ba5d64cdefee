//! ngrok's cloud API with the key of a handle's config.

use ngrok_cloudapi::Client;
use ngrok_installer::config::AgentConfig;

use super::Ngrok;
use crate::env::{API_URL, Environment};
use crate::{Error, Result};

impl Ngrok {
    /// A client of ngrok's cloud API. Its key is the one of the [`Config`](crate::Config) (and so `NGROK_API_KEY`), else
    /// that of the config file. `NGROK_API_URL` names another service than ngrok's own.
    ///
    /// # Errors
    ///
    /// [`Error::NoApiKey`] if there is no key; [`Error::Install`] if the config file cannot be read; [`Error::Cloud`] if the
    /// URL is none.
    pub fn cloud(&self) -> Result<Client> {
        let key = match self.config().api_key() {
            Some(key) => key.expose().to_owned(),
            None => {
                let in_file = self
                    .config()
                    .config_file()?
                    .as_ref()
                    .and_then(AgentConfig::api_key);
                in_file.ok_or(Error::NoApiKey)?.expose().to_owned()
            }
        };
        let mut builder = Client::builder(key);
        if let Some(url) = Environment::process().text(API_URL) {
            builder = builder.base_url(url);
        }
        Ok(builder.build()?)
    }
}
