//! Lets Vault and Consul accept the identities that Nomad gives to tasks, as `nomad setup` does.

use consul_client::acl::binding_rules::ListOptions;
use consul_client::acl::{BindType, BindingRule};
use vault_client::sys::mounts::NewMount;

use super::{Result, StackError};
use crate::clients::Clients;
use crate::error::Doing;
use crate::workload;

/// Nomad's own names for both.
const MOUNT: &str = "jwt-nomad";
const METHOD: &str = "nomad-workloads";

/// Sets up what is missing, also after a start that was cut off in between, and tells both where Nomad is now. Both
/// servers fetch its keys at once, so Nomad must be up.
pub(super) async fn set_up(clients: &Clients, nomad: &str) -> Result<()> {
    let jwks = workload::jwks_url(nomad);
    tokio::try_join!(vault(clients, &jwks), consul(clients, &jwks)).map(drop)
}

async fn vault(clients: &Clients, jwks: &str) -> Result<()> {
    let auth = clients.vault.sys().auth();
    if auth.read(MOUNT).await.doing("read Vault's auth methods")?.is_none() {
        auth.enable(MOUNT, &NewMount::new("jwt")).await.doing("enable Vault's jwt auth method")?;
    }
    let jwt = clients.vault.jwt(MOUNT);
    let mut config = workload::vault_config(jwks);
    config.default_role = Some(METHOD.to_owned());
    jwt.put_config(&config).await.doing("tell Vault about Nomad's keys")?;
    let mount = auth.read(MOUNT).await.doing("read Vault's auth methods")?;
    let accessor =
        mount.map(|mount| mount.accessor).ok_or_else(|| StackError::Unexpected("the auth method is gone".into()))?;
    let alias = format!("identity.entity.aliases.{accessor}.metadata");
    let policy = format!(
        "path \"secret/data/{{{{{alias}.nomad_namespace}}}}/{{{{{alias}.nomad_job_id}}}}/*\" {{\n  capabilities = [\"read\"]\n}}\n"
    );
    clients.vault.sys().policies().put(METHOD, &policy).await.doing("make the tasks' policy")?;
    jwt.put_role(METHOD, &workload::vault_role(METHOD)).await.doing("make the tasks' role")?;
    Ok(())
}

async fn consul(clients: &Clients, jwks: &str) -> Result<()> {
    let acl = clients.consul.acl();
    let method = workload::consul_method(METHOD, jwks);
    acl.auth_methods().put(&method).await.doing("make Consul's auth method")?;
    let of_method = ListOptions::new().with_auth_method(METHOD);
    let rules = acl.binding_rules().list_with(&of_method).await.doing("list Consul's binding rules")?.value;
    let services = BindingRule::new(METHOD, BindType::Service, "${value.nomad_service}")
        .with_selector("\"nomad_service\" in value");
    let tasks = BindingRule::new(METHOD, BindType::Role, "nomad-tasks-${value.nomad_namespace}")
        .with_selector("\"nomad_service\" not in value");
    for rule in [services, tasks] {
        let is_there = |there: &BindingRule| (&there.bind_name, &there.selector) == (&rule.bind_name, &rule.selector);
        if !rules.iter().any(is_there) {
            acl.binding_rules().create(&rule).await.doing("make a binding rule of Nomad's in Consul")?;
        }
    }
    Ok(())
}
