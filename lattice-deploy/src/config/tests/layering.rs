//! Who wins, and what is known about it.

use super::super::Source;
use super::{FILE, problems};
use crate::config::{Layers, Resolved};

fn lookup<'a>(pairs: &'a [(&'a str, &'a str)]) -> impl Fn(&str) -> Option<String> + 'a {
    |name| {
        let found = pairs.iter().find(|(key, _)| *key == name);
        found.map(|(_, value)| (*value).to_owned())
    }
}

fn resolve(layers: Layers) -> Resolved {
    layers.resolve().unwrap_or_else(|error| panic!("{error}"))
}

fn from_environment(pairs: &[(&str, &str)]) -> Resolved {
    resolve(Layers::new().environment(&lookup(pairs)))
}

#[test]
fn each_layer_wins_over_the_ones_below() {
    let all = |upto: usize| {
        // Called from the highest to the lowest: the order of the calls must not matter.
        let mut layers = Layers::new();
        if upto > 5 {
            layers = layers.var("image_tag=flag");
        }
        let environment: &[_] = match upto {
            5.. => &[("IMAGE_TAG", "known"), ("TF_VAR_image_tag", "terraform")],
            4 => &[("TF_VAR_image_tag", "terraform")],
            _ => &[],
        };
        layers = layers.environment(&lookup(environment));
        if upto > 1 {
            layers = layers.var_file("a.tfvars", "image_tag = \"first\"");
        }
        if upto > 2 {
            layers = layers.var_file("b.tfvars", "\nimage_tag = \"second\"");
        }
        if upto > 0 {
            layers = layers.file(FILE, "image_tag = \"file\"");
        }
        let resolved = resolve(layers);
        let source = resolved.source_of("image_tag").to_string();
        (resolved.inputs.image_tag, source)
    };
    for (upto, value, source) in [
        (0, "latest", "default"),
        (1, "file", "terraform.tfvars:1:1"),
        (2, "first", "a.tfvars:1:1"),
        (3, "second", "b.tfvars:2:1"),
        (4, "terraform", "environment variable TF_VAR_image_tag"),
        (5, "known", "environment variable IMAGE_TAG"),
        (6, "flag", "--var"),
    ] {
        assert_eq!(all(upto), (value.to_owned(), source.to_owned()));
    }
}

#[test]
fn the_well_known_variables_are_read() {
    let resolved = from_environment(&[
        ("IMAGE_TAG", "v2"),
        ("ENVIRONMENT", "development"),
        ("CONSUL_HTTP_ADDR", "https://consul:8501"),
        ("VAULT_ADDR", "https://vault:8200"),
        ("NOMAD_ADDR", "unix:///run/nomad.sock"),
        ("VAULT_NAMESPACE", "team"),
        ("NOMAD_REGION", "eu"),
        ("CONSUL_HTTP_TOKEN", "c"),
        ("VAULT_TOKEN", "v"),
        ("NOMAD_TOKEN", "n"),
    ]);
    let inputs = &resolved.inputs;
    assert_eq!(inputs.image_tag, "v2");
    assert_eq!(inputs.environment.as_str(), "development");
    assert_eq!(inputs.consul_address.as_str(), "https://consul:8501/");
    assert_eq!(inputs.vault_address.as_str(), "https://vault:8200/");
    assert_eq!(inputs.nomad_address.path(), "/run/nomad.sock");
    assert_eq!((inputs.vault_namespace.as_str(), inputs.nomad_region.as_str()), ("team", "eu"));
    assert!(inputs.consul_token.is_some() && inputs.vault_token.is_some());
    let source = resolved.source_of("nomad_token");
    assert_eq!(source, &Source::Environment("NOMAD_TOKEN".to_owned()));
}

#[test]
fn an_empty_variable_is_unset() {
    let layers = Layers::new()
        .file(FILE, "image_tag = \"v1\"")
        .environment(&lookup(&[("IMAGE_TAG", ""), ("TF_VAR_image_tag", "")]));
    assert_eq!(resolve(layers).inputs.image_tag, "v1");
}

#[test]
fn a_null_leaves_the_layer_below_in_force() {
    let layers =
        Layers::new().file(FILE, "image_tag = \"v1\"\ncpu_limit = null").var_file("b.json", "{\"image_tag\": null}");
    let resolved = resolve(layers);
    assert_eq!(resolved.inputs.image_tag, "v1");
    assert_eq!(resolved.inputs.cpu_limit, 1000);
    assert_eq!(resolved.source_of("cpu_limit"), &Source::Default);
}

#[test]
fn only_the_winning_value_is_range_checked() {
    let layers = Layers::new().file(FILE, "instance_count = 99");
    assert_eq!(resolve(layers.var("instance_count=2")).inputs.instance_count, 2);
}

#[test]
fn lists_and_maps_from_outside_a_file_are_expressions() {
    let resolved = resolve(
        Layers::new()
            .environment(&lookup(&[("TF_VAR_tags", "{ team = \"data\", n = 1 }")]))
            .var("allowed_sources=[\"web\", \"a=b\"]")
            .var("allowed_sources=[\"web\"]")
            .var("node_class="),
    );
    assert_eq!(resolved.inputs.tags["n"], "1");
    assert_eq!(resolved.inputs.allowed_sources, ["web"]);
    assert_eq!(resolved.inputs.node_class, "");
    let found = problems(Layers::new().var("tags={").var("allowed_sources=a,b").var("tags=f(1)"));
    let found: Vec<_> = found.iter().map(ToString::to_string).collect();
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(found[0].starts_with("--var: tags: is not an HCL expression: "), "{found:?}");
    assert!(found[1].contains("write a list(string)"), "{found:?}");
    assert!(found[2].contains("is a function call, not a map of strings"), "{found:?}");
}

#[test]
fn a_flag_may_hold_further_equals_signs() {
    let layers = Layers::new().var("command=bin/db --mode=fast");
    assert_eq!(resolve(layers).inputs.command, "bin/db --mode=fast");
    assert!(problems(Layers::new().var("command"))[0].to_string().contains("NAME=VALUE"));
}

#[test]
fn consul_may_be_addressed_without_a_scheme() {
    let address = |pairs: &[_]| from_environment(pairs).inputs.consul_address.to_string();
    let addr = ("CONSUL_HTTP_ADDR", "127.0.0.1:8500");
    assert_eq!(address(&[addr]), "http://127.0.0.1:8500/");
    assert_eq!(address(&[addr, ("CONSUL_HTTP_SSL", "false")]), "http://127.0.0.1:8500/");
    assert_eq!(address(&[addr, ("CONSUL_HTTP_SSL", "true")]), "https://127.0.0.1:8500/");
    let unix = ("CONSUL_HTTP_ADDR", "unix:///run/consul.sock");
    assert_eq!(address(&[unix, ("CONSUL_HTTP_SSL", "true")]), "unix:///run/consul.sock");
}

#[test]
fn a_registry_completes_an_image_that_names_none() {
    let registry = [("DOCKER_REGISTRY", "registry.example.com:5000/team/")];
    let resolved = from_environment(&registry);
    let image = "registry.example.com:5000/team/latticedb/latticedb";
    assert_eq!(resolved.inputs.container_image, image);
    let source = resolved.source_of("container_image").to_string();
    assert_eq!(source, "default with environment variable DOCKER_REGISTRY");
    for full in ["localhost/db", "ghcr.example/db", "host:5000/db"] {
        let layers = Layers::new().environment(&lookup(&registry));
        let resolved = resolve(layers.var(&format!("container_image={full}")));
        assert_eq!(resolved.inputs.container_image, full);
        assert_eq!(resolved.source_of("container_image"), &Source::Flag);
    }
    for wrong in ["https://registry.example.com", "a b", "/"] {
        let found = problems(Layers::new().environment(&lookup(&[("DOCKER_REGISTRY", wrong)])));
        assert_eq!(found[0].source.to_string(), "environment variable DOCKER_REGISTRY");
    }
}

#[test]
fn a_moving_tag_in_production_is_a_warning() {
    let warnings = |text: &str| resolve(Layers::new().file(FILE, text)).warnings;
    assert_eq!(warnings("")[0].name.as_deref(), Some("image_tag"));
    assert_eq!(warnings("environment = \"staging\""), []);
    assert_eq!(warnings("image_tag = \"v1\""), []);
}
