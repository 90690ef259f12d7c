//! The sample service that `dev` deploys: where its program is, and its configuration.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use super::super::output::Ui;
use super::super::{Failure, Result};
use super::is_valid;
use super::state::{Running, file};
use crate::exit::Exit;

const PROGRAM: &str = "latticedb-sample";
/// Names another program instead.
const VARIABLE: &str = "LATTICE_SAMPLE_BIN";

/// Finds the program: named by a variable, built from the checkout that this program was built from, or beside it.
pub(super) async fn find(environment: &dyn Fn(&str) -> Option<String>, ui: &Ui) -> Result<PathBuf> {
    if let Some(path) = environment(VARIABLE) {
        let path = PathBuf::from(path);
        return if path.is_file() {
            file(std::path::absolute(&path), "find", &path)
        } else {
            Err(Failure::new(Exit::Error, format!("{VARIABLE} names {}, which is no file", path.display())))
        };
    }
    let unknown = |error| Failure::new(Exit::Error, format!("this program's own path is not known: {error}"));
    let own = std::env::current_exe().map_err(unknown)?;
    let folder = own.parent().map(Path::to_path_buf).unwrap_or_default();
    let beside = folder.join(PROGRAM);
    let checkout =
        Path::new(env!("CARGO_MANIFEST_DIR")).parent().filter(|root| root.join("examples/Cargo.toml").is_file());
    if let Some(root) = checkout {
        ui.wait("building the sample service");
        build(root, &folder).await?;
        ui.end_wait();
    }
    if beside.is_file() {
        return Ok(beside);
    }
    Err(Failure::new(
        Exit::Error,
        format!(
            "the sample service is not there: put {PROGRAM} beside this program, set {VARIABLE}, or say --no-deploy"
        ),
    ))
}

/// Builds into the folder that this program lies in, with the same profile.
async fn build(root: &Path, folder: &Path) -> Result<()> {
    let mut command = tokio::process::Command::new("cargo");
    command.args(["build", "--quiet", "--locked", "-p", "examples", "--bin", PROGRAM]).current_dir(root);
    if folder.file_name().is_some_and(|name| name == "release") {
        command.arg("--release");
    }
    if let Some(target) = folder.parent() {
        command.env("CARGO_TARGET_DIR", target);
    }
    let output = command.stdin(Stdio::null()).output().await;
    match output {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => {
            let text = String::from_utf8_lossy(&output.stderr);
            Err(Failure::new(Exit::Error, format!("the sample service cannot be built:\n{}", text.trim_end())))
        }
        // Without cargo, a program that was built before will do.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Failure::new(Exit::Error, format!("cargo cannot be started: {error}"))),
    }
}

/// Writes the sample's configuration: small, quick, and without Docker.
pub(super) fn write_config(running: &Running, program: &Path) -> Result<()> {
    let command = serde_json::json!(program);
    let text = format!(
        r#"# The sample service, as `lattice-deploy dev` deploys it.
consul_address = "{}"
vault_address  = "{}"
nomad_address  = "{}"

project_name   = "latticedb"
environment    = "development"
driver         = "raw_exec"
command        = {command}
image_tag      = "v1.0.0"
instance_count = 3
cpu_limit      = 100
memory_limit   = 64

max_parallel_updates = 1
min_healthy_time     = "2s"
healthy_deadline     = "15s"
auto_revert          = true
"#,
        running.consul.address, running.vault.address, running.nomad.address
    );
    is_valid("sample.tfvars", &text)?;
    file(std::fs::write(&running.config, text), "write", &running.config)
}
