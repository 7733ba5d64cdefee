//! Agents that see only a part of the file system: snaps, Flatpaks, containers.

use std::path::{Path, PathBuf};

use crate::options::AgentOptions;

/// Returns what confines the program at this path, as far as the path says.
pub(crate) fn by(binary: &Path) -> Option<&'static str> {
    // The commands of snaps are links to the program that starts all of them.
    let real = binary.canonicalize().unwrap_or_else(|_| binary.to_owned());
    let is_below = |folder: &str| binary.starts_with(folder) || real.starts_with(folder);
    let is_snap = is_below("/snap") || is_below("/var/lib/snapd") || real.ends_with("usr/bin/snap");
    if is_snap {
        return Some("snap");
    }
    let is_flatpak = is_below("/var/lib/flatpak")
        || binary.iter().any(|part| part == "flatpak")
        || real.ends_with("usr/bin/flatpak");
    is_flatpak.then_some("Flatpak")
}

/// Returns the folder for a file that the agent has to read.
pub(crate) fn overlay_dir(options: &AgentOptions, temp: PathBuf) -> PathBuf {
    let beside = || {
        by(&options.binary)?;
        Some(options.config_paths.first()?.parent()?.to_owned())
    };
    options.overlay_dir.clone().or_else(beside).unwrap_or(temp)
}

/// Returns a note for an agent that did not find a file that is there.
pub(crate) fn note(
    options: &AgentOptions,
    overlay: Option<&Path>,
    message: &str,
) -> Option<String> {
    let says = |words: &str| message.contains(words);
    if !says("no such file or directory") && !says("permission denied") && !says("cannot find") {
        return None;
    }
    let mut files = options
        .config_paths
        .iter()
        .map(PathBuf::as_path)
        .chain(overlay);
    let file = files.find(|file| says(&file.display().to_string()) && file.exists())?;
    let is_overlay = overlay == Some(file);
    let way_out = if is_overlay {
        "put the overlay where it sees it, by `overlay_dir`, or set TMPDIR"
    } else {
        "put the file where it sees it, in its own folder below the home directory"
    };
    let shown = file.display();
    match by(&options.binary) {
        Some(kind) => Some(format!(
            "{shown} is there, but the agent is a {kind}, which sees only a part of the file system: {way_out}"
        )),
        // Permissions are the usual reason for a file of the user's own.
        None if is_overlay || says("no such file") => Some(format!(
            "{shown} is there, but the agent does not see it, as if it were in a container, a snap or another confinement: {way_out}"
        )),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn snaps_and_flatpaks_are_known_by_their_paths() {
        for (path, kind) in [
            ("/snap/bin/ngrok", Some("snap")),
            ("/snap/ngrok/current/ngrok", Some("snap")),
            ("/var/lib/snapd/snap/bin/ngrok", Some("snap")),
            (
                "/var/lib/flatpak/exports/bin/com.ngrok.ngrok",
                Some("Flatpak"),
            ),
            (
                "/home/u/.local/share/flatpak/exports/bin/ngrok",
                Some("Flatpak"),
            ),
            ("/usr/local/bin/ngrok", None),
            ("/home/u/snap/bin/ngrok", None),
        ] {
            assert_eq!(by(Path::new(path)), kind, "{path}");
        }
    }

    #[test]
    fn the_overlay_of_a_confined_agent_is_beside_its_config() {
        let temp = || PathBuf::from("/tmp");
        let options = |binary: &str| AgentOptions::builder(binary).config_path("/home/u/ngrok.yml");
        for (options, expected) in [
            (options("/usr/bin/ngrok"), "/tmp"),
            (options("/snap/bin/ngrok"), "/home/u"),
            (AgentOptions::builder("/snap/bin/ngrok"), "/tmp"),
            (options("/snap/bin/ngrok").overlay_dir("/mine"), "/mine"),
        ] {
            assert_eq!(overlay_dir(&options.build(), temp()), Path::new(expected));
        }
    }

    #[test]
    fn a_file_that_is_there_and_not_seen_is_explained() {
        let dir = tempfile::tempdir().unwrap();
        let (config, overlay) = (dir.path().join("ngrok.yml"), dir.path().join("over.yml"));
        std::fs::write(&config, "").unwrap();
        std::fs::write(&overlay, "").unwrap();
        let said = |path: &Path, why: &str| {
            format!(
                "Error reading configuration file '{0}': open {0}: {why}",
                path.display()
            )
        };
        let missing = "no such file or directory";
        for (binary, message, words) in [
            (
                "/snap/bin/ngrok",
                said(&overlay, "permission denied"),
                Some("overlay_dir"),
            ),
            (
                "/snap/bin/ngrok",
                said(&config, "permission denied"),
                Some("a snap"),
            ),
            ("/usr/bin/ngrok", said(&overlay, missing), Some("container")),
            ("/usr/bin/ngrok", said(&config, missing), Some("container")),
            ("/usr/bin/ngrok", said(&config, "permission denied"), None),
            (
                "/usr/bin/ngrok",
                said(Path::new("/gone.yml"), missing),
                None,
            ),
            (
                "/snap/bin/ngrok",
                "listen: address already in use".to_owned(),
                None,
            ),
        ] {
            let options = AgentOptions::builder(binary).config_path(&config).build();
            let note = note(&options, Some(&overlay), &message);
            assert_eq!(note.is_some(), words.is_some(), "{message}: {note:?}");
            assert!(note.unwrap_or_default().contains(words.unwrap_or_default()));
        }
    }
}
