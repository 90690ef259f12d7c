//! What a prepared query is made of, and what comes of it.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::credential::Token;
use crate::health::ServiceEntry;
use crate::meta::Index;
use crate::wire::null::or_default;

/// A prepared query.
///
/// ```
/// # use consul_client::prepared_query::{PreparedQuery, QueryFailover};
/// let mut query = PreparedQuery::new("web", "web");
/// query.service.only_passing = true;
/// query.service.failover = Some(QueryFailover::nearest(2));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct PreparedQuery {
    /// Its id, which the server makes up.
    #[serde(rename = "ID", deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// Its name, by which it can be executed, and asked for in DNS. Whoever knows it needs no permission to find
    /// instances by it.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The session that it ends with; empty for none.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub session: String,
    /// The token that it is executed with instead of that of the caller; `Serialize` writes `(redacted)` in its place.
    #[serde(with = "crate::redact::token", skip_serializing_if = "Option::is_none")]
    pub token: Option<Token>,
    /// How it answers to names that begin with its own.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "Option::is_none")]
    pub template: Option<QueryTemplate>,
    /// Which instances it finds.
    #[serde(deserialize_with = "or_default")]
    pub service: ServiceQuery,
    /// How it is answered by DNS.
    #[serde(rename = "DNS", deserialize_with = "or_default", skip_serializing_if = "Option::is_none")]
    pub dns: Option<QueryDns>,
    /// When it was made.
    #[serde(deserialize_with = "or_default")]
    pub create_index: Index,
    /// When it was last written.
    #[serde(deserialize_with = "or_default")]
    pub modify_index: Index,
    /// What this version of the crate does not know, as it came.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl PreparedQuery {
    /// A query of this name for the healthy instances of a service.
    pub fn new(name: impl Into<String>, service: impl Into<String>) -> Self {
        let service = ServiceQuery { service: service.into(), ..ServiceQuery::default() };
        Self { name: name.into(), service, ..Self::default() }
    }
}

object! {
    /// How a query answers to names that begin with its own.
    QueryTemplate {
        /// `name_prefix_match`; empty for none.
        #[serde(rename = "Type")]
        pub kind: String,
        /// A regular expression of the whole name, whose groups stand in the query as `${match(1)}`.
        pub regexp: String,
        /// Whether tags that come out empty are left out.
        pub remove_empty_tags: bool,
    }
}

impl QueryTemplate {
    /// Takes every name that begins with that of the query, and takes it apart by a regular expression.
    pub fn by_prefix(regexp: impl Into<String>) -> Self {
        Self { kind: "name_prefix_match".to_owned(), regexp: regexp.into(), ..Self::default() }
    }
}

object! {
    /// Which instances a query finds: those that are not critical, unless it says otherwise.
    ServiceQuery {
        /// The service.
        pub service: String,
        /// A sameness group to look in; Enterprise.
        pub sameness_group: String,
        /// The namespace; Enterprise.
        pub namespace: String,
        /// The partition; Enterprise.
        pub partition: String,
        /// Where to look when the own datacenter has none.
        pub failover: Option<QueryFailover>,
        /// Whether those with warnings are left out.
        pub only_passing: bool,
        /// Checks that do not count.
        #[serde(rename = "IgnoreCheckIDs")]
        pub ignore_check_ids: Vec<String>,
        /// The node whose neighbours come first; `_agent` is the node of the agent that is asked.
        pub near: String,
        /// Tags that they must have or, with a `!` before, not have.
        pub tags: Vec<String>,
        /// What must stand in the metadata of their nodes.
        pub node_meta: BTreeMap<String, String>,
        /// What must stand in their own metadata.
        pub service_meta: BTreeMap<String, String>,
        /// Whether they must be reachable in the mesh.
        pub connect: bool,
        /// The peer to look in.
        pub peer: String,
    }
}

object! {
    /// Where a query looks when its datacenter has no instance.
    QueryFailover {
        /// In so many datacenters, the nearest first.
        pub nearest_n: i64,
        /// In these datacenters, in this order, after the nearest.
        pub datacenters: Vec<String>,
        /// In these datacenters and peers, in this order; instead of all the above.
        pub targets: Vec<QueryFailoverTarget>,
    }
}

impl QueryFailover {
    /// In so many datacenters, the nearest first.
    pub fn nearest(count: u16) -> Self {
        Self { nearest_n: count.into(), ..Self::default() }
    }
}

object! {
    /// A datacenter or a peer that a query looks in.
    QueryFailoverTarget {
        /// A peer.
        pub peer: String,
        /// A datacenter.
        pub datacenter: String,
        /// The partition; Enterprise.
        pub partition: String,
        /// The namespace; Enterprise.
        pub namespace: String,
    }
}

object! {
    /// How a query is answered by DNS.
    QueryDns {
        /// For how long an answer may be kept.
        #[serde(rename = "TTL")]
        pub ttl: Option<Duration> as go_text,
    }
}

object! {
    /// What a query found.
    QueryResults {
        /// The service.
        pub service: String,
        /// Its namespace; Enterprise.
        pub namespace: String,
        /// Its partition; Enterprise.
        pub partition: String,
        /// The instances, in no order unless the nearest come first.
        pub nodes: Vec<ServiceEntry>,
        /// How the answer is given by DNS.
        #[serde(rename = "DNS")]
        pub dns: Option<QueryDns>,
        /// The datacenter that they are in.
        pub datacenter: String,
        /// The peer that they are in.
        pub peer_name: String,
        /// How many other datacenters and peers were asked.
        pub failovers: i64,
    }
}
