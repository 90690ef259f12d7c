//! What an operator looks at and changes: <https://developer.hashicorp.com/consul/api-docs/operator>.
//!
//! Reading needs `operator:read`, everything else `operator:write`.

pub mod autopilot;
pub mod raft;

pub use self::autopilot::{AutopilotConfiguration, AutopilotHealth, AutopilotState, ServerHealth};
pub use self::raft::{Peer, RaftConfiguration, RaftServer};

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
