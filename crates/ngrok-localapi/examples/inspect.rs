//! Prints the requests that come through an agent's tunnels, as they come.
//!
//! `cargo run -p ngrok-localapi --example inspect [http://127.0.0.1:4040] [--har FILE]`
#![allow(clippy::print_stdout, reason = "it is what the example is for")]

use std::env;
use std::error::Error;
use std::fs;

use ngrok_localapi::{CapturedRequest, Client, Har, Watched};

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = env::args().skip(1).peekable();
    let url = args.next_if(|arg| arg != "--har");
    let client = Client::new(url.as_deref().unwrap_or("http://127.0.0.1:4040"))?;
    if args.next().is_some() {
        let file = args.next().ok_or("--har needs the name of a file")?;
        let requests = client.requests().list()?;
        Har::new().write(&requests, fs::File::create(&file)?)?;
        println!("{} requests in {file}", requests.len());
        return Ok(());
    }
    for tunnel in client.tunnels().list()? {
        println!("{} -> {}", tunnel.public_url, tunnel.config.addr);
    }
    for seen in client.requests().watch_from_start() {
        match seen? {
            Watched::Request(request) => print(&client, *request),
            _ => println!("… some may be missing here"),
        }
    }
    Ok(())
}

fn print(client: &Client, mut request: CapturedRequest) {
    if request.response.is_none() {
        // It was under way; by now it may have an answer.
        if let Ok(later) = client.requests().get(&request.id) {
            request = later;
        }
    }
    let answer = match &request.response {
        Some(response) => format!("{} in {:.1?}", response.status, request.duration),
        None => "no answer yet".to_owned(),
    };
    let asked = &request.request;
    println!("{} {} {} {answer}", request.start, asked.method, asked.uri);
    match asked.body() {
        Ok(body) if !body.is_empty() => {
            println!("    {}", body.text().lines().next().unwrap_or(""))
        }
        Ok(_) => {}
        Err(e) => println!("    {e}"),
    }
}
