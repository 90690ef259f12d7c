//! Checks that concern more than one input, and warnings.

use super::environment;
use super::inputs::{Inputs, TABLE};
use super::layers::Reader;
use super::problem::Problem;
use super::sets::{Driver, Environment};
use super::source::Source;
use super::table::Input;
use super::value::{Kind, Value};

/// Tag that names another image tomorrow.
const MOVING_TAG: &str = "latest";

/// Adds a problem for each pair of inputs that contradict each other.
pub(super) fn across(inputs: &Inputs, reader: &mut Reader) {
    distinct_ports(inputs, reader);
    conflict(
        inputs.storage_size_min > inputs.storage_size_max,
        [&TABLE.storage_size_min, &TABLE.storage_size_max],
        "is above",
        "make the smallest size at most the largest",
        reader,
    );
    conflict(
        inputs.min_healthy_time >= inputs.healthy_deadline,
        [&TABLE.min_healthy_time, &TABLE.healthy_deadline],
        "is not below",
        "give an instance longer to become healthy than it must stay healthy",
        reader,
    );
    conflict(
        inputs.driver != Driver::Docker && inputs.command.trim().is_empty(),
        [&TABLE.driver, &TABLE.command],
        "runs a program, but none is named by",
        "name the program to run",
        reader,
    );
    conflict(
        inputs.enable_tracing && inputs.jaeger_endpoint.is_none(),
        [&TABLE.enable_tracing, &TABLE.jaeger_endpoint],
        "needs a collector, but none is named by",
        "name the collector, or turn tracing off",
        reader,
    );
    conflict(
        inputs.enable_ingress_gateway && inputs.ingress_hosts.is_empty(),
        [&TABLE.enable_ingress_gateway, &TABLE.ingress_hosts],
        "needs a host name, but none is named by",
        "name a host, or turn the gateway off",
        reader,
    );
}

fn distinct_ports(inputs: &Inputs, reader: &mut Reader) {
    let ports = [
        (&TABLE.http_port, inputs.http_port),
        (&TABLE.sql_port, inputs.sql_port),
        (&TABLE.health_port, inputs.health_port),
    ];
    for (index, (later, port)) in ports.iter().enumerate() {
        let earlier = ports.iter().take(index).find(|(_, other)| other == port);
        if let Some((earlier, _)) = earlier {
            let remedy = "give each its own port";
            conflict(true, [later, earlier], "is the same port as", remedy, reader);
        }
    }
}

/// `first` and `second` contradict each other; silent when one of them is already known as wrong.
fn conflict(holds: bool, [first, second]: [&'static Input; 2], relation: &str, remedy: &str, reader: &mut Reader) {
    if !holds || reader.has_failed(&[first.name, second.name]) {
        return;
    }
    let other = reader.source_of(second.name).clone();
    let what = format!("{relation} {} ({other})", second.name);
    // The place to look at is one that somebody wrote, not a default.
    let source = match reader.source_of(first.name) {
        Source::Default => other,
        written => written.clone(),
    };
    reader.fail(first, source, what, remedy);
}

/// What may be meant, but seldom is.
pub(super) fn warnings(inputs: &Inputs, reader: &Reader) -> Vec<Problem> {
    let warn = |input: &Input, what: &str, remedy: &str| {
        let source = reader.source_of(input.name).clone();
        Problem::new(source, Some(input.name), what, remedy)
    };
    let mut warnings = Vec::new();
    if inputs.environment == Environment::Production && inputs.image_tag == MOVING_TAG {
        warnings.push(warn(
            &TABLE.image_tag,
            "latest in production may name another image at every start",
            "name a version or a digest",
        ));
    }
    if inputs.db_connection_url.has_literal_password() {
        warnings.push(warn(
            &TABLE.db_connection_url,
            "holds a password, which cannot be rotated there",
            "write {{username}}:{{password}} and set the account's password separately",
        ));
    }
    warnings
}

/// A secret in the main file ends up in version control sooner or later.
pub(super) fn secrets_in_files<'a>(
    settings: impl Iterator<Item = (&'static Input, &'a Value, &'a Source)>,
) -> Vec<Problem> {
    let is_set = |value: &Value| match &value.kind {
        Kind::Text(text) => !text.is_empty(),
        kind => !matches!(kind, Kind::Null),
    };
    settings
        .filter(|(input, value, _)| input.sensitive && is_set(value))
        .map(|(input, _, source)| {
            let remedy = format!("set {} instead", environment::variable_for(input));
            let what = "a secret in the configuration file";
            Problem::new(source.clone(), Some(input.name), what, remedy)
        })
        .collect()
}
