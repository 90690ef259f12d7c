//! What must be done before an upgrade: <https://developer.hashicorp.com/nomad/api-docs/operator/upgrade-check>.

use std::time::Duration;

use super::Operator;
use crate::error::Result;
use crate::jobs::JobStub;
use crate::meta::{BodyMeta, Index};
use crate::nodes::NodeStub;

answer! {
    /// What still uses Vault without workload identities.
    VaultIdentityCheck {
        /// Jobs whose Vault blocks have no identity.
        pub jobs_without_vault_identity: Vec<JobStub>,
        /// Nodes that are too old for identities.
        pub outdated_nodes: Vec<NodeStub>,
        /// Tokens that the servers have made themselves.
        pub vault_tokens: Vec<VaultAccessor>,
        /// What the body says beside its content.
        #[serde(flatten)]
        pub meta: BodyMeta,
    }
}

impl VaultIdentityCheck {
    /// Whether nothing is left to do.
    pub fn is_ready(&self) -> bool {
        self.jobs_without_vault_identity.is_empty() && self.outdated_nodes.is_empty() && self.vault_tokens.is_empty()
    }
}

answer! {
    /// A Vault token that the servers have made themselves.
    VaultAccessor {
        /// The allocation.
        #[serde(rename = "AllocID")]
        pub alloc_id: String,
        /// The task.
        pub task: String,
        /// The node.
        #[serde(rename = "NodeID")]
        pub node_id: String,
        /// The token's accessor.
        pub accessor: String,
        /// How many seconds it was to live.
        #[serde(rename = "CreationTTL")]
        pub creation_ttl: i64,
        /// When it was made.
        pub create_index: Index,
    }
}

impl VaultAccessor {
    /// How long the token was to live.
    pub fn lifetime(&self) -> Duration {
        Duration::from_secs(self.creation_ttl.unsigned_abs())
    }
}

impl Operator {
    /// Checks what still uses Vault without workload identities.
    /// `GET /v1/operator/upgrade-check/vault-workload-identity`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/operator/upgrade-check#vault-workload-identity)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// let check = nomad.operator().check_vault_identities().await?;
    /// println!("ready: {}", check.is_ready());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `operator:read`.
    pub async fn check_vault_identities(&self) -> Result<VaultIdentityCheck> {
        self.client.get("/v1/operator/upgrade-check/vault-workload-identity", []).await
    }
}
