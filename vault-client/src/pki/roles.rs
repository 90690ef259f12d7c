//! Roles: what certificates may be issued.

use std::time::Duration;

use super::{KeyType, Pki};
use crate::client::merge_request;
use crate::error::Result;
use crate::transport::Request;

wire_enum! {
    /// Where the serial number in the subject comes from.
    pub SerialNumberSource {
        /// The call, or else the request for the certificate.
        JsonCsr = "json-csr",
        /// The call alone.
        Json = "json",
    }
}

object! {
    /// What certificates may be issued.
    Role {
        /// The issuer, by id, by name or as `default`.
        pub issuer_ref: Option<String>,
        /// How long a certificate is valid; zero for what the mount is set to.
        pub ttl: Option<Duration> as seconds,
        /// How long it may be valid at most; zero for what the mount is set to.
        pub max_ttl: Option<Duration> as seconds,
        /// When it ends, in RFC 3339, in place of a `ttl`; empty for none.
        pub not_after: Option<String>,
        /// How long before its making it becomes valid, for clocks that differ.
        pub not_before_duration: Option<Duration> as seconds,
        /// The domains that names may be in.
        pub allowed_domains: Option<Vec<String>>,
        /// Whether `{{identity…}}` is replaced in those.
        pub allowed_domains_template: Option<bool>,
        /// Whether the domains themselves are allowed.
        pub allow_bare_domains: Option<bool>,
        /// Whether names below the domains are allowed.
        pub allow_subdomains: Option<bool>,
        /// Whether the domains may hold `*` for any text.
        pub allow_glob_domains: Option<bool>,
        /// Whether names may begin with `*.`.
        pub allow_wildcard_certificates: Option<bool>,
        /// Whether any name is allowed.
        pub allow_any_name: Option<bool>,
        /// Whether `localhost` is allowed.
        pub allow_localhost: Option<bool>,
        /// Whether the display name of the token is allowed.
        pub allow_token_displayname: Option<bool>,
        /// Whether addresses are allowed.
        pub allow_ip_sans: Option<bool>,
        /// The URIs that are allowed.
        pub allowed_uri_sans: Option<Vec<String>>,
        /// Whether `{{identity…}}` is replaced in those.
        pub allowed_uri_sans_template: Option<bool>,
        /// The names of other kinds that are allowed.
        pub allowed_other_sans: Option<Vec<String>>,
        /// The serial numbers that are allowed in the subject.
        pub allowed_serial_numbers: Option<Vec<String>>,
        /// Where the serial number in the subject comes from.
        pub serial_number_source: Option<SerialNumberSource>,
        /// The user ids that are allowed in the subject.
        pub allowed_user_ids: Option<Vec<String>>,
        /// Whether names must be host names.
        pub enforce_hostnames: Option<bool>,
        /// As what the common name is checked: `email`, `hostname` or `disabled`.
        pub cn_validations: Option<Vec<String>>,
        /// Whether there must be a common name.
        pub require_cn: Option<bool>,
        /// Whether a request to be signed says the common name.
        pub use_csr_common_name: Option<bool>,
        /// Whether a request to be signed says the other names.
        pub use_csr_sans: Option<bool>,
        /// Whether certificates are good for servers.
        pub server_flag: Option<bool>,
        /// Whether certificates are good for clients.
        pub client_flag: Option<bool>,
        /// Whether certificates are good for signing code.
        pub code_signing_flag: Option<bool>,
        /// Whether certificates are good for mail.
        pub email_protection_flag: Option<bool>,
        /// Whether certificates say of themselves that they are none of an authority.
        pub basic_constraints_valid_for_non_ca: Option<bool>,
        /// The kind of keys.
        pub key_type: Option<KeyType>,
        /// The length of keys; 0 for the usual one.
        pub key_bits: Option<u64>,
        /// The length of the hash in signatures; 0 for the usual one.
        pub signature_bits: Option<u64>,
        /// Whether RSA signs with PSS.
        pub use_pss: Option<bool>,
        /// What keys may be used for.
        pub key_usage: Option<Vec<String>>,
        /// What else keys may be used for.
        pub ext_key_usage: Option<Vec<String>>,
        /// The same, by number.
        pub ext_key_usage_oids: Option<Vec<String>>,
        /// The policies that certificates name, by number or as JSON.
        pub policy_identifiers: Option<Vec<String>>,
        /// The organisation in the subject.
        pub organization: Option<Vec<String>>,
        /// The organisational unit in the subject.
        pub ou: Option<Vec<String>>,
        /// The country in the subject.
        pub country: Option<Vec<String>>,
        /// The locality in the subject.
        pub locality: Option<Vec<String>>,
        /// The province in the subject.
        pub province: Option<Vec<String>>,
        /// The street in the subject.
        pub street_address: Option<Vec<String>>,
        /// The postal code in the subject.
        pub postal_code: Option<Vec<String>>,
        /// Whether certificates have a lease.
        pub generate_lease: Option<bool>,
        /// Whether certificates are forgotten, so that they can be neither listed nor revoked.
        pub no_store: Option<bool>,
    }
}

impl Role {
    /// A role as the server makes it by itself.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Pki {
    /// Lists the names of the roles.
    ///
    /// `LIST /v1/:mount/roles`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#list-roles)); needs `list`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// println!("{:?}", vault.pki("pki").list_roles().await?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission.
    pub async fn list_roles(&self) -> Result<Vec<String>> {
        self.client.list("/v1/*mount/roles/", [&self.mount]).await
    }

    /// Reads a role, or `None` when it does not exist.
    ///
    /// `GET /v1/:mount/roles/:name`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#read-role)); needs `read`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// if let Some(role) = vault.pki("pki").read_role("web").await? {
    ///     println!("{:?}", role.allowed_domains);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission.
    pub async fn read_role(&self, name: &str) -> Result<Option<Role>> {
        self.client.read("/v1/*mount/roles/:name", [&self.mount, name]).await
    }

    /// Writes a role; what is absent is reset.
    ///
    /// `POST /v1/:mount/roles/:name`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#create-update-role)); needs `create` or
    /// `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use vault_client::pki::Role;
    ///
    /// let mut role = Role::new();
    /// role.allowed_domains = Some(vec!["example.com".to_owned()]);
    /// role.allow_subdomains = Some(true);
    /// vault.pki("pki").put_role("web", &role).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission; status 400 when a setting is not possible.
    pub async fn put_role(&self, name: &str, role: &Role) -> Result<()> {
        self.client.put("/v1/*mount/roles/:name", [&self.mount, name], role).await
    }

    /// Changes some settings of a role, and says what holds then; what is absent stays as it is.
    ///
    /// `PATCH /v1/:mount/roles/:name`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#create-update-role)); needs `patch`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use vault_client::pki::Role;
    ///
    /// let mut change = Role::new();
    /// change.allow_bare_domains = Some(true);
    /// vault.pki("pki").update_role("web", &change).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when it does not exist.
    pub async fn update_role(&self, name: &str, change: &Role) -> Result<Role> {
        let request = Request::new("PATCH", "/v1/*mount/roles/:name", [&self.mount, name])?;
        self.client.fetch(merge_request(request, change)?.idempotent()).await
    }

    /// Deletes a role; one that does not exist is fine too.
    ///
    /// `DELETE /v1/:mount/roles/:name`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/pki#delete-role)); needs `delete`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// vault.pki("pki").delete_role("web").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission.
    pub async fn delete_role(&self, name: &str) -> Result<()> {
        self.client.delete("/v1/*mount/roles/:name", [&self.mount, name]).await
    }
}

#[cfg(test)]
mod tests {
    use super::Role;
    use std::time::Duration;

    #[test]
    fn t15_a_role_comes_back_as_it_was() {
        let text = r#"{"allow_any_name":false,"allow_subdomains":true,"allow_token_displayname":false,
            "allowed_domains":["service.consul"],"allowed_other_sans":[],"cn_validations":["email","hostname"],
            "ext_key_usage":[],"issuer_ref":"default","key_bits":256,"key_type":"ec","key_usage":["DigitalSignature"],
            "max_ttl":259200,"new":{"a":1},"not_after":"","not_before_duration":30,"ttl":0,"use_pss":false}"#;
        let role: Role = serde_json::from_str(text).unwrap();
        assert_eq!(role.max_ttl, Some(Duration::from_secs(72 * 3600)));
        let mut expected: serde_json::Value = serde_json::from_str(text).unwrap();
        for (name, seconds) in [("max_ttl", "259200s"), ("not_before_duration", "30s"), ("ttl", "0s")] {
            expected[name] = seconds.into();
        }
        assert_eq!(serde_json::to_value(&role).unwrap(), expected);
    }
}
