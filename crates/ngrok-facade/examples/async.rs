//! In an async program, the calls go where blocking is allowed.
//!
//! `cargo run -p ngrok-facade --example async`

#![allow(clippy::print_stdout, reason = "an example prints")]

use ngrok_facade::{Config, Ngrok};
use tokio::task::spawn_blocking;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let ngrok = Ngrok::new(Config::builder().build()?);
    let opener = ngrok.clone();
    let tunnel = spawn_blocking(move || opener.connect(8080)).await??;
    println!("{tunnel}; Ctrl-C ends it");
    tokio::signal::ctrl_c().await?;
    spawn_blocking(move || tunnel.disconnect()).await??;
    // The agent ends with its last handle, which waits for it, and so must not be dropped among the async tasks.
    spawn_blocking(move || drop(ngrok)).await?;
    Ok(())
}
