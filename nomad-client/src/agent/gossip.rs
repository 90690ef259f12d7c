//! The keys that gossip between servers is encrypted with.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret as _, SecretString};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Value, json};

use super::Agent;
use crate::error::Result;
use crate::secret::REDACTED;
use crate::transport::Request;
use crate::wire::null;

/// The keys that the servers have.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, from = "Wire")]
#[non_exhaustive]
pub struct GossipKeys {
    /// What servers say that could not answer.
    pub messages: BTreeMap<String, String>,
    /// The keys; left out where this is written.
    #[serde(serialize_with = "redacted")]
    pub keys: Vec<GossipKey>,
    /// How many servers there are.
    pub num_nodes: u64,
}

/// A key.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct GossipKey {
    /// The key itself, in base64.
    pub key: SecretString,
    /// How many servers have it.
    pub nodes: u64,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Wire {
    #[serde(deserialize_with = "null::or_default")]
    messages: BTreeMap<String, String>,
    #[serde(deserialize_with = "keys")]
    keys: BTreeMap<String, u64>,
    num_nodes: u64,
}

/// None where this crate wrote the answer.
fn keys<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<BTreeMap<String, u64>, D::Error> {
    let value = Option::<Value>::deserialize(deserializer)?.filter(|value| value != REDACTED);
    value.map_or(Ok(BTreeMap::new()), serde_json::from_value).map_err(|_| D::Error::custom("not keys"))
}

impl From<Wire> for GossipKeys {
    fn from(wire: Wire) -> Self {
        let keys = wire.keys.into_iter().map(|(key, nodes)| GossipKey { key: key.into(), nodes });
        Self { messages: wire.messages, keys: keys.collect(), num_nodes: wire.num_nodes }
    }
}

fn redacted<S: Serializer>(_keys: &[GossipKey], serializer: S) -> std::result::Result<S::Ok, S::Error> {
    serializer.serialize_str(REDACTED)
}

impl Agent {
    /// Lists the keys that gossip is encrypted with. `GET /v1/agent/keyring/list`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/agent#list-gossip-keys)); needs
    /// `agent:write`.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// println!("{} keys", nomad.agent().gossip_keys().await?.keys.len());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `agent:write`; the server says so when gossip is not
    /// encrypted.
    pub async fn gossip_keys(&self) -> Result<GossipKeys> {
        self.client.get("/v1/agent/keyring/list", []).await
    }

    /// Gives all servers another key, in base64. `PUT /v1/agent/keyring/install`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/agent#install-gossip-key)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// let key = "T2xkIGtleXMgbmV2ZXIgZGllLCB0aGV5IHJvdGF0ZSE=".into();
    /// nomad.agent().install_gossip_key(&key).await?;
    /// nomad.agent().use_gossip_key(&key).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Agent::gossip_keys`].
    pub async fn install_gossip_key(&self, key: &SecretString) -> Result<GossipKeys> {
        self.change_gossip("/v1/agent/keyring/install", key).await
    }

    /// Encrypts with this key from now on. `PUT /v1/agent/keyring/use`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/agent#use-gossip-key)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// nomad.agent().use_gossip_key(&"T2xkIGtleXMgbmV2ZXIgZGllLCB0aGV5IHJvdGF0ZSE=".into()).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Agent::gossip_keys`]; the servers refuse a key that they do not have.
    pub async fn use_gossip_key(&self, key: &SecretString) -> Result<GossipKeys> {
        self.change_gossip("/v1/agent/keyring/use", key).await
    }

    /// Takes a key from all servers. `PUT /v1/agent/keyring/remove`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/agent#remove-gossip-key)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// nomad.agent().remove_gossip_key(&"T2xkIGtleXMgbmV2ZXIgZGllLCB0aGV5IHJvdGF0ZSE=".into()).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Agent::gossip_keys`]; the servers refuse to give up the key that is in use.
    pub async fn remove_gossip_key(&self, key: &SecretString) -> Result<GossipKeys> {
        self.change_gossip("/v1/agent/keyring/remove", key).await
    }

    async fn change_gossip(&self, route: &'static str, key: &SecretString) -> Result<GossipKeys> {
        let body = json!({ "Key": key.expose_secret() });
        self.client.fetch(Request::put(route, [])?.json(&body)?.idempotent()).await
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::GossipKeys;

    #[test]
    fn what_is_written_without_the_keys_can_be_read() {
        let keys: GossipKeys = serde_json::from_str(r#"{"Messages":{},"Keys":{"c2VjcmV0":3},"NumNodes":3}"#).unwrap();
        assert_eq!((keys.keys[0].key.expose_secret(), keys.keys[0].nodes), ("c2VjcmV0", 3));
        let written = serde_json::to_string(&keys).unwrap();
        assert_eq!(written, r#"{"Messages":{},"Keys":"(redacted)","NumNodes":3}"#);
        let again: GossipKeys = serde_json::from_str(&written).unwrap();
        assert!(again.keys.is_empty() && again.num_nodes == 3);
    }
}
