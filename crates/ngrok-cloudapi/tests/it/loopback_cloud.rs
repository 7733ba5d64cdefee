//! The client against a cloud with state, which checks what it is sent by code of its own.

use ngrok_cloudapi::table::{self, Answer, ListOptions, RawJson};
use ngrok_cloudapi::types::{IpPolicyCreate, IpPolicyUpdate};
use ngrok_cloudapi::{Client, ErrorKind};
use ngrok_testkit::{CloudFault, LoopbackCloud};
use serde_json::{Value, json};

use crate::catalog::{Catalog, Fill, Operation};

fn client(cloud: &LoopbackCloud) -> Client {
    Client::builder(cloud.api_key())
        .base_url(cloud.url())
        .build()
        .unwrap()
}

/// A cloud, and how its resources come to be.
struct Account {
    catalog: Catalog,
    cloud: LoopbackCloud,
    client: Client,
}

impl Account {
    fn open() -> Self {
        Self::of(LoopbackCloud::start().unwrap())
    }

    fn of(cloud: LoopbackCloud) -> Self {
        Self {
            catalog: Catalog::load(),
            client: client(&cloud),
            cloud,
        }
    }

    /// Arguments for a path, with a resource made for each.
    fn args(&self, path: &str) -> Vec<String> {
        let mut args = Vec::new();
        let mut collection = String::new();
        for part in path.split('/').skip(1) {
            if part.starts_with('{') {
                args.push(self.make(&collection, &args));
            }
            collection = format!("{collection}/{part}");
        }
        args
    }

    /// Makes a resource in the collection of that template, below `owners`, and returns its id.
    fn make(&self, collection: &str, owners: &[String]) -> String {
        let create = self.catalog.operations().find(|(_, operation)| {
            operation.name == "create" && same_shape(&operation.path, collection)
        });
        let Some((service, create)) = create else {
            let (service, _) = self
                .catalog
                .operations()
                .find(|(_, operation)| operation.name == "list" && operation.path == collection)
                .expect(collection);
            return self.cloud.seed(service, json!({}));
        };
        let made = self.call(service, create, owners).expect(collection);
        let key = made.get("id").or_else(|| made.get("type"));
        key.and_then(Value::as_str).expect(collection).to_owned()
    }

    /// Calls with every field of the body set.
    fn call(
        &self,
        service: &str,
        operation: &Operation,
        args: &[String],
    ) -> ngrok_cloudapi::Result<Value> {
        let known = table::operation(service, &operation.name).unwrap();
        let body = operation
            .body
            .as_deref()
            .map(|name| self.catalog.object(name, Fill::Everything));
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        Ok(
            match known.run(&self.client, &args, body, &ListOptions::default())? {
                Answer::Object(object) => object,
                Answer::Pages(pages) => {
                    let pages: Vec<_> = pages.collect::<ngrok_cloudapi::Result<_>>()?;
                    pages.into_iter().flat_map(|page| page.items).collect()
                }
                _ => Value::Null,
            },
        )
    }
}

/// Whether two templates differ in the names of their arguments alone.
fn same_shape(one: &str, other: &str) -> bool {
    let shape = |path: &str| -> Vec<String> {
        let name = |part: &str| if part.starts_with('{') { "{}" } else { part }.to_owned();
        path.split('/').map(name).collect()
    };
    shape(one) == shape(other)
}

#[test]
fn every_operation_is_accepted_with_every_field_set() {
    // The values are made up, so only fields and kinds are checked.
    let cloud = LoopbackCloud::builder().rules(false).start().unwrap();
    let account = Account::of(cloud);
    let mut count = 0;
    for (service, operation) in account.catalog.operations() {
        let what = format!("{service}.{}", operation.name);
        let args = account.args(&operation.path);
        // A module is there once it has been set.
        let replace = account
            .catalog
            .operations()
            .find(|(s, o)| *s == service && o.name == "replace");
        if let (Some((_, replace)), "get") = (replace, operation.name.as_str()) {
            account.call(service, replace, &args).expect(&what);
        }
        match account.call(service, operation, &args) {
            // A stand-in of an account need not have the account itself.
            Err(error) if service == "root" => assert!(error.is_not_found(), "{error}"),
            done => drop(done.expect(&what)),
        }
        count += 1;
    }
    assert_eq!(count, 260);
}

#[test]
fn what_was_created_is_read_changed_listed_and_deleted() {
    let account = Account::open();
    let client = &account.client;
    let made = client
        .ip_policies()
        .create(&IpPolicyCreate::new().description("office"))
        .unwrap();
    let changed = made
        .update(client, &IpPolicyUpdate::new().description(""))
        .unwrap();
    assert_eq!(changed.description, "");
    let listed = client.ip_policies().list().collect_all().unwrap();
    assert_eq!(listed.len(), 1);
    made.delete(client).unwrap();
    let gone = client.ip_policies().get(&made.id).unwrap_err();
    assert!(gone.is_not_found(), "{gone}");
}

#[test]
fn an_unknown_field_and_a_wrong_key_are_refused_by_the_cloud_too() {
    let account = Account::open();
    let create = table::operation("ip_policies", "create").unwrap();
    let body = json!({"nope": 1});
    let body = RawJson::parse(&body.to_string()).unwrap();
    let refused = create
        .call(&account.client, &[], Some(&body), &ListOptions::default())
        .unwrap_err();
    assert_eq!(refused.status(), Some(400));
    assert!(refused.message().is_some_and(|text| text.contains("nope")));
    let wrong = Client::builder("wrong")
        .base_url(account.cloud.url())
        .build()
        .unwrap();
    let refused = wrong.ip_policies().get("ipp_1").unwrap_err();
    assert!(
        refused.is_auth() && refused.has_code("ERR_NGROK_202"),
        "{refused}"
    );
    assert!(!format!("{refused:?}").contains("wrong\""));
}

#[test]
fn a_post_meets_a_fault_once_and_a_get_is_tried_again() {
    let account = Account::open();
    account.cloud.fail(1, CloudFault::status(502));
    let create = IpPolicyCreate::new();
    let failed = account.client.ip_policies().create(&create).unwrap_err();
    assert_eq!(failed.status(), Some(502));
    assert_eq!(account.cloud.requests().len(), 1);
    account.cloud.fail(1, CloudFault::Close);
    let listed = account.client.ip_policies().list().collect_all().unwrap();
    // The cloud carries a request out before its answer goes wrong.
    assert_eq!(listed.len(), 1);
    assert_eq!(account.cloud.requests().len(), 3);
}

#[test]
fn a_next_page_elsewhere_is_refused_before_the_key_leaves() {
    let account = Account::open();
    let elsewhere = LoopbackCloud::start().unwrap();
    account.cloud.seed("vaults", json!({"name": "one"}));
    let next = CloudFault::NextPage(format!("{}/vaults", elsewhere.url()));
    account.cloud.fail(1, next);
    let results: Vec<_> = account.client.vaults().list().collect();
    assert_eq!(results.len(), 2);
    let refused = results[1].as_ref().unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Paging, "{refused}");
    assert!(elsewhere.requests().is_empty());
}

#[cfg(target_os = "linux")]
const LISTED: &str = "LOOPBACK_CLOUD_TO_LIST";

/// Memory is measured in a process of its own, since the tests here run side by side.
#[test]
#[cfg(target_os = "linux")]
fn a_hundred_thousand_items_are_listed_in_flat_memory() {
    let cloud = LoopbackCloud::start().unwrap();
    for n in 0..100_000 {
        cloud.seed("tunnels", json!({"metadata": format!("item {n}")}));
    }
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "loopback_cloud::lists_all_for_the_test_above",
            "--nocapture",
        ])
        .env(LISTED, format!("{} {}", cloud.url(), cloud.api_key()))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("listed 100000 items"), "{said}");
    assert_eq!(cloud.requests().len(), 1_000);
}

#[test]
#[cfg(target_os = "linux")]
fn lists_all_for_the_test_above() {
    let Ok(target) = std::env::var(LISTED) else {
        return;
    };
    let (url, key) = target.split_once(' ').unwrap();
    let client = Client::builder(key).base_url(url).build().unwrap();
    let mut count = 0;
    let mut early = 0;
    #[expect(deprecated, reason = "the smallest of the types that can be seeded")]
    for tunnel in client.tunnels().list() {
        tunnel.unwrap();
        count += 1;
        if count == 10_000 {
            early = resident_kilobytes();
        }
    }
    let grown = resident_kilobytes().saturating_sub(early);
    assert!(grown < 1_024, "{grown} kB more after 90,000 more items");
    println!("listed {count} items");
}

#[cfg(target_os = "linux")]
fn resident_kilobytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS"))
        .unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
