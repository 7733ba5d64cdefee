//! The configuration that leads an agent to an edge.

use std::fmt::Write as _;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// A version 2 configuration file for one agent, in the edge's folder: the file lives as long as the [`Edge`](crate::Edge).
#[derive(Debug, Clone)]
pub struct AgentConfig {
    pub(crate) file: PathBuf,
    pub(crate) web_addr: SocketAddr,
    pub(crate) authtoken: String,
    pub(crate) yaml: String,
}

impl AgentConfig {
    pub(crate) fn new(
        folder: &Path,
        authtoken: String,
        server: SocketAddr,
        web_addr: SocketAddr,
    ) -> io::Result<Self> {
        let mut yaml = String::new();
        let ca = folder.join("ca.pem");
        // An address and not a name: for a name the agent tries public DNS servers once the edge is gone. Nor may it look for updates.
        let _ = write!(
            yaml,
            "version: \"2\"\nauthtoken: {authtoken}\nweb_addr: {web_addr}\nserver_addr: {server}\nroot_cas: {}\nupdate_check: false\n",
            ca.display()
        );
        Self {
            file: folder.join(format!("agent-{}.yml", web_addr.port())),
            web_addr,
            authtoken,
            yaml: String::new(),
        }
        .with(&yaml)
    }

    /// The file.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// The text of the file.
    pub fn yaml(&self) -> &str {
        &self.yaml
    }

    /// Where the agent will serve its local API; no other test gets this port.
    pub fn web_addr(&self) -> SocketAddr {
        self.web_addr
    }

    /// [`web_addr`](Self::web_addr) as a URL.
    pub fn api_url(&self) -> String {
        format!("http://{}", self.web_addr)
    }

    /// The authtoken in the file, one of its own for each configuration.
    pub fn authtoken(&self) -> &str {
        &self.authtoken
    }

    /// Adds lines to the file, at the top level.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    pub fn with(mut self, lines: &str) -> io::Result<Self> {
        self.yaml.push_str(lines);
        if !lines.ends_with('\n') {
            self.yaml.push('\n');
        }
        std::fs::write(&self.file, &self.yaml)?;
        Ok(self)
    }
}
