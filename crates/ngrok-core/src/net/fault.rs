//! Sorts the errors of an exchange: what failed, and whether another try may fare better.

use std::io::ErrorKind as Io;

/// What failed in an exchange that brought no whole response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultClass {
    /// The host's name has no address, or the look-up failed.
    NameLookup,
    /// Nothing listens at the address, or a firewall refuses.
    Refused,
    /// The time was up.
    Timeout,
    /// The connection was closed or reset under the exchange.
    Disconnected,
    /// The other side's certificate is not trusted, or it does not speak TLS.
    Tls,
    /// What came is not HTTP.
    Protocol,
    /// The request itself cannot be sent.
    Request,
    /// Anything else.
    Other,
}

impl FaultClass {
    /// Sorts an error of ureq.
    pub fn of(error: &ureq::Error) -> Self {
        match error {
            ureq::Error::HostNotFound => Self::NameLookup,
            ureq::Error::ConnectionFailed => Self::Refused,
            ureq::Error::Timeout(_) => Self::Timeout,
            // A body that ends before its chunks do arrives as one of these.
            ureq::Error::Protocol(_) | ureq::Error::BodyStalled => Self::Protocol,
            ureq::Error::Http(_) | ureq::Error::BadUri(_) => Self::Request,
            ureq::Error::Io(error) => match error.kind() {
                // rustls reports a certificate that is not trusted as invalid data.
                Io::InvalidData | Io::InvalidInput => Self::Tls,
                Io::ConnectionRefused => Self::Refused,
                Io::TimedOut | Io::WouldBlock => Self::Timeout,
                Io::BrokenPipe
                | Io::ConnectionAborted
                | Io::ConnectionReset
                | Io::UnexpectedEof => Self::Disconnected,
                _ => Self::Other,
            },
            #[cfg(feature = "net-tls")]
            ureq::Error::Tls(_) | ureq::Error::Pem(_) | ureq::Error::Rustls(_) => Self::Tls,
            _ => Self::Other,
        }
    }

    /// Returns whether the same request may succeed a moment later.
    pub fn is_transient(self) -> bool {
        matches!(
            self,
            Self::NameLookup | Self::Refused | Self::Timeout | Self::Disconnected | Self::Protocol
        )
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn faults_of_the_connection_are_transient_and_those_of_trust_are_not() {
        for (error, class, is_transient) in [
            (ureq::Error::HostNotFound, FaultClass::NameLookup, true),
            (ureq::Error::ConnectionFailed, FaultClass::Refused, true),
            (
                io::Error::from(Io::ConnectionReset).into(),
                FaultClass::Disconnected,
                true,
            ),
            (
                io::Error::from(Io::UnexpectedEof).into(),
                FaultClass::Disconnected,
                true,
            ),
            (
                io::Error::from(Io::TimedOut).into(),
                FaultClass::Timeout,
                true,
            ),
            (
                io::Error::from(Io::InvalidData).into(),
                FaultClass::Tls,
                false,
            ),
            (
                io::Error::from(Io::PermissionDenied).into(),
                FaultClass::Other,
                false,
            ),
            (ureq::Error::BadUri("x".into()), FaultClass::Request, false),
            (ureq::Error::BodyStalled, FaultClass::Protocol, true),
        ] {
            assert_eq!(FaultClass::of(&error), class, "{error}");
            assert_eq!(class.is_transient(), is_transient, "{error}");
        }
    }
}
