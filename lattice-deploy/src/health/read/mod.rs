//! The reader: one request at a time on one connection to each server, all servers at the same time.
//!
//! What was read when the deadline comes stays read. A server that does not answer its first question is not asked the
//! others.

mod consul;
mod endpoints;
mod http;
mod nomad;
mod tls;
mod vault;

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::facts::{Facts, Look};
use super::table::Spec;
use super::target::Target;
use crate::clients::Clients;

/// What is to be read, and with which patience.
#[derive(Debug)]
pub(super) struct Plan<'a> {
    target: &'a Target,
    looks: BTreeSet<Look>,
}

impl<'a> Plan<'a> {
    pub(super) fn new(target: &'a Target, checks: &[&Spec]) -> Self {
        let mut looks: BTreeSet<Look> = checks.iter().flat_map(|spec| spec.looks).copied().collect();
        // Whoever needs a server needs to know whether it is there.
        for gate in checks.iter().filter_map(|spec| spec.needs.gate()).filter_map(super::table::find) {
            looks.extend(gate.looks);
        }
        Self { target, looks }
    }

    fn wants(&self, look: Look) -> bool {
        self.looks.contains(&look)
    }

    fn patience(&self) -> Duration {
        self.target.patience
    }
}

/// Reads until all is read or the deadline comes. Returns whether it came.
pub(super) async fn read(clients: &Clients, plan: &Plan<'_>, deadline: Instant, facts: &mut Facts) -> bool {
    let Facts { consul, vault, nomad, endpoints, tls } = facts;
    let all = async {
        tokio::join!(
            Box::pin(consul::read(clients, plan, consul, endpoints)),
            Box::pin(vault::read(clients, plan, vault)),
            Box::pin(nomad::read(clients, plan, nomad)),
            Box::pin(tls::read(clients, plan, tls)),
        );
    };
    timeout_at(deadline, all).await.is_err()
}
