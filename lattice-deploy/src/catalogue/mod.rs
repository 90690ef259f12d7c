//! Every kind of object that a deployment owns, with the same four verbs: key, observe, diff (by declared fields) and
//! apply; and remove, for cleanup.
//!
//! To add a kind: write its file and add its line to the list in `kinds!` below.

mod consul_acl;
mod consul_config;
mod consul_kv;
mod nomad_job;
mod vault_auth;
mod vault_database;
mod vault_mount;
mod vault_pki;
mod vault_policy;
mod vault_secret;
mod vault_transit;

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use self::consul_acl::{ConsulAuthMethod, ConsulBindingRule, ConsulPolicy, ConsulRole};
pub use self::consul_config::ConsulConfigEntry;
pub use self::consul_kv::ConsulPair;
pub use self::nomad_job::NomadJob;
pub use self::vault_auth::{VaultAuthMount, VaultJwtRole};
pub use self::vault_database::{VaultDatabaseConnection, VaultDatabaseRole};
pub use self::vault_mount::VaultMount;
pub use self::vault_pki::{Authority, VaultPkiIntermediate, VaultPkiRole, VaultPkiRoot};
pub use self::vault_policy::VaultPolicy;
pub use self::vault_secret::{SecretPin, VaultSecret};
pub use self::vault_transit::VaultTransitKey;

use crate::clients::Clients;
use crate::error::{Result, System};
use crate::owner::Owner;

/// The name of an object, unique over all servers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Key {
    /// The server it lives on.
    pub system: System,
    /// What it is.
    pub kind: String,
    /// Its name among those of its kind.
    pub name: String,
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.system, self.kind, self.name)
    }
}

/// What a server holds for one key, without any secret.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Held {
    /// The object, in the same shape as [`Resource::declared`].
    pub value: Value,
    /// The index, version or the like that a guarded write names.
    pub guard: Option<u64>,
    /// Whose it is, if the object itself can say so.
    pub mark: Mark,
}

/// What an object says about its owner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Mark {
    /// It is marked as this deployment's.
    Ours,
    /// It is not marked, though its kind carries marks.
    Foreign,
    /// It is marked as another deployment's.
    Another,
    /// Its kind cannot carry a mark: the ledger knows.
    Unmarkable,
}

impl Mark {
    /// By an owner's name, as metadata have it.
    pub(crate) fn of_name(owner: &Owner, name: Option<&str>) -> Self {
        match name {
            Some(name) if name == owner.to_string() => Self::Ours,
            Some(_) => Self::Another,
            None => Self::Foreign,
        }
    }

    /// By the words of a description or comment.
    pub(crate) fn of_text(owner: &Owner, text: &str) -> Self {
        match () {
            () if owner.is_in(text) => Self::Ours,
            () if Owner::any_in(text) => Self::Another,
            () => Self::Foreign,
        }
    }
}

impl Held {
    pub(crate) fn new(value: Value, mark: Mark) -> Self {
        Self { value, guard: None, mark }
    }

    pub(crate) fn guarded(mut self, guard: u64) -> Self {
        self.guard = Some(guard);
        self
    }
}

/// What applying did beyond making the object as declared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Effect {
    /// The evaluation that Nomad started, for a job.
    pub evaluation: Option<String>,
    /// The index of the job's new specification.
    pub job_modify_index: Option<u64>,
}

/// What removing an object did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "removal", content = "why")]
#[non_exhaustive]
pub enum Removal {
    /// It is gone.
    Removed,
    /// It was kept, for this reason.
    Kept(String),
}

/// What every kind of object can do.
pub(crate) trait Kind {
    const SYSTEM: System;
    const KIND: &'static str;
    /// Whether it holds data that people may want to keep after the service is gone.
    const HOLDS_DATA: bool = false;

    /// Its name among those of its kind.
    fn name(&self) -> String;

    /// What it shall be; without secrets, which are only ever written.
    fn declared(&self) -> Value;

    /// Whether somebody else's object of this key does as well, as long as it has the declared fields.
    fn shareable(&self) -> bool {
        false
    }

    /// What the server holds.
    async fn observe(&self, clients: &Clients, owner: &Owner) -> Result<Option<Held>>;

    /// Makes it as declared; fails with [`Error::Stale`](crate::Error::Stale) when it is not `held` any more.
    async fn apply(&self, clients: &Clients, owner: &Owner, held: Option<&Held>) -> Result<Effect>;

    /// Takes away the object of this name, which this deployment made.
    async fn remove(clients: &Clients, owner: &Owner, name: &str) -> Result<Removal>;
}

macro_rules! kinds {
    ($($kind:ident),+ $(,)?) => {
        /// Any object of a deployment, as declared.
        #[derive(Clone, Debug)]
        #[non_exhaustive]
        pub enum Resource {
            $(
                #[doc = concat!("A [`", stringify!($kind), "`].")]
                $kind($kind),
            )+
        }

        $(
            impl From<$kind> for Resource {
                fn from(kind: $kind) -> Self {
                    Self::$kind(kind)
                }
            }
        )+

        impl Resource {
            /// Its key.
            pub fn key(&self) -> Key {
                match self {
                    $(Self::$kind(kind) => Key {
                        system: <$kind as Kind>::SYSTEM,
                        kind: <$kind as Kind>::KIND.to_owned(),
                        name: kind.name(),
                    },)+
                }
            }

            /// What it shall be, without secrets.
            pub fn declared(&self) -> Value {
                match self { $(Self::$kind(kind) => crate::diff::trimmed(kind.declared()),)+ }
            }

            /// Whether somebody else's object of this key does as well.
            pub fn shareable(&self) -> bool {
                match self { $(Self::$kind(kind) => kind.shareable(),)+ }
            }

            pub(crate) async fn observe(&self, clients: &Clients, owner: &Owner) -> Result<Option<Held>> {
                match self { $(Self::$kind(kind) => kind.observe(clients, owner).await,)+ }
            }

            pub(crate) async fn apply(
                &self,
                clients: &Clients,
                owner: &Owner,
                held: Option<&Held>,
            ) -> Result<Effect> {
                match self { $(Self::$kind(kind) => kind.apply(clients, owner, held).await,)+ }
            }
        }

        impl Key {
            /// The place of its kind in the order in which objects are made.
            pub fn rank(&self) -> usize {
                let kinds = [$((<$kind as Kind>::SYSTEM, <$kind as Kind>::KIND)),+];
                kinds.iter().position(|kind| self.is(*kind)).unwrap_or(kinds.len())
            }

            /// Whether it holds data that people may want to keep.
            pub fn holds_data(&self) -> bool {
                $(if self.is((<$kind as Kind>::SYSTEM, <$kind as Kind>::KIND)) {
                    return <$kind as Kind>::HOLDS_DATA;
                })+
                false
            }

            pub(crate) async fn remove(&self, clients: &Clients, owner: &Owner) -> Result<Removal> {
                $(if self.is((<$kind as Kind>::SYSTEM, <$kind as Kind>::KIND)) {
                    return <$kind as Kind>::remove(clients, owner, &self.name).await;
                })+
                Ok(Removal::Kept(format!("this version does not know the kind `{}`", self.kind)))
            }

            fn is(&self, (system, kind): (System, &str)) -> bool {
                self.system == system && self.kind == kind
            }
        }
    };
}

kinds! {
    VaultMount,
    VaultPkiRoot,
    VaultPkiIntermediate,
    VaultPkiRole,
    VaultTransitKey,
    VaultDatabaseConnection,
    VaultDatabaseRole,
    VaultPolicy,
    VaultAuthMount,
    VaultJwtRole,
    VaultSecret,
    SecretPin,
    ConsulPair,
    ConsulPolicy,
    ConsulRole,
    ConsulAuthMethod,
    ConsulBindingRule,
    ConsulConfigEntry,
    NomadJob,
}
