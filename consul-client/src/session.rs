//! Sessions, which locks are bound to: <https://developer.hashicorp.com/consul/api-docs/session>.
//!
//! Reading needs `session:read`, everything else `session:write`.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::client::Client;
use crate::error::Result;
use crate::transport::{Request, none_if_not_found};
use crate::wire::duration;

wire_enum! {
    /// What happens to the keys whose lock a session holds when it ends.
    pub Behavior {
        /// The lock is given back, the keys stay.
        Release = "release",
        /// The keys are deleted.
        Delete = "delete",
    }
}

/// A session to be made.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct NewSession {
    /// A name for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What happens to locked keys when the session ends; they are released unless set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub behavior: Option<Behavior>,
    /// The session ends when it is not renewed for this long: 10 seconds to 24 hours. Without it, it lives on.
    #[serde(rename = "TTL", with = "duration::go_text", skip_serializing_if = "Option::is_none")]
    pub ttl: Option<Duration>,
    /// How long nobody can take the locks of a session that was ended by force; 15 seconds unless set.
    #[serde(with = "duration::go_text", skip_serializing_if = "Option::is_none")]
    pub lock_delay: Option<Duration>,
    /// Node checks whose failure ends the session; the agent's own liveness unless set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node_checks: Option<Vec<String>>,
}

/// A session.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct Session {
    /// Its id.
    #[serde(rename = "ID")]
    pub id: String,
    /// Its name.
    #[serde(default)]
    pub name: String,
    /// The node it lives on.
    #[serde(default)]
    pub node: String,
    /// How long it lives without being renewed.
    #[serde(rename = "TTL", default, with = "duration::go_text")]
    pub ttl: Option<Duration>,
    /// How long nobody can take its locks after it was ended by force.
    #[serde(default, with = "duration::nanos")]
    pub lock_delay: Option<Duration>,
    /// What this version of the crate does not know, as it came.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// Handle made by [`Client::sessions`].
#[derive(Clone, Debug)]
pub struct Sessions {
    client: Client,
}

#[derive(Serialize, Deserialize)]
struct Created {
    #[serde(rename = "ID")]
    id: String,
}

impl Sessions {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Creates a session and returns its id. `PUT /v1/session/create`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `session:write` on the agent's node.
    pub async fn create(&self, session: &NewSession) -> Result<String> {
        let created: Created = self.client.put("/v1/session/create", [], session).await?;
        Ok(created.id)
    }

    /// Keeps a session alive for another TTL. `None` when it has ended. `PUT /v1/session/renew/:id`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `session:write`.
    pub async fn renew(&self, id: &str) -> Result<Option<Session>> {
        let request = Request::put("/v1/session/renew/:id", [id])?.idempotent();
        let sessions: Option<Vec<Session>> = none_if_not_found(self.client.fetch(request).await)?;
        Ok(sessions.unwrap_or_default().into_iter().next())
    }

    /// Reads a session, or `None` when it has ended. `GET /v1/session/info/:id`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `session:read`.
    pub async fn read(&self, id: &str) -> Result<Option<Session>> {
        let sessions: Option<Vec<Session>> = self.client.get("/v1/session/info/:id", [id]).await?;
        Ok(sessions.unwrap_or_default().into_iter().next())
    }

    /// Ends a session, which releases its locks without delay. `PUT /v1/session/destroy/:id`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `session:write`.
    pub async fn destroy(&self, id: &str) -> Result<()> {
        self.client.execute(Request::put("/v1/session/destroy/:id", [id])?.idempotent()).await
    }
}
