//! What ngrok's codes mean for the start of an agent.

use ngrok_localapi::ErrorClass;

use crate::{ErrorCode, ErrorKind};

/// Returns the kind that a code stands for, or `None` if the words around it say more.
pub(super) fn kind(code: &ErrorCode) -> Option<ErrorKind> {
    Some(match code.class() {
        ErrorClass::Auth => ErrorKind::Auth,
        ErrorClass::Account => ErrorKind::Account,
        ErrorClass::Policy => ErrorKind::Policy,
        ErrorClass::Plan => ErrorKind::Plan,
        ErrorClass::Limit => ErrorKind::Limit,
        ErrorClass::Version => ErrorKind::Version,
        ErrorClass::Config => ErrorKind::Config,
        ErrorClass::Conflict => ErrorKind::Conflict,
        _ => return None,
    })
}
