//! What a node tells about itself and its machine.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Sys;
use crate::client::KeyInfo;
use crate::error::Result;
use crate::transport::Request;
use crate::wire::{null, time};

/// A version of Vault that the cluster has run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct VersionEntry {
    /// The version before; none for the first.
    #[serde(default)]
    pub previous_version: Option<String>,
    /// When it was installed.
    #[serde(default, deserialize_with = "time::or_none")]
    pub timestamp_installed: Option<Timestamp>,
    /// When it was built.
    #[serde(default, deserialize_with = "time::or_none")]
    pub build_date: Option<Timestamp>,
}

/// A call that is being answered.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct InFlight {
    /// When it began.
    #[serde(default, deserialize_with = "time::or_none")]
    pub start_time: Option<Timestamp>,
    /// From where it comes.
    #[serde(default, deserialize_with = "null::or_default")]
    pub client_remote_address: String,
    /// Its path.
    #[serde(default, deserialize_with = "null::or_default")]
    pub request_path: String,
    /// Its method.
    #[serde(default, deserialize_with = "null::or_default")]
    pub request_method: String,
    /// The client as which it is counted.
    #[serde(default, deserialize_with = "null::or_default")]
    pub client_id: String,
}

/// The machine of a node. What it consists of is told in the words of the operating system.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct HostInfo {
    /// When it was looked at.
    #[serde(default, deserialize_with = "time::or_none")]
    pub timestamp: Option<Timestamp>,
    /// The operating system.
    #[serde(default, deserialize_with = "null::or_default")]
    pub host: Map<String, Value>,
    /// The memory.
    #[serde(default, deserialize_with = "null::or_default")]
    pub memory: Map<String, Value>,
    /// The processors.
    #[serde(default, deserialize_with = "null::or_default")]
    pub cpu: Vec<Value>,
    /// What the processors do.
    #[serde(default, deserialize_with = "null::or_default")]
    pub cpu_times: Vec<Value>,
    /// The disks.
    #[serde(default, deserialize_with = "null::or_default")]
    pub disk: Vec<Value>,
}

/// What a node measures.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct Metrics {
    /// The end of the interval, as a text of Go's own form.
    #[serde(default, deserialize_with = "null::or_default")]
    pub timestamp: String,
    /// Values as they are.
    #[serde(default, deserialize_with = "null::or_default")]
    pub gauges: Vec<Gauge>,
    /// Values that were written one by one.
    #[serde(default, deserialize_with = "null::or_default")]
    pub points: Vec<Value>,
    /// What was counted.
    #[serde(default, deserialize_with = "null::or_default")]
    pub counters: Vec<Sample>,
    /// What was measured several times.
    #[serde(default, deserialize_with = "null::or_default")]
    pub samples: Vec<Sample>,
}

/// A value as it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct Gauge {
    /// Its name.
    #[serde(default, deserialize_with = "null::or_default")]
    pub name: String,
    /// The value.
    #[serde(default, deserialize_with = "null::or_default")]
    pub value: f64,
    /// What it is about.
    #[serde(default, deserialize_with = "null::or_default")]
    pub labels: BTreeMap<String, String>,
}

/// Several measurements of one thing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct Sample {
    /// Its name.
    #[serde(default, deserialize_with = "null::or_default")]
    pub name: String,
    /// How many there are.
    #[serde(default, deserialize_with = "null::or_default")]
    pub count: u64,
    /// How many there are in a second.
    #[serde(default, deserialize_with = "null::or_default")]
    pub rate: f64,
    /// Their sum.
    #[serde(default, deserialize_with = "null::or_default")]
    pub sum: f64,
    /// The least.
    #[serde(default, deserialize_with = "null::or_default")]
    pub min: f64,
    /// The greatest.
    #[serde(default, deserialize_with = "null::or_default")]
    pub max: f64,
    /// Their mean.
    #[serde(default, deserialize_with = "null::or_default")]
    pub mean: f64,
    /// How far they spread.
    #[serde(default, deserialize_with = "null::or_default")]
    pub stddev: f64,
    /// What they are about.
    #[serde(default, deserialize_with = "null::or_default")]
    pub labels: BTreeMap<String, String>,
}

impl Sys {
    /// Lists the versions of Vault that the cluster has run.
    ///
    /// `LIST /v1/sys/version-history`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/version-history#list-version-history)); needs
    /// `list`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// for (version, entry) in vault.sys().list_version_history().await? {
    ///     println!("{version} since {:?}", entry.timestamp_installed);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn list_version_history(&self) -> Result<BTreeMap<String, VersionEntry>> {
        Ok(self.client.list_as::<KeyInfo<VersionEntry>, 0>("/v1/sys/version-history/", []).await?.key_info)
    }

    /// Reads about the machine of the active node.
    ///
    /// `GET /v1/sys/host-info`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/host-info#collect-host-information)); needs `read`
    /// and `sudo`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// println!("{}", vault.sys().host_info().await?.host["hostname"]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without them.
    pub async fn host_info(&self) -> Result<HostInfo> {
        self.client.fetch(Request::get("/v1/sys/host-info", [])?).await
    }

    /// Lists the calls that are being answered, this one among them, by id.
    ///
    /// `GET /v1/sys/in-flight-req`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/in-flight-req#collect-in-flight-request-information));
    /// needs `read` and `sudo`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// println!("{} calls", vault.sys().in_flight_requests().await?.len());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without them.
    pub async fn in_flight_requests(&self) -> Result<BTreeMap<String, InFlight>> {
        self.client.flat(Request::get("/v1/sys/in-flight-req", [])?).await
    }

    /// Reads what the node measures.
    ///
    /// `GET /v1/sys/metrics`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/metrics#read-telemetry-metrics)); needs `read`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// for gauge in vault.sys().metrics().await?.gauges {
    ///     println!("{} {}", gauge.name, gauge.value);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it.
    pub async fn metrics(&self) -> Result<Metrics> {
        self.client.flat(Request::get("/v1/sys/metrics", [])?).await
    }

    /// As [`Sys::metrics`], as the text that Prometheus reads.
    ///
    /// `GET /v1/sys/metrics`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/metrics#read-telemetry-metrics)); needs `read`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// let text = vault.sys().metrics_text().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without it. Status 400 when the server keeps none for Prometheus.
    pub async fn metrics_text(&self) -> Result<String> {
        let request = Request::get("/v1/sys/metrics", [])?.query("format", "prometheus");
        let reply = self.client.send(request.clone()).await?;
        String::from_utf8(reply.body.to_vec()).map_err(|_| request.refused("what came back is not a text"))
    }

    /// Reads the configuration of the node, without its secrets.
    ///
    /// `GET /v1/sys/config/state/sanitized`
    /// ([API](https://developer.hashicorp.com/vault/api-docs/system/config-state#get-sanitized-configuration-state));
    /// needs `read` and `sudo`.
    ///
    /// ```no_run
    /// # async fn example(vault: vault_client::Client) -> vault_client::Result<()> {
    /// println!("{}", vault.sys().read_config_state().await?["api_addr"]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without them.
    pub async fn read_config_state(&self) -> Result<Map<String, Value>> {
        self.client.fetch(Request::get("/v1/sys/config/state/sanitized", [])?).await
    }
}
