//! A `file://` tunnel: a directory served over HTTP, with listings and ranges.

use std::io::SeekFrom;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use percent_encoding::percent_decode_str;
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWrite, AsyncWriteExt};

use super::pages;
use super::wire::Head;
use crate::agent::capture::Exchange;
use crate::clock;
use crate::range::{Asked, parse};

/// What to send after the head.
enum Content {
    Bytes(Vec<u8>),
    File(File, u64),
}

/// Answers a request for something in a directory.
pub(crate) async fn answer<W: AsyncWrite + Unpin>(
    directory: &Path,
    request: &Head,
    to: &mut W,
    exchange: Option<&Exchange>,
) -> std::io::Result<()> {
    let (method, target, _) = request.words();
    let (mut head, content) = match method {
        "GET" | "HEAD" => find(directory, target, request).await,
        _ => text(405, "Method Not Allowed", "method not allowed\n"),
    };
    head.add("Date", &clock::http_date(SystemTime::now()));
    if let Some(exchange) = exchange {
        exchange.response_head(&head);
    }
    to.write_all(&head.to_bytes()).await?;
    if method == "HEAD" {
        return Ok(());
    }
    match content {
        Content::Bytes(bytes) => {
            if let Some(exchange) = exchange {
                exchange.response_body(&bytes);
            }
            to.write_all(&bytes).await
        }
        Content::File(file, length) => {
            let mut file = file.take(length);
            let mut piece = vec![0; 64 * 1024];
            loop {
                let read = file.read(&mut piece).await?;
                let Some(bytes) = piece.get(..read).filter(|bytes| !bytes.is_empty()) else {
                    return Ok(());
                };
                if let Some(exchange) = exchange {
                    exchange.response_body(bytes);
                }
                to.write_all(bytes).await?;
            }
        }
    }
}

async fn find(directory: &Path, target: &str, request: &Head) -> (Head, Content) {
    let path = target.split(['?', '#']).next().unwrap_or_default();
    let Some(relative) = clean(path) else {
        return not_found();
    };
    let mut full = directory.join(&relative);
    let is_directory = tokio::fs::metadata(&full).await.is_ok_and(|m| m.is_dir());
    if is_directory {
        if !path.ends_with('/') {
            let name = path.rsplit('/').next().unwrap_or_default();
            let (mut head, content) = text(301, "Moved Permanently", "");
            head.add("Location", &format!("{name}/"));
            return (head, content);
        }
        let index = full.join("index.html");
        if tokio::fs::metadata(&index).await.is_err() {
            return listing(&full).await;
        }
        full = index;
    }
    file(&full, request).await.unwrap_or_else(|_| not_found())
}

/// The path below the directory; `..` cannot leave it.
fn clean(path: &str) -> Option<PathBuf> {
    let decoded = percent_decode_str(path).decode_utf8().ok()?;
    let mut clean = PathBuf::new();
    for segment in decoded.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                clean.pop();
            }
            // A drive or a backslash would be another way out on Windows, a NUL is in no name.
            name if name.contains(['\0', '\\']) || cfg!(windows) && name.contains(':') => {
                return None;
            }
            name => clean.push(name),
        }
    }
    Some(clean)
}

async fn file(path: &Path, request: &Head) -> std::io::Result<(Head, Content)> {
    let mut file = File::open(path).await?;
    let metadata = file.metadata().await?;
    let len = metadata.len();
    let (status, length, told) = match parse(request.get("range"), len) {
        Asked::Whole => ("200 OK", len, None),
        Asked::Part(part) => {
            file.seek(SeekFrom::Start(part.start)).await?;
            let told = format!("bytes {}-{}/{len}", part.start, part.end - 1);
            ("206 Partial Content", part.end - part.start, Some(told))
        }
        Asked::Unsatisfiable => {
            let (mut head, content) = text(
                416,
                "Requested Range Not Satisfiable",
                "invalid range: failed to overlap\n",
            );
            head.add("Content-Range", &format!("bytes */{len}"));
            return Ok((head, content));
        }
    };
    let mut head = Head {
        start: format!("HTTP/1.1 {status}"),
        headers: Vec::new(),
    };
    head.add("Accept-Ranges", "bytes");
    head.add("Content-Length", &length.to_string());
    head.add("Content-Type", content_type(path));
    if let Some(told) = told {
        head.add("Content-Range", &told);
    }
    if let Ok(modified) = metadata.modified() {
        head.add("Last-Modified", &clock::http_date(modified));
    }
    Ok((head, Content::File(file, length)))
}

async fn listing(directory: &Path) -> (Head, Content) {
    let mut names = Vec::new();
    if let Ok(mut entries) = tokio::fs::read_dir(directory).await {
        while let Ok(Some(entry)) = entries.next_entry().await {
            let mut name = entry.file_name().to_string_lossy().into_owned();
            if tokio::fs::metadata(entry.path())
                .await
                .is_ok_and(|m| m.is_dir())
            {
                name.push('/');
            }
            names.push(name);
        }
    }
    names.sort();
    let mut page = "<pre>\n".to_owned();
    for name in names {
        let href = percent_encoding::utf8_percent_encode(&name, HREF);
        let shown = pages::escape(&name);
        page.push_str(&format!("<a href=\"{href}\">{shown}</a>\n"));
    }
    page.push_str("</pre>\n");
    let (mut head, content) = text(200, "OK", &page);
    head.set("Content-Type", "text/html; charset=utf-8");
    (head, content)
}

const HREF: &percent_encoding::AsciiSet = &percent_encoding::NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~')
    .remove(b'/');

fn not_found() -> (Head, Content) {
    let (mut head, content) = text(404, "Not Found", "404 page not found\n");
    head.add("X-Content-Type-Options", "nosniff");
    (head, content)
}

fn text(status: u16, reason: &str, body: &str) -> (Head, Content) {
    let mut head = Head {
        start: format!("HTTP/1.1 {status} {reason}"),
        headers: Vec::new(),
    };
    head.add("Content-Type", "text/plain; charset=utf-8");
    head.add("Content-Length", &body.len().to_string());
    (head, Content::Bytes(body.as_bytes().to_vec()))
}

fn content_type(path: &Path) -> &'static str {
    match path
        .extension()
        .and_then(|e| e.to_str())
        .unwrap_or_default()
    {
        "html" | "htm" => "text/html; charset=utf-8",
        "txt" | "md" => "text/plain; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "json" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_leaves_the_directory() {
        for (path, expected) in [
            ("/a.txt", Some("a.txt")),
            ("/../../etc/passwd", Some("etc/passwd")),
            ("/a/%2e%2e/%2e%2e/b", Some("b")),
            ("//etc//passwd", Some("etc/passwd")),
            ("/..%5c..%5cb", None),
            ("/a%00b", None),
            ("/%ff", None),
            ("/", Some("")),
        ] {
            assert_eq!(clean(path), expected.map(PathBuf::from), "{path}");
        }
    }
}
