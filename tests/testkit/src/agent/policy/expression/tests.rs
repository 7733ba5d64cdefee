//! Expressions that hold, that do not, that fail, and that cannot be used.

use super::*;
use crate::agent::forward::wire::Head;

fn head(start: &str, headers: &[(&str, &str)]) -> Head {
    let headers = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec()));
    Head {
        start: start.to_owned(),
        headers: headers.collect(),
    }
}

fn holds(text: &str) -> Result<bool, String> {
    let request = head(
        "POST /api/items?tag=a&tag=b%20c&empty HTTP/1.1",
        &[
            ("Host", "me.test"),
            ("User-Agent", "curl/8.0"),
            ("X-Key", "one"),
            ("x-key", "two"),
            ("Content-Length", "12"),
        ],
    );
    let response = head("HTTP/1.1 404 Not Found", &[("Server", "mine")]);
    let facts = Facts {
        peer: "127.0.0.1:5555".parse().unwrap(),
        request: Some(&request),
        response: Some(&response),
    };
    Expression::parse(text)
        .unwrap_or_else(|error| panic!("{text}: {error:?}"))
        .holds(&facts)
}

#[test]
fn what_holds_and_what_does_not() {
    for (text, expected) in [
        ("true", true),
        ("!true", false),
        ("!!true", true),
        ("req.method == 'POST'", true),
        ("req.method != \"POST\"", false),
        ("req.method in ['GET', 'POST']", true),
        ("req.method in []", false),
        (
            "req.url.path.startsWith('/api') && req.method == 'POST'",
            true,
        ),
        (
            "req.url.path.endsWith('/items') || missing_is_not_reached()",
            true,
        ),
        (
            "req.url.path.contains('x') || req.method == 'POST' && false",
            false,
        ),
        (
            "(req.url.path.contains('x') || req.method == 'POST') && true",
            true,
        ),
        ("req.url.path.matches('^/api/[a-z]+$')", true),
        (r"req.url.path.matches('\d')", false),
        ("req.url.query == 'tag=a&tag=b%20c&empty'", true),
        ("req.url.query_params['tag'][1] == 'b c'", true),
        ("'empty' in req.url.query_params", true),
        ("size(req.url.query_params['tag']) == 2", true),
        ("req.url.contains('me.test/api')", true),
        ("req.headers['x-key'] == ['one', 'two']", true),
        ("req.headers.host[0] == req.host", true),
        ("'two' in req.headers['x-key']", true),
        ("'x-none' in req.headers", false),
        ("hasReqHeader('X-KEY') && !hasReqHeader('X-None')", true),
        ("getReqHeader('x-key').size() == 2", true),
        ("getResHeader('server')[0] == 'mine'", true),
        ("req.user_agent.lowerAscii().startsWith('curl')", true),
        ("'a' + 'b' == 'ab'", true),
        ("req.content_length > 11 && req.content_length <= 12", true),
        ("res.status_code >= 400 && res.status_code < 500", true),
        ("conn.client_ip == '127.0.0.1'", true),
        ("inCidrRange(conn.client_ip, '127.0.0.0/8')", true),
        (
            "inCidrRanges(conn.client_ip, ['10.0.0.0/8', '192.168.0.0/16'])",
            false,
        ),
        ("-1 < 0 && 1.5 > 1", true),
        ("'it\\'s' == \"it's\"", true),
    ] {
        if text.contains("missing_is_not_reached") {
            assert!(matches!(Expression::parse(text), Err(Unusable::Unknown(_))));
            continue;
        }
        assert_eq!(holds(text), Ok(expected), "{text}");
    }
}

#[test]
fn what_fails_when_it_runs() {
    for text in [
        "req.method",
        "req.headers['x-none'][0] == 'a'",
        "req.headers['x-key'][2] == 'a'",
        "req.method < 1",
        "!req.method",
        "req.method.size() + 'a' == 'b'",
        "inCidrRange('here', '10.0.0.0/8')",
        "req.method.matches(req.method + '(')",
    ] {
        assert!(holds(text).is_err(), "{text}");
    }
}

#[test]
fn what_cannot_be_used_is_told_apart() {
    for text in [
        "",
        "req.method ==",
        "(true",
        "[1, 2",
        "'open",
        "true true",
        "1 2",
        "a..b",
        "&& true",
        "1.2.3 == 1",
    ] {
        assert!(
            matches!(Expression::parse(text), Err(Unusable::Invalid(_))),
            "{text}"
        );
    }
    let deep = format!("{}true{}", "(".repeat(500), ")".repeat(500));
    assert!(matches!(
        Expression::parse(&deep),
        Err(Unusable::Invalid(_))
    ));
    let denied = "!".repeat(4000);
    assert!(matches!(
        Expression::parse(&denied),
        Err(Unusable::Invalid(_))
    ));
    for many in [
        "true && ".repeat(500),
        "'a' + ".repeat(600),
        format!("a{}", ".b".repeat(600)),
    ] {
        let text = many + "true";
        assert!(
            matches!(Expression::parse(&text), Err(Unusable::Invalid(_))),
            "{text}"
        );
    }
    let long = format!("'{}' == ''", "a".repeat(5000));
    assert!(matches!(
        Expression::parse(&long),
        Err(Unusable::Invalid(_))
    ));
    for (text, name) in [
        (
            "actions.ngrok.oauth.identity.email == 'a'",
            "actions.ngrok.oauth.identity.email",
        ),
        ("conn.geo.country_code == 'DE'", "conn.geo.country_code"),
        ("rand.double() < 0.5", "rand"),
        ("req.method.split('a') == []", "split(…)"),
        ("req.method.matches('(')", "`(`"),
    ] {
        let Err(Unusable::Unknown(reason)) = Expression::parse(text) else {
            panic!("{text}");
        };
        assert!(reason.contains(name), "{reason}");
    }
}

#[test]
fn templates_are_filled_in() {
    let request = head("GET /a HTTP/1.1", &[("Host", "me.test")]);
    let facts = Facts {
        peer: "127.0.0.1:5555".parse().unwrap(),
        request: Some(&request),
        response: None,
    };
    let filled = |text| Template::parse(text).unwrap().text(&facts);
    assert_eq!(filled("plain").unwrap(), "plain");
    assert_eq!(
        filled("${req.method} ${req.url.path} from ${conn.client_ip}!").unwrap(),
        "GET /a from 127.0.0.1!"
    );
    assert!(filled("${res.status_code}").is_err());
    assert!(Template::parse("${open").is_err());
    assert!(Template::parse("${nope}").is_err());
}
