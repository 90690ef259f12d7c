//! Lets Vault and Consul accept the identities that Nomad gives to tasks, as `nomad setup` does.

use consul_client::acl::{BindType, BindingRule};
use vault_client::sys::mounts::NewMount;

use super::{Result, StackError};
use crate::clients::Clients;
use crate::error::Doing;
use crate::workload;

/// Nomad's own names for both.
const MOUNT: &str = "jwt-nomad";
const METHOD: &str = "nomad-workloads";

/// Sets up what is missing. Both servers fetch Nomad's keys at once, so Nomad must be up.
pub(super) async fn set_up(clients: &Clients, nomad: &str) -> Result<()> {
    let jwks = workload::jwks_url(nomad);
    tokio::try_join!(vault(clients, &jwks), consul(clients, &jwks)).map(drop)
}

async fn vault(clients: &Clients, jwks: &str) -> Result<()> {
    let auth = clients.vault.sys().auth();
    if auth.read(MOUNT).await.doing("read Vault's auth methods")?.is_some() {
        return Ok(());
    }
    auth.enable(MOUNT, &NewMount::new("jwt")).await.doing("enable Vault's jwt auth method")?;
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
    if acl.auth_methods().read(METHOD).await.doing("read Consul's auth methods")?.is_some() {
        return Ok(());
    }
    let method = workload::consul_method(METHOD, jwks);
    acl.auth_methods().put(&method).await.doing("make Consul's auth method")?;
    let services = BindingRule::new(METHOD, BindType::Service, "${value.nomad_service}")
        .with_selector("\"nomad_service\" in value");
    acl.binding_rules().create(&services).await.doing("make the services' binding rule")?;
    let tasks = BindingRule::new(METHOD, BindType::Role, "nomad-tasks-${value.nomad_namespace}")
        .with_selector("\"nomad_service\" not in value");
    acl.binding_rules().create(&tasks).await.doing("make the tasks' binding rule")?;
    Ok(())
}
