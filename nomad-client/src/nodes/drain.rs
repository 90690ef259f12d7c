//! Drains: everything is moved away from a node.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Eligibility, NodeUpdate, Nodes};
use crate::error::Result;
use crate::transport::Request;

answer! {
    /// How a node is being drained.
    DrainStrategy {
        /// How long tasks may take, in nanoseconds; -1 to stop them at once, 0 for any time.
        pub deadline: i64,
        /// Whether system jobs stay.
        pub ignore_system_jobs: bool,
        /// When it is forced.
        pub force_deadline: Option<Timestamp> as rfc3339,
        /// When it was begun.
        pub started_at: Option<Timestamp> as rfc3339,
    }
}

answer! {
    /// A drain of a node.
    DrainMetadata {
        /// When it was begun.
        pub started_at: Option<Timestamp> as rfc3339,
        /// When it changed.
        pub updated_at: Option<Timestamp> as rfc3339,
        /// `draining`, `complete` or `canceled`.
        pub status: String,
        /// Whose token began it.
        #[serde(rename = "AccessorID")]
        pub accessor_id: String,
        /// Labels.
        pub meta: BTreeMap<String, String>,
    }
}

impl Nodes {
    /// Moves everything away from a node, within this time. `PUT /v1/node/:id/drain`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/nodes#drain-node)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// use nomad_client::nodes::DrainDeadline;
    /// use std::time::Duration;
    ///
    /// let deadline = DrainDeadline::After(Duration::from_secs(600));
    /// nomad.nodes().drain("fb2170a8-257d-3c64-b14d-bc06cc94e34c", deadline).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when there is no such node;
    /// [`Error::is_denied`](crate::Error::is_denied) without `node:write`.
    pub async fn drain(&self, id: &str, deadline: DrainDeadline) -> Result<NodeUpdate> {
        self.drain_with(id, deadline, &DrainOptions::new()).await
    }

    /// As [`Nodes::drain`], with options.
    ///
    /// # Errors
    /// As [`Nodes::drain`].
    pub async fn drain_with(&self, id: &str, deadline: DrainDeadline, options: &DrainOptions) -> Result<NodeUpdate> {
        self.update_drain(id, drain_body(id, deadline, options)).await
    }

    /// Ends a drain before it is over; what was moved stays where it is. `PUT /v1/node/:id/drain`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/nodes#drain-node)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// use nomad_client::nodes::Eligibility;
    ///
    /// nomad.nodes().cancel_drain("fb2170a8-257d-3c64-b14d-bc06cc94e34c", Eligibility::Eligible).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Nodes::drain`].
    pub async fn cancel_drain(&self, id: &str, then: Eligibility) -> Result<NodeUpdate> {
        let eligible = then == Eligibility::Eligible;
        self.update_drain(id, json!({ "NodeID": id, "DrainSpec": null, "MarkEligible": eligible })).await
    }

    async fn update_drain(&self, id: &str, body: Value) -> Result<NodeUpdate> {
        self.client.fetch(Request::put("/v1/node/:id/drain", [id])?.json(&body)?.idempotent()).await
    }
}

/// How long a drain waits for what runs on the node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DrainDeadline {
    /// Not at all: everything is stopped at once.
    Now,
    /// This long; what is left then is stopped.
    After(Duration),
    /// As long as it takes.
    Never,
}

impl DrainDeadline {
    fn nanos(self) -> i64 {
        match self {
            Self::Now => -1,
            Self::Never => 0,
            // Zero would mean "never".
            Self::After(time) => i64::try_from(time.as_nanos()).unwrap_or(i64::MAX).max(1),
        }
    }
}

/// Options of [`Nodes::drain_with`].
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct DrainOptions {
    ignore_system_jobs: bool,
    meta: BTreeMap<String, String>,
}

impl DrainOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Leaves system jobs where they are.
    #[must_use]
    pub fn ignoring_system_jobs(mut self) -> Self {
        self.ignore_system_jobs = true;
        self
    }

    /// A label, which is kept in [`Node::last_drain`](super::Node::last_drain).
    #[must_use]
    pub fn with_meta(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.meta.insert(name.into(), value.into());
        self
    }
}

fn drain_body(id: &str, deadline: DrainDeadline, options: &DrainOptions) -> Value {
    json!({
        "NodeID": id,
        "DrainSpec": { "Deadline": deadline.nanos(), "IgnoreSystemJobs": options.ignore_system_jobs },
        "Meta": options.meta,
    })
}

impl DrainStrategy {
    /// How long tasks may take: `None` for any time, zero to stop them at once.
    pub fn time_limit(&self) -> Option<Duration> {
        match self.deadline {
            0 => None,
            nanos => Some(u64::try_from(nanos).map_or(Duration::ZERO, Duration::from_nanos)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{DrainDeadline, DrainOptions, DrainStrategy, drain_body};
    use std::time::Duration;

    #[test]
    fn t50_deadlines_that_are_none() {
        let sent = |deadline| drain_body("a", deadline, &DrainOptions::new())["DrainSpec"]["Deadline"].clone();
        assert_eq!(sent(DrainDeadline::Now), -1);
        assert_eq!(sent(DrainDeadline::Never), 0);
        assert_eq!(sent(DrainDeadline::After(Duration::from_nanos(7))), 7);
        assert_eq!(sent(DrainDeadline::After(Duration::ZERO)), 1);
    }

    #[test]
    fn a_negative_deadline_means_at_once() {
        let limit = |deadline| DrainStrategy { deadline, ..DrainStrategy::default() }.time_limit();
        assert_eq!(limit(0), None);
        assert_eq!(limit(-1), Some(Duration::ZERO));
        assert_eq!(limit(5), Some(Duration::from_nanos(5)));
    }
}
