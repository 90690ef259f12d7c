//! What a configuration may not say, and what the user is told.

use super::super::{InputType, TABLE};
use super::{FILE, message, messages, problems};
use crate::config::Layers;

/// A value that the constraint refuses, for each input that has one, and a piece of the answer.
const VIOLATIONS: &[(&str, &str, &str)] = &[
    ("project_name", "\"Lattice\"", "lower-case"),
    ("project_name", "\"1attice\"", "lower-case"),
    ("project_name", "\"lattice-\"", "lower-case"),
    ("project_name", "\"\"", "lower-case"),
    ("environment", "\"prod\"", "production, staging, development"),
    ("tags", "{ \"\" = \"x\" }", "without a name"),
    ("consul_address", "\"consul.local:8500\"", "http:// or https:// or unix://"),
    ("consul_address", "\"unix://\"", "unix://"),
    ("consul_datacenter", "\"a b\"", "letters"),
    ("consul_token", "\"two words\"", "printable ASCII"),
    ("vault_address", "\"unix:///run/vault.sock\"", "http:// or https://"),
    ("vault_address", "\"\"", "http:// or https://"),
    ("vault_address", "\"https://\"", "host"),
    ("vault_token", "\"line\\n\"", "line break"),
    ("vault_namespace", "\"a b\"", "spaces"),
    ("nomad_address", "\"ftp://nomad\"", "http://"),
    ("nomad_region", "\"\"", "letters"),
    ("nomad_token", "\"ünïcode\"", "printable ASCII"),
    ("nomad_namespace", "\"a_b\"", "letters"),
    ("vault_jwt_mount", "\"/jwt\"", "slash"),
    ("consul_auth_method", "\"a/b\"", "letters"),
    ("container_image", "\"latticedb/latticedb:v1\"", "without tag"),
    ("container_image", "\"a b\"", "without tag"),
    ("image_tag", "\"a/b\"", "image tag"),
    ("image_tag", "\"a b\"", "image tag"),
    ("image_tag", "\"\"", "image tag"),
    ("image_tag", "\"sha256:abc\"", "64 hex"),
    ("instance_count", "0", "from 1 to 20"),
    ("instance_count", "21", "from 1 to 20"),
    ("instance_count", "-3", "from 1 to 20"),
    ("instance_count", "3.5", "whole number"),
    ("instance_count", "\"3.5\"", "whole number"),
    ("instance_count", "\"three\"", "whole number"),
    ("cpu_limit", "49", "from 50"),
    ("memory_limit", "9", "from 10"),
    ("http_port", "0", "from 1 to 65535"),
    ("sql_port", "65536", "from 1 to 65535"),
    ("health_port", "99999999999999999999", "whole number"),
    ("log_level", "\"trace\"", "debug, info, warn, error"),
    ("max_connections", "0", "from 1"),
    ("driver", "\"podman\"", "docker, exec, raw_exec"),
    ("command", "\"a\\nb\"", "one line"),
    ("compliance_mode", "\"pci\"", "none, basic, strict"),
    ("allowed_sources", "[\"web\", \"a b\"]", "Consul service name"),
    ("csi_plugin_id", "\"\"", "not empty"),
    ("storage_size_min", "0", "from 1"),
    ("storage_size_max", "0", "from 1"),
    ("availability_zones", "[\"\"]", "not empty"),
    ("db_connection_url", "\"mysql://h/x\"", "postgresql://"),
    ("db_connection_url", "\"postgresql:///x\"", "postgresql://"),
    ("db_username", "\" \"", "not empty"),
    ("db_password", "\"a\\nb\"", "one line"),
    ("admin_password", "\"a\\tb\"", "one line"),
    ("backup_interval", "\"1d\"", "h, m or s"),
    ("backup_interval", "\"+1h\"", "h, m or s"),
    ("backup_interval", "\"h\"", "h, m or s"),
    ("backup_interval", "\"0h\"", "longer than nothing"),
    ("backup_interval", "\"9999999999999999999h\"", "h, m or s"),
    ("backup_interval", "\"1é\"", "h, m or s"),
    ("backup_retention_days", "0", "from 1"),
    ("ingress_hosts", "[\"*\"]", "host name"),
    ("dns_zone", "\"a..b\"", "domain name"),
    ("jaeger_endpoint", "\"jaeger:14268\"", "http://"),
    ("prometheus_endpoint", "\"x\"", "http://"),
    ("canary_weight", "101", "from 0 to 100"),
    ("canary_weight", "-1", "from 0 to 100"),
    ("update_strategy", "\"recreate\"", "rolling, blue-green, canary"),
    ("max_parallel_updates", "0", "from 1"),
    ("min_healthy_time", "\"30\"", "h, m or s"),
    ("healthy_deadline", "\"0s\"", "longer than nothing"),
    ("node_class", "\"a b\"", "letters"),
    ("node_pool", "\"\"", "letters"),
    ("constraint_attributes", "{ a = \"x\\ny\" }", "control"),
    ("cluster_join_method", "\"dns\"", "consul, static, auto"),
    ("mesh_gateway_mode", "\"off\"", "local, remote, none"),
];

#[test]
fn each_violation_names_input_place_and_remedy() {
    for (name, value, remedy) in VIOLATIONS {
        let message = message(&format!("\n  {name} = {value}\n"));
        let column = name.len() + 6;
        let (place, rest) = message.split_once(": ").expect("a place");
        let line_and_column = place.strip_prefix("terraform.tfvars:2:").expect("line 2");
        let found: usize = line_and_column.parse().expect("a column");
        assert!(found >= column, "{message}");
        assert!(rest.starts_with(&format!("{name}: ")), "{message}");
        assert!(rest.contains(remedy), "{message}");
    }
}

#[test]
fn every_constraint_but_those_of_bools_is_violated_above() {
    let unconstrained = TABLE.iter().filter(|input| {
        let listed = VIOLATIONS.iter().any(|(name, ..)| *name == input.name);
        !listed && input.kind != InputType::Bool
    });
    assert_eq!(unconstrained.map(|input| input.name).collect::<Vec<_>>(), Vec::<&str>::new());
}

#[test]
fn a_value_of_another_type_is_refused_for_every_input() {
    for input in TABLE.iter() {
        let (wrong, said) = match input.kind {
            InputType::String => ("[\"a\"]", "is a list, not a string"),
            InputType::Bool => ("\"yes\"", "is a string, not true or false"),
            InputType::Number => ("true", "is a bool, not a number"),
            InputType::List => ("\"a\"", "is a string, not a list of strings"),
            InputType::Map => ("[]", "is a list, not a map of strings"),
        };
        let message = message(&format!("{} = {wrong}", input.name));
        assert!(message.contains(said) && message.contains(input.name), "{message}");
    }
    assert!(message("enable_tls = 1").contains("is a number, not true or false"));
    assert!(message("allowed_sources = [null]").contains("is null, not a string"));
}

#[test]
fn a_member_is_reported_where_it_stands() {
    let text = "allowed_sources = [\n  \"web\",\n  [\"a\"],\n]\n";
    assert_eq!(message(text), "terraform.tfvars:3:3: allowed_sources: is a list, not a string; write a string");
}

#[test]
fn a_fraction_is_no_text() {
    let message = message("image_tag = 1.10");
    assert_eq!(
        message,
        "terraform.tfvars:1:13: image_tag: is a number, not a string; \
         put it in quotes, so that no digit is lost"
    );
}

#[test]
fn contradictions_name_both_inputs_and_places() {
    assert_eq!(
        message("storage_size_min = 50\nstorage_size_max = 20"),
        "terraform.tfvars:1:1: storage_size_min: is above storage_size_max \
         (terraform.tfvars:2:1); make the smallest size at most the largest"
    );
    for (text, place, said) in [
        ("storage_size_max = 5", ":1:1: storage_size_min", "is above"),
        ("sql_port = 8080", ":1:1: sql_port", "same port as http_port (default)"),
        ("http_port = 8081", ":1:1: health_port", "same port as http_port (terraform"),
        ("healthy_deadline = \"30s\"", ":1:1: min_healthy_time", "is not below"),
        ("driver = \"exec\"", ":1:1: driver", "command (default)"),
        ("driver = \"raw_exec\"\ncommand = \" \"", ":1:1: driver", "command (terraform"),
        ("enable_tracing = true\njaeger_endpoint = \"\"", ":1:1: enable_tracing", "jaeger"),
        ("enable_ingress_gateway = true\ningress_hosts = []", ":1:1: enable_ingress_gateway", "ingress_hosts"),
    ] {
        let message = message(text);
        assert!(message.contains(place) && message.contains(said), "{message}");
    }
    assert_eq!(messages("http_port = 9\nsql_port = 9\nhealth_port = 9").len(), 2);
}

/// A wrong value is replaced by its default for the rest of the checks, which must not show.
#[test]
fn a_wrong_value_causes_no_second_problem() {
    assert_eq!(messages("storage_size_max = 0\nstorage_size_min = 500").len(), 1);
    assert_eq!(messages("http_port = 0\nsql_port = 8080").len(), 1);
    // The file may go on with `command`.
    let layers = Layers::new().file(FILE, "a b c").var("driver=exec");
    assert_eq!(problems(layers).len(), 1);
}

#[test]
fn an_unknown_name_is_refused_with_the_closest_one() {
    assert_eq!(
        message("\ninstnce_count = 3"),
        "terraform.tfvars:2:1: unknown input `instnce_count`; did you mean `instance_count`?"
    );
    let far = message("zzz = 1");
    assert!(!far.contains("did you mean"), "{far}");
}

#[test]
fn a_name_set_twice_is_refused_with_both_places() {
    let text = "http_port = 1\nsql_port = 2\nhttp_port = 3\nlog_level = \"x\"\nhttp_port = 4\n";
    let messages = messages(text);
    assert_eq!(messages.len(), 3, "{messages:?}");
    for (message, line) in messages.iter().zip([3, 5]) {
        let expected = format!(
            "terraform.tfvars:{line}:1: http_port: is set twice in this file; \
             the first time at terraform.tfvars:1:1; remove one of them"
        );
        assert_eq!(message, &expected);
    }
    assert!(messages[2].starts_with("terraform.tfvars:4:13: log_level: \"x\""), "{messages:?}");
    let json = "{\"http_port\": 1,\n \"http_port\": 2}";
    let json = problems(Layers::new().file("a.json", json));
    assert_eq!(json[0].source.to_string(), "a.json:2:2");
    assert!(json[0].what.contains("a.json:1:2"), "{json:?}");
}

#[test]
fn all_problems_come_at_once() {
    let layers = Layers::new()
        .file(FILE, "instance_count = 99\nnope = 1\n")
        .var_file("prod.tfvars", "cpu_limit =\n")
        .environment(&|name| (name == "VAULT_ADDR").then(|| "vault:8200".to_owned()))
        .var("sql_prot=1");
    let error = layers.resolve().expect_err("problems");
    let text = error.to_string();
    assert_eq!(error.problems.len(), 5, "{text}");
    assert!(text.starts_with("invalid configuration, 5 problems:\n  "), "{text}");
    for part in [
        "terraform.tfvars:1:18: instance_count: \"99\" is not allowed; must be a whole number from 1 to 20",
        "terraform.tfvars:2:1: unknown input `nope`",
        "prod.tfvars:1:12: ",
        "environment variable VAULT_ADDR: vault_address: \"vault:8200\" is not allowed",
        "--var: unknown input `sql_prot`; did you mean `sql_port`?",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
}
