//! Ctrl-C, SIGTERM and a closed terminal as a message, not as the end.

use std::io;
use std::sync::mpsc::Sender;

/// Sends `stop` when a signal asks to end; a second one ends the program at once.
#[cfg(unix)]
pub(crate) fn forward<T: Send + 'static>(
    to: Sender<T>,
    stop: impl Fn() -> T + Send + 'static,
) -> io::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    std::thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            for (nth, _) in signals.forever().enumerate() {
                if nth > 0 {
                    std::process::exit(130);
                }
                let _ = to.send(stop());
            }
        })?;
    Ok(())
}

/// Sends `stop` when Ctrl-C asks to end. Windows tells by a flag alone, so it is looked at now and then.
#[cfg(not(unix))]
pub(crate) fn forward<T: Send + 'static>(
    to: Sender<T>,
    stop: impl Fn() -> T + Send + 'static,
) -> io::Result<()> {
    use signal_hook::consts::{SIGINT, SIGTERM};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    let asked = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        // A second one finds the flag set, and ends the program at once.
        signal_hook::flag::register_conditional_shutdown(signal, 130, Arc::clone(&asked))?;
        signal_hook::flag::register(signal, Arc::clone(&asked))?;
    }
    std::thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            while !asked.load(Ordering::Relaxed) {
                std::thread::park_timeout(std::time::Duration::from_millis(50));
            }
            let _ = to.send(stop());
        })?;
    Ok(())
}
