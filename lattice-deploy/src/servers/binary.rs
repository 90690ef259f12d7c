//! Finds a server's program on this machine, or builds it.

use std::{
    ffi::OsStr,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use tokio::{process::Command, time::timeout};

use super::{
    Environment, Error, Event, Lookup, Origin, Product, Progress, Result, Version, build, environment::present,
};

/// A program is asked for its version; one that hangs is not usable.
const VERSION_LIMIT: Duration = Duration::from_secs(20);

/// A usable server program.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Binary {
    /// The server.
    pub product: Product,
    /// The program.
    pub path: PathBuf,
    /// Its version.
    pub version: Version,
    /// Where it was found.
    pub origin: Origin,
}

/// The folder below which built programs are kept: `XDG_CACHE_HOME`, else `HOME/.cache`.
///
/// # Errors
/// When neither is set to an absolute path.
pub fn cache_folder(lookup: &Lookup<'_>) -> Result<PathBuf> {
    let absolute = |name| present(lookup, name).map(PathBuf::from).filter(|path| path.is_absolute());
    absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache"))).ok_or(Error::NoCache)
}

/// Finds a program of a supported version, or builds the pinned one.
///
/// The order: the variable [`Product::variable`], the search path `PATH`, the cache below `cache`, a build with the
/// Go client. Any number of processes may do this at once; one of them builds, the others wait for it.
/// Dropping the future ends a build that is under way.
///
/// The variables come from `lookup`; only the Go client sees the whole environment of this process, because its own
/// settings (proxies, caches, C compiler) live there.
///
/// # Errors
/// When the variable names a program that is not usable, when there is no suitable Go, or when the build fails.
pub async fn find(product: Product, lookup: &Lookup<'_>, cache: &Path, progress: &dyn Progress) -> Result<Binary> {
    let environment = Environment::scrubbed(lookup);
    let found = |path: PathBuf, version, origin| {
        progress.event(Event::Found { product, path: &path, version, origin });
        Binary { product, path, version, origin }
    };
    if let Some(path) = present(lookup, product.variable()).map(PathBuf::from) {
        return match probe(product, &path, &environment).await {
            Ok(version) => Ok(found(path, version, Origin::Variable)),
            Err(reason) => Err(Error::Explicit { product, path, reason }),
        };
    }
    let search_path = present(lookup, "PATH").unwrap_or_default();
    for path in candidates(&search_path, product.name()) {
        match probe(product, &path, &environment).await {
            Ok(version) => return Ok(found(path, version, Origin::SearchPath)),
            Err(reason) => progress.event(Event::Skipped { product, path: &path, reason: &reason }),
        }
    }
    let (path, origin) = build::cached_or_built(product, &search_path, cache, progress).await?;
    Ok(found(path, product.pinned(), origin))
}

/// Every executable file of that name on a search path.
pub(super) fn candidates(search_path: &OsStr, name: &str) -> impl Iterator<Item = PathBuf> {
    std::env::split_paths(search_path)
        .filter(|folder| folder.is_absolute())
        .map(move |folder| folder.join(name))
        .filter(|path| path.metadata().is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0))
        .collect::<Vec<_>>()
        .into_iter()
}

/// Asks a program which version of the server it is; says why it is not usable.
async fn probe(product: Product, path: &Path, environment: &Environment) -> Result<Version, String> {
    let mut command = Command::new(path);
    command.arg("version").env_clear().envs(environment.iter()).stdin(Stdio::null()).kill_on_drop(true);
    let output = match timeout(VERSION_LIMIT, command.output()).await {
        Ok(output) => output.map_err(|error| format!("it does not run: {error}"))?,
        Err(_) => {
            return Err(format!("it does not tell its version within {} s", VERSION_LIMIT.as_secs()));
        }
    };
    let text = String::from_utf8_lossy(&output.stdout);
    let version = text
        .lines()
        .find_map(|line| Version::find(line.strip_prefix(product.to_string().as_str())?, "v"))
        .ok_or_else(|| format!("`version` does not say that it is {product}"))?;
    if version < product.floor() {
        return Err(format!("it is {version}, {} or newer is needed", product.floor()));
    }
    Ok(version)
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::*;
    use crate::servers::build::tests::{Heard, script};

    fn lookup<'a>(pairs: &'a [(&'a str, &'a Path)]) -> impl Fn(&str) -> Option<OsString> + Sync + 'a {
        |name| pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_os_str().to_owned())
    }

    #[test]
    fn the_cache_folder_is_absolute() {
        let [cache, home, relative] = ["/cache", "/home/a", "cache"].map(Path::new);
        let at = |pairs: &[(&str, &Path)]| cache_folder(&lookup(pairs)).ok();
        assert_eq!(at(&[("XDG_CACHE_HOME", cache), ("HOME", home)]), Some("/cache".into()));
        assert_eq!(at(&[("XDG_CACHE_HOME", relative), ("HOME", home)]), Some("/home/a/.cache".into()));
        assert_eq!(at(&[("HOME", home)]), Some("/home/a/.cache".into()));
        assert_eq!(at(&[("HOME", relative)]), None);
    }

    #[tokio::test]
    async fn the_named_program_is_used_or_refused_but_never_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let good = script(folder.path(), "good", "echo 'Vault v1.14.0 (abc)'");
        let old = script(folder.path(), "old", "echo 'Vault v1.13.9'");
        let other = script(folder.path(), "other", "echo 'Consul v1.22.5'");
        let find = async |path: &Path| {
            let pairs = [("LATTICE_VAULT_BIN", path), ("PATH", Path::new("/usr/bin:/bin"))];
            find(Product::Vault, &lookup(&pairs), folder.path(), &()).await
        };
        let binary = find(&good).await.unwrap();
        assert_eq!((binary.version, binary.origin), (Version::new(1, 14, 0), Origin::Variable));
        for (path, reason) in [
            (&old, "it is 1.13.9, 1.14.0 or newer is needed"),
            (&other, "does not say that it is Vault"),
            (&folder.path().join("absent"), "it does not run"),
        ] {
            let text = find(path).await.unwrap_err().to_string();
            assert!(text.starts_with("LATTICE_VAULT_BIN names ") && text.contains(reason), "{text}");
        }
    }

    #[tokio::test]
    async fn the_search_path_is_tried_in_order() {
        let [old, new, cache] = [(); 3].map(|()| tempfile::tempdir().unwrap());
        script(old.path(), "nomad", "echo 'Nomad v1.5.17'");
        script(new.path(), "nomad", "echo 'Nomad v1.6.0-beta.1'");
        let search_path = std::env::join_paths([old.path(), new.path(), "/usr/bin".as_ref(), "/bin".as_ref()]).unwrap();
        let heard = Heard::default();
        let pairs = [("PATH", Path::new(&search_path))];
        let binary = find(Product::Nomad, &lookup(&pairs), cache.path(), &heard.listener()).await.unwrap();
        assert_eq!((binary.path, binary.origin), (new.path().join("nomad"), Origin::SearchPath));
        assert_eq!(heard.kinds(), ["skipped", "found"]);
    }
}
