//! What an operator looks at and changes: <https://developer.hashicorp.com/consul/api-docs/operator>.
//!
//! Reading needs `operator:read`, everything else `operator:write`.

pub mod autopilot;
pub mod keyring;
pub mod raft;
pub mod usage;

pub use self::autopilot::{AutopilotConfiguration, AutopilotHealth, AutopilotState, ServerHealth};
pub use self::keyring::{GossipKey, Keyring, KeyringOptions};
pub use self::raft::{Peer, RaftConfiguration, RaftServer};
pub use self::usage::{Usage, UsageOptions};

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
