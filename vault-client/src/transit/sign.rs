//! Signatures and HMACs.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::Serialize;

use super::Transit;
use super::outcome::{Batch, Outcome, Several, many, one};
use crate::error::Result;
use crate::object::blob;
use crate::transport::Request;

wire_enum! {
    /// What shortens a message before it is signed.
    pub HashAlgorithm {
        /// SHA-1, for what nothing else can read.
        Sha1 = "sha1",
        /// SHA-2 with 224 bits.
        Sha2_224 = "sha2-224",
        /// SHA-2 with 256 bits, which the server takes unless told otherwise.
        Sha2_256 = "sha2-256",
        /// SHA-2 with 384 bits.
        Sha2_384 = "sha2-384",
        /// SHA-2 with 512 bits.
        Sha2_512 = "sha2-512",
        /// SHA-3 with 224 bits.
        Sha3_224 = "sha3-224",
        /// SHA-3 with 256 bits.
        Sha3_256 = "sha3-256",
        /// SHA-3 with 384 bits.
        Sha3_384 = "sha3-384",
        /// SHA-3 with 512 bits.
        Sha3_512 = "sha3-512",
        /// None: the message is signed as it is.
        None = "none",
    }
}

wire_enum! {
    /// How RSA signs.
    pub SignatureAlgorithm {
        /// PSS, which the server takes unless told otherwise.
        Pss = "pss",
        /// PKCS#1 version 1.5.
        Pkcs1v15 = "pkcs1v15",
    }
}

wire_enum! {
    /// How a signature of ECDSA is written.
    pub Marshaling {
        /// As OpenSSL and X.509 do, which the server takes unless told otherwise.
        Asn1 = "asn1",
        /// As JSON Web Tokens do.
        Jws = "jws",
    }
}

/// How messages are signed and signatures checked. Nothing of it is needed for an ordinary key.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SignOptions {
    /// What shortens the message; it goes into the path.
    #[serde(skip)]
    pub hash_algorithm: Option<HashAlgorithm>,
    /// How RSA signs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signature_algorithm: Option<SignatureAlgorithm>,
    /// How ECDSA writes signatures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub marshaling_algorithm: Option<Marshaling>,
    /// Whether the message is already what comes out of that hash.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prehashed: Option<bool>,
    /// How long the salt of PSS is: `auto`, `hash` or a number of bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub salt_length: Option<String>,
    /// From what the key is derived; needed for a key that is [`derived`](super::NewKey::derived).
    #[serde(with = "blob", skip_serializing_if = "Option::is_none")]
    pub context: Option<Bytes>,
    /// The version of the key that signs; the newest unless set. A signature says itself which it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_version: Option<u64>,
}

impl SignOptions {
    /// As the server does it by itself.
    pub fn new() -> Self {
        Self::default()
    }

    /// Shortens the message in this way.
    #[must_use]
    pub fn with_hash_algorithm(mut self, algorithm: HashAlgorithm) -> Self {
        self.hash_algorithm = Some(algorithm);
        self
    }

    /// Has RSA sign in this way.
    #[must_use]
    pub fn with_signature_algorithm(mut self, algorithm: SignatureAlgorithm) -> Self {
        self.signature_algorithm = Some(algorithm);
        self
    }

    /// Has ECDSA write signatures in this way.
    #[must_use]
    pub fn with_marshaling_algorithm(mut self, marshaling: Marshaling) -> Self {
        self.marshaling_algorithm = Some(marshaling);
        self
    }

    /// Takes the message for what comes out of the hash.
    #[must_use]
    pub fn with_prehashed(mut self, prehashed: bool) -> Self {
        self.prehashed = Some(prehashed);
        self
    }

    /// Derives the key from this.
    #[must_use]
    pub fn with_context(mut self, context: impl Into<Bytes>) -> Self {
        self.context = Some(context.into());
        self
    }

    /// Signs with this version of the key.
    #[must_use]
    pub fn with_key_version(mut self, version: u64) -> Self {
        self.key_version = Some(version);
        self
    }
}

/// How an HMAC is made.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct HmacOptions {
    /// The hash inside; it goes into the path.
    #[serde(skip)]
    pub algorithm: Option<HashAlgorithm>,
    /// The version of the key; the newest unless set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_version: Option<u64>,
}

impl HmacOptions {
    /// As the server does it by itself.
    pub fn new() -> Self {
        Self::default()
    }

    /// With this hash inside.
    #[must_use]
    pub fn with_algorithm(mut self, algorithm: HashAlgorithm) -> Self {
        self.algorithm = Some(algorithm);
        self
    }

    /// With this version of the key.
    #[must_use]
    pub fn with_key_version(mut self, version: u64) -> Self {
        self.key_version = Some(version);
        self
    }
}

/// A signature that was made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Signature {
    /// The signature, `vault:v1:…`.
    pub signature: String,
    /// The version of the key that signed.
    pub key_version: u64,
    /// The public key in base64, of a derived key alone: it cannot be read elsewhere.
    pub public_key: Option<String>,
}

/// A message of a batch.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Message {
    /// The message.
    #[serde(with = "blob")]
    pub input: Bytes,
    /// From what the key is derived; needed for a key that is [`derived`](super::NewKey::derived).
    #[serde(with = "blob", skip_serializing_if = "Option::is_none")]
    pub context: Option<Bytes>,
    #[serde(flatten)]
    proof: Option<Proof>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Proof {
    Signature(String),
    Hmac(String),
}

impl Message {
    /// A message to be signed.
    pub fn new(input: impl Into<Bytes>) -> Self {
        Self { input: input.into(), ..Self::default() }
    }

    /// A message whose signature is to be checked.
    pub fn signed(input: impl Into<Bytes>, signature: impl Into<String>) -> Self {
        Self { proof: Some(Proof::Signature(signature.into())), ..Self::new(input) }
    }

    /// A message whose HMAC is to be checked.
    pub fn authenticated(input: impl Into<Bytes>, hmac: impl Into<String>) -> Self {
        Self { proof: Some(Proof::Hmac(hmac.into())), ..Self::new(input) }
    }

    /// Derives the key from this.
    #[must_use]
    pub fn with_context(mut self, context: impl Into<Bytes>) -> Self {
        self.context = Some(context.into());
        self
    }
}

/// One message with the options of the call.
#[derive(Serialize)]
struct One<'a, O> {
    input: String,
    #[serde(flatten)]
    proof: Option<Proof>,
    #[serde(flatten)]
    options: &'a O,
}

impl<'a, O> One<'a, O> {
    fn new(input: &[u8], options: &'a O) -> Self {
        Self { input: STANDARD.encode(input), proof: None, options }
    }
}

/// Several messages with the options of the call.
#[derive(Serialize)]
struct All<'a, O> {
    #[serde(flatten)]
    items: Several<&'a Message>,
    #[serde(flatten)]
    options: &'a O,
}

impl<'a, O> All<'a, O> {
    fn new(items: &'a [Message], options: &'a O) -> Self {
        Self { items: Several { batch_input: items.iter().collect() }, options }
    }
}

fn signature(outcome: &mut Outcome) -> Option<Signature> {
    Some(Signature {
        signature: outcome.signature.take()?,
        key_version: outcome.key_version.unwrap_or_default(),
        public_key: outcome.public_key(),
    })
}

impl Transit {
    /// Signs a message.
    ///
    /// `POST /v1/:mount/sign/:name`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/transit#sign-data)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let transit = vault.transit("transit");
    /// let signed = transit.sign("releases", b"latticedb 1.2.3").await?;
    /// assert!(transit.verify("releases", b"latticedb 1.2.3", &signed.signature).await?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when the key does not exist; status 400 or 500 when it is
    /// none that signs.
    pub async fn sign(&self, name: &str, input: &[u8]) -> Result<Signature> {
        self.sign_with(name, input, &SignOptions::new()).await
    }

    /// As [`Transit::sign`], with options.
    ///
    /// `POST /v1/:mount/sign/:name`, and with a hash algorithm `POST /v1/:mount/sign/:name/:algorithm`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/transit#sign-data)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use vault_client::transit::{HashAlgorithm, SignOptions};
    ///
    /// let options = SignOptions::new().with_hash_algorithm(HashAlgorithm::Sha2_512);
    /// let signed = vault.transit("transit").sign_with("releases", b"latticedb 1.2.3", &options).await?;
    /// println!("{}", signed.signature);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Transit::sign`].
    pub async fn sign_with(&self, name: &str, input: &[u8], options: &SignOptions) -> Result<Signature> {
        let request = self.sign_request(name, options)?.json(&One::new(input, options))?;
        one(&self.client, request, signature).await
    }

    /// Signs several messages at once, and says of each what became of it.
    ///
    /// `POST /v1/:mount/sign/:name`, and with a hash algorithm `POST /v1/:mount/sign/:name/:algorithm`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/transit#sign-data)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use vault_client::transit::{Message, SignOptions};
    ///
    /// let messages = ["a", "b"].map(Message::new);
    /// for result in vault.transit("transit").sign_batch("releases", &messages, &SignOptions::new()).await? {
    ///     println!("{}", result.map_or_else(|error| error.to_string(), |signed| signed.signature));
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Transit::sign`], when nothing was done at all; that an item failed is in the list.
    pub async fn sign_batch(
        &self,
        name: &str,
        messages: &[Message],
        options: &SignOptions,
    ) -> Result<Batch<Signature>> {
        let request = self.sign_request(name, options)?.json(&All::new(messages, options))?;
        many(&self.client, request, signature).await
    }

    fn sign_request(&self, name: &str, options: &SignOptions) -> Result<Request> {
        match &options.hash_algorithm {
            None => Request::post("/v1/*mount/sign/:name", [&self.mount, name]),
            Some(hash) => Request::post("/v1/*mount/sign/:name/:algorithm", [&self.mount, name, hash.as_str()]),
        }
    }

    /// Whether a signature belongs to a message.
    ///
    /// `POST /v1/:mount/verify/:name`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/transit#verify-signed-data)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client, signature: String) -> vault_client::Result<()> {
    /// if !vault.transit("transit").verify("releases", b"latticedb 1.2.3", &signature).await? {
    ///     println!("not one of ours");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when the key does not exist; status 400 when the signature
    /// is no `vault:v1:…` at all.
    pub async fn verify(&self, name: &str, input: &[u8], signature: &str) -> Result<bool> {
        self.verify_with(name, input, signature, &SignOptions::new()).await
    }

    /// As [`Transit::verify`], with the options with which was signed.
    ///
    /// `POST /v1/:mount/verify/:name`, and with a hash algorithm `POST /v1/:mount/verify/:name/:algorithm`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/transit#verify-signed-data)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client, signature: String) -> vault_client::Result<()> {
    /// use vault_client::transit::{HashAlgorithm, SignOptions};
    ///
    /// let options = SignOptions::new().with_hash_algorithm(HashAlgorithm::Sha2_512);
    /// let valid = vault.transit("transit").verify_with("releases", b"latticedb 1.2.3", &signature, &options).await?;
    /// println!("{valid}");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Transit::verify`].
    pub async fn verify_with(&self, name: &str, input: &[u8], signature: &str, options: &SignOptions) -> Result<bool> {
        let mut body = One::new(input, options);
        body.proof = Some(Proof::Signature(signature.to_owned()));
        let request = self.verify_request(name, options.hash_algorithm.as_ref())?.json(&body)?;
        one(&self.client, request, |outcome| outcome.valid).await
    }

    /// Whether each of several messages has the signature or the HMAC that it came with. A batch holds one of both.
    ///
    /// `POST /v1/:mount/verify/:name`, and with a hash algorithm `POST /v1/:mount/verify/:name/:algorithm`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/transit#verify-signed-data)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client, signature: String) -> vault_client::Result<()> {
    /// use vault_client::transit::{Message, SignOptions};
    ///
    /// let messages = [Message::signed("a", signature)];
    /// let valid = vault.transit("transit").verify_batch("releases", &messages, &SignOptions::new()).await?;
    /// println!("all valid: {}", valid.iter().all(|result| matches!(result, Ok(true))));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Transit::verify`], when nothing was done at all; that an item failed is in the list.
    pub async fn verify_batch(&self, name: &str, messages: &[Message], options: &SignOptions) -> Result<Batch<bool>> {
        let request = self.verify_request(name, options.hash_algorithm.as_ref())?;
        many(&self.client, request.json(&All::new(messages, options))?, |outcome| outcome.valid).await
    }

    fn verify_request(&self, name: &str, hash: Option<&HashAlgorithm>) -> Result<Request> {
        match hash {
            None => Request::post("/v1/*mount/verify/:name", [&self.mount, name]),
            Some(hash) => Request::post("/v1/*mount/verify/:name/:algorithm", [&self.mount, name, hash.as_str()]),
        }
    }

    /// Makes the HMAC of a message; every kind of key can do that.
    ///
    /// `POST /v1/:mount/hmac/:name`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/transit#generate-hmac)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let transit = vault.transit("transit");
    /// let hmac = transit.hmac("webhooks", b"the body").await?;
    /// assert!(transit.verify_hmac("webhooks", b"the body", &hmac).await?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when the key does not exist.
    pub async fn hmac(&self, name: &str, input: &[u8]) -> Result<String> {
        self.hmac_with(name, input, &HmacOptions::new()).await
    }

    /// As [`Transit::hmac`], with options.
    ///
    /// `POST /v1/:mount/hmac/:name`, and with an algorithm `POST /v1/:mount/hmac/:name/:algorithm`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/transit#generate-hmac)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use vault_client::transit::{HashAlgorithm, HmacOptions};
    ///
    /// let options = HmacOptions::new().with_algorithm(HashAlgorithm::Sha2_512);
    /// let hmac = vault.transit("transit").hmac_with("webhooks", b"the body", &options).await?;
    /// # drop(hmac);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Transit::hmac`].
    pub async fn hmac_with(&self, name: &str, input: &[u8], options: &HmacOptions) -> Result<String> {
        let request = self.hmac_request(name, options)?.json(&One::new(input, options))?;
        one(&self.client, request, |outcome| outcome.hmac.take()).await
    }

    /// Makes the HMACs of several messages at once, and says of each what became of it.
    ///
    /// `POST /v1/:mount/hmac/:name`, and with an algorithm `POST /v1/:mount/hmac/:name/:algorithm`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/transit#generate-hmac)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use vault_client::transit::{HmacOptions, Message};
    ///
    /// let messages = ["a", "b"].map(Message::new);
    /// let hmacs = vault.transit("transit").hmac_batch("webhooks", &messages, &HmacOptions::new()).await?;
    /// # drop(hmacs);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Transit::hmac`], when nothing was done at all; that an item failed is in the list.
    pub async fn hmac_batch(&self, name: &str, messages: &[Message], options: &HmacOptions) -> Result<Batch<String>> {
        let request = self.hmac_request(name, options)?.json(&All::new(messages, options))?;
        many(&self.client, request, |outcome| outcome.hmac.take()).await
    }

    fn hmac_request(&self, name: &str, options: &HmacOptions) -> Result<Request> {
        match &options.algorithm {
            None => Request::post("/v1/*mount/hmac/:name", [&self.mount, name]),
            Some(hash) => Request::post("/v1/*mount/hmac/:name/:algorithm", [&self.mount, name, hash.as_str()]),
        }
    }

    /// Whether an HMAC belongs to a message.
    ///
    /// `POST /v1/:mount/verify/:name`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/transit#verify-signed-data)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client, hmac: String) -> vault_client::Result<()> {
    /// let valid = vault.transit("transit").verify_hmac("webhooks", b"the body", &hmac).await?;
    /// println!("{valid}");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Transit::verify`].
    pub async fn verify_hmac(&self, name: &str, input: &[u8], hmac: &str) -> Result<bool> {
        self.verify_hmac_with(name, input, hmac, &HmacOptions::new()).await
    }

    /// As [`Transit::verify_hmac`], with the algorithm of the HMAC.
    ///
    /// # Errors
    /// As [`Transit::verify`].
    pub async fn verify_hmac_with(&self, name: &str, input: &[u8], hmac: &str, options: &HmacOptions) -> Result<bool> {
        let mut body = One::new(input, options);
        body.proof = Some(Proof::Hmac(hmac.to_owned()));
        let request = self.verify_request(name, options.algorithm.as_ref())?.json(&body)?;
        one(&self.client, request, |outcome| outcome.valid).await
    }
}
