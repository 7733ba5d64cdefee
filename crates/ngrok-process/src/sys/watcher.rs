//! A small process that ends an agent when this program has ended, for systems without a parent-death signal.
//!
//! The watcher is `/bin/sh`, which reads from a pipe whose write end only this program holds. The system closes that end
//! when the program ends, in whatever way, and the shell then ends the agent. The agent itself writes its id into the pipe
//! between fork and exec, so there is no moment at which a death of this program would be missed.

use std::io::{self, PipeReader, PipeWriter, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

use rustix::process::Pid;

/// First comes the id, as `kill` takes it, then nothing until the end of the file. The watcher has a process group of its
/// own, and no signal of the terminal ends it.
const SCRIPT: &str =
    "trap '' HUP INT QUIT TERM; read -r id || exit 0; read -r rest; kill -s KILL -- \"$id\"";

/// Watches this program until it is [dismissed](Watcher::dismiss) or dropped.
#[derive(Debug)]
pub(super) struct Watcher {
    shell: Child,
    line: PipeWriter,
}

impl Watcher {
    pub(super) fn start() -> io::Result<Self> {
        // Neither end is inherited by other children: both are closed on exec.
        let (reader, line): (PipeReader, PipeWriter) = io::pipe()?;
        let shell = Command::new("/bin/sh")
            .args(["-c", SCRIPT])
            .env_clear()
            .current_dir("/")
            .process_group(0)
            .stdin(reader)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        Ok(Self { shell, line })
    }

    /// Where the agent [writes its id](announce).
    pub(super) fn line(&self) -> BorrowedFd<'_> {
        self.line.as_fd()
    }

    /// Ends the watcher, before the agent is reaped: after that its id may be another process's.
    pub(super) fn dismiss(mut self) {
        self.end();
    }

    fn end(&mut self) {
        let _ = self.shell.kill();
        let _ = self.shell.wait();
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.end();
    }
}

/// Writes the id of this process, or of the group that it leads, for the watcher. Runs between fork and exec, so it
/// allocates nothing.
pub(super) fn announce(line: BorrowedFd<'_>, group: bool) -> io::Result<()> {
    let id = rustix::process::getpid();
    let mut text = [0; 24];
    let length = write_id(&mut text, id, group)?;
    let mut rest = text.get(..length).unwrap_or_default();
    while !rest.is_empty() {
        match rustix::io::write(line, rest) {
            Ok(written) => rest = rest.get(written..).unwrap_or_default(),
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

fn write_id(text: &mut [u8], id: Pid, group: bool) -> io::Result<usize> {
    let sign = if group { "-" } else { "" };
    let length = text.len();
    let mut left = text;
    writeln!(left, "{sign}{}", id.as_raw_nonzero())?;
    Ok(length - left.len())
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader};
    use std::path::Path;
    use std::time::{Duration, Instant};

    use rustix::process::{Signal, kill_process, test_kill_process};

    use super::super::Ties;
    use super::super::unix::Process;
    use super::*;

    const ORDER: &str = "NGROK_PROCESS_TEST_WATCHED";
    const TIES: Ties = Ties {
        die_with_parent: true,
        new_session: false,
        background: true,
        sweep: true,
    };

    fn sleeper() -> Process {
        Process::spawn_watched(Command::new("sleep").arg("100"), TIES, true).unwrap()
    }

    /// The program: starts a child, prints the ids of child and watcher, and ends as ordered.
    #[test]
    fn program() {
        let Ok(order) = std::env::var(ORDER) else {
            return;
        };
        let process = sleeper();
        let watcher = process.take_watcher().unwrap();
        println!("\nIDS {} {}", process.id(), watcher.shell.id());
        match &*order {
            "exit" => std::process::exit(0),
            "abort" => std::process::abort(),
            // As a handle in a static is: never dropped.
            "return" => std::mem::forget((process, watcher)),
            _ => std::thread::sleep(Duration::from_secs(100)),
        }
    }

    fn run(order: &str) -> (Child, [Pid; 2]) {
        let mut program = Command::new(std::env::current_exe().unwrap());
        program
            .args(["--exact", "sys::watcher::tests::program", "--nocapture"])
            .env(ORDER, order)
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        let mut program = program.spawn().unwrap();
        let lines = BufReader::new(program.stdout.as_mut().unwrap()).lines();
        let line = lines
            .map_while(Result::ok)
            .find_map(|line| Some(line.strip_prefix("IDS ")?.to_owned()))
            .unwrap();
        let id = |text: &str| Pid::from_raw(text.parse().unwrap()).unwrap();
        let (child, watcher) = line.split_once(' ').unwrap();
        let ids = [id(child), id(watcher)];
        (program, ids)
    }

    /// Neither gone nor a zombie, which an orphan is until init reaps it.
    fn is_running(id: Pid) -> bool {
        let stat = Path::new("/proc").join(id.to_string()).join("stat");
        match std::fs::read_to_string(stat) {
            Ok(stat) => !stat.rsplit_once(')').unwrap().1.starts_with(" Z"),
            Err(_) => cfg!(not(target_os = "linux")) && test_kill_process(id).is_ok(),
        }
    }

    #[track_caller]
    fn eventually_gone(ids: [Pid; 2], what: &str) {
        let end = Instant::now() + Duration::from_secs(20);
        while ids.into_iter().any(is_running) {
            assert!(Instant::now() < end, "{what}: still there");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    #[test]
    fn the_child_and_the_watcher_end_however_the_program_ends() {
        for (order, signal) in [
            ("wait", Some(Signal::KILL)),
            ("wait", Some(Signal::TERM)),
            ("exit", None),
            ("abort", None),
            ("return", None),
        ] {
            let (mut program, ids) = run(order);
            if let Some(signal) = signal {
                assert!(ids.into_iter().all(is_running), "{order}");
                let id = Pid::from_raw(program.id().cast_signed()).unwrap();
                kill_process(id, signal).unwrap();
            }
            program.wait().unwrap();
            eventually_gone(ids, order);
        }
    }

    #[test]
    fn signals_of_the_terminal_leave_the_watcher_alone_and_the_end_of_the_child_ends_it() {
        let process = sleeper();
        let watcher = process.take_watcher().unwrap();
        let id = Pid::from_raw(watcher.shell.id().cast_signed()).unwrap();
        assert_ne!(
            rustix::process::getpgid(Some(id)).unwrap(),
            rustix::process::getpgrp()
        );
        // The shell has set its traps once it has read the id.
        let end = Instant::now() + Duration::from_secs(20);
        while rustix::io::ioctl_fionread(watcher.line()).unwrap() > 0 {
            assert!(Instant::now() < end, "the shell reads");
            std::thread::sleep(Duration::from_millis(5));
        }
        for signal in [Signal::INT, Signal::HUP, Signal::TERM, Signal::QUIT] {
            kill_process(id, signal).unwrap();
        }
        std::thread::sleep(Duration::from_millis(100));
        assert!(is_running(id));
        process.put_watcher(watcher);
        process.kill();
        process.wait().unwrap();
        eventually_gone([id, id], "dismissed");
    }

    #[test]
    fn a_program_that_cannot_be_run_leaves_no_watcher_behind() {
        let missing = Process::spawn_watched(&mut Command::new("/no/such/program"), TIES, true);
        assert_eq!(missing.unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn the_id_is_written_as_kill_takes_it() {
        let (mut reader, line) = io::pipe().unwrap();
        announce(line.as_fd(), true).unwrap();
        announce(line.as_fd(), false).unwrap();
        drop(line);
        let id = std::process::id();
        let read = io::read_to_string(&mut reader).unwrap();
        assert_eq!(read, format!("-{id}\n{id}\n"));
    }
}
