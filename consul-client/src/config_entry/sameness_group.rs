//! Partitions and peers that stand in for each other; Enterprise only:
//! <https://developer.hashicorp.com/consul/docs/reference/config-entry/sameness-group>.

entry! {
    /// Partitions and peers that stand in for each other; Enterprise only.
    SamenessGroup {
        /// Whether services fail over to it that say nothing else.
        pub default_for_failover: bool,
        /// Whether the own partition is tried first.
        pub include_local: bool,
        /// The members, in the order in which they are tried.
        pub members: Vec<Member>,
    }
}

part! {
    /// A member; one of both.
    Member {
        /// A partition.
        pub partition: String,
        /// A peer.
        pub peer: String,
    }
}
