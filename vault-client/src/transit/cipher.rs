//! Encrypting and decrypting.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use secrecy::SecretSlice;
use serde::Serialize;

use super::Transit;
use super::outcome::{Batch, Outcome, Several, many, one};
use crate::error::Result;
use crate::object::blob;
use crate::transport::Request;

/// How one text is encrypted or decrypted. Nothing of it is needed for an ordinary key.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CipherOptions {
    /// From what the key is derived; needed for a key that is [`derived`](super::NewKey::derived).
    #[serde(with = "blob", skip_serializing_if = "Option::is_none")]
    pub context: Option<Bytes>,
    /// What is authenticated along with the text, and must be the same again for decrypting it. Not kept in it.
    #[serde(with = "blob", skip_serializing_if = "Option::is_none")]
    pub associated_data: Option<Bytes>,
    /// The version of the key with which is encrypted; the newest unless set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_version: Option<u64>,
    /// The nonce, which only keys of a very old engine want from outside.
    #[serde(with = "blob", skip_serializing_if = "Option::is_none")]
    pub nonce: Option<Bytes>,
    /// How RSA pads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub padding_scheme: Option<PaddingScheme>,
}

wire_enum! {
    /// How RSA pads what it encrypts.
    pub PaddingScheme {
        /// OAEP, which the server takes unless told otherwise.
        Oaep = "oaep",
        /// PKCS#1 version 1.5, for what nothing else can read.
        Pkcs1v15 = "pkcs1v15",
    }
}

impl CipherOptions {
    /// As the key has it.
    pub fn new() -> Self {
        Self::default()
    }

    /// Derives the key from this.
    #[must_use]
    pub fn with_context(mut self, context: impl Into<Bytes>) -> Self {
        self.context = Some(context.into());
        self
    }

    /// Authenticates this along with the text.
    #[must_use]
    pub fn with_associated_data(mut self, data: impl Into<Bytes>) -> Self {
        self.associated_data = Some(data.into());
        self
    }

    /// Encrypts with this version of the key.
    #[must_use]
    pub fn with_key_version(mut self, version: u64) -> Self {
        self.key_version = Some(version);
        self
    }

    /// Pads in this way.
    #[must_use]
    pub fn with_padding_scheme(mut self, scheme: PaddingScheme) -> Self {
        self.padding_scheme = Some(scheme);
        self
    }
}

/// A plain text of a batch. It is never printed.
#[derive(Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Plaintext {
    /// The text.
    pub text: Bytes,
    /// How it is encrypted.
    pub options: CipherOptions,
}

impl Plaintext {
    /// A text to be encrypted as the key has it.
    pub fn new(text: impl Into<Bytes>) -> Self {
        Self { text: text.into(), options: CipherOptions::new() }
    }

    /// The same text, encrypted in this way.
    #[must_use]
    pub fn with_options(mut self, options: CipherOptions) -> Self {
        self.options = options;
        self
    }
}

impl std::fmt::Debug for Plaintext {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Plaintext").field("options", &self.options).finish_non_exhaustive()
    }
}

/// An encrypted text of a batch.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Ciphertext {
    /// The text, `vault:v1:…`.
    pub text: String,
    /// How it was encrypted.
    pub options: CipherOptions,
}

impl Ciphertext {
    /// A text that was encrypted as the key has it.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), options: CipherOptions::new() }
    }

    /// The same text, encrypted in this way.
    #[must_use]
    pub fn with_options(mut self, options: CipherOptions) -> Self {
        self.options = options;
        self
    }
}

/// What a data key shall be. What is `None` is decided by the server.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct DataKeyOptions {
    /// Its length in bits: 128, 256 or 512; 256 unless set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bits: Option<u64>,
    /// How it is encrypted.
    #[serde(flatten)]
    pub cipher: CipherOptions,
}

impl DataKeyOptions {
    /// A key of 256 bits.
    pub fn new() -> Self {
        Self::default()
    }

    /// A key of this length in bits: 128, 256 or 512.
    #[must_use]
    pub fn with_bits(mut self, bits: u64) -> Self {
        self.bits = Some(bits);
        self
    }

    /// Encrypts it in this way.
    #[must_use]
    pub fn with_cipher(mut self, cipher: CipherOptions) -> Self {
        self.cipher = cipher;
        self
    }
}

/// A key for encrypting data outside of the engine. Only its encrypted form is to be stored.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DataKey {
    /// The key itself.
    pub plaintext: SecretSlice<u8>,
    /// The same, encrypted: [`Transit::decrypt`] gives the key back.
    pub ciphertext: String,
}

#[derive(Serialize)]
struct Encrypting<'a> {
    plaintext: String,
    #[serde(flatten)]
    options: &'a CipherOptions,
}

impl<'a> Encrypting<'a> {
    fn new(plaintext: &[u8], options: &'a CipherOptions) -> Self {
        Self { plaintext: STANDARD.encode(plaintext), options }
    }
}

#[derive(Serialize)]
struct Decrypting<'a> {
    ciphertext: &'a str,
    #[serde(flatten)]
    options: &'a CipherOptions,
}

impl<'a> From<&'a Ciphertext> for Decrypting<'a> {
    fn from(item: &'a Ciphertext) -> Self {
        Self { ciphertext: &item.text, options: &item.options }
    }
}

/// The server has other names here, and takes no associated data.
#[derive(Serialize)]
struct Rewrapping<'a> {
    ciphertext: &'a str,
    #[serde(with = "blob", skip_serializing_if = "Option::is_none")]
    context: Option<Bytes>,
    #[serde(with = "blob", skip_serializing_if = "Option::is_none")]
    nonce: Option<Bytes>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_version: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decrypt_padding_scheme: Option<&'a PaddingScheme>,
    #[serde(skip_serializing_if = "Option::is_none")]
    encrypt_padding_scheme: Option<&'a PaddingScheme>,
}

impl<'a> Rewrapping<'a> {
    fn new(ciphertext: &'a str, options: &'a CipherOptions) -> Self {
        let padding = options.padding_scheme.as_ref();
        Self {
            ciphertext,
            context: options.context.clone(),
            nonce: options.nonce.clone(),
            key_version: options.key_version,
            decrypt_padding_scheme: padding,
            encrypt_padding_scheme: padding,
        }
    }
}

impl Transit {
    /// Encrypts bytes; the text `vault:v1:…` that comes back can be stored anywhere.
    ///
    /// `POST /v1/:mount/encrypt/:name`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/transit#encrypt-data)); needs `update`. With
    /// `create`, a key that does not exist is made.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let transit = vault.transit("transit");
    /// let text = transit.encrypt("orders", b"4111 1111 1111 1111").await?;
    /// let plain = transit.decrypt("orders", &text).await?;
    /// # drop(plain);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without a permission.
    pub async fn encrypt(&self, name: &str, plaintext: &[u8]) -> Result<String> {
        self.encrypt_with(name, plaintext, &CipherOptions::new()).await
    }

    /// As [`Transit::encrypt`], with options.
    ///
    /// # Errors
    /// As [`Transit::encrypt`]; status 400 when the key is derived and there is no context.
    pub async fn encrypt_with(&self, name: &str, plaintext: &[u8], options: &CipherOptions) -> Result<String> {
        let body = Encrypting::new(plaintext, options);
        let request = Request::post("/v1/*mount/encrypt/:name", [&self.mount, name])?.json(&body)?;
        one(&self.client, request, Outcome::take_ciphertext).await
    }

    /// Encrypts several texts at once, and says of each what became of it.
    ///
    /// `POST /v1/:mount/encrypt/:name`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/transit#encrypt-data)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use vault_client::transit::Plaintext;
    ///
    /// let texts = ["a", "b"].map(Plaintext::new);
    /// for result in vault.transit("transit").encrypt_batch("orders", &texts).await? {
    ///     match result {
    ///         Ok(text) => println!("{text}"),
    ///         Err(error) => eprintln!("not encrypted: {error}"),
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Transit::encrypt`], when nothing was done at all; that an item failed is in the list.
    pub async fn encrypt_batch(&self, name: &str, items: &[Plaintext]) -> Result<Batch<String>> {
        let batch_input = items.iter().map(|item| Encrypting::new(&item.text, &item.options)).collect();
        let request = Request::post("/v1/*mount/encrypt/:name", [&self.mount, name])?.json(&Several { batch_input })?;
        many(&self.client, request, Outcome::take_ciphertext).await
    }

    /// Decrypts what [`Transit::encrypt`] made.
    ///
    /// `POST /v1/:mount/decrypt/:name`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/transit#decrypt-data)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client, text: String) -> vault_client::Result<()> {
    /// let plain = vault.transit("transit").decrypt("orders", &text).await?;
    /// # drop(plain);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when the key does not exist; status 400 when the text was
    /// not made with it, or with a version that is no longer allowed.
    pub async fn decrypt(&self, name: &str, ciphertext: &str) -> Result<SecretSlice<u8>> {
        self.decrypt_with(name, ciphertext, &CipherOptions::new()).await
    }

    /// As [`Transit::decrypt`], with the options with which the text was encrypted.
    ///
    /// # Errors
    /// As [`Transit::decrypt`].
    pub async fn decrypt_with(&self, name: &str, ciphertext: &str, options: &CipherOptions) -> Result<SecretSlice<u8>> {
        let body = Decrypting { ciphertext, options };
        let request = Request::post("/v1/*mount/decrypt/:name", [&self.mount, name])?.json(&body)?;
        one(&self.client, request, Outcome::take_plaintext).await
    }

    /// Decrypts several texts at once, and says of each what became of it.
    ///
    /// `POST /v1/:mount/decrypt/:name`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/transit#decrypt-data)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client, first: String, second: String) -> vault_client::Result<()> {
    /// use vault_client::transit::Ciphertext;
    ///
    /// let texts = [first, second].map(Ciphertext::new);
    /// let plain = vault.transit("transit").decrypt_batch("orders", &texts).await?;
    /// println!("{} could be decrypted", plain.iter().filter(|result| result.is_ok()).count());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Transit::decrypt`], when nothing was done at all; that an item failed is in the list.
    pub async fn decrypt_batch(&self, name: &str, items: &[Ciphertext]) -> Result<Batch<SecretSlice<u8>>> {
        let batch_input: Vec<Decrypting<'_>> = items.iter().map(Decrypting::from).collect();
        let request = Request::post("/v1/*mount/decrypt/:name", [&self.mount, name])?.json(&Several { batch_input })?;
        many(&self.client, request, Outcome::take_plaintext).await
    }

    /// Encrypts a text anew with the newest version of the key, without showing what it holds.
    ///
    /// `POST /v1/:mount/rewrap/:name`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/transit#rewrap-data)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client, text: String) -> vault_client::Result<()> {
    /// let transit = vault.transit("transit");
    /// transit.rotate_key("orders").await?;
    /// let text = transit.rewrap("orders", &text).await?;
    /// # drop(text);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Transit::decrypt`].
    pub async fn rewrap(&self, name: &str, ciphertext: &str) -> Result<String> {
        self.rewrap_with(name, ciphertext, &CipherOptions::new()).await
    }

    /// As [`Transit::rewrap`], with options, which hold for both sides; associated data is not possible here.
    ///
    /// # Errors
    /// As [`Transit::decrypt`].
    pub async fn rewrap_with(&self, name: &str, ciphertext: &str, options: &CipherOptions) -> Result<String> {
        let body = Rewrapping::new(ciphertext, options);
        let request = Request::post("/v1/*mount/rewrap/:name", [&self.mount, name])?.json(&body)?;
        one(&self.client, request, Outcome::take_ciphertext).await
    }

    /// Encrypts several texts anew at once, and says of each what became of it.
    ///
    /// `POST /v1/:mount/rewrap/:name`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/transit#rewrap-data)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client, texts: Vec<String>) -> vault_client::Result<()> {
    /// use vault_client::transit::Ciphertext;
    ///
    /// let texts: Vec<Ciphertext> = texts.into_iter().map(Ciphertext::new).collect();
    /// let renewed = vault.transit("transit").rewrap_batch("orders", &texts).await?;
    /// # drop(renewed);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Transit::decrypt`], when nothing was done at all; that an item failed is in the list.
    pub async fn rewrap_batch(&self, name: &str, items: &[Ciphertext]) -> Result<Batch<String>> {
        let batch_input: Vec<Rewrapping<'_>> =
            items.iter().map(|item| Rewrapping::new(&item.text, &item.options)).collect();
        let request = Request::post("/v1/*mount/rewrap/:name", [&self.mount, name])?.json(&Several { batch_input })?;
        many(&self.client, request, Outcome::take_ciphertext).await
    }

    /// Makes a key for encrypting data outside of the engine, in plain and encrypted.
    ///
    /// `POST /v1/:mount/datakey/:plaintext/:name`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/transit#generate-data-key)); needs `update` for
    /// `datakey/plaintext`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let key = vault.transit("transit").create_data_key("backups").await?;
    /// // Encrypt with `key.plaintext`, and store `key.ciphertext` beside the result.
    /// # drop(key);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when the key that encrypts it does not exist.
    pub async fn create_data_key(&self, name: &str) -> Result<DataKey> {
        self.create_data_key_with(name, &DataKeyOptions::new()).await
    }

    /// As [`Transit::create_data_key`], with options.
    ///
    /// # Errors
    /// As [`Transit::create_data_key`].
    pub async fn create_data_key_with(&self, name: &str, options: &DataKeyOptions) -> Result<DataKey> {
        let request = self.data_key("plaintext", name, options)?;
        let made =
            one(&self.client, request.clone(), |outcome| Some((outcome.take_plaintext()?, outcome.take_ciphertext()?)));
        let (plaintext, ciphertext) = made.await?;
        Ok(DataKey { plaintext, ciphertext })
    }

    /// Makes a key for encrypting data outside of the engine, and shows it only encrypted: for one who shall store it
    /// and not use it.
    ///
    /// `POST /v1/:mount/datakey/:plaintext/:name`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/transit#generate-data-key)); needs `update` for
    /// `datakey/wrapped`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let encrypted = vault.transit("transit").create_wrapped_data_key("backups").await?;
    /// # drop(encrypted);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Transit::create_data_key`].
    pub async fn create_wrapped_data_key(&self, name: &str) -> Result<String> {
        self.create_wrapped_data_key_with(name, &DataKeyOptions::new()).await
    }

    /// As [`Transit::create_wrapped_data_key`], with options.
    ///
    /// # Errors
    /// As [`Transit::create_data_key`].
    pub async fn create_wrapped_data_key_with(&self, name: &str, options: &DataKeyOptions) -> Result<String> {
        one(&self.client, self.data_key("wrapped", name, options)?, Outcome::take_ciphertext).await
    }

    fn data_key(&self, form: &str, name: &str, options: &DataKeyOptions) -> Result<Request> {
        Request::post("/v1/*mount/datakey/:plaintext/:name", [&self.mount, form, name])?.json(options)
    }
}
