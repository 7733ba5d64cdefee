//! The agent as a plain child process, with none of the suite's crates between.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use ngrok_edge::AgentConfig;

use super::{signal, until};

/// A running agent; dropping it kills it.
pub(crate) struct Agent {
    child: Child,
    reader: Option<JoinHandle<()>>,
    lines: Arc<Mutex<Vec<String>>>,
    pub(crate) config: AgentConfig,
}

impl Agent {
    /// `ngrok start --none` with this configuration and more arguments.
    pub(crate) fn start(binary: &Path, config: &AgentConfig, more: &[&str]) -> Self {
        let mut child = Command::new(binary)
            .args(["start", "--none", "--log", "stdout", "--config"])
            .arg(config.file())
            .args(more)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = Arc::new(Mutex::new(Vec::new()));
        let (stdout, sink) = (child.stdout.take().unwrap(), lines.clone());
        let reader = std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                sink.lock().unwrap().push(line);
            }
        });
        Self {
            child,
            reader: Some(reader),
            lines,
            config: config.clone(),
        }
    }

    pub(crate) fn log(&self) -> String {
        self.lines.lock().unwrap().join("\n")
    }

    pub(crate) fn count_in_log(&self, part: &str) -> usize {
        self.log().matches(part).count()
    }

    #[track_caller]
    pub(crate) fn wait_for_log(&self, part: &str) {
        until(&format!("{part:?} in the agent's log"), || {
            self.count_in_log(part) > 0
        });
    }

    /// How it ends, once its last line is read.
    pub(crate) fn exit(&mut self) -> ExitStatus {
        until("the agent's exit", || {
            self.child.try_wait().unwrap().is_some()
        });
        if let Some(reader) = self.reader.take() {
            reader.join().unwrap();
        }
        self.child.wait().unwrap()
    }

    pub(crate) fn signal(&self, name: &str) {
        signal(self.child.id(), name);
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            println!("the agent's log:\n{}", self.log());
        }
    }
}
