//! How HashiCorp's Go servers write values on the wire.
//!
//! These modules are byte for byte the same in the three SDKs; a test of the workspace holds them together.

pub mod boolean;
pub mod duration;
#[macro_use]
pub mod enums;
pub mod null;
pub mod time;
