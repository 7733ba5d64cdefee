//! Makes sure that a domain and a cloud endpoint on it exist, however often it runs.
//! `NGROK_API_KEY=… cargo run --example ensure_endpoint`

#![allow(clippy::print_stdout, reason = "a program may print")]

use ngrok_cloudapi::types::{EndpointCreate, ReservedDomainCreate};
use ngrok_cloudapi::{Client, Result};
use serde_json::json;

pub(crate) fn ensure(client: &Client, name: &str) -> Result<String> {
    let wanted = ReservedDomainCreate::new(name);
    let domain = client.reserved_domains().ensure(&wanted)?;
    let policy = json!({"on_http_request": [{"actions": [
        {"type": "custom-response", "config": {"status_code": 200, "body": "hello"}}
    ]}]});
    let url = format!("https://{}", domain.domain);
    let endpoint = client
        .endpoints()
        .ensure(&EndpointCreate::new(url, policy))?;
    Ok(endpoint.url.clone())
}

fn main() -> Result<()> {
    println!("{}", ensure(&Client::from_env()?, "hello.ngrok.app")?);
    Ok(())
}
