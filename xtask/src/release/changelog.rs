//! Rolls a changelog: what stood under 'Unreleased' gets a heading with version and date.

use super::version::Version;

const UNRELEASED: &str = "## Unreleased";

/// # Errors
///
/// A sentence if there is nothing to release, or the version has a heading already.
pub(super) fn roll(text: &str, version: &Version, date: &str) -> Result<String, String> {
    let heading = format!("## {version}");
    if text
        .lines()
        .any(|line| line.split(" (").next() == Some(heading.as_str()))
    {
        return Err(format!("there is a heading `{heading}` already"));
    }
    let Some((before, after)) = text.split_once(UNRELEASED) else {
        return Err(format!("there is no heading `{UNRELEASED}`"));
    };
    let entries = after.split("\n## ").next().unwrap_or_default();
    if entries.trim().is_empty() {
        return Err(format!(
            "nothing is under `{UNRELEASED}`, so there is nothing to release"
        ));
    }
    Ok(format!("{before}{UNRELEASED}\n\n{heading} ({date}){after}"))
}
