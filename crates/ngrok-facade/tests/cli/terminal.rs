//! A terminal of a given size, with a command in it.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use ngrok_testkit::eventually;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use crate::machine::PATIENCE;

pub(crate) struct Terminal {
    child: Child,
    master: File,
    seen: Arc<Mutex<Vec<u8>>>,
    /// How much of what was seen has been waited for.
    passed: usize,
}

impl Terminal {
    /// Starts the command with a terminal as its stdin, stdout and stderr, and as its controlling terminal.
    pub(crate) fn start(columns: u16, rows: u16, command: &mut Command) -> Self {
        let master: OwnedFd = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
        let slave = File::options().read(true).write(true).open(name).unwrap();
        tcsetwinsize(&master, size(columns, rows)).unwrap();
        let mut inside = Command::new("setsid");
        inside
            .args(["--ctty", "--wait"])
            .arg(command.get_program())
            .args(command.get_args());
        inside.env_clear().env("TERM", "xterm-256color");
        for (name, value) in command.get_envs() {
            inside.env(name, value.unwrap_or_default());
        }
        let copy = || Stdio::from(slave.try_clone().unwrap());
        let child = inside
            .stdin(copy())
            .stdout(copy())
            .stderr(copy())
            .spawn()
            .unwrap();
        let master = File::from(master);
        let seen: Arc<Mutex<Vec<u8>>> = Arc::default();
        let (mut reader, keep) = (master.try_clone().unwrap(), Arc::clone(&seen));
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            // Reading fails once nothing has the other end open.
            while let Ok(read @ 1..) = reader.read(&mut buffer) {
                keep.lock().unwrap().extend_from_slice(&buffer[..read]);
            }
        });
        Self {
            child,
            master,
            seen,
            passed: 0,
        }
    }

    /// Gives the terminal another size.
    pub(crate) fn resize(&self, columns: u16, rows: u16) {
        tcsetwinsize(&self.master, size(columns, rows)).unwrap();
    }

    /// Types.
    pub(crate) fn send(&mut self, keys: &str) {
        self.master.write_all(keys.as_bytes()).unwrap();
    }

    /// Waits until the text appears after what was waited for before.
    pub(crate) fn wait_for(&mut self, text: &str) {
        let found = eventually(PATIENCE, || self.found(text).is_some());
        assert!(found, "`{text}` did not appear: {:?}", self.seen());
        self.passed = self.found(text).unwrap();
    }

    fn found(&self, text: &str) -> Option<usize> {
        let seen = self.seen.lock().unwrap();
        let rest = &seen[self.passed..];
        let at = rest
            .windows(text.len())
            .position(|part| part == text.as_bytes())?;
        Some(self.passed + at + text.len())
    }

    /// All that was printed, with its escape sequences.
    pub(crate) fn seen(&self) -> String {
        String::from_utf8_lossy(&self.seen.lock().unwrap()).into_owned()
    }

    /// Waits for the end of the command and returns its exit status.
    pub(crate) fn end(&mut self) -> i32 {
        let ended = eventually(PATIENCE, || self.child.try_wait().unwrap().is_some());
        assert!(ended, "it did not end: {:?}", self.seen());
        self.child.wait().unwrap().code().unwrap_or(-1)
    }
}

fn size(columns: u16, rows: u16) -> Winsize {
    Winsize {
        ws_row: rows,
        ws_col: columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    }
}

/// Returns text without its escape sequences.
pub(crate) fn stripped(text: &str) -> String {
    let mut parts = text.split('\u{1b}');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part
            .find(|c: char| c.is_ascii_alphabetic())
            .map_or(part.len(), |at| at + 1);
        plain.push_str(&part[end..]);
    }
    plain
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
