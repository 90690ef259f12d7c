//! Tasks.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value};

use super::{Affinity, Constraint, ConsulBlock, Resources, RestartPolicy, ScalingPolicy, Service};

object! {
    /// What a driver runs.
    Task {
        /// Its name.
        pub name: String,
        /// The driver: `docker`, `exec`, `raw_exec`, …
        pub driver: String,
        /// The user that it runs as.
        pub user: String,
        /// When it runs in the life of the group.
        pub lifecycle: Option<Lifecycle>,
        /// What the driver is told.
        pub config: Map<String, Value>,
        /// What a node must have.
        pub constraints: Vec<Constraint>,
        /// What a node should have.
        pub affinities: Vec<Affinity>,
        /// Environment variables.
        pub env: BTreeMap<String, String>,
        /// Services that are registered for the task.
        pub services: Vec<Service>,
        /// What it needs.
        pub resources: Option<Resources>,
        /// What happens when it ends by itself, if not what the group says.
        pub restart_policy: Option<RestartPolicy>,
        /// Labels.
        pub meta: BTreeMap<String, String>,
        /// How long it may take to end after being told so.
        pub kill_timeout: Option<Duration> as nanos,
        /// How its output is kept.
        pub log_config: Option<LogConfig>,
        /// What is fetched before it starts.
        pub artifacts: Vec<Artifact>,
        /// How it gets a Vault token.
        pub vault: Option<Vault>,
        /// The Consul cluster that it talks to.
        pub consul: Option<ConsulBlock>,
        /// Files that are rendered for it.
        pub templates: Vec<Template>,
        /// Where the payload of a dispatched job is put.
        pub dispatch_payload: Option<DispatchPayload>,
        /// Volumes that it mounts.
        pub volume_mounts: Vec<VolumeMount>,
        /// Makes it a CSI plugin.
        #[serde(rename = "CSIPluginConfig")]
        pub csi_plugin_config: Option<CsiPlugin>,
        /// Whether its end stops the whole group.
        pub leader: bool,
        /// The pause between leaving the service registry and being stopped.
        pub shutdown_delay: Option<Duration> as nanos,
        /// The signal that stops it.
        pub kill_signal: String,
        /// Set by the server: what the task is for, such as `connect-proxy:web`.
        pub kind: String,
        /// The limits of its resources.
        pub scaling_policies: Vec<ScalingPolicy>,
        /// Secrets that are fetched for its environment.
        pub secrets: Vec<Secret>,
        /// Its default workload identity.
        pub identity: Option<Identity>,
        /// Further workload identities.
        pub identities: Vec<Identity>,
        /// Commands that can be run inside.
        pub actions: Vec<Action>,
        /// When it is paused (Enterprise).
        pub schedule: Option<Schedule>,
    }
}

impl Task {
    /// A task of this name for this driver.
    pub fn new(name: impl Into<String>, driver: impl Into<String>) -> Self {
        Self { name: name.into(), driver: driver.into(), ..Self::default() }
    }
}

object! {
    /// When a task runs in the life of its group.
    Lifecycle {
        /// `prestart`, `poststart` or `poststop`.
        pub hook: String,
        /// Whether it goes on beside the main tasks.
        pub sidecar: bool,
    }
}

object! {
    /// How a task's output is kept.
    LogConfig {
        /// How many files.
        pub max_files: Option<i64>,
        /// How large each, in MiB.
        #[serde(rename = "MaxFileSizeMB")]
        pub max_file_size_mb: Option<i64>,
        /// Replaced by `disabled`; written only.
        pub enabled: Option<bool>,
        /// Whether it is not kept.
        pub disabled: Option<bool>,
    }
}

object! {
    /// Something that is fetched before a task starts.
    Artifact {
        /// Where from.
        pub getter_source: Option<String>,
        /// Options of the fetch.
        pub getter_options: BTreeMap<String, String>,
        /// Headers of the fetch.
        pub getter_headers: BTreeMap<String, String>,
        /// `any`, `file` or `dir`.
        pub getter_mode: Option<String>,
        /// Whether the server's certificate is not checked.
        pub getter_insecure: Option<bool>,
        /// Where to.
        pub relative_dest: Option<String>,
        /// Whether the task's user owns it.
        pub chown: bool,
    }
}

object! {
    /// A file that is rendered for a task.
    Template {
        /// The file of the template.
        pub source_path: Option<String>,
        /// Where it is rendered to.
        pub dest_path: Option<String>,
        /// The template itself.
        pub embedded_tmpl: Option<String>,
        /// What a change does: `restart`, `signal`, `script` or `noop`.
        pub change_mode: Option<String>,
        /// The script that a change runs.
        pub change_script: Option<ChangeScript>,
        /// The signal that a change sends.
        pub change_signal: Option<String>,
        /// Whether it is rendered only once.
        pub once: Option<bool>,
        /// The longest random pause before a change takes effect.
        pub splay: Option<Duration> as nanos,
        /// The mode of the file.
        pub perms: Option<String>,
        /// The user of the file.
        pub uid: Option<i64>,
        /// The group of the file.
        pub gid: Option<i64>,
        /// What begins an action.
        pub left_delim: Option<String>,
        /// What ends an action.
        pub right_delim: Option<String>,
        /// Whether the file's lines become environment variables.
        pub envvars: Option<bool>,
        /// No longer used.
        pub vault_grace: Option<Duration> as nanos,
        /// How long changes are collected.
        pub wait: Option<TemplateWait>,
        /// Whether a missing key is an error.
        pub err_missing_key: Option<bool>,
    }
}

object! {
    /// How long a template collects changes.
    TemplateWait {
        /// At least.
        pub min: Option<Duration> as nanos,
        /// At most.
        pub max: Option<Duration> as nanos,
    }
}

object! {
    /// The script that a template's change runs.
    ChangeScript {
        /// The command.
        pub command: Option<String>,
        /// Its arguments.
        pub args: Vec<String>,
        /// How long it may take.
        pub timeout: Option<Duration> as nanos,
        /// Whether its failure stops the task.
        pub fail_on_error: Option<bool>,
        /// Whether it runs at the first rendering too (Nomad 2.0).
        pub run_on_first_render: Option<bool>,
    }
}

object! {
    /// How a task gets a Vault token.
    Vault {
        /// The policies, for the flow without workload identity; written only.
        pub policies: Vec<String>,
        /// The role; the agent's default unless set.
        pub role: String,
        /// The namespace (Enterprise).
        pub namespace: Option<String>,
        /// The name of the cluster in the agent's configuration.
        pub cluster: String,
        /// Whether the token is put into the environment.
        pub env: Option<bool>,
        /// Whether the token is not written to a file.
        pub disable_file: Option<bool>,
        /// What a new token does: `restart`, `signal` or `noop`.
        pub change_mode: Option<String>,
        /// The signal that a new token sends.
        pub change_signal: Option<String>,
        /// Whether the token may expire instead of being renewed.
        pub allow_token_expiration: Option<bool>,
    }
}

object! {
    /// A workload identity: a signed token that says who the task is.
    Identity {
        /// Its name.
        pub name: String,
        /// Whom it is for.
        pub audience: Vec<String>,
        /// What a new token does.
        pub change_mode: String,
        /// The signal that a new token sends.
        pub change_signal: String,
        /// Whether it is put into the environment.
        pub env: bool,
        /// Whether it is written to a file.
        pub file: bool,
        /// Where that file is.
        pub filepath: String,
        /// Set by the server: the service that it is for.
        pub service_name: String,
        /// How long a token lives.
        #[serde(rename = "TTL")]
        pub ttl: Option<Duration> as nanos,
        /// Further claims (Nomad 2.0).
        pub extra_claims: Vec<String>,
    }
}

object! {
    /// A secret that is fetched for a task's environment.
    Secret {
        /// Its name.
        pub name: String,
        /// Who provides it: `nomad`, `vault` or a plugin.
        pub provider: String,
        /// Where it is.
        pub path: String,
        /// What the provider is told.
        pub config: Map<String, Value>,
        /// The environment of a plugin.
        pub env: BTreeMap<String, String>,
    }
}

object! {
    /// A command that can be run inside a task.
    Action {
        /// Its name.
        pub name: String,
        /// The command.
        pub command: String,
        /// Its arguments.
        pub args: Vec<String>,
    }
}

object! {
    /// When a task is paused (Enterprise).
    Schedule {
        /// By the clock.
        pub cron: Option<ScheduleCron>,
    }
}

object! {
    /// The hours of a task.
    ScheduleCron {
        /// When it starts.
        pub start: String,
        /// When it is paused.
        pub end: String,
        /// The time zone of both.
        pub timezone: String,
    }
}

object! {
    /// Where the payload of a dispatched job is put.
    DispatchPayload {
        /// The file.
        pub file: String,
    }
}

object! {
    /// A volume that a task mounts.
    VolumeMount {
        /// The name in the group.
        pub volume: Option<String>,
        /// Where it is mounted.
        pub destination: Option<String>,
        /// Whether it is read only.
        pub read_only: Option<bool>,
        /// `private`, `host-to-task` or `bidirectional`.
        pub propagation_mode: Option<String>,
        /// `Z` or `z`.
        #[serde(rename = "SELinuxLabel")]
        pub selinux_label: Option<String>,
    }
}

object! {
    /// Makes a task a CSI plugin.
    CsiPlugin {
        /// The plugin's id.
        #[serde(rename = "ID")]
        pub id: String,
        /// `controller`, `node` or `monolith`.
        #[serde(rename = "Type")]
        pub kind: String,
        /// Where its socket is put.
        pub mount_dir: String,
        /// Where volumes are staged.
        pub stage_publish_base_dir: String,
        /// How long it may take to answer.
        pub health_timeout: Option<Duration> as nanos,
    }
}
