//! Lists page by page, with services that err.

use ngrok_cloudapi::types::IpPolicy;
use ngrok_cloudapi::{Client, ErrorKind, Result, RetryPolicy};
use serde_json::json;

use crate::client;
use crate::recorder::{Answer, Recorder};

const PATH: &str = "/ip_policies";

/// A page with these ids that names `next`.
fn page(ids: &[&str], next: Option<&str>) -> Answer {
    let items: Vec<_> = ids.iter().map(|id| json!({"id": id})).collect();
    let body = json!({"ip_policies": items, "uri": PATH, "next_page_uri": next});
    Answer::new(200, body.to_string())
}

/// What comes of a list whose service answers by `script`, and what was asked for.
fn walk(
    script: impl Fn(usize) -> Answer + Send + Sync + 'static,
) -> (Vec<Result<IpPolicy>>, Vec<String>) {
    let server = Recorder::start(move |_, before| script(before));
    let client = Client::builder("key")
        .base_url(&server.url)
        .retry(RetryPolicy::never())
        .build()
        .unwrap();
    let mut list = client.ip_policies().list();
    let items: Vec<_> = list.by_ref().take(1000).collect();
    assert!(
        list.next().is_none() && list.next().is_none(),
        "once ended, it stays so"
    );
    (items, server.lines())
}

fn ids(items: &[Result<IpPolicy>]) -> Vec<&str> {
    items
        .iter()
        .flatten()
        .map(|policy| policy.id.as_str())
        .collect()
}

#[test]
fn pages_follow_each_other() {
    let (items, lines) = walk(|before| match before {
        0 => page(
            &["a", "b"],
            Some("https://api.ngrok.com/ip_policies?before_id=b&limit=2"),
        ),
        1 => page(&["c", "d"], Some("/ip_policies?before_id=d&limit=2")),
        _ => page(&["e"], None),
    });
    assert_eq!(ids(&items), ["a", "b", "c", "d", "e"]);
    assert_eq!(
        lines,
        [
            "GET /ip_policies",
            "GET /ip_policies?before_id=b&limit=2",
            "GET /ip_policies?before_id=d&limit=2"
        ]
    );
}

#[test]
fn a_list_ends_on_null_on_empty_and_on_nothing() {
    let bodies = [
        r#"{"ip_policies":[],"next_page_uri":null}"#,
        r#"{"ip_policies":[],"next_page_uri":""}"#,
        r#"{"ip_policies":[]}"#,
        r#"{"ip_policies":null}"#,
    ];
    for body in bodies {
        let (items, lines) = walk(move |_| Answer::new(200, body));
        assert_eq!((items.len(), lines.len()), (0, 1), "{body}");
    }
}

#[test]
fn an_empty_page_that_names_a_next_one_is_not_the_end() {
    let (items, lines) = walk(|before| match before {
        0..3 => page(&[], Some(&format!("/ip_policies?page={before}"))),
        _ => page(&["z"], None),
    });
    assert_eq!((ids(&items), lines.len()), (vec!["z"], 4));
}

#[test]
fn after_an_error_there_is_nothing_more() {
    for answer in [
        Answer::new(500, "{}"),
        Answer::new(200, "<html>"),
        Answer::new(200, "{}"),
        Answer::cut(),
    ] {
        let (items, lines) = walk(move |before| match before {
            0 => page(&["a"], Some("/ip_policies?page=2")),
            _ => answer.clone(),
        });
        assert_eq!((ids(&items), items.len(), lines.len()), (vec!["a"], 2, 2));
        assert!(items[1].is_err());
    }
}

#[test]
fn the_same_page_twice_is_an_error() {
    // Back to itself, back to the first, and round a longer way.
    for cycle in [
        vec!["/ip_policies?p=1"],
        vec!["/ip_policies"],
        vec!["/ip_policies?p=1", "/ip_policies?p=2"],
    ] {
        let length = cycle.len();
        let (items, lines) = walk(move |before| page(&["a"], Some(cycle[before % length])));
        let error = items.last().unwrap().as_ref().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Paging);
        assert!(error.to_string().contains("fetched before"), "{error}");
        assert!(lines.len() <= 3, "{lines:?}");
    }
}

#[test]
fn a_foreign_page_is_refused_before_the_key_leaves() {
    let foreign = Recorder::start(|_, _| page(&["stolen"], None));
    let elsewhere = format!("{}{PATH}?before_id=a", foreign.url);
    let userinfo = format!(
        "http://api.ngrok.com@{}{PATH}",
        foreign.url.trim_start_matches("http://")
    );
    let wrong = [
        "https://evil.example/ip_policies?x=1".to_owned(),
        "/api_keys?x=1".to_owned(),
    ];
    for next in wrong.into_iter().chain([elsewhere, userinfo]) {
        let named = next.clone();
        let (items, lines) = walk(move |_| page(&["a"], Some(&named)));
        assert_eq!((ids(&items), lines.len()), (vec!["a"], 1), "{next}");
        let error = items[1].as_ref().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Paging);
        assert!(error.to_string().contains(&next), "{error}");
    }
    assert!(foreign.requests().is_empty());
}

#[test]
fn next_pages_stay_behind_a_base_url_with_a_path() {
    for next in [
        "https://api.ngrok.com/ip_policies?p=2",
        "/pre/fix/ip_policies?p=2",
        "/ip_policies?p=2",
    ] {
        let server = Recorder::start(move |_, before| match before {
            0 => page(&["a"], Some(next)),
            _ => page(&["b"], None),
        });
        let base = format!("{}/pre/fix/", server.url);
        let client = Client::builder("key")
            .base_url(base)
            .page_size(7)
            .build()
            .unwrap();
        assert_eq!(client.ip_policies().list().collect_all().unwrap().len(), 2);
        assert_eq!(
            server.lines(),
            [
                "GET /pre/fix/ip_policies?limit=7",
                "GET /pre/fix/ip_policies?p=2"
            ]
        );
    }
}

#[test]
fn pages_and_options() {
    let server = Recorder::start(|_, before| match before {
        0 => page(&["a", "b"], Some("/ip_policies?p=2")),
        _ => page(&["c"], None),
    });
    let client = client(&server);
    let list = client.ip_policies().list();
    assert!(
        server.requests().is_empty(),
        "nothing is fetched until it is asked for"
    );
    let pages: Vec<_> = list
        .limit(0)
        .matching("x == 1")
        .query("a b", "c&d")
        .pages()
        .collect();
    let sizes: Vec<_> = pages
        .iter()
        .map(|page| page.as_ref().unwrap().items.len())
        .collect();
    assert_eq!(sizes, [2, 1]);
    assert_eq!(
        server.lines()[0],
        "GET /ip_policies?a%20b=c%26d&filter=x%20%3D%3D%201&limit=1"
    );
    let narrowed = client.ip_policies().list().matching("x || y").matching("z");
    narrowed.collect_all().unwrap();
    assert_eq!(
        server.lines().last().unwrap(),
        "GET /ip_policies?filter=%28x%20%7C%7C%20y%29%20%26%26%20%28z%29"
    );

    let error = client
        .event_sources()
        .list("..")
        .next()
        .unwrap()
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[test]
fn a_list_in_one_piece_is_not_asked_for_pages() {
    let server = Recorder::start(|_, _| Answer::new(200, r#"{"sources":[{"type":"x"}]}"#));
    let builder = Client::builder("key").base_url(&server.url).page_size(100);
    let client = builder.build().unwrap();
    assert_eq!(client.event_sources().list("es_1").count(), 1);
    assert_eq!(server.lines(), ["GET /event_subscriptions/es_1/sources"]);
}
