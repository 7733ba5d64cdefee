//! Domains, addresses and endpoints, and the limits of plans.

use super::*;

#[test]
fn domains() {
    let mut cloud = Bench::new();
    let path = "/reserved_domains";
    cloud.make(path, json!({"domain": "taken.example.com"}));
    let domain = |name: &str| json!({"domain": name});
    refused(
        &mut cloud,
        path,
        &[
            (json!({}), "448"),
            (domain("localhost"), "448"),
            (domain("a_b.example.com"), "438"),
            (domain("a b.example.com"), "406"),
            (domain("-a.example.com"), "407"),
            (domain("a-.example.com"), "408"),
            (domain("a..example.com"), "409"),
            (domain("ab--c.example.com"), "410"),
            (domain("x.local"), "411"),
            (domain("xn--99999999.example.com"), "429"),
            (domain(&format!("{}.example.com", "a".repeat(64))), "513"),
            (domain(&format!("{}com", "abcdefghi.".repeat(26))), "514"),
            (domain("a.*.example.com"), "402"),
            (domain("a*.example.com"), "403"),
            (domain("www.ngrok.com"), "404"),
            (domain("*.ngrok.app"), "416"),
            (domain(" Taken.Example.com. "), "413"),
            (json!({"domain": "a.example.com", "name": "a"}), "449"),
            (json!({"domain": "a.example.com", "region": "mars"}), "400"),
            (
                json!({"domain": "a.ngrok.app", "certificate_management_policy": {}}),
                "439",
            ),
            (
                json!({"domain": "a.ngrok.app", "certificate_id": "cert_2b8"}),
                "440",
            ),
            (
                json!({"domain": "a.example.com", "certificate_id": "ipp_2b8"}),
                "227",
            ),
            (
                json!({"domain": "a.example.com", "certificate_id": "nonsense"}),
                "223",
            ),
            (
                json!({"domain": "a.example.com", "certificate_id": "cert_2b8"}),
                "404 1965",
            ),
            (
                json!({"domain": "a.example.com", "certificate_id": "cert_2b8", "certificate_management_policy": {}}),
                "434",
            ),
            (
                json!({"domain": "a.example.com", "certificate_management_policy": {"authority": "mine"}}),
                "435",
            ),
            (
                json!({"domain": "a.example.com", "resolves_to": [{"value": "moon"}]}),
                "invalid_region_target",
            ),
            (
                json!({"domain": "a.example.com", "resolves_to": [{"value": "eu"}, {"value": "eu"}]}),
                "456",
            ),
            (
                json!({"domain": "a.example.com", "description": "ü".repeat(128)}),
                "420",
            ),
            (
                json!({"domain": "a.example.com", "metadata": "m".repeat(4097)}),
                "421",
            ),
        ],
    );
    let body = json!({"domain": "*.Own.example.com", "certificate_management_policy": {}, "resolves_to": [{"value": "eu"}, {"value": "192.0.2.1:443"}]});
    let (status, made) = cloud.call("POST", path, body);
    assert_eq!(
        (status, &made["domain"]),
        (201, &json!("*.own.example.com"))
    );
    let target = made["cname_target"].as_str().expect("a target");
    assert!(
        target.ends_with(".ngrok-cname.com") && target.len() == 17 + 1 + 17 + 16,
        "{target}"
    );
    assert!(made["acme_challenge_cname_target"].is_string());
    assert_eq!(
        made["certificate_management_policy"],
        json!({"authority": "letsencrypt", "private_key_type": "ecdsa"})
    );
    assert_eq!(
        made["certificate_management_status"]["provisioning_job"]["error_code"],
        Value::Null
    );
    assert_eq!(
        (&made["is_dev"], &made["certificate"], &made["region"]),
        (&json!(false), &Value::Null, &json!(""))
    );
    let own = format!("{path}/{}", made["id"].as_str().expect("an id"));
    not_changed(
        &mut cloud,
        &own,
        &[
            (json!({}), "422"),
            (json!({"id": "rd_x", "description": null}), "422"),
            (json!({"region": "eu"}), "451"),
        ],
    );
    let (_, changed) = cloud.call("PATCH", &own, json!({"resolves_to": []}));
    assert!(changed.get("resolves_to").is_none());
    assert_eq!(changed["cname_target"], made["cname_target"]);
    assert_eq!(
        cloud.code("DELETE", &format!("{own}/certificate"), Value::Null),
        "400 436"
    );
    assert_eq!(
        cloud.code(
            "DELETE",
            &format!("{own}/certificate_management_policy"),
            Value::Null
        ),
        "204 "
    );
    assert_eq!(
        cloud.get(&own)["certificate_management_status"],
        Value::Null
    );
    let (_, ngroks) = cloud.call("POST", path, json!({"name": "old"}));
    assert_eq!(
        (&ngroks["domain"], &ngroks["cname_target"]),
        (&json!("old.ngrok.io"), &Value::Null)
    );
    let dev = cloud.seed(
        "reserved_domains",
        json!({"domain": "me.ngrok-free.dev", "is_dev": true}),
    );
    assert_eq!(
        cloud.code("DELETE", &format!("{path}/{dev}"), Value::Null),
        "400 458"
    );
    let (_, refusal) = cloud.call(
        "POST",
        path,
        json!({"domain": "z.example.com", "resolves_to": [{"value": "moon"}]}),
    );
    assert_eq!(refusal["details"], json!({}));
    let mut cloud = Bench::with(&[CloudVariant::Conflicts409]);
    cloud.make(path, domain("a.example.com"));
    refused(&mut cloud, path, &[(domain("a.example.com"), "409 413")]);
}

#[test]
fn plans_limit_what_there_can_be() {
    let mut cloud = Bench::new();
    cloud.account.options.plan = CloudPlan::Free;
    refused(&mut cloud, "/reserved_addrs", &[(json!({}), "501")]);
    refused(
        &mut cloud,
        "/reserved_domains",
        &[
            (json!({"domain": "a.example.com"}), "412"),
            (json!({"domain": "*.a.ngrok.app"}), "419"),
        ],
    );
    cloud.make("/reserved_domains", json!({"domain": "a.ngrok.app"}));
    refused(
        &mut cloud,
        "/reserved_domains",
        &[(json!({"domain": "b.ngrok.app"}), "431")],
    );
    let vault = cloud.make("/vaults", json!({"name": "v"}));
    for n in 1..5 {
        cloud.make("/vaults", json!({"name": format!("v{n}")}));
    }
    refused(
        &mut cloud,
        "/vaults",
        &[(json!({"name": "one-too-many"}), "23005")],
    );
    let secret = |name: &str| json!({"name": name, "value": "x", "vault_id": vault});
    for n in 0..5 {
        cloud.make("/vault_secrets", secret(&format!("s{n}")));
    }
    refused(&mut cloud, "/vault_secrets", &[(secret("s5"), "24007")]);
}

#[test]
fn addresses() {
    let mut cloud = Bench::new();
    refused(
        &mut cloud,
        "/reserved_addrs",
        &[
            (json!({"region": "mars"}), "500"),
            (json!({"description": "d".repeat(256)}), "504"),
        ],
    );
    let (_, made) = cloud.call("POST", "/reserved_addrs", json!({}));
    let addr = made["addr"].as_str().expect("an address").to_owned();
    assert!(
        addr.contains(".tcp.ngrok.io:2") && made["region"] == "us",
        "{made}"
    );
    let path = format!("/reserved_addrs/{}", made["id"].as_str().expect("an id"));
    not_changed(&mut cloud, &path, &[(json!({}), "506")]);
    assert_eq!(
        cloud.call("PATCH", &path, json!({"description": "d"})).1["addr"],
        addr
    );
    let mut cloud = Bench::with(&[
        CloudVariant::AddressNeedsRegion,
        CloudVariant::Validation422,
    ]);
    refused(&mut cloud, "/reserved_addrs", &[(json!({}), "422 500")]);
    cloud.make("/reserved_addrs", json!({"region": "eu"}));
}

#[test]
fn endpoints() {
    let mut cloud = Bench::new();
    let domain = cloud.make("/reserved_domains", json!({"domain": "api.example.com"}));
    cloud.make("/reserved_domains", json!({"domain": "*.wild.example.com"}));
    let (_, addr) = cloud.call("POST", "/reserved_addrs", json!({}));
    let good = json!({"url": "https://api.example.com", "type": "cloud", "traffic_policy": POLICY});
    let url = |url: &str| with(&good, json!({"url": url}));
    let bound = |url: &str, bindings: Value| with(&good, json!({"url": url, "bindings": bindings}));
    let policy = |text: &str| with(&good, json!({"traffic_policy": text}));
    refused(
        &mut cloud,
        "/endpoints",
        &[
            (with(&good, json!({"type": "ephemeral"})), "248"),
            (with(&good, json!({"url": null})), "18015"),
            (with(&good, json!({"traffic_policy": null})), "18015"),
            (policy(""), "18015"),
            (policy("{}"), "18014"),
            (policy("{"), "18002"),
            (policy("on_http: []"), "18002"),
            (policy("nonsense"), "18002"),
            (url("api.example.com"), "249"),
            (url("https://"), "249"),
            (url("ftp://api.example.com"), "18022"),
            (url("https://api.example.com/path"), "18001"),
            (url("https://api_example.com"), "18001"),
            (url("https://api.example.com:99999"), "18003"),
            (url("https://api.example.com:8443"), "18023"),
            (url("http://api.example.com:443"), "18023"),
            (url("tcp://api.example.com"), "18003"),
            (url("https://other.example.com"), "18006"),
            (url("tcp://1.tcp.ngrok.io:1"), "18006"),
            (bound("https://api.example.com", json!(["moon"])), "15005"),
            (
                bound("https://api.example.com", json!(["public", "public"])),
                "15006",
            ),
            (
                bound("https://api.example.com", json!(["k8s/none"])),
                "15010",
            ),
            (
                bound("https://api.example.com", json!(["internal"])),
                "9029",
            ),
            (
                bound("https://a.b.c.d.e.internal", json!(["internal"])),
                "9031",
            ),
            (bound("tcp://a.internal", json!(["internal"])), "18003"),
            (bound("https://a.b", json!(["kubernetes"])), "18018"),
            (
                with(&good, json!({"description": "d".repeat(256)})),
                "18012",
            ),
            (with(&good, json!({"metadata": "m".repeat(4097)})), "18013"),
        ],
    );
    let (status, made) = cloud.call(
        "POST",
        "/endpoints",
        with(
            &good,
            json!({"url": "HTTPS://API.example.com:443", "type": null}),
        ),
    );
    assert_eq!(
        (status, &made["url"], &made["public_url"]),
        (
            201,
            &json!("https://api.example.com"),
            &json!("https://api.example.com")
        )
    );
    assert_eq!(
        (&made["hostport"], &made["proto"]),
        (&json!("api.example.com:443"), &json!("https"))
    );
    assert_eq!(
        (&made["type"], &made["bindings"], &made["pooling_enabled"]),
        (&json!("cloud"), &json!(["public"]), &json!(false))
    );
    assert_eq!(
        made["domain"],
        json!({"id": domain, "uri": format!("http://127.0.0.1:1/reserved_domains/{domain}")})
    );
    for absent in [
        "scheme",
        "host",
        "port",
        "region",
        "tunnel",
        "edge",
        "principal",
        "upstream_url",
        "name",
        "description",
    ] {
        assert!(made.get(absent).is_none(), "{absent}");
    }
    let pooled = with(&good, json!({"pooling_enabled": true}));
    refused(
        &mut cloud,
        "/endpoints",
        &[(good.clone(), "18017"), (pooled.clone(), "18016")],
    );
    let path = format!("/endpoints/{}", made["id"].as_str().expect("an id"));
    not_changed(
        &mut cloud,
        &path,
        &[
            (json!({}), "18004"),
            (json!({"url": "http://api.example.com"}), "18005"),
            (json!({"traffic_policy": "{"}), "18002"),
        ],
    );
    assert_eq!(
        cloud
            .call("PATCH", &path, json!({"pooling_enabled": true}))
            .0,
        200
    );
    cloud.make("/endpoints", pooled);
    refused(&mut cloud, "/endpoints", &[(good.clone(), "18017")]);
    assert_eq!(
        cloud.code(
            "DELETE",
            &format!("/reserved_domains/{domain}"),
            Value::Null
        ),
        "400 446"
    );
    for url in [
        "https://x.wild.example.com",
        "tls://y.wild.example.com",
        &format!("tcp://{}", addr["addr"].as_str().expect("an address")),
        "http://a.internal:8080",
        "https://b.internal",
    ] {
        let (status, made) = cloud.call("POST", "/endpoints", with(&good, json!({"url": url})));
        assert_eq!((status, &made["url"]), (201, &json!(url)), "{made}");
    }
    cloud.make(
        "/endpoints",
        bound("http://svc.ns:80", json!(["kubernetes"])),
    );
    let mut cloud = Bench::with(&[CloudVariant::SameUrl18009, CloudVariant::AgentEndpointType]);
    cloud.make("/reserved_domains", json!({"domain": "api.example.com"}));
    cloud.make("/endpoints", good.clone());
    refused(&mut cloud, "/endpoints", &[(good, "18009")]);
    let agents = cloud.seed("endpoints", json!({"url": "https://z.ngrok.app"}));
    assert_eq!(cloud.get(&format!("/endpoints/{agents}"))["type"], "agent");
}
