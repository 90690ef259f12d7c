//! What the layers together mean.

use std::path::PathBuf;
use std::time::Duration;

use lattice_deploy::clients::Patience;
use lattice_deploy::health::state::Policy;
use lattice_deploy::health::{Component, Range, Severity, Spec, Status, Target, Thresholds, find};

use crate::layers::{Given, Lookup, Values};
use crate::time;

/// What stands on standard output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Format {
    /// Text for people.
    #[default]
    Human,
    /// One JSON document.
    Json,
    /// As Nagios wants it.
    Nagios,
    /// As Prometheus wants it.
    Prometheus,
}

impl Format {
    pub(crate) const NAMES: [(&'static str, Self); 4] =
        [("human", Self::Human), ("json", Self::Json), ("nagios", Self::Nagios), ("prometheus", Self::Prometheus)];
}

/// When something is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Say {
    /// In every run.
    Always,
    /// Unless all is well.
    Trouble,
    /// When something changed.
    Changes,
}

/// The lock that keeps runs apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LockFile {
    pub(crate) path: PathBuf,
    /// Whether it is an error that another run holds it.
    pub(crate) fail: bool,
}

/// The dead man's switch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PingSettings {
    pub(crate) url: PingUrl,
    /// Whether it is told of the beginning too.
    pub(crate) start: bool,
    pub(crate) timeout: Duration,
}

/// Where the URL of the dead man's switch is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PingUrl {
    /// In this variable.
    Variable(String),
    /// In this file.
    File(PathBuf),
}

/// Everything that can be set.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) target: Target,
    pub(crate) patience: Patience,
    pub(crate) severity: Severity,
    pub(crate) exit_ok: bool,
    pub(crate) format: Format,
    pub(crate) detail: u8,
    pub(crate) no_color: bool,
    pub(crate) textfile: Option<PathBuf>,
    pub(crate) say: Say,
    pub(crate) policy: Policy,
    pub(crate) state_file: Option<PathBuf>,
    pub(crate) lock: Option<LockFile>,
    pub(crate) jitter: Duration,
    pub(crate) ping: Option<PingSettings>,
    pub(crate) watch: Option<Duration>,
}

/// Reads the values of one option after the other.
struct Reader<'a>(&'a Values);

type Result<T, E = String> = std::result::Result<T, E>;

impl Reader<'_> {
    fn parsed<T>(&self, name: &str, parse: impl Fn(&str) -> Result<T>) -> Result<Option<T>> {
        self.0.one(name).map(|given| about(given, parse(&given.text))).transpose()
    }

    fn text(&self, name: &str) -> Option<String> {
        self.0.one(name).map(|given| given.text.clone())
    }

    fn path(&self, name: &str) -> Option<PathBuf> {
        self.text(name).map(PathBuf::from)
    }

    fn time(&self, name: &str) -> Result<Option<Duration>> {
        self.parsed(name, time::parse)
    }

    fn number<T: std::str::FromStr>(&self, name: &str) -> Result<Option<T>> {
        self.parsed(name, |text| text.parse().map_err(|_| format!("`{text}` is not a number that makes sense here")))
    }

    fn truth(&self, name: &str) -> Result<bool> {
        let truth = self.parsed(name, |text| match text {
            "true" | "1" | "t" | "yes" => Ok(true),
            "false" | "0" | "f" | "no" => Ok(false),
            _ => Err(format!("`{text}` is neither true nor false")),
        });
        Ok(truth?.unwrap_or(false))
    }

    fn status(&self, name: &str) -> Result<Option<Status>> {
        self.parsed(name, |text| Status::from_name(text).ok_or_else(|| format!("`{text}` is no status")))
    }

    fn checks(&self, name: &str) -> Result<Vec<&'static str>> {
        let check = |given: &Given| about(given, known(&given.text)).map(|spec| spec.id);
        self.0.all(name).iter().map(check).collect()
    }
}

/// Says where the value stands that is wrong.
fn about<T>(given: &Given, result: Result<T>) -> Result<T> {
    result.map_err(|error| format!("{}: {error}", given.source))
}

fn known(name: &str) -> Result<&'static Spec> {
    find(name).ok_or_else(|| format!("there is no check `{name}`, or more than one; see lattice-health list"))
}

impl Settings {
    /// Understands what was said, for checks of these components.
    ///
    /// # Errors
    /// When a value makes no sense; the text says where it stands.
    pub(crate) fn of(values: &Values, components: Vec<Component>, lookup: Lookup<'_>) -> Result<Self> {
        let read = Reader(values);
        let format = read.parsed("format", |text| {
            let found = Format::NAMES.into_iter().find(|(name, _)| *name == text);
            found.map(|(_, format)| format).ok_or_else(|| format!("`{text}` is no format"))
        })?;
        let say = match (read.truth("on-change")?, read.truth("quiet")?) {
            (true, _) => Say::Changes,
            (false, true) => Say::Trouble,
            (false, false) => Say::Always,
        };
        let fail = read.truth("lock-fail")?;
        let policy = policy(&read)?;
        let mut settings = Self {
            target: target(&read, components)?,
            patience: patience(&read)?,
            severity: severity(&read)?,
            exit_ok: read.truth("exit-ok")?,
            format: if values.one("json").is_some() { Format::Json } else { format.unwrap_or_default() },
            detail: detail(&read)?,
            no_color: read.truth("no-color")? || lookup("NO_COLOR").is_some_and(|text| !text.is_empty()),
            textfile: read.path("textfile"),
            say,
            policy,
            state_file: read.path("state-file"),
            lock: read.path("lock").map(|path| LockFile { path, fail }),
            jitter: read.time("jitter")?.unwrap_or_default(),
            ping: ping(&read)?,
            watch: read.time("watch")?,
        };
        if settings.state_file.is_none() && (say == Say::Changes || policy.confirm > 1) {
            settings.state_file = Some(usual_state_file(lookup)?);
        }
        Ok(settings)
    }
}

/// Where the state is when nobody says it.
pub(crate) fn usual_state_file(lookup: Lookup<'_>) -> Result<PathBuf> {
    let set = |name: &str| lookup(name).filter(|text| !text.is_empty()).map(PathBuf::from);
    let folder = set("XDG_STATE_HOME").or_else(|| Some(set("HOME")?.join(".local/state")));
    let folder =
        folder.ok_or("--on-change and --confirm want a --state-file where neither XDG_STATE_HOME nor HOME is set")?;
    Ok(folder.join("lattice-health/state.json"))
}

fn detail(read: &Reader<'_>) -> Result<u8> {
    let all = read.0.all("verbose");
    // `verbose = 2` in a file or a variable, `-vv` on the command line.
    match all {
        [one] => match one.text.as_str() {
            "true" => Ok(1),
            "false" => Ok(0),
            text => about(one, text.parse().map_err(|_| format!("`{text}` is not 0, 1 or 2"))),
        },
        more => Ok(u8::try_from(more.len()).unwrap_or(u8::MAX)),
    }
}

fn policy(read: &Reader<'_>) -> Result<Policy> {
    let mut policy = Policy::default();
    policy.confirm = read.number("confirm")?.unwrap_or(policy.confirm).max(1);
    policy.window = read.number("flap-window")?.unwrap_or(policy.window);
    policy.low = read.number("flap-low")?.unwrap_or(policy.low);
    policy.high = read.number("flap-high")?.unwrap_or(policy.high);
    policy.remind = read.time("remind")?;
    if policy.low > policy.high {
        return Err("--flap-low is above --flap-high: flapping could never end".to_owned());
    }
    Ok(policy)
}

fn severity(read: &Reader<'_>) -> Result<Severity> {
    let mut severity = Severity::default();
    severity.unknown_as = read.status("unknown-as")?.unwrap_or(severity.unknown_as);
    severity.at_most = read.status("max-severity")?.unwrap_or(severity.at_most);
    Ok(severity)
}

fn patience(read: &Reader<'_>) -> Result<Patience> {
    let mut patience = Patience::default();
    patience.call = Some(read.time("request-timeout")?.unwrap_or(Duration::from_secs(5)));
    patience.retries = Some(read.number("retries")?.unwrap_or(1));
    // A probe must not be filled up by what it looks at.
    patience.largest = Some(32 * 1024 * 1024);
    Ok(patience)
}

fn ping(read: &Reader<'_>) -> Result<Option<PingSettings>> {
    let url = match (read.text("ping-url-env"), read.path("ping-url-file")) {
        (None, None) => None,
        (Some(name), None) => Some(PingUrl::Variable(name)),
        (None, Some(path)) => Some(PingUrl::File(path)),
        (Some(_), Some(_)) => return Err("--ping-url-env and --ping-url-file exclude each other".to_owned()),
    };
    let start = read.truth("ping-start")?;
    let timeout = read.time("ping-timeout")?.unwrap_or(Duration::from_secs(5));
    Ok(url.map(|url| PingSettings { url, start, timeout }))
}

fn target(read: &Reader<'_>, components: Vec<Component>) -> Result<Target> {
    let service = read.text("service").unwrap_or_else(|| "latticedb".to_owned());
    let (service, least) = match service.split_once('=') {
        Some((service, least)) => {
            let least = least.parse().map_err(|_| format!("--service: `{least}` is not a number of instances"))?;
            (service.to_owned(), Some(least))
        }
        None => (service, None),
    };
    if service.is_empty() {
        return Err("--service: it is empty".to_owned());
    }
    let mut target = Target::new(service);
    target.expected = read.number("expect")?.or(least);
    target.tag = read.text("tag");
    target.job = read.text("job").unwrap_or(target.job);
    target.sql_service = read.text("sql-service").unwrap_or(target.sql_service);
    target.environment = read.text("environment");
    target.backup_job = read.text("backup-job");
    target.pki_mount = read.text("pki-mount").unwrap_or(target.pki_mount);
    target.endpoints = read.0.all("endpoint").iter().map(|given| given.text.clone()).collect();
    let page = |name: &str, usual: String| match read.text(name) {
        Some(path) if !path.starts_with('/') || path.contains(char::is_whitespace) => {
            Err(format!("--{name}: `{path}` is no path such as /health"))
        }
        path => Ok(path.unwrap_or(usual)),
    };
    target.pages.health = page("health-path", target.pages.health)?;
    target.pages.ready = page("ready-path", target.pages.ready)?;
    target.pages.metrics = page("metrics-path", target.pages.metrics)?;
    target.deadline = read.time("timeout")?.unwrap_or(target.deadline);
    target.patience = read.time("request-timeout")?.unwrap_or(target.patience);
    target.selection.components = components;
    target.selection.only = read.checks("only")?;
    target.selection.with = read.checks("with")?;
    target.selection.skip = read.checks("skip")?;
    for (name, critical) in [("warning", false), ("critical", true)] {
        for given in read.0.all(name) {
            let (spec, range) = about(given, threshold(&given.text))?;
            let held: &mut Thresholds = target.thresholds.entry(spec.id).or_default();
            *(if critical { &mut held.critical } else { &mut held.warning }) = Some(range);
        }
    }
    Ok(target)
}

fn threshold(text: &str) -> Result<(&'static Spec, Range)> {
    let (check, range) = text.split_once('=').ok_or_else(|| format!("`{text}` is not CHECK=RANGE"))?;
    let spec = known(check)?;
    Ok((spec, Range::parse(range, spec.unit)?))
}

#[cfg(test)]
mod tests {
    use super::{Format, PingUrl, Settings};
    use crate::layers::line;
    use lattice_deploy::health::Status;
    use std::time::Duration;

    fn settings(words: &[&str]) -> Result<Settings, String> {
        let line = line(words.iter().map(Into::into))?;
        let home = |name: &str| (name == "HOME").then(|| "/home/u".to_owned());
        Settings::of(&line.values, Vec::new(), &home)
    }

    #[test]
    fn defaults_are_safe() {
        let settings = settings(&[]).unwrap();
        assert_eq!(settings.target.service, "latticedb");
        assert_eq!(settings.target.deadline, Duration::from_secs(30));
        assert_eq!(settings.patience.call, Some(Duration::from_secs(5)));
        assert_eq!(settings.format, Format::Human);
        assert!(settings.state_file.is_none() && settings.lock.is_none() && settings.ping.is_none());
    }

    #[test]
    fn everything_can_be_set() {
        let settings = settings(&[
            "--service",
            "web=3",
            "--job",
            "web-job",
            "-w",
            "nodes.down=1",
            "-c",
            "certs.pki=14d:",
            "--unknown-as",
            "critical",
            "--confirm",
            "3",
            "--on-change",
            "--ping-url-env",
            "PING",
            "-vv",
            "--json",
            "--max-severity",
            "warning",
        ])
        .unwrap();
        assert_eq!((settings.target.service.as_str(), settings.target.expected), ("web", Some(3)));
        assert_eq!(settings.target.thresholds["nomad.nodes.down"].warning.unwrap().to_string(), "1");
        assert_eq!(settings.target.thresholds["certs.pki"].critical.unwrap().to_string(), "14:");
        assert_eq!(settings.severity.unknown_as, Status::Critical);
        assert_eq!(settings.severity.of(Status::Unknown), Status::Warning);
        assert_eq!(settings.state_file.unwrap().to_str(), Some("/home/u/.local/state/lattice-health/state.json"));
        assert_eq!(settings.ping.unwrap().url, PingUrl::Variable("PING".into()));
        assert_eq!((settings.detail, settings.format), (2, Format::Json));
    }

    #[test]
    fn what_makes_no_sense_says_where_it_stands() {
        for (words, says) in [
            (&["-w", "nothing=1"][..], "--warning: there is no check `nothing`"),
            (&["-w", "vault.seal"], "is not CHECK=RANGE"),
            (&["-c", "nodes.down=2:1"], "its start is above its end"),
            (&["-t", "soon"], "--timeout: `soon` is no time"),
            (&["-f", "xml"], "`xml` is no format"),
            (&["--only", "leader"], "or more than one"),
            (&["--flap-low", "50"], "could never end"),
            (&["--ping-url-env", "A", "--ping-url-file", "b"], "exclude each other"),
            (&["--health-path", "health"], "is no path"),
            (&["--service", "web=many"], "not a number of instances"),
            (&["--unknown-as", "fine"], "is no status"),
            (&["--confirm", "-1"], "makes sense"),
        ] {
            let error = settings(words).unwrap_err();
            assert!(error.contains(says), "{words:?}: {error}");
        }
    }
}
