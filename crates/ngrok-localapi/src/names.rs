//! What the caller names, as it goes into a request: methods, paths, queries, names of tunnels and endpoints.

use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};
use ureq::http::Method;
use ureq::http::method::InvalidMethod;

use crate::{Error, Result};

/// All that is not unreserved in RFC 3986.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A method of HTTP, standard or not.
pub(crate) fn method(name: &str) -> Result<Method> {
    name.parse().map_err(|e: InvalidMethod| {
        Error::bad_input_by(format!("{name:?} is no method of HTTP"), e)
    })
}

/// `name` as one segment of a path or one value of a query.
pub(crate) fn encode(name: &str) -> String {
    utf8_percent_encode(name, RESERVED).to_string()
}

/// What is not allowed in a path as it is; `%`, `?` and `#` keep their meaning.
const NOT_IN_PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'<')
    .add(b'>')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// A path that the caller wrote, with what cannot be sent encoded.
pub(crate) fn encode_path(path: &str) -> String {
    utf8_percent_encode(path, NOT_IN_PATH).to_string()
}

/// Appends `query` to a path or URL that may have one already.
pub(crate) fn with_query(target: &str, query: &[(&str, &str)]) -> String {
    // A fragment is never sent.
    let mut out = target.split('#').next().unwrap_or_default().to_owned();
    for (name, value) in query {
        let join = match out.find('?') {
            None => "?",
            Some(_) if out.ends_with(['?', '&']) => "",
            Some(_) => "&",
        };
        out.push_str(join);
        out.push_str(&encode(name));
        out.push('=');
        out.push_str(&encode(value));
    }
    out
}

/// `name` as the last segment of a path. An empty one, or a step in a path, would lead to something else.
pub(crate) fn segment(name: &str) -> Result<String> {
    match name {
        "" => Err(bad(name, "is empty")),
        "." | ".." => Err(bad(name, "is a step in a path")),
        _ => Ok(encode(name)),
    }
}

/// Refuses a name that the agent would take but could never find again.
///
/// The agent decodes a path twice when it looks a name up, and then splits it.
pub(crate) fn check(name: &str) -> Result<()> {
    segment(name)?;
    if name.contains(['/', '?', '#']) {
        let problem = "holds one of `/`, `?` and `#`, and the agent could never find it again";
        return Err(bad(name, problem));
    }
    if name.contains('%') {
        let problem =
            "holds a `%`, and the agent, which decodes names twice, could never find it again";
        return Err(bad(name, problem));
    }
    Ok(())
}

fn bad(name: &str, problem: &str) -> Error {
    Error::bad_input(format!("name {name:?} {problem}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use percent_encoding::percent_decode_str;
    use proptest::prelude::*;

    #[test]
    fn what_exists_is_addressed_whatever_its_name() {
        for (name, segment) in [
            ("a/b", "a%2Fb"),
            ("a%20b", "a%2520b"),
            ("q#r?", "q%23r%3F"),
            ("...", "..."),
        ] {
            assert_eq!(super::segment(name).unwrap(), segment);
        }
        for name in ["", ".", ".."] {
            assert!(super::segment(name).is_err(), "{name}");
        }
    }

    #[test]
    fn names_the_agent_cannot_address_are_refused() {
        for name in ["", ".", "..", "a/b", "x?y=1", "q#r", "a%20b", "100%"] {
            assert!(check(name).is_err(), "{name}");
        }
        for name in [
            "web",
            "web (http)",
            "a+b",
            "dot.ted",
            "a&b;c,d",
            "<i>",
            "\"q\"",
            "ünï",
            "...",
        ] {
            assert!(check(name).is_ok(), "{name}");
        }
    }

    #[test]
    fn encoded_like_a_path_segment() {
        assert_eq!(encode("web (http)"), "web%20%28http%29");
        assert_eq!(encode("a+b"), "a%2Bb");
        assert_eq!(encode("ünï"), "%C3%BCn%C3%AF");
    }

    #[test]
    fn a_query_is_appended_to_one_that_exists() {
        for (target, expected) in [
            ("/api", "/api?a%20b=c%26d&n=1"),
            ("/api?", "/api?a%20b=c%26d&n=1"),
            ("/api?x=y", "/api?x=y&a%20b=c%26d&n=1"),
            ("/api?x=y&", "/api?x=y&a%20b=c%26d&n=1"),
            ("/api#part", "/api?a%20b=c%26d&n=1"),
        ] {
            assert_eq!(
                with_query(target, &[("a b", "c&d"), ("n", "1")]),
                expected,
                "{target}"
            );
        }
        assert_eq!(with_query("/api", &[]), "/api");
    }

    proptest! {
        #[test]
        fn decoding_gives_the_name_back(name in ".*") {
            let encoded = encode(&name);
            prop_assert!(!encoded.contains(['/', '?', '#', ' ', '+', '&', '=']));
            prop_assert_eq!(percent_decode_str(&encoded).decode_utf8().unwrap(), name);
        }
    }
}
