//! What an allocation looks like.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use crate::evaluations::AllocationMetric;
use crate::job::{Dns, Job, JobType, Network, Resources};
use crate::meta::Index;

wire_enum! {
    /// What the servers want of an allocation.
    pub DesiredStatus {
        /// That it runs.
        Run = "run",
        /// That it stops.
        Stop = "stop",
        /// That it makes room.
        Evict = "evict",
    }
}

wire_enum! {
    /// What the node says of an allocation.
    pub ClientStatus {
        /// It has not started.
        Pending = "pending",
        /// It runs.
        Running = "running",
        /// It ended well.
        Complete = "complete",
        /// It ended badly.
        Failed = "failed",
        /// Its node is gone.
        Lost = "lost",
        /// Its node is away, but may return.
        Unknown = "unknown",
    }
}

wire_enum! {
    /// How far a task is.
    pub TaskPhase {
        /// It has not started.
        Pending = "pending",
        /// It runs.
        Running = "running",
        /// It has ended for good.
        Dead = "dead",
    }
}

default_empty!(DesiredStatus, ClientStatus, TaskPhase);

impl ClientStatus {
    /// Whether it has ended for good.
    pub fn is_terminal(&self) -> bool {
        matches!(self, Self::Complete | Self::Failed | Self::Lost)
    }
}

answer! {
    /// An instance of a task group.
    Allocation {
        /// Its id.
        #[serde(rename = "ID")]
        pub id: String,
        /// The namespace.
        pub namespace: String,
        /// The evaluation that made it.
        #[serde(rename = "EvalID")]
        pub eval_id: String,
        /// `job.group[number]`.
        pub name: String,
        /// The node.
        #[serde(rename = "NodeID")]
        pub node_id: String,
        /// The name of the node.
        pub node_name: String,
        /// The job.
        #[serde(rename = "JobID")]
        pub job_id: String,
        /// The version of the job that it runs.
        pub job: Option<Job>,
        /// The group.
        pub task_group: String,
        /// Replaced by `allocated_resources`.
        pub resources: Option<Resources>,
        /// Replaced by `allocated_resources`.
        pub shared_resources: Option<Resources>,
        /// Replaced by `allocated_resources`.
        pub task_resources: BTreeMap<String, Resources>,
        /// What it was given.
        pub allocated_resources: Option<AllocatedResources>,
        /// The ids of its services.
        pub services: BTreeMap<String, String>,
        /// How its node was found.
        pub metrics: Option<AllocationMetric>,
        /// What the servers want of it.
        pub desired_status: DesiredStatus,
        /// Why.
        pub desired_description: String,
        /// What the servers ask it to do.
        pub desired_transition: Option<DesiredTransition>,
        /// What the node says of it.
        pub client_status: ClientStatus,
        /// Why.
        pub client_description: String,
        /// How far its tasks are.
        pub task_states: BTreeMap<String, TaskState>,
        /// How its state changed.
        pub alloc_states: Vec<StateChange>,
        /// The deployment that it belongs to.
        #[serde(rename = "DeploymentID")]
        pub deployment_id: Option<String> as id,
        /// What it means for the deployment.
        pub deployment_status: Option<DeploymentHealth>,
        /// The evaluation that will replace it.
        #[serde(rename = "FollowupEvalID")]
        pub followup_eval_id: Option<String> as id,
        /// The one that it replaced.
        pub previous_allocation: Option<String> as id,
        /// The one that replaced it.
        pub next_allocation: Option<String> as id,
        /// How often it was tried elsewhere.
        pub reschedule_tracker: Option<RescheduleTracker>,
        /// Its address inside.
        pub network_status: Option<NetworkStatus>,
        /// Those that made room for it.
        pub preempted_allocations: Vec<String>,
        /// The one that it made room for.
        pub preempted_by_allocation: Option<String> as id,
        /// The key that its identities were signed with.
        #[serde(rename = "SigningKeyID")]
        pub signing_key_id: Option<String> as id,
        /// When it was made.
        pub create_index: Index,
        /// When it changed.
        pub modify_index: Index,
        /// When the servers changed it.
        pub alloc_modify_index: Index,
        /// When it was made.
        pub create_time: Option<Timestamp> as epoch_nanos,
        /// When it changed.
        pub modify_time: Option<Timestamp> as epoch_nanos,
    }
}

answer! {
    /// An allocation in a list.
    AllocationStub {
        /// Its id.
        #[serde(rename = "ID")]
        pub id: String,
        /// The evaluation that made it.
        #[serde(rename = "EvalID")]
        pub eval_id: String,
        /// `job.group[number]`.
        pub name: String,
        /// The namespace.
        pub namespace: String,
        /// The node.
        #[serde(rename = "NodeID")]
        pub node_id: String,
        /// The name of the node.
        pub node_name: String,
        /// The job.
        #[serde(rename = "JobID")]
        pub job_id: String,
        /// The job's type.
        pub job_type: JobType,
        /// The version of the job that it runs.
        pub job_version: u64,
        /// The group.
        pub task_group: String,
        /// What it was given, where asked for.
        pub allocated_resources: Option<AllocatedResources>,
        /// What the servers want of it.
        pub desired_status: DesiredStatus,
        /// Why.
        pub desired_description: String,
        /// What the servers ask it to do.
        pub desired_transition: Option<DesiredTransition>,
        /// What the node says of it.
        pub client_status: ClientStatus,
        /// Why.
        pub client_description: String,
        /// How far its tasks are.
        pub task_states: BTreeMap<String, TaskState>,
        /// What it means for its deployment.
        pub deployment_status: Option<DeploymentHealth>,
        /// The evaluation that will replace it.
        #[serde(rename = "FollowupEvalID")]
        pub followup_eval_id: Option<String> as id,
        /// The one that replaced it.
        pub next_allocation: Option<String> as id,
        /// How often it was tried elsewhere.
        pub reschedule_tracker: Option<RescheduleTracker>,
        /// Those that made room for it.
        pub preempted_allocations: Vec<String>,
        /// The one that it made room for.
        pub preempted_by_allocation: Option<String> as id,
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
    /// What an allocation means for its deployment.
    DeploymentHealth {
        /// Whether it is healthy; `None` while undecided.
        pub healthy: Option<bool>,
        /// When that was decided.
        pub timestamp: Option<Timestamp> as rfc3339,
        /// Whether it is a canary.
        pub canary: bool,
        /// When that changed.
        pub modify_index: Index,
    }
}

answer! {
    /// What the servers ask an allocation to do.
    DesiredTransition {
        /// To move to another node.
        pub migrate: Option<bool>,
        /// To be tried elsewhere.
        pub reschedule: Option<bool>,
        /// To be tried elsewhere whatever its policy says.
        pub force_reschedule: Option<bool>,
        /// To stop without the usual pause.
        pub no_shutdown_delay: Option<bool>,
        /// To move without being placed anew.
        pub migrate_disable_placement: Option<bool>,
    }
}

answer! {
    /// A change of an allocation's state.
    StateChange {
        /// What changed.
        pub field: String,
        /// What it became.
        pub value: String,
        /// When.
        pub time: Option<Timestamp> as rfc3339,
    }
}

answer! {
    /// How far a task is.
    TaskState {
        /// How far.
        pub state: TaskPhase,
        /// Whether it failed.
        pub failed: bool,
        /// How often it was restarted.
        pub restarts: u64,
        /// When it was last restarted.
        pub last_restart: Option<Timestamp> as rfc3339,
        /// When it started.
        pub started_at: Option<Timestamp> as rfc3339,
        /// When it ended.
        pub finished_at: Option<Timestamp> as rfc3339,
        /// What happened to it, oldest first; the server keeps the last ten.
        pub events: Vec<TaskEvent>,
        /// Why it is paused (Enterprise).
        pub paused: String,
    }
}

answer! {
    /// Something that happened to a task.
    TaskEvent {
        /// What, such as `Started`, `Terminated` or `Driver Failure`.
        #[serde(rename = "Type")]
        pub kind: String,
        /// When.
        pub time: Option<Timestamp> as epoch_nanos,
        /// A text for people.
        pub display_message: String,
        /// The facts.
        pub details: BTreeMap<String, String>,
        /// The text of some kinds.
        pub message: String,
        /// Whether it fails the task.
        pub fails_task: bool,
        /// Why it is restarted.
        pub restart_reason: String,
        /// Why it could not be set up.
        pub setup_error: String,
        /// What the driver reports as an error.
        pub driver_error: String,
        /// What the driver reports.
        pub driver_message: String,
        /// How it exited.
        pub exit_code: i64,
        /// The signal that ended it.
        pub signal: i64,
        /// Why it was told to end.
        pub kill_reason: String,
        /// How long it had to end.
        pub kill_timeout: Option<Duration> as nanos,
        /// Why it could not be ended.
        pub kill_error: String,
        /// The pause before it starts.
        pub start_delay: Option<Duration> as nanos,
        /// What could not be fetched.
        pub download_error: String,
        /// What is wrong with it.
        pub validation_error: String,
        /// No longer used.
        pub disk_limit: i64,
        /// The task whose failure took it along.
        pub failed_sibling: String,
        /// Why there is no Vault token.
        pub vault_error: String,
        /// Why it got a signal.
        pub task_signal_reason: String,
        /// Which signal it got.
        pub task_signal: String,
        /// The part of Nomad that speaks.
        pub generic_source: String,
    }
}

answer! {
    /// How often an allocation was tried elsewhere.
    RescheduleTracker {
        /// The tries.
        pub events: Vec<RescheduleEvent>,
        /// What became of the last one.
        pub last_reschedule: String,
    }
}

answer! {
    /// One try elsewhere.
    RescheduleEvent {
        /// When.
        pub reschedule_time: Option<Timestamp> as epoch_nanos,
        /// The allocation before.
        #[serde(rename = "PrevAllocID")]
        pub prev_alloc_id: String,
        /// The node before.
        #[serde(rename = "PrevNodeID")]
        pub prev_node_id: String,
        /// The pause before it.
        pub delay: Option<Duration> as nanos,
    }
}

answer! {
    /// The address inside an allocation.
    NetworkStatus {
        /// The interface.
        pub interface_name: String,
        /// The address.
        pub address: String,
        /// The address in IPv6.
        #[serde(rename = "AddressIPv6")]
        pub address_ipv6: String,
        /// How names are resolved.
        #[serde(rename = "DNS")]
        pub dns: Option<Dns>,
    }
}

answer! {
    /// What an allocation was given.
    AllocatedResources {
        /// Each task for itself.
        pub tasks: BTreeMap<String, AllocatedTask>,
        /// When each task runs in the life of the group.
        pub task_lifecycles: BTreeMap<String, Option<crate::job::Lifecycle>>,
        /// All tasks together.
        pub shared: AllocatedShared,
    }
}

answer! {
    /// What a task was given.
    AllocatedTask {
        /// CPU.
        pub cpu: AllocatedCpu,
        /// Memory.
        pub memory: AllocatedMemory,
        /// Networks.
        pub networks: Vec<Network>,
        /// Devices.
        pub devices: Vec<AllocatedDevice>,
    }
}

answer! {
    /// CPU that was given.
    AllocatedCpu {
        /// In MHz.
        pub cpu_shares: i64,
        /// Whole cores, by number.
        pub reserved_cores: Vec<u64>,
    }
}

answer! {
    /// Memory that was given.
    AllocatedMemory {
        /// In MiB.
        #[serde(rename = "MemoryMB")]
        pub memory_mb: i64,
        /// In MiB where the node has some left.
        #[serde(rename = "MemoryMaxMB")]
        pub memory_max_mb: i64,
    }
}

answer! {
    /// Devices that were given.
    AllocatedDevice {
        /// The vendor.
        pub vendor: String,
        /// The type.
        #[serde(rename = "Type")]
        pub kind: String,
        /// The name.
        pub name: String,
        /// The ids.
        #[serde(rename = "DeviceIDs")]
        pub device_ids: Vec<String>,
    }
}

answer! {
    /// What all tasks together were given.
    AllocatedShared {
        /// Disk in MiB.
        #[serde(rename = "DiskMB")]
        pub disk_mb: i64,
        /// Networks.
        pub networks: Vec<Network>,
        /// Ports.
        pub ports: Vec<AllocatedPort>,
    }
}

answer! {
    /// A port that was given.
    AllocatedPort {
        /// Its label.
        pub label: String,
        /// Its number.
        pub value: u64,
        /// The number inside.
        pub to: Option<i64>,
        /// The address that it is open on.
        #[serde(rename = "HostIP")]
        pub host_ip: String,
        /// Whether another port of the same number may be open.
        pub ignore_collision: Option<bool>,
    }
}
