//! The fields of a role that can be read, written and reset one by one:
//! <https://developer.hashicorp.com/vault/api-docs/auth/approle#read-update-or-delete-approle-properties>.
//!
//! Each needs `read` to be read, `update` to be written and `delete` to be reset.

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::wire::duration::Seconds;

/// A field, by its route and by its name in the bodies.
pub struct Field<T: Setting> {
    pub(super) route: &'static str,
    pub(super) name: &'static str,
    pub(super) wire: fn(T) -> T::Wire,
}

impl<T: Setting> std::fmt::Debug for Field<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// What a field holds.
pub trait Setting: Sized + Clone + sealed::Sealed {
    #[doc(hidden)]
    type Wire: DeserializeOwned + Serialize + Default + Into<Self> + From<Self>;
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! settings {
    ($($kind:ty => $wire:ty),+) => {
        $(
            impl sealed::Sealed for $kind {}
            impl Setting for $kind {
                type Wire = $wire;
            }
        )+
    };
}

settings!(Duration => Seconds, u64 => u64, bool => bool, Vec<String> => Vec<String>);

impl<T: Setting> Field<T> {
    const fn new(route: &'static str, name: &'static str) -> Self {
        Self { route, name, wire: T::Wire::from }
    }
}

/// The policies of the tokens: `GET /v1/auth/:mount/role/:role/policies`, `POST /v1/auth/:mount/role/:role/policies`,
/// `DELETE /v1/auth/:mount/role/:role/policies`.
pub const TOKEN_POLICIES: Field<Vec<String>> = Field::new("/v1/auth/*mount/role/:role/policies", "token_policies");

/// How long each renewal makes a token live, without any end: `GET /v1/auth/:mount/role/:role/period`,
/// `POST /v1/auth/:mount/role/:role/period`, `DELETE /v1/auth/:mount/role/:role/period`.
pub const TOKEN_PERIOD: Field<Duration> = Field::new("/v1/auth/*mount/role/:role/period", "token_period");

/// How long a token lives: `GET /v1/auth/:mount/role/:role/token-ttl`, `POST /v1/auth/:mount/role/:role/token-ttl`,
/// `DELETE /v1/auth/:mount/role/:role/token-ttl`.
pub const TOKEN_TTL: Field<Duration> = Field::new("/v1/auth/*mount/role/:role/token-ttl", "token_ttl");

/// How long a token can be renewed: `GET /v1/auth/:mount/role/:role/token-max-ttl`,
/// `POST /v1/auth/:mount/role/:role/token-max-ttl`, `DELETE /v1/auth/:mount/role/:role/token-max-ttl`.
pub const TOKEN_MAX_TTL: Field<Duration> = Field::new("/v1/auth/*mount/role/:role/token-max-ttl", "token_max_ttl");

/// How many calls a token is good for, 0 without limit: `GET /v1/auth/:mount/role/:role/token-num-uses`,
/// `POST /v1/auth/:mount/role/:role/token-num-uses`, `DELETE /v1/auth/:mount/role/:role/token-num-uses`.
pub const TOKEN_NUM_USES: Field<u64> = Field::new("/v1/auth/*mount/role/:role/token-num-uses", "token_num_uses");

/// The addresses from which a token can be used: `GET /v1/auth/:mount/role/:role/token-bound-cidrs`,
/// `POST /v1/auth/:mount/role/:role/token-bound-cidrs`, `DELETE /v1/auth/:mount/role/:role/token-bound-cidrs`.
pub const TOKEN_BOUND_CIDRS: Field<Vec<String>> =
    Field::new("/v1/auth/*mount/role/:role/token-bound-cidrs", "token_bound_cidrs");

/// How long a secret id lives: `GET /v1/auth/:mount/role/:role/secret-id-ttl`,
/// `POST /v1/auth/:mount/role/:role/secret-id-ttl`, `DELETE /v1/auth/:mount/role/:role/secret-id-ttl`.
pub const SECRET_ID_TTL: Field<Duration> = Field::new("/v1/auth/*mount/role/:role/secret-id-ttl", "secret_id_ttl");

/// How many logins a secret id is good for, 0 without limit: `GET /v1/auth/:mount/role/:role/secret-id-num-uses`,
/// `POST /v1/auth/:mount/role/:role/secret-id-num-uses`, `DELETE /v1/auth/:mount/role/:role/secret-id-num-uses`.
pub const SECRET_ID_NUM_USES: Field<u64> =
    Field::new("/v1/auth/*mount/role/:role/secret-id-num-uses", "secret_id_num_uses");

/// The addresses from which a secret id can be used: `GET /v1/auth/:mount/role/:role/secret-id-bound-cidrs`,
/// `POST /v1/auth/:mount/role/:role/secret-id-bound-cidrs`, `DELETE /v1/auth/:mount/role/:role/secret-id-bound-cidrs`.
pub const SECRET_ID_BOUND_CIDRS: Field<Vec<String>> =
    Field::new("/v1/auth/*mount/role/:role/secret-id-bound-cidrs", "secret_id_bound_cidrs");

/// Whether a login needs a secret id: `GET /v1/auth/:mount/role/:role/bind-secret-id`,
/// `POST /v1/auth/:mount/role/:role/bind-secret-id`, `DELETE /v1/auth/:mount/role/:role/bind-secret-id`.
pub const BIND_SECRET_ID: Field<bool> = Field::new("/v1/auth/*mount/role/:role/bind-secret-id", "bind_secret_id");

/// The older name of [`SECRET_ID_BOUND_CIDRS`], which Vault 1.21 takes without a word and keeps nowhere:
/// `GET /v1/auth/:mount/role/:role/bound-cidr-list`, `POST /v1/auth/:mount/role/:role/bound-cidr-list`,
/// `DELETE /v1/auth/:mount/role/:role/bound-cidr-list`.
pub const BOUND_CIDR_LIST: Field<Vec<String>> =
    Field::new("/v1/auth/*mount/role/:role/bound-cidr-list", "bound_cidr_list");
