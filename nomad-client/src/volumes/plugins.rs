//! Plugins of the Container Storage Interface.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::Topology;
use crate::allocations::AllocationStub;
use crate::client::Client;
use crate::error::Result;
use crate::meta::{Answer, Index};
use crate::options::ReadOptions;
use crate::transport::{Request, none_if_not_found};
use crate::watch::Watch;

answer! {
    /// A plugin in a list.
    CsiPluginStub {
        /// Its id.
        #[serde(rename = "ID")]
        pub id: String,
        /// Its storage provider.
        pub provider: String,
        /// Whether it needs a controller.
        pub controller_required: bool,
        /// How many of its controllers are well.
        pub controllers_healthy: i64,
        /// How many there are to be.
        pub controllers_expected: i64,
        /// On how many nodes it is well.
        pub nodes_healthy: i64,
        /// On how many it is to be.
        pub nodes_expected: i64,
        /// When it was made.
        pub create_index: Index,
        /// When it changed.
        pub modify_index: Index,
    }
}

answer! {
    /// A plugin, which brings volumes from a storage provider.
    CsiPlugin {
        /// Its id.
        #[serde(rename = "ID")]
        pub id: String,
        /// Its storage provider.
        pub provider: String,
        /// The version of that.
        pub version: String,
        /// Whether it needs a controller.
        pub controller_required: bool,
        /// Its controllers, by their nodes.
        pub controllers: BTreeMap<String, PluginInstance>,
        /// Where it mounts volumes, by nodes.
        pub nodes: BTreeMap<String, PluginInstance>,
        /// Its allocations.
        pub allocations: Vec<AllocationStub>,
        /// The jobs of its controllers, by namespaces and ids.
        pub controller_jobs: BTreeMap<String, BTreeMap<String, PluginJob>>,
        /// The jobs that mount volumes, by namespaces and ids.
        pub node_jobs: BTreeMap<String, BTreeMap<String, PluginJob>>,
        /// How many of its controllers are well.
        pub controllers_healthy: i64,
        /// How many there are to be.
        pub controllers_expected: i64,
        /// On how many nodes it is well.
        pub nodes_healthy: i64,
        /// On how many it is to be.
        pub nodes_expected: i64,
        /// When it was made.
        pub create_index: Index,
        /// When it changed.
        pub modify_index: Index,
        /// When it was made.
        pub create_time: Option<Timestamp> as epoch_nanos,
        /// When it changed.
        pub modify_time: Option<Timestamp> as epoch_nanos,
    }
}

answer! {
    /// A job of a plugin.
    PluginJob {
        /// The namespace.
        pub namespace: String,
        /// Its id.
        #[serde(rename = "ID")]
        pub id: String,
        /// How many instances there are to be.
        pub expected: i64,
    }
}

answer! {
    /// An instance of a plugin on a node.
    PluginInstance {
        /// The plugin.
        #[serde(rename = "PluginID")]
        pub plugin_id: String,
        /// Its allocation.
        #[serde(rename = "AllocID")]
        pub alloc_id: String,
        /// Whether it is well.
        pub healthy: bool,
        /// Why not.
        pub health_description: String,
        /// When that was found out.
        pub update_time: Option<Timestamp> as rfc3339,
        /// Its storage provider.
        pub provider: String,
        /// The version of that.
        pub provider_version: String,
        /// Whether it needs a controller.
        pub requires_controller_plugin: bool,
        /// Whether it looks at where volumes and nodes are.
        pub requires_topologies: bool,
        /// What it can do as a controller.
        pub controller_info: Option<ControllerAbilities>,
        /// What it can do on its node.
        pub node_info: Option<NodeAbilities>,
    }
}

answer! {
    /// What a controller can do.
    ControllerAbilities {
        /// Make and delete volumes.
        pub supports_create_delete: bool,
        /// Attach them to nodes.
        pub supports_attach_detach: bool,
        /// List them.
        pub supports_list_volumes: bool,
        /// Tell how much room there is.
        pub supports_get_capacity: bool,
        /// Make and delete snapshots.
        pub supports_create_delete_snapshot: bool,
        /// List those.
        pub supports_list_snapshots: bool,
        /// Copy volumes.
        pub supports_clone: bool,
        /// Attach them read only.
        pub supports_read_only_attach: bool,
        /// Make them larger.
        pub supports_expand: bool,
        /// Tell which nodes they are attached to.
        pub supports_list_volumes_attached_nodes: bool,
        /// Tell how they are.
        pub supports_condition: bool,
        /// Read a single one.
        pub supports_get: bool,
    }
}

answer! {
    /// What a plugin can do on its node.
    NodeAbilities {
        /// The name of the node at the storage provider.
        #[serde(rename = "ID")]
        pub id: String,
        /// How many volumes it takes; 0 for any number.
        pub max_volumes: i64,
        /// Where it is.
        pub accessible_topology: Option<Topology>,
        /// Whether volumes are staged before they are mounted.
        pub requires_node_stage_volume: bool,
        /// Tell how full volumes are.
        pub supports_stats: bool,
        /// Make them larger.
        pub supports_expand: bool,
        /// Tell how they are.
        pub supports_condition: bool,
    }
}

/// Handle made by [`Client::csi_plugins`].
#[derive(Clone, Debug)]
pub struct CsiPlugins {
    client: Client,
}

impl CsiPlugins {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Lists the plugins. `GET /v1/plugins`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/plugins#list-plugins)); needs `plugin:list`.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// for plugin in nomad.csi_plugins().list().await? {
    ///     println!("{}: {} of {} nodes", plugin.id, plugin.nodes_healthy, plugin.nodes_expected);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `plugin:list`.
    pub async fn list(&self) -> Result<Vec<CsiPluginStub>> {
        Ok(self.list_with(&ReadOptions::new()).await?.value)
    }

    /// As [`CsiPlugins::list`], with options and the index to wait on.
    ///
    /// # Errors
    /// As [`CsiPlugins::list`].
    pub async fn list_with(&self, options: &ReadOptions) -> Result<Answer<Vec<CsiPluginStub>>> {
        self.client.answer(options.apply(Request::get("/v1/plugins", [])?.query("type", "csi"))).await
    }

    /// Watches the plugins: as [`CsiPlugins::list`], whenever something has changed.
    pub fn watch(&self, options: &ReadOptions) -> Watch<Vec<CsiPluginStub>> {
        Watch::new(self.clone(), options, |plugins, read| Box::pin(async move { plugins.list_with(&read).await }))
    }

    /// Reads a plugin. `GET /v1/plugin/csi/:id`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/plugins#read-plugin)); needs `plugin:read`.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// for (node, instance) in nomad.csi_plugins().read("aws-ebs0").await?.nodes {
    ///     println!("{node}: {}", instance.health_description);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when there is none; [`Error::is_denied`](crate::Error::is_denied)
    /// without `plugin:read`.
    pub async fn read(&self, id: &str) -> Result<CsiPlugin> {
        Ok(self.read_with(id, &ReadOptions::new()).await?.value)
    }

    /// As [`CsiPlugins::read`], or `None` when there is none.
    ///
    /// # Errors
    /// As [`CsiPlugins::read`], except for a missing one.
    pub async fn read_opt(&self, id: &str) -> Result<Option<CsiPlugin>> {
        none_if_not_found(self.read(id).await)
    }

    /// As [`CsiPlugins::read`], with options and the index to wait on.
    ///
    /// # Errors
    /// As [`CsiPlugins::read`].
    pub async fn read_with(&self, id: &str, options: &ReadOptions) -> Result<Answer<CsiPlugin>> {
        self.client.get_with("/v1/plugin/csi/:id", [id], options).await
    }
}
