//! Types of tokens.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::auth::TokenType;
use crate::codec::{self, Withheld};
use crate::wire::{duration, null, time};

/// What the server knows about a token; never the token itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TokenInfo {
    /// Names the token without giving it away.
    #[serde(default, deserialize_with = "null::or_default")]
    pub accessor: String,
    /// How it is called in the audit log.
    #[serde(default, deserialize_with = "null::or_default")]
    pub display_name: String,
    /// The entity that it acts for.
    #[serde(default, deserialize_with = "null::or_default")]
    pub entity_id: String,
    /// When it was made, to the second.
    #[serde(default, with = "codec::unix")]
    pub creation_time: Option<Timestamp>,
    /// When it was made; none for a root token.
    #[serde(default, deserialize_with = "time::or_none")]
    pub issue_time: Option<Timestamp>,
    /// When it ends; never for a root token.
    #[serde(default, deserialize_with = "time::or_none")]
    pub expire_time: Option<Timestamp>,
    /// How long it still lives; zero for ever.
    #[serde(default, with = "codec::seconds")]
    pub ttl: Duration,
    /// How long it lived when it was made; zero for ever.
    #[serde(default, with = "codec::seconds")]
    pub creation_ttl: Duration,
    /// How long it lives at most; zero for the server's own limit.
    #[serde(default, with = "codec::seconds")]
    pub explicit_max_ttl: Duration,
    /// How long each renewal makes it live, without any end; zero for a token that has one.
    #[serde(default, with = "codec::seconds")]
    pub period: Duration,
    /// Whether it can be renewed.
    #[serde(default, deserialize_with = "null::or_default")]
    pub renewable: bool,
    /// What its maker noted.
    #[serde(default, deserialize_with = "null::or_default")]
    pub meta: BTreeMap<String, String>,
    /// How many calls it is still good for; 0 without limit.
    #[serde(default, deserialize_with = "null::or_default")]
    pub num_uses: i64,
    /// Whether it outlives the token that made it.
    #[serde(default, deserialize_with = "null::or_default")]
    pub orphan: bool,
    /// The path of the login or call that made it.
    #[serde(default, deserialize_with = "null::or_default")]
    pub path: String,
    /// Its own policies.
    #[serde(default, deserialize_with = "null::or_default")]
    pub policies: Vec<String>,
    /// The policies that come from its entity and groups.
    #[serde(default, deserialize_with = "null::or_default")]
    pub identity_policies: Vec<String>,
    /// Its kind.
    #[serde(rename = "type", default)]
    pub kind: Option<TokenType>,
    /// The token role that it was made with.
    #[serde(default, deserialize_with = "null::or_default")]
    pub role: String,
    /// The addresses from which it can be used; empty for all.
    #[serde(default, deserialize_with = "null::or_default")]
    pub bound_cidrs: Vec<String>,
    /// When it was renewed last.
    #[serde(default, deserialize_with = "time::or_none")]
    pub last_renewal: Option<Timestamp>,
    /// The same, to the second.
    #[serde(default, with = "codec::unix")]
    pub last_renewal_time: Option<Timestamp>,
    /// The namespace that it belongs to (Vault Enterprise).
    #[serde(default, deserialize_with = "null::or_default")]
    pub namespace_path: String,
    /// Its policies in other namespaces (Vault Enterprise).
    #[serde(default, deserialize_with = "null::or_default")]
    pub external_namespace_policies: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    id: Withheld,
}

/// A token to be made. What is `None` is decided by the server.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct TokenRequest {
    /// Its policies; those of the maker unless set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policies: Option<Vec<String>>,
    /// How long it lives.
    #[serde(with = "duration::seconds", skip_serializing_if = "Option::is_none")]
    pub ttl: Option<Duration>,
    /// How long it lives at most, whatever its renewals ask for.
    #[serde(with = "duration::seconds", skip_serializing_if = "Option::is_none")]
    pub explicit_max_ttl: Option<Duration>,
    /// How long each renewal makes it live, without any end; needs `sudo`.
    #[serde(with = "duration::seconds", skip_serializing_if = "Option::is_none")]
    pub period: Option<Duration>,
    /// Whether it can be renewed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub renewable: Option<bool>,
    /// Lets it outlive its maker; needs `sudo`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_parent: Option<bool>,
    /// Leaves out the policy `default`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_default_policy: Option<bool>,
    /// How it is called in the audit log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// How many calls it is good for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub num_uses: Option<u64>,
    /// What to note.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub meta: Option<BTreeMap<String, String>>,
    /// Its kind.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<TokenType>,
    /// The alias of the entity that it acts for; its role has to allow it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entity_alias: Option<String>,
}

impl TokenRequest {
    /// A token as the server makes it by itself.
    pub fn new() -> Self {
        Self::default()
    }

    /// A token with these policies.
    pub fn with_policies<S: Into<String>>(policies: impl IntoIterator<Item = S>) -> Self {
        Self { policies: Some(policies.into_iter().map(Into::into).collect()), ..Self::default() }
    }

    /// How long it lives.
    #[must_use]
    pub fn with_ttl(mut self, ttl: Duration) -> Self {
        self.ttl = Some(ttl);
        self
    }

    /// How long it lives at most, whatever its renewals ask for.
    #[must_use]
    pub fn with_explicit_max_ttl(mut self, ttl: Duration) -> Self {
        self.explicit_max_ttl = Some(ttl);
        self
    }
}

/// What tokens may be made with a role, and what these get.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TokenRole {
    /// The policies of which a token may have any; empty for those of its maker.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_policies: Option<Vec<String>>,
    /// As [`TokenRole::allowed_policies`], with `*` for any text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_policies_glob: Option<Vec<String>>,
    /// The policies that no token may have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disallowed_policies: Option<Vec<String>>,
    /// As [`TokenRole::disallowed_policies`], with `*` for any text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disallowed_policies_glob: Option<Vec<String>>,
    /// The aliases of entities for which a token may act.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_entity_aliases: Option<Vec<String>>,
    /// Whether tokens outlive their maker.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub orphan: Option<bool>,
    /// Whether tokens can be renewed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renewable: Option<bool>,
    /// What stands at the end of the path of a token, so that all with it can be revoked together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path_suffix: Option<String>,
    /// The kind of the tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_type: Option<TokenType>,
    /// How long each renewal makes a token live, without any end; zero for tokens that have one.
    #[serde(default, with = "duration::seconds", skip_serializing_if = "Option::is_none")]
    pub token_period: Option<Duration>,
    /// How long a token lives at most, whatever else is set; zero for no such limit.
    #[serde(default, with = "duration::seconds", skip_serializing_if = "Option::is_none")]
    pub token_explicit_max_ttl: Option<Duration>,
    /// The addresses from which a token can be used; empty for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_bound_cidrs: Option<Vec<String>>,
    /// How many calls a token is good for; 0 without limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_num_uses: Option<u64>,
    /// Leaves out the policy `default`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_no_default_policy: Option<bool>,
    /// What this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl TokenRole {
    /// A role as the server makes it by itself.
    pub fn new() -> Self {
        Self::default()
    }

    /// A role for tokens with any of these policies.
    pub fn with_allowed_policies<S: Into<String>>(policies: impl IntoIterator<Item = S>) -> Self {
        Self { allowed_policies: Some(policies.into_iter().map(Into::into).collect()), ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::{TokenInfo, TokenRequest};
    use crate::auth::TokenType;
    use std::time::Duration;

    #[test]
    fn a_root_token_has_no_end() {
        let text = r#"{"accessor":"g6T1TBb9mAms9dqfvmsp8YBc","creation_time":1795455974,"creation_ttl":0,
            "display_name":"root","entity_id":"","expire_time":null,"explicit_max_ttl":0,"id":"hvs.hunter2",
            "meta":null,"num_uses":0,"orphan":true,"path":"auth/token/root","policies":["root"],"ttl":0,
            "type":"service"}"#;
        let info: TokenInfo = serde_json::from_str(text).unwrap();
        assert_eq!((info.expire_time, info.ttl), (None, Duration::ZERO));
        assert_eq!(info.kind, Some(TokenType::Service));
        assert!(!format!("{info:?}").contains("hunter2"));
    }

    #[test]
    fn only_what_is_set_is_sent() {
        let mut request = TokenRequest::with_policies(["web"]);
        request.ttl = Some(Duration::from_secs(3600));
        request.kind = Some(TokenType::Batch);
        let text = serde_json::to_string(&request).unwrap();
        assert_eq!(text, r#"{"policies":["web"],"ttl":"3600s","type":"batch"}"#);
    }
}
