//! A running command.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Sink as _, Stream};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::mpsc;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

use super::broken;
use super::frames::{Said, Told};
use crate::error::{DecodeError, Error, Result};
use crate::said;
use crate::transport::Request;

/// How often the server is asked whether it is alive, so that nobody on the way takes the connection for a dead one.
///
/// By a ping of the connection, and not by the empty message that the official command line sends: the server passes
/// that on to the command's node, which forgets output and exit code when it comes just as the command ends.
const ALIVE: Duration = Duration::from_secs(10);

/// Most bytes that one message carries.
const PIECE: usize = 32 * 1024;

/// How many pieces wait before whoever writes has to.
const WAITING: usize = 4;

/// Something that the command wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Output {
    /// To its standard output, or to its terminal.
    Stdout(Bytes),
    /// To its standard error.
    Stderr(Bytes),
}

/// A command that has ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finished {
    /// Its exit code; 0 for a success.
    pub exit_code: i64,
    /// All of its standard output.
    pub stdout: Vec<u8>,
    /// All of its standard error.
    pub stderr: Vec<u8>,
}

/// Why [`Session::run`] ended early.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The session failed.
    #[error(transparent)]
    Nomad(#[from] Error),
    /// The input could not be read, or the output not be written.
    #[error("the caller's own input or output failed")]
    Local(#[source] io::Error),
}

/// A command that runs in a task. It goes on only while this is polled; dropping it closes the connection, which the
/// server takes as the end of the input.
///
/// The server does not tell that a command has ended before its input is closed, so the input is closed as soon as the
/// session is looked at, unless it was taken by [`Session::input`] before.
#[must_use = "the command goes on only while it is looked at"]
pub struct Session<S = reqwest::Upgraded> {
    socket: WebSocketStream<S>,
    request: Request,
    own: Option<Input>,
    input: mpsc::Receiver<Said>,
    closed: bool,
    waiting: VecDeque<Said>,
    alive: Interval,
    deaf: bool,
    ready: VecDeque<Output>,
    exit_code: Option<i64>,
    over: bool,
}

impl<S> std::fmt::Debug for Session<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("path", &self.request.path.as_str())
            .field("exit_code", &self.exit_code)
            .finish_non_exhaustive()
    }
}

/// The input of a running command. It is closed when all clones are dropped, or by [`Input::close`].
#[derive(Clone, Debug)]
pub struct Input(mpsc::Sender<Said>);

impl Input {
    /// Writes to the command's standard input; waits while the command does not read, or the session is not polled.
    ///
    /// # Errors
    /// When the session has ended.
    pub async fn write(&self, data: impl Into<Bytes>) -> io::Result<()> {
        let mut data = data.into();
        while !data.is_empty() {
            let piece = data.split_to(data.len().min(PIECE));
            self.say(Said::Data(piece)).await?;
        }
        Ok(())
    }

    /// Tells the command the size of its terminal.
    ///
    /// # Errors
    /// When the session has ended.
    pub async fn resize(&self, rows: u16, columns: u16) -> io::Result<()> {
        self.say(Said::Size { rows, columns }).await
    }

    /// Closes the command's standard input. The size can still be told.
    ///
    /// # Errors
    /// When the session has ended.
    pub async fn close(&self) -> io::Result<()> {
        self.say(Said::Close).await
    }

    async fn say(&self, said: Said) -> io::Result<()> {
        self.0.send(said).await.map_err(|_| io::Error::new(io::ErrorKind::BrokenPipe, "the session has ended"))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Session<S> {
    pub(super) fn new(socket: WebSocketStream<S>, request: Request) -> Self {
        let (sender, input) = mpsc::channel(WAITING);
        let mut alive = interval_at(Instant::now() + ALIVE, ALIVE);
        alive.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            socket,
            request,
            own: Some(Input(sender)),
            input,
            closed: false,
            waiting: VecDeque::new(),
            alive,
            deaf: false,
            ready: VecDeque::new(),
            exit_code: None,
            over: false,
        }
    }

    /// The command's input, which then stays open until it is closed. `None` when it was taken before, or the session was
    /// looked at already.
    pub fn input(&mut self) -> Option<Input> {
        self.own.take()
    }

    /// The exit code, once the command has ended.
    pub fn exit_code(&self) -> Option<i64> {
        self.exit_code
    }

    /// What the command writes next; none once it has ended, which [`Session::exit_code`] then tells about. A session
    /// that breaks off before that ends with an error.
    pub async fn next(&mut self) -> Option<Result<Output>> {
        poll_fn(|context| self.poll(context)).await
    }

    /// Gathers all output until the command has ended. Without [`Session::input`] it has no input.
    ///
    /// # Errors
    /// When the session breaks off, or the server refuses the command.
    pub async fn output(mut self) -> Result<Finished> {
        let mut finished = Finished::default();
        while let Some(output) = self.next().await {
            match output? {
                Output::Stdout(data) => finished.stdout.extend_from_slice(&data),
                Output::Stderr(data) => finished.stderr.extend_from_slice(&data),
            }
        }
        finished.exit_code = self.exit_code.unwrap_or_default();
        Ok(finished)
    }

    /// Connects the command to an input and two outputs, and returns its exit code.
    ///
    /// ```no_run
    /// # async fn example(mut session: nomad_client::exec::Session) -> Result<(), nomad_client::exec::RunError> {
    /// let code = session.run(&b"input"[..], tokio::io::sink(), tokio::io::sink()).await?;
    /// println!("it exited with {code}");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the session breaks off, the server refuses the command, or the caller's own input or output fails.
    pub async fn run(
        mut self,
        stdin: impl AsyncRead,
        stdout: impl AsyncWrite,
        stderr: impl AsyncWrite,
    ) -> Result<i64, RunError> {
        let input = self.input();
        let mut fed = pin!(feed(stdin, input));
        let mut drained = pin!(drain(self, stdout, stderr));
        let mut feeding = true;
        poll_fn(|context| {
            if feeding && let Poll::Ready(result) = fed.as_mut().poll(context) {
                feeding = false;
                if let Err(error) = result {
                    return Poll::Ready(Err(RunError::Local(error)));
                }
            }
            drained.as_mut().poll(context)
        })
        .await
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Output>>> {
        // Nobody took it, so nobody writes.
        self.own = None;
        loop {
            if let Some(output) = self.ready.pop_front() {
                return Poll::Ready(Some(Ok(output)));
            }
            if self.over {
                return Poll::Ready(None);
            }
            self.speak(context);
            let message = ready!(Pin::new(&mut self.socket).poll_next(context));
            let heard = match message {
                Some(Ok(Message::Text(text))) => self.hear(text.as_bytes()),
                Some(Ok(Message::Binary(bytes))) => self.hear(&bytes),
                Some(Ok(Message::Close(frame))) => {
                    let reason = frame.map(|frame| frame.reason.as_str().to_owned()).unwrap_or_default();
                    Err(self.closed_with(&reason))
                }
                Some(Ok(_)) => Ok(()),
                Some(Err(_)) | None => Err(self.closed_with("")),
            };
            if let Err(error) = heard {
                self.over = true;
                self.input.close();
                return Poll::Ready(Some(Err(error)));
            }
        }
    }

    /// Says what there is to say, as far as the server listens.
    fn speak(&mut self, context: &mut Context<'_>) {
        while !self.deaf {
            if self.waiting.is_empty() {
                self.gather(context);
            }
            let mut socket = Pin::new(&mut self.socket);
            match socket.as_mut().poll_ready(context) {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(_)) => self.deaf = true,
                Poll::Pending => return,
            }
            let mut socket = Pin::new(&mut self.socket);
            let Some(said) = self.waiting.pop_front() else {
                self.deaf |= matches!(socket.as_mut().poll_flush(context), Poll::Ready(Err(_)));
                return;
            };
            self.deaf |= socket.as_mut().start_send(said.message()).is_err();
        }
        // What can no longer be said is not waited with; why is what the server says last.
        self.input.close();
        self.waiting.clear();
    }

    fn gather(&mut self, context: &mut Context<'_>) {
        if self.alive.poll_tick(context).is_ready() {
            self.waiting.push_back(Said::Alive);
        }
        if self.closed && self.input.is_closed() {
            return;
        }
        match self.input.poll_recv(context) {
            Poll::Ready(Some(Said::Close) | None) if self.closed => {}
            Poll::Ready(Some(Said::Close) | None) => {
                self.closed = true;
                self.waiting.push_back(Said::Close);
            }
            Poll::Ready(Some(said)) => self.waiting.push_back(said),
            Poll::Pending => {}
        }
    }

    fn hear(&mut self, text: &[u8]) -> Result<()> {
        let told: Told = serde_json::from_slice(text).map_err(|error| {
            Error::Decode(Box::new(DecodeError {
                method: self.request.method,
                path: self.request.path.as_str().to_owned(),
                status: 101,
                content_type: "a message of a session".to_owned(),
                problem: "it is none that is known",
                line: error.line(),
                column: error.column(),
            }))
        })?;
        let data = |stream: Option<super::frames::Stream>| {
            stream.and_then(|stream| stream.data).filter(|data| !data.is_empty())
        };
        self.ready.extend(data(told.stdout).map(Output::Stdout));
        self.ready.extend(data(told.stderr).map(Output::Stderr));
        if told.exited {
            self.exit_code = Some(told.result.unwrap_or_default().exit_code);
            self.over = true;
            self.input.close();
        }
        Ok(())
    }

    /// The connection was closed before the command had ended.
    fn closed_with(&self, reason: &str) -> Error {
        if reason.is_empty() {
            return broken(&self.request, "the session ended without an exit code");
        }
        said::error(&self.request, reason.as_bytes())
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Stream for Session<S> {
    type Item = Result<Output>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll(context)
    }
}

async fn feed(stdin: impl AsyncRead, input: Option<Input>) -> io::Result<()> {
    let Some(input) = input else { return Ok(()) };
    let mut stdin = pin!(stdin);
    let mut buffer = vec![0; PIECE];
    loop {
        let length = stdin.read(&mut buffer).await?;
        // A command that has ended reads no more, which is no error of ours.
        if length == 0 || input.write(Bytes::copy_from_slice(&buffer[..length])).await.is_err() {
            return Ok(());
        }
    }
}

async fn drain<S: AsyncRead + AsyncWrite + Unpin>(
    mut session: Session<S>,
    stdout: impl AsyncWrite,
    stderr: impl AsyncWrite,
) -> Result<i64, RunError> {
    let (mut stdout, mut stderr) = (pin!(stdout), pin!(stderr));
    while let Some(output) = session.next().await {
        let written = match output? {
            Output::Stdout(data) => {
                async {
                    stdout.write_all(&data).await?;
                    stdout.flush().await
                }
                .await
            }
            Output::Stderr(data) => {
                async {
                    stderr.write_all(&data).await?;
                    stderr.flush().await
                }
                .await
            }
        };
        written.map_err(RunError::Local)?;
    }
    Ok(session.exit_code.unwrap_or_default())
}
