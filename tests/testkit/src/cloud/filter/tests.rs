//! What passes, what does not, and what is refused with which words.

use serde_json::json;

use super::*;

fn filter(service: &str, kind: &str, text: &str) -> Result<Filter, String> {
    Filter::parse(service, kind, text, &Options::default()).map_err(|refused| {
        assert_eq!(refused.code(), Some("invalid_cel_expression"));
        let body = refused.body.expect("a body");
        body["msg"].as_str().expect("a message").to_owned()
    })
}

#[test]
fn the_documented_subset_is_read_and_applied() {
    let endpoint = json!({
        "id": "ep_1", "type": "cloud", "pooling_enabled": true, "bindings": ["public"],
        "url": "https://a.ngrok.app", "principal": {"id": "usr_1", "uri": ""},
        "metadata": "say \"hi\" && ü", "created_at": "2026-11-01T00:00:00Z",
    });
    for (text, passes) in [
        (r#"obj.type == "cloud""#, true),
        (r#"obj.type=="x"||obj.id=="ep_1""#, true),
        (
            r#"obj.type == "cloud" && obj.pooling_enabled == false"#,
            false,
        ),
        ("obj.pooling_enabled", true),
        ("!obj.pooling_enabled", false),
        (
            r#"!(obj.type in ["agent", "ephemeral"]) && !!obj.pooling_enabled"#,
            true,
        ),
        (r#"obj.type in ['agent', 'cloud']"#, true),
        ("obj.type in []", false),
        (r#""public" in obj.bindings"#, true),
        (r#""internal" in obj.binding"#, false),
        (r#"obj.binding == "public""#, true),
        (r#"obj.principal.id != "usr_2""#, true),
        (r#"obj.metadata == "say \"hi\" && \u00fc""#, true),
        (
            r#"obj.url.startsWith("https://") && obj.url.contains("ngrok") && obj.url.endsWith(".app")"#,
            true,
        ),
        ("size(obj.metadata) == 13 && obj.metadata.size() > 12", true),
        ("size(obj.bindings) >= 2", false),
        (
            r#"obj.created_at < timestamp("2026-11-01T01:00:00+00:30")"#,
            true,
        ),
        (
            r#"obj.created_at >= timestamp("2026-11-02T00:00:00Z").subtract("1d")"#,
            true,
        ),
        (
            r#"timestamp(obj.created_at) > timestamp("2026-10-31T00:00:00Z").add("24h")"#,
            false,
        ),
        (r#"obj.created_at > timestamp("2026-05-10Z")"#, true),
        (
            r#"obj.created_at <= timestamp(time.now).subtract("30m")"#,
            true,
        ),
        (r#"obj.created_at == "2026-11-01T00:00:00Z""#, true),
        ("obj.description == null", true),
        (r#"obj.description == """#, true),
        (r#"obj.description != null || obj.region < "a""#, false),
        (
            r#"obj.type == "x" || obj.type == "cloud" && obj.id != "ep_1""#,
            false,
        ),
        ("true", true),
    ] {
        let read = filter("endpoints", "Endpoint", text).unwrap_or_else(|e| panic!("{text}: {e}"));
        assert_eq!(read.passes(&endpoint), passes, "{text}");
    }
    let acl = filter(
        "credentials",
        "Credential",
        r#"obj.acl == null || obj.acl == """#,
    );
    let acl = acl.expect("the documented example");
    assert!(acl.passes(&json!({"acl": []})) && !acl.passes(&json!({"acl": ["*"]})));
    let rule = filter(
        "ip_policy_rules",
        "IPPolicyRule",
        r#"obj.ip_policy == "ipp_1""#,
    );
    let rule = rule.expect("a reference is compared by id");
    assert!(rule.passes(&json!({"ip_policy": {"id": "ipp_1", "uri": ""}})));
}

#[test]
fn everything_else_is_refused() {
    for (text, said) in [
        ("", "ends too early"),
        (
            r#"obj.idk == "x""#,
            "unsupported field: obj.idk (must be one of obj.id, ",
        ),
        (r#"obj["id"] == "x""#, "index access"),
        (r#"obj.bindings[0] == "x""#, "index access"),
        (r#"obj.type + "x" == "y""#, "arithmetic"),
        ("1 + 1 == 2", "arithmetic"),
        (r#"obj.type == "a" ? true : false"#, "ternary"),
        ("type(obj.type) == string", "'type' is not supported"),
        (r#"obj.url.matches("x")"#, "matches()"),
        (r#"obj.bindings.exists(b, b == "x")"#, "exists()"),
        (r#"obj.bindings in ["public"]"#, "single value on its left"),
        (r#"["a"] in obj.bindings"#, "single value on its left"),
        (r#"obj.type in "cloud""#, "list on its right"),
        (r#"obj.id.startsWith("ep")"#, "generated"),
        (r#"obj.bindings.contains("x")"#, "needs a string"),
        ("obj.type", "neither true nor false"),
        ("obj.type && true", "neither true nor false"),
        ("!obj.type", "neither true nor false"),
        ("size(obj.url)", "neither true nor false"),
        ("size(obj.pooling_enabled) > 1", "size()"),
        ("obj.type == 1", "do not fit"),
        ("obj.pooling_enabled < true", "do not fit"),
        ("obj.type < null", "do not fit"),
        ("obj", "name one of its fields"),
        ("obj == null", "name one of its fields"),
        (r#"obj.created_at > timestamp("yesterday")"#, "RFC 3339"),
        (
            r#"obj.created_at > timestamp(time.now).subtract("7w")"#,
            "duration",
        ),
        (
            r#"obj.created_at > timestamp(time.now).subtract("99999999999999999d")"#,
            "duration",
        ),
        (r#"obj.type == "open"#, "not closed"),
        (r#"obj.type == "a" obj"#, "unexpected 'obj'"),
        (r#"(obj.type == "a""#, "missing at the end"),
        ("now() > 1", "'now' is not supported"),
        ("obj.type == #", "unexpected character"),
    ] {
        let problem = filter("endpoints", "Endpoint", text).expect_err(text);
        assert!(problem.starts_with("Invalid CEL query: "), "{problem}");
        assert!(problem.contains(said), "{text}: {problem}");
    }
    let deep = format!("{}true{}", "(".repeat(10_000), ")".repeat(10_000));
    assert!(filter("endpoints", "Endpoint", &deep).is_err());
    let long = format!(r#"obj.type == "{}""#, "x".repeat(20_000));
    assert!(filter("endpoints", "Endpoint", &long).is_err());
}

#[test]
fn text_tests_can_be_refused() {
    let mut options = Options::default();
    options.choose(CloudVariant::NoTextFilters);
    let text = r#"obj.url.contains("x")"#;
    let refused = Filter::parse("endpoints", "Endpoint", text, &options);
    assert!(refused.is_err());
}
