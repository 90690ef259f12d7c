//! Variables, small secrets and settings: <https://developer.hashicorp.com/nomad/api-docs/variables>.
//!
//! Reading needs `variables:read` on the path, listing `variables:list`, writing `variables:write`, deleting
//! `variables:destroy`. A variable can be locked, so that only the holder of the lock writes it: see
//! [`Variables::lock`].

mod guard;
mod lock;

use std::collections::BTreeMap;

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use self::guard::{Lock, LockLost, Releaser};
pub use self::lock::{LockId, LockOptions, VariableLock};

use crate::client::Client;
use crate::error::{Error, Result};
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
    /// The lock, as far as the token may see it. Only its id is sent, for the holder's own writes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lock: Option<VariableLock>,
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
        /// The lock, as far as the token may see it.
        pub lock: Option<VariableLock>,
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

/// What stood in the way of a guarded write.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Conflict {
    /// The variable as it is, where the token may read it and it is not locked. Without `variables:read` it has no items.
    pub current: Option<Variable>,
}

impl Conflict {
    /// The conflict that this error is, if it is one.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client, mut variable: nomad_client::variables::Variable)
    /// #     -> nomad_client::Result<()> {
    /// use nomad_client::variables::{Cas, Conflict};
    ///
    /// match nomad.variables().put_with(&variable, Cas::At(variable.modify_index)).await {
    ///     Ok(written) => variable = written,
    ///     Err(error) => match Conflict::of(&error) {
    ///         Some(Conflict { current: Some(current), .. }) => println!("it is at {:?}", current.modify_index),
    ///         Some(_) => println!("it is locked, gone, or not for this token to see"),
    ///         None => return Err(error),
    ///     },
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn of(error: &Error) -> Option<Self> {
        let Error::Api(answer) = error else { return None };
        if !error.is_conflict() {
            return None;
        }
        let current = answer.body().and_then(|body| Variable::deserialize(body).ok());
        // The server names a variable that it does not show with nothing but zeros.
        Some(Self { current: current.filter(|variable| variable.modify_index.0 > 0) })
    }
}

impl Variables {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Lists the variables whose path begins so, without their items.
    ///
    /// `GET /v1/vars` ([API](https://developer.hashicorp.com/nomad/api-docs/variables/variables#list-variables)). Needs
    /// `variables:list`.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// for stub in nomad.variables().list("nomad/jobs").await? {
    ///     println!("{} {}", stub.namespace, stub.path);
    /// }
    /// # Ok(())
    /// # }
    /// ```
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

    /// Reads a variable, or `None` when there is none.
    ///
    /// `GET /v1/var/:path` ([API](https://developer.hashicorp.com/nomad/api-docs/variables/variables#read-variable)).
    /// Needs `variables:read` on the path.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// if let Some(variable) = nomad.variables().read("nomad/jobs/latticedb").await? {
    ///     println!("its password has {} characters", variable.items.expose("password").unwrap_or_default().len());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `variables:read` on the path.
    pub async fn read(&self, path: &str) -> Result<Option<Variable>> {
        none_if_not_found(self.client.fetch(Request::get("/v1/var/*path", [path])?).await)
    }

    /// As [`Variables::read`], with options and the index to wait on. A blocking read of a variable that does not exist
    /// answers at once.
    ///
    /// # Errors
    /// As [`Variables::read`].
    pub async fn read_with(&self, path: &str, options: &ReadOptions) -> Result<Option<Answer<Variable>>> {
        none_if_not_found(self.client.get_with("/v1/var/*path", [path], options).await)
    }

    /// Writes a variable, whatever it held before.
    ///
    /// `PUT /v1/var/:path` ([API](https://developer.hashicorp.com/nomad/api-docs/variables/variables#create-variable)).
    /// Needs `variables:write` on the path. The path has letters, digits and `-_~/`, at most 128 of them; all items
    /// together have at most 64 KiB.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// use nomad_client::variables::Variable;
    ///
    /// let mut variable = Variable::new("nomad/jobs/latticedb");
    /// variable.items.insert("password", "hunter2");
    /// nomad.variables().put(&variable).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `variables:write` on the path;
    /// [`Error::is_conflict`](crate::Error::is_conflict) when the variable is locked by somebody else; an
    /// [`Error::Request`] for a path or items that the server would refuse.
    pub async fn put(&self, variable: &Variable) -> Result<Variable> {
        self.put_with(variable, Cas::Any).await
    }

    /// As [`Variables::put`], if the guard holds. A variable that was read from a lock's holder is written with the lock,
    /// and without a guard.
    ///
    /// # Errors
    /// [`Error::is_conflict`](crate::Error::is_conflict) when the guard does not hold or the variable is locked, of which
    /// [`Conflict::of`] tells more; otherwise as [`Variables::put`].
    pub async fn put_with(&self, variable: &Variable, cas: Cas) -> Result<Variable> {
        let request = guarded(put_request(variable)?, cas);
        self.within(variable.namespace.as_deref()).fetch(request).await
    }

    /// Deletes a variable; one that does not exist is fine too.
    ///
    /// `DELETE /v1/var/:path` ([API](https://developer.hashicorp.com/nomad/api-docs/variables/variables#delete-variable)).
    /// Needs `variables:destroy` on the path.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// nomad.variables().delete("nomad/jobs/latticedb").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `variables:destroy` on the path.
    pub async fn delete(&self, path: &str) -> Result<()> {
        self.delete_with(path, Cas::Any).await
    }

    /// As [`Variables::delete`], if the guard holds.
    ///
    /// # Errors
    /// [`Error::is_conflict`](crate::Error::is_conflict) when the guard does not hold or the variable is locked, of which
    /// [`Conflict::of`] tells more.
    pub async fn delete_with(&self, path: &str, cas: Cas) -> Result<()> {
        self.client.execute(guarded(Request::delete("/v1/var/*path", [path])?, cas)).await
    }

    /// The client for a namespace. The body would win over the query; one namespace in both places leaves no doubt.
    fn within(&self, namespace: Option<&str>) -> Client {
        match namespace.filter(|namespace| !namespace.is_empty()) {
            Some(namespace) => self.client.in_namespace(namespace),
            None => self.client.clone(),
        }
    }
}

/// What is sent of a variable: the server fills in the rest, and refuses some of it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Sent<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    namespace: Option<&'a str>,
    path: &'a str,
    items: &'a Items,
    #[serde(skip_serializing_if = "Option::is_none")]
    lock: Option<lock::Held<'a>>,
}

fn put_request(variable: &Variable) -> Result<Request> {
    let request = checked(Request::put("/v1/var/*path", [&variable.path])?, &variable.path)?;
    let size: usize = variable.items.0.iter().map(|(key, value)| key.len() + value.expose_secret().len()).sum();
    if variable.items.0.is_empty() || size > LARGEST {
        return Err(request.refused("a variable has at least one item, and at most 64 KiB of them"));
    }
    let lock = variable.lock.as_ref().and_then(|lock| lock.id.as_ref()).map(lock::Held::new);
    request.json(&Sent { namespace: variable.namespace.as_deref(), path: &variable.path, items: &variable.items, lock })
}

/// Most bytes of all items of a variable.
const LARGEST: usize = 64 * 1024;

/// What the server would refuse, with an error that says less.
fn checked(request: Request, path: &str) -> Result<Request> {
    let path = path.trim_matches('/');
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_~/".contains(c);
    if path.len() > 128 || !path.chars().all(allowed) {
        return Err(request.refused("the path of a variable has letters, digits and `-_~/`, at most 128 of them"));
    }
    let reserved = path == "nomad" || path.starts_with("nomad/");
    let open = ["nomad/jobs", "nomad/job-templates"];
    if reserved
        && !open.iter().any(|open| path == *open || path.strip_prefix(open).is_some_and(|rest| rest.starts_with('/')))
    {
        return Err(request.refused("below `nomad/` only `nomad/jobs` and `nomad/job-templates` can be written"));
    }
    Ok(request)
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
mod tests;
