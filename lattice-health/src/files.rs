//! Files that are replaced as a whole or not at all, and the state that lies in one.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use lattice_deploy::health::state::{SCHEMA, State};

/// Writes a file beside its place, makes sure that it is on the disk, and moves it there.
///
/// # Errors
/// When any of this fails; the file is then as it was.
pub(crate) fn replace(path: &Path, text: &str) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let name = path.file_name().ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "it names no file"))?;
    // No collector reads what ends so; each process has its own.
    let beside = folder.join(format!(".{}.{}.tmp", name.to_string_lossy(), std::process::id()));
    let written = write(&beside, text).and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        // What could not be moved is of no use; the first error is the one that counts.
        let _ = fs::remove_file(&beside);
        return written;
    }
    // The new name too, where folders can be synchronised.
    File::open(folder).and_then(|folder| folder.sync_all()).or(Ok(()))
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// Reads the state. What cannot be read counts as a first run, and says so.
pub(crate) fn load_state(path: &Path) -> (State, Option<String>) {
    let anew = |why: String| {
        let note = format!("the state in {} begins anew: {why}", path.display());
        (State::new(), Some(note))
    };
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return (State::new(), None),
        Err(error) => return anew(error.to_string()),
    };
    match serde_json::from_str::<State>(&text) {
        Ok(state) if state.schema == SCHEMA => (state, None),
        Ok(state) => anew(format!("it has the form {}, not {SCHEMA}", state.schema)),
        // The text itself is not repeated.
        Err(error) => anew(format!("it is damaged at line {}, column {}", error.line(), error.column())),
    }
}

/// Keeps the state. That it fails is no reason to say anything else about the servers.
pub(crate) fn save_state(path: &Path, state: &State) -> Result<(), String> {
    let save = || {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        replace(path, &format!("{}\n", serde_json::to_string(state)?))
    };
    save().map_err(|error: io::Error| format!("the state cannot be kept in {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::{load_state, replace, save_state};
    use lattice_deploy::health::Status;
    use lattice_deploy::health::state::State;

    #[test]
    fn a_state_survives_and_a_damaged_one_is_a_first_run() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("below/state.json");
        assert_eq!(load_state(&path), (State::new(), None));
        let mut state = State::new();
        state.status = Some(Status::Critical);
        save_state(&path, &state).unwrap();
        assert_eq!(load_state(&path), (state, None));
        for (text, says) in [
            ("", "damaged"),
            ("{\"schema\":1,\"checks\":{\"app.job\":", "damaged"),
            ("[]", "damaged"),
            ("{\"schema\":2}", "form 2"),
            ("{\"schema\":1,\"status\":\"splendid\"}", "damaged"),
            ("\u{0}\u{0}", "damaged"),
        ] {
            std::fs::write(&path, text).unwrap();
            let (state, note) = load_state(&path);
            assert_eq!(state, State::new());
            assert!(note.unwrap().contains(says), "{text}");
        }
        std::fs::remove_file(&path).unwrap();
        std::fs::create_dir(&path).unwrap();
        assert!(load_state(&path).1.is_some());
        assert!(save_state(&path, &State::new()).is_err());
        let left = std::fs::read_dir(folder.path().join("below")).unwrap().count();
        assert_eq!(left, 1, "nothing is left beside it");
    }

    #[test]
    fn a_file_is_replaced_as_a_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lattice.prom");
        replace(&path, "a 1\n").unwrap();
        replace(&path, "b 2\n").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "b 2\n");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(replace(&folder.path().join("none/x"), "").is_err());
    }
}
