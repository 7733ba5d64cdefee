//! Tables of texts with secrets in them, and of texts that only look like it.

use super::*;
use crate::Secret;

const TOKEN: &str = "2abcDEFghiJKLmnoPQRstuVWXyz_3kLmNoPqRsTuVwXyZaB1c";

#[test]
fn known_secrets_go_wherever_they_are() {
    let redactor = Redactor::new(&[
        Secret::new("hunter22"),
        Secret::new("hunter22-long"),
        Secret::new("q\"u\\o"),
    ]);
    for (text, expected) in [
        ("a hunter22-long b=hunter22", "a *** b=***"),
        (r#"err="q\"u\\o" raw q"u\o"#, r#"err="***" raw ***"#),
        (r"one\nhunter22\ntwo", r"one\n***\ntwo"),
        ("hunter222 xhunter22", "hunter222 xhunter22"),
    ] {
        assert_eq!(redactor.redact(text.into()), expected);
    }
    let short = Redactor::new(&[Secret::new(""), Secret::new("ab")]);
    assert_eq!(short.redact("ab".into()), "ab");
    assert_eq!(format!("{redactor:?}"), "Redactor(4)");
}

#[test]
fn a_token_that_is_a_word_or_a_number_garbles_nothing() {
    for word in [
        "4040",
        "tunnel",
        "session",
        "NGROK",
        "107",
        "info",
        "ERR_NGROK",
        "localhost",
    ] {
        let redactor = Redactor::new(&[Secret::new(word)]);
        for text in [
            "t=1 lvl=info msg=\"starting web service\" obj=web addr=127.0.0.1:4040",
            "t=1 lvl=info msg=\"tunnel session started\" obj=tunnels.session",
            "ERROR:  ERR_NGROK_107",
        ] {
            assert_eq!(redactor.redact(text.into()), text, "{word}");
        }
        // Where the name says so, it is a secret all the same.
        let named = redactor.redact(format!("lvl=info authtoken={word} x=1"));
        assert_eq!(named, "lvl=info authtoken=*** x=1");
    }
}

#[test]
fn a_line_cut_within_a_secret_loses_its_beginning_too() {
    let redactor = Redactor::new(&[Secret::new("hunter22")]);
    assert_eq!(redactor.redact_cut("x hunter2".into()), "x ");
    assert_eq!(redactor.redact_cut("x hunter22".into()), "x ***");
}

#[test]
fn credentials_that_error_messages_echo_are_masked_by_their_words() {
    let short = "s3cr3t words";
    for text in [
        format!(
            "The authtoken is invalid.\\nYour authtoken: {short}\\nThis happens\\nERR_NGROK_107"
        ),
        format!("Your authtoken: {short}"),
        format!("err=\"bad\\nYour authtoken: two words {short}\\nERR_NGROK_105\""),
        format!("Your credential: '{short}'.\\r\\n\\r\\nERR_NGROK_202"),
        format!(
            "Your credential: {short}. Please check your records for an API key. ERR_NGROK_206"
        ),
        format!("Your authentication: {short}\r\n\r\nERR_NGROK_203"),
        format!("Authorization Header: {short}\nERR_NGROK_201"),
        format!("Your API key ID: {short}\nERR_NGROK_208"),
        format!("Your key: {short}\r\n\r\nERR_NGROK_207"),
    ] {
        let masked = mask_text(&text);
        assert!(!masked.contains("s3cr3t"), "{masked}");
        assert!(
            !masked.contains("words") || text.contains("two words"),
            "{masked}"
        );
        assert!(masked.contains(MASK), "{masked}");
        for kept in ["105", "107", "201", "202", "203", "206", "207", "208"] {
            let code = format!("ERR_NGROK_{kept}");
            assert_eq!(text.contains(&code), masked.contains(&code), "{masked}");
        }
    }
}

#[test]
fn values_with_the_name_of_a_secret_are_masked() {
    for (text, expected) in [
        (
            "req=\"&{Arch:amd64 Authtoken:s3cr3t Version:2.3.41}\"",
            "req=\"&{Arch:amd64 Authtoken:*** Version:2.3.41}\"",
        ),
        (
            "resp={\\\"Authtoken\\\":\\\"s3cr3t\\\",\\\"Version\\\":\\\"2\\\"}",
            "resp={\\\"Authtoken\\\":\\\"***\\\",\\\"Version\\\":\\\"2\\\"}",
        ),
        (
            "argv=[start --authtoken=s3cr3t --none]",
            "argv=[start --authtoken=*** --none]",
        ),
        ("{\"authtoken\": \"s3cr3t\"}", "{\"authtoken\": \"***\"}"),
        (
            "opts=\"&{Hostname: Auth:me:s3cr3t HostHeader:x}\"",
            "opts=\"&{Hostname: Auth:*** HostHeader:x}\"",
        ),
        ("client_secret: s3cr3t\nnext", "client_secret: ***\nnext"),
        ("GET /?api_key=s3cr3t&x=1", "GET /?api_key=***&x=1"),
        (
            "Authorization: Digest s3cr3t and more\r\nHost: x",
            "Authorization: ***\r\nHost: x",
        ),
        ("{\"Cookie\":\"a=s3cr3t; b=1\"}", "{\"Cookie\":\"***\"}"),
        ("password='s3cr3t'", "password='***'"),
    ] {
        assert_eq!(mask_text(text), expected);
    }
}

#[test]
fn secrets_are_known_by_their_shape_alone() {
    for (text, expected) in [
        (&*format!("token {TOKEN} is bad"), "token *** is bad"),
        (
            "lookup http://me:s3cr3t@proxy:3128/x failed",
            "lookup http://***@proxy:3128/x failed",
        ),
        (
            "proxy 'me:s3cr3t@proxy:3128' failed",
            "proxy '***@proxy:3128' failed",
        ),
        (
            "http_proxy=me:s3/cr@3t@proxy:3128 x",
            "http_proxy=***@proxy:3128 x",
        ),
        (
            "sent Bearer abcDEF12.x-y and failed",
            "sent Bearer *** and failed",
        ),
        (
            "with Basic dXNlcjpzZWNyZXQ= it failed",
            "with Basic *** it failed",
        ),
        (
            "key: -----BEGIN RSA PRIVATE KEY-----\\nMIIEabc\\n-----END RSA PRIVATE KEY-----\\n after",
            "key: ***\\n after",
        ),
        ("-----BEGIN PRIVATE KEY-----\nMIIE", "***"),
        (
            "Invalid configuration property value for 'http_proxy', 'user:pw12345@proxy:3128': URL scheme must be 'http' or 'https'",
            "Invalid configuration property value for 'http_proxy', '***@proxy:3128': URL scheme must be 'http' or 'https'",
        ),
        (
            "Invalid configuration property value for 'proxy_url', 'ftp://user:p w'x@h:1': URL scheme must be 'http'",
            "Invalid configuration property value for 'proxy_url', 'ftp://***@h:1': URL scheme must be 'http'",
        ),
        (
            "Invalid configuration property value for 'authtoken', 'a b': no",
            "Invalid configuration property value for 'authtoken', '***': no",
        ),
    ] {
        assert_eq!(mask_text(text), expected);
        assert!(holds_secret(text));
    }
}

#[test]
fn what_is_no_secret_is_left_alone() {
    for text in [
        "Install your authtoken: https://dashboard.ngrok.com/get-started/your-authtoken",
        "Authtoken saved to configuration file: /home/a/ngrok.yml",
        "Your authtoken:",
        "Your authtoken: \\nThis usually happens",
        "a=b c:d",
        "Basic authentication is required, bearer tokens are not",
        "unexpected token: }",
        "write to support@ngrok.com or mailto:me@example.com",
        "git@github.com:a/b",
        "Invalid configuration property value for 'http_proxy_env', 'localhost': URL scheme must be 'http' or 'https'",
        "-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----",
        "id=tn_2abcDEFghiJKLmnoPQRstuVWXyz key=/etc/ssl/a.key",
        "https://example.com/?to=a@b",
    ] {
        assert_eq!(mask_text(text), text);
        assert!(!holds_secret(text));
    }
}

#[test]
fn the_secrets_of_a_url_are_its_user_info_and_password() {
    for (url, expected) in [
        (
            "http://me:hunter22@proxy:3128",
            vec!["me:hunter22", "hunter22"],
        ),
        ("me:hunter22@proxy:3128", vec!["me:hunter22", "hunter22"]),
        ("http://token@proxy", vec!["token"]),
        ("http://me:a/b@c@proxy/?x@y", vec!["me:a/b@c", "a/b@c"]),
        ("http://proxy:3128", vec![]),
        ("localhost", vec![]),
    ] {
        let found = secrets_of_url(url);
        let found: Vec<_> = found.iter().map(Secret::expose).collect();
        assert_eq!(found, expected, "{url}");
    }
}

#[test]
fn a_megabyte_of_anything_takes_no_time() {
    for part in [
        "authtoken:a ",
        "Your authtoken: http ",
        "authtoken=\\\"",
        "your key: \\",
        "a@b",
        "a:b@",
        "://@",
        "-----BEGIN ",
        "-----BEGIN PRIVATE KEY",
        "Bearer ",
        "1234567890123456_",
        "Invalid configuration property value for 'x', '",
        ":",
    ] {
        let text = part.repeat(1_000_000 / part.len());
        let begin = std::time::Instant::now();
        Redactor::default().redact(text);
        assert!(
            begin.elapsed() < std::time::Duration::from_secs(5),
            "{part}"
        );
    }
}

proptest::proptest! {
    #[test]
    fn no_text_makes_it_panic_or_show_a_known_secret(before: String, after: String, cut in 0usize..60) {
        let redactor = Redactor::new(&[Secret::new(TOKEN)]);
        let text = format!("{before}{TOKEN}{after} authtoken={before}:{after}");
        proptest::prop_assert!(!redactor.redact(text.clone()).contains(TOKEN));
        let head = text.chars().take(before.chars().count() + cut).collect();
        proptest::prop_assert!(!redactor.redact_cut(head).contains(TOKEN));
    }

    #[test]
    fn a_password_in_a_url_is_never_shown(
        user in "[a-z]{1,8}", password in "[a-zA-Z0-9!/$:@]{4,20}", host in "[a-z]{1,10}", around in "[ '\"]"
    ) {
        let secret = format!("{password}S3CR3T");
        let text = format!("{around}http://{user}:{secret}@{host}:3128{around}");
        proptest::prop_assert!(!mask_text(&text).contains("S3CR3T"));
    }
}
