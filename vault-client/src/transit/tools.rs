//! Random bytes, hashes, and settings of the engine as a whole.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::outcome::incomplete;
use super::{HashAlgorithm, Transit};
use crate::codec;
use crate::error::Result;
use crate::object::blob;
use crate::transport::Request;

wire_enum! {
    /// Where random bytes come from.
    pub RandomSource {
        /// The operating system of the server, which is taken unless told otherwise.
        Platform = "platform",
        /// The seal (Vault Enterprise).
        Seal = "seal",
        /// Both.
        All = "all",
    }
}

object! {
    /// Settings of the cache of keys.
    CacheConfig {
        /// How many keys are kept in memory; 0 for all. It is heeded when the mount is loaded again.
        pub size: Option<u64>,
    }
}

impl CacheConfig {
    /// This many keys; 0 for all.
    pub fn new(size: u64) -> Self {
        Self { size: Some(size), ..Self::default() }
    }
}

object! {
    /// Settings that hold for all keys.
    KeysConfig {
        /// Whether encrypting never makes a key that does not exist.
        pub disable_upsert: Option<bool>,
    }
}

impl KeysConfig {
    /// Whether encrypting never makes a key that does not exist.
    pub fn new(disable_upsert: bool) -> Self {
        Self { disable_upsert: Some(disable_upsert), ..Self::default() }
    }
}

#[derive(Serialize, Deserialize)]
struct Random {
    #[serde(with = "codec::secret")]
    random_bytes: SecretString,
}

#[derive(Serialize, Deserialize)]
struct Hash {
    #[serde(with = "blob")]
    sum: Bytes,
}

impl Transit {
    /// Makes random bytes.
    ///
    /// `POST /v1/:mount/random`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/transit#generate-random-bytes)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let salt = vault.transit("transit").random(32).await?;
    /// # drop(salt);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission; status 400 for more than 128 KiB.
    pub async fn random(&self, bytes: u64) -> Result<SecretSlice<u8>> {
        let request = Request::post("/v1/*mount/random", [&self.mount])?;
        self.random_bytes(request.json(&json!({ "bytes": bytes }))?).await
    }

    /// Makes random bytes from one source or from all of them.
    ///
    /// `POST /v1/:mount/random/:source`, and for all `POST /v1/:mount/random/:source/:bytes`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/transit#generate-random-bytes)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use vault_client::transit::RandomSource;
    ///
    /// let salt = vault.transit("transit").random_from(&RandomSource::All, 32).await?;
    /// # drop(salt);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Transit::random`].
    pub async fn random_from(&self, source: &RandomSource, bytes: u64) -> Result<SecretSlice<u8>> {
        let (mount, name, count) = (self.mount.as_str(), source.as_str(), bytes.to_string());
        let request = match source {
            RandomSource::All => Request::post("/v1/*mount/random/:source/:bytes", [mount, name, &count])?,
            _ => Request::post("/v1/*mount/random/:source", [mount, name])?,
        };
        self.random_bytes(request.json(&json!({ "bytes": bytes }))?).await
    }

    async fn random_bytes(&self, request: Request) -> Result<SecretSlice<u8>> {
        // To ask again costs nothing but other bytes.
        let random: Random = self.client.fetch(request.clone().idempotent()).await?;
        let bytes = STANDARD.decode(random.random_bytes.expose_secret());
        bytes.map(SecretSlice::from).map_err(|_| incomplete(&request))
    }

    /// Hashes bytes with SHA-2 of 256 bits.
    ///
    /// `POST /v1/:mount/hash`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/transit#hash-data)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let sum = vault.transit("transit").hash(b"some bytes").await?;
    /// assert_eq!(sum.len(), 32);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission.
    pub async fn hash(&self, input: &[u8]) -> Result<Bytes> {
        self.sum(Request::post("/v1/*mount/hash", [&self.mount])?, input).await
    }

    /// Hashes bytes with an algorithm of choice.
    ///
    /// `POST /v1/:mount/hash/:algorithm`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/transit#hash-data)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use vault_client::transit::HashAlgorithm;
    ///
    /// let sum = vault.transit("transit").hash_with(b"some bytes", &HashAlgorithm::Sha3_512).await?;
    /// # drop(sum);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Transit::hash`]; status 400 when the server does not know the algorithm.
    pub async fn hash_with(&self, input: &[u8], algorithm: &HashAlgorithm) -> Result<Bytes> {
        self.sum(Request::post("/v1/*mount/hash/:algorithm", [&self.mount, algorithm.as_str()])?, input).await
    }

    async fn sum(&self, request: Request, input: &[u8]) -> Result<Bytes> {
        let request = request.json(&json!({ "input": STANDARD.encode(input), "format": "base64" }))?;
        Ok(self.client.fetch::<Hash>(request.idempotent()).await?.sum)
    }

    /// Reads how many keys are kept in memory.
    ///
    /// `GET /v1/:mount/cache-config`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/transit#read-transit-cache-configuration)); needs
    /// `read`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// println!("{:?} keys", vault.transit("transit").read_cache_config().await?.size);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission.
    pub async fn read_cache_config(&self) -> Result<CacheConfig> {
        self.client.fetch(Request::get("/v1/*mount/cache-config", [&self.mount])?).await
    }

    /// Sets how many keys are kept in memory.
    ///
    /// `POST /v1/:mount/cache-config`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/transit#configure-cache)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use vault_client::transit::CacheConfig;
    ///
    /// vault.transit("transit").put_cache_config(&CacheConfig::new(500)).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission; status 400 for a number from 1 to 9.
    pub async fn put_cache_config(&self, config: &CacheConfig) -> Result<()> {
        self.client.put("/v1/*mount/cache-config", [&self.mount], config).await
    }

    /// Reads what holds for all keys.
    ///
    /// `GET /v1/:mount/config/keys`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/transit#read-keys-configuration)); needs `read`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// println!("{:?}", vault.transit("transit").read_keys_config().await?.disable_upsert);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission.
    pub async fn read_keys_config(&self) -> Result<KeysConfig> {
        self.client.fetch(Request::get("/v1/*mount/config/keys", [&self.mount])?).await
    }

    /// Sets what holds for all keys.
    ///
    /// `POST /v1/:mount/config/keys`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/secret/transit#write-keys-configuration)); needs `update`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// use vault_client::transit::KeysConfig;
    ///
    /// vault.transit("transit").put_keys_config(&KeysConfig::new(true)).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the permission.
    pub async fn put_keys_config(&self, config: &KeysConfig) -> Result<()> {
        self.client.put("/v1/*mount/config/keys", [&self.mount], config).await
    }
}
