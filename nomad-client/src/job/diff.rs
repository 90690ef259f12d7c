//! What a plan would change in a job.

use std::collections::BTreeMap;

wire_enum! {
    /// How something differs.
    pub DiffType {
        /// Not at all.
        None = "None",
        /// It is new.
        Added = "Added",
        /// It goes.
        Deleted = "Deleted",
        /// It changes.
        Edited = "Edited",
    }
}

default_empty!(DiffType);

answer! {
    /// How two versions of a job differ.
    JobDiff {
        /// How.
        #[serde(rename = "Type")]
        pub kind: DiffType,
        /// The job's id.
        #[serde(rename = "ID")]
        pub id: String,
        /// Fields that differ.
        pub fields: Vec<FieldDiff>,
        /// Blocks that differ.
        pub objects: Vec<ObjectDiff>,
        /// Groups, unchanged ones included.
        pub task_groups: Vec<TaskGroupDiff>,
    }
}

answer! {
    /// How two versions of a group differ.
    TaskGroupDiff {
        /// How.
        #[serde(rename = "Type")]
        pub kind: DiffType,
        /// Its name.
        pub name: String,
        /// Fields that differ.
        pub fields: Vec<FieldDiff>,
        /// Blocks that differ.
        pub objects: Vec<ObjectDiff>,
        /// Tasks, unchanged ones included.
        pub tasks: Vec<TaskDiff>,
        /// How many allocations meet which fate: `ignore`, `create`, `destroy`, `migrate`, `canary`,
        /// `in-place update`, `create/destroy update`, …
        pub updates: BTreeMap<String, u64>,
    }
}

answer! {
    /// How two versions of a task differ.
    TaskDiff {
        /// How.
        #[serde(rename = "Type")]
        pub kind: DiffType,
        /// Its name.
        pub name: String,
        /// Fields that differ.
        pub fields: Vec<FieldDiff>,
        /// Blocks that differ.
        pub objects: Vec<ObjectDiff>,
        /// What that leads to, such as `forces create/destroy update`.
        pub annotations: Vec<String>,
    }
}

answer! {
    /// How two versions of a block differ.
    ObjectDiff {
        /// How.
        #[serde(rename = "Type")]
        pub kind: DiffType,
        /// Its name.
        pub name: String,
        /// Fields that differ.
        pub fields: Vec<FieldDiff>,
        /// Blocks in it that differ.
        pub objects: Vec<ObjectDiff>,
    }
}

answer! {
    /// How two versions of a field differ.
    FieldDiff {
        /// How.
        #[serde(rename = "Type")]
        pub kind: DiffType,
        /// Its name.
        pub name: String,
        /// What it was.
        pub old: String,
        /// What it becomes.
        pub new: String,
        /// What that leads to.
        pub annotations: Vec<String>,
    }
}
