//! Access control: <https://developer.hashicorp.com/nomad/api-docs/acl>.
//!
//! Everything needs a management token unless said otherwise.

mod auth_methods;
mod binding_rules;
mod login;
mod policies;
mod roles;
mod tokens;

pub use self::auth_methods::{
    AuthMethod, AuthMethodConfig, AuthMethodStub, AuthMethodType, ClientAssertion, ClientAssertionKey, TokenLocality,
};
pub use self::binding_rules::{BindType, BindingRule, BindingRuleStub};
pub use self::login::{ClientIntroduction, OidcCallback, OidcLogin, OneTimeToken};
pub use self::policies::{JobAcl, Policy, PolicyStub};
pub use self::roles::{PolicyLink, Role};
pub use self::tokens::{AclToken, NewToken, RoleLink, TokenStub, TokenType};

use crate::client::Client;

/// Handle made by [`Client::acl`].
#[derive(Clone, Debug)]
pub struct Acl {
    client: Client,
}

impl Acl {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }
}
