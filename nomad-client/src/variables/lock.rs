//! Locks of variables: taken, renewed and given back, each by one call.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Items, Variable, VariableStub, Variables, checked};
use crate::error::Result;
use crate::secret::REDACTED;
use crate::transport::Request;
use crate::wire::duration;

/// Names the hold on a lock. Who has it can write the variable and give the lock back, so it is never printed.
#[derive(Clone)]
pub struct LockId(SecretString);

impl LockId {
    /// Takes an id that was kept.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into().into())
    }

    /// The id itself, for the moment it is needed.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl std::fmt::Debug for LockId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LockId(…)")
    }
}

impl PartialEq for LockId {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Serialize for LockId {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_str(REDACTED)
    }
}

impl<'de> Deserialize<'de> for LockId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

/// The lock of a variable. Only management tokens and its holder see it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct VariableLock {
    /// Who holds it.
    #[serde(rename = "ID", skip_serializing_if = "Option::is_none", deserialize_with = "id_or_none")]
    pub id: Option<LockId>,
    /// After how long without a renewal it is lost.
    #[serde(rename = "TTL", with = "duration::go_text", skip_serializing_if = "Option::is_none")]
    pub ttl: Option<Duration>,
    /// For how long nobody gets it after it was lost.
    #[serde(with = "duration::go_text", skip_serializing_if = "Option::is_none")]
    pub lock_delay: Option<Duration>,
}

impl crate::object::Absent for VariableLock {}

fn id_or_none<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Option<LockId>, D::Error> {
    Ok(crate::object::text_or_none(deserializer)?.map(LockId::new))
}

/// Options of [`Variables::lock_with`].
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct LockOptions {
    pub(super) items: Option<Items>,
    pub(super) ttl: Option<Duration>,
    pub(super) delay: Option<Duration>,
    pub(super) id: Option<LockId>,
}

impl LockOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Writes these items when it takes the lock. Unless set, those that the variable has are kept.
    #[must_use]
    pub fn with_items(mut self, items: Items) -> Self {
        self.items = Some(items);
        self
    }

    /// After how long without a renewal the lock is lost: 10 seconds to 24 hours, 15 seconds unless set.
    #[must_use]
    pub fn with_ttl(mut self, ttl: Duration) -> Self {
        self.ttl = Some(ttl);
        self
    }

    /// For how long nobody gets the lock after it was lost; 15 seconds unless set.
    #[must_use]
    pub fn with_delay(mut self, delay: Duration) -> Self {
        self.delay = Some(delay);
        self
    }

    /// Takes the lock again that was taken with this id before.
    #[must_use]
    pub fn with_id(mut self, id: LockId) -> Self {
        self.id = Some(id);
        self
    }
}

/// What of a lock is sent by its holder: anything more is refused.
#[derive(Serialize)]
pub(super) struct Held<'a> {
    #[serde(rename = "ID")]
    id: &'a str,
}

impl<'a> Held<'a> {
    pub(super) fn new(id: &'a LockId) -> Self {
        Self { id: id.expose() }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Taken<'a> {
    path: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    namespace: Option<&'a str>,
    items: &'a Items,
    lock: Wanted<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Wanted<'a> {
    #[serde(rename = "ID", skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    #[serde(rename = "TTL", with = "duration::go_text", skip_serializing_if = "Option::is_none")]
    ttl: Option<Duration>,
    #[serde(with = "duration::go_text", skip_serializing_if = "Option::is_none")]
    lock_delay: Option<Duration>,
}

/// What a renewal or a release says: no items, not even none.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Kept<'a> {
    path: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    namespace: Option<&'a str>,
    lock: Held<'a>,
}

pub(super) fn acquire_request(
    path: &str,
    namespace: Option<&str>,
    items: &Items,
    options: &LockOptions,
) -> Result<Request> {
    let lock = Wanted { id: options.id.as_ref().map(LockId::expose), ttl: options.ttl, lock_delay: options.delay };
    let request = checked(Request::put("/v1/var/*path", [path])?, path)?.flag("lock-acquire");
    request.json(&Taken { path, namespace, items, lock })
}

pub(super) fn kept_request(operation: &str, path: &str, namespace: Option<&str>, id: &LockId) -> Result<Request> {
    let request = Request::put("/v1/var/*path", [path])?.flag(operation).idempotent();
    request.json(&Kept { path, namespace, lock: Held::new(id) })
}

impl Variables {
    /// Takes the lock of a variable, which is made if it does not exist, by one call. [`Variables::lock`] is what looks
    /// after a lock.
    ///
    /// `PUT /v1/var/:path?lock-acquire`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/variables/locks#acquire-a-lock)). Needs `variables:write`
    /// and `variables:read` on the path.
    ///
    /// The server replaces the items of the variable by those that come with the call; unless others are given, those
    /// that it has are read first and sent again. Somebody may write them in between.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// use nomad_client::variables::LockOptions;
    ///
    /// let variable = nomad.variables().acquire("jobs/leader", &LockOptions::new()).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_conflict`](crate::Error::is_conflict) while somebody else has the lock, or had it within its delay;
    /// [`Error::is_denied`](crate::Error::is_denied) without `variables:write` on the path.
    pub async fn acquire(&self, path: &str, options: &LockOptions) -> Result<Variable> {
        let (namespace, items) = match &options.items {
            Some(items) => (None, items.clone()),
            None => self.read(path).await?.map(|variable| (variable.namespace, variable.items)).unwrap_or_default(),
        };
        self.client.fetch(acquire_request(path, namespace.as_deref(), &items, options)?).await
    }

    /// Renews a lock by one call.
    ///
    /// `PUT /v1/var/:path?lock-renew`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/variables/locks#renew-lock-lease)). Needs `variables:write`
    /// on the path.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client, id: nomad_client::variables::LockId)
    /// #     -> nomad_client::Result<()> {
    /// nomad.variables().renew("jobs/leader", &id).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_conflict`](crate::Error::is_conflict) when the lock is no longer held under this id.
    pub async fn renew(&self, path: &str, id: &LockId) -> Result<VariableStub> {
        self.client.fetch(kept_request("lock-renew", path, None, id)?).await
    }

    /// Gives a lock back by one call, so that others get it at once. The variable stays as it is.
    ///
    /// `PUT /v1/var/:path?lock-release`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/variables/locks#release-a-lock)). Needs `variables:write` on
    /// the path.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client, id: nomad_client::variables::LockId)
    /// #     -> nomad_client::Result<()> {
    /// nomad.variables().release("jobs/leader", &id).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_conflict`](crate::Error::is_conflict) when the lock is no longer held under this id.
    pub async fn release(&self, path: &str, id: &LockId) -> Result<Variable> {
        self.client.fetch(kept_request("lock-release", path, None, id)?).await
    }
}
