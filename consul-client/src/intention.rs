//! Intentions, which say who may speak to whom: <https://developer.hashicorp.com/consul/api-docs/connect/intentions>.
//!
//! They are written as config entries of the kind
//! [`ServiceIntentions`](crate::config_entry::Kind::ServiceIntentions); here they are looked at.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::client::Client;
use crate::error::Result;
use crate::meta::Index;
use crate::transport::Request;

wire_enum! {
    /// What an intention says.
    pub Action {
        /// They may speak.
        Allow = "allow",
        /// They may not.
        Deny = "deny",
    }
}

object! {
    /// Whether one service may speak to another.
    Intention {
        /// Who speaks; `*` for everybody.
        pub source_name: String,
        /// The peer that the source is in; empty for this cluster.
        pub source_peer: String,
        /// What is spoken to; `*` for everything.
        pub destination_name: String,
        /// What is said about it; `None` when `permissions` decide for each request.
        pub action: Option<Action>,
        /// What decides for each request, under the API's own names.
        pub permissions: Vec<Value>,
        /// The higher one wins.
        pub precedence: i64,
        /// A text for people.
        pub description: String,
        /// When it was made.
        pub create_index: Index,
        /// When it was last written.
        pub modify_index: Index,
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
    /// `GET /v1/connect/intentions/check`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `intentions:read` on the destination.
    pub async fn check(&self, source: &str, destination: &str) -> Result<bool> {
        let checked: Checked = self.client.fetch(check_request(source, destination)?).await?;
        Ok(checked.allowed)
    }

    /// Lists all intentions, those of the highest precedence first. `GET /v1/connect/intentions`.
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) when the token is not known; intentions without `intentions:read`
    /// are left out.
    pub async fn list(&self) -> Result<Vec<Intention>> {
        self.client.list("/v1/connect/intentions", []).await
    }
}

fn check_request(source: &str, destination: &str) -> Result<Request> {
    Ok(Request::get("/v1/connect/intentions/check", [])?.query("source", source).query("destination", destination))
}

#[cfg(test)]
mod tests {
    use super::{Action, Intention, check_request};

    #[test]
    fn both_names_are_sent() {
        assert_eq!(check_request("a", "b c").unwrap().query, "source=a&destination=b%20c");
    }

    #[test]
    fn answers_of_1_22() {
        let text = r#"[{"SourceNS":"default","SourceName":"front","DestinationNS":"default","DestinationName":"api",
            "SourceType":"consul","Action":"allow","Precedence":9,"CreateIndex":54,"ModifyIndex":54},
            {"SourceName":"front","DestinationName":"web","Permissions":[{"Action":"allow","HTTP":{"PathExact":"/a"}}],
            "Precedence":9}]"#;
        let intentions: Vec<Intention> = serde_json::from_str(text).unwrap();
        assert_eq!(intentions[0].action, Some(Action::Allow));
        assert_eq!((intentions[1].action.as_ref(), intentions[1].permissions.len()), (None, 1));
    }
}
