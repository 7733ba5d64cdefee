//! `cross`: lints the project for other systems, and runs its tests where this machine can.

mod debian;
mod linker;
mod target;
mod toolchain;
mod wine;

use std::fmt;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use target::{ALL, MAC, Runs, Target, WINDOWS};
use toolchain::{Kit, Toolchain};

pub(crate) use wine::run as run_under_wine;

/// Lints the targets named, or all. With `--run`, also runs the tests of those that can be run here.
pub(crate) fn run(args: &[String]) -> Result<(), String> {
    if args == ["--ci"] {
        return ci(Instant::now() + CI_BUDGET);
    }
    let run_tests = args.iter().any(|arg| arg == "--run");
    let names: Vec<&String> = args.iter().filter(|arg| *arg != "--run").collect();
    let targets = if names.is_empty() {
        ALL.to_vec()
    } else {
        let named = names.iter().map(|name| Target::named(name));
        named.collect::<Result<_, _>>()?
    };
    let kit = Kit::new()?;
    let mut summaries = Vec::new();
    for target in targets {
        let mut summary = Summary::new(target);
        match Toolchain::of(&kit, target) {
            Ok(toolchain) => {
                summary.lint(&toolchain);
                if run_tests {
                    summary.test(&toolchain, &["--workspace", "--exclude", "ngrok-edge"]);
                }
            }
            Err(reason) => summary.fail(format!("no toolchain: {reason}")),
        }
        summaries.push(summary);
    }
    report(&summaries)
}

/// After this time no further tests are begun under wine, so that all of CI stays under 45 minutes on two cores.
const CI_BUDGET: Duration = Duration::from_secs(20 * 60);

/// Packages whose tests CI runs under wine, the most telling first.
const WINDOWS_TESTS: &[&str] = &[
    "ngrok-process",
    "ngrok-installer",
    "ngrok-core",
    "ngrok-localapi",
    "ngrok-facade",
    "ngrok-cloudapi",
];

/// The part for CI: lints for Windows and macOS and the tests of the process crate always, further tests until `end`.
fn ci(end: Instant) -> Result<(), String> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        println!("cross: not run: it needs Linux on x86-64");
        return Ok(());
    }
    let toolchains = Kit::new().and_then(|kit| {
        let of = |target| Toolchain::of(&kit, target);
        Ok((of(WINDOWS)?, of(MAC)?))
    });
    let (toolchain, for_mac) = match toolchains {
        Ok(both) => both,
        Err(reason) if std::env::var_os("CI").is_some() => return Err(reason),
        Err(reason) => {
            println!("cross: not run: {reason}");
            return Ok(());
        }
    };
    let (mut windows, mut mac) = (Summary::new(WINDOWS), Summary::new(MAC));
    windows.lint(&toolchain);
    mac.lint(&for_mac);
    let (first, others) = WINDOWS_TESTS.split_at(1);
    for package in first {
        windows.test(&toolchain, &["--package", package]);
    }
    for package in others {
        if Instant::now() < end {
            windows.test(&toolchain, &["--package", package]);
        } else {
            windows.not_run.push((*package).to_owned());
        }
    }
    report(&[windows, mac])
}

fn report(summaries: &[Summary]) -> Result<(), String> {
    println!();
    for summary in summaries {
        println!("{summary}");
    }
    let failed: Vec<_> = summaries
        .iter()
        .filter(|summary| !summary.failures.is_empty())
        .map(|summary| summary.target.name)
        .collect();
    if failed.is_empty() {
        Ok(())
    } else {
        Err(format!("failed for {}", failed.join(", ")))
    }
}

/// What came of one target.
struct Summary {
    target: Target,
    linted: bool,
    passed: usize,
    failed: usize,
    took: Duration,
    not_run: Vec<String>,
    failures: Vec<String>,
}

impl Summary {
    fn new(target: Target) -> Self {
        Self {
            target,
            linted: false,
            passed: 0,
            failed: 0,
            took: Duration::ZERO,
            not_run: Vec::new(),
            failures: Vec::new(),
        }
    }

    fn fail(&mut self, reason: String) {
        eprintln!("cross: {}: {reason}", self.target.name);
        self.failures.push(reason);
    }

    fn lint(&mut self, toolchain: &Toolchain) {
        let mut clippy = toolchain.cargo("clippy");
        clippy
            .args([
                "--workspace",
                "--all-features",
                "--all-targets",
                "--keep-going",
            ])
            .args(["--", "--deny", "warnings"]);
        match self.timed(|_| succeed(clippy)) {
            Ok(()) => self.linted = true,
            Err(reason) => self.fail(format!("lints: {reason}")),
        }
    }

    /// Runs the tests of these packages, after the programs that they start.
    fn test(&mut self, toolchain: &Toolchain, packages: &[&str]) {
        if self.target.runs == Runs::Never {
            self.not_run
                .push("tests (nothing here can run them)".to_owned());
            return;
        }
        let mut programs = toolchain.cargo("build");
        programs.args(["--package", "ngrok-testkit", "--package", "ngrok-facade"]);
        programs.args(["--features", "ngrok-facade/cli", "--bins"]);
        let mut tests = toolchain.cargo("test");
        tests
            .args(packages)
            .args(["--no-fail-fast", "--lib", "--bins", "--tests"]);
        if packages.contains(&"ngrok-facade") {
            tests.args(["--features", "cli"]);
        }
        let programs = self.timed(|_| succeed(programs));
        let outcome = programs.and_then(|()| self.timed(|summary| summary.count(tests)));
        if let Err(reason) = outcome {
            self.fail(format!("tests: {reason}"));
        }
    }

    fn timed<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> T {
        let start = Instant::now();
        let done = work(self);
        self.took += start.elapsed();
        done
    }

    /// Runs cargo's tests, shows what they print, and counts them.
    fn count(&mut self, mut command: Command) -> Result<(), String> {
        announce(&command);
        let mut child = command
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|e| e.to_string())?;
        if let Some(stdout) = child.stdout.take() {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                println!("{line}");
                let (passed, failed) = counts(&line).unwrap_or_default();
                self.passed += passed;
                self.failed += failed;
            }
        }
        let status = child.wait().map_err(|e| e.to_string())?;
        if status.success() {
            Ok(())
        } else {
            Err(format!("cargo test ended with {status}"))
        }
    }
}

/// `test result: ok. 12 passed; 0 failed; …`
fn counts(line: &str) -> Option<(usize, usize)> {
    let (_, rest) = line.strip_prefix("test result: ")?.split_once(". ")?;
    let number = |word: &str| {
        let part = rest.split("; ").find(|part| part.ends_with(word))?;
        part.split_whitespace().next()?.parse().ok()
    };
    Some((number("passed")?, number("failed")?))
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lints = if self.linted { "clean" } else { "FAILED" };
        write!(f, "{:9} lints {lints}", self.target.name)?;
        if self.passed + self.failed > 0 {
            write!(f, "; {} passed, {} failed", self.passed, self.failed)?;
            if self.target.runs == Runs::UnderWine {
                write!(
                    f,
                    ", {} left out (wine-differences.txt)",
                    wine::differences()
                )?;
            }
        }
        for what in &self.not_run {
            write!(f, "; not run: {what}")?;
        }
        for reason in &self.failures {
            write!(f, "; {reason}")?;
        }
        write!(f, " ({} s)", self.took.as_secs())
    }
}

fn announce(command: &Command) {
    let args: Vec<_> = command
        .get_args()
        .map(|arg| arg.to_string_lossy())
        .collect();
    println!("$ cargo {}", args.join(" "));
}

fn succeed(mut command: Command) -> Result<(), String> {
    announce(&command);
    let status = command.status().map_err(|e| e.to_string())?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("cargo ended with {status}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace;

    #[test]
    fn results_are_counted() {
        let line = "test result: FAILED. 53 passed; 2 failed; 1 ignored; 0 measured; 4 filtered out; finished in 1.02s";
        assert_eq!(counts(line), Some((53, 2)));
        assert_eq!(counts("test a ... ok"), None);
        assert_eq!(counts("test result: odd"), None);
    }

    #[test]
    fn every_library_crate_is_tested_for_windows() {
        let mut ours = WINDOWS_TESTS.to_vec();
        let mut all = workspace::CRATES.to_vec();
        ours.sort_unstable();
        all.sort_unstable();
        assert_eq!(ours, all);
    }
}
