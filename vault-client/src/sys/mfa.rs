//! Second factors of a login: <https://developer.hashicorp.com/vault/api-docs/system/mfa>.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::Sys;
use crate::auth::Auth;
use crate::error::Result;
use crate::meta::Answer;
use crate::transport::Request;

impl Sys {
    /// Shows the second factors that a login asked for, and gets the token.
    ///
    /// `POST /v1/sys/mfa/validate`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/mfa/validate#validate-login-mfa)); needs no token.
    ///
    /// The proofs are passcodes by the id of the method; an empty one where the method wants none. What is wanted
    /// stands in [`MfaRequirement`](crate::auth::MfaRequirement).
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use std::collections::BTreeMap;
    ///
    /// let proofs = BTreeMap::from([("t1", secrecy::SecretString::from("123456"))]);
    /// let auth = vault.sys().validate_mfa("5879c74a-…", &proofs).await?.value;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) when a proof is wrong or the login is too long ago.
    pub async fn validate_mfa(
        &self,
        mfa_request_id: &str,
        proofs: &BTreeMap<&str, SecretString>,
    ) -> Result<Answer<Auth>> {
        let shown = |code: &SecretString| Some(code.expose_secret().to_owned()).filter(|code| !code.is_empty());
        let payload: BTreeMap<&str, Vec<String>> =
            proofs.iter().map(|(id, code)| (*id, shown(code).into_iter().collect())).collect();
        let body = json!({ "mfa_request_id": mfa_request_id, "mfa_payload": payload });
        self.client.anonymous().login(Request::post("/v1/sys/mfa/validate", [])?.json(&body)?).await
    }
}
