//! The examples of the workspace's own pages, compiled and, where nothing speaks against it, run.

#[doc = include_str!("../../../README.md")]
struct Readme;
