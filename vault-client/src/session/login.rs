//! Ways to log in that a session can repeat by itself.

use std::path::PathBuf;
use std::pin::Pin;

use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use crate::auth::Auth;
use crate::client::Client;
use crate::error::{ConfigError, Result};
use crate::meta::Answer;
use crate::transport::Request;

/// A way to log in, as often as it is needed.
pub trait Login: Send + Sync + 'static {
    /// Logs in. The client has no token.
    fn login<'a>(&'a self, client: &'a Client) -> LoginFuture<'a>;
}

/// What [`Login::login`] returns: a boxed `async` block.
pub type LoginFuture<'a> = Pin<Box<dyn Future<Output = Result<Answer<Auth>>> + Send + 'a>>;

/// A secret that is shown at each login.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Proof {
    /// Always this one.
    Text(SecretString),
    /// The content of a file, read again for each login, since whoever writes it may have replaced it.
    File(PathBuf),
}

impl Proof {
    /// The secret as it is now.
    async fn read(&self) -> Result<SecretString> {
        match self {
            Self::Text(text) => Ok(text.clone()),
            Self::File(path) => {
                let what = || format!("file {}", path.display());
                let text = tokio::fs::read_to_string(path).await;
                let text = text.map_err(|error| ConfigError::new(what(), "it cannot be read").caused(error))?;
                let text = text.trim();
                if text.is_empty() {
                    return Err(ConfigError::new(what(), "it is empty").into());
                }
                Ok(text.into())
            }
        }
    }
}

impl From<SecretString> for Proof {
    fn from(text: SecretString) -> Self {
        Self::Text(text)
    }
}

impl From<PathBuf> for Proof {
    fn from(path: PathBuf) -> Self {
        Self::File(path)
    }
}

/// With role and secret id.
#[derive(Clone, Debug)]
pub struct AppRoleLogin {
    mount: String,
    role_id: String,
    secret_id: Option<Proof>,
}

impl AppRoleLogin {
    /// With this role id, at this mount, which is named without `auth/`.
    pub fn new(mount: impl Into<String>, role_id: impl Into<String>) -> Self {
        Self { mount: mount.into(), role_id: role_id.into(), secret_id: None }
    }

    /// The secret id, where the role wants one. It has to be good for more than one login.
    #[must_use]
    pub fn with_secret_id(mut self, secret_id: impl Into<Proof>) -> Self {
        self.secret_id = Some(secret_id.into());
        self
    }
}

impl Login for AppRoleLogin {
    fn login<'a>(&'a self, client: &'a Client) -> LoginFuture<'a> {
        Box::pin(async {
            let secret_id = match &self.secret_id {
                Some(proof) => Some(proof.read().await?),
                None => None,
            };
            client.approle(&self.mount).login(&self.role_id, secret_id.as_ref()).await
        })
    }
}

/// With a signed token: the auth methods `jwt` and `kubernetes`, which ask the same.
#[derive(Clone, Debug)]
pub struct JwtLogin {
    mount: String,
    role: String,
    jwt: Proof,
}

impl JwtLogin {
    /// With a token of this role, at this mount, which is named without `auth/`.
    pub fn new(mount: impl Into<String>, role: impl Into<String>, jwt: impl Into<Proof>) -> Self {
        Self { mount: mount.into(), role: role.into(), jwt: jwt.into() }
    }

    /// With the token that Kubernetes gives to every container.
    pub fn kubernetes(role: impl Into<String>) -> Self {
        let file = PathBuf::from("/var/run/secrets/kubernetes.io/serviceaccount/token");
        Self::new("kubernetes", role, file)
    }
}

impl Login for JwtLogin {
    fn login<'a>(&'a self, client: &'a Client) -> LoginFuture<'a> {
        Box::pin(async { client.jwt(&self.mount).login(&self.role, &self.jwt.read().await?).await })
    }
}

/// With name and password.
#[derive(Clone, Debug)]
pub struct UserpassLogin {
    mount: String,
    username: String,
    password: Proof,
}

impl UserpassLogin {
    /// As this user, at this mount, which is named without `auth/`.
    pub fn new(mount: impl Into<String>, username: impl Into<String>, password: impl Into<Proof>) -> Self {
        Self { mount: mount.into(), username: username.into(), password: password.into() }
    }
}

impl Login for UserpassLogin {
    fn login<'a>(&'a self, client: &'a Client) -> LoginFuture<'a> {
        Box::pin(async {
            let password = self.password.read().await?;
            let body = json!({ "password": password.expose_secret() });
            let request = Request::post("/v1/auth/*mount/login/:username", [&self.mount, &self.username])?;
            client.login(request.json(&body)?).await
        })
    }
}
