//! The servers as a whole: <https://developer.hashicorp.com/nomad/api-docs/operator>.
//!
//! Reading needs `operator:read`, changing `operator:write`; the keyring and snapshots need a management token.

mod autopilot;
mod keyring;
mod raft;
mod scheduler;
mod snapshot;
mod upgrade;

pub use self::autopilot::{AutopilotConfiguration, AutopilotHealth, ServerHealth};
pub use self::keyring::{KeyState, RootKey, RotateOptions};
pub use self::raft::{LeadershipTransfer, RaftAddress, RaftConfiguration, RaftServer};
pub use self::scheduler::{Preemption, SchedulerAlgorithm, SchedulerConfiguration};
pub use self::snapshot::Snapshot;
pub use self::upgrade::{VaultAccessor, VaultIdentityCheck};

use crate::client::Client;

/// Handle made by [`Client::operator`].
#[derive(Clone, Debug)]
pub struct Operator {
    client: Client,
}

impl Operator {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }
}
