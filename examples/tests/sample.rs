//! The real binary, with real files, signals and requests.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "clippy.toml spares test functions, not the helpers beside them"
)]

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStdout, Command};

/// Stands for every secret; may be in no answer and in no log line.
const MARKER: &str = "MARKER-hunter2";
const PATIENCE: Duration = Duration::from_secs(20);

/// A folder with one file for each variable.
struct Folder(TempDir);

impl Folder {
    fn new() -> Folder {
        let folder = Folder(tempfile::tempdir().unwrap());
        folder.write("secret.json", &json!({ "encryption_key": MARKER, "admin_password": MARKER }));
        folder.write("config.json", &json!({ "log_level": "info", "replicas": "3" }));
        folder.write("db.json", &json!({ "username": "v-app", "password": MARKER, "host": "db:5432" }));
        folder.write_text("bundle.pem", &Issue::new("first.example.test").bundle());
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, content: &Value) {
        self.write_text(name, &content.to_string());
    }

    fn write_text(&self, name: &str, content: &str) {
        std::fs::write(self.path(name), content).unwrap();
    }

    fn command(&self) -> Command {
        let mut command = command();
        command
            .env("LATTICE_SECRET_FILE", self.path("secret.json"))
            .env("LATTICE_CONFIG_FILE", self.path("config.json"))
            .env("LATTICE_CERT_FILE", self.path("bundle.pem"))
            .env("LATTICE_DB_FILE", self.path("db.json"));
        command
    }
}

/// A certificate, its issuing CA and its key, as Vault issues them together.
struct Issue {
    certificates: String,
    key: String,
}

impl Issue {
    fn new(name: &str) -> Issue {
        let mut ca = CertificateParams::default();
        ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        ca.distinguished_name.push(DnType::CommonName, "Test CA");
        let ca = CertifiedIssuer::self_signed(ca, KeyPair::generate().unwrap()).unwrap();

        let key = KeyPair::generate().unwrap();
        let mut leaf = CertificateParams::new(vec![name.to_owned()]).unwrap();
        leaf.distinguished_name.push(DnType::CommonName, name);
        let leaf = leaf.signed_by(&key, &ca).unwrap();
        Issue { certificates: format!("{}{}", leaf.pem(), ca.pem()), key: key.serialize_pem() }
    }

    fn bundle(&self) -> String {
        format!("{}{}", self.certificates, self.key)
    }
}

/// The binary with an empty environment, on a port that the system picks.
fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_latticedb-sample"));
    command
        .env_clear()
        .env("LATTICE_HTTP_ADDR", "127.0.0.1:0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

/// A running sample; remembers everything that it said.
struct Sample {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    address: String,
    seen: String,
}

impl Sample {
    async fn start(mut command: Command) -> Sample {
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut sample = Sample { child, lines, address: String::new(), seen: String::new() };
        let started = sample.event("started").await;
        let address = started["address"].as_str().unwrap();
        address.clone_into(&mut sample.address);
        sample
    }

    /// Waits for a log line with this event.
    async fn event(&mut self, event: &str) -> Value {
        let wait = async {
            loop {
                let line = self.lines.next_line().await.unwrap();
                let line = line.unwrap_or_else(|| panic!("ended without {event}: {}", self.seen));
                self.seen.push_str(&line);
                let line: Value = serde_json::from_str(&line).unwrap();
                assert!(line["ts"].is_string() && line["level"].is_string(), "{line}");
                if line["event"] == event {
                    return line;
                }
            }
        };
        tokio::time::timeout(PATIENCE, wait).await.unwrap()
    }

    async fn get(&mut self, path: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: sample\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        let read = stream.read_to_string(&mut answer);
        tokio::time::timeout(PATIENCE, read).await.unwrap().unwrap();
        self.seen.push_str(&answer);
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, body.to_owned())
    }

    async fn json(&mut self, path: &str) -> (u16, Value) {
        let (status, body) = self.get(path).await;
        (status, serde_json::from_str(&body).unwrap())
    }

    async fn version(&mut self) -> Value {
        let (status, version) = self.json("/version").await;
        assert_eq!(status, 200);
        version
    }

    fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.child.id().unwrap()).unwrap();
        kill_process(Pid::from_raw(id).unwrap(), signal).unwrap();
    }

    /// Stops it; checks the exit code, the time it took and that no secret was ever shown.
    async fn stop(mut self, signal: Signal) {
        self.signal(signal);
        let status = tokio::time::timeout(Duration::from_secs(5), self.child.wait()).await;
        assert_eq!(status.unwrap().unwrap().code(), Some(0));
        while let Some(line) = self.lines.next_line().await.unwrap() {
            self.seen.push_str(&line);
        }
        let mut stderr = self.child.stderr.take().unwrap();
        stderr.read_to_string(&mut self.seen).await.unwrap();
        assert!(self.seen.contains(r#""event":"stopped""#), "{}", self.seen);
        assert!(!self.seen.contains(MARKER), "{}", self.seen);
        assert!(!self.seen.contains("PRIVATE KEY"), "{}", self.seen);
    }
}

/// Runs it to its end; the exit code and everything it said.
async fn run(mut command: Command) -> (Option<i32>, String) {
    let output = tokio::time::timeout(PATIENCE, command.output()).await.unwrap().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(text).unwrap())
}

#[tokio::test]
async fn shows_what_it_was_given_and_no_secret() {
    let folder = Folder::new();
    let mut command = folder.command();
    command
        .env("LATTICE_VERSION", "1.4.0")
        .env("NOMAD_ALLOC_ID", "8b1f")
        .env("NOMAD_ALLOC_INDEX", "2")
        .env("NOMAD_JOB_NAME", "latticedb");
    let mut sample = Sample::start(command).await;

    assert_eq!(sample.json("/health").await, (200, json!({ "status": "ok" })));
    assert_eq!(sample.json("/ready").await, (200, json!({ "status": "ready" })));
    assert_eq!(sample.get("/else").await.0, 404);

    let version = sample.version().await;
    assert_eq!(version["version"], "1.4.0");
    assert_eq!(version["alloc_id"], "8b1f");
    assert_eq!(version["alloc_index"], 2);
    assert_eq!(version["job_name"], "latticedb");
    assert_eq!(version["pid"], sample.child.id().unwrap());
    assert_eq!(version["reloads"], 0);
    assert_eq!(version["last_reload_error"], Value::Null);
    assert!(version["started"].as_str().unwrap().parse::<jiff::Timestamp>().is_ok());
    assert_eq!(version["secret"]["names"], json!(["admin_password", "encryption_key"]));
    assert_eq!(version["secret"]["sha256"].as_str().unwrap().len(), 64);
    assert_eq!(version["config"], json!({ "log_level": "info", "replicas": "3" }));
    assert_eq!(version["database"], json!({ "username": "v-app", "host": "db:5432" }));
    let certificate = &version["certificate"];
    assert_eq!(certificate["subject"], "CN=first.example.test");
    assert_eq!(certificate["issuer"], "CN=Test CA");
    assert_eq!(certificate["dns_names"], json!(["first.example.test"]));
    assert_eq!(certificate["key_matches"], true);

    let (status, metrics) = sample.get("/metrics").await;
    assert_eq!(status, 200);
    for line in [
        r#"latticedb_sample_requests_total{path="/health"} 1"#,
        r#"latticedb_sample_requests_total{path="other"} 1"#,
        "latticedb_sample_reloads_total 0",
        r#"latticedb_sample_build_info{version="1.4.0"} 1"#,
    ] {
        assert!(metrics.lines().any(|found| found == line), "{line} in {metrics}");
    }
    assert!(metrics.contains("\nlatticedb_sample_certificate_expiry_seconds "), "{metrics}");
    assert!(metrics.contains("\nlatticedb_sample_uptime_seconds "), "{metrics}");

    sample.stop(Signal::TERM).await;
}

#[tokio::test]
async fn a_reload_replaces_all_or_keeps_all() {
    let folder = Folder::new();
    let mut sample = Sample::start(folder.command()).await;
    let before = sample.version().await;

    folder.write("secret.json", &json!({ "rotated": MARKER }));
    folder.write("config.json", &json!({ "log_level": "debug" }));
    folder.write_text("bundle.pem", &Issue::new("second.example.test").bundle());
    sample.signal(Signal::HUP);
    assert_eq!(sample.event("reloaded").await["reloads"], 1);
    let good = sample.version().await;
    assert_eq!(good["reloads"], 1);
    assert_eq!(good["secret"]["names"], json!(["rotated"]));
    assert_ne!(good["secret"]["sha256"], before["secret"]["sha256"]);
    assert_eq!(good["config"], json!({ "log_level": "debug" }));
    assert_eq!(good["certificate"]["subject"], "CN=second.example.test");

    // One good and one bad file: neither may be taken.
    folder.write("secret.json", &json!({ "not taken": MARKER }));
    folder.write_text("db.json", &format!(r#"{{"username": ["{MARKER}"]}}"#));
    sample.signal(Signal::HUP);
    let failed = sample.event("reload failed").await;
    assert_eq!(failed["level"], "error");
    assert!(failed["reason"].as_str().unwrap().starts_with("LATTICE_DB_FILE: "), "{failed}");
    let kept = sample.version().await;
    assert_eq!(kept["last_reload_error"], failed["reason"]);
    for part in ["reloads", "secret", "config", "certificate", "database"] {
        assert_eq!(kept[part], good[part], "{part}");
    }
    assert_eq!(sample.get("/ready").await.0, 200);

    folder.write("db.json", &json!({ "username": "v-next", "password": MARKER }));
    sample.signal(Signal::HUP);
    sample.event("reloaded").await;
    let healed = sample.version().await;
    assert_eq!(healed["reloads"], 2);
    assert_eq!(healed["last_reload_error"], Value::Null);
    assert_eq!(healed["database"]["username"], "v-next");
    assert_eq!(healed["secret"]["names"], json!(["not taken"]));

    sample.stop(Signal::INT).await;
}

#[tokio::test]
async fn a_certificate_with_the_key_of_another_issue_is_alive_but_not_ready() {
    let folder = Folder::new();
    let (one, other) = (Issue::new("one.example.test"), Issue::new("other.example.test"));
    folder.write_text("bundle.pem", &format!("{}{}", one.certificates, other.key));
    let mut sample = Sample::start(folder.command()).await;

    let (status, ready) = sample.json("/ready").await;
    assert_eq!(status, 503);
    let reason = "the private key does not belong to the certificate";
    assert_eq!(ready["reasons"], json!([reason]));
    assert_eq!(sample.version().await["certificate"]["key_matches"], false);
    assert_eq!(sample.get("/health").await.0, 200);

    folder.write_text("bundle.pem", &one.bundle());
    sample.signal(Signal::HUP);
    sample.event("reloaded").await;
    assert_eq!(sample.get("/ready").await.0, 200);
    sample.stop(Signal::TERM).await;
}

#[tokio::test]
async fn a_broken_version_says_so_and_fails_its_health_check() {
    let mut command = command();
    command.env("LATTICE_VERSION", "1.5.0-broken");
    let mut sample = Sample::start(command).await;
    let failing = sample.event("health check failing").await;
    assert_eq!(failing["level"], "error");
    assert!(failing["reason"].as_str().unwrap().contains("1.5.0-broken"), "{failing}");
    assert_eq!(sample.get("/health").await.0, 503);
    sample.stop(Signal::TERM).await;
}

#[tokio::test]
async fn every_part_can_be_off() {
    let mut sample = Sample::start(command()).await;
    assert_eq!(sample.get("/ready").await.0, 200);
    let version = sample.version().await;
    for part in ["secret", "config", "certificate", "database", "alloc_id", "alloc_index"] {
        assert_eq!(version[part], Value::Null, "{part}");
    }
    assert!(!sample.get("/metrics").await.1.contains("certificate"));
    sample.stop(Signal::TERM).await;
}

#[tokio::test]
async fn an_idle_and_a_stuck_connection_do_not_hold_up_the_end() {
    let mut sample = Sample::start(command()).await;
    let _idle = TcpStream::connect(&sample.address).await.unwrap();
    let mut stuck = TcpStream::connect(&sample.address).await.unwrap();
    stuck.write_all(b"GET /health HTTP/1.1\r\nHost: ").await.unwrap();
    // Connections are accepted in order, so after this answer both of them were.
    assert_eq!(sample.get("/health").await.0, 200);
    sample.stop(Signal::TERM).await;
}

#[tokio::test]
async fn what_cannot_be_loaded_at_start_is_named() {
    for (variable, name) in [
        ("LATTICE_SECRET_FILE", "secret.json"),
        ("LATTICE_CONFIG_FILE", "config.json"),
        ("LATTICE_CERT_FILE", "bundle.pem"),
        ("LATTICE_DB_FILE", "db.json"),
    ] {
        let folder = Folder::new();
        folder.write_text(name, &format!("{{\"a\": {MARKER}"));
        let (code, malformed) = run(folder.command()).await;
        assert_eq!(code, Some(1), "{malformed}");
        assert!(!malformed.contains(MARKER), "{malformed}");

        std::fs::remove_file(folder.path(name)).unwrap();
        let (code, missing) = run(folder.command()).await;
        assert_eq!(code, Some(1), "{missing}");
        for said in [&malformed, &missing] {
            assert!(said.contains(variable) && said.contains(name), "{said}");
        }
    }
}

#[tokio::test]
async fn an_address_that_is_taken_is_named() {
    let sample = Sample::start(command()).await;
    let mut second = command();
    second.env("LATTICE_HTTP_ADDR", &sample.address);
    let (code, said) = run(second).await;
    assert_eq!(code, Some(1));
    assert!(said.contains("LATTICE_HTTP_ADDR") && said.contains(&sample.address), "{said}");
    sample.stop(Signal::TERM).await;
}

#[tokio::test]
async fn says_its_name_and_version_and_takes_no_other_argument() {
    let mut version = command();
    version.arg("--version");
    let expected = format!("latticedb-sample {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(run(version).await, (Some(0), expected));

    let mut other = command();
    other.arg("--port=1");
    let (code, said) = run(other).await;
    assert_eq!(code, Some(1));
    assert!(said.contains("--version"), "{said}");
}
