//! The token that a login, a renewal or the creation of a token brings.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::codec;
use crate::credential::Token;
use crate::wire::null;

wire_enum! {
    /// Kinds of tokens.
    pub TokenType {
        /// Kept by the server: can be renewed, looked up and revoked.
        Service = "service",
        /// Kept by nobody: can be neither renewed nor revoked.
        Batch = "batch",
        /// What the mount is tuned to.
        Default = "default",
        /// A service token, unless the request wants another.
        DefaultService = "default-service",
        /// A batch token, unless the request wants another.
        DefaultBatch = "default-batch",
    }
}

/// A token that was handed out, and what it is good for.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Auth {
    /// The token; none while a second factor is wanted.
    #[serde(default, with = "codec::token")]
    pub client_token: Option<Token>,
    /// Names the token without giving it away; empty for a batch token.
    #[serde(default, deserialize_with = "null::or_default")]
    pub accessor: String,
    /// All its policies.
    #[serde(default, deserialize_with = "null::or_default")]
    pub policies: Vec<String>,
    /// The policies of the token itself.
    #[serde(default, deserialize_with = "null::or_default")]
    pub token_policies: Vec<String>,
    /// The policies that come from its entity and groups.
    #[serde(default, deserialize_with = "null::or_default")]
    pub identity_policies: Vec<String>,
    /// What the auth method says about who logged in.
    #[serde(default, deserialize_with = "null::or_default")]
    pub metadata: BTreeMap<String, String>,
    /// How long it is valid, from the moment of the answer; zero for ever.
    #[serde(default, with = "codec::seconds")]
    pub lease_duration: Duration,
    /// Whether it can be renewed.
    #[serde(default, deserialize_with = "null::or_default")]
    pub renewable: bool,
    /// The entity that it acts for.
    #[serde(default, deserialize_with = "null::or_default")]
    pub entity_id: String,
    /// Its kind.
    #[serde(default)]
    pub token_type: Option<TokenType>,
    /// Whether it outlives the token that made it.
    #[serde(default, deserialize_with = "null::or_default")]
    pub orphan: bool,
    /// How many calls it is good for; 0 without limit.
    #[serde(default, deserialize_with = "null::or_default")]
    pub num_uses: u64,
    /// The second factor that is wanted before there is a token.
    #[serde(default)]
    pub mfa_requirement: Option<Value>,
}

#[cfg(test)]
mod tests {
    use super::Auth;
    use std::time::Duration;

    #[test]
    fn a_token_is_taken_and_hidden() {
        let text = r#"{"client_token":"hvs.hunter2","accessor":"acc","policies":["default","web"],
            "token_policies":["default","web"],"metadata":null,"lease_duration":1800,"renewable":true,
            "entity_id":"e","token_type":"service","orphan":true,"mfa_requirement":null,"num_uses":0}"#;
        let auth: Auth = serde_json::from_str(text).unwrap();
        assert_eq!(auth.client_token.as_ref().unwrap().expose(), "hvs.hunter2");
        assert_eq!(auth.lease_duration, Duration::from_secs(1800));
        assert!(!format!("{auth:?}").contains("hunter2"));
    }

    #[test]
    fn a_second_factor_is_no_error() {
        let text = r#"{"client_token":"","accessor":"","policies":null,"metadata":{"username":"a"},
            "lease_duration":0,"mfa_requirement":{"mfa_request_id":"m","mfa_constraints":{}}}"#;
        let auth: Auth = serde_json::from_str(text).unwrap();
        assert!(auth.client_token.is_none() && auth.mfa_requirement.is_some() && auth.policies.is_empty());
    }
}
