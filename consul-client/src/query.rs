//! Parts of a query that several areas have.

use std::collections::BTreeMap;

use crate::transport::Request;

impl Request {
    /// Adds `name=value` where there is a value.
    pub(crate) fn query_if(self, name: &str, value: Option<impl AsRef<str>>) -> Self {
        match value {
            Some(value) => self.query(name, value),
            None => self,
        }
    }

    /// Adds `name` alone where it holds; where it does not, nothing: the server looks at the presence only.
    pub(crate) fn flag_if(self, name: &str, holds: bool) -> Self {
        if holds { self.flag(name) } else { self }
    }

    /// Adds `name=value` for each value.
    pub(crate) fn query_each(self, name: &str, values: &[String]) -> Self {
        values.iter().fold(self, |request, value| request.query(name, value))
    }

    /// Adds `node-meta=name:value` for each pair.
    pub(crate) fn node_meta(self, pairs: &BTreeMap<String, String>) -> Self {
        pairs.iter().fold(self, |request, (name, value)| request.query("node-meta", format!("{name}:{value}")))
    }
}

/// Declares options that select instances of a service.
macro_rules! instance_options {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Default)]
        #[non_exhaustive]
        pub struct $name {
            tags: Vec<String>,
            near: Option<String>,
            node_meta: std::collections::BTreeMap<String, String>,
            peer: Option<String>,
            merge_central_config: bool,
            passing: bool,
            read: crate::options::ReadOptions,
        }

        impl $name {
            /// The defaults: all instances.
            pub fn new() -> Self {
                Self::default()
            }

            /// Only instances with this tag; with several tags, only those that have all of them.
            #[must_use]
            pub fn with_tag(mut self, tag: impl Into<String>) -> Self {
                self.tags.push(tag.into());
                self
            }

            /// Those nearest to this node come first; `_agent` is the node of the agent. By times of travel, which vary.
            #[must_use]
            pub fn near(mut self, node: impl Into<String>) -> Self {
                self.near = Some(node.into());
                self
            }

            /// Only instances on nodes with this entry in their metadata; with several, only those that have all.
            #[must_use]
            pub fn with_node_meta(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
                self.node_meta.insert(name.into(), value.into());
                self
            }

            /// Instances that were imported from this peer.
            #[must_use]
            pub fn of_peer(mut self, peer: impl Into<String>) -> Self {
                self.peer = Some(peer.into());
                self
            }

            /// With what config entries say about a proxy merged into what it was registered with.
            #[must_use]
            pub fn merging_central_config(mut self) -> Self {
                self.merge_central_config = true;
                self
            }

            /// How it is read.
            #[must_use]
            pub fn with_read(mut self, read: crate::options::ReadOptions) -> Self {
                self.read = read;
                self
            }

            fn apply(&self, request: Request) -> Request {
                let request = if self.passing { request.query("passing", "true") } else { request };
                let request = request
                    .query_each("tag", &self.tags)
                    .query_if("near", self.near.as_ref())
                    .node_meta(&self.node_meta)
                    .query_if("peer", self.peer.as_ref())
                    .flag_if("merge-central-config", self.merge_central_config);
                self.read.apply(request)
            }
        }

        impl From<crate::options::ReadOptions> for $name {
            fn from(read: crate::options::ReadOptions) -> Self {
                Self::new().with_read(read)
            }
        }
    };
}
