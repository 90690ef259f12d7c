//! The sample with the exec driver: in a root of its own, as nobody. Needs root.

use std::path::{Path, PathBuf};

use tests::dump::{dump, unchanged_since};
use tests::programs::{binaries, folder};
use tests::project::Project;
use tests::stack::{self, Live};

/// Where the sample is inside.
const INSIDE: &str = "/usr/local/bin";

/// The machine's folders with the libraries that the sample is linked with.
fn libraries() -> Vec<PathBuf> {
    let folders = ["/lib64", "/lib/x86_64-linux-gnu", "/lib/aarch64-linux-gnu", "/lib/ld-linux-aarch64.so.1"];
    folders.into_iter().map(PathBuf::from).filter(|folder| folder.exists()).collect()
}

#[test]
fn the_sample_runs_isolated() {
    stack::run(async {
        let programs = folder("exec");
        std::fs::copy(&binaries().sample, programs.join("latticedb-sample")).unwrap();
        let live = Live::start(|options| {
            options.chroot_env.insert(programs, PathBuf::from(INSIDE));
            options.chroot_env.extend(libraries().into_iter().map(|folder| (folder.clone(), folder)));
        })
        .await;
        let mut project = Project::on(&live, "isolated");
        let before = dump(&live).await;
        project.set("driver", "exec");
        project.set("command", format!("{INSIDE}/latticedb-sample"));
        project.deploy(&["deploy"]).await.exits(0);
        for version in project.runs("v1", 1).await {
            assert_eq!(version["certificate"]["key_matches"], true, "{version}");
            assert_eq!(version["secret"]["sha256"], project.digest().await);
            // It sees no other process, so it is the first one.
            assert!(version["pid"].as_u64().unwrap() < 10, "{version}");
        }
        assert!(!Path::new(INSIDE).join("latticedb-sample").exists(), "it runs on the machine's own root");
        project.deploy(&["cleanup", "--yes"]).await.exits(0);
        unchanged_since(&live, &before).await;
        drop(project);
        live.stop().await;
    });
}
