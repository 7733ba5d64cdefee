//! Every operation of the API, through its typed function: what goes out, and that every answer comes in.

use std::sync::{Arc, Mutex};

use ngrok_cloudapi::filter::field;
use ngrok_cloudapi::table::{self, Answer as Outcome, ListOptions};
use ngrok_cloudapi::{Client, ErrorKind};
use serde_json::{Value, json};

use crate::catalog::{Catalog, Fill, Operation};
use crate::client;
use crate::recorder::{Answer, Recorder};

/// As an argument it must stay one segment.
const ID: &str = "../api_keys/x?y#z";
const ESCAPED: &str = "..%2Fapi_keys%2Fx%3Fy%23z";

/// A server that answers with what was put down for it.
struct Service {
    server: Recorder,
    client: Client,
    next: Arc<Mutex<Answer>>,
}

impl Service {
    fn start() -> Self {
        let next = Arc::new(Mutex::new(Answer::new(500, "")));
        let told = next.clone();
        let server = Recorder::start(move |_, _| told.lock().unwrap().clone());
        let client = client(&server);
        Self {
            server,
            client,
            next,
        }
    }

    /// Calls `operation` with `body`, which the server answers with `answer`.
    fn call(
        &self,
        service: &str,
        operation: &Operation,
        body: Option<&Value>,
        answer: Option<&Value>,
        options: &ListOptions,
    ) -> ngrok_cloudapi::Result<Option<Value>> {
        let text = answer.map(Value::to_string).unwrap_or_default();
        *self.next.lock().unwrap() = Answer::new(operation.status, text);
        let known = table::operation(service, &operation.name).unwrap();
        let args = vec![ID; known.args().count()];
        Ok(
            match known.run(&self.client, &args, body.cloned(), options)? {
                Outcome::Empty => None,
                Outcome::Object(object) => Some(object),
                Outcome::Pages(pages) => {
                    let pages: Vec<_> = pages.collect::<ngrok_cloudapi::Result<_>>()?;
                    Some(pages.into_iter().flat_map(|page| page.items).collect())
                }
                other => panic!("{other:?}"),
            },
        )
    }
}

fn each(test: impl Fn(&Catalog, &Service, &str, &Operation)) -> usize {
    let catalog = Catalog::load();
    let service = Service::start();
    let mut count = 0;
    for (name, operation) in catalog.operations() {
        test(&catalog, &service, name, operation);
        count += 1;
    }
    count
}

/// What the service would answer.
fn answer(catalog: &Catalog, operation: &Operation, fill: Fill) -> Option<Value> {
    let name = operation.response.as_deref()?;
    let mut answer = catalog.object(name, fill);
    if operation.list_field.is_some() && fill != Fill::Nulls {
        answer["next_page_uri"] = Value::Null;
    }
    Some(answer)
}

/// The part of an answer that the caller gets to see.
fn seen(operation: &Operation, answer: Option<&Value>) -> Option<Value> {
    match &operation.list_field {
        Some(field) => answer.map(|page| page[field].clone()),
        None => answer.cloned(),
    }
}

#[test]
fn all_260_are_sent_as_defined() {
    let count = each(|catalog, service, name, operation| {
        let what = format!("{name}.{}", operation.name);
        let known = table::operation(name, &operation.name).expect(&what);
        assert_eq!(known.method.as_str(), operation.method, "{what}");
        assert_eq!(known.path, operation.path, "{what}");
        assert_eq!(known.status, operation.status, "{what}");
        assert_eq!(known.is_list(), operation.list_field.is_some(), "{what}");
        let named = operation.body.as_deref().filter(|body| *body != "Item");
        assert_eq!(known.body.map(|body| body.name), named, "{what}");
        let body = operation
            .body
            .as_deref()
            .map(|b| catalog.object(b, Fill::Everything));
        let answer = answer(catalog, operation, Fill::Everything);
        let outcome = service
            .call(
                name,
                operation,
                body.as_ref(),
                answer.as_ref(),
                &ListOptions::default(),
            )
            .expect(&what);
        assert_eq!(outcome, seen(operation, answer.as_ref()), "{what}");

        let sent = service.server.last();
        let path: String = operation
            .path
            .split_inclusive('/')
            .map(|segment| match segment.strip_prefix('{') {
                Some(rest) if rest.ends_with('/') => format!("{ESCAPED}/"),
                Some(_) => ESCAPED.to_owned(),
                None => segment.to_owned(),
            })
            .collect();
        assert_eq!(
            (sent.method.as_str(), sent.target.as_str()),
            (operation.method.as_str(), path.as_str()),
            "{what}"
        );
        assert_eq!(sent.header("authorization"), Some("Bearer key"), "{what}");
        assert_eq!(sent.header("ngrok-version"), Some("2"), "{what}");
        let agent = concat!("ngrok-cloudapi/", env!("CARGO_PKG_VERSION"));
        assert_eq!(sent.header("user-agent"), Some(agent), "{what}");
        assert_eq!(sent.header("accept"), Some("application/json"), "{what}");
        match body {
            Some(body) => {
                assert_eq!(
                    sent.header("content-type"),
                    Some("application/json"),
                    "{what}"
                );
                assert_eq!(sent.json(), body, "{what}");
            }
            None => {
                assert_eq!(sent.header("content-type"), None, "{what}");
                assert_eq!(sent.body, "", "{what}");
            }
        }
    });
    assert_eq!(count, 260);
    assert_eq!(table::services().count(), 63);
    let in_table: usize = table::services().map(|s| s.operations.len()).sum();
    assert_eq!(in_table, 260);
}

#[test]
fn bodies_hold_what_was_set_and_nothing_else() {
    each(|catalog, service, name, operation| {
        let Some(body) = &operation.body else { return };
        let what = format!("{name}.{}", operation.name);
        let known = table::operation(name, &operation.name).unwrap();
        let answer = answer(catalog, operation, Fill::Everything);
        for fill in [Fill::Required, Fill::Nulls, Fill::Empty, Fill::Future] {
            let body = catalog.object(body, fill);
            if body == json!({}) && known.refuses_empty.is_some() {
                continue;
            }
            service
                .call(
                    name,
                    operation,
                    Some(&body),
                    answer.as_ref(),
                    &ListOptions::default(),
                )
                .unwrap_or_else(|e| panic!("{what} {fill:?}: {e}"));
            let mut expected = body;
            for field in known.body.map_or(&[][..], |body| body.fields) {
                if let (Some(default), None) = (field.default, expected.get(field.name)) {
                    expected[field.name] = json!(default);
                }
            }
            assert_eq!(service.server.last().json(), expected, "{what} {fill:?}");
        }
        if operation.method == "PATCH" {
            // Even where the definitions do not say what a null means.
            let mut nulls = catalog.object(body, Fill::Everything);
            let fields = nulls.as_object_mut().unwrap();
            fields.values_mut().for_each(|value| *value = Value::Null);
            service
                .call(
                    name,
                    operation,
                    Some(&nulls),
                    answer.as_ref(),
                    &ListOptions::default(),
                )
                .unwrap_or_else(|e| panic!("{what} with nulls: {e}"));
            assert_eq!(service.server.last().json(), nulls, "{what} with nulls");
        }
        let before = service.server.requests().len();
        let mut typo = catalog.object(body, Fill::Everything);
        typo["no_such_field"] = json!(1);
        let error = service
            .call(name, operation, Some(&typo), None, &ListOptions::default())
            .expect_err(&what);
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{what}");
        assert!(
            error.to_string().contains("no_such_field"),
            "{what}: {error}"
        );
        assert_eq!(
            service.server.requests().len(),
            before,
            "{what}: nothing is sent"
        );
    });
}

#[test]
fn any_documented_answer_with_unknown_fields_goes_in_and_out_unchanged() {
    each(|catalog, service, name, operation| {
        let Some(returned) = operation.response.as_deref() else {
            return;
        };
        let what = format!("{name}.{}", operation.name);
        let body = operation
            .body
            .as_deref()
            .map(|b| catalog.object(b, Fill::Everything));
        for seed in 0..12 {
            let seed = seed * 1_000_003;
            let given = match &operation.list_field {
                Some(field) => {
                    let of = catalog.types[returned].iter().find(|f| f.name == *field);
                    let of = of.unwrap().kind.trim_start_matches("list<");
                    let items =
                        [seed, seed + 1].map(|s| catalog.some_object(of.trim_end_matches('>'), s));
                    json!({field: items, "uri": "u", "next_page_uri": null})
                }
                None => catalog.some_object(returned, seed),
            };
            let outcome = service
                .call(
                    name,
                    operation,
                    body.as_ref(),
                    Some(&given),
                    &ListOptions::default(),
                )
                .unwrap_or_else(|e| panic!("{what}: {given}: {e:?}"));
            assert_eq!(outcome, seen(operation, Some(&given)), "{what}");
        }
    });
}

#[test]
fn an_array_is_never_read_as_an_object() {
    each(|catalog, service, name, operation| {
        let Some(returned) = operation.response.as_deref() else {
            return;
        };
        let what = format!("{name}.{}", operation.name);
        let body = operation
            .body
            .as_deref()
            .map(|b| catalog.object(b, Fill::Everything));
        let by_position =
            |object: &Value| -> Value { object.as_object().unwrap().values().cloned().collect() };
        let whole = catalog.object(returned, Fill::Everything);
        let array = match &operation.list_field {
            Some(field) => json!({field: [by_position(&whole[field][0])], "next_page_uri": null}),
            None => by_position(&whole),
        };
        let error = service
            .call(
                name,
                operation,
                body.as_ref(),
                Some(&array),
                &ListOptions::default(),
            )
            .expect_err(&what);
        assert_eq!(error.kind(), ErrorKind::Decode, "{what}");
    });
}

#[test]
fn what_was_read_is_written_back_with_its_unknown_parts() {
    let answer = json!({
        "id": "ed_1", "metadata": "", "format": "json", "uri": "u", "created_at": "2026-01-01T00:00:00Z", "description": "",
        "target": {"firehose": null, "kinesis": {"auth": {"role": {"role_arn": "arn", "path": "/x"}, "mode": 1}, "stream_arn": "s"}, "s3": {"bucket": "b"}},
    });
    let server = Recorder::start(move |_, _| Answer::new(200, answer.to_string()));
    let client = client(&server);
    let mut destination = client.event_destinations().get("ed_1").unwrap();
    let kinesis = destination.target.kinesis.clone().into_option().unwrap();
    let kinesis = kinesis.stream_arn("other");
    destination.target.kinesis = kinesis.into();
    let update = ngrok_cloudapi::types::EventDestinationUpdate::new().target(destination.target);
    client.event_destinations().update("ed_1", &update).unwrap();
    assert_eq!(
        server.last().json(),
        json!({"target": {"firehose": null, "kinesis": {"auth": {"role": {"role_arn": "arn", "path": "/x"}, "mode": 1}, "stream_arn": "other"}, "s3": {"bucket": "b"}}})
    );
}

#[test]
fn an_update_that_changes_nothing_is_not_sent_where_the_service_refuses_it() {
    use ngrok_cloudapi::types::*;
    let server = Recorder::start(|_, _| Answer::new(200, "{}"));
    let client = client(&server);
    let domains = client
        .reserved_domains()
        .update("rd_1", &ReservedDomainUpdate::new());
    let keys = client.api_keys().update("ak_1", &ApiKeyUpdate::new());
    let endpoints = client.endpoints().update("ep_1", &EndpointUpdate::new());
    for (error, code) in [
        (domains.unwrap_err(), "ERR_NGROK_422"),
        (keys.unwrap_err(), "ERR_NGROK_606"),
        (endpoints.unwrap_err(), "ERR_NGROK_18004"),
    ] {
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains(code), "{error}");
    }
    for service in [
        "credentials",
        "ssh_credentials",
        "reserved_addrs",
        "ip_policies",
        "ip_policy_rules",
    ] {
        let update = table::operation(service, "update").unwrap();
        for body in [json!({}), json!({"id": "x"})] {
            assert!(update.check(&["x"], Some(&body)).is_err(), "{service}");
        }
        update
            .check(&["x"], Some(&json!({"description": "a"})))
            .unwrap();
    }
    assert!(server.requests().is_empty());
    // Others take it.
    client
        .vaults()
        .update("vault_1", &VaultUpdate::new())
        .unwrap();
    assert_eq!(server.last().body, "{}");
}

#[test]
fn a_part_that_is_required_is_null_without_a_value() {
    let mut keys = ngrok_cloudapi::types::AwsCredentials::new("AKIA", "planted");
    keys.aws_secret_access_key = None;
    let sent = serde_json::to_value(&keys).unwrap();
    assert_eq!(
        sent,
        json!({"aws_access_key_id": "AKIA", "aws_secret_access_key": null})
    );
}

#[test]
fn answers_may_lack_or_null_any_field_or_have_new_ones() {
    each(|catalog, service, name, operation| {
        let what = format!("{name}.{}", operation.name);
        let Some(everything) = answer(catalog, operation, Fill::Everything) else {
            return;
        };
        let options = ListOptions::default();
        let outcome = |given: &Value| {
            let body = operation
                .body
                .as_deref()
                .map(|b| catalog.object(b, Fill::Everything));
            service
                .call(name, operation, body.as_ref(), Some(given), &options)
                .unwrap_or_else(|e| panic!("{what}: {given}: {e:?}"))
        };
        let future = answer(catalog, operation, Fill::Future).unwrap();
        assert_eq!(outcome(&future), seen(operation, Some(&future)), "{what}");
        let unknown = answer(catalog, operation, Fill::Unknown).unwrap();
        assert_eq!(outcome(&unknown), seen(operation, Some(&unknown)), "{what}");

        // Each field of the object, or of the one item of a list, in turn missing and null; then all of them.
        let object = match &operation.list_field {
            Some(field) => everything[field][0].clone(),
            None => everything.clone(),
        };
        let wrapped = |object: Value| match &operation.list_field {
            Some(field) => json!({field: [object], "uri": null, "next_page_uri": ""}),
            None => object,
        };
        let fields = object.as_object().unwrap();
        for field in fields.keys() {
            let mut without = object.clone();
            without.as_object_mut().unwrap().remove(field);
            let missing = outcome(&wrapped(without));
            let mut nulled = object.clone();
            nulled[field] = Value::Null;
            let null = outcome(&wrapped(nulled));
            assert!(missing.is_some() && null.is_some(), "{what}.{field}");
        }
        let nulls = fields.keys().map(|f| (f.clone(), Value::Null)).collect();
        outcome(&wrapped(Value::Object(nulls)));
        outcome(&wrapped(json!({})));
    });
}

#[test]
fn lists_send_their_options() {
    each(|catalog, service, name, operation| {
        let Some(items) = &operation.list_field else {
            return;
        };
        let what = format!("{name}.{}", operation.name);
        let mut options = ListOptions::default();
        options.limit = Some(500);
        options.filter = Some(field("metadata").eq("a&b=\"c\" ü"));
        options.before = Some("x y".to_owned());
        let answer = answer(catalog, operation, Fill::Everything).unwrap();
        service
            .call(name, operation, None, Some(&answer), &options)
            .unwrap();
        let target = service.server.last().target;
        let expected = "?before_id=x%20y&filter=obj.metadata%20%3D%3D%20%22a%26b%3D%5C%22c%5C%22%20%C3%BC%22&limit=100";
        assert!(target.ends_with(expected), "{what}: {target}");
        // A page without its list is not the end of one.
        let error = service
            .call(name, operation, None, Some(&json!({"uri": "u"})), &options)
            .expect_err(&what);
        assert_eq!(error.kind(), ErrorKind::Decode, "{what}");
        assert!(
            std::error::Error::source(&error)
                .unwrap()
                .to_string()
                .contains(items)
        );
    });
}

#[test]
fn wrong_arguments_are_refused_before_anything_is_sent() {
    let service = Service::start();
    let run = |name: &str, operation: &str, args: &[&str], body: Option<Value>| {
        let operation = table::operation(name, operation).unwrap();
        let error = operation
            .run(&service.client, args, body, &ListOptions::default())
            .expect_err("an error");
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        error.to_string()
    };
    for bad in ["", ".", ".."] {
        assert!(run("endpoints", "get", &[bad], None).contains("`id`"));
    }
    assert!(run("endpoints", "get", &[], None).contains("takes 1"));
    assert!(run("edges_https_routes", "get", &["a"], None).contains("edge_id, id"));
    assert!(run("endpoints", "get", &["a"], Some(json!({}))).contains("no body"));
    assert!(run("endpoints", "create", &[], None).contains("url"));
    let nested = json!({"target": {"datadog": {"apikey": "x"}}});
    let error = run("event_destinations", "create", &[], Some(nested));
    assert!(error.contains("target.datadog.apikey"), "{error}");
    let error = run(
        "reserved_addrs",
        "create",
        &[],
        Some(json!({"region": null})),
    );
    assert!(error.contains("`region`"), "{error}");
    // A value of the wrong kind is named by its field and not shown, as it may be a secret.
    for (body, said) in [
        (json!({"name": "pin", "value": 5550123}), "`value`"),
        (json!({"value": {"pin": 5550123}}), "`value`"),
        (
            json!("5550123"),
            "the body is of the wrong kind: expected an object, found a string",
        ),
    ] {
        let error = run("secrets", "create", &[], Some(body));
        assert!(error.contains(said), "{error}");
        assert!(!error.contains("5550123"), "{error}");
    }
    assert!(service.server.requests().is_empty());
    assert!(table::operation("endpoints", "fly").is_none());
    assert!(table::operation("rockets", "get").is_none());
}
