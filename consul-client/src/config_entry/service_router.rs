//! Where requests to a service go:
//! <https://developer.hashicorp.com/consul/docs/reference/config-entry/service-router>.

use std::time::Duration;

use super::parts::HeaderModifiers;

entry! {
    /// Where requests to a service go, by path, header and method.
    ServiceRouter {
        /// The routes; the first that matches is taken.
        pub routes: Vec<Route>,
    }
}

part! {
    /// A route.
    Route {
        /// Which requests take it; all when absent.
        #[serde(rename = "Match")]
        pub matching: Option<RouteMatch>,
        /// Where it leads; to the service itself when absent.
        pub destination: Option<RouteDestination>,
    }
}

part! {
    /// Which requests take a route.
    RouteMatch {
        /// What is true of them.
        #[serde(rename = "HTTP")]
        pub http: Option<HttpMatch>,
    }
}

part! {
    /// What is true of a request. At most one of the paths may be set.
    HttpMatch {
        /// The path.
        pub path_exact: String,
        /// How the path begins.
        pub path_prefix: String,
        /// A regular expression of the whole path.
        pub path_regex: String,
        /// Whether the case of the path matters not.
        pub case_insensitive: bool,
        /// Headers, all of which must match.
        pub header: Vec<HeaderMatch>,
        /// Query parameters, all of which must match.
        pub query_param: Vec<QueryParamMatch>,
        /// Methods, one of which it must have; any when empty.
        pub methods: Vec<String>,
    }
}

part! {
    /// What is true of a header.
    HeaderMatch {
        /// Its name.
        pub name: String,
        /// It is there.
        pub present: bool,
        /// Its value.
        pub exact: String,
        /// How its value begins.
        pub prefix: String,
        /// How its value ends.
        pub suffix: String,
        /// A regular expression of its value.
        pub regex: String,
        /// Whether all this must not be true.
        pub invert: bool,
    }
}

part! {
    /// What is true of a query parameter.
    QueryParamMatch {
        /// Its name.
        pub name: String,
        /// It is there.
        pub present: bool,
        /// Its value.
        pub exact: String,
        /// A regular expression of its value.
        pub regex: String,
    }
}

part! {
    /// Where a route leads, and how.
    RouteDestination {
        /// Another service.
        pub service: String,
        /// A subset of it, which its resolver knows.
        pub service_subset: String,
        /// Its namespace; Enterprise only.
        pub namespace: String,
        /// Its partition; Enterprise only.
        pub partition: String,
        /// What stands in place of the part of the path that matched.
        pub prefix_rewrite: String,
        /// How long a request may take.
        pub request_timeout: Option<Duration> as text,
        /// How long nothing may happen.
        pub idle_timeout: Option<Duration> as text,
        /// How often a request is tried again.
        pub num_retries: i64,
        /// Whether it is when there was no connection.
        pub retry_on_connect_failure: bool,
        /// When else, in Envoy's words.
        pub retry_on: Vec<String>,
        /// And after which answers.
        pub retry_on_status_codes: Vec<i64>,
        /// Changes to the headers of requests.
        pub request_headers: Option<HeaderModifiers>,
        /// Changes to the headers of answers.
        pub response_headers: Option<HeaderModifiers>,
    }
}
