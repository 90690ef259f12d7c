//! What an agent says about itself.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::Member;

object! {
    /// What an agent says about itself.
    AgentInfo {
        /// The settings that matter to others.
        pub config: AgentConfig,
        /// The agent as a member of its cluster.
        pub member: Member,
        /// The metadata of its node.
        pub meta: BTreeMap<String, String>,
        /// Counters of its parts, which change from version to version.
        pub stats: BTreeMap<String, BTreeMap<String, String>>,
        /// All its settings, which change from version to version.
        pub debug_config: Map<String, Value>,
        /// What it serves to proxies.
        #[serde(rename = "xDS")]
        pub xds: Option<Xds>,
    }
}

object! {
    /// The settings of an agent that matter to others.
    AgentConfig {
        /// Its datacenter.
        pub datacenter: String,
        /// The datacenter that is in charge of access control.
        pub primary_datacenter: String,
        /// The name of its node.
        pub node_name: String,
        /// The id of its node.
        #[serde(rename = "NodeID")]
        pub node_id: String,
        /// Whether it is a server.
        pub server: bool,
        /// Its version, such as `1.22.5`.
        pub version: String,
        /// The commit that it was built from.
        pub revision: String,
        /// When it was built.
        pub build_date: String,
        /// The address on which it talks to the other members.
        pub bind_addr: String,
    }
}

object! {
    /// What an agent serves to proxies.
    Xds {
        /// The versions of proxies that it was tested with, the newest first.
        pub supported_proxies: BTreeMap<String, Vec<String>>,
        /// The port of the preferred protocol.
        pub port: i64,
        /// The ports of both protocols.
        pub ports: XdsPorts,
    }
}

object! {
    /// The ports on which an agent serves proxies; -1 where it does not.
    XdsPorts {
        /// In plain text.
        pub plaintext: i64,
        /// With TLS.
        #[serde(rename = "TLS")]
        pub tls: i64,
    }
}

object! {
    /// What an agent was built from.
    AgentVersion {
        /// The commit.
        #[serde(rename = "SHA")]
        pub sha: String,
        /// When.
        pub build_date: String,
        /// The version, such as `1.22.5`.
        pub human_version: String,
        /// The certified cryptography that it uses, if any.
        #[serde(rename = "FIPS")]
        pub fips: String,
    }
}

#[cfg(test)]
mod tests {
    use super::AgentInfo;
    use crate::agent::MemberStatus;
    use crate::object::tests::lossless;

    /// Its form changes with every version.
    #[test]
    fn t42_the_settings_for_debugging_are_kept_as_they_are() {
        let info: AgentInfo = lossless(
            r#"{"Config":{"Datacenter":"dc1","PrimaryDatacenter":"dc1","NodeName":"a","NodeID":"2435b176","Revision":"",
            "Server":true,"Version":"1.22.5","BuildDate":"1970-01-01T00:00:01Z","BindAddr":"127.0.0.1"},
            "DebugConfig":{"Rate":1.7976931348623157e+308,"ACLTokens":{"a":"hidden"}},"Coord":{"Vec":[0.1,0],"Error":1.5},
            "Member":{"Name":"a","Addr":"127.0.0.1","Port":28301,"Tags":{"dc":"dc1"},"Status":1,"ProtocolMin":1},
            "Stats":{"agent":{"checks":"0"}},"Meta":null,
            "xDS":{"SupportedProxies":{"envoy":["1.35.8"]},"Port":-1,"Ports":{"Plaintext":8502,"TLS":-1}}}"#,
        );
        assert_eq!((info.config.version.as_str(), info.config.server), ("1.22.5", true));
        assert_eq!(info.member.status, MemberStatus::Alive);
        assert!(info.debug_config.contains_key("Rate") && info.extra.contains_key("Coord"));
    }
}
