//! The leader and its peers: <https://developer.hashicorp.com/nomad/api-docs/status>.

use crate::client::Client;
use crate::error::Result;
use crate::transport::Request;

/// Handle made by [`Client::status`].
#[derive(Clone, Debug)]
pub struct Status {
    client: Client,
}

impl Status {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Reads the address of the leader, or `None` while there is none. `GET /v1/status/leader`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/status#read-leader)); needs no token.
    ///
    /// A server without a leader waits a few seconds for one before it answers.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// match nomad.status().leader().await? {
    ///     Some(leader) => println!("{leader} leads"),
    ///     None => println!("nobody leads"),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the agent gives no usable answer; [`Error::is_connect`](crate::Error::is_connect) when it is not there.
    pub async fn leader(&self) -> Result<Option<String>> {
        let mut request = Request::get("/v1/status/leader", [])?;
        // A missing leader is an answer here, so it is not asked for again and again.
        request.idempotent = false;
        match self.client.fetch::<String>(request).await {
            Ok(leader) => Ok(Some(leader).filter(|leader| !leader.is_empty())),
            Err(error) if error.is_no_leader() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Lists the addresses of the servers that take part in consensus. `GET /v1/status/peers`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/status#list-peers)); needs no token.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// println!("{} servers", nomad.status().peers().await?.len());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the agent gives no usable answer; [`Error::is_no_leader`](crate::Error::is_no_leader) while there is no leader.
    pub async fn peers(&self) -> Result<Vec<String>> {
        self.client.get("/v1/status/peers", []).await
    }
}

#[cfg(test)]
mod tests {
    use crate::{Client, Config, Result};
    use wiremock::{Mock, MockServer, ResponseTemplate, matchers};

    async fn leader(text: &str) -> Result<Option<String>> {
        let server = MockServer::start().await;
        let answer = ResponseTemplate::new(500).set_body_string(text);
        Mock::given(matchers::any()).respond_with(answer).expect(1).mount(&server).await;
        let client = Client::new(&Config::new(&server.uri())?)?;
        client.status().leader().await
    }

    #[tokio::test]
    async fn no_leader_is_an_answer_and_not_asked_again() {
        assert_eq!(leader("No cluster leader").await.unwrap(), None);
        let error = leader("rpc error: EOF").await.unwrap_err();
        assert_eq!(error.to_string(), "GET /v1/status/leader: the server answered 500: rpc error: EOF");
    }
}
