//! The download host and the archives that it serves.

use std::io::Read;
use std::time::{Duration, Instant};

use ngrok_testkit::archive::{Entry, tgz, zip};
use ngrok_testkit::{DownloadFault, DownloadHost};
use ureq::http::Request;

use crate::client::{Answer, get, send};

fn part(url: &str, range: &str) -> Answer {
    let request = Request::get(url).header("range", range);
    send(request.body(Vec::new()).unwrap()).unwrap()
}

#[test]
fn files_are_served_whole_and_in_parts_and_counted() {
    let host = DownloadHost::start().unwrap();
    host.serve("/a", b"0123456789".to_vec());
    let url = host.url("/a");
    assert_eq!(get(&url).text(), "0123456789");
    let tail = part(&url, "bytes=4-");
    assert_eq!((tail.status, tail.text().as_str()), (206, "456789"));
    assert_eq!(tail.header("content-range"), "bytes 4-9/10");
    assert_eq!(part(&url, "bytes=10-").status, 416);
    assert_eq!(host.count("/a"), 3);
    assert_eq!(host.ranges("/a")[1].as_deref(), Some("bytes=4-"));
    assert_eq!(get(&host.url("/b")).status, 404);
    assert_eq!(host.count("/b"), 0);
}

#[test]
fn faults_come_in_their_order_and_pass() {
    let host = DownloadHost::start().unwrap();
    host.serve("/a", vec![7; 100_000]);
    let url = host.url("/a");
    host.fail("/a", 2, DownloadFault::Status(503));
    host.fail(
        "/a",
        1,
        DownloadFault::Redirect("http://127.0.0.1:1/".into()),
    );
    host.fail("/a", 1, DownloadFault::Corrupt);
    host.fail("/a", 1, DownloadFault::Cut(50_000));
    host.fail("/a", 1, DownloadFault::NoRanges);
    host.fail(
        "/a",
        1,
        DownloadFault::Slow {
            chunk: 50_000,
            pause: Duration::from_millis(50),
        },
    );
    assert_eq!(get(&url).status, 503);
    assert_eq!(get(&url).status, 503);
    assert_eq!(get(&url).status, 302);
    assert_eq!(get(&url).body, vec![!7; 100_000]);
    assert!(send(Request::get(&url).body(Vec::new()).unwrap()).is_err());
    assert_eq!(part(&url, "bytes=5-").status, 200);
    let start = Instant::now();
    assert_eq!(get(&url).body.len(), 100_000);
    assert!(start.elapsed() >= Duration::from_millis(100));
    assert_eq!(get(&url).body, vec![7; 100_000]);
}

#[test]
fn a_stalled_download_keeps_its_connection() {
    let host = DownloadHost::start().unwrap();
    host.serve("/a", vec![7; 1_000]);
    host.fail("/a", usize::MAX, DownloadFault::Stall(10));
    let mut stream = std::net::TcpStream::connect(host.addr()).unwrap();
    std::io::Write::write_all(&mut stream, b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    stream
        .set_read_timeout(Some(Duration::from_millis(200)))
        .unwrap();
    let mut got = Vec::new();
    let error = stream.read_to_end(&mut got).unwrap_err();
    assert!(matches!(
        error.kind(),
        std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut
    ));
    assert!(got.ends_with(&[7; 10]) && !got.ends_with(&[7; 11]));
}

#[test]
fn archives_hold_what_they_were_given_evil_names_too() {
    let entries = [
        Entry::executable("ngrok", "agent"),
        Entry::file("../evil", "x"),
    ];
    let bytes = tgz(&entries).unwrap();
    let mut tar = tar::Archive::new(flate2::read::GzDecoder::new(bytes.as_slice()));
    let read: Vec<(String, u32)> = tar
        .entries()
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            let path = String::from_utf8(entry.path_bytes().into_owned()).unwrap();
            (path, entry.header().mode().unwrap())
        })
        .collect();
    assert_eq!(
        read,
        [("ngrok".to_owned(), 0o755), ("../evil".to_owned(), 0o644)]
    );

    let bytes = zip(&entries).unwrap();
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut text = String::new();
    archive
        .by_name("ngrok")
        .unwrap()
        .read_to_string(&mut text)
        .unwrap();
    assert_eq!(text, "agent");
    assert_eq!(
        archive.by_name("ngrok").unwrap().unix_mode().unwrap() & 0o777,
        0o755
    );
    assert!(tgz(&[Entry::file("x".repeat(101), "")]).is_err());
}
