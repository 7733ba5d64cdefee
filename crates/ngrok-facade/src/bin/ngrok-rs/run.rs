//! `ngrok-rs run -- COMMAND`: a server and its public URL that live and end together.

mod forward;
mod listen;

use std::ffi::OsString;
use std::fmt;
use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::process::{Child, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ngrok_facade::{ConnectOptions, Tunnel};

use crate::args::{HoldArgs, RunArgs};
use crate::context::Context;
use crate::exit::{Failure, Outcome};
use crate::hold::{self, Message, Plan};
use crate::{endpoint, threads};

/// How often the command is looked at.
const PAUSE: Duration = Duration::from_millis(15);
/// How often its ports are looked at, once it is clear that it takes its time.
const PORTS_PAUSE: Duration = Duration::from_millis(100);
/// After this long without a port, the user is told.
const SILENCE: Duration = Duration::from_secs(10);
/// How long the command may use to end after Ctrl-C, which reaches it too, and after SIGTERM.
const PATIENCE: Duration = Duration::from_secs(5);

pub(crate) fn run(context: &Context, args: RunArgs) -> Outcome {
    let port = match args.port {
        Some(port) => port,
        None => free_port()?,
    };
    let ngrok = context.ngrok()?;
    let upstream = ConnectOptions::http(format!("localhost:{port}"));
    let options = endpoint::options(&ngrok, upstream, &args.endpoint, &args.http)?;
    ngrok.check(options.clone())?;
    hold::run(
        context,
        Plan {
            hold: HoldArgs {
                qr: args.qr,
                copy: args.copy,
                plain: args.plain,
                ..HoldArgs::default()
            },
            open: Box::new(move |ngrok| Ok(vec![ngrok.connect(options)?])),
            command: Some(Command {
                words: args.command,
                variables: args.env,
                port,
                named: args.port.is_some(),
            }),
        },
    )
}

fn free_port() -> Outcome<u16> {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .map(|addr| addr.port())
        .map_err(|error| Failure::Io("cannot find a free port".to_owned(), error))
}

/// The command that is to be run.
pub(crate) struct Command {
    words: Vec<OsString>,
    variables: Vec<String>,
    port: u16,
    /// Whether the user named the port.
    named: bool,
}

impl Command {
    /// Starts it with the URL in its environment, and watches it.
    ///
    /// Where the screen has the terminal, what the command prints goes to the screen, and it has no input.
    pub(crate) fn start(
        self,
        tunnels: &[Tunnel],
        sender: &Sender<Message>,
        on_screen: bool,
    ) -> Outcome<Running> {
        let mut words = self.words.iter();
        let program = words
            .next()
            .ok_or_else(|| Failure::Usage("no command is given".to_owned()))?;
        let mut command = std::process::Command::new(program);
        command.args(words).env("PORT", self.port.to_string());
        if let Some(url) = tunnels.first().map(Tunnel::public_url) {
            command.env("NGROK_URL", url);
            for name in &self.variables {
                command.env(name, url);
            }
        }
        if on_screen {
            command
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped());
        }
        let mut child = command.spawn().map_err(|error| {
            Failure::Io(format!("cannot run `{}`", program.to_string_lossy()), error)
        })?;
        if let Some(stdout) = child.stdout.take() {
            pass_on("stdout", stdout, sender.clone())?;
        }
        if let Some(stderr) = child.stderr.take() {
            pass_on("stderr", stderr, sender.clone())?;
        }
        let running = Running {
            pid: child.id(),
            child: Arc::new(Mutex::new(child)),
            port: self.port,
        };
        running.watch(sender.clone(), self.named)?;
        Ok(running)
    }
}

/// The command as it runs.
pub(crate) struct Running {
    pid: u32,
    child: Arc<Mutex<Child>>,
    port: u16,
}

impl Running {
    fn watch(&self, sender: Sender<Message>, named: bool) -> Outcome {
        let (pid, wanted, child) = (self.pid, self.port, Arc::clone(&self.child));
        threads::spawn("command", move || {
            let began = Instant::now();
            let mut looked: Option<Instant> = None;
            let (mut listens, mut silent) = (false, false);
            loop {
                if let Ok(Some(status)) = lock(&child).try_wait() {
                    let _ = sender.send(Message::Ended(status));
                    return;
                }
                if !listens && looked.is_none_or(|at| at.elapsed() > PORTS_PAUSE) {
                    let port = listen::port(wanted, (!named).then_some(pid));
                    listens =
                        port.is_some_and(|port| sender.send(Message::Listening(port)).is_ok());
                    looked = Some(Instant::now());
                    if !listens && !silent && began.elapsed() > SILENCE {
                        silent = sender.send(Message::Silent).is_ok();
                    }
                }
                std::thread::sleep(PAUSE);
            }
        })
    }

    /// Sees to it that requests reach the port that the command listens on.
    pub(crate) fn serve(&self, port: u16) -> Outcome {
        if port == self.port {
            return Ok(());
        }
        forward::start(self.port, port)
    }

    /// Ends the command with the endpoint, and returns what it ended with.
    pub(crate) fn end(
        &self,
        outcome: Outcome<Option<i32>>,
        messages: &Receiver<Message>,
    ) -> Outcome {
        let signal = match outcome {
            Ok(signal) => signal,
            Err(failure @ Failure::Status(_)) => return failure.or_success(),
            Err(failure) => {
                self.terminate();
                self.wait(messages, PATIENCE);
                return Err(failure);
            }
        };
        // Ctrl-C has reached the command from the terminal as well.
        if signal != Some(signal_hook::consts::SIGINT) {
            self.terminate();
        }
        let status = self.wait(messages, PATIENCE).or_else(|| {
            self.terminate();
            self.wait(messages, PATIENCE)
        });
        let status = match status {
            Some(status) => status,
            None => {
                let _ = lock(&self.child).kill();
                match self.wait(messages, PATIENCE) {
                    Some(status) => status,
                    None => return Err(Failure::Interrupted),
                }
            }
        };
        Failure::ended(status).or_success()
    }

    fn wait(&self, messages: &Receiver<Message>, patience: Duration) -> Option<ExitStatus> {
        let began = Instant::now();
        loop {
            let left = patience.checked_sub(began.elapsed())?;
            match messages.recv_timeout(left) {
                Ok(Message::Ended(status)) => return Some(status),
                Ok(_) => {}
                Err(_) => return None,
            }
        }
    }

    /// Asks the command to end, and on Linux what it has started. Held by the lock, its process id cannot be reused meanwhile.
    fn terminate(&self) {
        let mut child = lock(&self.child);
        if !matches!(child.try_wait(), Ok(None)) {
            return;
        }
        #[cfg(unix)]
        for pid in listen::family(self.pid) {
            use rustix::process::{Pid, Signal, kill_process};
            if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
                let _ = kill_process(pid, Signal::TERM);
            }
        }
        #[cfg(not(unix))]
        let _ = child.kill();
    }
}

/// The most of one line that is read.
const LONGEST_LINE: u64 = 64 * 1024;

/// Sends each line that the command prints.
fn pass_on(name: &str, pipe: impl Read + Send + 'static, to: Sender<Message>) -> Outcome {
    threads::spawn(name, move || {
        let mut pipe = BufReader::new(pipe);
        let mut line = Vec::new();
        while let Ok(1..) = (&mut pipe).take(LONGEST_LINE).read_until(b'\n', &mut line) {
            let text = String::from_utf8_lossy(&line).trim_end().to_owned();
            line.clear();
            if to.send(Message::Said(text)).is_err() {
                return;
            }
        }
    })
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<_> = self
            .words
            .iter()
            .map(|word| word.to_string_lossy())
            .collect();
        f.write_str(&words.join(" "))
    }
}

fn lock(child: &Mutex<Child>) -> MutexGuard<'_, Child> {
    child.lock().unwrap_or_else(PoisonError::into_inner)
}
