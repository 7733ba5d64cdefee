//! How fast lines are parsed, on one core: at least a million a second are asked for.
#![allow(clippy::unwrap_used, reason = "a bench that cannot go on fails")]

use divan::counter::ItemsCount;
use ngrok_process::LogLine;

fn main() {
    divan::main();
}

/// The log of a real agent that served a few hundred calls.
const LOG: &str = include_str!("../tests/fixtures/logs/api-session-agent.log");
/// The same in JSON, of a short run.
const JSON: &str = include_str!("../tests/fixtures/logs/life-json-info.log");

fn parse(bencher: divan::Bencher<'_, '_>, log: &str) {
    bencher
        .counter(ItemsCount::new(log.lines().count()))
        .bench_local(|| {
            for line in divan::black_box(log).lines() {
                divan::black_box(LogLine::parse(line));
            }
        });
}

#[divan::bench]
fn logfmt(bencher: divan::Bencher<'_, '_>) {
    parse(bencher, LOG);
}

#[divan::bench]
fn json(bencher: divan::Bencher<'_, '_>) {
    parse(bencher, JSON);
}
