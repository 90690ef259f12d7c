//! How requests to a service are shared out:
//! <https://developer.hashicorp.com/consul/docs/reference/config-entry/service-splitter>.

use super::parts::HeaderModifiers;

entry! {
    /// How requests to a service are shared out.
    ServiceSplitter {
        /// The shares, which must be 100 together.
        pub splits: Vec<Split>,
    }
}

part! {
    /// A share of the requests.
    Split {
        /// How many in a hundred, in steps of a hundredth.
        pub weight: f64 as sent,
        /// Where they go; to the service itself when empty.
        pub service: String,
        /// A subset of it, which its resolver knows.
        pub service_subset: String,
        /// Its namespace; Enterprise only.
        pub namespace: String,
        /// Its partition; Enterprise only.
        pub partition: String,
        /// Changes to the headers of requests.
        pub request_headers: Option<HeaderModifiers>,
        /// Changes to the headers of answers.
        pub response_headers: Option<HeaderModifiers>,
    }
}
