//! Which instances of a service are meant:
//! <https://developer.hashicorp.com/consul/docs/reference/config-entry/service-resolver>.

use std::collections::BTreeMap;
use std::time::Duration;

use super::parts::{FailoverPolicy, PrioritizeByLocality};

wire_enum! {
    /// How an instance is chosen.
    pub LoadBalancerPolicy {
        /// By chance.
        Random = "random",
        /// One after the other.
        RoundRobin = "round_robin",
        /// The least busy of a few.
        LeastRequest = "least_request",
        /// By a hash, on a ring.
        RingHash = "ring_hash",
        /// By a hash, in a table.
        Maglev = "maglev",
    }
}

wire_enum! {
    /// What of a request is hashed.
    pub HashField {
        /// A header.
        Header = "header",
        /// A cookie.
        Cookie = "cookie",
        /// A query parameter.
        QueryParameter = "query_parameter",
    }
}

empty_by_default!(LoadBalancerPolicy, HashField);

entry! {
    /// Which instances of a service are meant.
    ServiceResolver {
        /// The subset that is meant where none is named.
        pub default_subset: String,
        /// Subsets of the instances, by name.
        pub subsets: BTreeMap<String, Subset>,
        /// Another service that is meant instead.
        pub redirect: Option<Redirect>,
        /// What is meant when no instance is healthy, by subset; `*` for all.
        pub failover: BTreeMap<String, Failover>,
        /// Whether instances that are near are preferred.
        pub prioritize_by_locality: Option<PrioritizeByLocality>,
        /// How long to wait for a connection.
        pub connect_timeout: Option<Duration> as text,
        /// How long a request may take.
        pub request_timeout: Option<Duration> as text,
        /// How an instance is chosen.
        pub load_balancer: Option<LoadBalancer>,
    }
}

part! {
    /// A subset of the instances.
    Subset {
        /// What is true of them, in the language of filters.
        pub filter: String,
        /// Whether those with warnings are left out.
        pub only_passing: bool,
    }
}

part! {
    /// What is meant instead.
    Redirect {
        /// A service.
        pub service: String,
        /// A subset of it.
        pub service_subset: String,
        /// Its namespace; Enterprise only.
        pub namespace: String,
        /// Its partition; Enterprise only.
        pub partition: String,
        /// Its datacenter.
        pub datacenter: String,
        /// The peer that it is in.
        pub peer: String,
        /// The sameness group that it is in; Enterprise only.
        pub sameness_group: String,
    }
}

part! {
    /// What is meant when no instance is healthy.
    Failover {
        /// A service.
        pub service: String,
        /// A subset of it.
        pub service_subset: String,
        /// Its namespace; Enterprise only.
        pub namespace: String,
        /// Datacenters, in this order.
        pub datacenters: Vec<String>,
        /// Anything, in this order; instead of all the above.
        pub targets: Vec<FailoverTarget>,
        /// How targets are chosen.
        pub policy: Option<FailoverPolicy>,
        /// A sameness group; Enterprise only.
        pub sameness_group: String,
    }
}

part! {
    /// A target of a failover.
    FailoverTarget {
        /// A service.
        pub service: String,
        /// A subset of it.
        pub service_subset: String,
        /// Its partition; Enterprise only.
        pub partition: String,
        /// Its namespace; Enterprise only.
        pub namespace: String,
        /// Its datacenter.
        pub datacenter: String,
        /// The peer that it is in.
        pub peer: String,
    }
}

part! {
    /// How an instance is chosen.
    LoadBalancer {
        /// The way.
        pub policy: LoadBalancerPolicy,
        /// Settings of [`LoadBalancerPolicy::RingHash`].
        pub ring_hash_config: Option<RingHashConfig>,
        /// Settings of [`LoadBalancerPolicy::LeastRequest`].
        pub least_request_config: Option<LeastRequestConfig>,
        /// What is hashed.
        pub hash_policies: Vec<HashPolicy>,
    }
}

part! {
    /// The size of a hash ring.
    RingHashConfig {
        /// At least.
        pub minimum_ring_size: u64,
        /// At most.
        pub maximum_ring_size: u64,
    }
}

part! {
    /// How the least busy instance is found.
    LeastRequestConfig {
        /// Of how many that are chosen by chance.
        pub choice_count: i64,
    }
}

part! {
    /// What of a request is hashed.
    HashPolicy {
        /// What.
        pub field: HashField,
        /// Its name.
        pub field_value: String,
        /// The cookie that is made, if there is none.
        pub cookie_config: Option<CookieConfig>,
        /// Whether it is the client's address instead.
        #[serde(rename = "SourceIP")]
        pub source_ip: bool,
        /// Whether those after it only count when it gave nothing.
        pub terminal: bool,
    }
}

part! {
    /// A cookie to be made.
    CookieConfig {
        /// Whether it ends with the session of the browser.
        pub session: bool,
        /// How long it lives.
        #[serde(rename = "TTL")]
        pub ttl: Option<Duration> as nanos,
        /// The path that it is for.
        pub path: String,
    }
}
