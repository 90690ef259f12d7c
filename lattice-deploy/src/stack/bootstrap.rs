//! From nothing to three servers that work together, in the order that they need.

use std::time::Duration;

use consul_client::acl::{AclToken, Link, NodeIdentity, Policy};
use consul_client::agent::TokenKind;
use nomad_client::nodes::NodeStatus;
use secrecy::{ExposeSecret, SecretString};
use vault_client::sys::{HealthState, InitRequest};

use super::wait::until;
use super::{Options, Result, Servers, StackError, Tokens, identity};
use crate::clients::Clients;
use crate::error::{Doing, Error, System};
use crate::servers::Product;
use crate::servers::process::Server;
use crate::servers::settings::{NomadRole, StackLayout};

/// What Nomad does in Consul: registers services, reads the rest, and gives tasks their tokens.
const NOMAD_RULES: &str = r#"agent_prefix "" { policy = "read" }
node_prefix "" { policy = "read" }
service_prefix "" { policy = "write" }
acl = "write"
mesh = "write"
"#;
const NOMAD_POLICY: &str = "nomad-agents";

pub(super) async fn run(
    options: &Options,
    layout: &mut StackLayout,
    worker: &mut StackLayout,
) -> Result<(Servers, Tokens, Clients)> {
    let mut tokens = Tokens::load(&options.data_dir)?;
    layout.consul_management = Some(tokens.consul.clone());
    layout.nomad_role = NomadRole::Server;
    let mut servers = Servers::default();
    let mut consul_server = start(options, layout, Product::Consul).await?;
    let mut vault_server = start(options, layout, Product::Vault).await?;
    let consul = consul_client(layout, &tokens)?;
    let anonymous = vault_client(layout, None)?;
    let (nomad_token, ()) = tokio::try_join!(
        ready_consul(&mut consul_server, &consul, layout),
        ready_vault(&mut vault_server, &anonymous, &mut tokens),
    )?;
    servers.consul = Some(consul_server);
    servers.vault = Some(vault_server);
    let vault = vault_client(layout, tokens.vault.as_ref())?;
    layout.nomad_consul = Some(nomad_token);
    let mut nomad_server = start(options, layout, Product::Nomad).await?;
    let nomad = nomad_client(layout, &tokens)?;
    ready_nomad(&mut nomad_server, &nomad, &tokens).await?;
    let clients = Clients::new(vault, consul, nomad);

    worker.nomad_role = NomadRole::Client { servers: vec![layout.ports.nomad.rpc] };
    worker.nomad_consul.clone_from(&layout.nomad_consul);
    worker.ports.consul = layout.ports.consul;
    worker.ports.vault = layout.ports.vault;
    let mut client_server = start(options, worker, Product::Nomad).await?;
    let address = layout.ports.address(Product::Nomad);
    let (node, known) =
        tokio::join!(ready_node(&mut client_server, &clients.nomad), identity::set_up(&clients, &address));
    servers.nomad = Some(nomad_server);
    servers.nomad_client = Some(client_server);
    node?;
    known?;
    Ok((servers, tokens, clients))
}

async fn start(options: &Options, layout: &StackLayout, product: Product) -> Result<Server> {
    layout.write(product)?;
    let binary = options.binaries.of(product);
    let consul_folder = options.binaries.consul.path.parent();
    let environment = match consul_folder {
        // Nomad calls `consul` to make the configuration of the mesh's proxies.
        Some(folder) if product == Product::Nomad => options.environment.clone().with_search_path(folder),
        _ => options.environment.clone(),
    };
    let mut spec = layout.spec(binary, environment);
    if options.temporary {
        if product == Product::Consul {
            spec.purge.push(Tokens::folder(&options.data_dir));
        }
        // Each tries, and whichever ends last finds the folder empty.
        if !spec.rmdir.contains(&options.data_dir) {
            spec.rmdir.push(options.data_dir.clone());
        }
    }
    Ok(Server::start(&options.guard, &spec).await?)
}

/// A call that fails is asked again by the loop around it, so the client itself need not wait long.
const PATIENCE: Duration = Duration::from_secs(30);

fn settings(system: System, error: impl std::error::Error + Send + Sync + 'static) -> StackError {
    StackError::Call(Error::Settings { system, source: Box::new(error) })
}

fn consul_client(layout: &StackLayout, tokens: &Tokens) -> Result<consul_client::Client> {
    let wrong = |error| settings(System::Consul, error);
    let token = consul_client::Token::new(tokens.consul.expose_secret()).map_err(wrong)?;
    let config = consul_client::Config::new(&layout.ports.address(Product::Consul)).map_err(wrong)?;
    let config = config.with_token(token).with_timeout(PATIENCE);
    consul_client::Client::new(&config).map_err(|error| settings(System::Consul, error))
}

fn vault_client(layout: &StackLayout, token: Option<&SecretString>) -> Result<vault_client::Client> {
    let wrong = |error| settings(System::Vault, error);
    let mut config = vault_client::Config::new(&layout.ports.address(Product::Vault)).map_err(wrong)?;
    if let Some(token) = token {
        config = config.with_token(vault_client::Token::new(token.expose_secret()).map_err(wrong)?);
    }
    vault_client::Client::new(&config.with_timeout(PATIENCE)).map_err(|error| settings(System::Vault, error))
}

fn nomad_client(layout: &StackLayout, tokens: &Tokens) -> Result<nomad_client::Client> {
    let wrong = |error| settings(System::Nomad, error);
    let token = nomad_client::Token::new(tokens.nomad.expose_secret()).map_err(wrong)?;
    let config = nomad_client::Config::new(&layout.ports.address(Product::Nomad)).map_err(wrong)?;
    let config = config.with_token(token).with_timeout(PATIENCE);
    nomad_client::Client::new(&config).map_err(|error| settings(System::Nomad, error))
}

fn missing(what: &str) -> impl FnOnce() -> String {
    move || what.to_owned()
}

/// Waits for a leader, gives the agent its own token, and makes the one that Nomad uses.
async fn ready_consul(
    server: &mut Server,
    consul: &consul_client::Client,
    layout: &StackLayout,
) -> Result<SecretString> {
    // Before there is a leader, anything else would hang for seconds.
    until(server, || async {
        let leader = consul.status().leader().await.map_err(|error| error.to_string())?;
        leader.ok_or_else(missing("it has no leader"))
    })
    .await?;
    until(server, || async { consul.acl().tokens().read_self().await.map(drop).map_err(|error| error.to_string()) })
        .await?;
    let mut agent = AclToken::new(AGENT_TOKEN);
    agent.node_identities = vec![NodeIdentity::new(&layout.name, &layout.datacenter)];
    let agent = token(consul, agent).await?;
    consul.agent().set_token(TokenKind::Agent, &agent).await.doing("give the Consul agent its token")?;
    let policies = consul.acl().policies();
    if policies.read_by_name(NOMAD_POLICY).await.doing("read Nomad's policy")?.is_none() {
        policies.create(&Policy::new(NOMAD_POLICY, NOMAD_RULES)).await.doing("make Nomad's policy")?;
    }
    let mut nomad = AclToken::new(NOMAD_TOKEN);
    nomad.policies = vec![Link::by_name(NOMAD_POLICY)];
    Ok(token(consul, nomad).await?.expose().into())
}

const AGENT_TOKEN: &str = "the Consul agent";
const NOMAD_TOKEN: &str = "the Nomad agents";

/// The token of this description, of an earlier start or made now.
async fn token(consul: &consul_client::Client, wanted: AclToken) -> Result<consul_client::Token> {
    let tokens = consul.acl().tokens();
    let all = tokens.list().await.doing("list Consul's tokens")?;
    let found = match all.into_iter().find(|token| token.description == wanted.description) {
        Some(found) => tokens.read(&found.accessor_id).await.doing("read a token")?,
        None => Some(tokens.create(&wanted).await.doing("make a token")?),
    };
    found
        .and_then(|token| token.secret)
        .ok_or_else(|| StackError::Unexpected("Consul shows no secret of its token".to_owned()))
}

/// Waits until Vault answers, initializes it if it is new, and unseals it.
async fn ready_vault(server: &mut Server, vault: &vault_client::Client, tokens: &mut Tokens) -> Result<()> {
    let health = until(server, || async { vault.sys().health().await.map_err(|error| error.to_string()) }).await?;
    if health.state == HealthState::NotInitialized {
        let init = vault.sys().init(&InitRequest::new(1, 1)).await.doing("initialize Vault")?;
        let key = init.keys.into_iter().next();
        let key = key.ok_or_else(|| StackError::Unexpected("Vault was initialized without a key".to_owned()))?;
        tokens.keep_vault(init.root_token, key)?;
    }
    unseal(vault, tokens).await?;
    until(server, || async {
        let health = vault.sys().health().await.map_err(|error| error.to_string())?;
        if health.state == HealthState::Active { Ok(()) } else { Err(format!("it is {:?}", health.state)) }
    })
    .await
}

pub(super) async fn unseal(vault: &vault_client::Client, tokens: &Tokens) -> Result<()> {
    let key = tokens.unseal.as_ref();
    let key = key.ok_or_else(|| {
        let folder = tokens.vault_file();
        let folder = folder.parent().unwrap_or(&folder).display();
        StackError::Unexpected(format!("the key that unseals Vault is not in {folder}: begin with a new data folder"))
    })?;
    vault.sys().unseal(key).await.doing("unseal Vault")?;
    Ok(())
}

/// Waits for a leader, bootstraps access control if that is new, and waits for the keys of the tasks' identities.
async fn ready_nomad(server: &mut Server, nomad: &nomad_client::Client, tokens: &Tokens) -> Result<()> {
    until(server, || async {
        let leader = nomad.status().leader().await.map_err(|error| error.to_string())?;
        leader.ok_or_else(missing("it has no leader"))
    })
    .await?;
    let secret =
        nomad_client::Token::new(tokens.nomad.expose_secret()).map_err(|error| settings(System::Nomad, error))?;
    until(server, || async {
        // In its first moments a restarted server does not know any token yet, so a refusal is not final.
        if nomad.acl().token_self().await.is_ok() {
            return Ok(());
        }
        nomad.acl().bootstrap(Some(secret.clone())).await.map(drop).map_err(|error| error.to_string())
    })
    .await?;
    until(server, || async {
        let keys = nomad.jwks().await.map_err(|error| error.to_string())?;
        if keys.is_empty() { Err("it has no key for identities".to_owned()) } else { Ok(()) }
    })
    .await
}

async fn ready_node(server: &mut Server, nomad: &nomad_client::Client) -> Result<()> {
    until(server, || async {
        let nodes = nomad.nodes().list().await.map_err(|error| error.to_string())?;
        let ready = nodes.iter().any(|node| node.status == NodeStatus::Ready);
        if ready { Ok(()) } else { Err("no node is ready".to_owned()) }
    })
    .await
}
