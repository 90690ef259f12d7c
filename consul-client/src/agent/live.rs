//! What an agent says for as long as it is listened to: its log and its measurements.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt as _, stream};

use super::{Agent, Metrics};
use crate::error::{DecodeError, Error, Result};
use crate::transport::Request;

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

/// How long an agent may log nothing: a healthy one may well be silent.
const SILENCE: Duration = Duration::from_secs(24 * 60 * 60);

/// Measurements come every 10 seconds.
const LATE: Duration = Duration::from_secs(60);

/// The longest line that is taken.
const LONGEST_LINE: usize = 1 << 20;

/// Options of [`Agent::monitor`].
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct MonitorOptions {
    level: Option<LogLevel>,
    json: bool,
    silence: Option<Duration>,
}

impl MonitorOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
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

    /// How long it may say nothing before the stream ends with a timeout; a day unless set.
    #[must_use]
    pub fn with_silence(mut self, silence: Duration) -> Self {
        self.silence = Some(silence);
        self
    }

    fn apply(&self, request: Request) -> Request {
        let request = request.query_if("loglevel", self.level.as_ref().map(LogLevel::as_str));
        request.flag_if("logjson", self.json).timeout(Some(self.silence.unwrap_or(SILENCE)))
    }
}

impl Agent {
    /// Follows the agent's log, line by line, from now on until it is dropped. `GET /v1/agent/monitor`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/agent#stream-logs)); needs `agent:read`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// use consul_client::agent::{LogLevel, MonitorOptions};
    /// use futures_util::StreamExt as _;
    ///
    /// let options = MonitorOptions::new().with_level(LogLevel::Warn);
    /// let mut lines = Box::pin(consul.agent().monitor(&options).await?);
    /// while let Some(line) = lines.next().await {
    ///     println!("{}", String::from_utf8_lossy(&line?));
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `agent:read`.
    pub async fn monitor(&self, options: &MonitorOptions) -> Result<impl Stream<Item = Result<Bytes>> + Send + use<>> {
        let request = options.apply(Request::get("/v1/agent/monitor", [])?);
        Ok(self.client.open(request).await?.chunks().lines(LONGEST_LINE))
    }

    /// Reads what the agent measures of itself, each interval of 10 seconds as it ends, until it is dropped.
    /// The agent ends the stream itself when it has measured no number at all (`NaN`): begin a new one then.
    ///
    /// `GET /v1/agent/metrics/stream`
    /// ([API](https://developer.hashicorp.com/consul/api-docs/agent#stream-metrics)); needs `agent:read`.
    ///
    /// ```no_run
    /// # async fn example(consul: consul_client::Client) -> consul_client::Result<()> {
    /// use futures_util::StreamExt as _;
    ///
    /// let mut metrics = Box::pin(consul.agent().stream_metrics().await?);
    /// while let Some(interval) = metrics.next().await {
    ///     println!("{} gauges", interval?.gauges.len());
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `agent:read`.
    pub async fn stream_metrics(&self) -> Result<impl Stream<Item = Result<Metrics>> + Send + use<>> {
        let request = Request::get("/v1/agent/metrics/stream", [])?.timeout(Some(LATE));
        let lines = self.client.open(request.clone()).await?.chunks().lines(LONGEST_LINE);
        Ok(intervals(request, lines))
    }
}

/// The server writes each interval as indented JSON, so only its last line begins with a brace that closes.
fn intervals(
    request: Request,
    lines: impl Stream<Item = Result<Bytes>> + Send,
) -> impl Stream<Item = Result<Metrics>> + Send {
    stream::unfold((request, Box::pin(lines)), |(request, mut lines)| async move {
        let mut text = BytesMut::new();
        loop {
            let item = match lines.next().await? {
                Ok(line) => {
                    text.extend_from_slice(&line);
                    let whole = line.ends_with(b"}") && line.first().is_some_and(|first| *first != b' ');
                    if !whole {
                        continue;
                    }
                    decode(&request, &text)
                }
                Err(error) => Err(error),
            };
            return Some((item, (request, lines)));
        }
    })
}

fn decode(request: &Request, text: &[u8]) -> Result<Metrics> {
    let metrics = serde_json::from_slice(text).map_err(|error| {
        Error::Decode(Box::new(DecodeError {
            method: request.method,
            path: request.path.as_str().to_owned(),
            status: 200,
            content_type: "a stream of measurements".to_owned(),
            problem: "an interval is not what it should be",
            line: error.line(),
            column: error.column(),
        }))
    })?;
    #[cfg(feature = "lossless")]
    crate::lossless::look(request.method, request.path.route(), text, &metrics);
    Ok(metrics)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use futures_util::{StreamExt as _, stream};

    use super::{LogLevel, MonitorOptions, intervals};
    use crate::transport::Request;

    #[test]
    fn t09_a_log_as_json_is_a_flag() {
        let query = |options: MonitorOptions| options.apply(Request::get("/v1/agent/monitor", []).unwrap()).query;
        assert_eq!(query(MonitorOptions::new()), "");
        assert_eq!(query(MonitorOptions::new().with_level(LogLevel::Debug).as_json()), "loglevel=debug&logjson");
    }

    #[tokio::test]
    async fn an_interval_may_have_many_lines_or_one() {
        let text = "{\n    \"Timestamp\": \"a\",\n    \"Gauges\": [\n        {}\n    ]\n}\n{\"Timestamp\":\"b\"}\n{\n\"x\n}\n{";
        let lines = stream::iter(text.split('\n').map(|line| Ok(Bytes::from_static(line.as_bytes()))));
        let request = Request::get("/v1/agent/metrics/stream", []).unwrap();
        let found: Vec<_> = intervals(request, lines).collect().await;
        let [Ok(first), Ok(second), Err(third)] = &found[..] else { panic!("{found:?}") };
        assert_eq!((&*first.timestamp, first.gauges.len(), &*second.timestamp), ("a", 1, "b"));
        assert!(third.to_string().contains("/v1/agent/metrics/stream"), "{third}");
    }
}
