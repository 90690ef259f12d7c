//! Looking into an agent: its machine, its log, its profiles.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;

use super::Agent;
use crate::error::Result;
use crate::transport::Request;

/// Which agent is looked into.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Target {
    /// The one that answers.
    #[default]
    Here,
    /// The client of this id.
    Node(String),
    /// The server of this name or id, or `leader`.
    Server(String),
}

impl Target {
    fn apply(&self, request: Request) -> Request {
        match self {
            Self::Here => request,
            Self::Node(id) => request.query("node_id", id),
            Self::Server(id) => request.query("server_id", id),
        }
    }
}

answer! {
    /// An agent's machine.
    HostData {
        /// The operating system.
        #[serde(rename = "OS")]
        pub os: String,
        /// The networks.
        pub network: Vec<BTreeMap<String, String>>,
        /// How names are resolved.
        pub resolv_conf: String,
        /// The names of hosts.
        pub hosts: String,
        /// The agent's environment, with secrets left out by the server.
        pub environment: BTreeMap<String, String>,
        /// The disks, by where they are mounted.
        pub disk: BTreeMap<String, Disk>,
    }
}

answer! {
    /// A disk.
    Disk {
        /// Its size in MiB.
        #[serde(rename = "DiskMB")]
        pub disk_mb: i64,
        /// How much of it is used, in MiB.
        #[serde(rename = "UsedMB")]
        pub used_mb: i64,
    }
}

wire_enum! {
    /// How much an agent logs.
    pub LogLevel {
        /// Everything.
        Trace = "trace",
        /// What developers need.
        Debug = "debug",
        /// What operators may want to know.
        Info = "info",
        /// What may be wrong.
        Warn = "warn",
        /// What is wrong.
        Error = "error",
    }
}

/// Options of [`Agent::monitor`].
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct MonitorOptions {
    target: Target,
    level: Option<LogLevel>,
    json: bool,
    location: bool,
    silence: Option<Duration>,
}

/// How long an agent may log nothing: a healthy one may well be silent.
const SILENCE: Duration = Duration::from_secs(24 * 60 * 60);

impl MonitorOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whose log; that of the agent which answers unless set.
    #[must_use]
    pub fn with_target(mut self, target: Target) -> Self {
        self.target = target;
        self
    }

    /// How much of it; what operators may want to know unless set.
    #[must_use]
    pub fn with_level(mut self, level: LogLevel) -> Self {
        self.level = Some(level);
        self
    }

    /// As JSON.
    #[must_use]
    pub fn as_json(mut self) -> Self {
        self.json = true;
        self
    }

    /// With the places in the program's source.
    #[must_use]
    pub fn with_location(mut self) -> Self {
        self.location = true;
        self
    }

    /// How long it may say nothing before the stream ends with a timeout; a day unless set.
    #[must_use]
    pub fn with_silence(mut self, silence: Duration) -> Self {
        self.silence = Some(silence);
        self
    }

    fn apply(&self, request: Request) -> Request {
        let mut request = self.target.apply(request).query("plain", "true");
        if let Some(level) = &self.level {
            request = request.query("log_level", level.as_str());
        }
        for (name, value) in [("log_json", self.json), ("log_include_location", self.location)] {
            if value {
                request = request.query(name, "true");
            }
        }
        request.timeout(Some(self.silence.unwrap_or(SILENCE)))
    }
}

/// Which log [`Agent::export_log`] reads.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum MonitorExport {
    /// The files that the agent writes.
    Files,
    /// What the service manager has of this service, as far back as this.
    Journal {
        /// The service, whose name must hold `nomad`.
        service: String,
        /// How far back.
        since: Duration,
    },
}

impl MonitorExport {
    fn apply(&self, request: Request) -> Request {
        match self {
            Self::Files => request.query("on_disk", "true"),
            Self::Journal { service, since } => request
                .query("service_name", service)
                .query("logs_since", crate::wire::duration::format(*since))
                .query("follow", "false"),
        }
    }
}

/// What [`Agent::profile`] measures.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Profile {
    /// How the agent was started.
    CommandLine,
    /// What it computes, for this long.
    Cpu(Duration),
    /// What it does, for this long.
    Trace(Duration),
    /// One of the program's own, such as `heap` or `goroutine`.
    Named(String),
}

/// Options of [`Agent::profile_with`].
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ProfileOptions {
    target: Target,
    debug: Option<u32>,
    gc: bool,
}

impl ProfileOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whom; the agent that answers unless set.
    #[must_use]
    pub fn with_target(mut self, target: Target) -> Self {
        self.target = target;
        self
    }

    /// As text for people, the larger the longer.
    #[must_use]
    pub fn with_debug(mut self, level: u32) -> Self {
        self.debug = Some(level);
        self
    }

    /// After its memory has been tidied.
    #[must_use]
    pub fn after_gc(mut self) -> Self {
        self.gc = true;
        self
    }
}

/// The longest line of a log that is taken.
const LONGEST_LINE: usize = 1 << 20;

/// Time for a profile to be made and sent beyond the time that it covers.
const SLACK: Duration = Duration::from_secs(30);

fn profile_request(profile: &Profile, options: &ProfileOptions) -> Result<Request> {
    let (request, seconds) = match profile {
        Profile::CommandLine => (Request::get("/v1/agent/pprof/cmdline", [])?, None),
        Profile::Cpu(time) => (Request::get("/v1/agent/pprof/profile", [])?, Some(*time)),
        Profile::Trace(time) => (Request::get("/v1/agent/pprof/trace", [])?, Some(*time)),
        Profile::Named(name) => (Request::get("/v1/agent/pprof/:name", [name])?, None),
    };
    let mut request = options.target.apply(request);
    if let Some(time) = seconds {
        // The server takes whole seconds, and 0 for its default.
        let whole = time.as_secs() + u64::from(time.subsec_nanos() > 0);
        let whole = whole.max(1);
        request = request.query("seconds", whole.to_string()).timeout(Some(Duration::from_secs(whole) + SLACK));
    }
    if let Some(level) = options.debug {
        request = request.query("debug", level.to_string());
    }
    Ok(if options.gc { request.query("gc", "1") } else { request })
}

impl Agent {
    /// Reads what the agent's machine is like. `GET /v1/agent/host`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/agent#host)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// use nomad_client::agent::Target;
    ///
    /// println!("{}", nomad.agent().host(&Target::Here).await?.os);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `agent:read`, or `agent:write` unless the agent has
    /// `enable_debug` on.
    pub async fn host(&self, target: &Target) -> Result<HostData> {
        let request = target.apply(Request::get("/v1/agent/host", [])?);
        match target {
            Target::Here => self.client.fetch(request).await,
            _ => Ok(self.client.fetch::<Remote>(request).await?.host_data),
        }
    }

    /// Follows the agent's log, line by line. `GET /v1/agent/monitor`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/agent#stream-logs)).
    ///
    /// It begins with what is logged from now on, and goes on until it is dropped. The server answers with its first line
    /// only, for which this waits: an agent at rest may log nothing for minutes.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// use futures_util::StreamExt as _;
    /// use nomad_client::agent::{LogLevel, MonitorOptions};
    ///
    /// let options = MonitorOptions::new().with_level(LogLevel::Warn);
    /// let mut lines = Box::pin(nomad.agent().monitor(&options).await?);
    /// while let Some(line) = lines.next().await {
    ///     println!("{}", String::from_utf8_lossy(&line?));
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `agent:read`.
    pub async fn monitor(&self, options: &MonitorOptions) -> Result<impl Stream<Item = Result<Bytes>> + Send + use<>> {
        let request = options.apply(Request::get("/v1/agent/monitor", [])?);
        Ok(self.client.open(request).await?.chunks().lines(LONGEST_LINE))
    }

    /// Reads the log that an agent has written before, line by line. `GET /v1/agent/monitor/export`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/agent#stream-logs)).
    ///
    /// The server's documentation does not name it.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// use futures_util::StreamExt as _;
    /// use nomad_client::agent::{MonitorExport, Target};
    ///
    /// let mut lines = Box::pin(nomad.agent().export_log(&Target::Here, &MonitorExport::Files).await?);
    /// while let Some(line) = lines.next().await {
    ///     println!("{}", String::from_utf8_lossy(&line?));
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `agent:read`; the server refuses when the agent writes no
    /// file.
    pub async fn export_log(
        &self,
        target: &Target,
        log: &MonitorExport,
    ) -> Result<impl Stream<Item = Result<Bytes>> + Send + use<>> {
        let request = Request::get("/v1/agent/monitor/export", [])?.query("plain", "true");
        let request = log.apply(target.apply(request));
        Ok(self.client.open(request).await?.chunks().lines(LONGEST_LINE))
    }

    /// Measures what the agent does, for Go's tools. `GET /v1/agent/pprof/:name`, `GET /v1/agent/pprof/cmdline`,
    /// `GET /v1/agent/pprof/profile` or `GET /v1/agent/pprof/trace`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/agent#agent-runtime-profiles)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// use nomad_client::agent::Profile;
    /// use std::time::Duration;
    ///
    /// let profile = nomad.agent().profile(&Profile::Cpu(Duration::from_secs(10))).await?;
    /// println!("{} bytes", profile.len());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `agent:write`, or `agent:read` where the agent has
    /// `enable_debug` on; [`Error::is_not_found`](crate::Error::is_not_found) for a name that the program does not have.
    pub async fn profile(&self, profile: &Profile) -> Result<Bytes> {
        self.profile_with(profile, &ProfileOptions::new()).await
    }

    /// As [`Agent::profile`], with options.
    ///
    /// # Errors
    /// As [`Agent::profile`].
    pub async fn profile_with(&self, profile: &Profile, options: &ProfileOptions) -> Result<Bytes> {
        Ok(self.client.send(profile_request(profile, options)?).await?.body)
    }
}

/// How the same comes from another agent.
#[derive(Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Remote {
    #[serde(rename = "AgentID")]
    agent_id: String,
    host_data: HostData,
}

#[cfg(test)]
mod tests {
    use super::{MonitorOptions, Profile, ProfileOptions, Target, profile_request};
    use crate::transport::Request;
    use std::time::Duration;

    #[test]
    fn a_profile_lasts_whole_seconds() {
        let options = ProfileOptions::new().with_target(Target::Server("leader".to_owned())).with_debug(1);
        let request = profile_request(&Profile::Cpu(Duration::from_millis(1500)), &options).unwrap();
        assert_eq!(request.query, "server_id=leader&seconds=2&debug=1");
        assert_eq!(request.timeout, Some(Duration::from_secs(32)));
        let request = profile_request(&Profile::Named("heap".to_owned()), &ProfileOptions::new().after_gc()).unwrap();
        assert_eq!((request.path.as_str(), request.query.as_str()), ("/v1/agent/pprof/heap", "gc=1"));
    }

    #[test]
    fn a_silent_log_is_not_cut_off() {
        let request = MonitorOptions::new().as_json().apply(Request::get("/v1/agent/monitor", []).unwrap());
        assert_eq!(request.query, "plain=true&log_json=true");
        assert_eq!(request.timeout, Some(super::SILENCE));
    }
}
