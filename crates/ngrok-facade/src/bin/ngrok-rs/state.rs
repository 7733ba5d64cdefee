//! The agents that `ngrok-rs` runs: a small file for each in the user's runtime directory.
//!
//! A process that holds an agent keeps `PID.lock` locked as long as it lives, so an entry whose lock can be taken is stale.
//! `PID.json` says what runs, `PID.log` is the agent's log, and whoever wants the process to end creates `PID.stop`.

mod directory;
mod log;

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use ngrok_facade::Tunnel;
use serde::{Deserialize, Serialize};

pub(crate) use log::LogFile;

/// How often a request to stop is looked for.
pub(crate) const PAUSE: Duration = Duration::from_millis(250);

/// The log of the agent that ended last.
const LAST_LOG: &str = "last.log";

/// A process that holds an agent, as it describes itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// The process of `ngrok-rs`.
    pub(crate) pid: u32,
    /// The process of the agent.
    pub(crate) agent_pid: Option<u32>,
    pub(crate) api_url: String,
    /// The config file, if one was named.
    pub(crate) config: Option<PathBuf>,
    /// Seconds since 1970.
    pub(crate) started: u64,
    pub(crate) background: bool,
    pub(crate) tunnels: Vec<Opened>,
}

/// What was opened.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Opened {
    pub(crate) name: String,
    pub(crate) public_url: String,
    pub(crate) upstream: Option<String>,
}

impl From<&Tunnel> for Opened {
    fn from(tunnel: &Tunnel) -> Self {
        Self {
            name: tunnel.name().to_owned(),
            public_url: tunnel.public_url().to_owned(),
            upstream: tunnel.upstream_url().map(str::to_owned),
        }
    }
}

impl Entry {
    /// Whether its agent was started with this config file.
    pub(crate) fn has_config(&self, path: &Path) -> bool {
        let same = |own: &PathBuf| match (fs::canonicalize(own), fs::canonicalize(path)) {
            (Ok(own), Ok(path)) => own == path,
            _ => own == path,
        };
        self.config.as_ref().is_some_and(same)
    }

    /// Whether one of its endpoints has this name or public URL.
    pub(crate) fn has(&self, name_or_url: &str) -> bool {
        let wanted = name_or_url.trim_end_matches('/');
        self.api_url == wanted
            || self
                .tunnels
                .iter()
                .any(|it| it.name == wanted || it.public_url == wanted)
    }

    /// Asks its process to end.
    pub(crate) fn request_stop(&self) -> io::Result<()> {
        let Some(folder) = directory::existing() else {
            return Ok(());
        };
        File::create(path(&folder, self.pid, "stop")).map(drop)
    }

    /// Waits until its process has ended; returns whether it has.
    pub(crate) fn wait_gone(&self, patience: Duration) -> bool {
        let began = Instant::now();
        let Some(folder) = directory::existing() else {
            return true;
        };
        while is_held(&path(&folder, self.pid, "lock")) {
            if began.elapsed() > patience {
                return false;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        true
    }

    /// Returns the files of its agent's log, older lines first.
    pub(crate) fn logs(&self) -> Vec<PathBuf> {
        directory::existing()
            .map(|folder| log::paths_of(&path(&folder, self.pid, "log")))
            .unwrap_or_default()
    }
}

/// Returns the log of the agent that ended last, if there is one.
pub(crate) fn last_log() -> Option<PathBuf> {
    let path = directory::existing()?.join(LAST_LOG);
    path.exists().then_some(path)
}

/// Returns the processes that hold an agent now, the youngest first. Files of ended ones are removed.
pub(crate) fn live() -> Vec<Entry> {
    let Some(folder) = directory::existing() else {
        return Vec::new();
    };
    let Ok(files) = fs::read_dir(&folder) else {
        return Vec::new();
    };
    let mut live = Vec::new();
    for file in files.flatten() {
        let name = file.file_name();
        let Some(pid) = name
            .to_str()
            .and_then(|name| name.strip_suffix(".json"))
            .and_then(|pid| pid.parse::<u32>().ok())
        else {
            continue;
        };
        if !is_held(&path(&folder, pid, "lock")) {
            remove(&folder, pid);
            continue;
        }
        let entry = fs::read(file.path())
            .ok()
            .and_then(|json| serde_json::from_slice::<Entry>(&json).ok());
        live.extend(entry.filter(|entry| entry.pid == pid));
    }
    live.sort_by_key(|entry| std::cmp::Reverse((entry.started, entry.pid)));
    live
}

/// Whether another process has locked this file.
fn is_held(lock: &Path) -> bool {
    let Ok(file) = OpenOptions::new().read(true).write(true).open(lock) else {
        return false;
    };
    matches!(file.try_lock(), Err(fs::TryLockError::WouldBlock))
}

fn path(folder: &Path, pid: u32, extension: &str) -> PathBuf {
    folder.join(format!("{pid}.{extension}"))
}

fn remove(folder: &Path, pid: u32) {
    for extension in ["json", "stop", "lock"] {
        let _ = fs::remove_file(path(folder, pid, extension));
    }
    for log in log::paths_of(&path(folder, pid, "log")) {
        let _ = fs::rename(log, folder.join(LAST_LOG));
    }
}

/// The place of this process among those that hold an agent. Dropping it takes the files away.
#[derive(Debug)]
pub(crate) struct Registration {
    folder: PathBuf,
    pid: u32,
    _lock: File,
}

impl Registration {
    /// Makes the files of this process.
    pub(crate) fn new() -> io::Result<Self> {
        let folder = directory::created()?;
        let pid = std::process::id();
        let _ = fs::remove_file(path(&folder, pid, "stop"));
        let lock = directory::private_file(&path(&folder, pid, "lock"))?;
        lock.try_lock().map_err(io::Error::from)?;
        Ok(Self {
            folder,
            pid,
            _lock: lock,
        })
    }

    /// Returns the file for the agent's log.
    pub(crate) fn log(&self) -> io::Result<LogFile> {
        LogFile::create(path(&self.folder, self.pid, "log"))
    }

    /// Says what runs; other commands find it from now on.
    pub(crate) fn publish(&self, entry: &Entry) -> io::Result<()> {
        let new = path(&self.folder, self.pid, "new");
        let mut file = directory::private_file(&new)?;
        io::Write::write_all(&mut file, &serde_json::to_vec(entry)?)?;
        fs::rename(new, path(&self.folder, self.pid, "json"))
    }

    /// Whether another process asked this one to end.
    pub(crate) fn stop_requested(&self) -> bool {
        path(&self.folder, self.pid, "stop").exists()
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        remove(&self.folder, self.pid);
    }
}

/// Returns the time in seconds since 1970.
pub(crate) fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}
