//! A route of HTTP requests through an API gateway:
//! <https://developer.hashicorp.com/consul/docs/reference/config-entry/http-route>.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value};

use super::parts::{Reference, Status};

wire_enum! {
    /// How a text is compared.
    pub MatchKind {
        /// It is the same.
        Exact = "exact",
        /// It begins so.
        Prefix = "prefix",
        /// It ends so.
        Suffix = "suffix",
        /// It matches as a whole.
        Regex = "regex",
        /// It is there.
        Present = "present",
    }
}

empty_by_default!(MatchKind);

entry! {
    /// A route of HTTP requests through an API gateway.
    HttpRoute {
        /// The gateways that it is for.
        pub parents: Vec<Reference>,
        /// Where requests go; the first that matches is taken.
        pub rules: Vec<Rule>,
        /// The host names that it is for.
        pub hostnames: Vec<String>,
        /// What the server says about it; never written.
        pub status: Status,
    }
}

part! {
    /// Where some requests go.
    Rule {
        /// What is changed of them.
        pub filters: Filters,
        /// What is changed of their answers.
        pub response_filters: ResponseFilters,
        /// Which requests; one of these must match.
        pub matches: Vec<Match>,
        /// Where they go.
        pub services: Vec<HttpService>,
    }
}

part! {
    /// What is true of a request.
    Match {
        /// Headers, all of which must match.
        pub headers: Vec<HeaderMatch>,
        /// The method; any when empty.
        pub method: String,
        /// The path.
        pub path: PathMatch,
        /// Query parameters, all of which must match.
        pub query: Vec<QueryMatch>,
    }
}

part! {
    /// What is true of a header.
    HeaderMatch {
        /// How it is compared.
        #[serde(rename = "Match")]
        pub kind: MatchKind,
        /// Its name.
        pub name: String,
        /// With what.
        pub value: String,
    }
}

part! {
    /// What is true of a path.
    PathMatch {
        /// How it is compared.
        #[serde(rename = "Match")]
        pub kind: MatchKind,
        /// With what.
        pub value: String,
    }
}

part! {
    /// What is true of a query parameter.
    QueryMatch {
        /// How it is compared.
        #[serde(rename = "Match")]
        pub kind: MatchKind,
        /// Its name.
        pub name: String,
        /// With what.
        pub value: String,
    }
}

part! {
    /// What is changed of a request.
    Filters {
        /// Its headers.
        pub headers: Vec<HeaderFilter>,
        /// Its path.
        #[serde(rename = "URLRewrite")]
        pub url_rewrite: Option<UrlRewrite>,
        /// When it is tried again.
        pub retry_filter: Option<RetryFilter>,
        /// How long it may take.
        pub timeout_filter: Option<TimeoutFilter>,
        /// Whose JSON Web Tokens it must have; Enterprise only.
        #[serde(rename = "JWT")]
        pub jwt: Option<Map<String, Value>>,
    }
}

part! {
    /// What is changed of an answer.
    ResponseFilters {
        /// Its headers.
        pub headers: Vec<HeaderFilter>,
    }
}

part! {
    /// Changes to headers.
    HeaderFilter {
        /// Added, beside what is there.
        pub add: BTreeMap<String, String>,
        /// Removed.
        pub remove: Vec<String>,
        /// Set, in place of what is there.
        pub set: BTreeMap<String, String>,
    }
}

part! {
    /// A change to the path.
    UrlRewrite {
        /// What stands in place of the part that matched.
        pub path: String,
    }
}

part! {
    /// When a request is tried again.
    RetryFilter {
        /// How often.
        pub num_retries: i64 as sent,
        /// When, in Envoy's words.
        pub retry_on: Vec<String>,
        /// After which answers.
        pub retry_on_status_codes: Vec<i64>,
        /// Whether when there was no connection.
        pub retry_on_connect_failure: bool as sent,
    }
}

part! {
    /// How long a request may take.
    TimeoutFilter {
        /// As a whole.
        pub request_timeout: Option<Duration> as nanos,
        /// Without anything happening.
        pub idle_timeout: Option<Duration> as nanos,
    }
}

part! {
    /// A service that requests go to.
    HttpService {
        /// Its name.
        pub name: String,
        /// Its share, compared with the others.
        pub weight: i64 as sent,
        /// What is changed of the requests.
        pub filters: Filters,
        /// What is changed of their answers.
        pub response_filters: ResponseFilters,
        /// Its namespace; Enterprise only.
        pub namespace: String,
        /// Its partition; Enterprise only.
        pub partition: String,
    }
}
