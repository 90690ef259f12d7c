//! Sessions, which locks are bound to: <https://developer.hashicorp.com/consul/api-docs/session>.
//!
//! Reading needs `session:read`, everything else `session:write`.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::client::Client;
use crate::error::Result;
use crate::meta::{Answer, Index};
use crate::options::ReadOptions;
use crate::transport::{Request, none_if_not_found};
use crate::watch::Watch;
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

default_empty!(Behavior);

/// A session to be made.
///
/// ```
/// # use consul_client::session::NewSession;
/// let mut session = NewSession::new();
/// session.name = Some("the nightly job".to_owned());
/// session.ttl = Some(std::time::Duration::from_secs(30));
/// ```
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct NewSession {
    /// A name for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The node it lives on; the agent's unless set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    /// What happens to locked keys when the session ends; they are released unless set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub behavior: Option<Behavior>,
    /// The session ends when it is not renewed for this long: 10 seconds to 24 hours. Without it, it lives on. The
    /// server may wait for twice as long.
    #[serde(rename = "TTL", with = "duration::go_text", skip_serializing_if = "Option::is_none")]
    pub ttl: Option<Duration>,
    /// How long nobody can take the locks of a session that was ended by force: 15 seconds unless set. More than a
    /// minute is taken for one.
    #[serde(with = "duration::go_text", skip_serializing_if = "Option::is_none")]
    pub lock_delay: Option<Duration>,
    /// Node checks whose failure ends the session; the agent's own liveness unless set, none at all when empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node_checks: Option<Vec<String>>,
    /// Checks of instances on the node whose failure ends the session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_checks: Option<Vec<ServiceCheck>>,
    /// Further fields of the API under the API's own names.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl NewSession {
    /// A session that lives as long as its node.
    pub fn new() -> Self {
        Self::default()
    }
}

object! {
    /// A check of an instance.
    ServiceCheck {
        /// Its id.
        #[serde(rename = "ID")]
        pub id: String,
        /// Its namespace; Enterprise.
        pub namespace: String,
    }
}

impl ServiceCheck {
    /// The check of this id.
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), ..Self::default() }
    }
}

object! {
    /// A session.
    Session {
        /// Its id.
        #[serde(rename = "ID")]
        pub id: String,
        /// Its name.
        pub name: String,
        /// The node it lives on.
        pub node: String,
        /// What happens to locked keys when it ends.
        pub behavior: Behavior,
        /// How long it lives without being renewed.
        #[serde(rename = "TTL")]
        pub ttl: Option<Duration> as go_text,
        /// How long nobody can take its locks after it was ended by force.
        pub lock_delay: Option<Duration> as nanos,
        /// Node checks whose failure ends it.
        pub node_checks: Vec<String>,
        /// Checks of instances whose failure ends it.
        pub service_checks: Vec<ServiceCheck>,
        /// When it was made.
        pub create_index: Index,
        /// When it was last written.
        pub modify_index: Index,
    }
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

    /// Creates a session and returns its id. `PUT /v1/session/create`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/session#create-session)); needs
    /// `session:write` on its node.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// use consul_client::session::NewSession;
    ///
    /// let mut session = NewSession::new();
    /// session.ttl = Some(std::time::Duration::from_secs(30));
    /// let id = consul.sessions().create(&session).await?;
    /// println!("{id}");
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `session:write` on the node,
    /// [`Reason::Invalid`](crate::Reason::Invalid) for a TTL or a lock delay out of bounds.
    pub async fn create(&self, session: &NewSession) -> Result<String> {
        let created: Created = self.client.put("/v1/session/create", [], session).await?;
        Ok(created.id)
    }

    /// Keeps a session alive for another TTL. `None` when it has ended. `PUT /v1/session/renew/:id`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/session#renew-session)); needs `session:write`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// let id = "adf4238a-882b-9ddc-4a9d-5b6758e4159e";
    /// if consul.sessions().renew(id).await?.is_none() {
    ///     println!("too late: the locks are gone");
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `session:write`.
    pub async fn renew(&self, id: &str) -> Result<Option<Session>> {
        let request = Request::put("/v1/session/renew/:id", [id])?.idempotent();
        let sessions: Option<Vec<Session>> = none_if_not_found(self.client.fetch(request).await)?;
        Ok(sessions.unwrap_or_default().into_iter().next())
    }

    /// Reads a session, or `None` when it has ended. `GET /v1/session/info/:id`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/session#read-session)); needs `session:read`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// let session = consul.sessions().read("adf4238a-882b-9ddc-4a9d-5b6758e4159e").await?;
    /// println!("{:?}", session.map(|session| session.node));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) when the token is not known; without `session:read` there seems to
    /// be none.
    pub async fn read(&self, id: &str) -> Result<Option<Session>> {
        Ok(self.read_with(id, &ReadOptions::new()).await?.value)
    }

    /// As [`Sessions::read`], with options and the index to wait on, which a session that has ended has too.
    ///
    /// # Errors
    /// As [`Sessions::read`].
    pub async fn read_with(&self, id: &str, options: &ReadOptions) -> Result<Answer<Option<Session>>> {
        let request = options.apply(Request::get("/v1/session/info/:id", [id])?);
        // The one session comes in a list.
        let sessions: Answer<Vec<Session>> = self.client.answer_or_none(request).await?;
        Ok(sessions.map(|sessions| sessions.into_iter().next()))
    }

    /// Watches a session until it has ended. `GET /v1/session/info/:id`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/session#read-session)); needs `session:read`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// use consul_client::ReadOptions;
    /// use futures_util::StreamExt as _;
    ///
    /// let id = "adf4238a-882b-9ddc-4a9d-5b6758e4159e";
    /// let mut session = consul.sessions().watch(id, &ReadOptions::new());
    /// while let Some(answer) = session.next().await {
    ///     if answer?.value.is_none() {
    ///         println!("it has ended");
    ///         break;
    ///     }
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// An item may be an error as those of [`Sessions::read`]; the watch goes on after it.
    pub fn watch(&self, id: &str, options: &ReadOptions) -> Watch<Option<Session>> {
        let subject = (self.clone(), id.to_owned());
        Watch::new(subject, options, |(sessions, id), read| {
            Box::pin(async move { sessions.read_with(id, &read).await })
        })
    }

    /// Lists all sessions of the datacenter. `GET /v1/session/list`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/session#list-sessions)); needs
    /// `session:read`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// for session in consul.sessions().list().await? {
    ///     println!("{} on {}", session.name, session.node);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) when the token is not known; sessions without `session:read` are
    /// left out.
    pub async fn list(&self) -> Result<Vec<Session>> {
        Ok(self.list_with(&ReadOptions::new()).await?.value)
    }

    /// As [`Sessions::list`], with options and the index to wait on.
    ///
    /// # Errors
    /// As [`Sessions::list`].
    pub async fn list_with(&self, options: &ReadOptions) -> Result<Answer<Vec<Session>>> {
        self.client.answer_or_none(options.apply(Request::get("/v1/session/list", [])?)).await
    }

    /// Watches all sessions of the datacenter, as [`Sessions::list_with`] reads them.
    ///
    /// # Errors
    /// An item may be an error as those of [`Sessions::list`]; the watch goes on after it.
    pub fn watch_list(&self, options: &ReadOptions) -> Watch<Vec<Session>> {
        Watch::new(self.clone(), options, |sessions, read| Box::pin(async move { sessions.list_with(&read).await }))
    }

    /// Lists the sessions that live on a node. `GET /v1/session/node/:node`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/session#list-sessions-for-node)); needs `session:read`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// println!("{}", consul.sessions().list_on_node("web-1").await?.len());
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`Sessions::list`].
    pub async fn list_on_node(&self, node: &str) -> Result<Vec<Session>> {
        Ok(self.list_on_node_with(node, &ReadOptions::new()).await?.value)
    }

    /// As [`Sessions::list_on_node`], with options and the index to wait on.
    ///
    /// # Errors
    /// As [`Sessions::list`].
    pub async fn list_on_node_with(&self, node: &str, options: &ReadOptions) -> Result<Answer<Vec<Session>>> {
        self.client.answer_or_none(options.apply(Request::get("/v1/session/node/:node", [node])?)).await
    }

    /// Ends a session, which releases its locks without delay; one that has ended is fine too.
    /// `PUT /v1/session/destroy/:id`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/session#delete-session)); needs `session:write`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// consul.sessions().destroy("adf4238a-882b-9ddc-4a9d-5b6758e4159e").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `session:write`.
    pub async fn destroy(&self, id: &str) -> Result<()> {
        self.client.execute(Request::put("/v1/session/destroy/:id", [id])?.idempotent()).await
    }
}

#[cfg(test)]
mod tests {
    use super::{Behavior, NewSession, ServiceCheck, Session};
    use crate::object::tests::lossless;
    use std::time::Duration;

    /// A number below 1000 would be read as seconds, one above as nanoseconds; and Go leaves 0 out.
    #[test]
    fn t34_a_lock_delay_is_sent_as_text() {
        let mut session = NewSession::new();
        for (delay, text) in [(0, "0s"), (1, "1s"), (60, "1m0s")] {
            session.lock_delay = Some(Duration::from_secs(delay));
            assert_eq!(serde_json::to_string(&session).unwrap(), format!(r#"{{"LockDelay":"{text}"}}"#));
        }
    }

    /// An empty list of checks means none, no list the default.
    #[test]
    fn t35_no_checks_and_the_default_checks_differ() {
        let mut session = NewSession::new();
        assert_eq!(serde_json::to_string(&session).unwrap(), "{}");
        session.node_checks = Some(Vec::new());
        session.service_checks = Some(vec![ServiceCheck::new("web")]);
        assert_eq!(serde_json::to_string(&session).unwrap(), r#"{"NodeChecks":[],"ServiceChecks":[{"ID":"web"}]}"#);
    }

    #[test]
    fn a_session_of_1_22() {
        let session: Session = lossless(
            r#"{"ID":"adf4238a","Name":"n","Node":"a","LockDelay":15000000000,"Behavior":"delete","TTL":"30s",
            "NodeChecks":["serfHealth"],"ServiceChecks":[{"ID":"web","Namespace":""}],"CreateIndex":7,"ModifyIndex":8}"#,
        );
        assert_eq!((session.ttl, session.lock_delay), (Some(Duration::from_secs(30)), Some(Duration::from_secs(15))));
        assert_eq!(session.behavior, Behavior::Delete);
        let endless: Session = lossless(r#"{"ID":"a","TTL":"","LockDelay":0,"ServiceChecks":null}"#);
        assert_eq!(endless.ttl, None);
    }
}
