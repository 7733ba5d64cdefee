//! Ctrl-C, SIGTERM and a closed terminal as a message to the waiting thread.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;

/// The exit status after a second signal.
const PRESSED_STATUS: i32 = 130;

/// Whether a second signal has come.
static PRESSED: AtomicBool = AtomicBool::new(false);

/// If a second signal has come, leaves the end of the program to it: it may have something to do yet.
pub(crate) fn yield_if_pressed() {
    while PRESSED.load(Ordering::SeqCst) {
        std::thread::park();
    }
}

/// Sends `stop` when a signal asks to end; a second one ends the program after `last`, which is to be short.
#[cfg(unix)]
pub(crate) fn forward<T: Send + 'static>(
    to: Sender<T>,
    stop: impl Fn(i32) -> T + Send + 'static,
    last: impl Fn() + Send + 'static,
) -> io::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let mut wanted = vec![SIGINT, SIGTERM];
    if !is_ignored(SIGHUP) {
        wanted.push(SIGHUP);
    }
    let mut signals = signal_hook::iterator::Signals::new(wanted)?;
    std::thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            for (nth, signal) in signals.forever().enumerate() {
                if nth > 0 {
                    PRESSED.store(true, Ordering::SeqCst);
                    last();
                    std::process::exit(PRESSED_STATUS);
                }
                let _ = to.send(stop(signal));
            }
        })?;
    Ok(())
}

/// Whether this program was started with the signal ignored, as `nohup` does, which is to stay so.
/// Only Linux says so without unsafe code; elsewhere the answer is no.
#[cfg(unix)]
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .is_some_and(|mask| mask & (1 << (signal - 1)) != 0)
}

/// Sends `stop` when Ctrl-C asks to end. On Windows there is only a flag, which is looked at now and then.
#[cfg(not(unix))]
pub(crate) fn forward<T: Send + 'static>(
    to: Sender<T>,
    stop: impl Fn(i32) -> T + Send + 'static,
    _last: impl Fn() + Send + 'static,
) -> io::Result<()> {
    use signal_hook::consts::{SIGINT, SIGTERM};
    use std::sync::Arc;
    let asked = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        // A second one finds the flag set, and ends the program at once.
        signal_hook::flag::register_conditional_shutdown(
            signal,
            PRESSED_STATUS,
            Arc::clone(&asked),
        )?;
        signal_hook::flag::register(signal, Arc::clone(&asked))?;
    }
    std::thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            while !asked.load(Ordering::Relaxed) {
                std::thread::park_timeout(std::time::Duration::from_millis(50));
            }
            let _ = to.send(stop(SIGINT));
        })?;
    Ok(())
}
