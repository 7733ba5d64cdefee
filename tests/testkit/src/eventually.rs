//! Waiting for a condition instead of sleeping and hoping.

use std::time::{Duration, Instant};

/// Asks until `condition` holds or `limit` has passed, and says whether it held.
///
/// ```
/// use std::time::Duration;
/// let mut asked = 0;
/// assert!(ngrok_testkit::eventually(Duration::from_secs(1), || {
///     asked += 1;
///     asked == 3
/// }));
/// ```
#[must_use]
pub fn eventually(limit: Duration, mut condition: impl FnMut() -> bool) -> bool {
    let end = Instant::now() + limit;
    loop {
        if condition() {
            return true;
        }
        if Instant::now() >= end {
            return false;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}
