//! What certificate and key files hold, and when that changes.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use rustls::RootCertStore;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use secrecy::ExposeSecret as _;

use crate::config::{Authority, Identity, Pem};
use crate::error::ConfigError;

/// What was made of some files, and is made anew when one of them has changed.
pub(super) struct Watched<T> {
    paths: Vec<PathBuf>,
    load: Box<dyn Fn() -> Result<T, ConfigError> + Send + Sync>,
    loaded: Mutex<(Stamp, T)>,
}

/// When each file was last written, and its length: most that a file system tells without reading.
type Stamp = Vec<(PathBuf, Option<(SystemTime, u64)>)>;

impl<T> std::fmt::Debug for Watched<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Watched").field(&self.paths).finish()
    }
}

impl<T: Clone> Watched<T> {
    pub(super) fn new(
        paths: Vec<PathBuf>,
        load: impl Fn() -> Result<T, ConfigError> + Send + Sync + 'static,
    ) -> Result<Self, ConfigError> {
        // The stamp first: what is written while the files are read counts as a change.
        let (stamp, value) = (stamp(&paths), load()?);
        Ok(Self { paths, load: Box::new(load), loaded: Mutex::new((stamp, value)) })
    }

    /// The value of the files as they are; the last one that was good while they cannot be used.
    pub(super) fn get(&self) -> T {
        let now = stamp(&self.paths);
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        if loaded.0 != now {
            match (self.load)() {
                Ok(value) => *loaded = (now, value),
                // The stamp stays the old one, so that they are tried again.
                Err(error) => tracing::warn!(%error, "changed certificate files cannot be used yet"),
            }
        }
        loaded.1.clone()
    }
}

fn stamp(paths: &[PathBuf]) -> Stamp {
    let inside = |path: &PathBuf| -> Vec<PathBuf> {
        let Ok(entries) = std::fs::read_dir(path) else { return vec![path.clone()] };
        let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        files.sort();
        files
    };
    let look = |path: PathBuf| {
        let found = std::fs::metadata(&path).ok();
        let seen = found.and_then(|found| Some((found.modified().ok()?, found.len())));
        (path, seen)
    };
    paths.iter().flat_map(inside).map(look).collect()
}

/// The files and directories behind some authorities.
pub(super) fn paths(authorities: &[Authority]) -> Vec<PathBuf> {
    let path = |authority: &Authority| match authority {
        Authority::Pem(_) => None,
        Authority::File(path) | Authority::Directory(path) => Some(path.clone()),
    };
    authorities.iter().filter_map(path).collect()
}

pub(super) fn roots(authorities: &[Authority]) -> Result<RootCertStore, ConfigError> {
    let mut store = RootCertStore::empty();
    for authority in authorities {
        match authority {
            Authority::Pem(pem) => add(&mut store, "CA certificate", pem)?,
            Authority::File(path) => add(&mut store, &path.display().to_string(), &read(path)?)?,
            Authority::Directory(path) => add_directory(&mut store, path)?,
        }
    }
    Ok(store)
}

fn add_directory(store: &mut RootCertStore, path: &Path) -> Result<(), ConfigError> {
    let unreadable = |error| ConfigError::new(path.display().to_string(), "it cannot be read").caused(error);
    let mut any = false;
    for entry in std::fs::read_dir(path).map_err(unreadable)? {
        let file = entry.map_err(unreadable)?.path();
        if file.is_file() {
            add(store, &file.display().to_string(), &read(&file)?)?;
            any = true;
        }
    }
    if any { Ok(()) } else { Err(ConfigError::new(path.display().to_string(), "it holds no certificate")) }
}

fn add(store: &mut RootCertStore, what: &str, pem: &[u8]) -> Result<(), ConfigError> {
    for certificate in certificates(what, pem)? {
        store.add(certificate).map_err(|error| ConfigError::new(what, "it is not a CA certificate").caused(error))?;
    }
    Ok(())
}

fn certificates(what: &str, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, ConfigError> {
    let chain: Vec<_> = CertificateDer::pem_slice_iter(pem)
        .collect::<Result<_, _>>()
        .map_err(|_| ConfigError::new(what, "it is not PEM"))?;
    if chain.is_empty() { Err(ConfigError::new(what, "it holds no certificate")) } else { Ok(chain) }
}

/// The client's own certificate and key, which must belong together.
pub(super) fn certified_key(identity: &Identity, provider: &CryptoProvider) -> Result<Arc<CertifiedKey>, ConfigError> {
    let (chain, key) = (&identity.certificate, &identity.key);
    let chain = certificates(&chain.name("client certificate"), &chain.read()?)?;
    let named = key.name("client key");
    let key = PrivateKeyDer::from_pem_slice(&key.read()?)
        .map_err(|_| ConfigError::new(named, "it holds no private key in PEM"))?;
    let key = CertifiedKey::from_der(chain, key, provider)
        .map_err(|error| ConfigError::new("client certificate", "it does not fit its key").caused(error))?;
    Ok(Arc::new(key))
}

impl Pem {
    fn name(&self, otherwise: &str) -> String {
        match self {
            Self::Text(_) => otherwise.to_owned(),
            Self::File(path) => path.display().to_string(),
        }
    }

    fn read(&self) -> Result<Cow<'_, [u8]>, ConfigError> {
        match self {
            Self::Text(text) => Ok(Cow::Borrowed(text.expose_secret())),
            Self::File(path) => read(path).map(Cow::Owned),
        }
    }
}

fn read(path: &Path) -> Result<Vec<u8>, ConfigError> {
    std::fs::read(path).map_err(|error| ConfigError::new(path.display().to_string(), "it cannot be read").caused(error))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::Watched;
    use crate::error::ConfigError;

    #[test]
    fn files_are_read_when_they_change_and_bad_ones_do_no_harm() {
        let folder = std::env::temp_dir().join(format!("watched-{}-{}", env!("CARGO_PKG_NAME"), std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join("a.pem");
        std::fs::write(&file, "one").unwrap();
        let reads = Arc::new(AtomicUsize::new(0));
        let (path, count) = (file.clone(), Arc::clone(&reads));
        let load = move || {
            count.fetch_add(1, Ordering::Relaxed);
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            if text.is_empty() { Err(ConfigError::new("file", "it is empty")) } else { Ok(text) }
        };
        let watched = Watched::new(vec![folder.clone()], load).unwrap();
        assert_eq!((watched.get().as_str(), watched.get().as_str()), ("one", "one"));
        assert_eq!(reads.load(Ordering::Relaxed), 1);
        std::fs::write(&file, "").unwrap();
        assert_eq!(watched.get(), "one");
        std::fs::write(&file, "other").unwrap();
        assert_eq!(watched.get(), "other");
        let before = reads.load(Ordering::Relaxed);
        std::fs::write(folder.join("b.pem"), "more").unwrap();
        watched.get();
        assert_eq!(reads.load(Ordering::Relaxed), before + 1, "a new file in a directory is a change too");
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!(watched.get(), "other");
    }
}
