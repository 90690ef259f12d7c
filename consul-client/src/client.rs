//! The client, and what its clones share.

use std::sync::Arc;

use serde::Serialize;

use crate::config::Config;
use crate::credential::{Credential, Source, Token};
use crate::error::Result;
use crate::meta::{Answer, Meta};
use crate::transport::{Decode, Opened, Reply, Request, Transport, json};
use crate::{acl, agent, ca, catalog, config_entry, health, intention, kv, lock, operator, raw, session, status};
use crate::{coordinate, discovery_chain, event, prepared_query, sharing, txn};

/// A client of one Consul agent or cluster.
///
/// Cloning is cheap, and so are the handles that [`Client::kv`] and its like return: hold them or make them anew.
#[derive(Clone, Debug)]
pub struct Client {
    transport: Arc<Transport>,
    source: Source,
    scope: Scope,
}

/// Where calls are aimed; part of each clone.
#[derive(Clone, Debug)]
struct Scope {
    datacenter: Option<String>,
    namespace: Option<String>,
    partition: Option<String>,
}

impl Client {
    /// Builds a client. Nothing is sent yet.
    ///
    /// # Errors
    /// When a certificate or key that the configuration names cannot be used.
    pub fn new(config: &Config) -> Result<Self> {
        Ok(Self {
            transport: Arc::new(Transport::new(config)?),
            source: Source::new(config.credential.clone()),
            scope: Scope {
                datacenter: config.datacenter.clone(),
                namespace: config.namespace.clone(),
                partition: config.partition.clone(),
            },
        })
    }

    /// The same connections with another token.
    #[must_use]
    pub fn with_token(&self, token: Token) -> Self {
        Self { source: Source::new(Credential::Static(token)), ..self.clone() }
    }

    /// The same connections without any token.
    #[must_use]
    pub fn anonymous(&self) -> Self {
        Self { source: Source::new(Credential::Anonymous), ..self.clone() }
    }

    /// The same connections, aimed at another datacenter.
    #[must_use]
    pub fn in_datacenter(&self, datacenter: impl Into<String>) -> Self {
        let mut client = self.clone();
        client.scope.datacenter = Some(datacenter.into());
        client
    }

    /// Access control.
    pub fn acl(&self) -> acl::Acl {
        acl::Acl::new(self.clone())
    }

    /// The agent that is asked.
    pub fn agent(&self) -> agent::Agent {
        agent::Agent::new(self.clone())
    }

    /// The certificate authority of the mesh.
    pub fn ca(&self) -> ca::Ca {
        ca::Ca::new(self.clone())
    }

    /// All nodes and services.
    pub fn catalog(&self) -> catalog::Catalog {
        catalog::Catalog::new(self.clone())
    }

    /// Config entries, which configure the mesh.
    pub fn config_entries(&self) -> config_entry::ConfigEntries {
        config_entry::ConfigEntries::new(self.clone())
    }

    /// Where nodes are in the network.
    pub fn coordinates(&self) -> coordinate::Coordinates {
        coordinate::Coordinates::new(self.clone())
    }

    /// Where the requests to services go.
    pub fn discovery_chains(&self) -> discovery_chain::DiscoveryChains {
        discovery_chain::DiscoveryChains::new(self.clone())
    }

    /// The health of services and nodes.
    pub fn health(&self) -> health::Health {
        health::Health::new(self.clone())
    }

    /// Intentions, which say who may speak to whom.
    pub fn intentions(&self) -> intention::Intentions {
        intention::Intentions::new(self.clone())
    }

    /// The key/value store.
    pub fn kv(&self) -> kv::Kv {
        kv::Kv::new(self.clone())
    }

    /// A lock on this key.
    pub fn lock(&self, key: impl Into<String>) -> lock::Lock {
        self.lock_with(key, &lock::LockOptions::new())
    }

    /// As [`Client::lock`], with options.
    pub fn lock_with(&self, key: impl Into<String>, options: &lock::LockOptions) -> lock::Lock {
        lock::Lock::new(self.clone(), key.into(), options.clone())
    }

    /// A semaphore of so many slots below this prefix.
    pub fn semaphore(&self, prefix: impl AsRef<str>, slots: u64) -> lock::Semaphore {
        self.semaphore_with(prefix, slots, &lock::LockOptions::new())
    }

    /// As [`Client::semaphore`], with options.
    pub fn semaphore_with(&self, prefix: impl AsRef<str>, slots: u64, options: &lock::LockOptions) -> lock::Semaphore {
        lock::Semaphore::new(self.clone(), prefix.as_ref(), slots, options.clone())
    }

    /// An election whose leader holds this key.
    pub fn election(&self, key: impl Into<String>) -> lock::Election {
        self.election_with(key, &lock::LockOptions::new())
    }

    /// As [`Client::election`], with options.
    pub fn election_with(&self, key: impl Into<String>, options: &lock::LockOptions) -> lock::Election {
        lock::Election::new(self.lock_with(key, options))
    }

    /// What an operator looks at.
    pub fn operator(&self) -> operator::Operator {
        operator::Operator::new(self.clone())
    }

    /// Prepared queries.
    pub fn prepared_queries(&self) -> prepared_query::PreparedQueries {
        prepared_query::PreparedQueries::new(self.clone())
    }

    /// Sessions, which locks are bound to.
    pub fn sessions(&self) -> session::Sessions {
        session::Sessions::new(self.clone())
    }

    /// Services that peers and partitions share.
    pub fn sharing(&self) -> sharing::Sharing {
        sharing::Sharing::new(self.clone())
    }

    /// The leader and its peers.
    pub fn status(&self) -> status::Status {
        status::Status::new(self.clone())
    }

    /// Any path, for what this crate does not know yet.
    pub fn raw(&self) -> raw::Raw {
        raw::Raw::new(self.clone())
    }

    /// User events.
    pub fn events(&self) -> event::Events {
        event::Events::new(self.clone())
    }

    /// Snapshots of everything.
    #[cfg(feature = "snapshot")]
    pub fn snapshot(&self) -> crate::snapshot::Snapshots {
        crate::snapshot::Snapshots::new(self.clone())
    }

    /// Transactions.
    pub fn txn(&self) -> txn::Txn {
        txn::Txn::new(self.clone())
    }

    pub(crate) async fn send(&self, request: Request) -> Result<Reply> {
        self.transport.send(&self.scoped(request), &self.source).await
    }

    /// Sends a request whose answer is read while it comes.
    pub(crate) async fn open(&self, request: Request) -> Result<Opened> {
        self.transport.open(&self.scoped(request), &self.source).await
    }

    fn scoped(&self, mut request: Request) -> Request {
        let scope =
            [("dc", &self.scope.datacenter), ("ns", &self.scope.namespace), ("partition", &self.scope.partition)];
        for (name, value) in scope {
            // What the call itself says counts: of two of a name, the server would read either.
            let said = request.query.split('&').any(|pair| pair.split('=').next() == Some(name));
            if let Some(value) = value.as_ref().filter(|_| !said) {
                request = request.query(name, value);
            }
        }
        request
    }

    /// Sends a request and reads its JSON answer with the metadata.
    pub(crate) async fn answer<T: Decode>(&self, request: Request) -> Result<Answer<T>> {
        let reply = self.send(request.clone()).await?;
        let value = json(&request, &reply)?;
        Ok(Answer { value, meta: Meta::of(&reply.headers) })
    }

    /// Sends a request and reads its JSON answer.
    pub(crate) async fn fetch<T: Decode>(&self, request: Request) -> Result<T> {
        Ok(self.answer(request).await?.value)
    }

    /// Sends a request whose answer says nothing.
    pub(crate) async fn execute(&self, request: Request) -> Result<()> {
        self.send(request).await.map(drop)
    }

    /// A read of this route.
    pub(crate) async fn get<T: Decode, const N: usize>(&self, route: &'static str, arguments: [&str; N]) -> Result<T> {
        self.fetch(Request::get(route, arguments)?).await
    }

    /// As [`Client::answer`], of an endpoint that answers `null` for nothing at all.
    pub(crate) async fn answer_or_none<T: Decode + Default>(&self, request: Request) -> Result<Answer<T>> {
        Ok(self.answer::<Option<T>>(request).await?.map(Option::unwrap_or_default))
    }

    /// As [`Client::answer`], of something that may not exist.
    pub(crate) async fn answer_if_found<T: Decode>(&self, request: Request) -> Result<Answer<Option<T>>> {
        let reply = self.send(request.clone().data_statuses(&[404])).await?;
        let value = if reply.status == 404 { None } else { Some(json(&request, &reply)?) };
        Ok(Answer { value, meta: Meta::of(&reply.headers) })
    }

    /// As [`Client::get`], of an endpoint that answers `null` for nothing at all.
    pub(crate) async fn list<T: Decode + Default, const N: usize>(
        &self,
        route: &'static str,
        arguments: [&str; N],
    ) -> Result<T> {
        Ok(self.answer_or_none(Request::get(route, arguments)?).await?.value)
    }

    /// A write of this route, with a JSON body and a JSON answer.
    pub(crate) async fn put<T: Decode, const N: usize>(
        &self,
        route: &'static str,
        arguments: [&str; N],
        body: &impl Serialize,
    ) -> Result<T> {
        self.fetch(Request::put(route, arguments)?.json(body)?).await
    }
}
