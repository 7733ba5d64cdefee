//! The examples of the workspace's own pages, compiled and, where nothing speaks against it, run.

#[doc = include_str!("../../../README.md")]
struct Readme;

#[doc = include_str!("../../../docs/loopback-cloud.md")]
struct LoopbackCloud;

#[doc = include_str!("../../../docs/testing.md")]
struct Testing;

#[doc = include_str!("../../../docs/from-pyngrok.md")]
struct FromPyngrok;
