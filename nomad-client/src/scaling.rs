//! Limits for autoscalers: <https://developer.hashicorp.com/nomad/api-docs/scaling-policies>.

use std::collections::BTreeMap;

use crate::client::Client;
use crate::error::Result;
use crate::job::ScalingPolicy;
use crate::meta::{Answer, Index};
use crate::options::ReadOptions;
use crate::transport::{Request, none_if_not_found};

/// Handle made by [`Client::scaling`].
#[derive(Clone, Debug)]
pub struct Scaling {
    client: Client,
}

answer! {
    /// A scaling policy in a list.
    ScalingPolicyStub {
        /// Its id.
        #[serde(rename = "ID")]
        pub id: String,
        /// Whether it is in force.
        pub enabled: bool,
        /// What is scaled: `horizontal`, `vertical_cpu` or `vertical_mem`.
        #[serde(rename = "Type")]
        pub kind: String,
        /// What it belongs to: `Namespace`, `Job`, `Group`, `Task`.
        pub target: BTreeMap<String, String>,
        /// When it was made.
        pub create_index: Index,
        /// When it changed.
        pub modify_index: Index,
    }
}

/// Options of [`Scaling::list_with`].
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct PoliciesOptions {
    read: ReadOptions,
    job: Option<String>,
    kind: Option<String>,
}

impl PoliciesOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// The options of any read.
    #[must_use]
    pub fn with_read(mut self, options: ReadOptions) -> Self {
        self.read = options;
        self
    }

    /// Only those of this job.
    #[must_use]
    pub fn with_job(mut self, id: impl Into<String>) -> Self {
        self.job = Some(id.into());
        self
    }

    /// Only those of this type, such as `horizontal`.
    #[must_use]
    pub fn with_type(mut self, kind: impl Into<String>) -> Self {
        self.kind = Some(kind.into());
        self
    }
}

impl Scaling {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Lists the scaling policies. `GET /v1/scaling/policies`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/scaling-policies#list-scaling-policies)); needs
    /// `namespace:list-scaling-policies`, or `list-jobs` and `read-job`.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// for policy in nomad.scaling().list().await? {
    ///     println!("{}: {:?}", policy.kind, policy.target);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without that permission.
    pub async fn list(&self) -> Result<Vec<ScalingPolicyStub>> {
        Ok(self.list_with(&PoliciesOptions::new()).await?.value)
    }

    /// As [`Scaling::list`], with options and the index to wait on.
    ///
    /// # Errors
    /// As [`Scaling::list`].
    pub async fn list_with(&self, options: &PoliciesOptions) -> Result<Answer<Vec<ScalingPolicyStub>>> {
        let mut request = Request::get("/v1/scaling/policies", [])?;
        for (name, value) in [("job", &options.job), ("type", &options.kind)] {
            if let Some(value) = value {
                request = request.query(name, value);
            }
        }
        self.client.answer(options.read.apply(request)).await
    }

    /// Reads a scaling policy. `GET /v1/scaling/policy/:id`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/scaling-policies#read-scaling-policy)); needs
    /// `namespace:read-scaling-policy`, or `list-jobs` and `read-job`.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// let policy = nomad.scaling().read("5e9f9ef2-5223-6d35-bac1-be0f3cb974ad").await?;
    /// println!("{:?} to {:?}", policy.min, policy.max);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when there is none; [`Error::is_denied`](crate::Error::is_denied)
    /// without that permission.
    pub async fn read(&self, id: &str) -> Result<ScalingPolicy> {
        Ok(self.read_with(id, &ReadOptions::new()).await?.value)
    }

    /// As [`Scaling::read`], or `None` when there is none.
    ///
    /// # Errors
    /// As [`Scaling::read`], except for a missing one.
    pub async fn read_opt(&self, id: &str) -> Result<Option<ScalingPolicy>> {
        none_if_not_found(self.read(id).await)
    }

    /// As [`Scaling::read`], with options and the index to wait on.
    ///
    /// # Errors
    /// As [`Scaling::read`].
    pub async fn read_with(&self, id: &str, options: &ReadOptions) -> Result<Answer<ScalingPolicy>> {
        self.client.get_with("/v1/scaling/policy/:id", [id], options).await
    }
}
