//! What an allocation uses, and what its checks say.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

answer! {
    /// What an allocation uses at the moment.
    Usage {
        /// All tasks together.
        pub resource_usage: Option<ResourceUsage>,
        /// Each task for itself.
        pub tasks: BTreeMap<String, TaskUsage>,
        /// When it was measured.
        pub timestamp: Option<Timestamp> as epoch_nanos,
    }
}

answer! {
    /// What a task uses.
    TaskUsage {
        /// The whole task.
        pub resource_usage: Option<ResourceUsage>,
        /// Each process for itself, by its number, where the driver tells.
        pub pids: BTreeMap<String, ResourceUsage>,
        /// When it was measured.
        pub timestamp: Option<Timestamp> as epoch_nanos,
    }
}

answer! {
    /// What is used.
    ResourceUsage {
        /// CPU.
        pub cpu_stats: Option<CpuUsage>,
        /// Memory.
        pub memory_stats: Option<MemoryUsage>,
        /// Devices, by groups, as their plugins tell.
        pub device_stats: Vec<Value>,
    }
}

answer! {
    /// CPU that is used. What is not in `measured` is not known.
    CpuUsage {
        /// Per cent of one core in the kernel.
        pub system_mode: f64,
        /// Per cent of one core outside the kernel.
        pub user_mode: f64,
        /// Per cent of one core.
        pub percent: f64,
        /// In MHz.
        pub total_ticks: f64,
        /// How often it was held back.
        pub throttled_periods: u64,
        /// For how long it was held back, in nanoseconds.
        pub throttled_time: u64,
        /// The names of what was measured.
        pub measured: Vec<String>,
    }
}

answer! {
    /// Memory that is used, in bytes. What is not in `measured` is not known.
    MemoryUsage {
        /// In real memory.
        #[serde(rename = "RSS")]
        pub rss: u64,
        /// As a cache of files.
        pub cache: u64,
        /// Swapped out.
        pub swap: u64,
        /// As files mapped into memory.
        pub mapped_file: u64,
        /// All together.
        pub usage: u64,
        /// The most of it so far.
        pub max_usage: u64,
        /// By the kernel for it.
        pub kernel_usage: u64,
        /// The most of it so far.
        pub kernel_max_usage: u64,
        /// The names of what was measured.
        pub measured: Vec<String>,
    }
}

wire_enum! {
    /// What a check says.
    pub CheckStatus {
        /// It has not run yet.
        Pending = "pending",
        /// All is well.
        Success = "success",
        /// It is not.
        Failure = "failure",
    }
}

wire_enum! {
    /// What a check is for.
    pub CheckMode {
        /// Health, which counts for deployments.
        Healthiness = "healthiness",
        /// Readiness, which does not.
        Readiness = "readiness",
    }
}

default_empty!(CheckStatus, CheckMode);

answer! {
    /// The last result of a check of a service in Nomad's own registry.
    CheckResult {
        /// Its id.
        #[serde(rename = "ID")]
        pub id: String,
        /// What it is for.
        pub mode: CheckMode,
        /// What it says.
        pub status: CheckStatus,
        /// The HTTP status that it got.
        pub status_code: i64,
        /// What it got.
        pub output: String,
        /// When.
        pub timestamp: Option<Timestamp> as epoch_seconds,
        /// The group.
        pub group: String,
        /// The task.
        pub task: String,
        /// The service.
        pub service: String,
        /// The check.
        pub check: String,
    }
}
