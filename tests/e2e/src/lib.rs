//! Whole-chain tests and the demo.

#[cfg(doctest)]
mod pages;
