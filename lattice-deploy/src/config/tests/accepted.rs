//! What a configuration may say.

use super::super::{ClusterJoinMethod, Driver, InputType, Literal, MeshGatewayMode, Source, TABLE, UpdateStrategy};
use super::{exposed, from_hcl, lines};
use crate::config::{Inputs, Layers};
use std::time::Duration;

/// The two examples of the seed document, "Basic" and "Advanced Configuration", verbatim.
const SEED: &str = r#"
# HashiCorp Stack
consul_address    = "http://consul.local:8500"
vault_address     = "https://vault.local:8200"
nomad_address     = "http://nomad.local:4646"
consul_datacenter = "dc1"

# Application
project_name   = "latticedb"
environment    = "production"
instance_count = 3
cpu_limit      = 1000  # MHz
memory_limit   = 2048  # MB

# Security
enable_tls            = true
enable_consul_acl     = true
enable_consul_connect = true
enable_vault_pki      = true

# Service Mesh
mesh_gateway_mode = "local"
enable_service_mesh_observability = true

# High Availability
enable_anti_affinity   = true
enable_leader_election = true
cluster_join_method    = "consul"

# Storage
enable_persistent_storage = true
csi_plugin_id            = "ceph-csi"
storage_size_min         = 10   # GiB
storage_size_max         = 100  # GiB

# Deployment Strategy
update_strategy          = "rolling"
enable_canary_deployments = true
canary_weight            = 10
auto_revert              = true

# Monitoring
enable_monitoring = true
enable_tracing    = true
jaeger_endpoint   = "http://jaeger:14268/api/traces"
"#;

/// A valid value for each input that is not its default, written so that HCL and JSON agree on it.
const OTHERS: &[(&str, &str)] = &[
    ("project_name", r#""lattice-2""#),
    ("environment", r#""staging""#),
    ("tags", r#"{"team": "data", "cost-center": "7"}"#),
    ("consul_address", r#""unix:///run/consul.sock""#),
    ("consul_datacenter", r#""eu-1""#),
    ("consul_token", r#""c-token""#),
    ("vault_address", r#""https://vault.example.com:8200""#),
    ("vault_token", r#""v-token""#),
    ("vault_namespace", r#""team/data""#),
    ("nomad_address", r#""https://[::1]:4646""#),
    ("nomad_region", r#""europe""#),
    ("nomad_token", r#""n-token""#),
    ("nomad_namespace", r#""data""#),
    ("vault_jwt_mount", r#""jwt/nomad""#),
    ("consul_auth_method", r#""workloads""#),
    ("container_image", r#""registry.example.com:5000/team/latticedb""#),
    ("image_tag", r#""sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef""#),
    ("instance_count", "20"),
    ("cpu_limit", "50"),
    ("memory_limit", "10"),
    ("http_port", "80"),
    ("sql_port", "65535"),
    ("health_port", "1"),
    ("log_level", r#""debug""#),
    ("max_connections", "1"),
    ("driver", r#""docker""#),
    ("command", r#""local/latticedb""#),
    ("enable_tls", "false"),
    ("enable_consul_acl", "false"),
    ("enable_consul_connect", "false"),
    ("enable_vault_pki", "false"),
    ("enable_audit_logging", "false"),
    ("compliance_mode", r#""strict""#),
    ("enable_encryption_at_rest", "false"),
    ("enable_encryption_in_transit", "false"),
    ("allowed_sources", r#"["web", "*"]"#),
    ("enable_persistent_storage", "false"),
    ("csi_plugin_id", r#""ceph-csi""#),
    ("storage_size_min", "100"),
    ("storage_size_max", "10"),
    ("availability_zones", r#"["eu-1a"]"#),
    ("db_connection_url", r#""postgresql://{{username}}:{{password}}@a:5432,b:5432/x""#),
    ("db_username", r#""root""#),
    ("db_password", r#""pässwörd with spaces""#),
    ("admin_password", r#""a-secret""#),
    ("enable_backup", "false"),
    ("backup_interval", r#""90m""#),
    ("backup_retention_days", "1"),
    ("enable_ingress_gateway", "true"),
    ("ingress_hosts", r#"["db.example.com"]"#),
    ("enable_external_dns", "true"),
    ("dns_zone", r#""example.com""#),
    ("enable_monitoring", "false"),
    ("enable_tracing", "true"),
    ("jaeger_endpoint", r#""""#),
    ("prometheus_endpoint", r#""https://prometheus.example.com/base""#),
    ("enable_service_mesh_observability", "false"),
    ("enable_canary_deployments", "true"),
    ("canary_weight", "0"),
    ("update_strategy", r#""blue-green""#),
    ("max_parallel_updates", "1"),
    ("min_healthy_time", r#""0s""#),
    ("healthy_deadline", r#""1h""#),
    ("auto_revert", "false"),
    ("node_class", r#""""#),
    ("node_pool", r#""gpu""#),
    ("constraint_attributes", r#"{"attr.cpu.arch": "amd64"}"#),
    ("enable_anti_affinity", "false"),
    ("enable_leader_election", "false"),
    ("cluster_join_method", r#""static""#),
    ("mesh_gateway_mode", r#""none""#),
    ("enable_debug_mode", "true"),
    ("enable_profiling", "true"),
    ("test_data_enabled", "true"),
];

#[test]
fn the_examples_of_the_seed_are_accepted_together() {
    let resolved = from_hcl(SEED);
    let inputs = &resolved.inputs;
    assert_eq!(inputs.consul_address.as_str(), "http://consul.local:8500/");
    assert_eq!(inputs.csi_plugin_id, "ceph-csi");
    assert_eq!((inputs.storage_size_min, inputs.storage_size_max), (10, 100));
    assert_eq!(inputs.update_strategy, UpdateStrategy::Rolling);
    assert_eq!(inputs.cluster_join_method, ClusterJoinMethod::Consul);
    assert_eq!(inputs.mesh_gateway_mode, MeshGatewayMode::Local);
    assert!(inputs.enable_canary_deployments && inputs.enable_tracing);
    assert_eq!(resolved.source_of("cpu_limit").to_string(), "terraform.tfvars:12:1");
    assert_eq!(resolved.warnings.len(), 1, "{:?}", resolved.warnings);
}

#[test]
fn the_table_holds_the_68_names_of_the_original_and_our_own() {
    let original = || TABLE.iter().filter(|input| !input.extension);
    let of_type = |kind| original().filter(|input| input.kind == kind).count();
    assert_eq!(original().count(), 68);
    assert_eq!(of_type(InputType::String), 31);
    assert_eq!(of_type(InputType::Bool), 21);
    assert_eq!(of_type(InputType::Number), 12);
    assert_eq!((of_type(InputType::List), of_type(InputType::Map)), (2, 2));
    assert_eq!(original().filter(|input| input.sensitive).count(), 5);
    let own: Vec<_> = TABLE.iter().filter(|input| input.extension).collect();
    assert_eq!(own.len(), 6);
    for input in TABLE.iter() {
        assert_eq!(TABLE.find(input.name).map(|found| found.name), Some(input.name));
        assert!(!input.description.is_empty() && !input.description.ends_with('.'));
    }
}

/// Reads every default, which is what `default_of` relies on.
#[test]
fn no_layer_at_all_gives_the_defaults() {
    let resolved = Layers::new().resolve().expect("defaults are valid");
    assert_eq!(exposed(&resolved.inputs), exposed(&Inputs::default()));
    assert_eq!(resolved.inputs.instance_count, 3);
    assert_eq!(resolved.inputs.image(), "latticedb/latticedb:latest");
    assert_eq!(resolved.inputs.healthy_deadline, Duration::from_secs(300));
    assert!(resolved.inputs.vault_token.is_none());
    assert_eq!(resolved.source_of("instance_count"), &Source::Default);
}

#[test]
fn a_default_written_out_changes_nothing() {
    let text = lines(TABLE.iter().map(|input| (input.name, input.default_text())));
    assert_eq!(exposed(&from_hcl(&text).inputs), exposed(&Inputs::default()));
    assert_eq!(Literal::List(&["a", "b"]).to_string(), r#"["a", "b"]"#);
}

#[test]
fn every_input_can_be_set_and_reaches_the_result() {
    let names: Vec<_> = OTHERS.iter().map(|(name, _)| *name).collect();
    let table: Vec<_> = TABLE.iter().map(|input| input.name).collect();
    assert_eq!(names, table);
    for (name, value) in OTHERS {
        // Two inputs hold each other within bounds, so their opposite moves along.
        let (text, base) = match *name {
            "storage_size_max" => (format!("{name} = {value}\nstorage_size_min = 5"), "storage_size_min = 5"),
            "driver" => (format!("{name} = \"exec\"\ncommand = \"x\""), "command = \"x\""),
            _ => (format!("{name} = {value}"), ""),
        };
        let (changed, plain) = (from_hcl(&text), from_hcl(base));
        assert_ne!(exposed(&changed.inputs), exposed(&plain.inputs), "{name}");
        assert_eq!(changed.source_of(name).to_string(), "terraform.tfvars:1:1", "{name}");
    }
}

#[test]
fn json_says_the_same_as_hcl() {
    let pairs = || OTHERS.iter().filter(|(name, _)| *name != "storage_size_max");
    // Tracing without a collector is a contradiction.
    let pairs = || pairs().filter(|(name, _)| *name != "enable_tracing");
    let hcl = lines(pairs().map(|(name, value)| (*name, *value)));
    let json: Vec<_> = pairs().map(|(name, value)| format!("\"{name}\": {value}")).collect();
    let json = format!("{{\n  {}\n}}\n", json.join(",\n  "));
    let from_json =
        Layers::new().file("terraform.tfvars.json", &json).resolve().unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(exposed(&from_json.inputs), exposed(&from_hcl(&hcl).inputs));
    let source = from_json.source_of("environment").to_string();
    assert_eq!(source, "terraform.tfvars.json:3:3");
}

#[test]
fn values_convert_as_in_terraform() {
    let inputs = from_hcl(
        "instance_count = \"4\"\ncpu_limit = 1500.0\nmemory_limit = \"1e3\"\n\
         enable_tls = \"false\"\nenable_backup = \"0\"\nimage_tag = 7\nnode_class = true\n\
         tags = { year = 2024, shared = false }\ncanary_weight = (5)\n",
    )
    .inputs;
    assert_eq!((inputs.instance_count, inputs.cpu_limit), (4, 1500));
    assert_eq!((inputs.memory_limit, inputs.canary_weight), (1000, 5));
    assert!(!inputs.enable_tls && !inputs.enable_backup);
    assert_eq!((inputs.image_tag.as_str(), inputs.node_class.as_str()), ("7", "true"));
    assert_eq!(inputs.tags["year"], "2024");
    assert_eq!(inputs.tags["shared"], "false");
}

#[test]
fn durations_have_three_units() {
    for (text, seconds) in [("90s", 90), ("2m", 120), ("24h", 86_400), ("007s", 7)] {
        let inputs = from_hcl(&format!("backup_interval = {text:?}")).inputs;
        assert_eq!(inputs.backup_interval, Duration::from_secs(seconds));
    }
}

#[test]
fn sets_print_as_they_are_written() {
    for driver in Driver::ALL {
        let text = format!("driver = \"{driver}\"\ncommand = \"bin/x\"");
        assert_eq!(from_hcl(&text).inputs.driver, *driver);
    }
    let unset = from_hcl("prometheus_endpoint = \"\"");
    assert!(unset.inputs.prometheus_endpoint.is_none());
}

#[test]
fn a_digest_is_joined_by_an_at_sign() {
    let digest = format!("sha256:{}", "ab".repeat(32));
    let inputs = from_hcl(&format!("image_tag = \"{digest}\"")).inputs;
    assert_eq!(inputs.image(), format!("latticedb/latticedb@{digest}"));
}
