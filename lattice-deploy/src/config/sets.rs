//! The closed sets of values that some inputs take.

use super::field::{self, Fault, Field};
use super::table::{Constraint, InputType};
use super::value::Value;
use std::fmt;

macro_rules! closed_sets {
    ($($(#[doc = $doc:literal])+ $name:ident { $($(#[doc = $item_doc:literal])+ $item:ident = $text:literal,)+ })+) => {$(
        $(#[doc = $doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[doc = $item_doc])+ $item,)+
        }

        impl $name {
            /// Every member, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$item),+];

            /// The member as it is written in a configuration.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$item => $text,)+
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl Field for $name {
            const KIND: InputType = InputType::String;
            const CONSTRAINT: Constraint = Constraint::OneOf(&[$($text),+]);

            fn read(value: &Value, constraint: &Constraint) -> Result<Self, Fault> {
                let text = field::text(value)?;
                match text.as_ref() {
                    $($text => Ok(Self::$item),)+
                    _ => Err(field::violation(value, Some(&text), constraint)),
                }
            }
        }
    )+};
}

closed_sets! {
    /// What a deployment is for.
    Environment {
        /// Serves users.
        Production = "production",
        /// Mirrors production for a last check.
        Staging = "staging",
        /// For work on the service itself.
        Development = "development",
    }

    /// How much the service logs.
    LogLevel {
        /// Everything.
        Debug = "debug",
        /// Normal operation.
        Info = "info",
        /// What may need attention.
        Warn = "warn",
        /// Failures only.
        Error = "error",
    }

    /// Which controls the deployment must satisfy.
    ComplianceMode {
        /// None.
        None = "none",
        /// The usual set.
        Basic = "basic",
        /// The full set.
        Strict = "strict",
    }

    /// How a new version replaces the old one.
    UpdateStrategy {
        /// A few instances at a time.
        Rolling = "rolling",
        /// A full second set, then a switch.
        BlueGreen = "blue-green",
        /// A small share first.
        Canary = "canary",
    }

    /// How instances find each other.
    ClusterJoinMethod {
        /// By Consul's catalogue.
        Consul = "consul",
        /// By a fixed list.
        Static = "static",
        /// By whatever is there.
        Auto = "auto",
    }

    /// Which mesh gateways carry traffic between datacenters.
    MeshGatewayMode {
        /// The gateway of the calling side.
        Local = "local",
        /// The gateway of the called side.
        Remote = "remote",
        /// None: instances talk directly.
        None = "none",
    }

    /// What runs the service on a Nomad client.
    Driver {
        /// A container.
        Docker = "docker",
        /// A program in a chroot.
        Exec = "exec",
        /// A program without isolation.
        RawExec = "raw_exec",
    }
}
