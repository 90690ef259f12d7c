//! Who may speak to a service:
//! <https://developer.hashicorp.com/consul/docs/reference/config-entry/service-intentions>.

use std::collections::BTreeMap;

use crate::intention::Action;
use crate::wire::time::Timestamp;

entry! {
    /// Who may speak to a service; its name is that of the service, or `*` for all.
    ServiceIntentions {
        /// Who may, and who may not.
        pub sources: Vec<Source>,
        /// Whose JSON Web Tokens a request must have.
        #[serde(rename = "JWT")]
        pub jwt: Option<JwtRequirement>,
    }
}

part! {
    /// Somebody who speaks.
    Source {
        /// A service, or `*` for all.
        pub name: String,
        /// What is said about it; absent when `permissions` decide for each request.
        pub action: Option<Action>,
        /// What decides for each request; the first that matches counts.
        pub permissions: Vec<Permission>,
        /// The higher one wins; the server works it out.
        pub precedence: i64 as sent,
        /// Its id as an intention of its own, from before they were config entries.
        #[serde(rename = "LegacyID")]
        pub legacy_id: String,
        /// What kind of source it is: `consul`.
        #[serde(rename = "Type")]
        pub kind: String,
        /// A text for people.
        pub description: String,
        /// Its metadata from before.
        pub legacy_meta: BTreeMap<String, String>,
        /// When it was made before.
        pub legacy_create_time: Option<Timestamp>,
        /// When it was changed before.
        pub legacy_update_time: Option<Timestamp>,
        /// The namespace of the service; Enterprise only.
        pub namespace: String,
        /// The partition of the service; Enterprise only.
        pub partition: String,
        /// The peer that the service is in.
        pub peer: String,
        /// The sameness group that the service is in; Enterprise only.
        pub sameness_group: String,
    }
}

impl Source {
    /// A service, and what is said about it.
    pub fn new(name: impl Into<String>, action: Action) -> Self {
        Self { name: name.into(), action: Some(action), ..Self::default() }
    }
}

part! {
    /// What is said about some requests.
    Permission {
        /// What.
        pub action: Option<Action>,
        /// Which requests.
        #[serde(rename = "HTTP")]
        pub http: Option<HttpPermission>,
        /// Whose JSON Web Tokens they must have.
        #[serde(rename = "JWT")]
        pub jwt: Option<JwtRequirement>,
    }
}

part! {
    /// What is true of a request. At most one of the paths may be set.
    HttpPermission {
        /// The path.
        pub path_exact: String,
        /// How the path begins.
        pub path_prefix: String,
        /// A regular expression of the whole path.
        pub path_regex: String,
        /// Headers, all of which must match.
        pub header: Vec<HeaderPermission>,
        /// Methods, one of which it must have; any when empty.
        pub methods: Vec<String>,
    }
}

part! {
    /// What is true of a header.
    HeaderPermission {
        /// Its name.
        pub name: String,
        /// It is there.
        pub present: bool,
        /// Its value.
        pub exact: String,
        /// How its value begins.
        pub prefix: String,
        /// How its value ends.
        pub suffix: String,
        /// What its value holds.
        pub contains: String,
        /// A regular expression of its value.
        pub regex: String,
        /// Whether all this must not be true.
        pub invert: bool,
        /// Whether the case of the value matters not.
        pub ignore_case: bool,
    }
}

part! {
    /// Whose JSON Web Tokens a request must have.
    JwtRequirement {
        /// One of these.
        pub providers: Vec<JwtProviderReference>,
    }
}

part! {
    /// A [`JwtProvider`](super::JwtProvider), and what it must have said.
    JwtProviderReference {
        /// Its name.
        pub name: String,
        /// Claims, all of which must be there.
        pub verify_claims: Vec<ClaimVerification>,
    }
}

part! {
    /// A claim with its value.
    ClaimVerification {
        /// Where it is in the token.
        pub path: Vec<String>,
        /// Its value.
        pub value: String,
    }
}
