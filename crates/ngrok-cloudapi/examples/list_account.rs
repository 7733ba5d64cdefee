//! Lists everything of an account, service by service: `NGROK_API_KEY=… cargo run --example list_account`.

use std::io::{self, Write};

use ngrok_cloudapi::{Client, Result};

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    run(&Client::from_env()?, &mut io::stdout())
}

/// Writes a line for each service that has something, and what the calls came to.
pub(crate) fn run(
    client: &Client,
    out: &mut impl Write,
) -> std::result::Result<(), Box<dyn std::error::Error>> {
    let mut total = 0;
    macro_rules! list {
        ($($service:ident)*) => { $(
            let ids: Result<Vec<String>> = client.$service().list().map(|item| Ok(item?.id)).collect();
            match ids {
                Ok(ids) if ids.is_empty() => {}
                Ok(ids) => {
                    total += ids.len();
                    writeln!(out, "{}: {}", stringify!($service), ids.join(" "))?;
                }
                // What the plan does not cover answers with an error: the rest is still worth listing.
                Err(error) => writeln!(out, "{}: {error}", stringify!($service))?,
            }
        )* };
    }
    list! {
        endpoints tunnel_sessions credentials api_keys agent_ingresses kubernetes_operators access_tokens
        reserved_domains reserved_addrs tls_certificates certificate_authorities
        ssh_certificate_authorities ssh_credentials ssh_host_certificates ssh_user_certificates
        event_destinations event_subscriptions ip_policies ip_policy_rules ip_restrictions
        application_sessions application_users service_users vaults secrets
    }
    let stats = client.stats();
    writeln!(
        out,
        "{total} objects in {} requests, {:?} spent waiting",
        stats.requests, stats.waited
    )?;
    Ok(())
}
