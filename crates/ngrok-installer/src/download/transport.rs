//! The connections of our ureq agent: a cancelled install does not go on waiting for them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ureq::unversioned::transport::{
    Buffers, ConnectProxyConnector, ConnectionDetails, Connector, NextTimeout, RustlsConnector,
    TcpConnector, Transport, time,
};

use crate::progress::Monitor;

/// How long a cancelled install may go on waiting for a byte.
const SLICE: Duration = Duration::from_millis(100);

/// A proxy if there is one, else the host itself; then our watch over the waiting; then TLS.
pub(super) fn connector(monitor: &Arc<Monitor>) -> impl Connector {
    ConnectProxyConnector::default()
        .chain(TcpConnector::default())
        .chain(Watch(Arc::clone(monitor)))
        .chain(RustlsConnector::default())
}

/// Hands out connections that ask the monitor, several times a second, whether to go on waiting.
#[derive(Debug)]
struct Watch(Arc<Monitor>);

impl<In: Transport> Connector<In> for Watch {
    type Out = Watched<In>;

    fn connect(
        &self,
        _details: &ConnectionDetails<'_>,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, ureq::Error> {
        Ok(chained.map(|inner| Watched {
            inner,
            monitor: Arc::clone(&self.0),
        }))
    }
}

#[derive(Debug)]
struct Watched<T> {
    inner: T,
    monitor: Arc<Monitor>,
}

impl<T: Transport> Transport for Watched<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        self.inner.transmit_output(amount, timeout)
    }

    /// Waits in slices. A read that times out has taken nothing, so it can be tried again.
    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        let whole = timeout.for_read();
        let began = Instant::now();
        loop {
            let left = whole.after.saturating_sub(began.elapsed());
            if left.is_zero() {
                return Err(ureq::Error::Timeout(whole.reason));
            }
            let slice = NextTimeout {
                after: time::Duration::Exact(left.min(SLICE)),
                reason: whole.reason,
                ..NextTimeout::default()
            };
            match self.inner.await_input(slice) {
                Err(ureq::Error::Timeout(_)) => {}
                done => return done,
            }
            self.monitor
                .tick()
                .map_err(|cancelled| ureq::Error::Other(Box::new(cancelled)))?;
        }
    }

    fn is_open(&mut self) -> bool {
        self.inner.is_open()
    }

    fn is_tls(&self) -> bool {
        self.inner.is_tls()
    }
}
