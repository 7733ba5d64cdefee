//! `file://` tunnels.

use serde_json::json;
use ureq::http::Request;

use crate::client::{Api, converse, get, send};

#[test]
fn a_directory_is_listed_and_its_files_served_in_parts_too() {
    let api = Api::start();
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("dir")).unwrap();
    std::fs::write(folder.path().join("a <b>.txt"), "hello file\n").unwrap();
    std::fs::write(folder.path().join("dir/index.html"), "<p>index").unwrap();
    std::fs::write(folder.path().with_extension("secret"), "no").unwrap();
    let addr = format!("file://{}", folder.path().display());
    let url = api.open(&json!({"name": "fs", "proto": "http", "addr": addr}));
    assert_eq!(
        get(&url).text(),
        "<pre>\n<a href=\"a%20%3Cb%3E.txt\">a &lt;b&gt;.txt</a>\n<a href=\"dir/\">dir/</a>\n</pre>\n"
    );
    let file = format!("{url}/a%20%3Cb%3E.txt");
    let whole = get(&file);
    assert_eq!(whole.text(), "hello file\n");
    assert_eq!(whole.header("content-type"), "text/plain; charset=utf-8");
    assert!(whole.header("last-modified").ends_with(" GMT"));
    for (range, status, text, told) in [
        ("bytes=0-4", 206, "hello", "bytes 0-4/11"),
        ("bytes=-5", 206, "file\n", "bytes 6-10/11"),
        (
            "bytes=99-",
            416,
            "invalid range: failed to overlap\n",
            "bytes */11",
        ),
    ] {
        let request = Request::get(&file).header("range", range);
        let part = send(request.body(Vec::new()).unwrap()).unwrap();
        assert_eq!((part.status, part.text().as_str()), (status, text));
        assert_eq!(part.header("content-range"), told);
    }
    let redirect = get(&format!("{url}/dir"));
    assert_eq!(
        (redirect.status, redirect.header("location")),
        (301, "dir/")
    );
    assert_eq!(get(&format!("{url}/dir/")).text(), "<p>index");
    assert_eq!(
        get(&format!("{url}/missing")).text(),
        "404 page not found\n"
    );
    let name = folder.path().file_name().unwrap().to_str().unwrap();
    let escape = format!("GET /../{name}.secret HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    assert!(converse(&url, escape.as_bytes()).starts_with("HTTP/1.1 404"));
    std::fs::remove_file(folder.path().with_extension("secret")).unwrap();
    let captured = api.captured();
    assert_eq!(captured[0]["response"]["status_code"], 404);
}
