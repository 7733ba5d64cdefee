//! Everything that CI checks, in the order in which it fails fastest.

use std::process::Command;
use std::time::Instant;

use crate::{budget, codegen, layers, tidy, workspace};

/// A step: what is printed before it, and what it runs.
type Step = (&'static str, fn() -> Result<(), String>);

const STEPS: &[Step] = &[
    ("formatting", || cargo(&["fmt", "--all", "--check"])),
    ("layers", layers::run),
    ("tidy", tidy::run),
    ("generated code", || codegen::run(&["--check".to_owned()])),
    ("lints", || {
        cargo(&[
            "clippy",
            "--workspace",
            "--all-targets",
            "--all-features",
            "--",
            "--deny",
            "warnings",
        ])
    }),
    ("package counts", budget::run),
    ("every library crate alone", alone),
    ("tests and doctests", || cargo(&["test", "--workspace"])),
    ("watched agents, without a parent-death signal", watched),
    ("documentation", documentation),
    ("demo", || cargo(&["xtask", "demo"])),
];

/// Runs every step, or only those whose name contains `only`.
pub(crate) fn run(only: Option<&str>) -> Result<(), String> {
    let whole = Instant::now();
    for (name, step) in STEPS {
        if only.is_some_and(|part| !name.contains(part)) {
            continue;
        }
        println!("\n=== {name}");
        let start = Instant::now();
        step().map_err(|reason| format!("{name}: {reason}"))?;
        println!("=== {name}: passed in {:.0?}", start.elapsed());
    }
    println!("\nci: passed in {:.0?}", whole.elapsed());
    Ok(())
}

/// A workspace build unifies features and so hides a missing one: each crate has to build by itself.
fn alone() -> Result<(), String> {
    for package in workspace::CRATES {
        for features in ["--no-default-features", "", "--all-features"] {
            check(package, features)?;
        }
    }
    for (package, alone) in SINGLE_FEATURES {
        for feature in *alone {
            check(
                package,
                &format!("--no-default-features --features {feature}"),
            )?;
        }
    }
    Ok(())
}

/// Features that users pick one by one.
const SINGLE_FEATURES: &[(&str, &[&str])] = &[
    ("ngrok-core", &["net", "net-tls"]),
    (
        "ngrok-installer",
        &[
            "download",
            "zip",
            "config",
            "native-roots",
            "download,config",
        ],
    ),
    (
        "ngrok-cloudapi",
        &[
            "core",
            "domains",
            "certificates",
            "ssh",
            "events",
            "ip",
            "identity",
            "vaults",
            "legacy",
            "table,ip",
            "serde-full,ip",
        ],
    ),
    ("ngrok-facade", &["cloud"]),
];

fn check(package: &str, features: &str) -> Result<(), String> {
    let mut args = vec!["check", "--quiet", "--package", package];
    args.extend(features.split_whitespace());
    cargo(&args)
}

/// What macOS and BSD do when a program ends, run on Linux: the death signal is compiled out.
fn watched() -> Result<(), String> {
    let mut command = workspace::cargo();
    command
        .args(["test", "--package", "ngrok-process", "--test", "it", "--"])
        .args(["orphans", "parents"])
        .env("RUSTFLAGS", "--cfg ngrok_process_watcher")
        .env("CARGO_TARGET_DIR", workspace::target().join("watcher"));
    run_command(command)
}

fn documentation() -> Result<(), String> {
    let mut command = workspace::cargo();
    command
        .args(["doc", "--workspace", "--no-deps", "--all-features"])
        .env("RUSTDOCFLAGS", "--deny warnings");
    run_command(command)
}

fn cargo(args: &[&str]) -> Result<(), String> {
    let mut command = workspace::cargo();
    command.args(args);
    run_command(command)
}

fn run_command(mut command: Command) -> Result<(), String> {
    let args: Vec<_> = command
        .get_args()
        .map(|arg| arg.to_string_lossy().into_owned())
        .collect();
    let line = format!("cargo {}", args.join(" "));
    println!("$ {line}");
    let status = command.status().map_err(|e| format!("{line}: {e}"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("`{line}` failed with {status}"))
    }
}
