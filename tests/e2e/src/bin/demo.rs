//! The whole life of a tunnel on one machine, with no network and no account: `cargo xtask demo`.

use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => e2e::demo::loopback(),
        ["--real"] => e2e::demo::real(),
        _ => {
            eprintln!("usage: demo [--real]");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("\nThe demo failed: {reason}");
            ExitCode::FAILURE
        }
    }
}
