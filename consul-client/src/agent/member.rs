//! The members of the cluster: who they are, and how an agent joins them.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Agent;
use crate::error::Result;
use crate::options::ReadOptions;
use crate::transport::Request;

object! {
    /// A member of the cluster.
    Member {
        /// The name of its node.
        pub name: String,
        /// Its address.
        pub addr: String,
        /// The port on which the members talk.
        pub port: u16,
        /// What it says about itself: `role`, `dc`, `build` and others.
        pub tags: BTreeMap<String, String>,
        /// What the others think of it.
        pub status: MemberStatus,
        /// The oldest version of the members' protocol that it speaks.
        pub protocol_min: u64,
        /// The newest version of the members' protocol that it speaks.
        pub protocol_max: u64,
        /// The version of the members' protocol that it is spoken to in.
        pub protocol_cur: u64,
        /// The oldest version of Consul's protocol that it speaks.
        pub delegate_min: u64,
        /// The newest version of Consul's protocol that it speaks.
        pub delegate_max: u64,
        /// The version of Consul's protocol that it is spoken to in.
        pub delegate_cur: u64,
    }
}

/// What the cluster thinks of a member.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum MemberStatus {
    /// Nothing.
    #[default]
    None,
    /// It is there.
    Alive,
    /// It is about to leave.
    Leaving,
    /// It left on purpose.
    Left,
    /// It does not answer.
    Failed,
    /// A number that this version of the crate does not know.
    Other(i64),
}

impl crate::object::Absent for MemberStatus {}

impl<'de> Deserialize<'de> for MemberStatus {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        Ok(match i64::deserialize(deserializer)? {
            0 => Self::None,
            1 => Self::Alive,
            2 => Self::Leaving,
            3 => Self::Left,
            4 => Self::Failed,
            other => Self::Other(other),
        })
    }
}

impl Serialize for MemberStatus {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_i64(match *self {
            Self::None => 0,
            Self::Alive => 1,
            Self::Leaving => 2,
            Self::Left => 3,
            Self::Failed => 4,
            Self::Other(other) => other,
        })
    }
}

/// Options of [`Agent::members_with`].
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct MembersOptions {
    wan: bool,
    segment: Option<String>,
    read: ReadOptions,
}

impl MembersOptions {
    /// The defaults: the members of the own datacenter.
    pub fn new() -> Self {
        Self::default()
    }

    /// The servers of all datacenters instead.
    #[must_use]
    pub fn wan(mut self) -> Self {
        self.wan = true;
        self
    }

    /// The members of this network segment; Enterprise.
    #[must_use]
    pub fn with_segment(mut self, segment: impl Into<String>) -> Self {
        self.segment = Some(segment.into());
        self
    }

    /// How it is read; the filter counts.
    #[must_use]
    pub fn with_read(mut self, read: ReadOptions) -> Self {
        self.read = read;
        self
    }
}

/// Options of [`Agent::join_with`].
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct JoinOptions {
    wan: bool,
}

impl JoinOptions {
    /// The defaults: within the datacenter.
    pub fn new() -> Self {
        Self::default()
    }

    /// As a server among the servers of all datacenters.
    #[must_use]
    pub fn wan(mut self) -> Self {
        self.wan = true;
        self
    }
}

/// Options of [`Agent::force_leave_with`].
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ForceLeaveOptions {
    prune: bool,
    wan: bool,
}

impl ForceLeaveOptions {
    /// The defaults: it stays in the list of members for a while, as left.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes it out of the list of members at once.
    #[must_use]
    pub fn prune(mut self) -> Self {
        self.prune = true;
        self
    }

    /// Among the servers of all datacenters.
    #[must_use]
    pub fn wan(mut self) -> Self {
        self.wan = true;
        self
    }
}

impl Agent {
    /// Lists the members of the cluster that the agent knows. `GET /v1/agent/members`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/agent#list-members)); needs `node:read`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// for member in consul.agent().members().await? {
    ///     println!("{} {:?}", member.name, member.status);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) when the token is not known; members without `node:read` are left
    /// out.
    pub async fn members(&self) -> Result<Vec<Member>> {
        self.members_with(&MembersOptions::new()).await
    }

    /// As [`Agent::members`], with options.
    ///
    /// # Errors
    /// As [`Agent::members`].
    pub async fn members_with(&self, options: &MembersOptions) -> Result<Vec<Member>> {
        Ok(self.client.answer_or_none(members_request(options)?).await?.value)
    }

    /// Lets the agent join the cluster of the agent at this address, with or without a port. `PUT /v1/agent/join/:address`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/agent#join-agent)); needs `agent:write`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// consul.agent().join("10.0.0.7:8301").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `agent:write`; when nobody answers there.
    pub async fn join(&self, address: &str) -> Result<()> {
        self.join_with(address, &JoinOptions::new()).await
    }

    /// As [`Agent::join`], with options.
    ///
    /// # Errors
    /// As [`Agent::join`].
    pub async fn join_with(&self, address: &str, options: &JoinOptions) -> Result<()> {
        self.client.execute(join_request(address, options)?).await
    }

    /// Declares that a member which failed has left for good. `PUT /v1/agent/force-leave/:node`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/agent#force-leave-and-shutdown)); needs `operator:write`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// use consul_client::agent::ForceLeaveOptions;
    ///
    /// consul.agent().force_leave_with("web-7", &ForceLeaveOptions::new().prune()).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `operator:write`; when there is no such member.
    pub async fn force_leave(&self, node: &str) -> Result<()> {
        self.force_leave_with(node, &ForceLeaveOptions::new()).await
    }

    /// As [`Agent::force_leave`], with options.
    ///
    /// # Errors
    /// As [`Agent::force_leave`].
    pub async fn force_leave_with(&self, node: &str, options: &ForceLeaveOptions) -> Result<()> {
        self.client.execute(force_leave_request(node, options)?).await
    }
}

/// Any text means that servers of all datacenters are meant, even `false`.
fn wan(request: Request, wanted: bool) -> Request {
    if wanted { request.query("wan", "1") } else { request }
}

fn members_request(options: &MembersOptions) -> Result<Request> {
    let request = wan(Request::get("/v1/agent/members", [])?, options.wan);
    Ok(options.read.apply(request.query_if("segment", options.segment.as_ref())))
}

fn join_request(address: &str, options: &JoinOptions) -> Result<Request> {
    Ok(wan(Request::put("/v1/agent/join/:address", [address])?.idempotent(), options.wan))
}

fn force_leave_request(node: &str, options: &ForceLeaveOptions) -> Result<Request> {
    let request = Request::put("/v1/agent/force-leave/:node", [node])?.idempotent();
    Ok(request.flag_if("prune", options.prune).flag_if("wan", options.wan))
}

#[cfg(test)]
mod tests {
    use super::{ForceLeaveOptions, JoinOptions, MembersOptions, force_leave_request, join_request, members_request};

    /// The server looks at the presence of `prune` and `wan`, and elsewhere at whether `wan` has any text.
    #[test]
    fn t09_what_is_off_is_not_sent() {
        assert_eq!(members_request(&MembersOptions::new()).unwrap().query, "");
        let members = MembersOptions::new().wan().with_segment("_all");
        assert_eq!(members_request(&members).unwrap().query, "wan=1&segment=_all");
        assert_eq!(join_request("a:1", &JoinOptions::new()).unwrap().query, "");
        assert_eq!(join_request("a:1", &JoinOptions::new().wan()).unwrap().query, "wan=1");
        assert_eq!(force_leave_request("a", &ForceLeaveOptions::new()).unwrap().query, "");
        let both = ForceLeaveOptions::new().prune().wan();
        assert_eq!(force_leave_request("a", &both).unwrap().query, "prune&wan");
    }
}
