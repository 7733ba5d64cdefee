//! Finds, reads, checks and edits the agent's config file, [`ngrok.yml`](https://ngrok.com/docs/agent/config/).
//!
//! The file is the user's: an edit changes the keys it must and leaves every other byte (comments, order, quoting, line
//! ends) alone, or is refused with the reason. It is proven before it is written: the new text is read again and compared
//! with what was meant.
//!
//! ```
//! use ngrok_installer::config::{self, AgentConfig};
//!
//! let directory = tempfile::tempdir()?;
//! let path = directory.path().join("ngrok.yml");
//! std::fs::write(&path, "version: 2 # keep\ntunnels:\n  web: {proto: http, addr: 8080}\n")?;
//!
//! config::set_authtoken(&path, &"2abc".into())?;
//!
//! let config = AgentConfig::load(&path)?;
//! assert_eq!(config.authtoken(), Some("2abc".into()));
//! assert_eq!(config.tunnel("web").unwrap()["addr"], 8080);
//! assert!(std::fs::read_to_string(&path)?.starts_with("version: 2 # keep\n"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod check;
mod edit;
mod facts;
mod guards;
mod model;
mod policy;
mod read;
mod rules;
mod settings;
mod show;
mod store;
mod syntax;
mod text;

pub use check::{Check, Problem, check, check_text};
pub use facts::line_of;
pub use model::AgentConfig;
pub use ngrok_core::definition::Severity;
pub use ngrok_core::{AgentVersion, ConfigVersion};
pub use policy::read_traffic_policy_file;
pub use read::parse_yaml;
pub use rules::{get_default_config, validate_config};
pub use settings::{AgentSettings, Extra, WebAddr};
pub use show::show;
pub use store::{
    default_config_path, get_ngrok_config, install_default_config, set_api_key, set_authtoken,
};
