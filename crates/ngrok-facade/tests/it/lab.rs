//! A place of its own for each test: a folder, a config file, an upstream, and a handle on the loopback agent.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::time::Duration;

use ngrok_facade::{Config, ConfigBuilder, ConfigVersion, Ngrok};
use ngrok_testkit::{Upstream, agent_bin};
use tempfile::TempDir;

pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) struct Lab {
    pub(crate) folder: TempDir,
    pub(crate) upstream: Upstream,
}

impl Lab {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            upstream: Upstream::start().unwrap(),
        }
    }

    /// The config file, which does not exist unless a test writes it.
    pub(crate) fn file(&self) -> PathBuf {
        self.folder.path().join("ngrok.yml")
    }

    pub(crate) fn write(&self, text: &str) {
        std::fs::write(self.file(), text).unwrap();
        // A file with a token that others may read is a finding of its own.
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let private = std::fs::Permissions::from_mode(0o600);
            std::fs::set_permissions(self.file(), private).unwrap();
        }
    }

    pub(crate) fn read(&self) -> String {
        std::fs::read_to_string(self.file()).unwrap()
    }

    pub(crate) fn builder(&self) -> ConfigBuilder {
        Config::builder()
            .ngrok_path(agent_bin())
            .config_path(self.file())
    }

    pub(crate) fn ngrok(&self) -> Ngrok {
        Ngrok::new(self.builder().build().unwrap())
    }

    pub(crate) fn endpoints(&self) -> Ngrok {
        Ngrok::new(
            self.builder()
                .config_version(ConfigVersion::V3)
                .build()
                .unwrap(),
        )
    }

    /// `127.0.0.1:PORT` of the upstream.
    pub(crate) fn addr(&self) -> String {
        self.upstream.addr().to_string()
    }
}

/// The status and body that a visitor of an http URL of this machine gets; `None` if nobody answers.
pub(crate) fn visit(url: &str) -> Option<(u16, String)> {
    let rest = url.strip_prefix("http://")?;
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let mut stream = TcpStream::connect(host).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    write!(
        stream,
        "GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    )
    .ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let status = answer.split(' ').nth(1)?.parse().ok()?;
    let body = answer
        .split_once("\r\n\r\n")
        .map(|(_, body)| body.to_owned());
    Some((status, body.unwrap_or_default()))
}

/// The address of an agent's API that gives this answer to everything.
pub(crate) fn answering(status: &'static str, body: &'static str) -> String {
    answering_in_turn(Box::leak(Box::new([(status, body)])))
}

/// The address of an agent's API that gives these answers, one a call, and the last one from then on.
pub(crate) fn answering_in_turn(answers: &'static [(&'static str, &'static str)]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let mut turn = answers
            .iter()
            .chain(std::iter::repeat(answers.last().unwrap()));
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]);
            let (status, body) = turn.next().unwrap();
            let _ = write!(
                stream,
                "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            );
        }
    });
    url
}

/// An "agent" that is this shell script.
#[cfg(unix)]
pub(crate) fn script(lab: &Lab, body: &str) -> PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let path = lab.folder.path().join("script");
    std::fs::write(&path, format!("#!/bin/sh\n{body}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path
}
