//! The counters of an agent: <https://developer.hashicorp.com/nomad/api-docs/metrics>.

use std::collections::BTreeMap;

use bytes::Bytes;

use crate::client::Client;
use crate::error::Result;
use crate::transport::Request;

/// Handle made by [`Client::metrics`].
#[derive(Clone, Debug)]
pub struct Metrics {
    client: Client,
}

answer! {
    /// The counters of an agent over the last ten seconds.
    Snapshot {
        /// When, as the server writes it.
        pub timestamp: String,
        /// Values as they are.
        pub gauges: Vec<Gauge>,
        /// Values as they were.
        pub points: Vec<Point>,
        /// What was counted.
        pub counters: Vec<Sample>,
        /// What was measured.
        pub samples: Vec<Sample>,
        /// Values as they are, with more digits.
        pub precision_gauges: Vec<Gauge>,
    }
}

answer! {
    /// A value as it is.
    Gauge {
        /// Its name.
        pub name: String,
        /// The value.
        pub value: f64,
        /// What sets it apart from others of its name.
        pub labels: BTreeMap<String, String>,
    }
}

answer! {
    /// A value as it was.
    Point {
        /// Its name.
        pub name: String,
        /// The values.
        pub points: Vec<f64>,
    }
}

answer! {
    /// What was counted or measured several times.
    Sample {
        /// Its name.
        pub name: String,
        /// How often.
        pub count: i64,
        /// How much per second.
        pub rate: f64,
        /// The sum.
        pub sum: f64,
        /// The least.
        pub min: f64,
        /// The most.
        pub max: f64,
        /// The average.
        pub mean: f64,
        /// The standard deviation.
        pub stddev: f64,
        /// What sets it apart from others of its name.
        pub labels: BTreeMap<String, String>,
    }
}

impl Metrics {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Reads the counters. `GET /v1/metrics`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/metrics#metrics-http-api)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// for gauge in nomad.metrics().read().await?.gauges {
    ///     println!("{} {}", gauge.name, gauge.value);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the agent gives no usable answer.
    pub async fn read(&self) -> Result<Snapshot> {
        self.client.get("/v1/metrics", []).await
    }

    /// Reads the counters as Prometheus does. `GET /v1/metrics`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/metrics#metrics-http-api)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// let text = nomad.metrics().prometheus().await?;
    /// println!("{}", String::from_utf8_lossy(&text));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::status`](crate::Error::status) 415 unless the agent has `prometheus_metrics` on.
    pub async fn prometheus(&self) -> Result<Bytes> {
        let request = Request::get("/v1/metrics", [])?.query("format", "prometheus");
        Ok(self.client.send(request).await?.body)
    }
}
