//! Watches all keys below a prefix in Consul and prints what is added, changed and removed.
//!
//! ```console
//! $ consul agent -dev &
//! $ cargo run -p examples --example consul-kv-watch -- app/ &
//! watching app/: 0 keys
//! $ consul kv put app/replicas 3
//! + app/replicas = 3
//! $ consul kv put app/replicas 5
//! ~ app/replicas = 3 -> 5
//! $ consul kv delete app/replicas
//! - app/replicas
//! ```
//!
//! The agent and the token come from `CONSUL_HTTP_ADDR`, `CONSUL_HTTP_TOKEN` and their like. The watch survives an agent
//! that goes away for a while; Ctrl-C ends it.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for a terminal")]

use anyhow::Context as _;
use consul_client::kv::Pair;
use consul_client::watch::Change;
use consul_client::{Client, Config, ReadOptions};
use futures_util::StreamExt as _;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let prefix = std::env::args().nth(1).context("usage: consul-kv-watch PREFIX")?;
    let consul = Client::new(&Config::from_env()?)?;
    tokio::select! {
        result = watch(&consul, &prefix) => result,
        interrupted = tokio::signal::ctrl_c() => Ok(interrupted?),
    }
}

async fn watch(consul: &Client, prefix: &str) -> anyhow::Result<()> {
    let mut keys = consul.kv().watch_list(prefix, &ReadOptions::new()).keyed(|pair| pair.key.clone());
    let mut first = true;
    while let Some(update) = keys.next().await {
        match update {
            Ok(_) if first => println!("watching {prefix}: {} keys", keys.current().len()),
            Ok(update) => update.changes.iter().for_each(print),
            // Not the end: the watch goes on by itself.
            Err(error) if !first => eprintln!("{error}"),
            Err(error) => return Err(error.into()),
        }
        first = false;
    }
    Ok(())
}

fn print(change: &Change<String, Pair>) {
    match change {
        Change::Added { key, value } => println!("+ {key} = {}", text(value)),
        Change::Changed { key, old, new } => println!("~ {key} = {} -> {}", text(old), text(new)),
        Change::Removed { key, .. } => println!("- {key}"),
        _ => {}
    }
}

/// Values are bytes; not all of them are text.
fn text(pair: &Pair) -> String {
    match std::str::from_utf8(&pair.value) {
        Ok(text) => text.to_owned(),
        Err(_) => format!("{} bytes", pair.value.len()),
    }
}
