//! What the demo and the whole-chain tests share.

pub mod demo;
pub mod http;
#[cfg(doctest)]
mod pages;
