//! Whole-chain tests and the demo.
