//! The token that a login, a renewal or the creation of a token brings.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

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
    pub mfa_requirement: Option<MfaRequirement>,
}

impl Auth {
    /// What came of a login: a token, or the wish for a second factor.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use vault_client::auth::LoginOutcome;
    ///
    /// match vault.approle("approle").login("5fa88e0c-…", None).await?.value.outcome() {
    ///     LoginOutcome::Token { token, .. } => println!("{}", vault.with_token(token).token().lookup_self().await?.path),
    ///     LoginOutcome::MfaRequired(wanted) => println!("first confirm {}", wanted.mfa_request_id),
    ///     _ => println!("the server gave nothing"),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn outcome(mut self) -> LoginOutcome {
        match (self.client_token.take(), self.mfa_requirement.take()) {
            (Some(token), _) => LoginOutcome::Token { token, auth: Box::new(self) },
            (None, Some(wanted)) => LoginOutcome::MfaRequired(wanted),
            (None, None) => LoginOutcome::Nothing,
        }
    }
}

/// What came of a login.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum LoginOutcome {
    /// A token.
    Token {
        /// The token.
        token: Token,
        /// The rest of what was said of it.
        auth: Box<Auth>,
    },
    /// One more factor of each kind has to be shown, with [`Sys::validate_mfa`](crate::sys::Sys::validate_mfa).
    MfaRequired(MfaRequirement),
    /// Neither, which no server is known to answer.
    Nothing,
}

/// The second factors that are wanted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MfaRequirement {
    /// Names the login that waits for them.
    #[serde(default, deserialize_with = "null::or_default")]
    pub mfa_request_id: String,
    /// The kinds that are wanted, by the name of what enforces them; one method of each kind is enough.
    #[serde(default, deserialize_with = "null::or_default")]
    pub mfa_constraints: BTreeMap<String, MfaConstraint>,
}

/// Methods of which one is enough.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MfaConstraint {
    /// The methods.
    #[serde(default, deserialize_with = "null::or_default")]
    pub any: Vec<MfaMethod>,
}

/// A method by which a second factor is shown.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MfaMethod {
    /// Its kind.
    #[serde(rename = "type", default)]
    pub kind: Option<MfaKind>,
    /// Its id.
    #[serde(default, deserialize_with = "null::or_default")]
    pub id: String,
    /// Its name, if it has one.
    #[serde(default, deserialize_with = "null::or_default")]
    pub name: String,
    /// Whether it wants a passcode; otherwise the server asks by itself.
    #[serde(default, deserialize_with = "null::or_default")]
    pub uses_passcode: bool,
    /// Whether the user can set it up by themselves.
    #[serde(default, deserialize_with = "null::or_default")]
    pub self_enrollment_enabled: bool,
}

wire_enum! {
    /// Kinds of second factors.
    pub MfaKind {
        /// A passcode that changes with the time.
        Totp = "totp",
        /// Duo.
        Duo = "duo",
        /// Okta.
        Okta = "okta",
        /// `PingID`.
        PingId = "pingid",
    }
}

#[cfg(test)]
mod tests {
    use super::{Auth, LoginOutcome};
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
    fn t19_a_second_factor_is_data_and_no_error() {
        let text = r#"{"client_token":"","accessor":"","policies":null,"metadata":{"username":"a"},
            "lease_duration":0,"mfa_requirement":{"mfa_request_id":"m","mfa_constraints":{"enforced":{"any":[
                {"type":"totp","id":"t1","uses_passcode":true,"name":"phone"}]}}}}"#;
        let auth: Auth = serde_json::from_str(text).unwrap();
        assert!(auth.client_token.is_none() && auth.policies.is_empty());
        let LoginOutcome::MfaRequired(wanted) = auth.outcome() else { panic!("another outcome") };
        assert_eq!((wanted.mfa_request_id.as_str(), wanted.mfa_constraints["enforced"].any.len()), ("m", 1));
        assert!(wanted.mfa_constraints["enforced"].any[0].uses_passcode);
    }
}
