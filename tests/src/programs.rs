//! The programs under test, built once, and the folder of everything that this process leaves on the disk.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use serde_json::Value;

/// The programs under test.
#[derive(Debug)]
pub struct Programs {
    /// The command line.
    pub deploy: PathBuf,
    /// The probe.
    pub health: PathBuf,
    /// The sample service.
    pub sample: PathBuf,
    /// The examples of the SDK of Nomad: what runs a command in a task, follows a task's log, and submits a job.
    pub nomad: [PathBuf; 3],
    /// A folder that goes when this process has ended.
    pub scratch: PathBuf,
}

/// Builds the programs; quick when they are fresh, as they are under `cargo test --workspace`.
///
/// # Panics
/// When they cannot be built.
pub fn binaries() -> &'static Programs {
    static PROGRAMS: OnceLock<Programs> = OnceLock::new();
    PROGRAMS.get_or_init(|| {
        let scratch = tempfile::Builder::new().prefix("lattice-live-").tempdir().unwrap().keep();
        // Servers under users of their own get through here; what is secret has folders of its own.
        std::fs::set_permissions(&scratch, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        let built = build();
        let program = |name: &str| {
            let path = built.iter().find(|path| path.file_name().is_some_and(|file| file == name));
            let path = path.unwrap_or_else(|| panic!("cargo built no {name}, only {built:?}"));
            // A build that somebody starts meanwhile must not change what is tested.
            let own = scratch.join(name);
            std::fs::hard_link(path, &own).or_else(|_| std::fs::copy(path, &own).map(drop)).unwrap();
            own
        };
        Programs {
            deploy: program("lattice-deploy"),
            health: program("lattice-health"),
            sample: program("latticedb-sample"),
            nomad: ["nomad-exec", "nomad-logs", "nomad-submit-follow"].map(program),
            scratch,
        }
    })
}

fn build() -> Vec<PathBuf> {
    let own = std::env::current_exe().unwrap();
    // `<target>/<profile>/deps/<test>`
    let profile = own.ancestors().nth(2).unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut command = Command::new(env!("CARGO"));
    command.args(["build", "--workspace", "--bins", "--examples", "--locked", "--quiet", "--message-format=json"]);
    if profile.file_name().is_some_and(|name| name == "release") {
        command.arg("--release");
    }
    command.current_dir(root).env("CARGO_TARGET_DIR", profile.parent().unwrap());
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "cargo build failed:\n{}", String::from_utf8_lossy(&output.stderr));
    let messages =
        output.stdout.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice::<Value>(line).ok());
    messages.filter_map(|message| Some(PathBuf::from(message["executable"].as_str()?))).collect()
}

/// A new folder in the scratch folder.
///
/// # Panics
/// When it cannot be made.
pub fn folder(prefix: &str) -> PathBuf {
    tempfile::Builder::new().prefix(&format!("{prefix}-")).tempdir_in(&binaries().scratch).unwrap().keep()
}
