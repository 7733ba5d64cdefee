//! What the ngrok crates share: ngrok's vocabulary as data, and the small types that all of them speak.
//!
//! You rarely need this crate by name: the crates above it re-export what their users meet. Take it for tools of your own that
//! read ngrok's configuration, messages or error codes.
//!
//! | to do this | use |
//! |---|---|
//! | look an error code up: class, hint, whether a retry helps | [`ErrorCode`] |
//! | know ngrok's keys: check, translate, mask a definition | [`definition`] |
//! | carry an authtoken or key without showing it | [`Secret`] |
//! | read the times that ngrok writes | [`Timestamp`] |
//! | keep an operation within its time | [`Deadline`], [`Backoff`] |
//! | build or check a traffic policy | [`TrafficPolicy`] |
//! | read the address of an upstream | [`Address`] |
//! | compare versions of agents | [`AgentVersion`] |
//! | hide secrets in names, URLs and text | [`mask`] |
//! | tell programs from other files by their first bytes | [`program`] |
//! | refuse what cannot be an authtoken | [`check_authtoken`] |
//! | tell this machine from others | [`is_loopback`] |
//!
//! It opens no file, socket or process, and starts no thread. Behind the feature `net`, which the HTTP crates turn on, is
//! what those share around their HTTP library; it is no part of the promises that versions make.
//!
//! ```
//! use ngrok_core::ErrorCode;
//!
//! let code = ErrorCode::find("ERROR:  ERR_NGROK_108").unwrap();
//! assert!(code.is_retryable());
//! println!("{}: {}", code, code.hint().unwrap_or_default());
//! ```

mod address;
mod agent_version;
mod authtoken;
mod backoff;
mod clock;
mod config_version;
mod deadline;
pub mod definition;
mod error;
mod error_code;
mod host;
pub mod mask;
#[cfg(feature = "net")]
#[doc(hidden)]
pub mod net;
pub mod program;
mod secret;
mod timestamp;
mod traffic_policy;
pub mod variables;

pub use address::Address;
pub use agent_version::AgentVersion;
pub use authtoken::check_authtoken;
pub use backoff::Backoff;
pub use clock::{Clock, SystemClock};
pub use config_version::ConfigVersion;
pub use deadline::Deadline;
pub use error::{ParseError, write_chain, write_debug};
pub use error_code::{Echoed, ErrorClass, ErrorCode};
pub use host::is_loopback;
pub use mask::{MASK, Masked, mask_url, masked_fields};
pub use secret::Secret;
pub use timestamp::Timestamp;
pub use traffic_policy::{Action, PolicyError, Rule, TrafficPolicy};
