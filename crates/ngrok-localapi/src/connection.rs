//! ureq's TCP connection with fewer system calls: half of what a small call to this machine would take goes into them.
//!
//! ureq writes the head and the body of a request one by one, which wakes the agent twice; sets both timeouts of the socket
//! anew for each step, since a little less time is left; and probes a connection when it is put back as well as when it is used
//! again. Here a request is written at once, a timeout is rounded so that it stays the same, and only the later probe is made.

use std::time::{Duration, Instant};

use ureq::Error;
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};

/// A longer request is not held back.
const HOLD: usize = 16 * 1024;

/// Wraps each connection that the connector before it has made.
#[derive(Debug, Default)]
pub(crate) struct LeanConnector;

impl<In: Transport> Connector<In> for LeanConnector {
    type Out = LeanTransport<In>;

    fn connect(
        &self,
        _: &ConnectionDetails<'_>,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, Error> {
        Ok(chained.map(|inner| LeanTransport {
            inner,
            held: Vec::new(),
            just_read: false,
        }))
    }
}

#[derive(Debug)]
pub(crate) struct LeanTransport<T> {
    inner: T,
    /// What is still to be written.
    held: Vec<u8>,
    /// Whether the last thing that happened was that bytes came.
    just_read: bool,
}

impl<T: Transport> LeanTransport<T> {
    fn flush(&mut self, timeout: NextTimeout) -> Result<(), Error> {
        let mut rest = &self.held[..];
        while !rest.is_empty() {
            let output = self.inner.buffers().output();
            let amount = rest.len().min(output.len());
            let (now, later) = rest.split_at(amount);
            if let Some(output) = output.get_mut(..amount) {
                output.copy_from_slice(now);
            }
            self.inner.transmit_output(amount, rounded(timeout))?;
            rest = later;
        }
        self.held.clear();
        Ok(())
    }
}

impl<T: Transport> Transport for LeanTransport<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        let output = self.inner.buffers().output();
        self.held
            .extend_from_slice(output.get(..amount).unwrap_or_default());
        if self.held.len() > HOLD {
            self.flush(timeout)?;
        }
        Ok(())
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.flush(timeout)?;
        let begin = Instant::now();
        let mut came = self.inner.await_input(rounded(timeout));
        if matches!(came, Err(Error::Timeout(_))) && !timeout.after.is_not_happening() {
            let left = timeout.after.saturating_sub(begin.elapsed());
            if !left.is_zero() {
                let rest = NextTimeout {
                    after: left.into(),
                    ..timeout
                };
                came = self.inner.await_input(rest);
            }
        }
        self.just_read = came.is_ok();
        came
    }

    /// Asked after the last byte of an answer, and again before the next request.
    fn is_open(&mut self) -> bool {
        std::mem::take(&mut self.just_read) || self.inner.is_open()
    }

    fn is_tls(&self) -> bool {
        self.inner.is_tls()
    }
}

/// Down by at most an eighth, to a multiple of a power of two: the steps of one call and of the next come out the same.
fn rounded(timeout: NextTimeout) -> NextTimeout {
    if timeout.after.is_not_happening() {
        return timeout;
    }
    let millis = u64::try_from(timeout.after.as_millis()).unwrap_or(u64::MAX);
    // Below 16 ms there is nothing to be gained.
    let Some(grain) = (millis / 16)
        .checked_next_power_of_two()
        .filter(|_| millis >= 16)
    else {
        return timeout;
    };
    NextTimeout {
        after: Duration::from_millis(millis - millis % grain).into(),
        ..timeout
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use ureq::unversioned::transport::time;

    fn after(duration: Duration) -> Duration {
        let timeout = NextTimeout {
            after: duration.into(),
            ..NextTimeout::default()
        };
        *rounded(timeout).after
    }

    #[test]
    fn a_little_less_time_is_the_same_time() {
        let whole = Duration::from_secs(10);
        let left = whole - Duration::from_micros(300);
        assert_eq!(after(left), after(left - Duration::from_millis(100)));
        let never = NextTimeout::default();
        assert_eq!(rounded(never).after, time::Duration::NotHappening);
    }

    proptest! {
        #[test]
        fn never_later_and_little_earlier(micros in 0_u64..100_000_000_000) {
            let asked = Duration::from_micros(micros);
            let given = after(asked);
            prop_assert!(given <= asked);
            prop_assert!(given + Duration::from_millis(1) >= asked * 7 / 8);
            prop_assert!(given.is_zero() == asked.is_zero());
        }
    }
}
