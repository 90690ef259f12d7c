//! Volumes of the Container Storage Interface, and what is done with them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{CsiRegistration, CsiVolume, CsiVolumeStub, ExternalVolumes, RegisterOptions, with_secrets};
use crate::client::Client;
use crate::error::Result;
use crate::meta::Answer;
use crate::options::ReadOptions;
use crate::pages::Items;
use crate::secret::Secret;
use crate::transport::{Request, none_if_not_found};
use crate::watch::Watch;

/// What the server writes in place of the flags of a mount.
const REDACTED: &str = "[REDACTED]";

/// Options of [`CsiVolumes::list_with`].
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct CsiVolumesOptions {
    read: ReadOptions,
    plugin: Option<String>,
    node: Option<String>,
}

impl CsiVolumesOptions {
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

    /// Only those of this plugin.
    #[must_use]
    pub fn with_plugin(mut self, id: impl Into<String>) -> Self {
        self.plugin = Some(id.into());
        self
    }

    /// Only those that are used on this node.
    #[must_use]
    pub fn with_node(mut self, id: impl Into<String>) -> Self {
        self.node = Some(id.into());
        self
    }
}

impl From<ReadOptions> for CsiVolumesOptions {
    fn from(read: ReadOptions) -> Self {
        Self { read, ..Self::default() }
    }
}

/// Handle made by [`Client::csi_volumes`].
#[derive(Clone, Debug)]
pub struct CsiVolumes {
    pub(super) client: Client,
}

impl CsiVolumes {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Lists the volumes of the CSI. `GET /v1/volumes`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/volumes#list-volumes)); needs `namespace:csi-list-volume`
    /// and `plugin:read`.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// for volume in nomad.csi_volumes().list().await? {
    ///     println!("{} of {}: {} writers", volume.id, volume.plugin_id, volume.current_writers);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without those permissions.
    pub async fn list(&self) -> Result<Vec<CsiVolumeStub>> {
        Ok(self.list_with(&CsiVolumesOptions::new()).await?.value)
    }

    /// As [`CsiVolumes::list`], with options, the index to wait on and the next page's token.
    ///
    /// # Errors
    /// As [`CsiVolumes::list`].
    pub async fn list_with(&self, options: &CsiVolumesOptions) -> Result<Answer<Vec<CsiVolumeStub>>> {
        let mut request = Request::get("/v1/volumes", [])?.query("type", "csi");
        for (name, value) in [("plugin_id", &options.plugin), ("node_id", &options.node)] {
            if let Some(value) = value {
                request = request.query(name, value);
            }
        }
        self.client.answer(options.read.apply(request)).await
    }

    /// Watches the volumes: as [`CsiVolumes::list`], whenever something has changed.
    pub fn watch(&self, options: &ReadOptions) -> Watch<Vec<CsiVolumeStub>> {
        Watch::new(self.clone(), options, |volumes, read| {
            Box::pin(async move { volumes.list_with(&read.into()).await })
        })
    }

    /// The volumes one by one: as [`CsiVolumes::list`], read page by page.
    pub fn stream(&self, options: &ReadOptions) -> Items<CsiVolumeStub> {
        Items::new(self.clone(), options, |volumes, read| {
            Box::pin(async move { volumes.list_with(&read.into()).await })
        })
    }

    /// Reads a volume. `GET /v1/volume/csi/:id`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/volumes#read-csi-volume)); needs
    /// `namespace:csi-read-volume` and `plugin:read`.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// let volume = nomad.csi_volumes().read("data").await?;
    /// println!("{} bytes, can be used: {}", volume.capacity, volume.schedulable);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when there is none; [`Error::is_denied`](crate::Error::is_denied)
    /// without those permissions.
    pub async fn read(&self, id: &str) -> Result<CsiVolume> {
        Ok(self.read_with(id, &ReadOptions::new()).await?.value)
    }

    /// As [`CsiVolumes::read`], or `None` when there is none.
    ///
    /// # Errors
    /// As [`CsiVolumes::read`], except for a missing one.
    pub async fn read_opt(&self, id: &str) -> Result<Option<CsiVolume>> {
        none_if_not_found(self.read(id).await)
    }

    /// As [`CsiVolumes::read`], with options and the index to wait on.
    ///
    /// # Errors
    /// As [`CsiVolumes::read`].
    pub async fn read_with(&self, id: &str, options: &ReadOptions) -> Result<Answer<CsiVolume>> {
        self.client.get_with("/v1/volume/csi/:id", [id], options).await
    }

    /// Watches a volume: as [`CsiVolumes::read`], whenever it has changed.
    pub fn watch_one(&self, id: &str, options: &ReadOptions) -> Watch<CsiVolume> {
        let subject = (self.clone(), id.to_owned());
        Watch::new(subject, options, |(volumes, id), read| Box::pin(async move { volumes.read_with(id, &read).await }))
    }

    /// Makes a volume known that is at its storage provider already, or changes it. `PUT /v1/volume/csi/:id`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/volumes#register-csi-volume)); needs
    /// `namespace:csi-write-volume` and `plugin:read`.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// use nomad_client::volumes::{AccessMode, AttachmentMode, CsiVolume, VolumeCapability};
    ///
    /// let way = VolumeCapability::new(AccessMode::SingleNodeWriter, AttachmentMode::FileSystem);
    /// let mut volume = CsiVolume::new("data", "aws-ebs0", way);
    /// volume.external_id = "vol-37ac485e".to_owned();
    /// nomad.csi_volumes().register(&volume).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when there is no such plugin;
    /// [`Error::is_denied`](crate::Error::is_denied) without those permissions. A volume whose flags of the mount are
    /// still `[REDACTED]` is not sent.
    pub async fn register(&self, volume: &CsiVolume) -> Result<CsiRegistration> {
        self.register_with(volume, &RegisterOptions::new()).await
    }

    /// As [`CsiVolumes::register`], with options.
    ///
    /// # Errors
    /// As [`CsiVolumes::register`].
    pub async fn register_with(&self, volume: &CsiVolume, options: &RegisterOptions) -> Result<CsiRegistration> {
        let request = Request::put("/v1/volume/csi/:id", [&volume.id])?;
        self.write(request.idempotent(), std::slice::from_ref(volume), *options).await
    }

    /// As [`CsiVolumes::register`], all of these or none. `PUT /v1/volumes`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/volumes#register-csi-volume)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client, volumes: Vec<nomad_client::volumes::CsiVolume>)
    /// # -> nomad_client::Result<()> {
    /// nomad.csi_volumes().register_all(&volumes).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`CsiVolumes::register`].
    pub async fn register_all(&self, volumes: &[CsiVolume]) -> Result<CsiRegistration> {
        // Without the type the server would answer an empty list, and register nothing.
        let request = Request::put("/v1/volumes", [])?.query("type", "csi");
        self.write(request.idempotent(), volumes, RegisterOptions::new()).await
    }

    /// Lets a plugin make a volume at its storage provider, and makes it known. `PUT /v1/volume/csi/:id/create`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/volumes#create-csi-volume)); needs
    /// `namespace:csi-write-volume` and `plugin:read`, and a plugin with a controller.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// use nomad_client::volumes::{AccessMode, AttachmentMode, CsiVolume, VolumeCapability};
    ///
    /// let way = VolumeCapability::new(AccessMode::SingleNodeWriter, AttachmentMode::FileSystem);
    /// let mut volume = CsiVolume::new("data", "aws-ebs0", way);
    /// volume.requested_capacity_min = 10 << 30;
    /// let made = nomad.csi_volumes().create(&volume).await?;
    /// println!("{}", made.volumes[0].external_id);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`CsiVolumes::register`].
    pub async fn create(&self, volume: &CsiVolume) -> Result<CsiRegistration> {
        self.create_with(volume, &RegisterOptions::new()).await
    }

    /// As [`CsiVolumes::create`], with options.
    ///
    /// # Errors
    /// As [`CsiVolumes::register`].
    pub async fn create_with(&self, volume: &CsiVolume, options: &RegisterOptions) -> Result<CsiRegistration> {
        let request = Request::put("/v1/volume/csi/:id/create", [&volume.id])?;
        self.write(request, std::slice::from_ref(volume), *options).await
    }

    async fn write(
        &self,
        request: Request,
        volumes: &[CsiVolume],
        options: RegisterOptions,
    ) -> Result<CsiRegistration> {
        if volumes.iter().any(is_redacted) {
            return Err(request.refused("the flags of a mount were read as `[REDACTED]`, and would be written so"));
        }
        self.client.fetch(request.json(&body(volumes, options))?).await
    }

    /// Forgets a volume, which stays at its storage provider. `DELETE /v1/volume/csi/:id`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/volumes#deregister-csi-volume)); needs
    /// `namespace:csi-write-volume`.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// nomad.csi_volumes().deregister("data").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when there is none; [`Error::is_denied`](crate::Error::is_denied)
    /// without `namespace:csi-write-volume`. The server refuses while an allocation uses it.
    pub async fn deregister(&self, id: &str) -> Result<()> {
        self.client.execute(Request::delete("/v1/volume/csi/:id", [id])?).await
    }

    /// As [`CsiVolumes::deregister`], although allocations that have ended still count as its users.
    ///
    /// # Errors
    /// As [`CsiVolumes::deregister`].
    pub async fn force_deregister(&self, id: &str) -> Result<()> {
        self.client.execute(Request::delete("/v1/volume/csi/:id", [id])?.query("force", "true")).await
    }

    /// Deletes a volume at its storage provider, and forgets it. `DELETE /v1/volume/csi/:id/delete`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/volumes#delete-csi-volume)); needs
    /// `namespace:csi-write-volume` and `plugin:read`. The id is Nomad's, whatever the documentation says.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// nomad.csi_volumes().delete("data").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`CsiVolumes::deregister`].
    pub async fn delete(&self, id: &str) -> Result<()> {
        self.delete_with(id, &BTreeMap::new()).await
    }

    /// As [`CsiVolumes::delete`], with what the storage provider wants to know beside what the volume has.
    ///
    /// # Errors
    /// As [`CsiVolumes::deregister`]. Secrets with a comma in them cannot be sent.
    pub async fn delete_with(&self, id: &str, secrets: &BTreeMap<String, Secret>) -> Result<()> {
        let request = Request::delete("/v1/volume/csi/:id/delete", [id])?;
        self.client.execute(with_secrets(request, secrets)?).await
    }

    /// Takes a volume from a node that was lost, so that others can have it. `DELETE /v1/volume/csi/:id/detach`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/volumes#detach-csi-volume)); needs
    /// `namespace:csi-write-volume` and `plugin:read`.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// nomad.csi_volumes().detach("data", "fb2170a8-257d-3c64-b14d-bc06cc94e34c").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when there is no such volume, or no allocation that holds it;
    /// [`Error::is_denied`](crate::Error::is_denied) without those permissions.
    pub async fn detach(&self, id: &str, node: &str) -> Result<()> {
        self.client.execute(Request::delete("/v1/volume/csi/:id/detach", [id])?.query("node", node)).await
    }

    /// Lists the volumes that the storage provider of a plugin has, known to Nomad or not. `GET /v1/volumes/external`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/volumes#list-external-csi-volumes)); needs
    /// `namespace:csi-list-volume` and `plugin:read`, and a plugin whose controller can do so.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// for volume in nomad.csi_volumes().external("aws-ebs0").await?.volumes {
    ///     println!("{}: {} bytes", volume.external_id, volume.capacity_bytes);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when there is no such plugin;
    /// [`Error::is_denied`](crate::Error::is_denied) without those permissions. The server also refuses what the plugin
    /// cannot do.
    pub async fn external(&self, plugin: &str) -> Result<ExternalVolumes> {
        Ok(self.external_with(plugin, &ReadOptions::new()).await?.value)
    }

    /// As [`CsiVolumes::external`], with options. The next page's token is that of the body.
    ///
    /// # Errors
    /// As [`CsiVolumes::external`].
    pub async fn external_with(&self, plugin: &str, options: &ReadOptions) -> Result<Answer<ExternalVolumes>> {
        let request = Request::get("/v1/volumes/external", [])?.query("plugin_id", plugin);
        self.client.answer(options.apply(request)).await
    }
}

/// Whether the flags of its mount are those that the server shows, and not the real ones.
pub(super) fn is_redacted(volume: &CsiVolume) -> bool {
    volume.mount_options.as_ref().is_some_and(|options| options.mount_flags.iter().any(|flag| flag == REDACTED))
}

/// What is written: all but what the server itself puts together when it is read.
pub(super) fn body(volumes: &[CsiVolume], options: RegisterOptions) -> Value {
    let own = |volume: &CsiVolume| CsiVolume {
        allocations: Vec::new(),
        read_allocs: BTreeMap::new(),
        write_allocs: BTreeMap::new(),
        ..volume.clone()
    };
    let volumes: Vec<CsiVolume> = volumes.iter().map(own).collect();
    json!({ "Volumes": volumes, "PolicyOverride": options.policy_override })
}
