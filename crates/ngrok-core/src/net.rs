//! What the HTTP crates share around ureq.
//!
//! Hidden, and free to change in any release: only the sibling crates use it.

mod resolver;

pub use resolver::CachedResolver;
