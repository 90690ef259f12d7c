//! Variables, small secrets and settings: <https://developer.hashicorp.com/nomad/api-docs/variables>.
//!
//! Reading needs `variables:read` on the path, listing `variables:list`, writing `variables:write`, deleting
//! `variables:destroy`. Locks are not covered yet.

use std::collections::BTreeMap;

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::client::Client;
use crate::error::Result;
use crate::meta::{Answer, Index};
use crate::object::epoch_nanos;
use crate::options::ReadOptions;
use crate::transport::{Request, none_if_not_found};
use crate::wire::null;

/// Handle made by [`Client::variables`].
#[derive(Clone, Debug)]
pub struct Variables {
    client: Client,
}

/// A variable with its items, whose values are never printed.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct Variable {
    /// The namespace; the client's unless set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// The path.
    pub path: String,
    /// The items, at least one.
    pub items: Items,
    /// When it was made.
    #[serde(skip_serializing_if = "is_unset")]
    pub create_index: Index,
    /// When it changed: the guard for [`Cas::At`].
    #[serde(skip_serializing_if = "is_unset")]
    pub modify_index: Index,
    /// When it was made.
    #[serde(with = "epoch_nanos", skip_serializing_if = "Option::is_none")]
    pub create_time: Option<Timestamp>,
    /// When it changed.
    #[serde(with = "epoch_nanos", skip_serializing_if = "Option::is_none")]
    pub modify_time: Option<Timestamp>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes the field by reference")]
fn is_unset(index: &Index) -> bool {
    index.0 == 0
}

impl Variable {
    /// A variable without any items.
    pub fn new(path: impl Into<String>) -> Self {
        Self { path: path.into(), ..Self::default() }
    }
}

/// The items of a variable.
#[derive(Clone, Debug, Default)]
pub struct Items(pub BTreeMap<String, SecretString>);

impl Items {
    /// The value of an item, for the moment it is needed.
    pub fn expose(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(ExposeSecret::expose_secret)
    }

    /// Sets an item.
    pub fn insert(&mut self, key: impl Into<String>, value: impl Into<SecretString>) {
        self.0.insert(key.into(), value.into());
    }
}

impl Serialize for Items {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, value) in &self.0 {
            map.serialize_entry(key, value.expose_secret())?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Items {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let items: BTreeMap<String, String> = null::or_default(deserializer)?;
        Ok(Self(items.into_iter().map(|(key, value)| (key, value.into())).collect()))
    }
}

answer! {
    /// A variable without its items.
    VariableStub {
        /// The namespace.
        pub namespace: String,
        /// The path.
        pub path: String,
        /// When it was made.
        pub create_index: Index,
        /// When it changed.
        pub modify_index: Index,
        /// When it was made.
        pub create_time: Option<Timestamp> as epoch_nanos,
        /// When it changed.
        pub modify_time: Option<Timestamp> as epoch_nanos,
    }
}

/// What must be true for a write to happen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cas {
    /// Nothing.
    #[default]
    Any,
    /// The variable must not exist.
    Absent,
    /// The variable must not have been written since this index.
    At(Index),
}

impl Variables {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Lists the variables whose path begins so. `GET /v1/vars`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) when the token is not known; variables without `variables:list` are
    /// left out.
    pub async fn list(&self, prefix: &str) -> Result<Vec<VariableStub>> {
        Ok(self.list_with(&ReadOptions::new().with_prefix(prefix)).await?.value)
    }

    /// As [`Variables::list`], with options, the index to wait on and the next page's token.
    ///
    /// # Errors
    /// As [`Variables::list`].
    pub async fn list_with(&self, options: &ReadOptions) -> Result<Answer<Vec<VariableStub>>> {
        self.client.get_with("/v1/vars", [], options).await
    }

    /// Reads a variable, or `None` when there is none. `GET /v1/var/:path`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `variables:read` on the path.
    pub async fn read(&self, path: &str) -> Result<Option<Variable>> {
        none_if_not_found(self.client.fetch(Request::get("/v1/var/*path", [path])?).await)
    }

    /// Writes a variable, whatever it held before. `PUT /v1/var/:path`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `variables:write` on the path.
    pub async fn put(&self, variable: &Variable) -> Result<Variable> {
        self.put_with(variable, Cas::Any).await
    }

    /// As [`Variables::put`], if the guard holds.
    ///
    /// # Errors
    /// [`Error::is_conflict`](crate::Error::is_conflict) when the guard does not hold or the variable is locked;
    /// otherwise as [`Variables::put`].
    pub async fn put_with(&self, variable: &Variable, cas: Cas) -> Result<Variable> {
        let request = guarded(Request::put("/v1/var/*path", [&variable.path])?.json(variable)?, cas);
        match &variable.namespace {
            // The body would win over the query; one namespace in both places leaves no doubt.
            Some(namespace) => self.client.in_namespace(namespace).fetch(request).await,
            None => self.client.fetch(request).await,
        }
    }

    /// Deletes a variable; one that does not exist is fine too. `DELETE /v1/var/:path`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `variables:destroy` on the path.
    pub async fn delete(&self, path: &str) -> Result<()> {
        self.delete_with(path, Cas::Any).await
    }

    /// As [`Variables::delete`], if the guard holds.
    ///
    /// # Errors
    /// [`Error::is_conflict`](crate::Error::is_conflict) when the guard does not hold or the variable is locked.
    pub async fn delete_with(&self, path: &str, cas: Cas) -> Result<()> {
        self.client.execute(guarded(Request::delete("/v1/var/*path", [path])?, cas)).await
    }
}

fn guarded(request: Request, cas: Cas) -> Request {
    match cas {
        // A guarded write that is repeated after it succeeded reports a conflict with itself.
        Cas::Absent => request.query("cas", "0"),
        Cas::At(index) => request.query("cas", index.0.to_string()),
        Cas::Any => request.idempotent(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Cas, Variable, guarded};
    use crate::meta::Index;
    use crate::transport::Request;

    #[test]
    fn paths_are_trimmed_and_checked() {
        let request = |path| Request::get("/v1/var/*path", [path]);
        assert_eq!(request("/nomad/jobs/a b/").unwrap().path.as_str(), "/v1/var/nomad/jobs/a%20b");
        for bad in ["", "/", "a//b", "a/../b"] {
            assert!(request(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn guards_are_sent_and_not_repeated() {
        let put = |cas| guarded(Request::put("/v1/var/*path", ["a"]).unwrap(), cas);
        assert_eq!((put(Cas::Any).query.as_str(), put(Cas::Any).idempotent), ("", true));
        assert_eq!((put(Cas::Absent).query.as_str(), put(Cas::Absent).idempotent), ("cas=0", false));
        assert_eq!((put(Cas::At(Index(7))).query.as_str(), put(Cas::At(Index(7))).idempotent), ("cas=7", false));
    }

    #[test]
    fn values_are_hidden_but_sent() {
        let text = r#"{"CreateIndex":35,"CreateTime":1795456118883216938,"Items":{"k":"hunter2"},"ModifyIndex":35,
            "ModifyTime":1795456118883216938,"Namespace":"default","Path":"a/b"}"#;
        let variable: Variable = serde_json::from_str(text).unwrap();
        assert_eq!(variable.items.expose("k"), Some("hunter2"));
        assert!(!format!("{variable:?}").contains("hunter2"));
        let sent: serde_json::Value = serde_json::to_value(&variable).unwrap();
        assert_eq!(sent, serde_json::from_str::<serde_json::Value>(text).unwrap());
        let mut new = Variable::new("a/b");
        new.items.insert("k", "v");
        assert_eq!(serde_json::to_string(&new).unwrap(), r#"{"Path":"a/b","Items":{"k":"v"}}"#);
    }
}
