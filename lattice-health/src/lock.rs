//! One run at a time: a lock on a file, which the system gives back however the holder ends.
//!
//! A run that finds it held leaves one byte in the file; the next holder counts and removes them.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::Path;

/// What came of asking for the lock.
#[derive(Debug)]
pub(crate) enum Lock {
    /// It is ours until this is dropped.
    Ours {
        /// How many runs found it held since the last one.
        skipped: u64,
        /// Keeps it.
        file: File,
    },
    /// Another run holds it.
    Held,
}

/// Takes the lock, or does not wait for it.
///
/// # Errors
/// When the file cannot be opened or locked.
pub(crate) fn take(path: &Path) -> io::Result<Lock> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut file = File::options().create(true).append(true).open(path)?;
    match file.try_lock() {
        Ok(()) => {
            let skipped = file.metadata()?.len();
            file.set_len(0)?;
            Ok(Lock::Ours { skipped, file })
        }
        Err(TryLockError::WouldBlock) => {
            file.write_all(b".")?;
            Ok(Lock::Held)
        }
        Err(TryLockError::Error(error)) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::{Lock, take};

    #[test]
    fn a_held_lock_is_not_waited_for_and_counted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("below/lock");
        let first = take(&path).unwrap();
        assert!(matches!(first, Lock::Ours { skipped: 0, .. }));
        assert!(matches!(take(&path).unwrap(), Lock::Held));
        assert!(matches!(take(&path).unwrap(), Lock::Held));
        drop(first);
        assert!(matches!(take(&path).unwrap(), Lock::Ours { skipped: 2, .. }));
        assert!(matches!(take(&path).unwrap(), Lock::Ours { skipped: 0, .. }));
        assert!(take(folder.path()).is_err());
    }
}
