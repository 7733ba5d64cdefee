//! The binary `ngrok-rs`.

fn main() {}
