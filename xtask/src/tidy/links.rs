//! Links in Markdown files lead somewhere: a file or folder of the repository, and a heading of it.

use std::fs;
use std::path::{Path, PathBuf};

use crate::workspace;

/// A sentence for each link of the repository's pages that leads nowhere.
pub(super) fn check(root: &Path) -> Result<Vec<String>, String> {
    let mut problems = Vec::new();
    for page in pages(root)? {
        let text = fs::read_to_string(&page).map_err(|e| format!("{}: {e}", page.display()))?;
        for link in links(&text) {
            if let Some(problem) = broken(&page, &text, link) {
                let shown = page.strip_prefix(root).unwrap_or(&page).display();
                problems.push(format!("{shown}: the link `{link}` {problem}"));
            }
        }
    }
    Ok(problems)
}

/// The pages that are read where they lie.
fn pages(root: &Path) -> Result<Vec<PathBuf>, String> {
    let mut pages = Vec::new();
    let mut folders = vec![
        root.to_path_buf(),
        root.join("docs"),
        root.join("tests/testkit"),
    ];
    folders.extend(
        workspace::CRATES
            .iter()
            .map(|name| root.join("crates").join(name)),
    );
    for folder in folders {
        let entries = fs::read_dir(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        let found = entries.filter_map(|entry| Some(entry.ok()?.path()));
        pages.extend(found.filter(|path| path.extension().is_some_and(|it| it == "md")));
    }
    pages.sort();
    Ok(pages)
}

/// The targets of `[text](target)`, those in code aside.
fn links(text: &str) -> Vec<&str> {
    let mut is_code = false;
    let mut found = Vec::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
        } else if !is_code {
            // Every second part lies between backticks.
            let prose = line.split('`').step_by(2);
            found.extend(
                prose
                    .flat_map(|part| part.split("](").skip(1))
                    .filter_map(|rest| rest.split(')').next()),
            );
            // A link whose text is code is cut by that: `[`a`](b)` leaves `](b)`, which is found above.
        }
    }
    found
}

/// What is wrong with a link of a page.
fn broken(page: &Path, text: &str, link: &str) -> Option<String> {
    if link.contains("://") || link.starts_with("mailto:") {
        return None;
    }
    let (path, heading) = link.split_once('#').unwrap_or((link, ""));
    let target = match path {
        "" => page.to_path_buf(),
        _ => page.parent()?.join(path),
    };
    if !target.exists() {
        return Some("leads to no file".to_owned());
    }
    if heading.is_empty() {
        return None;
    }
    let read;
    let text = match path {
        "" => text,
        _ => {
            read = fs::read_to_string(&target).unwrap_or_default();
            &read
        }
    };
    (!anchors(text).any(|anchor| anchor == heading)).then(|| "leads to no heading".to_owned())
}

/// The anchors of a page's headings, as forges make them.
fn anchors(text: &str) -> impl Iterator<Item = String> {
    text.lines()
        .filter(|line| line.starts_with('#'))
        .map(|line| {
            let title = line.trim_start_matches('#').trim().to_lowercase();
            let kept = title
                .chars()
                .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
            kept.map(|c| if c == ' ' { '-' } else { c }).collect()
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_in_prose_and_not_in_code() {
        let text = "See [a](one.md) and [`b`](two.md#x).\n```\n[c](no.md)\n```\n`[d](no.md)` [e](https://x.y)";
        assert_eq!(links(text), ["one.md", "two.md#x", "https://x.y"]);
    }

    #[test]
    fn a_link_to_nothing_is_named_and_one_to_a_heading_is_followed() {
        let root = std::env::temp_dir().join(format!("links-{}", std::process::id()));
        fs::create_dir_all(&root).unwrap();
        let page = root.join("page.md");
        fs::write(&page, "# The first part\n").unwrap();
        let check = |link| broken(&page, "# The first part\n", link);
        for fine in [
            "page.md",
            "page.md#the-first-part",
            "#the-first-part",
            "https://example.com/x#y",
            ".",
        ] {
            assert_eq!(check(fine), None, "{fine}");
        }
        assert!(check("gone.md").unwrap().contains("no file"));
        for heading in ["#gone", "page.md#gone"] {
            assert!(check(heading).unwrap().contains("no heading"), "{heading}");
        }
        fs::remove_dir_all(&root).unwrap();
    }
}
