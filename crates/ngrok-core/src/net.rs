//! What the HTTP crates share around ureq.
//!
//! Hidden, and free to change in any release: only the sibling crates use it.

mod fault;
mod proxy;
mod resolver;
#[cfg(feature = "net-tls")]
mod roots;

pub use fault::FaultClass;
pub use proxy::Proxies;
pub use resolver::CachedResolver;
#[cfg(feature = "net-tls")]
pub use roots::root_certs;
