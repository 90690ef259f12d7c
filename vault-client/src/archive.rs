//! Snapshots on their way: whether the archive is whole, a tar of a description, the state and their sums, in gzip.

use std::collections::BTreeMap;
use std::io::Write;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use flate2::write::GzDecoder;
use futures_util::stream::BoxStream;
use futures_util::{Stream, StreamExt as _};
use sha2::{Digest as _, Sha256};

use crate::error::{Error, Result};
use crate::product::SEALED_SUMS;
use crate::transport::Opened;

/// Why a snapshot is not whole.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// It ended too early, though the server seemed to be done.
    #[error("the snapshot ended too early")]
    Truncated,
    /// It is not what the server wrote.
    #[error("the snapshot is damaged: {0}")]
    Damaged(&'static str),
    /// The connection broke.
    #[error(transparent)]
    Client(#[from] Error),
}

/// The pieces of a snapshot, as far as they are whole. The first error is the last item.
pub(crate) struct Pieces {
    /// None once it has ended.
    chunks: Option<BoxStream<'static, Result<Bytes>>>,
    check: Check,
}

impl Pieces {
    pub(crate) fn new(opened: Opened) -> Self {
        Self { chunks: Some(opened.chunks().boxed()), check: Check::new() }
    }
}

impl Stream for Pieces {
    type Item = Result<Bytes, SnapshotError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(chunks) = &mut self.chunks else { return Poll::Ready(None) };
        let next = ready!(chunks.poll_next_unpin(context));
        let item = match next {
            Some(Ok(piece)) => Some(self.check.take(&piece).map(|()| piece)),
            Some(Err(error)) => Some(Err(error.into())),
            None => self.check.finish().err().map(Err),
        };
        if !matches!(item, Some(Ok(_))) {
            self.chunks = None;
        }
        Poll::Ready(item)
    }
}

/// Unpacks the archive as it passes, and keeps nothing of it but its sums.
struct Check {
    gzip: GzDecoder<Archive>,
}

impl Check {
    fn new() -> Self {
        Self { gzip: GzDecoder::new(Archive::default()) }
    }

    fn take(&mut self, piece: &[u8]) -> Result<(), SnapshotError> {
        let unpacked = self.gzip.write_all(piece);
        if let Some(problem) = self.gzip.get_ref().problem {
            return Err(SnapshotError::Damaged(problem));
        }
        unpacked.map_err(|_| SnapshotError::Damaged("it is not gzip"))
    }

    fn finish(&mut self) -> Result<(), SnapshotError> {
        let ended = self.gzip.try_finish();
        let archive = self.gzip.get_ref();
        match (archive.problem, ended) {
            (Some(problem), _) => Err(SnapshotError::Damaged(problem)),
            (None, Err(_)) => Err(SnapshotError::Truncated),
            (None, Ok(())) if !archive.is_between_files() => Err(SnapshotError::Truncated),
            (None, Ok(())) => archive.compare().map_err(SnapshotError::Damaged),
        }
    }
}

const BLOCK: usize = 512;

/// The file that names the sums of the others.
const SUMS: &str = "SHA256SUMS";

/// More than any list of sums, or any extended header, has.
const MAX_KEPT: u64 = 64 * 1024;

/// The files of a tar archive: what is written to it is hashed and forgotten.
#[derive(Default)]
struct Archive {
    header: Vec<u8>,
    file: Option<File>,
    /// The size that an extended header gave for the next file.
    next_size: Option<u64>,
    /// By name.
    sums: BTreeMap<String, String>,
    list: Vec<u8>,
    /// Whether [`SEALED_SUMS`] was there.
    sealed: bool,
    problem: Option<&'static str>,
}

struct File {
    name: String,
    kind: u8,
    left: u64,
    /// Up to the next block.
    padding: u64,
    hash: Sha256,
    kept: Vec<u8>,
}

impl Archive {
    fn is_between_files(&self) -> bool {
        self.file.is_none() && self.header.is_empty()
    }

    fn take(&mut self, mut data: &[u8]) -> Result<(), &'static str> {
        while !data.is_empty() {
            match &mut self.file {
                None => {
                    let count = data.len().min(BLOCK - self.header.len());
                    self.header.extend_from_slice(&data[..count]);
                    data = &data[count..];
                    if self.header.len() == BLOCK {
                        let header = std::mem::take(&mut self.header);
                        self.file = self.begin(&header)?;
                    }
                }
                Some(file) => data = file.take(data)?,
            }
            if self.file.as_ref().is_some_and(|file| file.left == 0 && file.padding == 0)
                && let Some(file) = self.file.take()
            {
                self.end(file);
            }
        }
        Ok(())
    }

    /// Two empty blocks end the archive.
    fn begin(&mut self, header: &[u8]) -> Result<Option<File>, &'static str> {
        if header.iter().all(|byte| *byte == 0) {
            return Ok(None);
        }
        let name = header[..100].split(|byte| *byte == 0).next().unwrap_or_default();
        let size = number(&header[124..136]).ok_or("a size in its archive is unreadable")?;
        let kind = header[156];
        let left = if kind == b'x' { size } else { self.next_size.take().unwrap_or(size) };
        let padding = left.next_multiple_of(BLOCK as u64) - left;
        let name = String::from_utf8_lossy(name).into_owned();
        Ok(Some(File { name, kind, left, padding, hash: Sha256::new(), kept: Vec::new() }))
    }

    fn end(&mut self, file: File) {
        match file.kind {
            b'x' => self.next_size = extended_size(&file.kept),
            b'0' | 0 if file.name == SUMS => self.list = file.kept,
            b'0' | 0 if SEALED_SUMS == Some(&file.name) => self.sealed = true,
            b'0' | 0 => {
                self.sums.insert(file.name, hex(&file.hash.finalize()));
            }
            _ => {}
        }
    }

    fn compare(&self) -> Result<(), &'static str> {
        let list = std::str::from_utf8(&self.list).map_err(|_| "its list of sums is unreadable")?;
        let listed: BTreeMap<&str, &str> =
            list.lines().filter_map(|line| line.split_once("  ").map(|(sum, name)| (name, sum))).collect();
        let found: BTreeMap<&str, &str> = self.sums.iter().map(|(name, sum)| (name.as_str(), sum.as_str())).collect();
        match () {
            () if listed.is_empty() => Err("it has no list of sums"),
            () if !found.contains_key("state.bin") => Err("it has no state"),
            () if listed != found => Err("a sum is not the one that it should be"),
            () if SEALED_SUMS.is_some() && !self.sealed => Err("it has no sealed list of sums"),
            () => Ok(()),
        }
    }
}

impl File {
    /// Takes what belongs to this file, and gives the rest back.
    fn take<'a>(&mut self, data: &'a [u8]) -> Result<&'a [u8], &'static str> {
        let (content, rest) = split(data, self.left);
        self.left -= content.len() as u64;
        self.hash.update(content);
        if self.name == SUMS || self.kind == b'x' {
            self.kept.extend_from_slice(content);
            if self.kept.len() as u64 > MAX_KEPT {
                return Err("its list of sums is too long");
            }
        }
        let (padding, rest) = split(rest, if self.left == 0 { self.padding } else { 0 });
        self.padding -= padding.len() as u64;
        Ok(rest)
    }
}

fn hex(sum: &[u8]) -> String {
    sum.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

fn split(data: &[u8], at: u64) -> (&[u8], &[u8]) {
    data.split_at(usize::try_from(at).unwrap_or(usize::MAX).min(data.len()))
}

/// Octal digits, or a number in base 256 where those are too few.
fn number(field: &[u8]) -> Option<u64> {
    if field[0] & 0x80 != 0 {
        let bytes = std::iter::once(field[0] & 0x7f).chain(field[1..].iter().copied());
        return bytes.into_iter().try_fold(0_u64, |sum, byte| sum.checked_mul(256)?.checked_add(byte.into()));
    }
    let text = std::str::from_utf8(field).ok()?.trim_matches(['\0', ' ']);
    if text.is_empty() { Some(0) } else { u64::from_str_radix(text, 8).ok() }
}

/// The size in records of the form `20 size=12345\n`.
fn extended_size(records: &[u8]) -> Option<u64> {
    let text = String::from_utf8_lossy(records);
    text.lines().find_map(|line| line.split_once(' ')?.1.strip_prefix("size=")?.parse().ok())
}

impl Write for Archive {
    fn write(&mut self, data: &[u8]) -> std::io::Result<usize> {
        if self.problem.is_none() {
            self.problem = self.take(data).err();
        }
        Ok(data.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use proptest::prelude::*;
    use sha2::{Digest as _, Sha256};

    use super::{Check, SEALED_SUMS, SnapshotError};

    fn sum(content: &[u8]) -> String {
        super::hex(&Sha256::digest(content))
    }

    fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut archive = Vec::new();
        for (name, content) in files {
            let mut header = [0_u8; 512];
            header[..name.len()].copy_from_slice(name.as_bytes());
            header[124..135].copy_from_slice(format!("{:011o}", content.len()).as_bytes());
            header[156] = b'0';
            archive.extend_from_slice(&header);
            archive.extend_from_slice(content);
            archive.resize(archive.len().next_multiple_of(512), 0);
        }
        archive.resize(archive.len() + 1024, 0);
        archive
    }

    fn gzip(content: &[u8]) -> Vec<u8> {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        gzip.write_all(content).unwrap();
        gzip.finish().unwrap()
    }

    /// With the sealed list behind it, where the product has one.
    fn sealed<'a>(mut files: Vec<(&'a str, &'a [u8])>) -> Vec<(&'a str, &'a [u8])> {
        files.extend(SEALED_SUMS.map(|name| (name, &b"\x0a\xb4\x01"[..])));
        files
    }

    pub(crate) fn snapshot(state: &[u8]) -> Vec<u8> {
        let meta = b"{\"ID\":\"bolt-snapshot\"}";
        let sums = format!("{}  meta.json\n{}  state.bin\n", sum(meta), sum(state));
        gzip(&tar(&sealed(vec![("meta.json", meta), ("state.bin", state), ("SHA256SUMS", sums.as_bytes())])))
    }

    fn check(content: &[u8], piece: usize) -> Result<(), SnapshotError> {
        let mut check = Check::new();
        for piece in content.chunks(piece) {
            check.take(piece)?;
        }
        check.finish()
    }

    #[test]
    fn what_is_not_whole_is_told() {
        let state: Vec<u8> =
            (0..5_000_u32).flat_map(|number| number.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
        let whole = snapshot(&state);
        check(&whole, 1000).unwrap();
        for cut in [1, 8, 9, whole.len() / 2, whole.len() - 1, whole.len()] {
            let result = check(&whole[..whole.len() - cut], 1000);
            assert!(matches!(result, Err(SnapshotError::Truncated)), "{cut}: {result:?}");
        }
        let mut flipped = whole.clone();
        flipped[whole.len() / 2] ^= 1;
        assert!(check(&flipped, 1000).is_err());
        let (other, own) = (format!("{}  state.bin\n", sum(b"other")), format!("{}  state.bin\n", sum(&state)));
        let meta: &[u8] = b"{}";
        let mut damaged: Vec<Vec<(&str, &[u8])>> = vec![
            sealed(vec![("state.bin", &state), ("SHA256SUMS", other.as_bytes())]),
            sealed(vec![("meta.json", meta), ("state.bin", &state), ("SHA256SUMS", own.as_bytes())]),
            vec![("state.bin", &state), ("SHA256SUMS", other.as_bytes())],
            vec![("state.bin", &state)],
            vec![("meta.json", meta), ("SHA256SUMS", b"")],
            vec![],
        ];
        if SEALED_SUMS.is_some() {
            // Well ended, but without what the server writes last.
            damaged.push(vec![("state.bin", &state), ("SHA256SUMS", own.as_bytes())]);
        }
        for files in damaged {
            let result = check(&gzip(&tar(&files)), 1000);
            let names: Vec<&str> = files.iter().map(|(name, _)| *name).collect();
            assert!(matches!(result, Err(SnapshotError::Damaged(_))), "{names:?}: {result:?}");
        }
        assert!(matches!(check(b"no gzip at all", 3), Err(SnapshotError::Damaged(_))));
    }

    #[test]
    fn sizes_beyond_eight_gigabytes_are_read() {
        assert_eq!(super::number(b"00000000017\0"), Some(15));
        assert_eq!(super::number(&[0x80, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0]), Some(1 << 33));
        assert_eq!(super::number(&[0xff; 12]), None);
        assert_eq!(super::extended_size(b"12 path=abcd\n20 size=8589934592\n"), Some(1 << 33));
    }

    proptest! {
        #[test]
        fn it_does_not_matter_how_it_comes(state in prop::collection::vec(any::<u8>(), 0..3000), piece in 1_usize..2000) {
            prop_assert!(check(&snapshot(&state), piece).is_ok());
        }
    }
}
