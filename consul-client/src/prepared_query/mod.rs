//! Prepared queries, which find instances of a service by rules that were written down before, also in other
//! datacenters: <https://developer.hashicorp.com/consul/api-docs/query>.

mod types;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use self::types::{
    PreparedQuery, QueryDns, QueryFailover, QueryFailoverTarget, QueryResults, QueryTemplate, ServiceQuery,
};

use crate::client::Client;
use crate::error::Result;
use crate::meta::Answer;
use crate::options::ReadOptions;
use crate::transport::Request;
use crate::watch::Watch;

/// Options of [`PreparedQueries::execute_with`].
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ExecuteOptions {
    near: Option<String>,
    limit: Option<usize>,
    connect: bool,
    read: ReadOptions,
}

impl ExecuteOptions {
    /// The defaults: as the query says.
    pub fn new() -> Self {
        Self::default()
    }

    /// What is nearest to this node comes first; `_agent` is the node of the agent, `_ip` that of the caller.
    #[must_use]
    pub fn near(mut self, node: impl Into<String>) -> Self {
        self.near = Some(node.into());
        self
    }

    /// At most so many instances.
    #[must_use]
    pub fn with_limit(mut self, count: usize) -> Self {
        self.limit = Some(count);
        self
    }

    /// Only what can be reached in the mesh: proxies, and instances that need none.
    #[must_use]
    pub fn in_mesh(mut self) -> Self {
        self.connect = true;
        self
    }

    /// How it is read. There is nothing to wait on.
    #[must_use]
    pub fn with_read(mut self, read: ReadOptions) -> Self {
        self.read = read;
        self
    }

    fn apply(&self, request: Request) -> Request {
        let request = request.query_if("near", self.near.as_ref());
        let request = request.query_if("limit", self.limit.map(|count| count.to_string()));
        self.read.apply(request.query_if("connect", self.connect.then_some("true")))
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Created {
    #[serde(rename = "ID")]
    id: String,
}

/// What surrounds it says the same as the headers.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Explained {
    query: PreparedQuery,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// Handle made by [`Client::prepared_queries`].
#[derive(Clone, Debug)]
pub struct PreparedQueries {
    client: Client,
}

impl PreparedQueries {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Lists the queries. `GET /v1/query`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/query#list-prepared-queries)); needs `query:read`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// for query in consul.prepared_queries().list().await? {
    ///     println!("{} finds {}", query.name, query.service.service);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) when the token is not known; queries without `query:read` are left
    /// out.
    pub async fn list(&self) -> Result<Vec<PreparedQuery>> {
        Ok(self.list_with(&ReadOptions::new()).await?.value)
    }

    /// As [`PreparedQueries::list`], with options and the index to wait on.
    ///
    /// # Errors
    /// As [`PreparedQueries::list`].
    pub async fn list_with(&self, options: &ReadOptions) -> Result<Answer<Vec<PreparedQuery>>> {
        self.client.answer_or_none(options.apply(Request::get("/v1/query", [])?)).await
    }

    /// Watches the list of queries, as [`PreparedQueries::list_with`] reads it.
    ///
    /// # Errors
    /// An item may be an error as those of [`PreparedQueries::list`]; the watch goes on after it.
    pub fn watch_list(&self, options: &ReadOptions) -> Watch<Vec<PreparedQuery>> {
        Watch::new(self.clone(), options, |queries, read| Box::pin(async move { queries.list_with(&read).await }))
    }

    /// Creates a query, and returns its id. `POST /v1/query`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/query#create-prepared-query)); needs `query:write`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// use consul_client::prepared_query::PreparedQuery;
    ///
    /// let id = consul.prepared_queries().create(&PreparedQuery::new("web", "web")).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `query:write`,
    /// [`Error::is_conflict`](crate::Error::is_conflict) when there is one of this name,
    /// [`Reason::Invalid`](crate::Reason::Invalid) when the server finds something wrong with it.
    pub async fn create(&self, query: &PreparedQuery) -> Result<String> {
        let request = with_body(Request::post("/v1/query", [])?, query)?;
        Ok(self.client.fetch::<Created>(request).await?.id)
    }

    /// Reads a query by its id, or `None` when there is none. `GET /v1/query/:id`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/query#read-prepared-query)); needs `query:read`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// let query = consul.prepared_queries().read("8f246b77-f3e1-ff88-5b48-8ec93abf3e05").await?;
    /// println!("{:?}", query.map(|query| query.service));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `query:read`.
    pub async fn read(&self, id: &str) -> Result<Option<PreparedQuery>> {
        Ok(self.read_with(id, &ReadOptions::new()).await?.value)
    }

    /// As [`PreparedQueries::read`], with options and the index to wait on.
    ///
    /// # Errors
    /// As [`PreparedQueries::read`].
    pub async fn read_with(&self, id: &str, options: &ReadOptions) -> Result<Answer<Option<PreparedQuery>>> {
        let request = options.apply(Request::get("/v1/query/:id", [id])?);
        let found: Answer<Option<Vec<PreparedQuery>>> = self.client.answer_if_found(request).await?;
        Ok(found.map(|found| found.and_then(|queries| queries.into_iter().next())))
    }

    /// Replaces the query with this id. `PUT /v1/query/:id`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/query#update-prepared-query)); needs `query:write`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// let queries = consul.prepared_queries();
    /// if let Some(mut query) = queries.read("8f246b77-f3e1-ff88-5b48-8ec93abf3e05").await? {
    ///     query.service.only_passing = true;
    ///     queries.update(&query).await?;
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`PreparedQueries::create`], and [`Error::is_not_found`](crate::Error::is_not_found) when there is none; a
    /// query without an id is refused.
    pub async fn update(&self, query: &PreparedQuery) -> Result<()> {
        let request = with_body(Request::put("/v1/query/:id", [query.id.as_str()])?, query)?;
        self.client.execute(request.idempotent()).await
    }

    /// Deletes a query; one that does not exist is fine too. `DELETE /v1/query/:id`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/query#delete-prepared-query)); needs `query:write`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// consul.prepared_queries().delete("8f246b77-f3e1-ff88-5b48-8ec93abf3e05").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `query:write`.
    pub async fn delete(&self, id: &str) -> Result<()> {
        match self.client.execute(Request::delete("/v1/query/:id", [id])?.idempotent()).await {
            Err(error) if error.is_not_found() => Ok(()),
            other => other,
        }
    }

    /// Finds instances by a query, which is named by its id, its name, or a name that its template takes.
    /// `GET /v1/query/:id/execute`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/query#execute-prepared-query)); needs `service:read` and
    /// `node:read`, unless the query has a token of its own.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// for instance in consul.prepared_queries().execute("web").await?.nodes {
    ///     println!("{}:{}", instance.address(), instance.service.port);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when there is no such query,
    /// [`Error::is_denied`](crate::Error::is_denied) when the token is not known. Instances that it may not see are left
    /// out.
    pub async fn execute(&self, name: &str) -> Result<QueryResults> {
        Ok(self.execute_with(name, &ExecuteOptions::new()).await?.value)
    }

    /// As [`PreparedQueries::execute`], with options.
    ///
    /// # Errors
    /// As [`PreparedQueries::execute`].
    pub async fn execute_with(&self, name: &str, options: &ExecuteOptions) -> Result<Answer<QueryResults>> {
        self.client.answer(options.apply(Request::get("/v1/query/:id/execute", [name])?)).await
    }

    /// Reads what a query would be for this name: of a template, with all of the name's parts in their places.
    /// `GET /v1/query/:id/explain`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/query#explain-prepared-query)); needs `query:read`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// println!("{:?}", consul.prepared_queries().explain("geo-web").await?.service);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when there is no such query,
    /// [`Error::is_denied`](crate::Error::is_denied) without `query:read`.
    pub async fn explain(&self, name: &str) -> Result<PreparedQuery> {
        let explained: Explained = self.client.get("/v1/query/:id/explain", [name]).await?;
        Ok(explained.query)
    }
}

/// The query as it is sent: with its token, which `Serialize` does not write. The server looks at the announced length,
/// so the body is never sent in pieces.
fn with_body(request: Request, query: &PreparedQuery) -> Result<Request> {
    let Ok(Value::Object(mut body)) = serde_json::to_value(query) else {
        return Err(request.refused("the query cannot be written as JSON"));
    };
    if let Some(token) = &query.token {
        body.insert("Token".to_owned(), token.expose().into());
    }
    request.json(&body)
}

#[cfg(test)]
mod tests {
    use super::{ExecuteOptions, PreparedQuery, with_body};
    use crate::credential::Token;
    use crate::object::tests::lossless;
    use crate::transport::Request;
    use std::time::Duration;

    #[test]
    fn t09_a_query_of_the_mesh_has_a_value() {
        let request = || Request::get("/v1/query/:id/execute", ["a b"]).unwrap();
        assert_eq!(ExecuteOptions::new().apply(request()).query, "");
        let all = ExecuteOptions::new().near("_agent").with_limit(3).in_mesh();
        assert_eq!(all.apply(request()).query, "near=_agent&limit=3&connect=true");
    }

    #[test]
    fn a_query_goes_back_as_it_came() {
        let text = r#"{"ID":"41c6dc4a","Name":"my","Session":"","Token":"","Template":{"Type":"","Regexp":"",
            "RemoveEmptyTags":false},"Service":{"Service":"consul","SamenessGroup":"","Failover":{"NearestN":2,
            "Datacenters":["dc2"],"Targets":null},"OnlyPassing":true,"IgnoreCheckIDs":null,"Near":"_agent","Tags":["a"],
            "NodeMeta":{"a":"b"},"ServiceMeta":null,"Connect":false,"Peer":""},"DNS":{"TTL":"10s"},"CreateIndex":32,
            "ModifyIndex":32,"Later":1}"#;
        let mut query: PreparedQuery = lossless(text);
        assert_eq!(query.dns.as_ref().unwrap().ttl, Some(Duration::from_secs(10)));
        query.token = Some(Token::new("marker").unwrap());
        for text in [format!("{query:?}"), serde_json::to_string(&query).unwrap()] {
            assert!(text.contains("dc2") && !text.contains("marker"), "{text}");
        }
        let sent = with_body(Request::post("/v1/query", []).unwrap(), &query).unwrap().body.unwrap();
        let sent: serde_json::Value = serde_json::from_slice(&sent.content).unwrap();
        assert_eq!((&sent["Token"], &sent["Service"]["Failover"]["NearestN"]), (&"marker".into(), &2.into()));
    }
}
