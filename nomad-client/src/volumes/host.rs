//! Dynamic host volumes.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::json;

use super::{RegisterOptions, VolumeCapability};
use crate::allocations::AllocationStub;
use crate::client::Client;
use crate::error::Result;
use crate::job::Constraint;
use crate::meta::{Answer, Index};
use crate::options::ReadOptions;
use crate::pages::Items;
use crate::transport::{Request, none_if_not_found};
use crate::watch::Watch;

wire_enum! {
    /// How a host volume is.
    pub HostVolumeState {
        /// Its node has not told yet that it is there.
        Pending = "pending",
        /// It can be used.
        Ready = "ready",
        /// Its node is away.
        Unavailable = "unavailable",
    }
}

default_empty!(HostVolumeState);

object! {
    /// A volume that a node made on itself.
    HostVolume {
        /// The namespace, whose jobs may use it; the client's unless set.
        pub namespace: String,
        /// Its id. Set by the server, and sent again to change the volume.
        #[serde(rename = "ID")]
        pub id: String,
        /// The name by which jobs ask for it. Volumes of several nodes may have the same.
        pub name: String,
        /// The plugin that makes it: `mkdir`, or one in the node's folder of plugins.
        #[serde(rename = "PluginID")]
        pub plugin_id: String,
        /// The pool of its node.
        pub node_pool: String,
        /// Its node; one that fits is chosen unless set.
        #[serde(rename = "NodeID")]
        pub node_id: String,
        /// What its node must have.
        pub constraints: Vec<Constraint>,
        /// The least size in bytes; 0 for any.
        pub requested_capacity_min_bytes: i64,
        /// The largest size in bytes; 0 for any.
        pub requested_capacity_max_bytes: i64,
        /// Its size in bytes, as far as the plugin knows.
        pub capacity_bytes: i64,
        /// How it may be used.
        pub requested_capabilities: Vec<VolumeCapability>,
        /// Settings of the plugin.
        pub parameters: BTreeMap<String, String>,
        /// Where it is on its node.
        pub host_path: String,
        /// Set by the server: how it is.
        pub state: HostVolumeState,
        /// Set by the server: when it was made.
        pub create_index: Index,
        /// Set by the server: when it was made.
        pub create_time: Option<Timestamp> as epoch_nanos,
        /// Set by the server: when it changed.
        pub modify_index: Index,
        /// Set by the server: when it changed.
        pub modify_time: Option<Timestamp> as epoch_nanos,
        /// Set by the server: the allocations that use it.
        pub allocations: Vec<AllocationStub>,
    }
}

impl HostVolume {
    /// A volume of this name that this plugin makes, and that may be used in this way.
    pub fn new(name: impl Into<String>, plugin: impl Into<String>, capability: VolumeCapability) -> Self {
        Self {
            name: name.into(),
            plugin_id: plugin.into(),
            requested_capabilities: vec![capability],
            ..Self::default()
        }
    }
}

answer! {
    /// A host volume in a list.
    HostVolumeStub {
        /// The namespace.
        pub namespace: String,
        /// Its id.
        #[serde(rename = "ID")]
        pub id: String,
        /// The name by which jobs ask for it.
        pub name: String,
        /// The plugin that made it.
        #[serde(rename = "PluginID")]
        pub plugin_id: String,
        /// The pool of its node.
        pub node_pool: String,
        /// Its node.
        #[serde(rename = "NodeID")]
        pub node_id: String,
        /// Its size in bytes, as far as the plugin knows.
        pub capacity_bytes: i64,
        /// How it is.
        pub state: HostVolumeState,
        /// When it was made.
        pub create_index: Index,
        /// When it was made.
        pub create_time: Option<Timestamp> as epoch_nanos,
        /// When it changed.
        pub modify_index: Index,
        /// When it changed.
        pub modify_time: Option<Timestamp> as epoch_nanos,
    }
}

object! {
    /// A host volume that was made or changed.
    HostVolumeRegistration {
        /// The volume, which is not ready yet.
        pub volume: HostVolume,
        /// What the server thinks of it.
        pub warnings: String,
        /// When it was written.
        pub index: Index,
    }
}

/// Options of [`HostVolumes::list_with`].
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct HostVolumesOptions {
    read: ReadOptions,
    node: Option<String>,
    pool: Option<String>,
}

impl HostVolumesOptions {
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

    /// Only those of this node.
    #[must_use]
    pub fn with_node(mut self, id: impl Into<String>) -> Self {
        self.node = Some(id.into());
        self
    }

    /// Only those of the nodes of this pool.
    #[must_use]
    pub fn with_node_pool(mut self, name: impl Into<String>) -> Self {
        self.pool = Some(name.into());
        self
    }
}

impl From<ReadOptions> for HostVolumesOptions {
    fn from(read: ReadOptions) -> Self {
        Self { read, ..Self::default() }
    }
}

/// Handle made by [`Client::host_volumes`].
#[derive(Clone, Debug)]
pub struct HostVolumes {
    pub(super) client: Client,
}

impl HostVolumes {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Lists the dynamic host volumes. `GET /v1/volumes`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/volumes#list-volumes)); needs `namespace:host-volume-read`.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// for volume in nomad.host_volumes().list().await? {
    ///     println!("{} on {} is {}", volume.name, volume.node_id, volume.state);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `namespace:host-volume-read`.
    pub async fn list(&self) -> Result<Vec<HostVolumeStub>> {
        Ok(self.list_with(&HostVolumesOptions::new()).await?.value)
    }

    /// As [`HostVolumes::list`], with options, the index to wait on and the next page's token.
    ///
    /// # Errors
    /// As [`HostVolumes::list`].
    pub async fn list_with(&self, options: &HostVolumesOptions) -> Result<Answer<Vec<HostVolumeStub>>> {
        let mut request = Request::get("/v1/volumes", [])?.query("type", "host");
        for (name, value) in [("node_id", &options.node), ("node_pool", &options.pool)] {
            if let Some(value) = value {
                request = request.query(name, value);
            }
        }
        self.client.answer(options.read.apply(request)).await
    }

    /// Watches the dynamic host volumes: as [`HostVolumes::list`], whenever something has changed.
    pub fn watch(&self, options: &ReadOptions) -> Watch<Vec<HostVolumeStub>> {
        Watch::new(self.clone(), options, |volumes, read| {
            Box::pin(async move { volumes.list_with(&read.into()).await })
        })
    }

    /// The dynamic host volumes one by one: as [`HostVolumes::list`], read page by page.
    pub fn stream(&self, options: &ReadOptions) -> Items<HostVolumeStub> {
        Items::new(self.clone(), options, |volumes, read| {
            Box::pin(async move { volumes.list_with(&read.into()).await })
        })
    }

    /// Reads a dynamic host volume. `GET /v1/volume/host/:id`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/volumes#read-dynamic-host-volume)); needs
    /// `namespace:host-volume-read`.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// let volume = nomad.host_volumes().read("ba97ef42-cc68-11ef-a2e7-ffddaecbdb89").await?;
    /// println!("{} bytes at {}", volume.capacity_bytes, volume.host_path);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when there is none; [`Error::is_denied`](crate::Error::is_denied)
    /// without `namespace:host-volume-read`.
    pub async fn read(&self, id: &str) -> Result<HostVolume> {
        Ok(self.read_with(id, &ReadOptions::new()).await?.value)
    }

    /// As [`HostVolumes::read`], or `None` when there is none.
    ///
    /// # Errors
    /// As [`HostVolumes::read`], except for a missing one.
    pub async fn read_opt(&self, id: &str) -> Result<Option<HostVolume>> {
        none_if_not_found(self.read(id).await)
    }

    /// As [`HostVolumes::read`], with options and the index to wait on.
    ///
    /// # Errors
    /// As [`HostVolumes::read`].
    pub async fn read_with(&self, id: &str, options: &ReadOptions) -> Result<Answer<HostVolume>> {
        self.client.get_with("/v1/volume/host/:id", [id], options).await
    }

    /// Watches a dynamic host volume: as [`HostVolumes::read`], whenever it has changed.
    pub fn watch_one(&self, id: &str, options: &ReadOptions) -> Watch<HostVolume> {
        let subject = (self.clone(), id.to_owned());
        Watch::new(subject, options, |(volumes, id), read| Box::pin(async move { volumes.read_with(id, &read).await }))
    }

    /// Lets a node make a volume, or change the one whose id is set. `PUT /v1/volume/host/create`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/volumes#create-dynamic-host-volume)); needs
    /// `namespace:host-volume-create`.
    ///
    /// It is there, but can be used only once its state is [`HostVolumeState::Ready`], seconds later. Without an id each
    /// call makes another volume, on another node.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// use nomad_client::volumes::{AccessMode, AttachmentMode, HostVolume, VolumeCapability};
    ///
    /// let way = VolumeCapability::new(AccessMode::SingleNodeWriter, AttachmentMode::FileSystem);
    /// let made = nomad.host_volumes().create(&HostVolume::new("data", "mkdir", way)).await?.volume;
    /// println!("{} on {}", made.id, made.node_id);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `namespace:host-volume-create`. The server refuses what no
    /// node can make, and says why.
    pub async fn create(&self, volume: &HostVolume) -> Result<HostVolumeRegistration> {
        self.create_with(volume, &RegisterOptions::new()).await
    }

    /// As [`HostVolumes::create`], with options.
    ///
    /// # Errors
    /// As [`HostVolumes::create`].
    pub async fn create_with(&self, volume: &HostVolume, options: &RegisterOptions) -> Result<HostVolumeRegistration> {
        self.client.put("/v1/volume/host/create", [], &body(volume, *options)).await
    }

    /// Makes a folder known that is on a node already. `PUT /v1/volume/host/register`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/volumes#register-dynamic-host-volume)); needs
    /// `namespace:host-volume-register`. The volume names its node and its path there.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// use nomad_client::volumes::{AccessMode, AttachmentMode, HostVolume, VolumeCapability};
    ///
    /// let way = VolumeCapability::new(AccessMode::SingleNodeWriter, AttachmentMode::FileSystem);
    /// let mut volume = HostVolume::new("data", "mkdir", way);
    /// volume.node_id = "fb2170a8-257d-3c64-b14d-bc06cc94e34c".to_owned();
    /// volume.host_path = "/srv/data".to_owned();
    /// nomad.host_volumes().register(&volume).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`HostVolumes::create`].
    pub async fn register(&self, volume: &HostVolume) -> Result<HostVolumeRegistration> {
        self.register_with(volume, &RegisterOptions::new()).await
    }

    /// As [`HostVolumes::register`], with options.
    ///
    /// # Errors
    /// As [`HostVolumes::create`].
    pub async fn register_with(
        &self,
        volume: &HostVolume,
        options: &RegisterOptions,
    ) -> Result<HostVolumeRegistration> {
        self.client.put("/v1/volume/host/register", [], &body(volume, *options)).await
    }

    /// Deletes a dynamic host volume, with what is in it if a plugin made it. `DELETE /v1/volume/host/:id`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/volumes#delete-dynamic-host-volume)); needs
    /// `namespace:host-volume-delete`.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// nomad.host_volumes().delete("ba97ef42-cc68-11ef-a2e7-ffddaecbdb89").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when there is none; [`Error::is_denied`](crate::Error::is_denied)
    /// without `namespace:host-volume-delete`. The server refuses while an allocation uses it.
    pub async fn delete(&self, id: &str) -> Result<()> {
        self.client.execute(Request::delete("/v1/volume/host/:id", [id])?).await
    }

    /// As [`HostVolumes::delete`], although its node is away for good and deletes nothing.
    ///
    /// # Errors
    /// As [`HostVolumes::delete`].
    pub async fn force_delete(&self, id: &str) -> Result<()> {
        self.client.execute(Request::delete("/v1/volume/host/:id", [id])?.query("force", "true")).await
    }
}

/// What is written: all but what the server itself puts together when it is read.
pub(super) fn body(volume: &HostVolume, options: RegisterOptions) -> serde_json::Value {
    let volume = HostVolume { allocations: Vec::new(), ..volume.clone() };
    json!({ "Volume": volume, "PolicyOverride": options.policy_override })
}
