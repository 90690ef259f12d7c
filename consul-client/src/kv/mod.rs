//! The key/value store: <https://developer.hashicorp.com/consul/api-docs/kv>.
//!
//! Values are bytes. A key may hold `/`; one that the server would fold into another (`//`, `.`), or that it refuses
//! (`..`, spaces at an end, also percent-encoded), is refused here. Reading needs `key:read`, listing `key:list` or
//! `key:read`, writing `key:write`.

mod key;
mod pair;

use bytes::Bytes;

pub(crate) use self::key::check;
use self::key::key_request;
pub use self::pair::Pair;
pub(crate) use self::pair::{from_base64, to_base64};
pub use crate::cas::{Cas, Outcome};
use crate::client::Client;
use crate::error::Result;
use crate::meta::{Answer, Index, Meta};
use crate::options::ReadOptions;
use crate::transport::{Decode, Request, json};
use crate::watch::Watch;

/// Handle made by [`Client::kv`].
#[derive(Clone, Debug)]
pub struct Kv {
    client: Client,
}

/// Options of [`Kv::put_with`].
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct PutOptions {
    cas: Cas,
    flags: Option<u64>,
    acquire: Option<String>,
    release: Option<String>,
}

impl PutOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Writes only if this is true. Cannot be combined with acquiring or releasing.
    #[must_use]
    pub fn with_cas(mut self, cas: Cas) -> Self {
        self.cas = cas;
        self
    }

    /// A number for the application's own use.
    #[must_use]
    pub fn with_flags(mut self, flags: u64) -> Self {
        self.flags = Some(flags);
        self
    }

    /// Takes the key's lock for this session.
    #[must_use]
    pub fn acquiring(mut self, session: impl Into<String>) -> Self {
        self.acquire = Some(session.into());
        self
    }

    /// Gives the key's lock back.
    #[must_use]
    pub fn releasing(mut self, session: impl Into<String>) -> Self {
        self.release = Some(session.into());
        self
    }
}

/// Options of [`Kv::keys_with`].
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct KeysOptions {
    separator: Option<String>,
    read: ReadOptions,
}

impl KeysOptions {
    /// The defaults: all keys, however deep.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lists a key only up to the first separator after the prefix: with `/` what a folder holds.
    #[must_use]
    pub fn with_separator(mut self, separator: impl Into<String>) -> Self {
        self.separator = Some(separator.into());
        self
    }

    /// How it is read.
    #[must_use]
    pub fn with_read(mut self, read: ReadOptions) -> Self {
        self.read = read;
        self
    }
}

impl Kv {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Reads a key, or `None` when it does not exist.
    ///
    /// `GET /v1/kv/:key` ([API](https://developer.hashicorp.com/consul/api-docs/kv#read-key)), needs `key:read`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// if let Some(pair) = consul.kv().read("app/replicas").await? {
    ///     println!("{} bytes, written at {}", pair.value.len(), pair.modify_index.0);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `key:read`.
    pub async fn read(&self, key: &str) -> Result<Option<Pair>> {
        Ok(self.read_with(key, &ReadOptions::new()).await?.value)
    }

    /// As [`Kv::read`], with options and the index to wait on, which a missing key has too.
    ///
    /// # Errors
    /// As [`Kv::read`].
    pub async fn read_with(&self, key: &str, options: &ReadOptions) -> Result<Answer<Option<Pair>>> {
        let pairs = self.query(options.apply(key_request("GET", key)?)).await?;
        Ok(pairs.map(|pairs: Vec<Pair>| pairs.into_iter().next()))
    }

    /// Watches a key: its value now and after each write, and `None` while it does not exist. `GET /v1/kv/:key`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/kv#read-key)); needs `key:read`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// use consul_client::ReadOptions;
    /// use futures_util::StreamExt as _;
    ///
    /// let mut level = consul.kv().watch("latticedb/config/log_level", &ReadOptions::new());
    /// while let Some(answer) = level.next().await {
    ///     let text = answer?.value.map(|pair| String::from_utf8_lossy(&pair.value).into_owned());
    ///     println!("the log level is {text:?}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// An item may be an error as those of [`Kv::read`]; the watch goes on after it.
    pub fn watch(&self, key: &str, options: &ReadOptions) -> Watch<Option<Pair>> {
        let subject = (self.clone(), key.to_owned());
        Watch::new(subject, options, |(kv, key), read| Box::pin(async move { kv.read_with(key, &read).await }))
    }

    /// Reads the value of a key alone, or `None` when the key does not exist.
    ///
    /// `GET /v1/kv/:key?raw` ([API](https://developer.hashicorp.com/consul/api-docs/kv#raw)), needs `key:read`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// let logo = consul.kv().read_raw("app/logo.png").await?.unwrap_or_default();
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `key:read`.
    pub async fn read_raw(&self, key: &str) -> Result<Option<Bytes>> {
        Ok(self.read_raw_with(key, &ReadOptions::new()).await?.value)
    }

    /// As [`Kv::read_raw`], with options and the index to wait on.
    ///
    /// # Errors
    /// As [`Kv::read_raw`].
    pub async fn read_raw_with(&self, key: &str, options: &ReadOptions) -> Result<Answer<Option<Bytes>>> {
        let request = options.apply(key_request("GET", key)?.flag("raw")).data_statuses(&[404]);
        let reply = self.client.send(request).await?;
        let meta = Meta::of(&reply.headers);
        Ok(Answer { value: (reply.status != 404).then_some(reply.body), meta })
    }

    /// Lists all keys below a prefix with their values.
    ///
    /// `GET /v1/kv/:prefix?recurse` ([API](https://developer.hashicorp.com/consul/api-docs/kv#recurse)), needs
    /// `key:read`, or `key:list` where the agent's `enable_key_list_policy` is on.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// for pair in consul.kv().list("app/").await? {
    ///     println!("{}: {} bytes", pair.key, pair.value.len());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) when the token is not known, or without `key:list` where it is
    /// needed; keys without `key:read` are left out.
    pub async fn list(&self, prefix: &str) -> Result<Vec<Pair>> {
        Ok(self.list_with(prefix, &ReadOptions::new()).await?.value)
    }

    /// As [`Kv::list`], with options and the index to wait on.
    ///
    /// # Errors
    /// As [`Kv::list`].
    pub async fn list_with(&self, prefix: &str, options: &ReadOptions) -> Result<Answer<Vec<Pair>>> {
        self.query(options.apply(key_request("GET", prefix)?.flag("recurse"))).await
    }

    /// Watches all keys below a prefix. `GET /v1/kv/:prefix?recurse`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/kv#read-key)); needs `key:read`, or `key:list` where the
    /// agent's `enable_key_list_policy` is on.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// use consul_client::ReadOptions;
    /// use futures_util::StreamExt as _;
    ///
    /// let mut keys = consul.kv().watch_list("latticedb/", &ReadOptions::new()).keyed(|pair| pair.key.clone());
    /// while let Some(update) = keys.next().await {
    ///     for change in update?.changes {
    ///         println!("{} was added, changed or removed", change.key());
    ///     }
    ///     println!("there are {} keys", keys.current().len());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// An item may be an error as those of [`Kv::list`]; the watch goes on after it.
    pub fn watch_list(&self, prefix: &str, options: &ReadOptions) -> Watch<Vec<Pair>> {
        let subject = (self.clone(), prefix.to_owned());
        Watch::new(subject, options, |(kv, prefix), read| Box::pin(async move { kv.list_with(prefix, &read).await }))
    }

    /// Lists the names of all keys below a prefix.
    ///
    /// `GET /v1/kv/:prefix?keys` ([API](https://developer.hashicorp.com/consul/api-docs/kv#keys)), needs what
    /// [`Kv::list`] does.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// println!("{}", consul.kv().keys("app/").await?.join("\n"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Kv::list`].
    pub async fn keys(&self, prefix: &str) -> Result<Vec<String>> {
        Ok(self.keys_with(prefix, &KeysOptions::new()).await?.value)
    }

    /// As [`Kv::keys`], with options and the index to wait on.
    ///
    /// ```no_run
    /// # use consul_client::kv::KeysOptions;
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// let folders = consul.kv().keys_with("", &KeysOptions::new().with_separator("/")).await?.value;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Kv::list`].
    pub async fn keys_with(&self, prefix: &str, options: &KeysOptions) -> Result<Answer<Vec<String>>> {
        self.query(keys_request(prefix, options)?).await
    }

    /// Writes a key, whatever it held before.
    ///
    /// `PUT /v1/kv/:key` ([API](https://developer.hashicorp.com/consul/api-docs/kv#create-update-key)), needs
    /// `key:write`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// consul.kv().put("app/replicas", "5").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `key:write`;
    /// [`Reason::TooLarge`](crate::Reason::TooLarge) above the agent's `kv_max_value_size`, 512 KiB by default.
    pub async fn put(&self, key: &str, value: impl Into<Bytes>) -> Result<()> {
        self.put_with(key, value, &PutOptions::new()).await.map(|_| ())
    }

    /// As [`Kv::put`], if the options allow it (`?cas=…`, `?acquire=…`, `?release=…`).
    ///
    /// ```no_run
    /// # use consul_client::kv::{Cas, PutOptions};
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// let options = PutOptions::new().with_cas(Cas::Absent).with_flags(42);
    /// if !consul.kv().put_with("app/replicas", "5", &options).await?.is_applied() {
    ///     println!("it exists already");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Kv::put`]. A guard that does not hold is no error but [`Outcome::Refused`].
    pub async fn put_with(&self, key: &str, value: impl Into<Bytes>, options: &PutOptions) -> Result<Outcome> {
        let request = put_request(key, value.into(), options)?;
        Ok(self.client.fetch::<bool>(request).await?.into())
    }

    /// Deletes a key; one that does not exist is fine too.
    ///
    /// `DELETE /v1/kv/:key` ([API](https://developer.hashicorp.com/consul/api-docs/kv#delete-key)), needs `key:write`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// consul.kv().delete("app/replicas").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `key:write`.
    pub async fn delete(&self, key: &str) -> Result<()> {
        self.client.execute(delete_request(key)?.idempotent()).await
    }

    /// Deletes a key if it was not written since `index`.
    ///
    /// `DELETE /v1/kv/:key?cas=…` ([API](https://developer.hashicorp.com/consul/api-docs/kv#delete-key)), needs
    /// `key:write`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// if let Some(pair) = consul.kv().read("app/replicas").await? {
    ///     let gone = consul.kv().delete_at(&pair.key, pair.modify_index).await?.is_applied();
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Kv::delete`]. A key that was written since is no error but [`Outcome::Refused`].
    pub async fn delete_at(&self, key: &str, index: Index) -> Result<Outcome> {
        let request = delete_request(key)?.query("cas", index.0.to_string());
        Ok(self.client.fetch::<bool>(request).await?.into())
    }

    /// Deletes all keys that begin with this prefix.
    ///
    /// `DELETE /v1/kv/:prefix?recurse` ([API](https://developer.hashicorp.com/consul/api-docs/kv#recurse-2)), needs
    /// `key:write` on the prefix. The prefix is a text, not a folder: `app` takes `apple` along, `app/` does not.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// consul.kv().delete_tree("app/").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `key:write` on the prefix; an empty prefix is refused.
    pub async fn delete_tree(&self, prefix: &str) -> Result<()> {
        let request = key_request("DELETE", prefix)?.flag("recurse").idempotent();
        if prefix.is_empty() {
            return Err(request.refused("an empty prefix would delete every key"));
        }
        self.client.execute(request).await
    }

    /// A missing key is answered with 404, an empty body and the index to wait on.
    async fn query<T: Decode + Default>(&self, request: Request) -> Result<Answer<T>> {
        let request = request.data_statuses(&[404]);
        let reply = self.client.send(request.clone()).await?;
        let value = if reply.status == 404 { T::default() } else { json(&request, &reply)? };
        Ok(Answer { value, meta: Meta::of(&reply.headers) })
    }
}

/// Without a key the server would look at the whole store, or say no more than 400.
fn delete_request(key: &str) -> Result<Request> {
    let request = key_request("DELETE", key)?;
    if key.is_empty() { Err(request.refused("the key is empty")) } else { Ok(request) }
}

fn keys_request(prefix: &str, options: &KeysOptions) -> Result<Request> {
    let mut request = key_request("GET", prefix)?.flag("keys");
    if let Some(separator) = &options.separator {
        request = request.query("separator", separator);
    }
    Ok(options.read.apply(request))
}

fn put_request(key: &str, value: Bytes, options: &PutOptions) -> Result<Request> {
    let mut request = key_request("PUT", key)?.bytes(value, "application/octet-stream");
    let conditions = [options.cas != Cas::Any, options.acquire.is_some(), options.release.is_some()];
    if conditions.into_iter().filter(|set| *set).count() > 1 {
        return Err(request.refused("a guard, acquiring and releasing exclude each other"));
    }
    if let Some(flags) = options.flags {
        request = request.query("flags", flags.to_string());
    }
    for (name, session) in [("acquire", &options.acquire), ("release", &options.release)] {
        if let Some(session) = session {
            request = request.query(name, session);
        }
    }
    request = options.cas.apply(request);
    // A lock that is given back twice reports the second time that nothing was given back.
    request.idempotent &= options.release.is_none();
    Ok(request)
}

#[cfg(test)]
mod tests {
    use super::{Cas, KeysOptions, Kv, Outcome, Pair, PutOptions, delete_request, keys_request, put_request};
    use crate::client::Client;
    use crate::config::Config;
    use crate::meta::Index;
    use crate::options::{Consistency, ReadOptions};
    use wiremock::matchers::any;
    use wiremock::{Mock, MockServer, ResponseTemplate};

    async fn answering(response: ResponseTemplate) -> (MockServer, Kv) {
        let server = MockServer::start().await;
        Mock::given(any()).respond_with(response).mount(&server).await;
        let client = Client::new(&Config::new(&server.uri()).unwrap()).unwrap();
        (server, client.kv())
    }

    #[test]
    fn guards_are_sent_and_not_repeated() {
        let request = |options: &PutOptions| put_request("a/b", "v".into(), options).unwrap();
        let plain = request(&PutOptions::new());
        assert_eq!((plain.path.as_str(), plain.query.as_str(), plain.idempotent), ("/v1/kv/a/b", "", true));
        let absent = request(&PutOptions::new().with_cas(Cas::Absent).with_flags(7));
        assert_eq!((absent.query.as_str(), absent.idempotent), ("flags=7&cas=0", false));
        let at = request(&PutOptions::new().with_cas(Cas::At(Index(9))));
        assert_eq!((at.query.as_str(), at.idempotent), ("cas=9", false));
        let release = request(&PutOptions::new().releasing("s"));
        assert_eq!((release.query.as_str(), release.idempotent), ("release=s", false));
    }

    #[tokio::test]
    async fn t07_a_missing_key_carries_an_index() {
        let missing = ResponseTemplate::new(404).insert_header("x-consul-index", "41");
        let (_server, kv) = answering(missing).await;
        let read = kv.read_with("a", &ReadOptions::new()).await.unwrap();
        assert_eq!((read.value, read.meta.index), (None, Some(Index(41))));
        let raw = kv.read_raw_with("a", &ReadOptions::new()).await.unwrap();
        assert_eq!((raw.value, raw.meta.index), (None, Some(Index(41))));
        let keys = kv.keys_with("a/", &KeysOptions::new()).await.unwrap();
        assert_eq!((keys.value.len(), keys.meta.index), (0, Some(Index(41))));
        let list = kv.list_with("a/", &ReadOptions::new()).await.unwrap();
        assert_eq!((list.value.len(), list.meta.index), (0, Some(Index(41))));
    }

    #[test]
    fn t09_flags_stand_without_a_value() {
        let read = ReadOptions::new().with_consistency(Consistency::Stale);
        let options = KeysOptions::new().with_separator("/").with_read(read);
        assert_eq!(keys_request("a/", &options).unwrap().query, "keys&separator=%2F&stale");
        assert_eq!(keys_request("a/", &KeysOptions::new()).unwrap().query, "keys");
        assert_eq!(delete_request("a").unwrap().query, "");
        assert!(delete_request("").is_err());
    }

    #[test]
    fn t10_what_excludes_each_other_is_refused_here() {
        let cas = PutOptions::new().with_cas(Cas::Absent);
        for options in
            [cas.clone().acquiring("s"), cas.clone().releasing("s"), PutOptions::new().acquiring("s").releasing("s")]
        {
            assert!(put_request("a", "".into(), &options).is_err(), "{options:?}");
        }
    }

    #[tokio::test]
    async fn t22_a_guard_that_does_not_hold_is_an_answer() {
        let (_server, kv) = answering(ResponseTemplate::new(200).set_body_string("false\n")).await;
        let options = PutOptions::new().with_cas(Cas::Absent);
        assert_eq!(kv.put_with("a", "", &options).await.unwrap(), Outcome::Refused);
        assert!(!kv.delete_at("a", Index(7)).await.unwrap().is_applied());
    }

    #[test]
    fn t27_values_are_bytes() {
        let text = r#"[{"LockIndex":0,"Key":"a","Flags":18446744073709551615,"Value":"//79","CreateIndex":5,"ModifyIndex":6},
                       {"LockIndex":0,"Key":"b","Flags":0,"Value":null,"CreateIndex":5,"ModifyIndex":6}]"#;
        let pairs: Vec<Pair> = serde_json::from_str(text).unwrap();
        assert_eq!(&pairs[0].value[..], [0xff, 0xfe, 0xfd]);
        assert_eq!(pairs[0].flags, u64::MAX);
        assert!(pairs[1].value.is_empty());
        let sent = put_request("a", vec![0xff, 0xfe].into(), &PutOptions::new()).unwrap().body.unwrap();
        assert_eq!((&sent.content[..], sent.content_type), (&[0xff, 0xfe][..], "application/octet-stream"));
    }

    #[tokio::test]
    async fn peer_a_key_is_deleted_without_its_neighbours() {
        // rs-consul sends `?recurse=false`, which the server reads as `recurse`: `delete("a")` takes `ab` along.
        let (server, kv) = answering(ResponseTemplate::new(200).set_body_string("true")).await;
        kv.delete("a").await.unwrap();
        kv.read("a").await.unwrap_err();
        let sent = server.received_requests().await.unwrap();
        assert!(sent.iter().all(|request| request.url.query().is_none()), "{sent:?}");
    }

    #[tokio::test]
    async fn peer_a_datacenter_is_no_part_of_the_key() {
        // rs-consul writes the key `a&dc=dc1`.
        let server = MockServer::start().await;
        Mock::given(any()).respond_with(ResponseTemplate::new(200).set_body_string("true")).mount(&server).await;
        let client = Client::new(&Config::new(&server.uri()).unwrap()).unwrap();
        client.in_datacenter("dc1").kv().put("a", "v").await.unwrap();
        let sent = &server.received_requests().await.unwrap()[0];
        assert_eq!((sent.url.path(), sent.url.query(), &sent.body[..]), ("/v1/kv/a", Some("dc=dc1"), &b"v"[..]));
    }
}
