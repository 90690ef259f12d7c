//! The machine of an agent, and its measurements.

use std::collections::BTreeMap;

object! {
    /// The machine that an agent runs on.
    HostInfo {
        /// Its memory.
        pub memory: Option<Memory>,
        /// Its processors.
        #[serde(rename = "CPU")]
        pub cpu: Vec<Processor>,
        /// Its operating system.
        pub host: Option<System>,
        /// The disk with the agent's data.
        pub disk: Option<Disk>,
        /// When this was collected, in nanoseconds since 1970.
        pub collection_time: i64,
    }
}

object! {
    /// The memory of a machine, in bytes.
    Memory {
        /// All.
        #[serde(rename = "total")]
        pub total: u64,
        /// What a program could have.
        #[serde(rename = "available")]
        pub available: u64,
        /// What is used.
        #[serde(rename = "used")]
        pub used: u64,
        /// What is not used at all.
        #[serde(rename = "free")]
        pub free: u64,
    }
}

object! {
    /// A processor.
    Processor {
        /// Its number.
        #[serde(rename = "cpu")]
        pub cpu: i64,
        /// Its name.
        #[serde(rename = "modelName")]
        pub model_name: String,
        /// How many cores it has.
        #[serde(rename = "cores")]
        pub cores: i64,
        /// Its frequency.
        #[serde(rename = "mhz")]
        pub mhz: f64,
    }
}

object! {
    /// An operating system.
    System {
        /// The name of the machine.
        #[serde(rename = "hostname")]
        pub hostname: String,
        /// For how many seconds it has been running.
        #[serde(rename = "uptime")]
        pub uptime_seconds: u64,
        /// The system: `linux`, `windows`.
        #[serde(rename = "os")]
        pub os: String,
        /// The distribution.
        #[serde(rename = "platform")]
        pub platform: String,
        /// The version of the distribution.
        #[serde(rename = "platformVersion")]
        pub platform_version: String,
        /// The version of the kernel.
        #[serde(rename = "kernelVersion")]
        pub kernel_version: String,
        /// The architecture.
        #[serde(rename = "kernelArch")]
        pub kernel_arch: String,
    }
}

object! {
    /// A disk, in bytes.
    Disk {
        /// Where it is mounted.
        #[serde(rename = "path")]
        pub path: String,
        /// All.
        #[serde(rename = "total")]
        pub total: u64,
        /// What is free.
        #[serde(rename = "free")]
        pub free: u64,
        /// What is used.
        #[serde(rename = "used")]
        pub used: u64,
    }
}

object! {
    /// What an agent has measured of itself in the last interval of 10 seconds.
    Metrics {
        /// When the interval began, such as `2026-11-23 17:34:20 +0000 UTC`.
        pub timestamp: String,
        /// Values that rise and fall.
        pub gauges: Vec<Gauge>,
        /// Single values.
        pub points: Vec<Points>,
        /// What was counted.
        pub counters: Vec<Sampled>,
        /// What was measured several times, mostly in milliseconds.
        pub samples: Vec<Sampled>,
    }
}

object! {
    /// A value that rises and falls.
    Gauge {
        /// Its name.
        pub name: String,
        /// The value.
        pub value: f64,
        /// What it is of.
        pub labels: BTreeMap<String, String>,
    }
}

object! {
    /// Single values.
    Points {
        /// Their name.
        pub name: String,
        /// The values.
        pub points: Vec<f64>,
    }
}

object! {
    /// What was counted or measured several times.
    Sampled {
        /// Its name.
        pub name: String,
        /// How often.
        pub count: i64,
        /// How often in a second.
        pub rate: f64,
        /// The sum.
        pub sum: f64,
        /// The least.
        pub min: f64,
        /// The most.
        pub max: f64,
        /// The mean.
        pub mean: f64,
        /// The standard deviation.
        pub stddev: f64,
        /// What it is of.
        pub labels: BTreeMap<String, String>,
    }
}
