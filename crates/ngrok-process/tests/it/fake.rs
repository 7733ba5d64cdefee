//! Agents that are shell scripts, and a local API that the test itself serves for them.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use ngrok_process::{AgentOptions, AgentOptionsBuilder};

/// A script in a folder of its own.
pub(crate) struct Fake {
    dir: tempfile::TempDir,
}

impl Fake {
    /// The script finds its arguments in `$@` and its folder in `$DIR`.
    pub(crate) fn new(script: &str) -> Self {
        let fake = Self {
            dir: tempfile::tempdir().unwrap(),
        };
        let dir = fake.dir().display();
        fs::write(fake.path(), format!("#!/bin/sh\nDIR='{dir}'\n{script}\n")).unwrap();
        fs::set_permissions(fake.path(), fs::Permissions::from_mode(0o755)).unwrap();
        fake
    }

    /// An agent that becomes ready, then goes on with `script`; the API is served as long as `api` lives.
    pub(crate) fn ready(api: &Api, script: &str) -> Self {
        Self::new(&format!("{}\n{script}", ready_lines(&api.addr)))
    }

    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.dir.path().join("ngrok")
    }

    pub(crate) fn options(&self) -> AgentOptionsBuilder {
        AgentOptions::builder(self.path())
            .startup_timeout(Duration::from_secs(20))
            .stop_grace(Duration::from_secs(5))
    }

    /// What the script wrote to a file of its folder, once it has.
    pub(crate) fn written(&self, name: &str) -> String {
        let path = self.dir().join(name);
        eventually(|| fs::read_to_string(&path).is_ok_and(|text| text.ends_with('\n')));
        fs::read_to_string(&path).unwrap()
    }
}

/// Shell commands that print what an agent prints until it is ready.
pub(crate) fn ready_lines(addr: &str) -> String {
    format!(
        "echo 't=1 lvl=info msg=\"starting web service\" obj=web addr={addr}'
echo 't=1 lvl=info msg=\"client session established\" obj=tunnels.session obj=csess id=1'
echo 't=1 lvl=info msg=\"tunnel session started\" obj=tunnels.session'"
    )
}

/// Answers every request with an empty list of tunnels.
pub(crate) struct Api {
    pub(crate) addr: String,
    pub(crate) calls: Arc<AtomicU64>,
}

impl Api {
    pub(crate) fn serve() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = listener.local_addr().unwrap().to_string();
        let calls = Arc::new(AtomicU64::new(0));
        let counter = calls.clone();
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let mut head = BufReader::new(stream.try_clone().unwrap()).lines();
                while head
                    .next()
                    .is_some_and(|line| line.is_ok_and(|line| !line.is_empty()))
                {}
                counter.fetch_add(1, Ordering::Relaxed);
                let body = r#"{"tunnels":[],"uri":"/api/tunnels"}"#;
                let _ = write!(
                    stream,
                    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
                    body.len()
                );
            }
        });
        Self { addr, calls }
    }
}

/// Polls the condition for 20 s.
#[track_caller]
pub(crate) fn eventually(mut condition: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(20);
    while !condition() {
        assert!(Instant::now() < end, "the condition did not come true");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Whether a process of this id is there, a zombie included.
pub(crate) fn exists(pid: u32) -> bool {
    Path::new(&format!("/proc/{pid}")).exists()
}

/// Whether the process is there and no zombie: an orphan is for init to reap.
pub(crate) fn is_running(pid: u32) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| {
        !stat
            .rsplit_once(')')
            .unwrap()
            .1
            .trim_start()
            .starts_with('Z')
    })
}
