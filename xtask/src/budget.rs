//! Keeps the crates lean: how many packages each pulls in, and which ones none of them may.

use crate::workspace;

/// The most packages that a crate may pull in on Linux with its default features, itself included.
const LIMITS: &[(&str, usize)] = &[
    ("ngrok-core", 8),
    ("ngrok-localapi", 29),
    ("ngrok-process", 33),
    ("ngrok-cloudapi", 39),
    ("ngrok-installer", 71),
];

/// Crates of which no trace may be found below any of them, whatever features are on.
const FORBIDDEN: &[&str] = &["tokio", "openssl", "openssl-sys", "native-tls", "reqwest"];

/// Crates that the local API client must not pull in by default: it speaks plain HTTP to loopback.
const NO_TLS: (&str, &[&str]) = ("ngrok-localapi", &["rustls", "ring", "webpki-roots"]);

pub(crate) fn run() -> Result<(), String> {
    let mut problems = Vec::new();
    for (package, limit) in LIMITS {
        let lines = tree(package, &[])?;
        println!("budget: {package}: {} packages of {limit}", lines.len());
        if lines.len() > *limit {
            problems.push(format!(
                "{package} pulls in {} packages, {limit} are allowed: see `cargo tree -p {package} -e normal`",
                lines.len()
            ));
        }
        if *package == NO_TLS.0 {
            problems.extend(found(package, &lines, NO_TLS.1));
        }
    }
    for package in workspace::CRATES {
        let lines = tree(package, &["--all-features"])?;
        problems.extend(found(package, &lines, FORBIDDEN));
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems.join("\n"))
    }
}

/// The packages of its tree of normal dependencies on Linux, each once.
fn tree(package: &str, features: &[&str]) -> Result<Vec<String>, String> {
    let output = workspace::cargo()
        .args(["tree", "--edges", "normal", "--prefix", "none"])
        .args(["--target", "x86_64-unknown-linux-gnu", "--package", package])
        .args(features)
        .output()
        .map_err(|e| format!("cargo tree: {e}"))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let mut lines: Vec<String> = String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter(|line| !line.is_empty())
        // A package that was listed before is marked; it is the same package.
        .map(|line| line.trim_end_matches(" (*)").to_owned())
        .collect();
    lines.sort();
    lines.dedup();
    Ok(lines)
}

/// A sentence for each of `names` that stands in the tree.
fn found(package: &str, lines: &[String], names: &[&str]) -> Vec<String> {
    names
        .iter()
        .filter(|name| {
            lines
                .iter()
                .any(|line| line.split(' ').next() == Some(name))
        })
        .map(|name| format!("{package} pulls in {name}: see `cargo tree -p {package} -i {name}`"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forbidden_crate_is_found_by_its_whole_name() {
        let lines = [
            "tokio-rustls v0.26.6".to_owned(),
            "ring v0.17.14".to_owned(),
        ];
        assert!(found("x", &lines, &["tokio"]).is_empty());
        assert_eq!(found("x", &lines, &["tokio", "ring"]).len(), 1);
    }
}
