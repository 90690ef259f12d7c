//! The keys that gossip is encrypted with: <https://developer.hashicorp.com/consul/api-docs/operator/keyring>.
//!
//! A key is changed in three steps: every agent is given the new one, all encrypt with it, the old one is taken away.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};

use super::Operator;
use crate::error::Result;
use crate::redact::REDACTED;
use crate::transport::Request;
use crate::wire::null::or_default;

/// The keys of the agents of one gossip pool.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, from = "Wire")]
#[non_exhaustive]
pub struct Keyring {
    /// Whether it is that of the servers of all datacenters.
    #[serde(rename = "WAN")]
    pub wan: bool,
    /// The datacenter.
    pub datacenter: String,
    /// The network segment; Enterprise.
    pub segment: String,
    /// What agents say that could not answer, by their names.
    pub messages: BTreeMap<String, String>,
    /// The keys that agents know; `Serialize` writes `(redacted)` in their place.
    #[serde(serialize_with = "redacted")]
    pub keys: Vec<GossipKey>,
    /// The keys that agents encrypt with: more than one only while the key is changed.
    #[serde(serialize_with = "redacted")]
    pub primary_keys: Vec<GossipKey>,
    /// How many agents there are.
    pub num_nodes: i64,
    /// What this version of the crate does not know, as it came.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// A key.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct GossipKey {
    /// The key itself, in base64.
    pub key: SecretString,
    /// How many agents have it.
    pub nodes: i64,
}

/// A keyring as it comes: with the secrets as names.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Wire {
    #[serde(rename = "WAN", deserialize_with = "or_default")]
    wan: bool,
    #[serde(deserialize_with = "or_default")]
    datacenter: String,
    #[serde(deserialize_with = "or_default")]
    segment: String,
    #[serde(deserialize_with = "or_default")]
    messages: BTreeMap<String, String>,
    #[serde(deserialize_with = "or_default")]
    keys: Keys,
    #[serde(deserialize_with = "or_default")]
    primary_keys: Keys,
    #[serde(deserialize_with = "or_default")]
    num_nodes: i64,
    #[serde(flatten)]
    extra: Map<String, Value>,
}

/// The keys by how many agents have them, or what was written in their place.
#[derive(Deserialize)]
#[serde(untagged)]
enum Keys {
    Known(BTreeMap<String, i64>),
    Redacted(Redacted),
}

#[derive(Deserialize)]
enum Redacted {
    #[serde(rename = "(redacted)")]
    Redacted,
}

impl Default for Keys {
    fn default() -> Self {
        Self::Known(BTreeMap::new())
    }
}

impl From<Keys> for Vec<GossipKey> {
    fn from(keys: Keys) -> Self {
        match keys {
            Keys::Known(keys) => keys.into_iter().map(|(key, nodes)| GossipKey { key: key.into(), nodes }).collect(),
            Keys::Redacted(Redacted::Redacted) => Self::new(),
        }
    }
}

impl From<Wire> for Keyring {
    fn from(wire: Wire) -> Self {
        Self {
            wan: wire.wan,
            datacenter: wire.datacenter,
            segment: wire.segment,
            messages: wire.messages,
            keys: wire.keys.into(),
            primary_keys: wire.primary_keys.into(),
            num_nodes: wire.num_nodes,
            extra: wire.extra,
        }
    }
}

fn redacted<S: Serializer>(_keys: &[GossipKey], serializer: S) -> std::result::Result<S::Ok, S::Error> {
    serializer.serialize_str(REDACTED)
}

/// Options of [`Operator::keyring_with`].
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct KeyringOptions {
    local_only: bool,
    relay_factor: Option<u8>,
}

impl KeyringOptions {
    /// The defaults: all datacenters are asked.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks the own datacenter only.
    #[must_use]
    pub fn local_only(mut self) -> Self {
        self.local_only = true;
        self
    }

    /// Sends each answer through so many other agents as well, at most 5, for a network that loses packets.
    #[must_use]
    pub fn with_relay_factor(mut self, agents: u8) -> Self {
        self.relay_factor = Some(agents);
        self
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Body<'a> {
    key: &'a str,
}

impl Operator {
    /// Lists the keys that gossip is encrypted with, for each pool: that of the datacenter's agents and that of the
    /// servers of all datacenters. `GET /v1/operator/keyring`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/operator/keyring#list-gossip-encryption-keys)); needs
    /// `keyring:read`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// for pool in consul.operator().keyring().await? {
    ///     println!("{}: {} keys of {} agents", pool.datacenter, pool.keys.len(), pool.num_nodes);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `keyring:read`; the server says so when gossip is not
    /// encrypted.
    pub async fn keyring(&self) -> Result<Vec<Keyring>> {
        self.keyring_with(&KeyringOptions::new()).await
    }

    /// As [`Operator::keyring`], with options.
    ///
    /// # Errors
    /// As [`Operator::keyring`]; [`Reason::Invalid`](crate::Reason::Invalid) for a relay factor above 5.
    pub async fn keyring_with(&self, options: &KeyringOptions) -> Result<Vec<Keyring>> {
        Ok(self.client.answer_or_none(list_request(options)?).await?.value)
    }

    /// Gives all agents another key, in base64. `POST /v1/operator/keyring`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/operator/keyring#add-new-gossip-encryption-key)); needs
    /// `keyring:write`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// let key = "T2xkIGtleXMgbmV2ZXIgZGllLCB0aGV5IHJvdGF0ZSE=".into();
    /// consul.operator().install_key(&key).await?;
    /// consul.operator().use_key(&key).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `keyring:write`. The server refuses what is no key, and
    /// says so when an agent did not take it.
    pub async fn install_key(&self, key: &SecretString) -> Result<()> {
        self.client.execute(with_key(Request::post("/v1/operator/keyring", [])?, key)?.idempotent()).await
    }

    /// Lets all agents encrypt with a key that they have. `PUT /v1/operator/keyring`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/operator/keyring#change-primary-gossip-encryption-key));
    /// needs `keyring:write`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// consul.operator().use_key(&"T2xkIGtleXMgbmV2ZXIgZGllLCB0aGV5IHJvdGF0ZSE=".into()).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`Operator::install_key`]; the server refuses a key that agents do not have.
    pub async fn use_key(&self, key: &SecretString) -> Result<()> {
        self.client.execute(with_key(Request::put("/v1/operator/keyring", [])?, key)?.idempotent()).await
    }

    /// Takes a key from all agents. `DELETE /v1/operator/keyring`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/operator/keyring#delete-gossip-encryption-key)); needs
    /// `keyring:write`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// consul.operator().remove_key(&"T2xkIGtleXMgbmV2ZXIgZGllLCB0aGV5IHJvdGF0ZSE=".into()).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`Operator::install_key`]; the server refuses to give up the key that is in use.
    pub async fn remove_key(&self, key: &SecretString) -> Result<()> {
        self.client.execute(with_key(Request::delete("/v1/operator/keyring", [])?, key)?.idempotent()).await
    }
}

fn list_request(options: &KeyringOptions) -> Result<Request> {
    let mut request = Request::get("/v1/operator/keyring", [])?;
    if options.local_only {
        request = request.query("local-only", "true");
    }
    Ok(request.query_if("relay-factor", options.relay_factor.map(|agents| agents.to_string())))
}

/// A secret must not stand in a URL, so it goes in the body even where something is deleted.
fn with_key(request: Request, key: &SecretString) -> Result<Request> {
    request.json(&Body { key: key.expose_secret() })
}

#[cfg(test)]
mod tests {
    use super::{Keyring, KeyringOptions, list_request, with_key};
    use crate::transport::Request;

    #[test]
    fn t44_a_key_is_removed_by_a_body() {
        let request = with_key(Request::delete("/v1/operator/keyring", []).unwrap(), &"marker".into()).unwrap();
        assert_eq!((request.path.as_str(), request.query.as_str()), ("/v1/operator/keyring", ""));
        assert_eq!(&request.body.unwrap().content[..], br#"{"Key":"marker"}"#);
    }

    #[test]
    fn t09_an_option_of_a_keyring_has_a_value() {
        assert_eq!(list_request(&KeyringOptions::new()).unwrap().query, "");
        let options = KeyringOptions::new().local_only().with_relay_factor(3);
        assert_eq!(list_request(&options).unwrap().query, "local-only=true&relay-factor=3");
    }

    #[test]
    fn a_key_is_not_printed() {
        let text = r#"{"WAN":true,"Datacenter":"dc1","Segment":"","Messages":null,"Keys":{"marker":3},
            "PrimaryKeys":{"marker":3},"NumNodes":3,"Later":1}"#;
        let keyring: Keyring = serde_json::from_str(text).unwrap();
        assert_eq!((keyring.keys[0].nodes, keyring.primary_keys.len(), keyring.wan), (3, 1, true));
        for text in [format!("{keyring:?}"), serde_json::to_string(&keyring).unwrap()] {
            assert!(text.contains("Later") && !text.contains("marker"), "{text}");
        }
        // What was written can be read, without the keys.
        let again: Keyring = serde_json::from_value(serde_json::to_value(&keyring).unwrap()).unwrap();
        assert!(again.keys.is_empty() && again.num_nodes == 3);
    }
}
