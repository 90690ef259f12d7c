//! Unmounts what a server left mounted, and removes folders without following a mount out of them.

use std::{
    ffi::OsString,
    fs, io,
    os::unix::ffi::OsStringExt,
    path::{Path, PathBuf},
    thread::sleep,
    time::Duration,
};

use rustix::mount::{UnmountFlags, unmount};

/// A container that is just ending may still write below a folder that is being removed.
const ATTEMPTS: u32 = 10;
const PAUSE: Duration = Duration::from_millis(200);

/// Unmounts everything below a folder, the last mounted first. A folder that is not there is fine.
pub(super) fn release(folder: &Path) -> io::Result<()> {
    let folder = match folder.canonicalize() {
        Ok(folder) => folder,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    for mount in mounts_below(&folder)?.iter().rev() {
        // What fails here shows in the second look.
        if let Err(error) = unmount(mount, UnmountFlags::DETACH | UnmountFlags::NOFOLLOW) {
            tracing::debug!(mount = %mount.display(), %error, "cannot unmount");
        }
    }
    match mounts_below(&folder)?.first() {
        None => Ok(()),
        Some(mount) => Err(io::Error::other(format!("{} is still mounted", mount.display()))),
    }
}

/// Unmounts everything below a folder, then removes it; never removes through a mount that is left.
pub(super) fn purge(folder: &Path) -> io::Result<()> {
    for attempt in 1.. {
        release(folder)?;
        match fs::remove_dir_all(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) if attempt == ATTEMPTS => return Err(error),
            Err(_) => sleep(PAUSE),
            Ok(()) => return Ok(()),
        }
    }
    Ok(())
}

fn mounts_below(folder: &Path) -> io::Result<Vec<PathBuf>> {
    // Bytes: the path of a mount need not be UTF-8.
    Ok(select(&fs::read("/proc/self/mountinfo")?, folder))
}

/// The mount points strictly below a folder, in the order in which they were mounted.
fn select(mountinfo: &[u8], folder: &Path) -> Vec<PathBuf> {
    mountinfo
        .split(|byte| *byte == b'\n')
        .filter_map(|line| line.split(|byte| *byte == b' ').nth(4))
        .map(unescape)
        .filter(|point| point != folder && point.starts_with(folder))
        .collect()
}

/// The kernel writes space, tab, newline and backslash as `\ooo`.
fn unescape(field: &[u8]) -> PathBuf {
    let mut bytes = Vec::with_capacity(field.len());
    let mut rest = field;
    while let Some((first, tail)) = rest.split_first() {
        match (first, tail) {
            (b'\\', [a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', tail @ ..]) => {
                bytes.push((a - b'0') << 6 | (b - b'0') << 3 | (c - b'0'));
                rest = tail;
            }
            (byte, tail) => {
                bytes.push(*byte);
                rest = tail;
            }
        }
    }
    OsString::from_vec(bytes).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTINFO: &[u8] = b"\
        22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw\n\
        90 22 0:50 / /tmp/stack rw - tmpfs tmpfs rw\n\
        91 90 0:51 / /tmp/stack/a\\040b\\134c rw - tmpfs tmpfs rw\n\
        92 91 0:52 / /tmp/stack/a\\040b\\134c/secrets rw - tmpfs tmpfs rw\n\
        93 22 0:53 / /tmp/stack2/x rw - tmpfs tmpfs rw\n";

    #[test]
    fn only_mounts_strictly_below_are_selected() {
        let found = select(MOUNTINFO, Path::new("/tmp/stack"));
        assert_eq!(found, [Path::new("/tmp/stack/a b\\c"), Path::new("/tmp/stack/a b\\c/secrets")]);
        assert!(select(MOUNTINFO, Path::new("/tmp/none")).is_empty());
    }

    #[test]
    fn a_folder_is_purged_with_what_is_in_it() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("data");
        fs::create_dir_all(folder.join("a/b")).unwrap();
        fs::write(folder.join("a/b/c"), "x").unwrap();
        let outside = root.path().join("outside");
        fs::create_dir(&outside).unwrap();
        std::os::unix::fs::symlink(&outside, folder.join("link")).unwrap();
        purge(&folder).unwrap();
        assert!(!folder.exists() && outside.exists());
        purge(&folder).unwrap();
    }
}
