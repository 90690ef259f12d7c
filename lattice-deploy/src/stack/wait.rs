//! Waiting until a server is ready.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::{Result, StackError};
use crate::servers::process::Server;

/// The servers need two seconds; a machine that compiles at the same time needs more.
const LIMIT: Duration = Duration::from_secs(90);
const PAUSE: Duration = Duration::from_millis(50);

/// Asks until there is an answer, the server has ended, or the time is over. `Err` of the question says what is
/// missing; it is not final.
pub(super) async fn until<T, F>(server: &mut Server, mut ask: impl FnMut() -> F) -> Result<T>
where
    F: Future<Output = Result<T, String>>,
{
    let begun = Instant::now();
    loop {
        server.check()?;
        match ask().await {
            Ok(answer) => return Ok(answer),
            Err(last) if begun.elapsed() >= LIMIT => {
                let log = std::fs::read_to_string(server.log_path()).unwrap_or_default();
                let lines: Vec<&str> = log.lines().rev().take(20).collect();
                let log = lines.into_iter().rev().collect::<Vec<_>>().join("\n");
                return Err(StackError::NotReady { product: server.product(), last, limit: LIMIT, log });
            }
            Err(_) => sleep(PAUSE).await,
        }
    }
}
