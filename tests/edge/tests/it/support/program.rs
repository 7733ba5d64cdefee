//! Programs of their own: ignored tests of this very binary, run by name with their instructions in the environment.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::until;

const HOW: &str = "EDGE_TEST_HOW";
const CONFIG: &str = "EDGE_TEST_CONFIG";
const BINARY: &str = "EDGE_TEST_BINARY";

/// What a program is told.
pub(crate) struct Instructions {
    pub(crate) binary: PathBuf,
    pub(crate) config: PathBuf,
    pub(crate) how: String,
}

/// Starts the ignored test `name` as a program, its output piped.
pub(crate) fn start(name: &str, binary: &Path, config: &Path, how: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--ignored", "--nocapture", "--quiet"])
        .env(HOW, how)
        .env(CONFIG, config)
        .env(BINARY, binary)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// The same, to its end; its output.
pub(crate) fn run(name: &str, binary: &Path, config: &Path, how: &str) -> String {
    let output = start(name, binary, config, how).wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}");
    text
}

/// In the program: what it is told; `None` if somebody runs the ignored tests.
pub(crate) fn instructions() -> Option<Instructions> {
    Some(Instructions {
        how: std::env::var(HOW).ok()?,
        config: std::env::var_os(CONFIG)?.into(),
        binary: std::env::var_os(BINARY)?.into(),
    })
}

/// What a process has open, and how much memory it takes.
#[derive(Clone, Copy)]
pub(crate) struct Footprint {
    descriptors: usize,
    threads: usize,
    children: usize,
    kilobytes: u64,
}

impl Footprint {
    pub(crate) fn now() -> Self {
        let count = |path: &str| std::fs::read_dir(path).unwrap().count();
        let tasks = std::fs::read_dir("/proc/self/task").unwrap();
        let children_of = |task: std::fs::DirEntry| {
            let children = std::fs::read_to_string(task.path().join("children"));
            children.map_or(0, |children| children.split_whitespace().count())
        };
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let resident = status
            .lines()
            .find(|line| line.starts_with("VmRSS"))
            .unwrap();
        Self {
            descriptors: count("/proc/self/fd"),
            threads: count("/proc/self/task"),
            children: tasks.map_while(Result::ok).map(children_of).sum(),
            kilobytes: resident.split_whitespace().nth(1).unwrap().parse().unwrap(),
        }
    }

    /// Waits until no more is open than at this time, since a thread that has said that all is over may take a moment to be over itself; and says what was and is.
    pub(crate) fn assert_no_growth(self, megabytes: u64) {
        let mut after = Self::now();
        until("no growth", || {
            after = Self::now();
            after.descriptors <= self.descriptors
                && after.threads <= self.threads
                && after.children <= self.children
        });
        println!("before: {self}; after: {after}");
        assert!(
            after.kilobytes < self.kilobytes + megabytes * 1024,
            "memory has grown"
        );
    }
}

impl fmt::Display for Footprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} descriptors, {} threads, {} children, {} kB",
            self.descriptors, self.threads, self.children, self.kilobytes
        )
    }
}
