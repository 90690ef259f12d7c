//! Environment variables: `TF_VAR_*` and the ones that the three tools and the seed's script know.

use super::inputs::TABLE;
use super::table::Input;

/// Prefix by which Terraform takes inputs from the environment.
pub(super) const TERRAFORM: &str = "TF_VAR_";
/// Registry to put before an image that names none.
pub(super) const REGISTRY: &str = "DOCKER_REGISTRY";
/// Consul's switch to TLS for an address without a scheme.
const CONSUL_TLS: &str = "CONSUL_HTTP_SSL";

/// Looks up a variable; empty is the same as unset, as for the tools themselves.
pub(super) type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

pub(super) fn get(lookup: Lookup<'_>, name: &str) -> Option<String> {
    lookup(name).filter(|value| !value.is_empty())
}

/// Inputs by their well-known variables. The token of a tool is better kept here than in a file.
pub(super) static WELL_KNOWN: [(&str, &Input); 10] = [
    ("IMAGE_TAG", &TABLE.image_tag),
    ("ENVIRONMENT", &TABLE.environment),
    ("CONSUL_HTTP_ADDR", &TABLE.consul_address),
    ("CONSUL_HTTP_TOKEN", &TABLE.consul_token),
    ("VAULT_ADDR", &TABLE.vault_address),
    ("VAULT_TOKEN", &TABLE.vault_token),
    ("VAULT_NAMESPACE", &TABLE.vault_namespace),
    ("NOMAD_ADDR", &TABLE.nomad_address),
    ("NOMAD_TOKEN", &TABLE.nomad_token),
    ("NOMAD_REGION", &TABLE.nomad_region),
];

/// The variable that a user would set for this input.
pub(super) fn variable_for(input: &Input) -> String {
    WELL_KNOWN
        .iter()
        .find(|(_, known)| known.name == input.name)
        .map_or_else(|| format!("{TERRAFORM}{}", input.name), |(variable, _)| (*variable).to_owned())
}

/// Consul's own tools take `host:port`, and so must we.
pub(super) fn complete(input: &Input, value: String, lookup: Lookup<'_>) -> String {
    if input.name != TABLE.consul_address.name || value.contains("://") {
        return value;
    }
    // The spellings of true that Go's `strconv.ParseBool` knows.
    let tls =
        get(lookup, CONSUL_TLS).is_some_and(|flag| matches!(flag.as_str(), "1" | "t" | "T" | "true" | "TRUE" | "True"));
    let scheme = if tls { "https" } else { "http" };
    format!("{scheme}://{value}")
}
