//! The keys that variables are encrypted and identities are signed with:
//! <https://developer.hashicorp.com/nomad/api-docs/operator/keyring>.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Operator;
use crate::error::Result;
use crate::meta::{BodyMeta, Index};
use crate::transport::Request;

wire_enum! {
    /// What a key is used for.
    pub KeyState {
        /// For everything new.
        Active = "active",
        /// For what was encrypted or signed with it before.
        Inactive = "inactive",
        /// For nothing.
        Deprecated = "deprecated",
        /// Everything is being encrypted anew with another.
        Rekeying = "rekeying",
        /// It is known already and used later.
        Prepublished = "prepublished",
    }
}

default_empty!(KeyState);

answer! {
    /// What is known of a key, but for the key itself.
    RootKey {
        /// Its id.
        #[serde(rename = "KeyID")]
        pub key_id: String,
        /// What it is for.
        pub algorithm: String,
        /// When it was made.
        pub create_time: Option<Timestamp> as epoch_nanos,
        /// When it was made.
        pub create_index: Index,
        /// When it changed.
        pub modify_index: Index,
        /// What it is used for.
        pub state: KeyState,
        /// When it is used from, if that is later.
        pub publish_time: Option<Timestamp> as epoch_nanos,
    }
}

/// Options of [`Operator::rotate_key_with`].
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct RotateOptions {
    full: bool,
    publish_time: Option<Timestamp>,
}

impl RotateOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Encrypts all variables anew with the new key.
    #[must_use]
    pub fn fully(mut self) -> Self {
        self.full = true;
        self
    }

    /// Uses the new key from then on only, so that others can learn of it before. Not together with
    /// [`RotateOptions::fully`].
    #[must_use]
    pub fn from(mut self, time: Timestamp) -> Self {
        self.publish_time = Some(time);
        self
    }

    fn apply(&self, mut request: Request) -> Result<Request> {
        if self.full {
            request = request.flag("full");
        }
        if let Some(time) = self.publish_time {
            let nanos = i64::try_from(time.as_nanosecond()).map_err(|_| request.refused("a time beyond 2262"))?;
            request = request.query("publish_time", nanos.to_string());
        }
        Ok(request)
    }
}

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Rotated {
    key: RootKey,
    #[serde(flatten)]
    meta: BodyMeta,
}

impl Operator {
    /// Lists the keys, without the keys themselves. `GET /v1/operator/keyring/keys`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/operator/keyring#list-keys)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// for key in nomad.operator().keys().await? {
    ///     println!("{} is {}", key.key_id, key.state);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without a management token.
    pub async fn keys(&self) -> Result<Vec<RootKey>> {
        self.client.get("/v1/operator/keyring/keys", []).await
    }

    /// Makes a new key and uses it from now on. `PUT /v1/operator/keyring/rotate`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/operator/keyring#rotate-key)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// println!("{} is used now", nomad.operator().rotate_key().await?.key_id);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without a management token.
    pub async fn rotate_key(&self) -> Result<RootKey> {
        self.rotate_key_with(&RotateOptions::new()).await
    }

    /// As [`Operator::rotate_key`], with options.
    ///
    /// # Errors
    /// As [`Operator::rotate_key`].
    pub async fn rotate_key_with(&self, options: &RotateOptions) -> Result<RootKey> {
        let request = options.apply(Request::put("/v1/operator/keyring/rotate", [])?)?;
        Ok(self.client.fetch::<Rotated>(request).await?.key)
    }

    /// Deletes a key that is not used any more. `DELETE /v1/operator/keyring/key/:id`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/operator/keyring#delete-key)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// nomad.operator().delete_key("f19f6029-fa14-1d3b-7b32-1a5a0dc2c3f5").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without a management token; the server refuses the active key, and
    /// one that something is encrypted or signed with.
    pub async fn delete_key(&self, id: &str) -> Result<()> {
        self.client.execute(Request::delete("/v1/operator/keyring/key/:id", [id])?).await
    }

    /// As [`Operator::delete_key`], even if something is encrypted or signed with it: that is lost then.
    ///
    /// # Errors
    /// As [`Operator::delete_key`], but for that.
    pub async fn force_delete_key(&self, id: &str) -> Result<()> {
        let request = Request::delete("/v1/operator/keyring/key/:id", [id])?.query("force", "true");
        self.client.execute(request).await
    }
}

#[cfg(test)]
mod tests {
    use super::RotateOptions;
    use crate::transport::Request;

    #[test]
    fn a_time_is_sent_as_nanoseconds() {
        let options = RotateOptions::new().fully().from("2026-11-23T00:00:00Z".parse().unwrap());
        let request = options.apply(Request::put("/v1/operator/keyring/rotate", []).unwrap()).unwrap();
        assert_eq!(request.query, "full&publish_time=1795392000000000000");
    }
}
