//! Works with database credentials that live only as long as this program does.
//!
//! ```console
//! $ export VAULT_ADDR=http://127.0.0.1:8200 VAULT_TOKEN=root
//! $ cargo run -p examples --example vault-database-lease -- database web
//! v-token-web-2fTq3VXQ: good for 60s
//! v-token-web-2fTq3VXQ: renewed for 60s
//! v-token-web-2fTq3VXQ: cannot be renewed any longer, ends in 20s
//! v-token-web-9cLm1DpA: good for 60s
//! ^Cv-token-web-9cLm1DpA: removed
//! ```
//!
//! The role is one of Vault's database engine. The token needs `read` for its `creds`, and `update` for
//! `sys/leases/renew` and `sys/leases/revoke`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for a terminal")]

use std::pin::pin;

use anyhow::Context as _;
use futures_util::StreamExt as _;
use vault_client::database::Credentials;
use vault_client::{Client, Config, LeaseEvent, Leased};

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (mount, role) = arguments.next().zip(arguments.next()).context("usage: vault-database-lease MOUNT ROLE")?;
    let vault = Client::new(&Config::from_env()?)?;
    loop {
        let user = vault.database(&mount).creds(&role).await?;
        println!("{}: good for {:?}", user.data.username, user.lease.duration);
        tokio::select! {
            () = keep(&vault, &user) => {}
            interrupted = tokio::signal::ctrl_c() => {
                interrupted?;
                // The user is of no use to anybody now, so it does not wait for the end of its lease.
                vault.sys().leases().revoke(&user.lease.id).await?;
                println!("{}: removed", user.data.username);
                return Ok(());
            }
        }
    }
}

/// Until it is time for another user. A real program would connect to its database here, and go on with the old
/// connections until their work is done.
async fn keep(vault: &Client, user: &Leased<Credentials>) {
    let name = &user.data.username;
    let mut events = pin!(vault.sys().leases().keep(user.lease.clone()));
    while let Some(event) = events.next().await {
        match event {
            LeaseEvent::Renewed(lease) => println!("{name}: renewed for {:?}", lease.duration),
            LeaseEvent::Failed { error, left } => eprintln!("{name}: not renewed, {left:?} left: {error}"),
            LeaseEvent::Ending { left } => {
                println!("{name}: cannot be renewed any longer, ends in {left:?}");
                return;
            }
            LeaseEvent::Ended => return,
            _ => {}
        }
    }
}
