//! The agent that is looked at: the real one over an edge, or the stand-in.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Command, Output};

use ngrok_edge::{AgentConfig, Edge};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::child::Agent;
use crate::support::public::{self, Response};
use crate::support::{local, until};

pub(super) struct Subject {
    binary: PathBuf,
    home: TempDir,
    is_real: bool,
}

/// A running agent and what it needs to live.
pub(super) struct Running {
    pub(super) agent: Agent,
    edge: Edge,
    is_real: bool,
}

impl Subject {
    pub(super) fn real(binary: PathBuf) -> Self {
        Self {
            binary,
            home: TempDir::new().unwrap(),
            is_real: true,
        }
    }

    pub(super) fn stand_in() -> Self {
        Self {
            binary: ngrok_testkit::agent_bin(),
            home: TempDir::new().unwrap(),
            is_real: false,
        }
    }

    pub(super) fn is_real(&self) -> bool {
        self.is_real
    }

    /// Up, with its session established. The stand-in takes the same configuration and needs no edge.
    pub(super) fn running(&self) -> Running {
        self.running_with("", &[])
    }

    /// The same with more lines in the configuration and more arguments.
    pub(super) fn running_with(&self, lines: &str, args: &[&str]) -> Running {
        let edge = Edge::start().unwrap();
        let config = edge.agent_config().unwrap().with(lines).unwrap();
        let agent = Agent::start(&self.binary, &config, args);
        until("the local API", || {
            TcpStream::connect(config.web_addr()).is_ok()
        });
        if args.is_empty() {
            agent.wait_for_log("client session established");
        }
        Running {
            agent,
            edge,
            is_real: self.is_real,
        }
    }

    /// One command to its end, in a home of its own.
    pub(super) fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// `start --none` that is expected to end by itself.
    pub(super) fn failing_start(&self, config: &AgentConfig) -> Output {
        let file = config.file().to_str().unwrap();
        self.run(&["start", "--none", "--log", "stdout", "--config", file])
    }

    /// A start whose authtoken is refused with this text.
    pub(super) fn refused_start(&self, text: &str) -> Output {
        let edge = Edge::start().unwrap();
        edge.refuse_auth(text);
        let config = edge.agent_config().unwrap();
        let file = config.file().to_str().unwrap();
        self.command(&["start", "--none", "--log", "stdout", "--config", file])
            .env("LOOPBACK_AGENT_REFUSE_SESSION", text)
            .output()
            .unwrap()
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command
            .args(args)
            .env("HOME", self.home.path())
            .env_remove("XDG_CONFIG_HOME")
            .env_remove("NGROK_AUTHTOKEN")
            .current_dir(self.home.path());
        command
    }
}

impl Running {
    pub(super) fn call(&self, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
        local::call(&self.agent, method, path, body.as_ref())
    }

    pub(super) fn open(&self, tunnel: &Value) -> String {
        local::open(&self.agent, tunnel)
    }

    /// A public request; `None` if the connection is closed without an answer.
    pub(super) fn get(&self, url: &str, path: &str) -> Option<Response> {
        let mut connection = public::connect_at(&self.edge, self.public_addr(url), url);
        connection.send_request("GET", path, &[("Connection", "close")], b"");
        connection.response_if_any()
    }

    /// The stand-in's public URLs hold the address at which they are served.
    fn public_addr(&self, url: &str) -> SocketAddr {
        if self.is_real {
            self.edge.public_addr(url).unwrap()
        } else {
            url.split("//").nth(1).unwrap().parse().unwrap()
        }
    }

    /// What comes back on a connection whose client has finished first.
    pub(super) fn half_closed(&self, url: &str) -> String {
        let mut socket = TcpStream::connect(self.public_addr(url)).unwrap();
        let mut echo = [0; 4];
        socket.write_all(b"ping").unwrap();
        socket.read_exact(&mut echo).unwrap();
        socket.shutdown(Shutdown::Write).unwrap();
        let rest = socket.read(&mut echo);
        format!(
            "then the other half ends ({})",
            if rest.is_ok_and(|size| size == 0) {
                "closed"
            } else {
                "reset"
            }
        )
    }

    pub(super) fn lose_session(&self) {
        if self.is_real {
            self.edge.go_down();
        } else {
            self.order_session(false);
        }
        self.agent.wait_for_log("session closed");
    }

    pub(super) fn find_session(&self) {
        if self.is_real {
            self.edge.come_back().unwrap();
        } else {
            self.order_session(true);
        }
        // Two lines say it, in one order or the other.
        until("the second session", || {
            let twice = |line| self.agent.count_in_log(line) == 2;
            twice("client session established") && twice("tunnel session started")
        });
    }

    fn order_session(&self, up: bool) {
        let (status, answer) = self.call("POST", "/testkit/session", Some(json!({ "up": up })));
        assert_eq!(status, 204, "{answer}");
    }
}
