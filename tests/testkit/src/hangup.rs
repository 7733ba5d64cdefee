//! Whether a hangup would be heard at all.

/// Whether this process ignores SIGHUP, and so every one that it starts, as under `nohup` or in some CI runners.
/// A test that ends a program by a hangup cannot do so then.
///
/// It is known on Linux only; elsewhere the answer is no.
#[must_use]
pub fn ignores_hangup() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    // SIGHUP is signal 1 everywhere, and the lowest bit.
    mask.is_some_and(|mask| mask & 1 == 1)
}
