//! The agent as a process, with a home of its own.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use ngrok_testkit::agent_bin;

/// The agent with a home of its own and nothing else of the environment.
pub(crate) fn agent(home: &Path, args: &str) -> Command {
    let mut command = Command::new(agent_bin());
    command
        .args(args.split_whitespace())
        .env_clear()
        .env("HOME", home);
    command
}

pub(crate) fn run(home: &Path, args: &str) -> (i32, String, String) {
    output(&mut agent(home, args))
}

pub(crate) fn output(command: &mut Command) -> (i32, String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap_or(-1), text(stdout), text(stderr))
}

/// A started agent that is killed at the end, however that comes.
pub(crate) struct Started {
    pub(crate) child: Child,
    pub(crate) lines: Box<dyn BufRead + Send>,
    /// Lines read so far.
    pub(crate) seen: Vec<String>,
}

impl Started {
    pub(crate) fn new(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let lines = Box::new(BufReader::new(child.stdout.take().unwrap()));
        Self {
            child,
            lines,
            seen: Vec::new(),
        }
    }

    /// Reads up to a line with a text.
    pub(crate) fn read_to(&mut self, text: &str) -> String {
        loop {
            let mut line = String::new();
            assert!(
                self.lines.read_line(&mut line).unwrap() > 0,
                "{:?}",
                self.seen
            );
            self.seen.push(line.trim_end().to_owned());
            if line.contains(text) {
                return line;
            }
        }
    }

    pub(crate) fn api_url(&mut self) -> String {
        let line = self.read_to("starting web service");
        let addr = line
            .split_whitespace()
            .find_map(|w| w.strip_prefix("addr="));
        let url = format!("http://{}", addr.unwrap());
        self.read_to("tunnel session started");
        url
    }

    pub(crate) fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-s", name, &pid])
                .status()
                .unwrap()
                .success()
        );
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn config(home: &Path, name: &str, text: &str) -> String {
    let path = home.join(name);
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}
