//! The key/value store: <https://developer.hashicorp.com/consul/api-docs/kv>.
//!
//! Values are bytes. A key may hold `/`; a key with `//` or a `.` or `..` segment is refused, since the server would
//! fold it into another key. Reading needs `key:read`, listing `key:list` or `key:read`, writing `key:write`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use crate::cas::Cas;
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

/// A key with its value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct Pair {
    /// The key.
    pub key: String,
    /// The value; empty for a key without one.
    #[serde(default, deserialize_with = "from_base64", serialize_with = "to_base64")]
    pub value: Bytes,
    /// A number for the application's own use.
    #[serde(default)]
    pub flags: u64,
    /// How often the key was locked.
    #[serde(default)]
    pub lock_index: u64,
    /// The session that holds the key's lock.
    #[serde(default)]
    pub session: Option<String>,
    /// When the key was made.
    pub create_index: Index,
    /// When the key was last written: the guard for [`Cas::At`].
    pub modify_index: Index,
}

fn from_base64<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Bytes, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?.unwrap_or_default();
    STANDARD.decode(text).map(Bytes::from).map_err(|_| serde::de::Error::custom("not base64"))
}

fn to_base64<S: Serializer>(value: &Bytes, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    serializer.serialize_str(&STANDARD.encode(value))
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

impl Kv {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Reads a key, or `None` when it does not exist. `GET /v1/kv/:key`.
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
    pub fn watch(&self, key: &str, options: &ReadOptions) -> Watch<Option<Pair>> {
        let subject = (self.clone(), key.to_owned());
        Watch::new(subject, options, |(kv, key), read| Box::pin(async move { kv.read_with(key, &read).await }))
    }

    /// Lists all keys below a prefix with their values. `GET /v1/kv/:prefix?recurse`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) when the token is not known, or without `key:list` where the agent's
    /// `enable_key_list_policy` is on; keys without `key:read` are left out.
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
    pub fn watch_list(&self, prefix: &str, options: &ReadOptions) -> Watch<Vec<Pair>> {
        let subject = (self.clone(), prefix.to_owned());
        Watch::new(subject, options, |(kv, prefix), read| Box::pin(async move { kv.list_with(prefix, &read).await }))
    }

    /// Lists the names of all keys below a prefix. `GET /v1/kv/:prefix?keys`.
    ///
    /// # Errors
    /// As [`Kv::list`].
    pub async fn keys(&self, prefix: &str) -> Result<Vec<String>> {
        Ok(self.query(key_request("GET", prefix)?.flag("keys")).await?.value)
    }

    /// Writes a key, whatever it held before. `PUT /v1/kv/:key`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `key:write`.
    pub async fn put(&self, key: &str, value: impl Into<Bytes>) -> Result<()> {
        self.put_with(key, value, &PutOptions::new()).await.map(drop)
    }

    /// Writes a key if the options allow it, and says whether it was written.
    ///
    /// # Errors
    /// As [`Kv::put`]. A guard that does not hold is no error but `false`.
    pub async fn put_with(&self, key: &str, value: impl Into<Bytes>, options: &PutOptions) -> Result<bool> {
        self.client.fetch(put_request(key, value.into(), options)?).await
    }

    /// Deletes a key; one that does not exist is fine too. `DELETE /v1/kv/:key`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `key:write`.
    pub async fn delete(&self, key: &str) -> Result<()> {
        self.client.execute(key_request("DELETE", key)?.idempotent()).await
    }

    /// Deletes a key if it was not written since `index`, and says whether that was so.
    ///
    /// # Errors
    /// As [`Kv::delete`].
    pub async fn delete_at(&self, key: &str, index: Index) -> Result<bool> {
        let request = key_request("DELETE", key)?.query("cas", index.0.to_string());
        self.client.fetch(request).await
    }

    /// Deletes all keys that begin with this prefix. `DELETE /v1/kv/:prefix?recurse`.
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

/// The server answers a `/` before or beside another with a redirect to a shorter, that is another, key. Written as
/// `%2F`, one at the beginning is kept; a double one never is.
fn key_request(method: &'static str, key: &str) -> Result<Request> {
    let request = Request::new(method, "/v1/kv/*key", [key])?;
    if key.contains("//") {
        return Err(request.refused("the server would read `//` in a key as `/`"));
    }
    if key.starts_with('/') { Request::new(method, "/v1/kv/:key", [key]) } else { Ok(request) }
}

fn put_request(key: &str, value: Bytes, options: &PutOptions) -> Result<Request> {
    let mut request = key_request("PUT", key)?.bytes(value, "application/octet-stream");
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
    use super::{Cas, Pair, PutOptions, key_request, put_request};
    use crate::meta::Index;

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

    #[test]
    fn a_key_is_sent_as_it_is_or_refused() {
        for (key, path) in [("", "/v1/kv/"), ("a/", "/v1/kv/a/"), ("/a/b", "/v1/kv/%2Fa%2Fb"), ("/", "/v1/kv/%2F")] {
            assert_eq!(key_request("GET", key).unwrap().path.as_str(), path);
        }
        for key in ["a//b", "//", "a//", "a/../b", "/./b", "."] {
            assert!(key_request("GET", key).is_err(), "{key}");
        }
    }

    #[test]
    fn values_are_bytes() {
        let text = r#"[{"LockIndex":0,"Key":"a","Flags":18446744073709551615,"Value":"//79","CreateIndex":5,"ModifyIndex":6},
                       {"LockIndex":0,"Key":"b","Flags":0,"Value":null,"CreateIndex":5,"ModifyIndex":6}]"#;
        let pairs: Vec<Pair> = serde_json::from_str(text).unwrap();
        assert_eq!(&pairs[0].value[..], [0xff, 0xfe, 0xfd]);
        assert_eq!(pairs[0].flags, u64::MAX);
        assert!(pairs[1].value.is_empty());
    }
}
