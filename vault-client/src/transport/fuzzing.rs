//! For the fuzz targets of this workspace alone: what is private, and reads what others wrote.

use futures_util::{FutureExt as _, StreamExt as _};

use super::Request;
use super::stream::Chunks;

/// The path of a request whose route takes a name and a path; none where one of both is refused.
pub fn path(name: &str, path: &str) -> Option<String> {
    Request::get("/v1/a/:name/b/*path", [name, path]).ok().map(|request| request.path.as_str().to_owned())
}

/// The lines of a body that comes in these pieces. An error, which ends them, is none.
pub fn lines(pieces: Vec<Vec<u8>>, limit: usize) -> Vec<Option<Vec<u8>>> {
    let Ok(chunks) = Chunks::of(pieces) else { return Vec::new() };
    let lines = chunks.lines(limit).map(|line| line.ok().map(Vec::from));
    lines.collect::<Vec<_>>().now_or_never().unwrap_or_default()
}
