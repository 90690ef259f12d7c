//! Policies: <https://developer.hashicorp.com/nomad/api-docs/acl/policies>.

use super::Acl;
use crate::error::Result;
use crate::meta::Index;
use crate::transport::{Request, none_if_not_found};

object! {
    /// A policy.
    Policy {
        /// Its name.
        pub name: String,
        /// A text for people.
        pub description: String,
        /// The rules, in HCL.
        pub rules: String,
        /// The workloads that it belongs to.
        #[serde(rename = "JobACL")]
        pub job_acl: Option<JobAcl>,
        /// When it was made.
        pub create_index: Index,
        /// When it changed.
        pub modify_index: Index,
    }
}

impl Policy {
    /// A policy with these rules.
    pub fn new(name: impl Into<String>, rules: impl Into<String>) -> Self {
        Self { name: name.into(), rules: rules.into(), ..Self::default() }
    }
}

object! {
    /// The workloads that a policy belongs to.
    JobAcl {
        /// The namespace.
        pub namespace: String,
        /// The job.
        #[serde(rename = "JobID")]
        pub job_id: String,
        /// The group; all unless set.
        pub group: String,
        /// The task; all unless set.
        pub task: String,
    }
}

answer! {
    /// A policy in a list.
    PolicyStub {
        /// Its name.
        pub name: String,
        /// A text for people.
        pub description: String,
        /// The workloads that it belongs to.
        #[serde(rename = "JobACL")]
        pub job_acl: Option<JobAcl>,
        /// A digest of its content, in base64.
        pub hash: String,
        /// When it was made.
        pub create_index: Index,
        /// When it changed.
        pub modify_index: Index,
    }
}

impl Acl {
    /// Lists the policies that the token may see: all with a management token, its own otherwise.
    /// `GET /v1/acl/policies` ([API](https://developer.hashicorp.com/nomad/api-docs/acl/policies#list-policies)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// for policy in nomad.acl().policies().await? {
    ///     println!("{}: {}", policy.name, policy.description);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) when the token is not known.
    pub async fn policies(&self) -> Result<Vec<PolicyStub>> {
        self.client.get("/v1/acl/policies", []).await
    }

    /// Lists the policies of the client's own token, a workload's identity included. `GET /v1/acl/policy/self`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/acl/policies#list-policies)); needs a valid token.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// println!("{} policies", nomad.acl().policies_self().await?.len());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) when the token is not known.
    pub async fn policies_self(&self) -> Result<Vec<PolicyStub>> {
        self.client.get("/v1/acl/policy/self", []).await
    }

    /// Reads a policy, or `None` when there is none. `GET /v1/acl/policy/:name`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/acl/policies#read-policy)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// if let Some(policy) = nomad.acl().policy("deploy").await? {
    ///     println!("{}", policy.rules);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without a management token or this policy.
    pub async fn policy(&self, name: &str) -> Result<Option<Policy>> {
        none_if_not_found(self.client.get("/v1/acl/policy/:name", [name]).await)
    }

    /// Makes a policy or replaces it. `PUT /v1/acl/policy/:name`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/acl/policies#create-or-update-policy)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// use nomad_client::acl::Policy;
    ///
    /// let rules = r#"namespace "default" { policy = "read" }"#;
    /// nomad.acl().put_policy(&Policy::new("readers", rules)).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without a management token; the server refuses rules that it cannot
    /// read.
    pub async fn put_policy(&self, policy: &Policy) -> Result<()> {
        self.client.execute(Request::put("/v1/acl/policy/:name", [&policy.name])?.json(policy)?.idempotent()).await
    }

    /// Deletes a policy; one that does not exist is fine too. `DELETE /v1/acl/policy/:name`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/acl/policies#delete-policy)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// nomad.acl().delete_policy("readers").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without a management token.
    pub async fn delete_policy(&self, name: &str) -> Result<()> {
        self.client.execute(Request::delete("/v1/acl/policy/:name", [name])?.idempotent()).await
    }
}
