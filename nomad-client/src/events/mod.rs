//! What happens in the cluster, as it happens: <https://developer.hashicorp.com/nomad/api-docs/events>.
//!
//! A stream needs a management token for everything, `namespace:read-job` for what belongs to jobs, `node:read` for
//! nodes and so on. The server keeps the last hundred changes, unless configured otherwise, and forgets them when it is
//! started anew.

mod history;
mod stream;
mod types;

use std::time::Duration;

pub use self::stream::EventStream;
pub use self::types::{Event, Payload, Topic};

use crate::client::Client;
use crate::error::Result;
use crate::meta::Index;
use crate::patience;
use crate::transport::Request;

/// Handle made by [`Client::events`].
#[derive(Clone, Debug)]
pub struct Events {
    client: Client,
}

/// What comes out of an [`EventStream`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Happening {
    /// Something happened.
    Event(Box<Event>),
    /// Something may be missing: the server no longer has what came between. What is built on events has to be read
    /// anew.
    Gap {
        /// The last index of which an event was seen.
        after: Index,
        /// The index of the event that comes next.
        next: Index,
    },
}

/// Where a stream of events begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Start {
    /// Now. The server has no such way: the lists of what the topics are about are asked for their index first.
    #[default]
    Now,
    /// At the oldest event that the server still has.
    Oldest,
    /// After a list of that index, see [`Meta::index`](crate::Meta::index).
    AfterList(Index),
    /// After an event of that index, all others of which were seen too. If the server does not have it any more, the
    /// stream begins with a gap.
    AfterEvent(Index),
    /// At the events of that index, seen before or not. If the server does not have them any more, the stream begins
    /// with a gap.
    At(Index),
}

/// Options of [`Events::stream_with`]: all topics from now on, unless set.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct StreamOptions {
    topics: Vec<(Topic, Option<String>)>,
    start: Start,
    patience: Duration,
}

impl Default for StreamOptions {
    fn default() -> Self {
        Self { topics: Vec::new(), start: Start::default(), patience: patience::USUAL }
    }
}

impl StreamOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Also this topic.
    #[must_use]
    pub fn with_topic(mut self, topic: Topic) -> Self {
        self.topics.push((topic, None));
        self
    }

    /// Also this topic, but only what has this key or filter key: the id of an allocation, its job or its deployment,
    /// say. A key with a colon cannot be asked for.
    #[must_use]
    pub fn with_topic_key(mut self, topic: Topic, key: impl Into<String>) -> Self {
        self.topics.push((topic, Some(key.into())));
        self
    }

    /// Where to begin.
    #[must_use]
    pub fn from(mut self, start: Start) -> Self {
        self.start = start;
        self
    }

    /// How long the servers may be out of reach before the stream ends with an error; 5 minutes unless set.
    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    fn apply(&self, mut request: Request) -> Result<Request> {
        for (topic, key) in &self.topics {
            let topic = match key {
                None => topic.to_string(),
                Some(key) if key.contains(':') => {
                    return Err(request.refused("the server cannot tell a key with a colon from a topic"));
                }
                Some(key) => format!("{topic}:{key}"),
            };
            request = request.query("topic", topic);
        }
        Ok(request)
    }
}

impl Events {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Streams everything that happens from now on.
    ///
    /// `GET /v1/event/stream` ([API](https://developer.hashicorp.com/nomad/api-docs/events)). Needs a management token.
    /// Events of one namespace are streamed, that of the client; [`Client::in_namespace`] with `*` is for all.
    ///
    /// The stream lives on when its connection does not: it goes on where it was, without repeating an event, and tells
    /// when some may be missing ([`Happening::Gap`]). It counts as dead when it says nothing for 75 seconds, and the
    /// server cuts it off when nothing is taken out of it for about 40. Nothing is sent before it is polled, and no task
    /// is started; dropping it closes the connection.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// use nomad_client::events::{Happening, Payload};
    ///
    /// let mut events = nomad.events().stream();
    /// while let Some(happening) = events.next().await {
    ///     match happening? {
    ///         Happening::Event(event) => match event.payload {
    ///             Payload::Allocation(allocation) => println!("{} is {}", allocation.name, allocation.client_status),
    ///             _ => println!("{} {}", event.kind, event.key),
    ///         },
    ///         _ => println!("some events are missing"),
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Its last item is [`Error::is_denied`](crate::Error::is_denied) when the token is not known or too weak for the
    /// topics, although the server itself answers so with a stream that ends at once.
    pub fn stream(&self) -> EventStream {
        self.stream_with(&StreamOptions::new())
    }

    /// As [`Events::stream`], of some topics, from elsewhere in the history, or with another patience.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// use nomad_client::ReadOptions;
    /// use nomad_client::events::{Start, StreamOptions, Topic};
    ///
    /// let nodes = nomad.nodes().list_with(&ReadOptions::new()).await?;
    /// let mut options = StreamOptions::new().with_topic(Topic::Node);
    /// if let Some(index) = nodes.meta.index {
    ///     options = options.from(Start::AfterList(index));
    /// }
    /// let mut changes = nomad.events().stream_with(&options);
    /// # Ok(())
    /// # }
    /// ```
    pub fn stream_with(&self, options: &StreamOptions) -> EventStream {
        EventStream::new(self.client.clone(), options.clone())
    }
}

#[cfg(test)]
mod tests;
