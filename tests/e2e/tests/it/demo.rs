//! The demo is a test too.

#[test]
fn the_demo_checks_every_step() {
    e2e::demo::loopback().unwrap();
}
