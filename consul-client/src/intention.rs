//! Intentions, which say who may speak to whom: <https://developer.hashicorp.com/consul/api-docs/connect/intentions>.
//!
//! The server keeps them as config entries of the kind
//! [`ServiceIntentions`](crate::config_entry::Kind::ServiceIntentions), one for all sources of a destination; here each
//! is a thing of its own, named by its source and its destination. Reading needs `intentions:read` on the destination,
//! writing `intentions:write`. Not covered: intentions by their id, which is deprecated.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::client::Client;
use crate::config_entry::service_intentions::{JwtRequirement, Permission};
use crate::error::Result;
use crate::meta::{Answer, Index};
use crate::options::ReadOptions;
use crate::transport::Request;
use crate::watch::Watch;
use crate::wire::time::Timestamp;

wire_enum! {
    /// What an intention says.
    pub Action {
        /// They may speak.
        Allow = "allow",
        /// They may not.
        Deny = "deny",
    }
}

wire_enum! {
    /// Which side of intentions is meant.
    pub Side {
        /// Who speaks.
        Source = "source",
        /// What is spoken to.
        Destination = "destination",
    }
}

object! {
    /// Whether one service may speak to another.
    ///
    /// ```
    /// # use consul_client::intention::{Action, Intention};
    /// let mut intention = Intention::new("front", "api", Action::Allow);
    /// intention.description = "the front needs data".to_owned();
    /// ```
    Intention {
        /// Its id from before intentions were config entries.
        #[serde(rename = "ID")]
        pub id: String,
        /// Who speaks; `*` for everybody.
        pub source_name: String,
        /// The namespace of the source.
        #[serde(rename = "SourceNS")]
        pub source_namespace: String,
        /// The partition of the source; Enterprise.
        pub source_partition: String,
        /// The peer that the source is in; empty for this cluster.
        pub source_peer: String,
        /// The sameness group that the source is in; Enterprise.
        pub source_sameness_group: String,
        /// What kind of source it is: `consul`.
        pub source_type: String,
        /// What is spoken to; `*` for everything.
        pub destination_name: String,
        /// The namespace of the destination.
        #[serde(rename = "DestinationNS")]
        pub destination_namespace: String,
        /// The partition of the destination; Enterprise.
        pub destination_partition: String,
        /// What is said about it; `None` when `permissions` decide for each request.
        pub action: Option<Action>,
        /// What decides for each request; the first that matches counts.
        pub permissions: Vec<Permission>,
        /// Whose JSON Web Tokens a request must have.
        #[serde(rename = "JWT")]
        pub jwt: Option<JwtRequirement>,
        /// The higher one wins; the server works it out.
        pub precedence: i64,
        /// A text for people.
        pub description: String,
        /// Its metadata.
        pub meta: BTreeMap<String, String>,
        /// When it was made, where it is from before.
        pub created_at: Option<Timestamp> as rfc3339,
        /// When it was changed, where it is from before.
        pub updated_at: Option<Timestamp> as rfc3339,
        /// A hash over its content.
        pub hash: String,
        /// When it was made.
        pub create_index: Index,
        /// When it was last written.
        pub modify_index: Index,
    }
}

impl Intention {
    /// Says this about all connections.
    pub fn new(source: impl Into<String>, destination: impl Into<String>, action: Action) -> Self {
        Self {
            source_name: source.into(),
            destination_name: destination.into(),
            action: Some(action),
            ..Self::default()
        }
    }

    /// Decides for each request by these permissions; what none of them matches is denied.
    pub fn by_request(source: impl Into<String>, destination: impl Into<String>, permissions: Vec<Permission>) -> Self {
        Self { source_name: source.into(), destination_name: destination.into(), permissions, ..Self::default() }
    }
}

/// Handle made by [`Client::intentions`].
#[derive(Clone, Debug)]
pub struct Intentions {
    client: Client,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Checked {
    allowed: bool,
}

impl Intentions {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Asks whether a service may connect to another; `false` where single requests are allowed or denied.
    /// `GET /v1/connect/intentions/check`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/connect/intentions#check-intention-result)); needs
    /// `intentions:read`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// println!("{}", consul.intentions().check("front", "api").await?);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `intentions:read` on the destination.
    pub async fn check(&self, source: &str, destination: &str) -> Result<bool> {
        let request = named(Request::get("/v1/connect/intentions/check", [])?, source, destination);
        let checked: Checked = self.client.fetch(request).await?;
        Ok(checked.allowed)
    }

    /// Lists all intentions, those of the highest precedence first. `GET /v1/connect/intentions`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/connect/intentions#list-intentions));
    /// needs `intentions:read`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// for intention in consul.intentions().list().await? {
    ///     println!("{} -> {}: {:?}", intention.source_name, intention.destination_name, intention.action);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) when the token is not known; intentions without `intentions:read`
    /// are left out.
    pub async fn list(&self) -> Result<Vec<Intention>> {
        Ok(self.list_with(&ReadOptions::new()).await?.value)
    }

    /// As [`Intentions::list`], with options and the index to wait on.
    ///
    /// # Errors
    /// As [`Intentions::list`].
    pub async fn list_with(&self, options: &ReadOptions) -> Result<Answer<Vec<Intention>>> {
        self.client.answer_or_none(options.apply(Request::get("/v1/connect/intentions", [])?)).await
    }

    /// Watches all intentions, as [`Intentions::list_with`] reads them.
    ///
    /// # Errors
    /// An item may be an error as those of [`Intentions::list`]; the watch goes on after it.
    pub fn watch_list(&self, options: &ReadOptions) -> Watch<Vec<Intention>> {
        Watch::new(self.clone(), options, |intentions, read| Box::pin(async move { intentions.list_with(&read).await }))
    }

    /// Reads the intention with exactly this source and destination, or `None` when there is none.
    /// `GET /v1/connect/intentions/exact`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/connect/intentions#read-specific-intention-by-name));
    /// needs
    /// `intentions:read`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// if let Some(intention) = consul.intentions().read("front", "api").await? {
    ///     println!("{:?}", intention.action);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `intentions:read` on the destination.
    pub async fn read(&self, source: &str, destination: &str) -> Result<Option<Intention>> {
        Ok(self.read_with(source, destination, &ReadOptions::new()).await?.value)
    }

    /// As [`Intentions::read`], with options. The server gives no index to wait on.
    ///
    /// # Errors
    /// As [`Intentions::read`].
    pub async fn read_with(
        &self,
        source: &str,
        destination: &str,
        options: &ReadOptions,
    ) -> Result<Answer<Option<Intention>>> {
        let request = named(Request::get("/v1/connect/intentions/exact", [])?, source, destination);
        self.client.answer_if_found(options.apply(request)).await
    }

    /// Creates or replaces the intention with its source and destination. `PUT /v1/connect/intentions/exact`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/connect/intentions#upsert-intention-by-name));
    /// needs `intentions:write`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// use consul_client::intention::{Action, Intention};
    ///
    /// consul.intentions().put(&Intention::new("front", "api", Action::Allow)).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `intentions:write` on the destination. An intention with
    /// permissions is refused unless the destination speaks HTTP.
    pub async fn put(&self, intention: &Intention) -> Result<()> {
        let request = Request::put("/v1/connect/intentions/exact", [])?;
        let request = named(request, &intention.source_name, &intention.destination_name);
        self.client.execute(request.json(intention)?.idempotent()).await
    }

    /// Deletes the intention with exactly this source and destination; one that does not exist is fine too.
    /// `DELETE /v1/connect/intentions/exact`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/connect/intentions#delete-intention-by-name)); needs
    /// `intentions:write`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// consul.intentions().delete("front", "api").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `intentions:write` on the destination.
    pub async fn delete(&self, source: &str, destination: &str) -> Result<()> {
        let request = named(Request::delete("/v1/connect/intentions/exact", [])?, source, destination);
        self.client.execute(request.idempotent()).await
    }

    /// Lists, for each of these services, the intentions that have it on this side, in the order in which they are
    /// looked at. `GET /v1/connect/intentions/match`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/connect/intentions#list-matching-intentions)); needs
    /// `intentions:read`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// use consul_client::intention::Side;
    ///
    /// for (service, intentions) in consul.intentions().matching(&Side::Destination, &["api", "db"]).await? {
    ///     println!("{service}: {}", intentions.len());
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `intentions:read` on one of them.
    pub async fn matching(&self, side: &Side, names: &[&str]) -> Result<BTreeMap<String, Vec<Intention>>> {
        Ok(self.matching_with(side, names, &ReadOptions::new()).await?.value)
    }

    /// As [`Intentions::matching`], with options and the index to wait on.
    ///
    /// # Errors
    /// As [`Intentions::matching`].
    pub async fn matching_with(
        &self,
        side: &Side,
        names: &[&str],
        options: &ReadOptions,
    ) -> Result<Answer<BTreeMap<String, Vec<Intention>>>> {
        let request = options.apply(match_request(side, names)?);
        let answer: Answer<BTreeMap<String, Option<Vec<Intention>>>> = self.client.answer(request).await?;
        Ok(answer.map(|found| found.into_iter().map(|(name, some)| (name, some.unwrap_or_default())).collect()))
    }
}

fn named(request: Request, source: &str, destination: &str) -> Request {
    request.query("source", source).query("destination", destination)
}

fn match_request(side: &Side, names: &[&str]) -> Result<Request> {
    let request = Request::get("/v1/connect/intentions/match", [])?.query("by", side.as_str());
    Ok(names.iter().fold(request, |request, name| request.query("name", name)))
}

#[cfg(test)]
mod tests {
    use super::{Action, Intention, Side, match_request, named};
    use crate::object::tests::lossless;
    use crate::transport::Request;

    #[test]
    fn names_are_sent() {
        let request = named(Request::get("/v1/connect/intentions/check", []).unwrap(), "a", "b c");
        assert_eq!(request.query, "source=a&destination=b%20c");
        assert_eq!(match_request(&Side::Source, &["a", "b"]).unwrap().query, "by=source&name=a&name=b");
    }

    #[test]
    fn t48_answers_of_1_22_with_the_spellings_of_before() {
        let intentions: Vec<Intention> = lossless(
            r#"[{"ID":"a1","SourceNS":"default","SourceName":"front","DestinationNS":"default","DestinationName":"api",
            "SourceType":"consul","Action":"allow","Precedence":9,"CreatedAt":"2020-11-23T17:34:24Z","Hash":"AbC=",
            "Meta":{"a":"b"},"CreateIndex":54,"ModifyIndex":54},
            {"SourceName":"front","DestinationName":"web","Permissions":[{"Action":"allow","HTTP":{"PathExact":"/a"}}],
            "Precedence":9}]"#,
        );
        assert_eq!(intentions[0].action, Some(Action::Allow));
        assert_eq!((intentions[1].action.as_ref(), intentions[1].permissions.len()), (None, 1));
        let sent = serde_json::to_value(Intention::new("a", "b", Action::Deny)).unwrap();
        let expected = serde_json::json!({"SourceName": "a", "DestinationName": "b", "Action": "deny", "Precedence": 0,
            "CreateIndex": 0, "ModifyIndex": 0});
        assert_eq!(sent, expected);
    }
}
