//! The stand-in agent on an address of its own, for tests that run on every system.

use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use ngrok_process::{AgentOptions, AgentOptionsBuilder};
use ngrok_testkit::{agent_bin, eventually};

pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A folder with a configuration file and an address that no other test uses.
pub(crate) struct StandIn {
    folder: tempfile::TempDir,
    addr: SocketAddr,
}

impl StandIn {
    pub(crate) fn new() -> Self {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let stand_in = Self {
            folder: tempfile::tempdir().unwrap(),
            addr: free.local_addr().unwrap(),
        };
        let text = format!(
            "version: 3\nagent:\n  update_check: false\n  web_addr: {}\n",
            stand_in.addr
        );
        fs::write(config(stand_in.folder()), text).unwrap();
        stand_in
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn options(&self) -> AgentOptionsBuilder {
        options(&agent_bin(), self.folder())
    }

    /// Whether the agent's local API listens now.
    pub(crate) fn answers(&self) -> bool {
        TcpStream::connect_timeout(&self.addr, Duration::from_secs(1)).is_ok()
    }

    #[track_caller]
    pub(crate) fn goes(&self, what: &str) {
        assert!(eventually(PATIENCE, || !self.answers()), "{what}");
    }

    /// What a program wrote to a file of the folder, once the line is whole.
    #[track_caller]
    pub(crate) fn written(&self, name: &str) -> String {
        let path = self.folder().join(name);
        let text = || fs::read_to_string(&path).unwrap_or_default();
        assert!(eventually(PATIENCE, || text().ends_with('\n')), "{name}");
        text()
    }
}

/// Options for the stand-in at this path with the configuration file of that folder.
pub(crate) fn options(binary: &Path, folder: &Path) -> AgentOptionsBuilder {
    AgentOptions::builder(binary)
        .config_path(config(folder))
        .env("HOME", folder)
        .startup_timeout(PATIENCE)
        .stop_grace(Duration::from_secs(10))
}

fn config(folder: &Path) -> PathBuf {
    folder.join("ngrok.yml")
}

/// Ends a process that is not a child of this one.
pub(crate) fn end_process(pid: u32) {
    let pid = pid.to_string();
    let mut command = if cfg!(windows) {
        let mut command = Command::new("taskkill");
        command.args(["/F", "/PID", &pid]);
        command
    } else {
        let mut command = Command::new("kill");
        command.args(["-KILL", &pid]);
        command
    };
    assert!(command.status().unwrap().success(), "{pid}");
}
