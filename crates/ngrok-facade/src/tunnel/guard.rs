//! Closes a tunnel when it goes out of scope.

use std::ops::{Deref, DerefMut};

use crate::{Result, Tunnel};

/// A [`Tunnel`] that is closed when this is dropped, from [`Tunnel::close_on_drop`].
///
/// A failure to close it on drop is not told; [`disconnect`](Self::disconnect) tells it.
#[derive(Debug)]
#[must_use = "dropping the guard closes the tunnel"]
pub struct TunnelGuard {
    tunnel: Tunnel,
    armed: bool,
}

impl TunnelGuard {
    pub(super) fn new(tunnel: Tunnel) -> Self {
        Self {
            tunnel,
            armed: true,
        }
    }

    /// Closes it now.
    ///
    /// # Errors
    ///
    /// As for [`Tunnel::disconnect`].
    pub fn disconnect(mut self) -> Result<()> {
        self.armed = false;
        self.tunnel.disconnect()
    }

    /// Lets it stay open.
    pub fn keep(mut self) -> Tunnel {
        self.armed = false;
        self.tunnel.clone()
    }
}

impl Deref for TunnelGuard {
    type Target = Tunnel;

    fn deref(&self) -> &Tunnel {
        &self.tunnel
    }
}

impl DerefMut for TunnelGuard {
    fn deref_mut(&mut self) -> &mut Tunnel {
        &mut self.tunnel
    }
}

impl Drop for TunnelGuard {
    fn drop(&mut self) {
        if self.armed {
            let _ = self.tunnel.disconnect();
        }
    }
}
