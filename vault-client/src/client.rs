//! The client, and what its clones share.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::auth::Auth;
use crate::codec::Withheld;
use crate::config::Config;
use crate::credential::{Credential, Source, Token};
use crate::error::{DecodeError, Error, Result};
use crate::leased::{Lease, Leased};
use crate::meta::{Answer, AuthEnvelope, Envelope};
use crate::transport::{Decode, Opened, Reply, Request, Transport, json};
use crate::wire::null;
use crate::wrapped::Detour;
use crate::{approle, database, identity, jwt, kv1, kv2, pki, raw, sys, token, transit};

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
    detour: Option<Detour>,
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
            scope: Scope { namespace: config.namespace.clone(), timeout: None, detour: None },
        })
    }

    /// The same connections with another token.
    #[must_use]
    pub fn with_token(&self, token: Token) -> Self {
        Self { source: Source::new(Credential::Static(token)), ..self.clone() }
    }

    /// The same connections with tokens of another source.
    #[must_use]
    pub fn with_credential(&self, credential: Credential) -> Self {
        Self { source: Source::new(credential), ..self.clone() }
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

    /// The KV engine, version 1, at this mount.
    pub fn kv1(&self, mount: impl Into<String>) -> kv1::Kv1 {
        kv1::Kv1::new(self.clone(), mount.into())
    }

    /// The KV engine, version 2, at this mount.
    pub fn kv2(&self, mount: impl Into<String>) -> kv2::Kv2 {
        kv2::Kv2::new(self.clone(), mount.into())
    }

    /// The `AppRole` auth method at this mount, which is named without `auth/`.
    pub fn approle(&self, mount: impl Into<String>) -> approle::AppRole {
        approle::AppRole::new(self.clone(), mount.into())
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

    pub(crate) fn detoured(&self, detour: Detour) -> Self {
        let mut client = self.clone();
        client.scope.detour = Some(detour);
        client
    }

    pub(crate) fn direct(&self) -> Self {
        let mut client = self.clone();
        client.scope.detour = None;
        client
    }

    pub(crate) async fn send(&self, request: Request) -> Result<Reply> {
        if let Some(detour) = &self.scope.detour {
            // In a box, since it sends by this same function.
            return Box::pin(self.detour(request, detour)).await;
        }
        self.transport.send(&self.scoped(request), &self.source).await
    }

    /// Sends a request whose answer is read while it comes.
    pub(crate) async fn open(&self, request: Request) -> Result<Opened> {
        self.transport.open(&self.scoped(request), &self.source).await
    }

    fn scoped(&self, mut request: Request) -> Request {
        let named = request.headers.iter().any(|(name, _)| *name == NAMESPACE_HEADER);
        if let Some(namespace) = self.scope.namespace.as_ref().filter(|namespace| !named && !namespace.is_empty()) {
            request.headers.push((NAMESPACE_HEADER, namespace.clone()));
        }
        let own = request.timeout;
        request.timeout(self.scope.timeout).timeout(own)
    }

    /// Sends a request whose answer stands without an envelope.
    pub(crate) async fn flat<T: Decode>(&self, request: Request) -> Result<T> {
        let reply = self.send(request.clone()).await?;
        json(&request, &reply)
    }

    /// Sends a request and reads the data of its answer, with the rest of the envelope.
    pub(crate) async fn answer<T: Decode>(&self, request: Request) -> Result<Answer<T>> {
        Ok(heeded(&request, self.flat::<Envelope<T>>(request.clone()).await?))
    }

    /// Sends a request and reads the data of its answer.
    pub(crate) async fn fetch<T: Decode>(&self, request: Request) -> Result<T> {
        Ok(self.answer(request).await?.value)
    }

    /// As [`Client::fetch`], with nothing where the server says that there is nothing.
    pub(crate) async fn find<T: Decode>(&self, request: Request) -> Result<Option<T>> {
        match self.send(request.clone()).await {
            Ok(reply) if reply.body.is_empty() => Ok(None),
            Ok(reply) => Ok(heeded(&request, json::<Envelope<Option<T>>>(&request, &reply)?).value),
            Err(error) if says_nothing(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Sends a request whose answer brings something with a lease.
    pub(crate) async fn leased<T: Decode>(&self, request: Request) -> Result<Leased<T>> {
        let Answer { value, meta } = self.answer(request.clone()).await?;
        match meta.lease {
            Some(lease) => Ok(Leased { lease, data: value }),
            None => Err(without_lease(&request)),
        }
    }

    /// Sends a request whose answer is a lease and nothing else.
    pub(crate) async fn lease(&self, request: Request) -> Result<Lease> {
        Ok(self.leased::<Option<Withheld>>(request).await?.lease)
    }

    /// Sends a request whose answer brings a token.
    pub(crate) async fn login(&self, request: Request) -> Result<Answer<Auth>> {
        Ok(heeded(&request, self.flat::<AuthEnvelope<Auth>>(request.clone()).await?))
    }

    /// Sends a request whose answer says nothing, or nothing but warnings.
    pub(crate) async fn execute(&self, request: Request) -> Result<()> {
        let reply = self.send(request.clone()).await?;
        if !reply.body.is_empty() {
            heeded(&request, json::<Envelope<Option<Withheld>>>(&request, &reply)?);
        }
        Ok(())
    }

    /// Reads an object, or nothing where it does not exist.
    pub(crate) async fn read<T: Decode, const N: usize>(
        &self,
        route: &'static str,
        arguments: [&str; N],
    ) -> Result<Option<T>> {
        self.find(Request::get(route, arguments)?).await
    }

    /// Lists the names in a folder; a folder without any does not exist, which is no error.
    pub(crate) async fn list<const N: usize>(&self, route: &'static str, arguments: [&str; N]) -> Result<Vec<String>> {
        Ok(self.list_as::<Keys, N>(route, arguments).await?.keys)
    }

    /// As [`Client::list`], with what stands beside the names.
    pub(crate) async fn list_as<T: Decode + Default, const N: usize>(
        &self,
        route: &'static str,
        arguments: [&str; N],
    ) -> Result<T> {
        Ok(self.find(list_request(route, arguments)?).await?.unwrap_or_default())
    }

    /// Writes an object as a whole, so that doing it twice changes nothing.
    pub(crate) async fn put<const N: usize>(
        &self,
        route: &'static str,
        arguments: [&str; N],
        body: &impl Serialize,
    ) -> Result<()> {
        self.execute(Request::post(route, arguments)?.json(body)?.idempotent()).await
    }

    /// Deletes an object; one that does not exist is fine too.
    pub(crate) async fn delete<const N: usize>(&self, route: &'static str, arguments: [&str; N]) -> Result<()> {
        match self.execute(Request::delete(route, arguments)?.idempotent()).await {
            Err(error) if says_nothing(&error) => Ok(()),
            result => result,
        }
    }
}

fn without_lease(request: &Request) -> Error {
    Error::Decode(Box::new(DecodeError {
        method: request.method,
        path: request.path.as_str().to_owned(),
        status: 200,
        content_type: "application/json".to_owned(),
        problem: "there is no lease",
        line: 1,
        column: 1,
    }))
}

#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Keys {
    #[serde(default, deserialize_with = "null::or_default")]
    pub(crate) keys: Vec<String>,
}

/// What stands beside the names of a list.
#[derive(Serialize, Deserialize)]
pub(crate) struct KeyInfo<T> {
    #[serde(default, deserialize_with = "null::or_default")]
    keys: Vec<String>,
    #[serde(default = "BTreeMap::new")]
    pub(crate) key_info: BTreeMap<String, T>,
}

impl<T> Default for KeyInfo<T> {
    fn default() -> Self {
        Self { keys: Vec::new(), key_info: BTreeMap::new() }
    }
}

/// Some proxies refuse the verb LIST, so it is sent as GET.
pub(crate) fn list_request<const N: usize>(route: &'static str, arguments: [&str; N]) -> Result<Request> {
    Ok(Request::get(route, arguments)?.flag("list=true"))
}

/// A change of some fields, in which `null` removes one.
pub(crate) fn merge_request(request: Request, change: &impl Serialize) -> Result<Request> {
    let body = serde_json::to_vec(change).map_err(|_| request.refused("the change cannot be written as JSON"))?;
    Ok(request.bytes(body.into(), "application/merge-patch+json"))
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use wiremock::matchers::{header, method, path, query_param};
    use wiremock::{Mock, MockServer, Request, ResponseTemplate};

    use super::Client;
    use crate::config::Config;
    use crate::credential::Token;
    use crate::kv2::{Fields, Kv2Read};

    async fn server(answers: &[(&str, u16, &str)]) -> (MockServer, Client) {
        let server = MockServer::start().await;
        for (place, status, body) in answers {
            let answer = ResponseTemplate::new(*status).set_body_raw(*body, "application/json");
            Mock::given(path(*place)).respond_with(answer).mount(&server).await;
        }
        let config = Config::new(&server.uri()).unwrap().with_token(Token::new("t").unwrap());
        (server, Client::new(&config).unwrap())
    }

    fn names(request: &Request) -> Option<&str> {
        request.headers.get("x-vault-namespace").map(|value| value.to_str().unwrap())
    }

    #[tokio::test]
    async fn t11_t27_t29_every_call_says_who_where_and_that_it_is_meant() {
        let (server, client) = server(&[]).await;
        Mock::given(method("GET"))
            .and(header("x-vault-token", "t"))
            .and(header("x-vault-request", "true"))
            .and(query_param("list", "true"))
            .respond_with(ResponseTemplate::new(200).set_body_raw(r#"{"data":{"keys":["a"]}}"#, "application/json"))
            .expect(3)
            .mount(&server)
            .await;
        for client in [client.clone(), client.in_namespace("team"), client.in_namespace("team").in_namespace("")] {
            assert_eq!(client.kv2("secret").list("").await.unwrap(), ["a"]);
        }
        let requests = server.received_requests().await.unwrap();
        assert_eq!(requests.iter().map(names).collect::<Vec<_>>(), [None, Some("team"), None]);
    }

    #[tokio::test]
    async fn t02_peer_d8_an_empty_folder_is_not_a_missing_mount() {
        let (_server, client) = server(&[
            ("/v1/empty/metadata/", 404, r#"{"errors":[]}"#),
            ("/v1/missing/metadata/", 404, r#"{"errors":["no handler for route \"missing/metadata/\"."]}"#),
            ("/v1/proxy/metadata/", 404, "not here"),
            ("/v1/null/metadata/", 200, r#"{"data":{"keys":null}}"#),
        ])
        .await;
        for mount in ["empty", "null"] {
            assert!(client.kv2(mount).list("").await.unwrap().is_empty(), "{mount}");
        }
        for mount in ["missing", "proxy"] {
            assert!(client.kv2(mount).list("").await.unwrap_err().is_not_found(), "{mount}");
        }
    }

    #[tokio::test]
    async fn t03_peer_d8_a_deleted_version_is_data() {
        let body = r#"{"data":{"data":null,"metadata":{"created_time":"2026-11-23T17:47:17.721674729Z",
            "custom_metadata":null,"deletion_time":"2026-11-23T17:47:17.796896868Z","destroyed":false,"version":3}}}"#;
        let (_server, client) =
            server(&[("/v1/kv/data/gone", 404, body), ("/v1/kv/data/never", 404, r#"{"errors":[]}"#)]).await;
        let read = client.kv2("kv").read::<Fields>("gone").await.unwrap().unwrap();
        assert!(matches!(&read, Kv2Read::Deleted { metadata } if metadata.version == 3), "{read:?}");
        assert!(client.kv2("kv").read::<Fields>("never").await.unwrap().is_none());
    }

    #[tokio::test]
    async fn t01_success_is_read_by_its_body_and_not_by_its_status() {
        let warned = r#"{"request_id":"r","data":null,"warnings":["ignored"]}"#;
        let (_server, client) =
            server(&[("/v1/sys/policies/acl/a", 204, ""), ("/v1/sys/policies/acl/b", 200, warned)]).await;
        for name in ["a", "b"] {
            client.sys().policies().put(name, "path \"a\" {}").await.unwrap();
            assert!(client.sys().policies().read(name).await.unwrap().is_none());
        }
    }

    #[tokio::test]
    async fn the_deadline_of_a_clone_is_its_own() {
        let server = MockServer::start().await;
        let slow = ResponseTemplate::new(200).set_delay(Duration::from_secs(60));
        Mock::given(method("GET")).respond_with(slow).mount(&server).await;
        let client = Client::new(&Config::new(&server.uri()).unwrap()).unwrap();
        let error = client.with_timeout(Duration::from_millis(20)).sys().leader().await.unwrap_err();
        assert!(error.is_timeout(), "{error}");
    }
}
