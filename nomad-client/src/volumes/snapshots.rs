//! Snapshots of volumes at their storage provider.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::json;

use super::{CsiVolumes, with_secrets};
use crate::error::Result;
use crate::meta::{Answer, BodyMeta};
use crate::options::ReadOptions;
use crate::secret::Secret;
use crate::transport::Request;

object! {
    /// A snapshot of a volume, as its storage provider knows it.
    CsiSnapshot {
        /// Its id there.
        #[serde(rename = "ID")]
        pub id: String,
        /// The volume, by its id there.
        #[serde(rename = "ExternalSourceVolumeID")]
        pub external_source_volume_id: String,
        /// Its size in bytes.
        pub size_bytes: i64,
        /// When it was made.
        pub create_time: Option<Timestamp> as epoch_seconds,
        /// Whether volumes can be made from it.
        pub is_ready: bool,
        /// The volume.
        #[serde(rename = "SourceVolumeID")]
        pub source_volume_id: String,
        /// The plugin.
        #[serde(rename = "PluginID")]
        pub plugin_id: String,
        /// What it is to be called; written only.
        pub name: String,
        /// What the storage provider wants to know; written only.
        pub secrets: BTreeMap<String, Secret>,
        /// Settings of the plugin; written only.
        pub parameters: BTreeMap<String, String>,
    }
}

impl CsiSnapshot {
    /// A snapshot of this volume, made by this plugin.
    pub fn new(volume: impl Into<String>, plugin: impl Into<String>) -> Self {
        Self { source_volume_id: volume.into(), plugin_id: plugin.into(), ..Self::default() }
    }
}

answer! {
    /// A page of snapshots.
    CsiSnapshots {
        /// They.
        pub snapshots: Vec<CsiSnapshot>,
        /// What the body says beside its content, also where the next page begins.
        #[serde(flatten)]
        pub meta: BodyMeta,
    }
}

/// Options of [`CsiVolumes::snapshots_with`].
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct SnapshotsOptions {
    read: ReadOptions,
    secrets: BTreeMap<String, Secret>,
}

impl SnapshotsOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// The options of any read.
    #[must_use]
    pub fn with_read(mut self, options: ReadOptions) -> Self {
        self.read = options;
        self
    }

    /// Something that the storage provider wants to know; without a comma.
    #[must_use]
    pub fn with_secret(mut self, name: impl Into<String>, value: impl Into<Secret>) -> Self {
        self.secrets.insert(name.into(), value.into());
        self
    }
}

impl CsiVolumes {
    /// Lists the snapshots that the storage provider of a plugin has. `GET /v1/volumes/snapshot`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/volumes#list-csi-volume-snapshots)); needs
    /// `namespace:csi-list-volume` and `plugin:read`, and a plugin whose controller can do so.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// for snapshot in nomad.csi_volumes().snapshots("aws-ebs0").await?.snapshots {
    ///     println!("{} of {}", snapshot.id, snapshot.external_source_volume_id);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`CsiVolumes::external`].
    pub async fn snapshots(&self, plugin: &str) -> Result<CsiSnapshots> {
        Ok(self.snapshots_with(plugin, &SnapshotsOptions::new()).await?.value)
    }

    /// As [`CsiVolumes::snapshots`], with options. The next page's token is that of the body.
    ///
    /// # Errors
    /// As [`CsiVolumes::external`]. Secrets with a comma in them cannot be sent.
    pub async fn snapshots_with(&self, plugin: &str, options: &SnapshotsOptions) -> Result<Answer<CsiSnapshots>> {
        let request = Request::get("/v1/volumes/snapshot", [])?.query("plugin_id", plugin);
        self.client.answer(options.read.apply(with_secrets(request, &options.secrets)?)).await
    }

    /// Lets a plugin make a snapshot. `PUT /v1/volumes/snapshot`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/volumes#create-csi-volume-snapshot)); needs
    /// `namespace:csi-write-volume` and `plugin:read`, and a plugin whose controller can do so.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// use nomad_client::volumes::CsiSnapshot;
    ///
    /// let made = nomad.csi_volumes().create_snapshot(&CsiSnapshot::new("data", "aws-ebs0")).await?;
    /// println!("{}", made.snapshots[0].id);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`CsiVolumes::external`]; also [`Error::is_not_found`](crate::Error::is_not_found) when there is no such volume.
    pub async fn create_snapshot(&self, snapshot: &CsiSnapshot) -> Result<CsiSnapshots> {
        let request = Request::put("/v1/volumes/snapshot", [])?.json(&json!({ "Snapshots": [snapshot] }))?;
        self.client.fetch(with_secrets(request, &snapshot.secrets)?).await
    }

    /// Lets a plugin delete a snapshot, named by its id at the storage provider. `DELETE /v1/volumes/snapshot`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/volumes#delete-csi-volume-snapshot)); needs
    /// `namespace:csi-write-volume` and `plugin:read`, and a plugin whose controller can do so.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// nomad.csi_volumes().delete_snapshot("aws-ebs0", "snap-9df717f4").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`CsiVolumes::external`].
    pub async fn delete_snapshot(&self, plugin: &str, id: &str) -> Result<()> {
        self.delete_snapshot_with(plugin, id, &BTreeMap::new()).await
    }

    /// As [`CsiVolumes::delete_snapshot`], with what the storage provider wants to know.
    ///
    /// # Errors
    /// As [`CsiVolumes::external`]. Secrets with a comma in them cannot be sent.
    pub async fn delete_snapshot_with(&self, plugin: &str, id: &str, secrets: &BTreeMap<String, Secret>) -> Result<()> {
        let request = Request::delete("/v1/volumes/snapshot", [])?.query("plugin_id", plugin).query("snapshot_id", id);
        self.client.execute(with_secrets(request, secrets)?).await
    }
}
