//! Programs of the user's desktop: the browser, the clipboard, the editor. And QR codes.

use std::io::Write;
use std::process::{Command, Stdio};

use qrcode::QrCode;
use qrcode::render::unicode::Dense1x2;

use crate::exit::{Failure, Outcome};

/// Returns the address of the inspector of an agent.
pub(crate) fn inspect_url(api_url: &str) -> String {
    format!("{}/inspect/http", api_url.trim_end_matches('/'))
}

fn is_set(variable: &str) -> bool {
    std::env::var_os(variable).is_some_and(|value| !value.is_empty())
}

/// Opens a URL in the user's browser; returns whether a program for it could be started.
pub(crate) fn browse(url: &str) -> bool {
    let mut programs: Vec<Vec<String>> = Vec::new();
    let words = |line: &str| {
        line.split_whitespace()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    if let Ok(browser) = std::env::var("BROWSER")
        && !browser.trim().is_empty()
    {
        programs.push(words(&browser));
    }
    if cfg!(target_os = "macos") {
        programs.push(words("open"));
    } else if cfg!(windows) {
        programs.push(words("explorer"));
    } else {
        programs.push(words("xdg-open"));
        programs.push(words("wslview"));
    }
    programs.iter().any(|words| {
        let Some((program, args)) = words.split_first() else {
            return false;
        };
        Command::new(program)
            .args(args)
            .arg(url)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .is_ok()
    })
}

/// Puts text on the clipboard with the first tool that works.
pub(crate) fn copy(text: &str) -> Result<(), String> {
    let mut tools: Vec<&[&str]> = Vec::new();
    if is_set("WAYLAND_DISPLAY") {
        tools.push(&["wl-copy"]);
    }
    if is_set("DISPLAY") {
        tools.push(&["xclip", "-selection", "clipboard"]);
        tools.push(&["xsel", "--clipboard", "--input"]);
    }
    if cfg!(target_os = "macos") {
        tools.push(&["pbcopy"]);
    }
    if cfg!(windows) || is_set("WSL_DISTRO_NAME") {
        tools.push(&["clip.exe"]);
    }
    if tools.iter().any(|tool| pipe(tool, text).is_some()) {
        return Ok(());
    }
    Err("no clipboard tool works here; install wl-clipboard, xclip or xsel".to_owned())
}

fn pipe(tool: &[&str], text: &str) -> Option<()> {
    let (program, args) = tool.split_first()?;
    let mut child = Command::new(program)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let written = child.stdin.take()?.write_all(text.as_bytes());
    let ended = child.wait().ok()?;
    (written.is_ok() && ended.success()).then_some(())
}

/// Returns the QR code of a text, in half blocks, light on a dark terminal.
pub(crate) fn qr_code(text: &str) -> Outcome<String> {
    let code = QrCode::new(text)
        .map_err(|error| Failure::Usage(format!("the URL does not fit a QR code: {error}")))?;
    Ok(code
        .render::<Dense1x2>()
        .dark_color(Dense1x2::Light)
        .light_color(Dense1x2::Dark)
        .build())
}

/// Opens a file in the user's editor and waits until it is closed.
pub(crate) fn edit(path: &std::path::Path) -> Outcome {
    let named = ["VISUAL", "EDITOR"]
        .into_iter()
        .filter_map(|name| std::env::var(name).ok())
        .find(|value| !value.trim().is_empty());
    let fallback = if cfg!(windows) { "notepad" } else { "vi" };
    let line = named.unwrap_or_else(|| fallback.to_owned());
    let mut words = line.split_whitespace();
    let program = words.next().unwrap_or(fallback);
    let status = Command::new(program)
        .args(words)
        .arg(path)
        .status()
        .map_err(|error| {
            Failure::Io(
                format!("cannot run the editor `{line}`; set VISUAL or EDITOR"),
                error,
            )
        })?;
    if status.success() {
        return Ok(());
    }
    Err(Failure::Failed(format!(
        "the editor `{line}` failed ({status})"
    )))
}
