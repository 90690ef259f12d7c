//! Builds a server from its pinned Go module, once for all processes of a user.

use std::{
    collections::VecDeque,
    ffi::OsStr,
    fs::{File, TryLockError},
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process_group};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    time::{MissedTickBehavior, interval, sleep},
};

use super::{Error, Event, Origin, Product, Progress, Result, Version, binary::candidates, error::Context};

/// How often a build says that it goes on.
const TICK: Duration = Duration::from_secs(3);
/// How often the lock of another process is tried.
const LOCK_PAUSE: Duration = Duration::from_millis(200);
/// How many of the Go client's last lines an error carries.
const LAST_LINES: usize = 40;
/// What the temporary folders of builds begin with.
const PREFIX: &str = "build-";

/// The two files that pin a server and everything it is made of.
struct Module {
    go_mod: &'static str,
    go_sum: &'static str,
}

impl Module {
    const fn of(product: Product) -> Self {
        macro_rules! module {
            ($name:literal) => {
                Self {
                    go_mod: include_str!(concat!("../../servers/", $name, "/go.mod")),
                    go_sum: include_str!(concat!("../../servers/", $name, "/go.sum")),
                }
            };
        }
        match product {
            Product::Consul => module!("consul"),
            Product::Vault => module!("vault"),
            Product::Nomad => module!("nomad"),
        }
    }

    /// The Go version that it asks for.
    fn go(&self) -> Version {
        let line = self.go_mod.lines().find(|line| line.starts_with("go "));
        line.and_then(|line| Version::find(line, "")).unwrap_or(Version::new(1, 26, 0))
    }
}

/// The program in the cache; builds it there when it is missing.
pub(super) async fn cached_or_built(
    product: Product,
    search_path: &OsStr,
    cache: &Path,
    progress: &dyn Progress,
) -> Result<(PathBuf, Origin)> {
    let folder = cache.join("lattice/servers").join(format!("{}-{}", product.name(), product.pinned()));
    let program = folder.join(product.name());
    if program.is_file() {
        return Ok((program, Origin::Cache));
    }
    std::fs::create_dir_all(&folder).context("create", &folder)?;
    let _lock = lock(product, &folder, progress).await?;
    // Whoever held the lock before may have built it.
    if program.is_file() {
        return Ok((program, Origin::Cache));
    }
    remove_leftovers(&folder)?;
    let started = Instant::now();
    let workshop = module_folder(product, &folder)?;
    let go = go_client(product, search_path, workshop.path()).await?;
    progress.event(Event::Building { product, version: product.pinned(), minutes: product.build_minutes() });
    let built = workshop.path().join(product.name());
    compile(product, &go, workshop.path(), progress).await?;
    let file = tokio::fs::File::open(&built).await.context("open", &built)?;
    file.sync_all().await.context("write", &built)?;
    std::fs::rename(&built, &program).context("create", &program)?;
    progress.event(Event::Built { product, path: &program, elapsed: started.elapsed() });
    Ok((program, Origin::Build))
}

/// Waits until no other process builds this program. Polls, so that dropping the future ends the wait.
async fn lock(product: Product, folder: &Path, progress: &dyn Progress) -> Result<File> {
    let path = folder.join(format!("{}.lock", product.name()));
    let file = File::options().create(true).truncate(false).write(true).open(&path).context("open", &path)?;
    let started = Instant::now();
    let mut told = Duration::ZERO;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(error)) => return Err(error).context("lock", &path),
            Err(TryLockError::WouldBlock) if told.is_zero() => {
                progress.event(Event::Waiting { product });
                told = TICK;
            }
            Err(TryLockError::WouldBlock) => {
                let elapsed = started.elapsed();
                if elapsed >= told {
                    progress.event(Event::Tick { product, elapsed });
                    told += TICK;
                }
            }
        }
        sleep(LOCK_PAUSE).await;
    }
}

/// A build that was killed leaves its folder behind; the lock is held, so none is in use.
fn remove_leftovers(folder: &Path) -> Result<()> {
    for entry in std::fs::read_dir(folder).context("read", folder)? {
        let entry = entry.context("read", folder)?;
        if entry.file_name().as_encoded_bytes().starts_with(PREFIX.as_bytes()) {
            std::fs::remove_dir_all(entry.path()).context("remove", entry.path())?;
        }
    }
    Ok(())
}

/// A temporary folder with the module's files, on the file system where the program will be.
fn module_folder(product: Product, folder: &Path) -> Result<TempDir> {
    let workshop = tempfile::Builder::new().prefix(PREFIX).tempdir_in(folder).context("create a folder in", folder)?;
    let module = Module::of(product);
    for (name, text) in [("go.mod", module.go_mod), ("go.sum", module.go_sum)] {
        let path = workshop.path().join(name);
        std::fs::write(&path, text).context("write", &path)?;
    }
    Ok(workshop)
}

/// A Go client that is new enough. Asked inside the module's folder, where it may switch to a newer one by itself.
async fn go_client(product: Product, search_path: &OsStr, workshop: &Path) -> Result<PathBuf> {
    let needed = Module::of(product).go();
    let go = candidates(search_path, "go").next().ok_or(Error::NoGo { product, needed })?;
    let mut command = Command::new(&go);
    command.arg("version").current_dir(workshop).env("GOWORK", "off").stdin(Stdio::null()).kill_on_drop(true);
    let output = command.output().await.context("run", &go)?;
    let said = String::from_utf8_lossy(&output.stdout);
    if Version::find(&said, "go").is_some_and(|version| version >= needed) {
        return Ok(go);
    }
    let said = if said.trim().is_empty() { String::from_utf8_lossy(&output.stderr) } else { said };
    Err(Error::OldGo { product, found: said.trim().to_owned(), needed })
}

/// Runs `go build` and passes on what it prints.
async fn compile(product: Product, go: &Path, workshop: &Path, progress: &dyn Progress) -> Result<()> {
    let mut command = Command::new(go);
    command
        // `-v` names each package as it is compiled: without it nothing is seen for minutes.
        .args(["build", "-v", "-mod=readonly", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w", "-o"])
        .arg(workshop.join(product.name()))
        .arg(format!("github.com/hashicorp/{}", product.name()))
        .current_dir(workshop)
        .env("GOWORK", "off")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .process_group(0);
    let mut child = command.spawn().context("run", go)?;
    let _group = Group::of(&child);
    let mut last = VecDeque::new();
    if let Some(stderr) = child.stderr.take() {
        let mut lines = BufReader::new(stderr).lines();
        let started = Instant::now();
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        tick.reset();
        loop {
            tokio::select! {
                line = lines.next_line() => match line.context("read the output of", go)? {
                    Some(line) => {
                        progress.event(Event::Detail { product, line: &line });
                        remember(&mut last, line);
                    }
                    None => break,
                },
                _ = tick.tick() => progress.event(Event::Tick { product, elapsed: started.elapsed() }),
            }
        }
    }
    let status = child.wait().await.context("run", go)?;
    if status.success() {
        return Ok(());
    }
    let output = Vec::from(last).join("\n");
    Err(Error::Build { product, status: status.to_string(), output })
}

fn remember(last: &mut VecDeque<String>, line: String) {
    if last.len() == LAST_LINES {
        last.pop_front();
    }
    last.push_back(line);
}

/// Kills the Go client with its compilers and linker when the build is given up.
struct Group(Option<Pid>);

impl Group {
    fn of(child: &Child) -> Self {
        Self(child.id().and_then(|id| Pid::from_raw(id.cast_signed())))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // After a build that ended the group is empty: "no such process" is the good case.
        let _gone = self.0.map(|pid| kill_process_group(pid, Signal::KILL));
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    /// What a test heard.
    #[derive(Clone, Default)]
    pub(in crate::servers) struct Heard(Arc<Mutex<Vec<String>>>);

    impl Heard {
        pub(in crate::servers) fn listener(&self) -> impl Progress + use<> {
            let Self(heard) = self.clone();
            move |event: Event<'_>| {
                let text = match event {
                    Event::Found { .. } => "found".to_owned(),
                    Event::Skipped { .. } => "skipped".to_owned(),
                    Event::Waiting { .. } => "waiting".to_owned(),
                    Event::Building { .. } => "building".to_owned(),
                    Event::Detail { line, .. } => line.to_owned(),
                    Event::Built { .. } => "built".to_owned(),
                    Event::Tick { .. } => return,
                };
                heard.lock().unwrap().push(text);
            }
        }

        pub(in crate::servers) fn kinds(&self) -> Vec<String> {
            self.0.lock().unwrap().clone()
        }
    }

    /// An executable script, written by another process: a file that this one had open for writing may be inherited by
    /// the child of a test that runs beside it, and is "busy" until that child has become its program.
    pub(in crate::servers) fn script(folder: &Path, name: &str, body: &str) -> PathBuf {
        let (text, path) = (folder.join(format!("{name}.txt")), folder.join(name));
        std::fs::write(&text, format!("#!/bin/sh\n{body}\n")).unwrap();
        let status = std::process::Command::new("install").args(["-m", "755"]).args([&text, &path]).status().unwrap();
        assert!(status.success());
        path
    }

    /// A `go` of version 1.26.0 that runs `build` with `$out` naming the program to write.
    fn fake_go(folder: &Path, build: &str) {
        let body = format!(
            "if [ \"$1\" = version ]; then echo 'go version go1.26.0 linux/amd64'; exit; fi\n\
             while [ \"$1\" != -o ]; do shift; done; out=$2\n{build}"
        );
        script(folder, "go", &body);
    }

    async fn run(tools: &Path, cache: &Path, heard: &Heard) -> Result<(PathBuf, Origin)> {
        let search_path = std::env::join_paths([tools]).unwrap();
        cached_or_built(Product::Nomad, &search_path, cache, &heard.listener()).await
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[tokio::test]
    async fn a_program_is_built_once() {
        let [tools, cache] = [(); 2].map(|()| tempfile::tempdir().unwrap());
        fake_go(tools.path(), "echo 'go: downloading a v1' >&2; test -s go.mod && test -s go.sum && echo x > $out");
        let heard = Heard::default();
        let leftover = cache.path().join("lattice/servers/nomad-1.11.3/build-killed");
        std::fs::create_dir_all(&leftover).unwrap();
        let (program, origin) = run(tools.path(), cache.path(), &heard).await.unwrap();
        assert_eq!(program, cache.path().join("lattice/servers/nomad-1.11.3/nomad"));
        assert_eq!(origin, Origin::Build);
        assert_eq!(names(program.parent().unwrap()), ["nomad", "nomad.lock"]);
        assert_eq!(heard.kinds(), ["building", "go: downloading a v1", "built"]);
        assert_eq!(run(tools.path(), cache.path(), &heard).await.unwrap().1, Origin::Cache);
    }

    #[tokio::test]
    async fn two_at_once_build_once() {
        let [tools, cache] = [(); 2].map(|()| tempfile::tempdir().unwrap());
        fake_go(tools.path(), "echo build >> ../log; sleep 0.5; echo x > $out");
        let heard = Heard::default();
        let (one, two) = tokio::join!(run(tools.path(), cache.path(), &heard), run(tools.path(), cache.path(), &heard));
        let mut origins = [one.unwrap().1, two.unwrap().1];
        origins.sort_by_key(|origin| *origin == Origin::Build);
        assert_eq!(origins, [Origin::Cache, Origin::Build]);
        let mut kinds = heard.kinds();
        kinds.sort();
        assert_eq!(kinds, ["building", "built", "waiting"]);
        let log = std::fs::read_to_string(cache.path().join("lattice/servers/nomad-1.11.3/log")).unwrap();
        assert_eq!(log, "build\n");
    }

    #[tokio::test]
    async fn a_failed_build_shows_the_last_lines_and_leaves_nothing() {
        let [tools, cache] = [(); 2].map(|()| tempfile::tempdir().unwrap());
        fake_go(tools.path(), "echo 'undefined: x' >&2; echo x > $out; exit 1");
        let error = run(tools.path(), cache.path(), &Heard::default()).await.unwrap_err();
        assert_eq!(error.to_string(), "Nomad 1.11.3 did not build (exit status: 1):\nundefined: x");
        assert_eq!(names(&cache.path().join("lattice/servers/nomad-1.11.3")), ["nomad.lock"]);
    }

    #[tokio::test]
    async fn a_missing_or_old_go_is_explained() {
        let [tools, cache] = [(); 2].map(|()| tempfile::tempdir().unwrap());
        let text = run(tools.path(), cache.path(), &Heard::default()).await.unwrap_err().to_string();
        assert_eq!(
            text,
            "Nomad is not installed and there is no Go to build it: install Go 1.26.0 or newer, \
             or set LATTICE_NOMAD_BIN / put nomad on PATH"
        );
        script(tools.path(), "go", "echo 'go version go1.25.9 linux/amd64'");
        let text = run(tools.path(), cache.path(), &Heard::default()).await.unwrap_err().to_string();
        assert!(text.contains("too old to build it (go version go1.25.9 linux/amd64)"), "{text}");
    }

    #[tokio::test]
    async fn dropping_the_future_kills_the_compilers() {
        let [tools, cache] = [(); 2].map(|()| tempfile::tempdir().unwrap());
        fake_go(tools.path(), "sleep 600 & echo $! >&2; wait");
        let heard = Heard::default();
        let compiler = async {
            loop {
                if let Some(pid) = heard.kinds().iter().find_map(|line| line.parse::<i32>().ok()) {
                    return pid;
                }
                sleep(Duration::from_millis(10)).await;
            }
        };
        let pid = tokio::select! {
            built = run(tools.path(), cache.path(), &heard) => panic!("it ended: {built:?}"),
            pid = compiler => pid,
        };
        let alive = || std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "));
        for _ in 0..200 {
            if !alive() {
                return;
            }
            sleep(Duration::from_millis(10)).await;
        }
        panic!("{pid} is still alive");
    }

    #[test]
    fn every_module_pins_the_version_that_is_named() {
        for product in Product::ALL {
            let module = Module::of(product);
            let line = format!("github.com/hashicorp/{} v{} ", product.name(), product.pinned());
            assert!(module.go_mod.contains(line.trim_end()), "{product}");
            assert!(module.go_sum.contains(&format!("{line}h1:")), "{product}");
            assert_eq!(module.go(), Version::new(1, 26, 0));
        }
    }
}
