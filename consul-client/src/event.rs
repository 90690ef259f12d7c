//! User events, which are gossiped to all agents of a datacenter:
//! <https://developer.hashicorp.com/consul/api-docs/event>.
//!
//! They arrive at best: no agent keeps more than the last 256, and one that is away misses them.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::client::Client;
use crate::error::Result;
use crate::kv::{from_base64, to_base64};
use crate::meta::Answer;
use crate::options::ReadOptions;
use crate::transport::Request;
use crate::watch::Watch;
use crate::wire::null::or_default;

/// An event.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct Event {
    /// Its id, a UUID.
    #[serde(rename = "ID")]
    pub id: String,
    /// Its name.
    pub name: String,
    /// What goes with it.
    #[serde(deserialize_with = "from_base64", serialize_with = "to_base64")]
    pub payload: Bytes,
    /// A regular expression of the nodes that it is for; all when empty.
    #[serde(deserialize_with = "or_default")]
    pub node_filter: String,
    /// A regular expression of the services that it is for; all when empty.
    #[serde(deserialize_with = "or_default")]
    pub service_filter: String,
    /// A regular expression of the tags of those services; all when empty.
    #[serde(deserialize_with = "or_default")]
    pub tag_filter: String,
    /// The version of its form.
    pub version: i64,
    /// When it was fired, in the logical time of gossip; 0 in the answer to firing it.
    #[serde(rename = "LTime")]
    pub ltime: u64,
    /// What this version of the crate does not know, as it came.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// Options of [`Events::fire_with`].
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct FireOptions {
    payload: Bytes,
    node: Option<String>,
    service: Option<String>,
    tag: Option<String>,
}

impl FireOptions {
    /// The defaults: nothing goes with it, and it is for all.
    pub fn new() -> Self {
        Self::default()
    }

    /// What goes with it: at most 300 bytes for the agent, and better no more than 100 for the gossip.
    #[must_use]
    pub fn with_payload(mut self, payload: impl Into<Bytes>) -> Self {
        self.payload = payload.into();
        self
    }

    /// A regular expression of the nodes that it is for.
    #[must_use]
    pub fn with_node(mut self, node: impl Into<String>) -> Self {
        self.node = Some(node.into());
        self
    }

    /// A regular expression of the services that it is for.
    #[must_use]
    pub fn with_service(mut self, service: impl Into<String>) -> Self {
        self.service = Some(service.into());
        self
    }

    /// A regular expression of the tags of the services that it is for; only with [`FireOptions::with_service`].
    #[must_use]
    pub fn with_tag(mut self, tag: impl Into<String>) -> Self {
        self.tag = Some(tag.into());
        self
    }
}

/// Options of [`Events::list_with`] and [`Events::watch`].
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ListOptions {
    name: Option<String>,
    read: ReadOptions,
}

impl ListOptions {
    /// The defaults: events of all names.
    pub fn new() -> Self {
        Self::default()
    }

    /// Only events of this name.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// How it is read. The index is a hash of the last event, which says nothing about before and after.
    #[must_use]
    pub fn with_read(mut self, read: ReadOptions) -> Self {
        self.read = read;
        self
    }
}

/// Handle made by [`Client::events`].
#[derive(Clone, Debug)]
pub struct Events {
    client: Client,
}

impl Events {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Fires an event at all agents.
    ///
    /// `PUT /v1/event/fire/:name` ([API](https://developer.hashicorp.com/consul/api-docs/event#fire-event)), needs
    /// `event:write`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// consul.events().fire("reload").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `event:write`.
    pub async fn fire(&self, name: &str) -> Result<Event> {
        self.fire_with(name, &FireOptions::new()).await
    }

    /// As [`Events::fire`], with options.
    ///
    /// ```no_run
    /// # use consul_client::event::FireOptions;
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// let options = FireOptions::new().with_payload("v1.2.3").with_service("^web$");
    /// consul.events().fire_with("deploy", &options).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Events::fire`]; [`Reason::TooLarge`](crate::Reason::TooLarge) for a payload of more than 300 bytes.
    pub async fn fire_with(&self, name: &str, options: &FireOptions) -> Result<Event> {
        self.client.fetch(fire_request(name, options)?).await
    }

    /// Lists the last events that this agent has seen, the newest last.
    ///
    /// `GET /v1/event/list` ([API](https://developer.hashicorp.com/consul/api-docs/event#list-events)), needs
    /// `event:read`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// for event in consul.events().list().await? {
    ///     println!("{}: {} bytes", event.name, event.payload.len());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) when the token is not known; events without `event:read` are left
    /// out.
    pub async fn list(&self) -> Result<Vec<Event>> {
        Ok(self.list_with(&ListOptions::new()).await?.value)
    }

    /// As [`Events::list`], with options.
    ///
    /// # Errors
    /// As [`Events::list`].
    pub async fn list_with(&self, options: &ListOptions) -> Result<Answer<Vec<Event>>> {
        self.listed(options.name.as_deref(), &options.read).await
    }

    /// Watches the last events that this agent has seen; its view by id tells which are new. `GET /v1/event/list`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/event#list-events)); needs `event:read`.
    ///
    /// ```no_run
    /// # use consul_client::event::ListOptions;
    /// # use consul_client::watch::Change;
    /// # use futures_util::StreamExt as _;
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// let options = ListOptions::new().with_name("deploy");
    /// let mut events = consul.events().watch(&options).keyed(|event| event.id.clone());
    /// while let Some(update) = events.next().await {
    ///     for change in update?.changes {
    ///         if let Change::Added { value, .. } = change {
    ///             println!("{:?}", value.payload);
    ///         }
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// An item may be an error as those of [`Events::list`]; the watch goes on after it.
    pub fn watch(&self, options: &ListOptions) -> Watch<Vec<Event>> {
        let subject = (self.clone(), options.name.clone());
        Watch::new(subject, &options.read, |(events, name), read| {
            Box::pin(async move { events.listed(name.as_deref(), &read).await })
        })
    }

    async fn listed(&self, name: Option<&str>, read: &ReadOptions) -> Result<Answer<Vec<Event>>> {
        let mut request = Request::get("/v1/event/list", [])?;
        if let Some(name) = name {
            request = request.query("name", name);
        }
        self.client.answer_or_none(read.apply(request)).await
    }
}

fn fire_request(name: &str, options: &FireOptions) -> Result<Request> {
    let mut request = Request::put("/v1/event/fire/:name", [name])?;
    for (name, value) in [("node", &options.node), ("service", &options.service), ("tag", &options.tag)] {
        if let Some(value) = value {
            request = request.query(name, value);
        }
    }
    Ok(request.bytes(options.payload.clone(), "application/octet-stream"))
}

#[cfg(test)]
mod tests {
    use super::{Event, FireOptions, fire_request};

    #[test]
    fn filters_are_encoded_and_an_event_is_not_fired_twice() {
        let options = FireOptions::new().with_payload("x").with_node("^a$").with_service("web").with_tag("v 1");
        let request = fire_request("de ploy", &options).unwrap();
        assert_eq!(request.path.as_str(), "/v1/event/fire/de%20ploy");
        assert_eq!(request.query, "node=%5Ea%24&service=web&tag=v%201");
        assert!(!request.idempotent && request.body.unwrap().content == "x");
    }

    #[test]
    fn answers_of_1_22() {
        let text = r#"{"ID":"b54fe110-7af5-cafc-d1fb-afc8ba432b1c","Name":"deploy","Payload":"MTY=","NodeFilter":"",
            "ServiceFilter":"","TagFilter":"","Version":1,"LTime":19,"New":[1]}"#;
        let event: Event = serde_json::from_str(text).unwrap();
        assert_eq!((&event.payload[..], event.ltime), (&b"16"[..], 19));
        let kept = serde_json::to_value(&event).unwrap();
        assert_eq!(kept, serde_json::from_str::<serde_json::Value>(text).unwrap());
        let none: Event = serde_json::from_str(r#"{"ID":"a","Name":"b","Payload":null}"#).unwrap();
        assert!(none.payload.is_empty());
    }
}
