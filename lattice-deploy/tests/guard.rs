//! A guarded server and everything it starts end with their owner, whatever way the owner ends.
//!
//! The servers here are shells; what they start lives in sessions of its own, like the tasks of Nomad.
#![expect(clippy::unwrap_used, reason = "helpers of tests panic like the tests")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use lattice_deploy::servers::{
    Environment, Error, Product,
    process::{Guard, Server, Spec},
};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::time::sleep;

/// Generous: the machine may be busy. What is waited for takes milliseconds.
const LIMIT: Duration = Duration::from_secs(20);

/// Starts a task in a session of its own below a parent that ends at once; its number goes to the file `task`.
const TASK: &str = "(setsid sh -c 'echo $$ > task.new; mv task.new task; exec sleep 600' &)";

/// A folder with a server's log and the files that its shell writes.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn spec(&self, script: &str) -> Spec {
        let mut spec = Spec::new(Product::Nomad, "/bin/sh", self.path("log"));
        let script = format!("cd {}\n{script}", self.0.path().display());
        spec.args = vec!["-c".into(), script.into()];
        spec.environment = Environment::default().with("PATH", "/usr/bin:/bin");
        spec.grace = Duration::from_secs(1);
        spec
    }

    async fn start(&self, script: &str) -> Server {
        Server::start(&guard(), &self.spec(script)).await.unwrap()
    }

    /// The number that a script writes to a file.
    async fn number(&self, name: &str) -> i32 {
        let read = || fs::read_to_string(self.path(name)).ok()?.trim().parse().ok();
        until(&format!("{name} is written"), || read().is_some()).await;
        read().unwrap()
    }
}

fn guard() -> Guard {
    Guard::new(env!("CARGO_BIN_EXE_lattice-guard"))
}

async fn until(what: &str, mut done: impl FnMut() -> bool) {
    let started = Instant::now();
    while !done() {
        assert!(started.elapsed() < LIMIT, "still not: {what}");
        sleep(Duration::from_millis(10)).await;
    }
}

/// The fields of `/proc/<pid>/stat` after the name: state, parent, process group, session.
fn stat(pid: i32) -> Option<Vec<String>> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    Some(stat.rsplit_once(')')?.1.split_whitespace().map(str::to_owned).collect())
}

fn alive(pid: i32) -> bool {
    stat(pid).is_some_and(|fields| fields[0] != "Z" && fields[0] != "X")
}

async fn gone(pid: i32) {
    until(&format!("{pid} is gone"), || !alive(pid)).await;
}

fn send(pid: i32, signal: Signal) {
    kill_process(Pid::from_raw(pid).unwrap(), signal).unwrap();
}

fn pid(server: &Server) -> i32 {
    server.id().unwrap().cast_signed()
}

fn guardian(server: &Server) -> i32 {
    stat(pid(server)).unwrap()[1].parse().unwrap()
}

async fn exited(server: &mut Server) -> lattice_deploy::servers::process::Exited {
    let mut exited = None;
    until("the server has ended", || {
        exited = server.try_exited().unwrap();
        exited.is_some()
    })
    .await;
    exited.unwrap()
}

#[tokio::test]
async fn an_owner_that_is_killed_takes_everything_along() {
    let place = Place::new();
    let purged = place.path("purged");
    fs::create_dir_all(purged.join("data")).unwrap();
    // The owner is a shell that becomes `sleep`, and holds the only end of the pipe as its descriptor 3.
    let owner = format!(
        "mkfifo pipe; {guard} --grace 1 --purge {purged} -- /bin/sh -c \"$SERVER\" < pipe > report 2> log &\n\
         echo $! > guardian; exec 3> pipe; exec sleep 600",
        guard = env!("CARGO_BIN_EXE_lattice-guard"),
        purged = purged.display(),
    );
    let mut owner = Command::new("/bin/sh")
        .args(["-c", &owner])
        .current_dir(place.0.path())
        .env("SERVER", format!("trap '' TERM; {TASK}; echo $$ > server; while :; do sleep 600; done"))
        .stdin(Stdio::null())
        .spawn()
        .unwrap();
    let (guardian, server, task) =
        (place.number("guardian").await, place.number("server").await, place.number("task").await);
    assert!(alive(guardian) && alive(server) && alive(task));
    assert_ne!(stat(task).unwrap()[3], stat(server).unwrap()[3], "the task has a session of its own");
    owner.kill().unwrap();
    owner.wait().unwrap();
    for pid in [server, task, guardian] {
        gone(pid).await;
    }
    assert!(!purged.exists());
}

#[tokio::test]
async fn an_owner_that_lets_go_takes_everything_along() {
    let place = Place::new();
    let server = place.start(&format!("{TASK}; sleep 600")).await;
    let (pid, guardian, task) = (pid(&server), guardian(&server), place.number("task").await);
    // Whoever starts a second server while the first runs must not keep the first one's pipe open.
    let second = place.start("sleep 600").await;
    drop(server);
    for pid in [pid, task, guardian] {
        gone(pid).await;
    }
    second.stop().await.unwrap();
}

#[tokio::test]
async fn a_server_may_end_in_its_own_time() {
    let place = Place::new();
    let server =
        place.start("trap 'sleep 0.3; echo bye; exit 0' TERM; echo $$ > ready; while :; do sleep 0.05; done").await;
    place.number("ready").await;
    let guardian = guardian(&server);
    server.stop().await.unwrap();
    assert!(!alive(guardian));
    assert!(fs::read_to_string(place.path("log")).unwrap().ends_with("bye\n"));
}

#[tokio::test]
async fn a_server_that_does_not_end_is_killed() {
    let place = Place::new();
    let server = place.start("trap '' TERM; echo $$ > ready; while :; do sleep 600; done").await;
    let pid = place.number("ready").await;
    let started = Instant::now();
    server.stop().await.unwrap();
    assert!(!alive(pid) && started.elapsed() >= Duration::from_secs(1));
}

#[tokio::test]
async fn a_server_that_ends_by_itself_is_reported_with_its_last_words() {
    let place = Place::new();
    let mut server = place.start(&format!("{TASK}; echo starting; echo 'no port' >&2; exit 3")).await;
    let task = place.number("task").await;
    let exited = exited(&mut server).await;
    assert_eq!(exited.how, "with code 3");
    assert_eq!(exited.log_tail, "starting\nno port");
    assert_eq!(server.id(), None);
    let error = server.check().unwrap_err();
    assert_eq!(error.to_string(), "Nomad ended with code 3; its log ends:\nstarting\nno port");
    server.stop().await.unwrap();
    assert!(!alive(task));
}

#[tokio::test]
async fn a_killed_server_comes_back_while_its_tasks_live_on() {
    let place = Place::new();
    let mut server = place.start(&format!("[ -e task ] || {TASK}; sleep 600")).await;
    let task = place.number("task").await;
    let first = pid(&server);
    server.kill().await.unwrap();
    assert!(!alive(first) && alive(task));
    assert_eq!(server.try_exited().unwrap().unwrap().how, "by signal 9");
    server.restart().await.unwrap();
    assert!(alive(pid(&server)) && pid(&server) != first && alive(task));
    assert_eq!(server.try_exited().unwrap(), None);
    server.stop().await.unwrap();
    assert!(!alive(task));
}

#[tokio::test]
async fn folders_are_removed_at_the_end_and_not_before() {
    let place = Place::new();
    let purged = place.path("purged");
    fs::create_dir_all(purged.join("deep")).unwrap();
    let mut spec = place.spec("echo x > purged/deep/file; exit 1");
    let (empty, shared) = (place.path("empty"), place.path("shared"));
    fs::create_dir(&empty).unwrap();
    fs::create_dir_all(shared.join("other")).unwrap();
    spec.purge.push(purged.clone());
    spec.rmdir.extend([empty.clone(), shared.clone()]);
    let mut server = Server::start(&guard(), &spec).await.unwrap();
    exited(&mut server).await;
    assert!(purged.join("deep/file").exists() && empty.exists());
    server.stop().await.unwrap();
    assert!(!purged.exists() && !empty.exists() && shared.join("other").exists());
}

#[tokio::test]
async fn signals_of_a_terminal_do_not_reach_a_server() {
    let place = Place::new();
    let server = place.start("trap 'echo signal >> log' INT HUP; echo $$ > ready; while :; do sleep 0.05; done").await;
    place.number("ready").await;
    let (pid, guardian) = (pid(&server), guardian(&server));
    let own = std::process::id().cast_signed();
    let group = |pid| stat(pid).unwrap()[2].clone();
    assert!(group(guardian) != group(own) && group(pid) != group(own) && group(pid) != group(guardian));
    // Should one reach the guardian all the same, it is for the owner to decide.
    send(guardian, Signal::INT);
    send(guardian, Signal::HUP);
    sleep(Duration::from_millis(300)).await;
    assert!(alive(guardian) && alive(pid));
    assert_eq!(fs::read_to_string(place.path("log")).unwrap(), "");
    send(guardian, Signal::TERM);
    gone(pid).await;
    gone(guardian).await;
    drop(server);
}

#[tokio::test]
async fn orphans_that_end_early_leave_no_zombies() {
    let place = Place::new();
    let server = place.start("for n in 1 2 3; do (sh -c 'echo $$ > orphan'$n &); done; sleep 600").await;
    for name in ["orphan1", "orphan2", "orphan3"] {
        let pid = place.number(name).await;
        until("the orphan is reaped", || stat(pid).is_none()).await;
    }
    server.stop().await.unwrap();
}

#[tokio::test]
async fn a_server_sees_its_own_environment_only() {
    let place = Place::new();
    let mut spec = place.spec("env | sort > env.new; mv env.new env; sleep 600");
    spec.environment = spec.environment.with("CONSUL_HTTP_ADDR", "here");
    let server = Server::start(&guard(), &spec).await.unwrap();
    until("env is written", || place.path("env").exists()).await;
    let text = fs::read_to_string(place.path("env")).unwrap();
    let names: Vec<_> = text.lines().filter_map(|line| Some(line.split_once('=')?.0)).collect();
    // The shell itself adds the rest.
    let given: Vec<_> = names.into_iter().filter(|name| !["OLDPWD", "PWD", "SHLVL", "_"].contains(name)).collect();
    assert_eq!(given, ["CONSUL_HTTP_ADDR", "PATH"]);
    server.stop().await.unwrap();
}

#[tokio::test]
async fn what_cannot_start_is_said() {
    let place = Place::new();
    let mut spec = place.spec("");
    spec.program = "/nonexistent/nomad".into();
    let error = Server::start(&guard(), &spec).await.unwrap_err();
    assert!(error.to_string().contains("cannot start /nonexistent/nomad: No such file"), "{error}");
    let error = Server::start(&Guard::new("/nonexistent/guard"), &spec).await.unwrap_err();
    assert!(matches!(&error, Error::Io { path, .. } if path == Path::new("/nonexistent/guard")), "{error}");
    let error = Server::start(&Guard::new("/bin/echo").with_arg("hello"), &spec).await.unwrap_err();
    assert!(error.to_string().contains("says \"hello --grace"), "{error}");
    let error = Server::start(&Guard::new("/bin/true"), &spec).await.unwrap_err();
    assert!(error.to_string().contains("it is gone"), "{error}");
}

#[test]
fn one_runtime_starts_and_another_stops() {
    let place = Place::new();
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut server = runtime().block_on(place.start("sleep 600"));
    let pid = pid(&server);
    runtime().block_on(async {
        assert_eq!(server.try_exited().unwrap(), None);
        server.stop().await.unwrap();
    });
    assert!(!alive(pid));
}
