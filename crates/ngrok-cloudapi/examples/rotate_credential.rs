//! Replaces the authtoken that has a description: the new one is made first, then the old ones are deleted.
//! `NGROK_API_KEY=… cargo run --example rotate_credential`

#![allow(clippy::print_stdout, reason = "a program may print")]

use ngrok_cloudapi::types::CredentialCreate;
use ngrok_cloudapi::{Client, Result, Secret, filter::field};

pub(crate) fn rotate(client: &Client, description: &str) -> Result<Secret> {
    let credentials = client.credentials();
    let same = field("description").eq(description);
    let old = credentials.list().matching(same).collect_all()?;
    let new = credentials.create(&CredentialCreate::new().description(description))?;
    for credential in old {
        credential.delete(client)?;
    }
    Ok(new.token.unwrap_or_default())
}

fn main() -> Result<()> {
    println!("{}", rotate(&Client::from_env()?, "ci")?.expose());
    Ok(())
}
