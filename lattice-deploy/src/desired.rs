//! From inputs to everything that shall exist: pure.

use std::collections::BTreeMap;
use std::time::Duration;

use secrecy::ExposeSecret;
use serde_json::json;

use crate::catalogue::{
    Authority, ConsulAuthMethod, ConsulBindingRule, ConsulConfigEntry, ConsulPair, ConsulPolicy, ConsulRole, NomadJob,
    Resource, SecretPin, VaultAuthMount, VaultDatabaseConnection, VaultDatabaseRole, VaultJwtRole, VaultMount,
    VaultPkiIntermediate, VaultPkiRole, VaultPkiRoot, VaultPolicy, VaultSecret, VaultTransitKey,
};
use crate::config::{Resolved, Source};
use crate::error::System;
use crate::job;
use crate::owner::Owner;
use crate::workload;

/// Vault's mounts, by the names of the official tutorials.
pub(crate) const KV: &str = "secret";
pub(crate) const PKI_ROOT: &str = "pki";
pub(crate) const PKI: &str = "pki_int";
pub(crate) const TRANSIT: &str = "transit";
pub(crate) const DATABASE: &str = "database";
const TEN_YEARS: Duration = Duration::from_secs(87_600 * 3600);
const FIVE_YEARS: Duration = Duration::from_secs(43_800 * 3600);

/// The name of the secret that the service reads.
pub const SECRET: &str = "config";

/// Everything that a deployment owns, in the order in which it is made.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Desired {
    /// Whose it is.
    pub owner: Owner,
    /// The objects.
    pub resources: Vec<Resource>,
}

impl Desired {
    /// Works out what the inputs ask for.
    pub fn new(resolved: &Resolved) -> Self {
        let inputs = &resolved.inputs;
        let owner = Owner::new(&inputs.project_name, inputs.environment.as_str());
        let mut resources = Vec::new();
        vault(resolved, &owner, &mut resources);
        consul(resolved, &owner, &mut resources);
        resources.push(NomadJob::new(&owner.project, job::render(resolved, &owner)).into());
        Self { owner, resources }
    }

    /// Only what lives on these servers.
    #[must_use]
    pub fn only(&self, systems: &[System]) -> Self {
        let resources = self.resources.iter().filter(|resource| systems.contains(&resource.key().system));
        Self { owner: self.owner.clone(), resources: resources.cloned().collect() }
    }

    /// The job.
    pub fn job(&self) -> Option<&NomadJob> {
        self.resources.iter().find_map(|resource| match resource {
            Resource::NomadJob(job) => Some(job),
            _ => None,
        })
    }
}

/// Whether the configuration says where the database is: its default is only an example.
pub(crate) fn has_database(resolved: &Resolved) -> bool {
    !matches!(resolved.source_of("db_connection_url"), Source::Default)
}

/// The name of the database role, as the seed has it.
pub(crate) fn database_role(owner: &Owner) -> String {
    format!("{}-role", owner.project)
}

/// The path of the service's secret below the key/value mount.
pub(crate) fn secret_path(owner: &Owner, name: &str) -> String {
    format!("{}/{name}", owner.prefix())
}

/// The Consul key that holds the version of a secret which the service shall read.
pub(crate) fn pin_key(owner: &Owner, name: &str) -> String {
    format!("{}/secrets/{name}", owner.prefix())
}

fn vault(resolved: &Resolved, owner: &Owner, resources: &mut Vec<Resource>) {
    let inputs = &resolved.inputs;
    let project = &owner.project;
    resources.push(VaultMount::new(KV, "kv").with_option("version", "2").into());
    if inputs.enable_vault_pki {
        resources.push(VaultMount::new(PKI_ROOT, "pki").with_max_lease_ttl(TEN_YEARS).into());
        resources.push(VaultMount::new(PKI, "pki").with_max_lease_ttl(FIVE_YEARS).into());
        let address = inputs.vault_address.as_str();
        let root = Authority::new(PKI_ROOT, format!("{project} root CA"), TEN_YEARS, address);
        let intermediate = Authority::new(PKI, format!("{project} intermediate CA"), FIVE_YEARS, address);
        resources.push(VaultPkiRoot::new(root).into());
        resources.push(VaultPkiIntermediate::new(intermediate, PKI_ROOT).into());
        let domains = vec![format!("{project}.service.consul"), "localhost".to_owned()];
        resources.push(VaultPkiRole::new(PKI, project, domains).into());
    }
    resources.push(VaultMount::new(TRANSIT, "transit").into());
    resources.push(VaultTransitKey::new(TRANSIT, project).into());
    if has_database(resolved) {
        database(resolved, owner, resources);
    }
    resources.push(VaultPolicy::new(format!("{project}-policy"), workload_policy(resolved, owner)).into());
    let jwks = workload::jwks_url(inputs.nomad_address.as_str());
    resources.push(VaultAuthMount::new(&inputs.vault_jwt_mount, jwks).into());
    let job = (inputs.nomad_namespace.as_str(), project.as_str());
    resources.push(VaultJwtRole::new(&inputs.vault_jwt_mount, project, job, format!("{project}-policy")).into());
    let mut secret = VaultSecret::new(KV, secret_path(owner, SECRET)).generated("encryption_key");
    secret = match &inputs.admin_password {
        Some(password) => secret.given("admin_password", password.expose_secret().into()),
        None => secret.generated("admin_password"),
    };
    resources.push(secret.into());
    resources.push(SecretPin::new(KV, secret_path(owner, SECRET), pin_key(owner, SECRET)).into());
}

fn database(resolved: &Resolved, owner: &Owner, resources: &mut Vec<Resource>) {
    let inputs = &resolved.inputs;
    let name = format!("{}-postgres", owner.project);
    let role = database_role(owner);
    resources.push(VaultMount::new(DATABASE, "database").into());
    let connection = VaultDatabaseConnection::new(DATABASE, &name, inputs.db_connection_url.expose())
        .with_role(&role)
        .with_account(&inputs.db_username, inputs.db_password.clone());
    resources.push(connection.into());
    resources.push(VaultDatabaseRole::new(DATABASE, role, name).into());
}

/// What the service may do in Vault: read its own secret, get its own certificate and use its own key. Nothing else.
fn workload_policy(resolved: &Resolved, owner: &Owner) -> Vec<(String, Vec<&'static str>)> {
    let project = &owner.project;
    let mut rules = vec![(format!("{KV}/data/{}/*", owner.prefix()), vec!["read"])];
    if resolved.inputs.enable_vault_pki {
        rules.push((format!("{PKI}/issue/{project}"), vec!["update"]));
    }
    rules.push((format!("{TRANSIT}/encrypt/{project}"), vec!["update"]));
    rules.push((format!("{TRANSIT}/decrypt/{project}"), vec!["update"]));
    if has_database(resolved) {
        rules.push((format!("{DATABASE}/creds/{}", database_role(owner)), vec!["read"]));
    }
    rules
}

fn consul(resolved: &Resolved, owner: &Owner, resources: &mut Vec<Resource>) {
    let inputs = &resolved.inputs;
    let seeds = [
        ("cluster/name", owner.project.clone()),
        ("cluster/region", inputs.nomad_region.clone()),
        ("config/log_level", inputs.log_level.as_str().to_owned()),
        ("config/max_connections", inputs.max_connections.to_string()),
        ("config/replicas", inputs.instance_count.to_string()),
    ];
    for (name, value) in seeds {
        resources.push(ConsulPair::new(format!("{}/{name}", owner.prefix()), value).into());
    }
    if inputs.enable_consul_acl {
        consul_acl(resolved, owner, resources);
    }
    resources.push(
        ConsulConfigEntry::new(
            "service-defaults",
            &owner.project,
            BTreeMap::from([("Protocol".into(), json!("http"))]),
        )
        .into(),
    );
    let resolving = BTreeMap::from([
        ("ConnectTimeout".into(), json!("5s")),
        ("LoadBalancer".into(), json!({"Policy": "least_request"})),
    ]);
    resources.push(ConsulConfigEntry::new("service-resolver", &owner.project, resolving).into());
    let mut sources: Vec<_> =
        inputs.allowed_sources.iter().map(|name| json!({"Name": name, "Action": "allow", "Type": "consul"})).collect();
    sources.push(json!({"Name": "*", "Action": "deny", "Type": "consul"}));
    let intentions = BTreeMap::from([("Sources".into(), json!(sources))]);
    resources.push(ConsulConfigEntry::new("service-intentions", &owner.project, intentions).into());
}

fn consul_acl(resolved: &Resolved, owner: &Owner, resources: &mut Vec<Resource>) {
    let inputs = &resolved.inputs;
    let (project, method) = (&owner.project, &inputs.consul_auth_method);
    let policy = format!("{project}-policy");
    let rules = format!(
        "key_prefix \"{}/\" {{\n  policy = \"read\"\n}}\nservice_prefix \"\" {{\n  policy = \"read\"\n}}\n\
         node_prefix \"\" {{\n  policy = \"read\"\n}}\n",
        owner.prefix()
    );
    resources.push(ConsulPolicy::new(&policy, rules).into());
    resources.push(ConsulRole::new(project, policy).into());
    let jwks = workload::jwks_url(inputs.nomad_address.as_str());
    resources.push(ConsulAuthMethod::new(method, jwks).into());
    let ours =
        format!("value.nomad_job_id == \"{project}\" and value.nomad_namespace == \"{}\"", inputs.nomad_namespace);
    let services = format!("{ours} and \"nomad_service\" in value");
    let tasks = format!("{ours} and \"nomad_service\" not in value");
    resources.push(ConsulBindingRule::new(method, "service", "${value.nomad_service}", services).into());
    resources.push(ConsulBindingRule::new(method, "role", project, tasks).into());
}

#[cfg(test)]
mod tests {
    use super::Desired;
    use crate::catalogue::Resource;
    use crate::config::{Layers, Resolved};
    use std::collections::BTreeSet;

    fn resolved(text: &str) -> Resolved {
        Layers::new().file("terraform.tfvars", text).resolve().unwrap()
    }

    fn declared(desired: &Desired) -> Vec<serde_json::Value> {
        desired.resources.iter().map(Resource::declared).collect()
    }

    #[test]
    fn keys_are_unique_and_come_in_the_order_of_their_kinds() {
        let url = "db_connection_url = \"postgresql://{{username}}:{{password}}@db:5432/latticedb\"";
        let desired = Desired::new(&resolved(url));
        let keys: Vec<_> = desired.resources.iter().map(Resource::key).collect();
        assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), keys.len());
        // What is made from the ledger's order alone must be taken away before what it stands on.
        let job = keys.iter().position(|key| key.kind == "job").unwrap();
        assert_eq!(job, keys.len() - 1);
        assert!(keys.iter().all(|key| key.rank() <= keys[job].rank()));
    }

    #[test]
    fn the_workload_gets_no_more_than_it_reads() {
        let desired = Desired::new(&resolved(""));
        let policy = desired.resources.iter().find(|resource| resource.key().kind == "policy").unwrap();
        let rules = policy.declared()["rules"].as_str().unwrap().to_owned();
        for forbidden in ["sys", "sudo", "delete", "create", "\"*\"", "path \"*", "auth/"] {
            assert!(!rules.contains(forbidden), "{forbidden} in {rules}");
        }
        assert_eq!(rules.matches("path ").count(), 4, "{rules}");
    }

    #[test]
    fn switches_leave_out_what_they_switch() {
        let kinds = |text: &str| -> BTreeSet<String> {
            Desired::new(&resolved(text)).resources.iter().map(|resource| resource.key().kind).collect()
        };
        assert!(kinds("").contains("root CA"));
        assert!(!kinds("enable_vault_pki = false").contains("root CA"));
        assert!(kinds("").contains("ACL policy"));
        assert!(!kinds("enable_consul_acl = false").contains("ACL policy"));
        assert!(!kinds("").contains("database role"));
        assert!(kinds("db_connection_url = \"postgresql://{{username}}:{{password}}@db/d\"").contains("database role"));
    }

    #[test]
    fn secrets_are_in_nothing_that_is_declared() {
        let text = "admin_password = \"hunter2-admin\"\ndb_password = \"hunter2-db\"\nvault_token = \"hunter2-token\"\n\
                    db_connection_url = \"postgresql://{{username}}:hunter2-url@db/d\"";
        let desired = Desired::new(&resolved(text));
        let all = format!("{:?}{desired:?}", declared(&desired));
        assert!(!all.contains("hunter2"), "{all}");
    }

    #[test]
    fn the_same_inputs_give_the_same() {
        let text = "instance_count = 5\nallowed_sources = [\"web\"]";
        assert_eq!(declared(&Desired::new(&resolved(text))), declared(&Desired::new(&resolved(text))));
    }
}
