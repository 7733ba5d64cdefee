//! The stand-in agent as a program.

fn main() {}
