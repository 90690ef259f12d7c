//! Types of the `AppRole` auth method.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use secrecy::SecretString;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};

use crate::auth::TokenType;
use crate::codec;
use crate::wire::{duration, null, time};

/// Who may log in, and what they get.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Role {
    /// Whether a login needs a secret id; otherwise the addresses have to be bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bind_secret_id: Option<bool>,
    /// The addresses from which a secret id can be used; empty for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_id_bound_cidrs: Option<Vec<String>>,
    /// How many logins a secret id is good for; 0 without limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_id_num_uses: Option<u64>,
    /// How long a secret id lives; zero for ever.
    #[serde(default, with = "duration::seconds", skip_serializing_if = "Option::is_none")]
    pub secret_id_ttl: Option<Duration>,
    /// Whether secret ids are left out of replication. This can never be changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub local_secret_ids: Option<bool>,
    /// The policies of the tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_policies: Option<Vec<String>>,
    /// How long a token lives; zero for what the mount is set to.
    #[serde(default, with = "duration::seconds", skip_serializing_if = "Option::is_none")]
    pub token_ttl: Option<Duration>,
    /// How long a token can be renewed; zero for what the mount is set to.
    #[serde(default, with = "duration::seconds", skip_serializing_if = "Option::is_none")]
    pub token_max_ttl: Option<Duration>,
    /// How long a token lives at most, whatever else is set; zero for no such limit.
    #[serde(default, with = "duration::seconds", skip_serializing_if = "Option::is_none")]
    pub token_explicit_max_ttl: Option<Duration>,
    /// How long each renewal makes a token live, without any end; zero for tokens that have one.
    #[serde(default, with = "duration::seconds", skip_serializing_if = "Option::is_none")]
    pub token_period: Option<Duration>,
    /// The addresses from which a token can be used; empty for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_bound_cidrs: Option<Vec<String>>,
    /// How many calls a token is good for; 0 without limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_num_uses: Option<u64>,
    /// Leaves out the policy `default`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_no_default_policy: Option<bool>,
    /// The kind of the tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_type: Option<TokenType>,
    /// What this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl Role {
    /// A role as the server makes it by itself.
    pub fn new() -> Self {
        Self::default()
    }

    /// A role whose tokens have these policies.
    pub fn with_policies<S: Into<String>>(policies: impl IntoIterator<Item = S>) -> Self {
        Self { token_policies: Some(policies.into_iter().map(Into::into).collect()), ..Self::default() }
    }

    /// How long a token lives.
    #[must_use]
    pub fn with_token_ttl(mut self, ttl: Duration) -> Self {
        self.token_ttl = Some(ttl);
        self
    }

    /// How long a token can be renewed.
    #[must_use]
    pub fn with_token_max_ttl(mut self, ttl: Duration) -> Self {
        self.token_max_ttl = Some(ttl);
        self
    }
}

/// A secret id to be made. What is `None` is decided by the role.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SecretIdRequest {
    /// What to note; it becomes metadata of each login.
    #[serde(serialize_with = "as_text", skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
    /// The addresses from which it can be used, within those of the role.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cidr_list: Vec<String>,
    /// The addresses from which its tokens can be used, within those of the role.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub token_bound_cidrs: Vec<String>,
    /// How many logins it is good for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub num_uses: Option<u64>,
    /// How long it lives.
    #[serde(with = "duration::seconds", skip_serializing_if = "Option::is_none")]
    pub ttl: Option<Duration>,
}

/// The API wants a JSON object as a text.
fn as_text<S: Serializer>(metadata: &BTreeMap<String, String>, serializer: S) -> Result<S::Ok, S::Error> {
    let text = serde_json::to_string(metadata).map_err(serde::ser::Error::custom)?;
    serializer.serialize_str(&text)
}

impl SecretIdRequest {
    /// A secret id as the role makes it.
    pub fn new() -> Self {
        Self::default()
    }

    /// What to note; it becomes metadata of each login.
    #[must_use]
    pub fn with_metadata(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.metadata.insert(name.into(), value.into());
        self
    }

    /// How many logins it is good for.
    #[must_use]
    pub fn with_num_uses(mut self, uses: u64) -> Self {
        self.num_uses = Some(uses);
        self
    }

    /// How long it lives.
    #[must_use]
    pub fn with_ttl(mut self, ttl: Duration) -> Self {
        self.ttl = Some(ttl);
        self
    }
}

/// A secret id that was made.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SecretId {
    /// The secret id.
    #[serde(with = "codec::secret")]
    pub secret_id: SecretString,
    /// Names it without giving it away.
    #[serde(default, deserialize_with = "null::or_default")]
    pub secret_id_accessor: String,
    /// How many logins it is good for; 0 without limit.
    #[serde(default, deserialize_with = "null::or_default")]
    pub secret_id_num_uses: u64,
    /// How long it lives; zero for ever.
    #[serde(default, with = "codec::seconds")]
    pub secret_id_ttl: Duration,
}

/// What the server knows about a secret id; never the secret id itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SecretIdInfo {
    /// Names it without giving it away.
    #[serde(default, deserialize_with = "null::or_default")]
    pub secret_id_accessor: String,
    /// How many logins it is still good for; 0 without limit.
    #[serde(default, deserialize_with = "null::or_default")]
    pub secret_id_num_uses: u64,
    /// How long it lived when it was made; zero for ever.
    #[serde(default, with = "codec::seconds")]
    pub secret_id_ttl: Duration,
    /// When it was made.
    #[serde(default, deserialize_with = "time::or_none")]
    pub creation_time: Option<Timestamp>,
    /// When it ends; none for never.
    #[serde(default, deserialize_with = "time::or_none")]
    pub expiration_time: Option<Timestamp>,
    /// When it was last used.
    #[serde(default, deserialize_with = "time::or_none")]
    pub last_updated_time: Option<Timestamp>,
    /// What its maker noted.
    #[serde(default, deserialize_with = "null::or_default")]
    pub metadata: BTreeMap<String, String>,
    /// The addresses from which it can be used; empty for all.
    #[serde(default, deserialize_with = "null::or_default")]
    pub cidr_list: Vec<String>,
    /// The addresses from which its tokens can be used; empty for all.
    #[serde(default, deserialize_with = "null::or_default")]
    pub token_bound_cidrs: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::{Role, SecretId, SecretIdRequest};

    #[test]
    fn a_role_comes_back_as_it_was() {
        let text = r#"{"bind_secret_id":true,"local_secret_ids":false,"secret_id_bound_cidrs":null,
            "secret_id_num_uses":0,"secret_id_ttl":600,"token_bound_cidrs":[],"token_max_ttl":120,"token_new":7,
            "token_policies":["default"],"token_ttl":60,"token_type":"default"}"#;
        let role: Role = serde_json::from_str(text).unwrap();
        assert_eq!(role.extra["token_new"], 7);
        let written = serde_json::to_value(&role).unwrap();
        assert_eq!((&written["token_ttl"], &written["token_new"]), (&"60s".into(), &7.into()));
        assert_eq!(serde_json::from_value::<Role>(written).unwrap(), role);
    }

    #[test]
    fn metadata_is_sent_as_a_text_and_the_secret_is_not_printed() {
        let request = SecretIdRequest::new().with_metadata("k", "v").with_num_uses(1);
        let text = serde_json::to_string(&request).unwrap();
        assert_eq!(text, r#"{"metadata":"{\"k\":\"v\"}","num_uses":1}"#);
        let made: SecretId = serde_json::from_str(r#"{"secret_id":"hunter2","secret_id_ttl":600}"#).unwrap();
        let printed = format!("{made:?}{}", serde_json::to_string(&made).unwrap());
        assert!(!printed.contains("hunter2"), "{printed}");
    }
}
