//! Entries of one kind, with its type.

use std::fmt::Debug;
use std::marker::PhantomData;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Kind, put_request, read};
use crate::cas::{Cas, Outcome};
use crate::client::Client;
use crate::error::Result;
use crate::meta::{Answer, Index};
use crate::options::ReadOptions;
use crate::transport::Request;
use crate::watch::Watch;

/// Only this crate adds kinds.
pub(super) mod sealed {
    pub trait Sealed {}
}

/// A kind of entry that has a type.
pub trait Entry: Clone + Debug + PartialEq + Serialize + DeserializeOwned + Send + Sync + sealed::Sealed {
    /// The kind.
    const KIND: Kind;

    /// The entry's name.
    fn name(&self) -> &str;
}

/// Handle made by [`ConfigEntries::of`](super::ConfigEntries::of).
#[derive(Clone, Debug)]
pub struct Entries<E> {
    client: Client,
    kind: PhantomData<fn() -> E>,
}

impl<E: Entry> Entries<E> {
    pub(super) fn new(client: Client) -> Self {
        Self { client, kind: PhantomData }
    }

    /// Reads an entry, or `None` when there is none.
    ///
    /// `GET /v1/config/:kind/:name` ([API](https://developer.hashicorp.com/consul/api-docs/config#get-configuration)),
    /// needs the kind's read permission.
    ///
    /// ```no_run
    /// # use consul_client::config_entry::ServiceResolver;
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// if let Some(resolver) = consul.config_entries().of::<ServiceResolver>().read("web").await? {
    ///     println!("{} subsets", resolver.subsets.len());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the kind's read permission.
    pub async fn read(&self, name: &str) -> Result<Option<E>> {
        Ok(self.read_with(name, &ReadOptions::new()).await?.value)
    }

    /// As [`Entries::read`], with options and the index to wait on, which a missing entry has too.
    ///
    /// # Errors
    /// As [`Entries::read`].
    pub async fn read_with(&self, name: &str, options: &ReadOptions) -> Result<Answer<Option<E>>> {
        read(&self.client, &E::KIND, name, options).await
    }

    /// Watches an entry: its content now and after each write, and `None` while it does not exist.
    ///
    /// `GET /v1/config/:kind/:name` ([API](https://developer.hashicorp.com/consul/api-docs/config#get-configuration)),
    /// needs the kind's read permission.
    ///
    /// ```no_run
    /// # use consul_client::ReadOptions;
    /// # use consul_client::config_entry::ServiceSplitter;
    /// # use futures_util::StreamExt as _;
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// let mut web = consul.config_entries().of::<ServiceSplitter>().watch("web", &ReadOptions::new());
    /// while let Some(answer) = web.next().await {
    ///     println!("{:?}", answer?.value.map(|web| web.splits));
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// An item may be an error as those of [`Entries::read`]; the watch goes on after it.
    pub fn watch(&self, name: &str, options: &ReadOptions) -> Watch<Option<E>>
    where
        E: 'static,
    {
        let subject = (self.client.clone(), name.to_owned());
        Watch::new(subject, options, |(client, name), options| {
            Box::pin(async move { read(client, &E::KIND, name, &options).await })
        })
    }

    /// Lists all entries.
    ///
    /// `GET /v1/config/:kind` ([API](https://developer.hashicorp.com/consul/api-docs/config#list-configurations)), needs
    /// the kind's read permission.
    ///
    /// ```no_run
    /// # use consul_client::config_entry::ServiceIntentions;
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// for intentions in consul.config_entries().of::<ServiceIntentions>().list().await? {
    ///     println!("{}: {} sources", intentions.name, intentions.sources.len());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) when the token is not known; entries without the kind's read
    /// permission are left out.
    pub async fn list(&self) -> Result<Vec<E>> {
        Ok(self.list_with(&ReadOptions::new()).await?.value)
    }

    /// As [`Entries::list`], with options and the index to wait on.
    ///
    /// # Errors
    /// As [`Entries::list`].
    pub async fn list_with(&self, options: &ReadOptions) -> Result<Answer<Vec<E>>> {
        let request = Request::get("/v1/config/:kind", [E::KIND.as_str()])?;
        self.client.answer_or_none(options.apply(request)).await
    }

    /// Writes an entry, whatever was there before.
    ///
    /// `PUT /v1/config` ([API](https://developer.hashicorp.com/consul/api-docs/config#apply-configuration)), needs the
    /// kind's write permission. What the server makes up (`hash`, indexes, `status`) is not sent.
    ///
    /// ```no_run
    /// # use consul_client::config_entry::{ServiceIntentions, service_intentions::Source};
    /// # use consul_client::intention::Action;
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// let mut api = ServiceIntentions::new("api");
    /// api.sources = vec![Source::new("web", Action::Allow), Source::new("*", Action::Deny)];
    /// consul.config_entries().of().put(&api).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the kind's write permission;
    /// [`Reason::Invalid`](crate::Reason::Invalid) for what the server does not like.
    pub async fn put(&self, entry: &E) -> Result<()> {
        self.put_with(entry, Cas::Any).await.map(|_| ())
    }

    /// As [`Entries::put`], if the guard holds (`?cas=…`).
    ///
    /// An entry that already stands there as it is counts as written, whatever the guard says: the server does not
    /// look at the guard then.
    ///
    /// ```no_run
    /// # use consul_client::config_entry::{ProxyDefaults, ServiceDefaults};
    /// # use consul_client::{Cas, Outcome};
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// let all = consul.config_entries().of::<ProxyDefaults>();
    /// let Some(mut defaults) = all.read(ProxyDefaults::NAME).await? else { return Ok(()) };
    /// defaults.config.insert("protocol".to_owned(), "http".into());
    /// match all.put_with(&defaults, Cas::At(defaults.modify_index)).await? {
    ///     Outcome::Applied => println!("written"),
    ///     Outcome::Refused => println!("somebody else wrote it meanwhile"),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Entries::put`]. A guard that does not hold is no error but [`Outcome::Refused`].
    pub async fn put_with(&self, entry: &E, cas: Cas) -> Result<Outcome> {
        Ok(self.client.fetch::<bool>(put_request(&E::KIND, entry, cas)?).await?.into())
    }

    /// Deletes an entry; one that does not exist is fine too.
    ///
    /// `DELETE /v1/config/:kind/:name`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/config#delete-configuration)), needs the kind's write
    /// permission.
    ///
    /// ```no_run
    /// # use consul_client::config_entry::ServiceSplitter;
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// consul.config_entries().of::<ServiceSplitter>().delete("web").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without the kind's write permission;
    /// [`Reason::Invalid`](crate::Reason::Invalid) while another entry needs it.
    pub async fn delete(&self, name: &str) -> Result<()> {
        let request = Request::delete("/v1/config/:kind/:name", [E::KIND.as_str(), name])?;
        self.client.execute(request.idempotent()).await
    }

    /// Deletes an entry if it was not written since `index`. Of one that does not exist it says that it was deleted.
    ///
    /// `DELETE /v1/config/:kind/:name?cas=…`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/config#delete-configuration)), needs
    /// the kind's write permission.
    ///
    /// ```no_run
    /// # use consul_client::config_entry::ServiceSplitter;
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// let splitters = consul.config_entries().of::<ServiceSplitter>();
    /// if let Some(web) = splitters.read("web").await? {
    ///     let gone = splitters.delete_at(&web.name, web.modify_index).await?.is_applied();
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Entries::delete`]. An entry that was written since is no error but [`Outcome::Refused`].
    pub async fn delete_at(&self, name: &str, index: Index) -> Result<Outcome> {
        let request = Request::delete("/v1/config/:kind/:name", [E::KIND.as_str(), name])?;
        Ok(self.client.fetch::<bool>(request.query("cas", index.0.to_string())).await?.into())
    }
}
