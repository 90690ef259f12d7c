//! Input: files, environment and flags, parsed, layered and range-checked.
//!
//! [`Layers`] collects what was said and where, [`Layers::resolve`] turns it into [`Inputs`] or
//! into one [`ConfigError`] that holds every problem at once. Nothing here touches the network,
//! the environment, the file system or the terminal: texts and a lookup function are arguments.
//!
//! ```
//! use lattice_deploy::config::Layers;
//!
//! let resolved = Layers::new()
//!     .file("terraform.tfvars", "instance_count = 5\n")
//!     .environment(&|name| (name == "IMAGE_TAG").then(|| "v2.0.0".to_owned()))
//!     .var("cpu_limit=2000")
//!     .resolve()?;
//! assert_eq!(resolved.inputs.instance_count, 5);
//! assert_eq!(resolved.inputs.image(), "latticedb/latticedb:v2.0.0");
//! assert_eq!(resolved.source_of("instance_count").to_string(), "terraform.tfvars:1:1");
//! assert_eq!(resolved.source_of("image_tag").to_string(), "environment variable IMAGE_TAG");
//! # Ok::<(), lattice_deploy::config::ConfigError>(())
//! ```
//!
//! Lowest to highest: default, main file, `--var-file` (later ones win), `TF_VAR_*`, the tools' own
//! variables (`VAULT_ADDR`, `IMAGE_TAG`, …), `--var`. Type and range are checked on the value that
//! wins; names, syntax and duplicates are checked everywhere. `null` leaves an input unset.
//!
//! Not covered: blocks (`secret { … }`, `hook { … }`), and Terraform expressions.

mod connection;
mod environment;
mod field;
mod hcl;
mod inputs;
mod json;
mod layers;
mod problem;
mod rules;
mod sets;
mod source;
mod table;
#[cfg(test)]
mod tests;
mod validate;
mod value;

pub use self::connection::ConnectionUrl;
pub use self::inputs::{Inputs, TABLE, Table};
pub use self::layers::{Layers, Resolved};
pub use self::problem::{ConfigError, Problem};
pub use self::rules::Rule;
pub use self::sets::{
    ClusterJoinMethod, ComplianceMode, Driver, Environment, LogLevel, MeshGatewayMode, UpdateStrategy,
};
pub use self::source::{Place, Source};
pub use self::table::{Constraint, Group, Input, InputType, Literal};
