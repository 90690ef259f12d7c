//! The table of inputs. A name, its type, default, check and description are declared here, once;
//! the struct, the defaults and the reader follow from it.

use super::connection::ConnectionUrl;
use super::field::{Field, WEB_OR_SOCKET};
use super::layers::Reader;
use super::rules;
use super::sets::{ClusterJoinMethod, ComplianceMode, Driver, Environment, LogLevel, MeshGatewayMode, UpdateStrategy};
use super::table::Constraint::{Duration as Length, Range, Rule};
use super::table::Literal::{Bool, EmptyMap, List, Number, Text};
use super::table::{Group, Input};
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::time::Duration;
use url::Url;

macro_rules! inputs {
    (@constraint $type:ty) => { <$type as Field>::CONSTRAINT };
    (@constraint $type:ty, $constraint:expr) => { $constraint };
    (@is_extension) => { false };
    (@is_extension extension) => { true };
    ($($group:ident {$(
        #[doc = $doc:literal]
        $(@$extension:ident)? $name:ident: $type:ty = $default:expr $(, $constraint:expr)?;
    )+})+) => {
        /// Every input with its type. [`Inputs::default`] has the table's defaults.
        #[derive(Clone, Debug)]
        #[non_exhaustive]
        pub struct Inputs {
            $($(#[doc = $doc] pub $name: $type,)+)+
        }

        /// What is known about each input, by name: see [`TABLE`].
        #[derive(Debug)]
        #[non_exhaustive]
        pub struct Table {
            $($(#[doc = $doc] pub $name: Input,)+)+
        }

        /// The table of all inputs.
        pub static TABLE: Table = Table {
            $($($name: Input {
                name: stringify!($name),
                kind: <$type as Field>::KIND,
                default: $default,
                constraint: inputs!(@constraint $type $(, $constraint)?),
                sensitive: <$type as Field>::SENSITIVE,
                group: Group::$group,
                description: $doc.trim_ascii(),
                extension: inputs!(@is_extension $($extension)?),
            },)+)+
        };

        static ROWS: &[&Input] = &[$($(&TABLE.$name,)+)+];

        impl Default for Inputs {
            fn default() -> Self {
                Self { $($($name: default_of(&TABLE.$name),)+)+ }
            }
        }

        impl Inputs {
            pub(super) fn read(reader: &mut Reader) -> Self {
                Self { $($($name: reader.take(&TABLE.$name),)+)+ }
            }
        }
    };
}

inputs! {
    Identity {
        /// Name of the Nomad job and of the Consul service
        project_name: String = Text("latticedb"), Rule(rules::SERVICE_NAME);
        /// What the deployment is for; part of every key and path
        environment: Environment = Text("production");
        /// Labels put on the job and on the services
        tags: BTreeMap<String, String> = EmptyMap;
    }
    Endpoints {
        /// Address of Consul
        consul_address: Url = Text("http://127.0.0.1:8500"), WEB_OR_SOCKET;
        /// Consul datacenter
        consul_datacenter: String = Text("dc1"), Rule(rules::IDENTIFIER);
        /// Consul ACL token
        consul_token: Option<SecretString> = Text(""), Rule(rules::TOKEN);
        /// Address of Vault
        vault_address: Url = Text("http://127.0.0.1:8200");
        /// Vault token
        vault_token: Option<SecretString> = Text(""), Rule(rules::TOKEN);
        /// Vault namespace; empty for the root namespace
        vault_namespace: String = Text(""), Rule(rules::VAULT_NAMESPACE);
        /// Address of Nomad
        nomad_address: Url = Text("http://127.0.0.1:4646"), WEB_OR_SOCKET;
        /// Nomad region
        nomad_region: String = Text("global"), Rule(rules::IDENTIFIER);
        /// Nomad ACL token
        nomad_token: Option<SecretString> = Text(""), Rule(rules::TOKEN);
        /// Nomad namespace of the job
        @extension nomad_namespace: String = Text("default"), Rule(rules::NAMESPACE);
        /// Vault auth mount that accepts Nomad's workload identities
        @extension vault_jwt_mount: String = Text("jwt-nomad"), Rule(rules::MOUNT);
        /// Consul auth method that accepts Nomad's workload identities
        @extension consul_auth_method: String = Text("nomad-workloads"), Rule(rules::IDENTIFIER);
    }
    App {
        /// Container image without tag
        container_image: String = Text("latticedb/latticedb"), Rule(rules::IMAGE);
        /// Tag of the image, or its sha256 digest
        image_tag: String = Text("latest"), Rule(rules::IMAGE_TAG);
        /// Number of instances
        instance_count: u32 = Number(3), Range(1, 20);
        /// CPU of one instance, in MHz
        cpu_limit: u32 = Number(1000), Range(50, 1_000_000);
        /// Memory of one instance, in MB
        memory_limit: u32 = Number(2048), Range(10, 16_777_216);
        /// Port of the HTTP API
        http_port: u16 = Number(8080), Range(1, 65_535);
        /// Port of the SQL interface
        sql_port: u16 = Number(5432), Range(1, 65_535);
        /// Port of the health endpoint
        health_port: u16 = Number(8081), Range(1, 65_535);
        /// How much the service logs
        log_level: LogLevel = Text("info");
        /// Most connections that one instance accepts
        max_connections: u32 = Number(1000), Range(1, 1_000_000);
        /// Nomad driver that runs the service
        @extension driver: Driver = Text("docker");
        /// Program to run when the driver is not docker
        @extension command: String = Text(""), Rule(rules::ONE_LINE);
    }
    Security {
        /// Serve TLS
        enable_tls: bool = Bool(true);
        /// Create Consul ACL policies and tokens
        enable_consul_acl: bool = Bool(true);
        /// Put the service into the Consul mesh
        enable_consul_connect: bool = Bool(true);
        /// Issue certificates from Vault
        enable_vault_pki: bool = Bool(true);
        /// Record who did what
        enable_audit_logging: bool = Bool(true);
        /// Which controls the deployment must satisfy
        compliance_mode: ComplianceMode = Text("basic");
        /// Encrypt stored data with Vault's transit engine
        enable_encryption_at_rest: bool = Bool(true);
        /// Require encryption on every connection
        enable_encryption_in_transit: bool = Bool(true);
        /// Consul services that may connect
        @extension allowed_sources: Vec<String> = List(&["web", "api-gateway", "monitoring"]), Rule(rules::SOURCE_NAME);
    }
    Storage {
        /// Keep data on a CSI volume
        enable_persistent_storage: bool = Bool(true);
        /// CSI plugin that provides the volume
        csi_plugin_id: String = Text("aws-ebs0"), Rule(rules::NO_SPACES);
        /// Smallest volume, in GiB
        storage_size_min: u32 = Number(10), Range(1, 1_000_000);
        /// Largest volume, in GiB
        storage_size_max: u32 = Number(100), Range(1, 1_000_000);
        /// Zones in which the volume may lie
        availability_zones: Vec<String> = List(&["us-west-2a", "us-west-2b", "us-west-2c"]), Rule(rules::NO_SPACES);
    }
    Database {
        /// Where Vault reaches the database to create credentials
        db_connection_url: ConnectionUrl = Text("postgresql://{{username}}:{{password}}@localhost:5432/latticedb?sslmode=disable");
        /// Database account that Vault uses
        db_username: String = Text("vault"), Rule(rules::NOT_EMPTY);
        /// Password of that account; empty to generate one
        db_password: Option<SecretString> = Text(""), Rule(rules::ONE_LINE);
        /// Password of the service's administrator; empty to generate one
        admin_password: Option<SecretString> = Text(""), Rule(rules::ONE_LINE);
    }
    Backup {
        /// Run a periodic backup job
        enable_backup: bool = Bool(true);
        /// Time between two backups
        backup_interval: Duration = Text("1h");
        /// Days to keep a backup
        backup_retention_days: u32 = Number(7), Range(1, 36_500);
    }
    Ingress {
        /// Let traffic in through a Consul gateway
        enable_ingress_gateway: bool = Bool(false);
        /// Host names that the gateway answers to
        ingress_hosts: Vec<String> = List(&["latticedb.local", "*.latticedb.local"]), Rule(rules::HOST);
        /// Publish the hosts in an external DNS
        enable_external_dns: bool = Bool(false);
        /// Zone of those records
        dns_zone: String = Text("latticedb.local"), Rule(rules::DNS_NAME);
    }
    Observability {
        /// Expose metrics
        enable_monitoring: bool = Bool(true);
        /// Send traces
        enable_tracing: bool = Bool(false);
        /// Collector of the traces; empty for none
        jaeger_endpoint: Option<Url> = Text("http://jaeger-collector:14268/api/traces");
        /// Prometheus; empty for none
        prometheus_endpoint: Option<Url> = Text("http://prometheus:9090");
        /// Collect metrics and access logs of the mesh proxies
        enable_service_mesh_observability: bool = Bool(true);
    }
    Rollout {
        /// Try a new version on a share of the traffic first
        enable_canary_deployments: bool = Bool(false);
        /// Share of the traffic that a canary gets, in percent
        canary_weight: u8 = Number(10), Range(0, 100);
        /// How a new version replaces the old one
        update_strategy: UpdateStrategy = Text("rolling");
        /// Instances replaced at the same time
        max_parallel_updates: u32 = Number(2), Range(1, 1000);
        /// How long an instance must be healthy to count
        min_healthy_time: Duration = Text("30s"), Length { zero: true };
        /// How long an instance has to become healthy
        healthy_deadline: Duration = Text("5m");
        /// Return to the last good version when a rollout fails
        auto_revert: bool = Bool(true);
    }
    Placement {
        /// Class of node to run on; empty for any
        node_class: String = Text("compute"), Rule(rules::OPTIONAL_IDENTIFIER);
        /// Nomad node pool
        node_pool: String = Text("default"), Rule(rules::IDENTIFIER);
        /// Node attributes and the values they must have
        constraint_attributes: BTreeMap<String, String> = EmptyMap, Rule(rules::ONE_LINE);
        /// Keep instances on different nodes
        enable_anti_affinity: bool = Bool(true);
    }
    Cluster {
        /// Elect a leader among the instances through Consul
        enable_leader_election: bool = Bool(true);
        /// How instances find each other
        cluster_join_method: ClusterJoinMethod = Text("consul");
        /// Which mesh gateways carry traffic between datacenters
        mesh_gateway_mode: MeshGatewayMode = Text("local");
    }
    Dev {
        /// Run the service in debug mode
        enable_debug_mode: bool = Bool(false);
        /// Expose profiling endpoints
        enable_profiling: bool = Bool(false);
        /// Fill the database with test data
        test_data_enabled: bool = Bool(false);
    }
}

impl Table {
    /// Every input, in the order of the documentation.
    pub fn iter(&self) -> impl Iterator<Item = &'static Input> + use<> {
        ROWS.iter().copied()
    }

    /// The input of this name.
    pub fn find(&self, name: &str) -> Option<&'static Input> {
        self.iter().find(|input| input.name == name)
    }
}

impl Inputs {
    /// The image as a registry knows it: `name:tag` or `name@sha256:…`.
    pub fn image(&self) -> String {
        let mark = if self.image_tag.starts_with(rules::DIGEST) { '@' } else { ':' };
        format!("{}{mark}{}", self.container_image, self.image_tag)
    }
}

#[expect(clippy::expect_used, reason = "the defaults are constants of this file; a test reads each of them")]
pub(super) fn default_of<T: Field>(input: &Input) -> T {
    T::read(&input.default.value(), &input.constraint).expect("the table's defaults are valid")
}
