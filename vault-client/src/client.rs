//! The client, and what its clones share.

use std::sync::Arc;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::auth::Auth;
use crate::config::Config;
use crate::credential::{Credential, Source, Token};
use crate::error::{Error, Result};
use crate::meta::{Answer, AuthEnvelope, Envelope};
use crate::transport::{Path, Reply, Request, Transport, json};
use crate::wire::null;
use crate::{database, identity, jwt, kv2, pki, raw, sys, token, transit};

/// The header that names the namespace.
const NAMESPACE_HEADER: &str = "x-vault-namespace";

/// A client of one Vault server or cluster.
///
/// Cloning is cheap, and so are the handles that [`Client::kv2`] and its like return: hold them or make them anew.
#[derive(Clone, Debug)]
pub struct Client {
    transport: Arc<Transport>,
    source: Source,
    scope: Scope,
}

/// Where calls are aimed and how long they may take; part of each clone.
#[derive(Clone, Debug)]
struct Scope {
    namespace: Option<String>,
    timeout: Option<Duration>,
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
            scope: Scope { namespace: config.namespace.clone(), timeout: None },
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

    /// The same connections, aimed at another namespace (Vault Enterprise); an empty one is the root namespace.
    #[must_use]
    pub fn in_namespace(&self, namespace: impl Into<String>) -> Self {
        let mut client = self.clone();
        client.scope.namespace = Some(namespace.into());
        client
    }

    /// The same connections with another deadline for each call, all its tries included.
    #[must_use]
    pub fn with_timeout(&self, timeout: Duration) -> Self {
        let mut client = self.clone();
        client.scope.timeout = Some(timeout);
        client
    }

    /// The server itself: health, seal, mounts, policies, leases.
    pub fn sys(&self) -> sys::Sys {
        sys::Sys::new(self.clone())
    }

    /// Tokens.
    pub fn token(&self) -> token::Tokens {
        token::Tokens::new(self.clone())
    }

    /// Entities, and the logins that belong to them.
    pub fn identity(&self) -> identity::Identity {
        identity::Identity::new(self.clone())
    }

    /// The KV engine, version 2, at this mount.
    pub fn kv2(&self, mount: impl Into<String>) -> kv2::Kv2 {
        kv2::Kv2::new(self.clone(), mount.into())
    }

    /// The JWT auth method at this mount, which is named without `auth/`.
    pub fn jwt(&self, mount: impl Into<String>) -> jwt::Jwt {
        jwt::Jwt::new(self.clone(), mount.into())
    }

    /// The PKI engine at this mount.
    pub fn pki(&self, mount: impl Into<String>) -> pki::Pki {
        pki::Pki::new(self.clone(), mount.into())
    }

    /// The transit engine at this mount.
    pub fn transit(&self, mount: impl Into<String>) -> transit::Transit {
        transit::Transit::new(self.clone(), mount.into())
    }

    /// The database engine at this mount.
    pub fn database(&self, mount: impl Into<String>) -> database::Database {
        database::Database::new(self.clone(), mount.into())
    }

    /// Any path, for what this crate does not know yet.
    pub fn raw(&self) -> raw::Raw {
        raw::Raw::new(self.clone())
    }

    pub(crate) async fn send(&self, mut request: Request) -> Result<Reply> {
        if let Some(namespace) = self.scope.namespace.as_ref().filter(|namespace| !namespace.is_empty()) {
            request.headers.push((NAMESPACE_HEADER, namespace.clone()));
        }
        self.transport.send(&request.timeout(self.scope.timeout), &self.source).await
    }

    /// Sends a request whose answer stands without an envelope.
    pub(crate) async fn flat<T: DeserializeOwned>(&self, request: Request) -> Result<T> {
        let reply = self.send(request.clone()).await?;
        json(&request, &reply)
    }

    /// Sends a request and reads the data of its answer, with the rest of the envelope.
    pub(crate) async fn answer<T: DeserializeOwned>(&self, request: Request) -> Result<Answer<T>> {
        Ok(heeded(&request, self.flat::<Envelope<T>>(request.clone()).await?))
    }

    /// Sends a request and reads the data of its answer.
    pub(crate) async fn fetch<T: DeserializeOwned>(&self, request: Request) -> Result<T> {
        Ok(self.answer(request).await?.value)
    }

    /// As [`Client::fetch`], with nothing where the server says that there is nothing.
    pub(crate) async fn find<T: DeserializeOwned>(&self, request: Request) -> Result<Option<T>> {
        match self.send(request.clone()).await {
            Ok(reply) if reply.body.is_empty() => Ok(None),
            Ok(reply) => Ok(heeded(&request, json::<Envelope<Option<T>>>(&request, &reply)?).value),
            Err(error) if says_nothing(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Sends a request whose answer brings a token.
    pub(crate) async fn login(&self, request: Request) -> Result<Answer<Auth>> {
        Ok(heeded(&request, self.flat::<AuthEnvelope<Auth>>(request.clone()).await?))
    }

    /// Sends a request whose answer says nothing, or nothing but warnings.
    pub(crate) async fn execute(&self, request: Request) -> Result<()> {
        let reply = self.send(request.clone()).await?;
        if !reply.body.is_empty() {
            heeded(&request, json::<Envelope<Option<serde::de::IgnoredAny>>>(&request, &reply)?);
        }
        Ok(())
    }

    /// Reads an object, or nothing where it does not exist.
    pub(crate) async fn read<T: DeserializeOwned>(&self, path: Path) -> Result<Option<T>> {
        self.find(Request::get(path)).await
    }

    /// Lists the names in a folder; a folder without any does not exist, which is no error.
    pub(crate) async fn list(&self, path: Path) -> Result<Vec<String>> {
        Ok(self.list_as::<Keys>(path).await?.keys)
    }

    /// As [`Client::list`], with what stands beside the names.
    pub(crate) async fn list_as<T: DeserializeOwned + Default>(&self, path: Path) -> Result<T> {
        Ok(self.find(list_request(path)).await?.unwrap_or_default())
    }

    /// Writes an object as a whole, so that doing it twice changes nothing.
    pub(crate) async fn put(&self, path: Path, body: &impl Serialize) -> Result<()> {
        self.execute(Request::post(path).json(body)?.idempotent()).await
    }

    /// Deletes an object; one that does not exist is fine too.
    pub(crate) async fn delete(&self, path: Path) -> Result<()> {
        match self.execute(Request::delete(path).idempotent()).await {
            Err(error) if says_nothing(&error) => Ok(()),
            result => result,
        }
    }
}

#[derive(Default, Deserialize)]
struct Keys {
    #[serde(default, deserialize_with = "null::or_default")]
    keys: Vec<String>,
}

/// Some proxies refuse the verb LIST, so it is sent as GET.
pub(crate) fn list_request(path: Path) -> Request {
    Request::get(path).flag("list=true")
}

/// An empty folder and a missing object are answered with 404 and no word; a missing mount has its words.
pub(crate) fn says_nothing(error: &Error) -> bool {
    let Error::Api(error) = error else { return false };
    let list = error.body().and_then(|body| body.get("errors"));
    error.status() == 404 && error.messages().is_empty() && list.is_some()
}

/// Opens the envelope. Warnings go to the log, since most calls return the data alone.
fn heeded<T>(request: &Request, envelope: impl Into<Answer<T>>) -> Answer<T> {
    let answer = envelope.into();
    for warning in &answer.meta.warnings {
        tracing::warn!(method = request.method, path = request.path.as_str(), warning, "the server warns");
    }
    answer
}
