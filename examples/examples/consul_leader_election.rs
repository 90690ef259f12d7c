//! Several instances of this program, of which exactly one leads.
//!
//! Run it two or three times, and end the one that leads: another takes over at once after Ctrl-C, and within half a
//! minute after `kill -9`.
//!
//! ```console
//! $ consul agent -dev &
//! $ cargo run -p examples --example consul-leader-election -- app/leader one &
//! one: nobody leads
//! one: leads with the fence 23
//! one: works (1)
//! $ cargo run -p examples --example consul-leader-election -- app/leader two
//! two: one leads
//! ```
//!
//! The agent and the token come from `CONSUL_HTTP_ADDR`, `CONSUL_HTTP_TOKEN` and their like; the token needs
//! `session:write` and `key:write`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for a terminal")]

use std::convert::Infallible;
use std::time::Duration;

use anyhow::Context as _;
use consul_client::lock::{Election, Lease, LockOptions};
use consul_client::{Client, Config};
use futures_util::StreamExt as _;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (key, name) = arguments.next().zip(arguments.next()).context("usage: consul-leader-election KEY NAME")?;
    let consul = Client::new(&Config::from_env()?)?;
    let options = LockOptions::new()
        .with_session_name(format!("leader election of {name}"))
        .with_value(name.clone())
        .with_ttl(Duration::from_secs(10))
        .with_lock_delay(Duration::from_secs(5));
    let election = consul.election_with(key, &options);
    tokio::select! {
        result = stand(&election, &name) => result,
        () = observe(&election, &name) => Ok(()),
    }
}

/// Leads whenever it can, until Ctrl-C.
async fn stand(election: &Election, name: &str) -> anyhow::Result<()> {
    loop {
        let mut lease: Lease = tokio::select! {
            lease = election.campaign() => lease?,
            interrupted = tokio::signal::ctrl_c() => return Ok(interrupted?),
        };
        println!("{name}: leads with the fence {}", lease.fence().0);
        let led = lease.hold(async {
            tokio::select! {
                never = work(name) => match never {},
                interrupted = tokio::signal::ctrl_c() => interrupted,
            }
        });
        match led.await {
            Ok(interrupted) => {
                // Given back, so that another need not wait until it has ended by itself.
                lease.release().await?;
                return Ok(interrupted?);
            }
            Err(lost) => println!("{name}: leads no more: {lost}"),
        }
    }
}

/// What only the leader does. It is dropped the moment that the leadership is lost.
async fn work(name: &str) -> Infallible {
    let mut round = 0_u64;
    loop {
        round += 1;
        println!("{name}: works ({round})");
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
}

/// Says who leads.
async fn observe(election: &Election, name: &str) {
    let mut leaders = election.watch();
    while let Some(leader) = leaders.next().await {
        match leader.map(|answer| answer.value) {
            Ok(Some(leader)) => println!("{name}: {} leads", String::from_utf8_lossy(&leader.value)),
            Ok(None) => println!("{name}: nobody leads"),
            Err(error) => eprintln!("{name}: {error}"),
        }
    }
}
